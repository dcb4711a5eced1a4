"""Annotation files of further tools: LabelMe, and VIA's CSV and version 3."""

import base64
import binascii
import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from smallmass.cohort.annotated import AnnotatedImage, Annotations, Region
from smallmass.cohort.run_lengths import runs_of
from smallmass.cohort.via_annotations import via

# The shapes of VIA 3 by their number (its source, _via_util: _VIA_RSHAPE).
_VIA3_RECTANGLE, _VIA3_CIRCLE, _VIA3_ELLIPSE, _VIA3_LINE_FROM, _VIA3_POLYGON = 2, 3, 4, 6, 7
VIA_CSV = ("filename", "file_size", "region_shape_attributes")


def is_labelme(content: Any) -> bool:
    """Return whether JSON is LabelMe's: the shapes of one image."""
    return isinstance(content, dict) and {"shapes", "imagePath"} <= content.keys()


def labelme(content: dict, path: str) -> Annotations:
    """Return what LabelMe drew on one image."""
    size = None
    if content.get("imageHeight") and content.get("imageWidth"):
        size = (int(content["imageHeight"]), int(content["imageWidth"]))
    file = str(content["imagePath"])
    image = AnnotatedImage(file, file)
    by_key: dict[tuple[str | None, str], Region] = {}
    for number, shape in enumerate(content["shapes"]):
        kind, geometry = _labelme_geometry(shape, size)
        region = Region(
            key=str(number),
            kind=kind,
            geometry=geometry,
            name=f"shape {number} of {file}",
            size=size,
            words=(str(shape["label"]),) if shape.get("label") else (),
            case_id=str((shape.get("flags") or {}).get("case_id") or ""),
        )
        image.regions.append(region)
        by_key[file, region.key] = region
    return Annotations("via", [image], by_key)


def _labelme_geometry(shape: dict, size: tuple[int, int] | None) -> tuple[str, Any]:
    points = [[float(number) for number in point] for point in shape["points"]]
    match shape.get("shape_type") or "polygon":
        case "polygon" | "linestrip":
            return "polygon", [[number for point in points for number in point]]
        case "rectangle":
            (x1, y1), (x2, y2) = points[0], points[-1]
            return "polygon", [[x1, y1, x2, y1, x2, y2, x1, y2]]
        case "circle":
            (x, y), edge = points[:2]
            radius = math.hypot(edge[0] - x, edge[1] - y)
            return "ellipse", (x, y, radius, radius, 0.0)
        case "mask" if size is not None and shape.get("mask"):
            return "rle", _labelme_mask(shape["mask"], points, size)
    return "unusable", f"is a {shape.get('shape_type')}, which is no outline; draw a polygon"


def _labelme_mask(text: str, points: list[list[float]], size: tuple[int, int]) -> dict:
    """Return a mask in a box as run lengths of the whole image."""
    try:
        with Image.open(io.BytesIO(base64.b64decode(text))) as drawn:
            inner = np.asarray(drawn.convert("L")) > 0
    except (OSError, binascii.Error) as error:
        raise ValueError(f"a mask is damaged ({error})") from None
    whole = np.zeros(size, dtype=bool)
    x, y = (round(min(point[axis] for point in points)) for axis in (0, 1))
    part = whole[y : y + inner.shape[0], x : x + inner.shape[1]]
    part |= inner[: part.shape[0], : part.shape[1]]
    return {"size": list(size), "counts": runs_of(whole)}


def is_via3(content: Any) -> bool:
    """Return whether JSON is a project of VIA 3."""
    return isinstance(content, dict) and {"project", "file", "metadata", "view"} <= content.keys()


def via3(content: dict, path: str) -> Annotations:
    """Return the outlines of a project of VIA 3."""
    attributes = content.get("attribute") or {}
    images: dict[str, AnnotatedImage] = {}
    by_key: dict[tuple[str | None, str], Region] = {}
    for key, drawn in content["metadata"].items():
        files = content["view"][str(drawn["vid"])]["fid_list"]
        file = str(content["file"][str(files[0])]["fname"])
        image = images.setdefault(file, AnnotatedImage(file, file))
        if not drawn.get("xy"):
            continue  # what is said of the whole image
        kind, geometry = _via3_geometry(drawn["xy"])
        values = dict(_via3_values(drawn.get("av") or {}, attributes))
        region = Region(
            key=str(key),
            kind=kind,
            geometry=geometry,
            name=f"region {key} of {file}",
            words=tuple(values.values()),
            case_id=values.get("case_id", ""),
        )
        image.regions.append(region)
        by_key[file, region.key] = region
    return Annotations("via", list(images.values()), by_key)


def _via3_geometry(xy: list[float]) -> tuple[str, Any]:
    shape, numbers = int(xy[0]), [float(number) for number in xy[1:]]
    if shape == _VIA3_RECTANGLE:
        x, y, width, height = numbers
        return "polygon", [[x, y, x + width, y, x + width, y + height, x, y + height]]
    if shape == _VIA3_CIRCLE:
        x, y, radius = numbers
        return "ellipse", (x, y, radius, radius, 0.0)
    if shape == _VIA3_ELLIPSE:
        x, y, rx, ry = numbers[:4]
        return "ellipse", (x, y, rx, ry, 0.0)
    if _VIA3_LINE_FROM <= shape <= _VIA3_POLYGON:
        return "polygon", [numbers]
    return "unusable", "is a point, a line or a box by its ends; draw a polygon"


def _via3_values(values: dict, attributes: dict) -> Iterator[tuple[str, str]]:
    """Yield the name of each attribute and what it says, by its options' words."""
    for key, value in values.items():
        attribute = attributes.get(str(key)) or {}
        options = attribute.get("options") or {}
        yield str(attribute.get("aname") or key), str(options.get(str(value), value))


def is_via_csv(header: str) -> bool:
    """Return whether the first line of a text is that of VIA's CSV."""
    return all(name in header for name in VIA_CSV)


def via_csv(text: str, path: str) -> Annotations:
    """Return the outlines of a CSV file of VIA 2."""
    content: dict[str, dict] = {}
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","  # as Excel saves it again
    reader = csv.DictReader(io.StringIO(text.lstrip("#\ufeff"), newline=""), delimiter=separator)
    for row in reader:
        size = int(row["file_size"]) if (row["file_size"] or "").lstrip("-").isdigit() else -1
        entry = content.setdefault(
            f"{row['filename']}{size}", {"filename": row["filename"], "size": size, "regions": []}
        )
        shape = json.loads(row["region_shape_attributes"] or "{}")
        if shape:
            attributes = json.loads(row.get("region_attributes") or "{}")
            entry["regions"].append({"shape_attributes": shape, "region_attributes": attributes})
    return via(content, path)
