"""Annotation files: COCO's, those of the VGG Image Annotator (VIA), and LabelMe's."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from smallmass.cohort.problems import ImageProblem


@dataclass(frozen=True)
class Region:
    """One annotation of an image.

    Args:
        key: Its identifier in the file: the annotation's for COCO, the region's for VIA.
        kind: ``polygon``, ``ellipse``, ``rle`` or ``unusable``.
        geometry: Polygons: lists of coordinates, px; an ellipse: centre x and y, half axes, and
            direction in radians; run lengths: COCO's ``segmentation``; unusable: the reason.
        name: Its name in messages.
        size: The (height, width) of the image that it was drawn on, px, if the file tells.
        words: What it is called: its category, or the values of its attributes.
        case_id: The case that it is said to belong to, or empty.
    """

    key: str
    kind: str
    geometry: Any
    name: str
    size: tuple[int, int] | None = None
    words: tuple[str, ...] = ()
    case_id: str = ""


@dataclass(frozen=True)
class AnnotatedImage:
    """An image of an annotation file.

    Args:
        key: What a reference calls it: its file's name, or VIA's own key where names repeat.
        file: The file's name, as in the annotation file.
        file_bytes: The file's size in bytes, where the annotation file tells; else ``None``.
        regions: Its annotations.
        original: The file's name before a tool changed it, where the annotation file tells.
        source: The annotation file, relative to the root, where every image has one of its own.
    """

    key: str
    file: str
    file_bytes: int | None = None
    regions: list[Region] = field(default_factory=list)
    original: str = ""
    source: str = ""


@dataclass(frozen=True)
class Annotations:
    """A whole annotation file.

    Args:
        kind: ``coco`` or ``via``.
        images: Its images.
        regions: Each region by its identifier: the annotation, or file and region.
    """

    kind: str
    images: list[AnnotatedImage]
    regions: dict[tuple[str | None, str], Region]

    def find(self, key: str, file: str | None) -> Region | None:
        """Return a region by its identifier; ``file`` is VIA's image, ``None`` for COCO."""
        return self.regions.get((file, key))


def load(path: str | Path) -> Annotations:
    """Read an annotation file; a file that has not changed is read once.

    Raises:
        ImageProblem: If it cannot be read, or is neither COCO's nor VIA's.
    """
    try:
        state = Path(path).stat()
    except OSError as error:
        raise ImageProblem(f"cannot be read ({error.strerror}): {path}") from None
    return _load(str(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _load(path: str, changed_ns: int, size: int) -> Annotations:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImageProblem(f"cannot be read ({error.strerror}): {path}") from None
    except UnicodeDecodeError:
        raise ImageProblem(f"is no text in UTF-8: {path}") from None
    try:
        if path.lower().endswith(".csv"):
            return foreign.via_csv(text, path)
        annotations = _of_json(_json(text, path), path)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ImageProblem(
            f"is damaged ({type(error).__name__}: {error}); export it again: {path}"
        ) from None
    if annotations is not None:
        return annotations
    raise ImageProblem(
        f"is neither COCO's JSON (images, annotations, categories) nor VIA's (regions of each "
        f"file) nor LabelMe's (shapes): {path}"
    )


def _json(text: str, path: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ImageProblem(f"is no JSON ({error}): {path}") from None


def _of_json(content: Any, path: str) -> Annotations | None:
    """Return the annotations of JSON, None where it is of no known form."""
    if foreign.is_labelme(content):
        return foreign.labelme(content, path)
    if foreign.is_via3(content):
        return foreign.via3(content, path)
    if isinstance(content, dict) and {"images", "annotations"} <= content.keys():
        return _coco(content, path)
    if isinstance(content, dict) and "_via_img_metadata" in content:
        content = content["_via_img_metadata"]
    if (
        isinstance(content, dict)
        and content
        and all(
            isinstance(item, dict) and {"filename", "regions"} <= item.keys()
            for item in content.values()
        )
    ):
        return via(content, path)
    return None


def joined(root: Path, names: list[str]) -> Annotations:
    """Return annotation files that hold an image each, such as LabelMe's, as one.

    Args:
        root: The folder of everything.
        names: The files, relative to it.

    Raises:
        ImageProblem: As for `load`.
    """
    images = [replace(image, source=name) for name in names for image in load(root / name).images]
    return Annotations("via", images, {})


def _coco(content: dict, path: str) -> Annotations:
    categories = {item["id"]: str(item["name"]) for item in content.get("categories") or []}
    images: dict[Any, AnnotatedImage] = {}
    sizes: dict[Any, tuple[int, int]] = {}
    for item in content["images"]:
        if item["id"] in images:
            raise ImageProblem(f"has two images with the id {item['id']}: {path}")
        extra = item.get("extra")
        original = extra.get("name") if isinstance(extra, dict) else None
        name = str(item["file_name"])
        images[item["id"]] = AnnotatedImage(name, name, original=str(original or ""))
        if item.get("height") and item.get("width"):
            sizes[item["id"]] = (int(item["height"]), int(item["width"]))
    regions: dict[tuple[str | None, str], Region] = {}
    for item in content["annotations"]:
        key = str(item["id"])
        if (None, key) in regions:
            raise ImageProblem(f"has two annotations with the id {key}: {path}")
        if "," in key:
            raise ImageProblem(f"has an annotation id with a comma, {key!r}: {path}")
        if item["image_id"] not in images:
            raise ImageProblem(
                f"has an annotation {key} of an image {item['image_id']} that it does not list: "
                f"{path}"
            )
        kind, geometry = _coco_geometry(item.get("segmentation"))
        further = item.get("attributes")
        further = further if isinstance(further, dict) else {}
        category = categories.get(item.get("category_id"))
        region = Region(
            key=key,
            kind=kind,
            geometry=geometry,
            name=f"annotation {key}",
            size=sizes.get(item["image_id"]),
            words=(category,) if category else (),
            case_id=str(item.get("case_id") or further.get("case_id") or ""),
        )
        regions[None, key] = region
        images[item["image_id"]].regions.append(region)
    return Annotations("coco", list(images.values()), regions)


def _coco_geometry(segmentation: Any) -> tuple[str, Any]:
    if isinstance(segmentation, dict):
        return "rle", segmentation
    if isinstance(segmentation, list) and segmentation:
        # Some tools write one polygon without the outer list.
        flat = not isinstance(segmentation[0], list)
        polygons = [segmentation] if flat else segmentation
        if any(len(polygon) % 2 for polygon in polygons):
            return "unusable", "has an odd number of coordinates"
        return "polygon", polygons
    return "unusable", "is a box or a point alone; draw the outline"


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


# Last, because it is built of what stands above.
from smallmass.cohort import foreign_annotations as foreign  # noqa: E402
