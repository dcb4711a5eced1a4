"""How well maps localise lesions: each lesion, and all of a set of test cases."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from diagnostic_accuracy.clustered import clustered_mean, clustered_proportion
from diagnostic_accuracy.results import Result
from smallmass.cohort.outlines import dice
from smallmass.evaluation.by_patient import LOCALISED, mean_over_seeds
from smallmass.evaluation.cases import KEY, case_sets, patients
from smallmass.settings import CohortSettings
from smallmass.weak.pointing import choose_share, enlarge, points_inside, region
from smallmass.words import Fit, Label, Metric, Split

POINTING = "pointing"
OF_LESIONS = ["case_id", "split", "pointing", "dice"]
COLUMNS = [*KEY, "group", "metric", "n", "estimate", "ci_low", "ci_high", "image_model", "note"]
EVERY = "all"


def localised(
    read: pd.DataFrame, maps: np.ndarray, masks: str | Path
) -> tuple[pd.DataFrame, float | None]:
    """Return `OF_LESIONS` of each case with an outline, and the share that validation cases chose.

    Args:
        read: case_id and split of each map.
        maps: float32 (cases, h, w).
        masks: Folder of outlines in the frame of the prepared images; cases without have no file.

    Returns:
        tuple: pointing is 1 or 0; dice is NaN where no validation case has an outline, and then
        the share is None.
    """
    known = []
    for place, row in enumerate(read.itertuples()):
        path = Path(masks) / f"{row.case_id}.png"
        if path.is_file():
            with Image.open(path) as file:
                outline = np.asarray(file) > 127
            known.append((row, enlarge(maps[place], outline.shape[0]), outline))
    chosen = [part for part in known if part[0].split == Split.VALIDATION]
    share = (
        choose_share([part[1] for part in chosen], [part[2] for part in chosen]) if chosen else None
    )
    rows = [
        {
            "case_id": row.case_id,
            "split": row.split,
            "pointing": int(points_inside(seen, outline)),
            "dice": np.nan if share is None else round(dice(region(seen, share), outline), 6),
        }
        for row, seen, outline in known
    ]
    return pd.DataFrame(rows, columns=OF_LESIONS), share


def map_table(
    lesions: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    predictions: pd.DataFrame,
    cohort: pd.DataFrame,
    limits: CohortSettings,
    confidence: float,
) -> pd.DataFrame:
    """Return ``rivals/weak_maps.csv``: a row a set of test cases, group (all, a label) and metric.

    Beside each stands what the image model, which learnt from outlines, has on the same lesions:
    its lesions found beside the pointing game, its Dice beside Dice.

    Args:
        lesions: Of `localised`.
        scores: ``image_model/scores.csv``.
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for sizes.
        limits: The settings ``max_diameter_cm`` (cm) and ``inclusive`` (A04).
        confidence: Of the intervals, in (0, 1).
    """
    own = mean_over_seeds(scores[scores["fit"] == Fit.HELD_OUT], LOCALISED)
    rows = []
    for cases in case_sets(predictions, cohort, limits):
        if cases.split != Split.TEST:
            continue
        table = cases.cases.assign(patient=patients).merge(lesions[["case_id", "pointing", "dice"]])
        table = table.merge(own, on="case_id", how="left", suffixes=("", "_image"))
        for group in (EVERY, *(str(label) for label in Label)):
            part = table if group == EVERY else table[table["label"] == group]
            for metric, beside in (
                (POINTING, Metric.FOUND.value),
                (Metric.DICE.value, "dice_image"),
            ):
                if part[metric].notna().any():
                    result = _measured(metric, part, confidence)
                    rows.append(_row(cases.key, group, result, part[beside].mean()))
    return pd.DataFrame(rows, columns=COLUMNS)


def _measured(metric: str, part: pd.DataFrame, confidence: float) -> Result:
    value, whose = part[metric].to_numpy(float), part["patient"].to_numpy()
    if metric == POINTING:
        return clustered_proportion(
            value == 1, whose, name=metric, method="cluster-wilson", confidence=confidence
        )
    return clustered_mean(value, whose, name=metric, confidence=confidence)


def _row(key: dict[str, str], group: str, result: Result, image_model: float) -> dict:
    return key | {
        "group": group,
        "metric": result.name,
        "n": result.n,
        "estimate": round(result.estimate, 6),
        "ci_low": round(result.low, 6),
        "ci_high": round(result.high, 6),
        "image_model": round(image_model, 6),
        "note": result.note,
    }
