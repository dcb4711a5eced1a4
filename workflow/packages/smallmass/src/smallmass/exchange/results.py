"""Predictions as a COCO results file: a list of regions with category and score.

A case's score is that of its surest malignant region beside its surest benign one, (1 + m - b) / 2.
It keeps the order of a file with one region a case, where a share m / (b + m) would be 0 or 1;
where both scores add up to 1 it is this share, as the study's own image model has it (A09).
"""

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from smallmass.cohort.run_lengths import decode_rle, mask_of
from smallmass.exchange.cases import CLASSES, image_id
from smallmass.exchange.read import Predicted
from smallmass.words import Label

NEEDED = ("image_id", "category_id", "score")


def read_results(path: Path, shapes: dict[str, tuple[int, int]]) -> tuple[dict, list[str]]:
    """Return what a file predicts, by case, and what is wrong with it.

    A case without a region in the file was read and has none: a file has no other way to say so.

    Args:
        path: JSON: a list of ``image_id`` (as exported, or the case's name), ``category_id``,
            ``score`` and, where outlines are predicted, ``segmentation`` as run lengths.
        shapes: The (height, width), px, of the images that count, by case.
    """
    try:
        regions = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        return {}, [f"{path} is no JSON that can be read ({error})"]
    if not isinstance(regions, list) or not regions:
        return {}, [f"{path} is no COCO results file: a list of regions, of one at least"]
    case_of = {image_id(name): name for name in shapes} | {name: name for name in shapes}
    by_case: dict[str, list[dict[str, Any]]] = {name: [] for name in shapes}
    problems = []
    for number, region in enumerate(regions):
        where = f"{path}, region {number}"
        if problem := _problem(region, case_of):
            problems.append(f"{where}: {problem}")
        else:
            by_case[case_of[region["image_id"]]].append(region)
    found = {}
    for name, of_case in by_case.items():
        try:
            found[name] = _predicted(of_case, shapes[name])
        except ValueError as error:
            problems.append(f"{path}, case {name}: {error}")
    return found, problems


def _problem(region: Any, case_of: Mapping[int | str, str]) -> str:
    """Return what is wrong with a region; an empty text where nothing is."""
    if not isinstance(region, dict) or not all(name in region for name in NEEDED):
        return f"lacks one of {', '.join(NEEDED)}"
    name, category = region["image_id"], region["category_id"]
    if not isinstance(name, Hashable) or name not in case_of:
        return f"there is no case with image_id {name!r}"
    if isinstance(category, bool) or category not in CLASSES.values():
        known = ", ".join(f"{number} {label}" for label, number in CLASSES.items())
        return f"category_id is {category!r}; known: {known}"
    score = region["score"]
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
        return f"score is {score!r}, no number from 0 to 1"
    return ""


def _predicted(regions: list[dict[str, Any]], shape: tuple[int, int]) -> Predicted:
    """Return what the regions of one image say."""
    surest = {
        label: max((r["score"] for r in regions if r["category_id"] == number), default=0.0)
        for label, number in CLASSES.items()
    }
    # The best region's outline is kept; the others are looked at for their faults.
    ordered = sorted(regions, key=lambda region: -region["score"])
    outlines = [_outline(one["segmentation"], shape) for one in ordered if "segmentation" in one]
    if not any(surest.values()):
        return Predicted(0.0, None)
    outline = outlines[0] if "segmentation" in ordered[0] else None
    return Predicted((1 + surest[Label.MALIGNANT] - surest[Label.BENIGN]) / 2, outline)


def _outline(segmentation: Any, shape: tuple[int, int]):
    """Return a region's mask, bool ``(h, w)``.

    Raises:
        ValueError: If it is no run lengths, or of another size.
    """
    if not isinstance(segmentation, dict) or not segmentation.keys() >= {"counts", "size"}:
        raise ValueError("a segmentation is no run lengths (size and counts), as results have them")
    size, counts = segmentation["size"], segmentation["counts"]
    if size != list(shape):
        words = tuple(size) if isinstance(size, list) else repr(size)
        raise ValueError(f"a mask is {words} px, its image {tuple(shape)} (height, width)")
    if isinstance(counts, str):
        return decode_rle(json.dumps(segmentation))
    if not isinstance(counts, list) or any(type(run) is not int for run in counts):
        raise ValueError("the counts of a segmentation are neither a text nor whole numbers")
    return mask_of(counts, *shape)
