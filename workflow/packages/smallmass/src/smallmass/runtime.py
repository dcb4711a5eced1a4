"""The state of the numerical library before a model is built: the same bytes in every run."""

import os


def prepare_runtime(threads: int, *, gpu: bool = True) -> None:
    """Make Keras deterministic and fix its thread count.

    Sums of floats depend on how they are divided among threads, so the count is a setting of the
    study, whatever the number of cores that Snakemake was given. Call it before anything else in
    the process uses Keras; once TensorFlow has started, threads and devices stay as they are.

    Args:
        threads: Threads of one operation.
        gpu: False: leave GPUs alone, for networks that are too small to gain from one.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        _prepare_tensorflow(threads, gpu)
    elif backend == "torch":
        import torch

        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=True)


def _prepare_tensorflow(threads: int, gpu: bool) -> None:
    """Fix devices, threads, kernels and graphs of TensorFlow."""
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    # The graph optimiser reorders sums by the order of tables keyed by addresses: one seed then
    # ends in one of two sets of weights (seen under TensorFlow 2.21, with one thread too).
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        if not gpu:
            tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        for device in tf.config.get_visible_devices("GPU"):
            tf.config.experimental.set_memory_growth(device, True)
    except RuntimeError:
        return  # already started, for instance by another test of the same process
