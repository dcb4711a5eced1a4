"""What all tests of the library share."""

import keras
import pytest


@pytest.fixture(scope="session", autouse=True)
def quick_graphs():
    """As the study runs: TensorFlow's graph optimiser changes the order of sums.

    It also takes longer than all steps of these tests.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
