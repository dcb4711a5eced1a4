"""The state of the machine's numerical library before a model is built."""

import os


def prepare_runtime(threads: int) -> None:
    """Make Keras deterministic and fix its thread count; call it before Keras is first used.

    Sums of floats depend on how they are divided among threads, so the count is a setting of the
    study, whatever the number of cores that Snakemake was given.

    Args:
        threads: Threads of one operation.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()
        # This graph rewrite reorders sums of tensors by the order of a hash table, which differs
        # from run to run (seen in the last digit of the losses under TensorFlow 2.21).
        tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
    elif keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=True)
