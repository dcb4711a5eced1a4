"""How long the image model trains: passes over the training images, or steps at least.

Eight passes over 2,000 images are 2,000 steps of 8; over 300 they are 304, after which a lesion is
hardly found. What a network needs is steps.
"""

import math
from dataclasses import dataclass

from smallmass.settings import ImageModelSettings

MOST_ROUNDS = 12  # a small cohort is seen more often, and not tested and saved after each pass


@dataclass(frozen=True)
class Schedule:
    """Rounds of a number of steps each; after each round the validation cases are looked at.

    Attributes:
        rounds: An epoch of Keras's history.
        steps: Of each round.
    """

    rounds: int
    steps: int

    @property
    def total(self) -> int:
        """All steps."""
        return self.rounds * self.steps

    def passes(self, images: int, batch: int) -> float:
        """Return how often each image is seen."""
        return self.total * batch / images


def make_schedule(image_model: ImageModelSettings, images: int) -> Schedule:
    """Return the schedule of a training.

    Args:
        image_model: Its ``epochs``, ``least_steps`` and ``batch``. As long as ``epochs`` passes
            have ``least_steps`` steps, a round is a pass; else rounds are longer, or there are up
            to `MOST_ROUNDS` of them.
        images: Number of training images, at least 1.
    """
    a_pass = math.ceil(images / image_model.batch)
    if image_model.epochs * a_pass >= image_model.least_steps:
        return Schedule(image_model.epochs, a_pass)
    needed = math.ceil(image_model.least_steps / a_pass)
    rounds = max(image_model.epochs, min(needed, MOST_ROUNDS))
    return Schedule(rounds, math.ceil(image_model.least_steps / rounds))
