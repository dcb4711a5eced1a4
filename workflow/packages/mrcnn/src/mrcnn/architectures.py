"""The networks below the pyramid by name, and names of layers; no backend is loaded for these."""

import re
import string
from dataclasses import dataclass

# Blocks of stages 2 to 5, and whether a block is a bottleneck (He et al. 2016, table 1).
ARCHITECTURES = {
    "resnet18": ((2, 2, 2, 2), False),
    "resnet34": ((3, 4, 6, 3), False),
    "resnet50": ((3, 4, 6, 3), True),
    "resnet101": ((3, 4, 23, 3), True),
}


@dataclass(frozen=True)
class Transformer:
    """A transformer with windows (`mrcnn.swin`).

    Attributes:
        width: Channels of the first stage; each stage has twice those of the one before.
        depths: Blocks of stages 2 to 5.
        heads: Heads of their attention.
        window: Cells of a window's side.
    """

    width: int
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    window: int


# The paper's smallest, and one for two processor cores: windows of 6 fit images of 192 px.
TRANSFORMERS = {
    "swin_tiny": Transformer(96, (2, 2, 6, 2), (3, 6, 12, 24), 7),
    "swin_nano": Transformer(48, (2, 2, 2, 2), (2, 4, 8, 16), 6),
}
BACKBONES = (*ARCHITECTURES, *TRANSFORMERS)
# Of keras.applications' layers, in a block: the shortcut and the three convolutions.
BRANCHES = {"0": "1", "1": "2a", "2": "2b", "3": "2c"}
OLD_NAMES = re.compile(r"conv1|bn_conv1|(res|bn)\d[a-z]_branch\d[abc]?")


def layer_name(name: str) -> str | None:
    """Return the backbone's name for a layer of keras.applications' ResNet, or None.

    >>> layer_name("conv4_block23_0_conv")
    'res4w_branch1'
    """
    if name in ("conv1_conv", "conv1_bn"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1"}[name]
    match = re.fullmatch(r"conv(\d)_block(\d+)_([0-3])_(conv|bn)", name)
    if match:
        kind = "res" if match[4] == "conv" else "bn"
        letter = string.ascii_lowercase[int(match[2]) - 1]
        return f"{kind}{match[1]}{letter}_branch{BRANCHES[match[3]]}"
    # Files of 2017 and before have these names already.
    return name if OLD_NAMES.fullmatch(name) else None
