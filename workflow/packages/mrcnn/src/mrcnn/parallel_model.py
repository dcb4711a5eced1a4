"""Matterport's ``mrcnn.parallel_model``: several GPUs side by side, which this library has not."""

import keras

from mrcnn.config_check import check_devices


class ParallelModel:
    """Stands for a model on several GPUs; on one it is the model itself.

    Args:
        keras_model: The model.
        gpu_count: Must be 1.

    Raises:
        ValueError: If more GPUs than one are asked for.
    """

    def __new__(cls, keras_model: keras.Model, gpu_count: int) -> keras.Model:  # type: ignore[misc]
        check_devices(gpu_count)
        return keras_model
