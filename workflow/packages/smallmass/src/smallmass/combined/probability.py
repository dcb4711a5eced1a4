"""From the image score to a probability of malignancy, by the cases that chose the cut-off."""

from typing import Any

import numpy as np
import pandas as pd

from diagnostic_accuracy.recalibration import PLATT, PlattScaling, fit_platt
from smallmass.combined.operating_point import no_classes, rows_of
from smallmass.errors import UserError
from smallmass.settings import OperatingPointSettings
from smallmass.status import FITTED, Status

IMAGE_PROBABILITY = "image_probability"


def image_probability(
    table: pd.DataFrame, operating_point: OperatingPointSettings
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return every row's probability, and what ``operating_points.json`` says of it.

    A network's score puts lesions in an order; how sure it is of itself depends on how long it
    trained. The line keeps the order. It holds for sets with as many malignant lesions as those
    that it was fitted on.

    Args:
        table: Columns split, fit, malignant, image_score.
        operating_point: Its ``chosen_on``: on which cases the line is fitted.

    Returns:
        tuple: float64 ``(rows,)``, NaN without a score or a line; and intercept, slope, fitted_on,
        n, method and status.
    """
    data = operating_point.chosen_on
    score = table["image_score"].to_numpy(float)
    malignant = table["malignant"].to_numpy(bool)
    rows = rows_of(table, data) & ~np.isnan(score)
    there = malignant[rows]
    scaling, status = PlattScaling(np.nan, np.nan), FITTED
    if there.all() or not there.any():
        status = no_classes(data)
    else:
        scaling = fit_platt(score[rows], there)
    return scaling.probability(score), _described(scaling, data, len(there), status)


def read_probability(point: dict[str, Any]) -> PlattScaling:
    """Return the line that the image model's row of ``operating_points.json`` holds.

    Where there was none to fit, its probabilities are NaN.

    Raises:
        UserError: If the file is of a version that had no such line.
    """
    described = point.get("probability")
    if described is None:
        raise UserError(
            "operating_points.json: no line from score to probability: these models are of an "
            "older version. Run the study again (nothing is trained anew), or record it again"
        )
    values = (described["intercept"], described["slope"])
    return PlattScaling(*(np.nan if value is None else float(value) for value in values))


def _described(scaling: PlattScaling, data: str, n: int, status: Status) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return value if np.isfinite(value) else None

    return {
        "intercept": number(scaling.intercept),
        "slope": number(scaling.slope),
        "fitted_on": data,
        "n": n,
        "method": PLATT,
        "status": status,
    }
