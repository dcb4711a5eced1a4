"""The numbers of the classifier that learns from labels alone.

Sizes are shares of the image's side, so that they hold at any ``image_model.size_px``.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Design:
    """What is not a setting of the study.

    Attributes:
        level: Stage of the backbone that the maps are made of; their cells are ``2 ** level`` px
            wide. A cell of ResNet18's third stage sees 99 px, one of its fifth 435 px, so that its
            place says nothing of an image of 192 px.
        top_share: Share of a map's cells whose mean is the global score.
        patches: How many are cut from an image.
        patch_share: Their side, as a share of the image's.
        detail: A patch is read this many times as large as it is.
        attention: Width of the attention over patches.
        rate_share: Of ``image_model.learning_rate``: one label an image is a faint signal, in which
            a start is soon lost.
        map_weight: Of the maps' mean in the loss, so that they are dark where nothing speaks.
    """

    level: int = 3
    top_share: float = 0.05
    patches: int = 3
    patch_share: float = 1 / 3
    detail: float = 1.5
    attention: int = 128
    rate_share: float = 0.3
    map_weight: float = 0.5

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


DESIGN = Design()
