"""How long the image model trains."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallmass.image_model.schedule import MOST_ROUNDS, make_schedule
from study_settings import study_settings


def schedule(images: int, **settings):
    """The schedule of a training with some settings changed."""
    changes = {f"image_model.{name}": value for name, value in settings.items()}
    return make_schedule(study_settings(changes).image_model, images)


@pytest.mark.parametrize(
    ("images", "settings", "rounds", "steps"),
    [
        (801, {"epochs": 4, "batch": 8, "least_steps": 0}, 4, 101),
        (1123, {"epochs": 8, "batch": 8, "least_steps": 1000}, 8, 141),  # 1,128 are enough
        (500, {"epochs": 8, "batch": 8, "least_steps": 1000}, 12, 84),  # twelve, not sixteen
        (500, {"epochs": 8, "batch": 8, "least_steps": 600}, 10, 60),
        (1, {"epochs": 1, "batch": 8, "least_steps": 100}, 12, 9),
        (500, {"epochs": 30, "batch": 8, "least_steps": 3000}, 30, 100),
    ],
)
def test_rounds_and_steps(images, settings, rounds, steps):
    """By hand."""
    found = schedule(images, **settings)
    assert (found.rounds, found.steps) == (rounds, steps)


@given(st.integers(1, 5000), st.integers(1, 60), st.integers(1, 32), st.integers(0, 5000))
def test_a_training_has_its_passes_and_its_steps(images, epochs, batch, least):
    """Neither is undercut, and no more than a step a round is added."""
    found = schedule(images, epochs=epochs, batch=batch, least_steps=least)
    passes = epochs * math.ceil(images / batch)
    assert found.total >= max(passes if passes >= least else 0, least)
    assert found.total < max(passes, least) + found.rounds
    assert found.rounds >= epochs and found.rounds <= max(epochs, MOST_ROUNDS)
