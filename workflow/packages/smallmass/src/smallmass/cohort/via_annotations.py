"""Annotations of the VGG Image Annotator, versions 1 and 2: of each file its regions."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from smallmass.cohort.annotated import AnnotatedImage, Annotations, Region


def via(content: dict, path: str) -> Annotations:
    """Return the outlines of VIA 1 or 2: of each file its regions."""
    names = Counter(str(item["filename"]) for item in content.values())
    images, by_key = [], {}
    for key, item in content.items():
        file = str(item["filename"])
        named = file if names[file] == 1 else key
        size = item.get("size")
        image = AnnotatedImage(named, file, size if isinstance(size, int) and size > 0 else None)
        for number, region in _via_regions(item["regions"]):
            attributes = region.get("region_attributes") or {}
            kind, geometry = _via_geometry(region["shape_attributes"])
            drawn = Region(
                key=number,
                kind=kind,
                geometry=geometry,
                name=f"region {number} of {file}",
                words=tuple(_attribute_words(attributes)),
                case_id=str(attributes.get("case_id") or ""),
            )
            image.regions.append(drawn)
            by_key[named, number] = drawn
        images.append(image)
    return Annotations("via", images, by_key)


def _via_regions(regions: Any) -> Iterator[tuple[str, dict]]:
    """Yield number and region; VIA 1 writes a dictionary, VIA 2 a list."""
    pairs = regions.items() if isinstance(regions, dict) else enumerate(regions)
    for number, region in pairs:
        yield str(number), region


def _attribute_words(attributes: dict) -> Iterator[str]:
    """Yield what a region's attributes say; of check boxes, those that are ticked."""
    for value in attributes.values():
        if isinstance(value, dict):
            yield from (str(word) for word, ticked in value.items() if ticked is True)
        elif isinstance(value, str):
            yield value


def _via_geometry(shape: dict) -> tuple[str, Any]:
    match shape.get("name"):
        case "polygon" | "polyline":  # an outline drawn as a line is closed
            xs, ys = shape["all_points_x"], shape["all_points_y"]
            if len(xs) != len(ys):
                return "unusable", "has another number of x than of y"
            return "polygon", [[number for pair in zip(xs, ys, strict=True) for number in pair]]
        case "rect":
            x, y, width, height = (shape[name] for name in ("x", "y", "width", "height"))
            return "polygon", [[x, y, x + width, y, x + width, y + height, x, y + height]]
        case "circle":
            return "ellipse", (shape["cx"], shape["cy"], shape["r"], shape["r"], 0.0)
        case "ellipse":
            axes = (shape["rx"], shape["ry"], shape.get("theta", 0.0))
            return "ellipse", (shape["cx"], shape["cy"], *axes)
    return "unusable", f"is a {shape.get('name')}, which is no outline; draw a polygon"
