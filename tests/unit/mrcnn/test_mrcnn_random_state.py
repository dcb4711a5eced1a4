"""A model's random numbers are its own: scripts that draw between models see no difference."""

import random

import keras
import numpy as np
import pytest

from discs import Discs, Small
from mrcnn.model import MaskRCNN


@pytest.mark.parametrize("mode", ["training", "inference"])
def test_making_a_model_leaves_the_callers_generators_alone(mode):
    random.seed(1)
    np.random.seed(2)  # noqa: NPY002 (as users do)
    keras.utils.set_random_seed(3)
    wanted = draw()
    keras.utils.set_random_seed(3)
    MaskRCNN(mode, Small())
    assert draw() == wanted


def draw():
    """Return the next numbers of Python's, NumPy's and the backend's generators."""
    rest = keras.ops.convert_to_numpy(keras.random.uniform((3,))).tolist()
    return random.random(), np.random.rand(3).tolist(), rest  # noqa: NPY002


def test_two_models_of_one_loop_differ_and_a_seed_makes_them_the_same():
    first, second = (weights_of(MaskRCNN("inference", Small())) for _ in range(2))
    assert not np.array_equal(first, second)
    first, second = (weights_of(MaskRCNN("inference", Small(), seed=7)) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_models_seed_is_kept_to_make_it_again():
    model = MaskRCNN("inference", Small())
    again = MaskRCNN("inference", Small(), seed=model.seed)
    assert np.array_equal(weights_of(model), weights_of(again))


def test_members_of_an_ensemble_differ_after_training():
    members = []
    for _ in range(2):
        model = MaskRCNN("training", Small())
        model.train(Discs(4), None, 0.001, 1, "heads", verbose=0)
        members.append(weights_of(model))
    assert not np.array_equal(*members)


def weights_of(model):
    return np.concatenate([np.ravel(w) for w in model.keras_model.get_weights()])
