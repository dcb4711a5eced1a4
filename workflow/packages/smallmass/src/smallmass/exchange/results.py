"""Predictions as a COCO results file: a list of regions with category and score.

A case's score is that of its surest malignant region beside its surest benign one, m / (b + m),
as the study's own image model has it of a region (A09 ``malignant_share``).
"""

import json
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
        regions = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        return {}, [f"{path} is no JSON that can be read ({error})"]
    if not isinstance(regions, list) or not regions:
        return {}, [f"{path} is no COCO results file: a list of regions, of one at least"]
    case_of = {image_id(name): name for name in shapes} | {name: name for name in shapes}
    by_case: dict[str, list[dict[str, Any]]] = {name: [] for name in shapes}
    problems = []
    for number, region in enumerate(regions):
        where = f"{path}, region {number}"
        if problem := _problem(region):
            problems.append(f"{where}: {problem}")
        elif region["image_id"] not in case_of:
            problems.append(f"{where}: there is no case with image_id {region['image_id']!r}")
        else:
            by_case[case_of[region["image_id"]]].append(region)
    found = {}
    for name, of_case in by_case.items():
        try:
            found[name] = _predicted(of_case, shapes[name])
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"{path}, case {name}: {error}")
    return found, problems


def _problem(region: Any) -> str:
    """Return what is wrong with a region; an empty text where nothing is."""
    if not isinstance(region, dict) or not all(name in region for name in NEEDED):
        return f"lacks one of {', '.join(NEEDED)}"
    if region["category_id"] not in CLASSES.values():
        known = ", ".join(f"{number} {label}" for label, number in CLASSES.items())
        return f"category_id is {region['category_id']!r}; known: {known}"
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
    total = sum(surest.values())
    if not total:
        return Predicted(0.0, None)
    best = max(regions, key=lambda region: region["score"])
    outline = _outline(best["segmentation"], shape) if "segmentation" in best else None
    return Predicted(surest[Label.MALIGNANT] / total, outline)


def _outline(segmentation: Any, shape: tuple[int, int]):
    """Return a region's mask, bool ``(h, w)``.

    Raises:
        ValueError: If it is no run lengths, or of another size.
    """
    if not isinstance(segmentation, dict) or "counts" not in segmentation:
        raise ValueError("a segmentation is no run lengths (size and counts), as results have them")
    if tuple(segmentation["size"]) != tuple(shape):
        raise ValueError(
            f"a mask is {tuple(segmentation['size'])} px, its image {tuple(shape)} (height, width)"
        )
    if isinstance(segmentation["counts"], list):
        return mask_of(segmentation["counts"], *shape)
    return decode_rle(json.dumps(segmentation))
