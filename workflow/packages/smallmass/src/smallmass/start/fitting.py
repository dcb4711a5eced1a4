"""Whether a weight file has the architecture of a study's image model, by a few of its tensors.

Nothing is built and no heavy package is loaded: this is asked before anything runs. Every tensor is
compared when the weights are loaded.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mrcnn.architectures import ARCHITECTURES, TRANSFORMERS, layer_name
from smallmass.files import read_json
from smallmass.image_model.configuration import WIDTHS
from smallmass.settings import ImageModelSettings
from smallmass.start.form import COLOUR, form_of

if TYPE_CHECKING:
    from smallmass.start.finding import Start

Shape = tuple[int, ...]
STAGE_4 = {False: r"res4([a-z])_branch.*", True: r"swin4_(\d+)_fc1"}
FIRST = {False: "conv1", True: "swin_patches"}
"""The first layer of a residual network, and of a transformer."""


def misfits(start: "Start", image_model: ImageModelSettings) -> Iterator[str]:
    """Yield one line that names every tensor with both shapes, where a start does not fit.

    Args:
        start: A start whose file is there.
        image_model: Of the study.
    """
    import h5py

    if not h5py.is_hdf5(start.weights):
        yield f"image_model.weights: {start.weights} is no HDF5 file; weights are .h5"
        return
    try:
        stored = shapes(start.weights)
    except (OSError, RuntimeError, KeyError) as error:  # what h5py raises
        yield f"image_model.weights: {start.weights} is cut off or damaged ({error})"
        return
    form = form_of(read_json(start.description)) if start.description else COLOUR
    wanted = expected(image_model.backbone, form.channels)
    other = [
        f"{name} is {stored[name]} there and {shape} here"
        for name, shape in wanted.items()
        if name in stored and stored[name] != shape
    ]
    transformer = image_model.backbone in TRANSFORMERS
    if FIRST[not transformer] in stored and FIRST[transformer] not in stored:
        kind = "residual network" if transformer else "transformer"
        other.append(f"it holds a {kind}, which begins with {FIRST[not transformer]}")
    elif FIRST[transformer] not in stored:
        other.append(f"it has no {FIRST[transformer]}, the backbone's first layer")
    there, here = blocks(stored, transformer), depth_of_stage_4(image_model.backbone)
    if there and there != here:
        other.append(f"stage 4 has {there} blocks there and {here} here")
    if other:
        yield (
            f"image_model.weights: {start.weights} does not fit the backbone "
            f"{image_model.backbone}: {'; '.join(other)}"
        )


def expected(backbone: str, channels: int) -> dict[str, Shape]:
    """Return the shapes of tensors that tell architectures apart, by Matterport's names.

    Args:
        backbone: A key of `ARCHITECTURES` or `TRANSFORMERS`.
        channels: Of the input.
    """
    width = WIDTHS[backbone]
    pyramid = width["pyramid"]
    return _own(backbone, channels) | {
        "fpn_p2": (3, 3, pyramid, pyramid),
        "rpn_conv_shared": (3, 3, pyramid, width["rpn"]),
        "mrcnn_class_conv1": (7, 7, pyramid, width["classifier"]),
        "mrcnn_mask_conv1": (3, 3, pyramid, width["mask"]),
    }


def _own(backbone: str, channels: int) -> dict[str, Shape]:
    """Return the shapes of two tensors of the backbone itself."""
    if backbone in TRANSFORMERS:
        width = TRANSFORMERS[backbone].width
        return {"swin_patches": (4, 4, channels, width), "swin2_1_fc1": (width, 4 * width)}
    size = 1 if ARCHITECTURES[backbone][1] else 3
    return {"conv1": (7, 7, channels, 64), "res2a_branch2a": (size, size, 64, 64)}


def depth_of_stage_4(backbone: str) -> int:
    """Return how many blocks the fourth stage of a backbone has.

    Args:
        backbone: A key of `ARCHITECTURES` or `TRANSFORMERS`.
    """
    return (
        TRANSFORMERS[backbone].depths[2]
        if backbone in TRANSFORMERS
        else ARCHITECTURES[backbone][0][2]
    )


def shapes(path: Path) -> dict[str, Shape]:
    """Return the shape of every kernel of a weight file, by its layer's name.

    Layers of keras.applications have Matterport's names in the answer.

    Args:
        path: HDF5 in the layout of Keras 2, or of Keras 3, which notes each layer's name.

    Raises:
        OSError, RuntimeError, KeyError: h5py's, where the file is cut off or damaged.
    """
    import h5py

    found: dict[str, Shape] = {}

    def visit(path: str, item) -> None:
        *above, name = path.split("/")
        if isinstance(item, h5py.Dataset) and above:
            layer = above[-1] if name.startswith("kernel") else None
            if above[-1] == "vars" and name == "0":
                layer = item.parent.attrs.get("name")
            if layer is not None:
                layer = layer.decode() if isinstance(layer, bytes) else str(layer)
                found[layer_name(layer) or layer] = tuple(item.shape)

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def blocks(stored: Mapping[str, Shape], transformer: bool = False) -> int:
    """Return how many blocks the fourth stage of a network has; 0: it is of the other kind.

    Args:
        stored: Of `shapes`.
        transformer: Whether the blocks are a transformer's.
    """
    found = (re.fullmatch(STAGE_4[transformer], name) for name in stored)
    return len({match[1] for match in found if match})
