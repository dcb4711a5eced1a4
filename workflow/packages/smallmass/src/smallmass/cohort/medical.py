"""Files of medical tools, read by packages that are installed on demand.

``uv sync --extra formats`` installs them: SimpleITK (Apache 2.0) for NIfTI, NRRD and MetaImage,
roifile (BSD) for ImageJ's outlines.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from smallmass.cohort.problems import ImageProblem

IMAGEJ = (".roi", ".zip")
VOLUMES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
_INSTALL = "Install what reads it: uv sync --extra formats; or export it as PNG"


def optional(module: str, what: str, remedy: str = _INSTALL) -> Any:
    """Return a package that is not always there.

    Raises:
        ImageProblem: If it is not installed; it names the extra that installs it.
    """
    try:
        return import_module(module)
    except ImportError:
        raise ImageProblem(f"is {what}, which needs {module} to be read", remedy) from None


def is_volume(path: str | Path) -> bool:
    """Return whether a file's name is that of a volume."""
    return str(path).lower().endswith(VOLUMES)


def volume_levels(path: Path, frame: int | None) -> np.ndarray:
    """Return a picture of a volume's file, (height, width) or (height, width, channels).

    Args:
        path: A NIfTI, NRRD or MetaImage file.
        frame: Which slice, from 0; None where there is one alone.

    Raises:
        ImageProblem: If it cannot be read, has several slices and none is named, or says that it
            lies in space otherwise than a picture: turned or mirrored, nobody knows how.
    """
    if not path.is_file():
        raise ImageProblem(f"no such file: {path}")
    itk = optional("SimpleITK", "a medical volume")
    try:
        image = itk.ReadImage(str(path))
    except RuntimeError:
        raise ImageProblem(f"is cut off or damaged: {path}") from None
    size = image.GetDimension()
    direction = np.reshape(image.GetDirection(), (size, size))
    if not np.allclose(direction[:2, :2], np.eye(2), atol=1e-3):
        raise ImageProblem(
            f"says that it is turned or mirrored in space, so how it lies on the picture is not "
            f"known: {path}",
            "Export it as PNG from the program that shows it rightly",
        )
    values = itk.GetArrayFromImage(image)
    if size == 2:
        return values
    if len(values) > 1 and frame is None:
        raise ImageProblem(
            f"has {len(values)} slices, and none is named: {path}",
            "Name it, counted from 0, in the column frame, or save it alone",
        )
    if (frame or 0) >= len(values):
        raise ImageProblem(f"has no slice {frame}, counted from 0: {path}")
    return values[frame or 0]


def is_imagej(name: str) -> bool:
    """Return whether a file's name is that of ImageJ's outlines."""
    return name.lower().endswith(IMAGEJ)


def imagej_roi(path: Path, shape: tuple[int, int] | None, named: str | None = None) -> np.ndarray:
    """Return the area of an outline of ImageJ, bool (height, width).

    Args:
        path: A ``.roi`` file, or a ``.zip`` of several as the ROI Manager saves them.
        shape: The image's (height, width), px.
        named: Which of several, by its name; None where there is one alone.
    """
    if not path.is_file():
        raise ImageProblem(f"no such file: {path}")
    roifile = optional("roifile", "an outline of ImageJ")
    try:
        found = roifile.roiread(str(path))
        rois = found if isinstance(found, list) else [found]
        shapes = dict(
            zip(_names(rois), [np.asarray(roi.coordinates(), float) for roi in rois], strict=True)
        )
    except Exception as error:  # what roifile raises for damaged files is not documented
        raise ImageProblem(f"is damaged ({type(error).__name__}): {path}") from None
    if len(rois) > 1 and named is None:
        raise ImageProblem(
            f"holds {len(rois)} outlines, and none is named: {path}",
            f"Name one in the column outline, as in {path.name}#roi={next(iter(shapes))}; its "
            f"outlines are {', '.join(shapes)}",
        )
    if named is not None and named not in shapes:
        raise ImageProblem(f"has no outline {named!r}, but {', '.join(shapes)}: {path}")
    return _area(shapes[named] if named is not None else next(iter(shapes.values())), shape, path)


def _names(rois: list[Any]) -> list[str]:
    """Return the outlines' names, or their places from 1 where these do not tell them apart."""
    names = [str(roi.name or "") for roi in rois]
    unique = len(set(names)) == len(names) and all(names)
    return names if unique else [str(place) for place in range(1, len(rois) + 1)]


def _area(corners: np.ndarray, shape: tuple[int, int] | None, path: Path) -> np.ndarray:
    """Return the area within corners (n, 2), x and y in px."""
    from smallmass.cohort.annotations import polygon_mask

    if corners.ndim != 2 or len(corners) < 3:
        raise ImageProblem(f"holds no area, but a point or a line: {path}")
    shape = shape or (int(corners[:, 1].max()) + 1, int(corners[:, 0].max()) + 1)
    if corners.min() < -1 or (corners.max(axis=0) > np.array(shape[::-1]) + 1).any():
        raise ImageProblem(f"lies outside the image of {shape[1]} x {shape[0]} px: {path}")
    return polygon_mask(corners, shape)
