"""What a start prescribes of the network's input and normalisation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Form:
    """Input and normalisation of an image model.

    Attributes:
        channels: 1 (grey) or 3 (grey repeated).
        mean_pixel: What is subtracted from each channel, in grey levels of 0 to 255.
        frozen_statistics: Whether batch normalisation keeps the statistics of its weights, in
            training too; otherwise it learns with those of the batch.
    """

    channels: int
    mean_pixel: tuple[float, ...]
    frozen_statistics: bool

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


GREY = Form(1, (64.0,), False)
"""Of a model that starts from random weights."""
COLOUR = Form(3, (123.7, 116.8, 103.9), True)
"""Of weights from photographs: Matterport's mean pixel, which is ImageNet's within 0.04."""


def form_of(description: Mapping[str, Any]) -> Form:
    """Return the form of a trained model.

    Args:
        description: The content of its ``model.json``, of an older version too.
    """
    recorded = description["configuration"]
    return Form(
        channels=int(recorded["IMAGE_CHANNEL_COUNT"]),
        mean_pixel=tuple(float(value) for value in recorded["MEAN_PIXEL"]),
        frozen_statistics=recorded["TRAIN_BN"] is False,
    )
