"""From regions to one score an image (A09, A10, A39), and whether the lesion was found (A38).

All functions work on the table detections.csv.
"""

import numpy as np
import pandas as pd

from smallmass.cohort.outline_files import case_outline
from smallmass.cohort.outlines import decode_rle
from smallmass.errors import UserError

REGION_SCORES = {
    # A09: what a region says of malignancy, given that it is a lesion; in [0, 1].
    "malignant_share": lambda b, m: m / np.maximum(b + m, 1e-12),
    "malignant_probability": lambda b, m: m,
    # The probability of the better class, signed by the class, brought from [-1, 1] to [0, 1].
    "signed_top": lambda b, m: (1 + np.where(m >= b, m, -b)) / 2,
}
IMAGE_SCORES = ("top_foreground", "highest", "mean", "largest")


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
    if region_score not in REGION_SCORES:
        raise UserError(
            f"image_model.region_score: {region_score!r} is unknown; "
            f"known: {', '.join(REGION_SCORES)}"
        )
    if image_score not in IMAGE_SCORES:
        raise UserError(
            f"image_model.image_score: {image_score!r} is unknown; known: {', '.join(IMAGE_SCORES)}"
        )
    table = detections.copy()
    benign, malignant = table["p_benign"].to_numpy(), table["p_malignant"].to_numpy()
    table["foreground"] = benign + malignant
    table["score"] = REGION_SCORES[region_score](benign, malignant)
    read = table[table["detection"].notna() & (table["foreground"] >= floor)]

    key = {"highest": "score", "largest": "area_px"}.get(image_score, "foreground")
    # A stable sort: of equal regions the one that the model listed first.
    best = read.sort_values(["case_id", "fit", key], ascending=[True, True, False], kind="stable")
    best = best.drop_duplicates(["case_id", "fit"])
    chosen = best[["case_id", "fit", "score", "detection"]]
    if image_score == "mean":
        weighted = read.assign(weighted=read["score"] * read["foreground"])
        sums = weighted.groupby(["case_id", "fit"])[["weighted", "foreground"]].sum()
        mean = (sums["weighted"] / sums["foreground"].clip(lower=1e-12)).rename("mean")
        chosen = chosen.merge(mean.reset_index(), on=["case_id", "fit"])
        chosen["score"] = chosen.pop("mean")
    cases = table[["case_id", "fit"]].drop_duplicates()
    scores = cases.merge(chosen, on=["case_id", "fit"], how="left").rename(
        columns={"score": "image_score"}
    )
    scores["image_score"] = scores["image_score"].fillna(0.0).clip(0, 1)
    return scores[["case_id", "fit", "image_score", "detection"]]


def localisation(
    scores: pd.DataFrame, detections: pd.DataFrame, outlines: dict[str, np.ndarray], rule: str
) -> pd.DataFrame:
    """Add whether the region that was read is the lesion, and how well it outlines it.

    Args:
        scores: Of `image_scores`.
        detections: detections.csv.
        outlines: The reader's outline (h, w) bool of each case that has one.
        rule: A38, "centre": the region's centre lies within the outline; "iou": the two outlines
            overlap (IoU) by at least 0.5.

    Returns:
        DataFrame: ``scores`` with found (0, 1; empty without outline) and dice (a miss is 0).
    """
    regions = detections.set_index(["case_id", "fit", "detection"])
    found: list[int | None] = []
    overlap: list[float | None] = []
    for row in scores.itertuples():
        truth = outlines.get(row.case_id)
        if truth is None:
            found.append(None)
            overlap.append(None)
        elif pd.isna(row.detection):
            found.append(0)
            overlap.append(0.0)
        else:
            region = regions.loc[(row.case_id, row.fit, row.detection)]
            hit = _hits(region, truth, rule)
            found.append(int(hit))
            overlap.append(float(region["dice"]) if hit else 0.0)
    return scores.assign(
        found=pd.array(found, dtype="Int64"), dice=pd.array(overlap, dtype="Float64")
    )


def _hits(region: pd.Series, truth: np.ndarray, rule: str) -> bool:
    """Say whether a region has found the lesion, by A38's rule."""
    if rule == "centre":
        y = int((region["y1"] + region["y2"]) // 2)
        x = int((region["x1"] + region["x2"]) // 2)
        height, width = truth.shape
        return bool(truth[min(y, height - 1), min(x, width - 1)])
    outline = decode_rle(region["outline"], *truth.shape)
    union = (outline | truth).sum()
    return bool(union) and (outline & truth).sum() / union >= 0.5


def score_all(
    detections: dict[int, list[pd.DataFrame]], *, cohort: pd.DataFrame, root, settings: dict
) -> pd.DataFrame:
    """Return image_model/scores.csv.

    Args:
        detections: The tables detections.csv of each seed.
        cohort: cohort.csv.
        root: Folder that outlines are relative to.
        settings: The section image_model of the study's settings.

    Returns:
        DataFrame: case_id, seed, fit, image_score, found, dice, detection.
    """
    drawn = cohort.dropna(subset=["outline"])
    outlines = {case["case_id"]: case_outline(root, case) for case in drawn.to_dict("records")}
    tables = []
    for seed, parts in detections.items():
        regions = pd.concat(parts, ignore_index=True)
        scores = image_scores(
            regions,
            region_score=settings["region_score"],
            image_score=settings["image_score"],
            floor=settings["floor"],
        )
        tables.append(localisation(scores, regions, outlines, settings["found"]).assign(seed=seed))
    columns = ["case_id", "seed", "fit", "image_score", "found", "dice", "detection"]
    table = pd.concat(tables, ignore_index=True)[columns]
    return table.sort_values(["seed", "fit", "case_id"], ignore_index=True).round(
        {"image_score": 6, "dice": 6}
    )
