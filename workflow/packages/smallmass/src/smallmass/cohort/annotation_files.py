"""Annotation files: COCO's, those of the VGG Image Annotator (VIA), and LabelMe's."""

import codecs
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from smallmass.cohort import foreign_annotations as foreign
from smallmass.cohort.annotated import AnnotatedImage, Annotations, Region
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.via_annotations import via


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
        content = Path(path).read_bytes()
        marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except OSError as error:
        raise ImageProblem(f"cannot be read ({error.strerror}): {path}") from None
    except UnicodeDecodeError:
        raise ImageProblem(f"is no text in UTF-8; save it so: {path}") from None
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
        f"file) nor LabelMe's (shapes); export it from its tool as COCO: {path}"
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
