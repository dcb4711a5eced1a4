"""Weights from any file that a user may have: Matterport's, Keras's, or an ImageNet backbone."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import keras

from mrcnn.imagenet import is_imagenet_file, load_imagenet_weights
from mrcnn.swin_files import load_swin_weights
from mrcnn.torch_files import is_torch_file
from mrcnn.weights import WeightError, load_weights


def load_file(
    model: keras.Model,
    path: str | Path,
    by_name: bool = False,
    exclude: Iterable[str] | None = None,
    skip_mismatch: bool = False,
    mean_pixel: Iterable[float] | None = None,
) -> list[str]:
    """Load weights by layer name; return the names of the tensors that were loaded.

    The arguments are those of `mrcnn.weights.load_weights`; ``exclude`` implies ``by_name``. A
    file of keras.applications' ResNet without its top fills the backbone (`mrcnn.imagenet`), and so
    does one of torchvision's Swin transformers (`mrcnn.swin_files`), for images of ``mean_pixel``.

    Raises:
        FileNotFoundError: If there is no such file.
        WeightError: If a tensor has another shape, the file has no layer of the model, or,
            without ``by_name``, lacks one.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(2, "no such weight file", str(path))
    if is_torch_file(path):
        return load_swin_weights(model, path, exclude or (), mean_pixel)
    if not h5py.is_hdf5(path):
        raise WeightError(
            f"{Path(path).name} is no HDF5 file; weights are .h5 or .weights.h5, and .pth of Swin "
            "transformers"
        )
    if is_imagenet_file(path):
        loaded = load_imagenet_weights(model, path, exclude or ())
    else:
        partial = by_name or exclude is not None
        loaded = load_weights(model, path, exclude or (), partial, skip_mismatch)
    if not loaded:
        raise WeightError(f"{Path(path).name} has none of the model's layers")
    return loaded
