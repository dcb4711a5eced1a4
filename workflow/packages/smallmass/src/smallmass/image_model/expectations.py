"""What an image model of so many training images may be expected to reach, said before it trains.

Measured on BUS-BRA's fold 2 (385 images), of which nothing was learnt, with training images of
folds 3 to 5, from phantoms, as the public presets train: see docs/image-model.md. Another
hospital's images, outlines or lesions may be easier or harder.
"""

from dataclasses import dataclass

import pandas as pd

from smallmass.cohort.split import make_split
from smallmass.settings import Settings
from smallmass.start.kinds import PHANTOMS, study_of
from smallmass.words import PHANTOM, Split


@dataclass(frozen=True)
class Measured:
    """One training of a number of images.

    Attributes:
        images: Training images.
        found: Share of the lesions whose outline holds the scored region's centre.
        dice: Mean Dice, a miss as 0.
        auroc: Of the image score.
    """

    images: int
    found: float
    dice: float
    auroc: float

    def words(self) -> str:
        """Return what the model reached."""
        return (
            f"with {self.images:,}, {100 * self.found:.0f}% of the lesions were found, mean Dice "
            f"{self.dice:.2f}, AUROC {self.auroc:.2f}"
        )


MEASURED = (
    Measured(300, found=0.966, dice=0.846, auroc=0.849),
    Measured(500, found=0.966, dice=0.853, auroc=0.900),
    Measured(800, found=0.971, dice=0.859, auroc=0.906),
    Measured(1114, found=0.971, dice=0.863, auroc=0.912),
)


def expected(cases: pd.DataFrame, settings: Settings) -> str | None:
    """Return what a study may expect of its image model; None where nothing like it was measured.

    Args:
        cases: The cohort, of which nothing has to be put right.
        settings: As for `make_split`, and ``image_model.weights``.
    """
    if study_of(settings.image_model.weights) != PHANTOMS or PHANTOM in set(cases["cohort"]):
        return None
    split = make_split(cases, settings)["split"]
    return expectation(int((split == Split.TRAINING).sum()))


def expectation(images: int) -> str:
    """Return what was measured with the nearest smaller and larger number of images, in words.

    Args:
        images: Training images of the study.

    Example:
        >>> expectation(120).split(": ")[0]
        '120 images to train on, fewer than were ever tried here'
    """
    smaller = [m for m in MEASURED if m.images <= images]
    larger = [m for m in MEASURED if m.images > images]
    told = [*smaller[-1:], *larger[:1]]
    start = f"{images:,} images to train on"
    if not smaller:
        start += ", fewer than were ever tried here"
    return (
        f"{start}: {'; '.join(m.words() for m in told)} (BUS-BRA, validation patients; another "
        "hospital's may be easier or harder: docs/image-model.md)."
    )
