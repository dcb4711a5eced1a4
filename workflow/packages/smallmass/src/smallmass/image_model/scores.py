"""From regions to one score an image (A09, A10, A39), and whether the lesion was found (A38).

All functions work on the table detections.csv.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from smallmass.cohort.outline_files import case_outline
from smallmass.cohort.run_lengths import decode_rle
from smallmass.errors import UserError
from smallmass.options import Found, ImageScore, RegionScore
from smallmass.settings import ImageModelSettings
from smallmass.words import Word

REGION_SCORES: dict[RegionScore, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    # A09: what a region says of malignancy, given that it is a lesion; in [0, 1].
    RegionScore.MALIGNANT_SHARE: lambda b, m: m / np.maximum(b + m, 1e-12),
    RegionScore.MALIGNANT_PROBABILITY: lambda b, m: m,
    # The probability of the better class, signed by the class, brought from [-1, 1] to [0, 1].
    RegionScore.SIGNED_TOP: lambda b, m: (1 + np.where(m >= b, m, -b)) / 2,
}
REGION = ["case_id", "fit", "detection"]
# What `image_scores` reads, and what `localisation` reads beside it.
SCORED_COLUMNS = [*REGION, "p_benign", "p_malignant", "area_px"]
BOX = ["y1", "x1", "y2", "x2"]
Option = TypeVar("Option", bound=Word)


def read_regions(path: str | Path, *, found: str | None = None) -> pd.DataFrame:
    """Read detections.csv without the columns that are not needed: outlines are most of the file.

    Args:
        path: detections.csv.
        found: A38's rule, where `localisation` is to follow; else `image_scores` alone can.
    """
    columns = [*SCORED_COLUMNS, *(_located_columns(found) if found else ())]
    return pd.read_csv(
        path, usecols=columns, dtype={"case_id": str}, keep_default_na=False, na_values=[""]
    )


def image_scores(
    detections: pd.DataFrame, *, region_score: str, image_score: str, floor: float
) -> pd.DataFrame:
    """Return one score a case.

    Args:
        detections: detections.csv.
        region_score: A09, a key of `REGION_SCORES`.
        image_score: A10: the region with the highest foreground probability ("top_foreground"),
            the highest region score, the mean weighted by foreground probability, or the
            largest region.
        floor: A39, regions whose foreground probability is lower are not read.

    Returns:
        DataFrame: case_id, fit, image_score, detection (the region that gave the score; for the
        mean the one with the highest foreground probability). A case without a region has score
        0 and an empty detection.

    Raises:
        UserError: If an option is unknown.
    """
    region = REGION_SCORES[_known(RegionScore, "region_score", region_score)]
    of_regions = IMAGE_SCORES[_known(ImageScore, "image_score", image_score)]
    table = detections.copy()
    benign, malignant = table["p_benign"].to_numpy(), table["p_malignant"].to_numpy()
    table["foreground"] = benign + malignant
    table["score"] = region(benign, malignant)
    chosen = of_regions(table[table["detection"].notna() & (table["foreground"] >= floor)])
    cases = table[["case_id", "fit"]].drop_duplicates()
    scores = cases.merge(chosen, on=["case_id", "fit"], how="left").rename(
        columns={"score": "image_score"}
    )
    scores["image_score"] = scores["image_score"].fillna(0.0).clip(0, 1)
    return scores[["case_id", "fit", "image_score", "detection"]]


def _known(options: type[Option], key: str, value: str) -> Option:
    """Return an option of the settings.

    Raises:
        UserError: If there is no such option.
    """
    if value not in list(options):
        raise UserError(f"image_model.{key}: {value!r} is unknown; known: {', '.join(options)}")
    return options(value)


def _best_by(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return what takes the region with the highest value of a column, a case and fit."""

    def choose(regions: pd.DataFrame) -> pd.DataFrame:
        keys = ["case_id", "fit"]
        # A stable sort: of equal regions the one that the model listed first.
        best = regions.sort_values([*keys, column], ascending=[True, True, False], kind="stable")
        return best.drop_duplicates(keys)[[*keys, "score", "detection"]]

    return choose


def _mean(regions: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score, weighted by foreground probability, and the surest region."""
    chosen = _best_by("foreground")(regions)
    weighted = regions.assign(weighted=regions["score"] * regions["foreground"])
    sums = weighted.groupby(["case_id", "fit"])[["weighted", "foreground"]].sum()
    mean = (sums["weighted"] / sums["foreground"].clip(lower=1e-12)).rename("mean")
    chosen = chosen.merge(mean.reset_index(), on=["case_id", "fit"])
    chosen["score"] = chosen.pop("mean")
    return chosen


IMAGE_SCORES: dict[ImageScore, Callable[[pd.DataFrame], pd.DataFrame]] = {
    ImageScore.TOP_FOREGROUND: _best_by("foreground"),
    ImageScore.HIGHEST: _best_by("score"),
    ImageScore.MEAN: _mean,
    ImageScore.LARGEST: _best_by("area_px"),
}
"""A10: from the regions that are read to columns case_id, fit, score, detection."""


def localisation(
    scores: pd.DataFrame, detections: pd.DataFrame, outlines: Mapping[str, np.ndarray], rule: str
) -> pd.DataFrame:
    """Add whether the region that was read is the lesion, and how well it outlines it.

    Args:
        scores: Of `image_scores`; with a column seed where detections have one.
        detections: detections.csv.
        outlines: The reader's outline (h, w) bool of each case that has one.
        rule: A38, "centre": the region's centre lies within the outline; "iou": the two outlines
            overlap (IoU) by at least 0.5.

    Returns:
        DataFrame: ``scores`` with found (0, 1; empty without outline) and dice (a miss is 0).
    """
    keys = [name for name in ("seed", *REGION) if name in scores and name in detections]
    regions = detections.dropna(subset=["detection"])[[*keys, *_located_columns(rule)]]
    read = scores[keys].merge(regions, on=keys, how="left", validate="many_to_one")
    hits: list[int | None] = []
    overlap: list[float | None] = []
    for row in read.itertuples():
        truth = outlines.get(row.case_id)
        if truth is None:
            hits.append(None)
            overlap.append(None)
        elif pd.isna(row.detection):
            hits.append(0)
            overlap.append(0.0)
        else:
            hit = HITS[Found(rule)].rule(row, truth)
            hits.append(int(hit))
            overlap.append(float(row.dice) if hit else 0.0)
    return scores.assign(
        found=pd.array(hits, dtype="Int64"), dice=pd.array(overlap, dtype="Float64")
    )


def _located_columns(rule: str) -> list[str]:
    """Return the columns of detections.csv that `localisation` reads beside `SCORED_COLUMNS`."""
    return [*BOX, "dice", *HITS[Found(rule)].columns]


def _at_centre(region, truth: np.ndarray) -> bool:
    y = int((region.y1 + region.y2) // 2)
    x = int((region.x1 + region.x2) // 2)
    height, width = truth.shape
    return bool(truth[min(y, height - 1), min(x, width - 1)])


def _overlaps(region, truth: np.ndarray) -> bool:
    outline = decode_rle(region.outline)
    union = (outline | truth).sum()
    return bool(union) and (outline & truth).sum() / union >= 0.5


@dataclass(frozen=True)
class Hit:
    """A rule for whether a region has found the lesion (A38).

    Attributes:
        rule: From a region, a row of detections.csv, and the reader's outline (h, w) bool.
        columns: What it reads of detections.csv beside the box.
    """

    rule: Callable[[Any, np.ndarray], bool]
    columns: tuple[str, ...] = ()


HITS = {Found.CENTRE: Hit(_at_centre), Found.IOU: Hit(_overlaps, ("outline",))}


class _Outlines(Mapping):
    """The readers' outlines by case, read when they are asked for; the last one alone is kept.

    All of 100,000 cases at once would take 26 GB at 512 px.
    """

    def __init__(self, cohort: pd.DataFrame, root):
        drawn = cohort.dropna(subset=["outline"])
        columns = [name for name in ("case_id", "image", "frame", "outline") if name in drawn]
        self._cases = {case["case_id"]: case for case in drawn[columns].to_dict("records")}
        self._root = root
        self._last: tuple[str, np.ndarray] | None = None

    def __getitem__(self, case_id: str) -> np.ndarray:
        if self._last is None or self._last[0] != case_id:
            self._last = case_id, case_outline(self._root, self._cases[case_id])
        return self._last[1]

    def __iter__(self):
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)


def score_all(
    detections: dict[int, list[pd.DataFrame]],
    *,
    cohort: pd.DataFrame,
    root,
    image_model: ImageModelSettings,
) -> pd.DataFrame:
    """Return image_model/scores.csv.

    Args:
        detections: The tables detections.csv of each seed.
        cohort: cohort.csv.
        root: Folder that outlines are relative to.
        image_model: The settings of the score.

    Returns:
        DataFrame: case_id, seed, fit, image_score, found, dice, detection.
    """
    tables, regions = [], []
    for seed, parts in detections.items():
        regions.append(pd.concat(parts, ignore_index=True).assign(seed=seed))
        scores = image_scores(
            regions[-1],
            region_score=image_model.region_score,
            image_score=image_model.image_score,
            floor=image_model.floor,
        )
        tables.append(scores.assign(seed=seed))
    # Case by case, so that each outline is read once, whatever the number of seeds and fits.
    table = pd.concat(tables, ignore_index=True).sort_values("case_id", kind="stable")
    table = localisation(
        table, pd.concat(regions, ignore_index=True), _Outlines(cohort, root), image_model.found
    )
    columns = ["case_id", "seed", "fit", "image_score", "found", "dice", "detection"]
    return (
        table[columns]
        .sort_values(["seed", "fit", "case_id"], ignore_index=True)
        .round({"image_score": 6, "dice": 6})
    )
