"""Points and parts of ROC curves of many resamples at once.

As in `bootstrap`, a resample is a row of weights; the cases as they are, are a row of ones.
"""

import numpy as np

from diagnostic_accuracy.bootstrap import _last_of_each

# Rounding in counts of cases that are no whole numbers of them: 0.1 * 30 is not 3.
_ROUNDING = 1e-9
AXES = ("specificity", "sensitivity")


def curves(
    weights: np.ndarray, score: np.ndarray, malignant: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ROC curves of resamples, from nobody called to everybody called.

    Args:
        weights: float ``(rows, cases)``, whole numbers.
        score: float ``(cases,)``, finite; a case is called if its score is at least a threshold.
        malignant: bool ``(cases,)``.

    Returns:
        tuple: False and true positives, float ``(rows, points)``, as counts that rise; the first
        point is (0, 0), the others are the distinct scores, falling.
    """
    order = np.argsort(-score, kind="stable")
    ordered = weights[:, order]
    ill = np.cumsum(ordered * malignant[order], axis=1)
    last = _last_of_each(score[order])
    called = np.cumsum(ordered, axis=1)[:, last]
    start = np.zeros((len(weights), 1))
    true = np.concatenate([start, ill[:, last]], axis=1)
    return np.concatenate([start, called], axis=1) - true, true


def partial_auroc(
    weights: np.ndarray,
    score: np.ndarray,
    malignant: np.ndarray,
    low: float,
    high: float,
    *,
    axis: str = "specificity",
    standardised: bool = False,
) -> np.ndarray:
    """Return the area under ROC curves between two specificities or two sensitivities.

    The curve's points are joined by straight lines.

    Args:
        weights: float ``(rows, cases)``, whole numbers.
        score: float ``(cases,)``, finite.
        malignant: bool ``(cases,)``.
        low: Lower end of the part, in [0, 1).
        high: Its upper end, above ``low``.
        axis: One of `AXES`: what ``low`` and ``high`` are.
        standardised: Whether to scale the area so that a coin gets 0.5 and a perfect score 1
            (McClish 1989, Med Decis Making 9:190).

    Returns:
        np.ndarray: float64 ``(rows,)``; NaN where a class is empty.

    Raises:
        ValueError: If the axis is unknown or the ends are no part of [0, 1].
    """
    if not 0 <= low < high <= 1:
        raise ValueError(f"a part from {low:g} to {high:g} is none: 0 <= low < high <= 1")
    across, along = _oriented(weights, score, malignant, axis)
    # From x = 1 - high to 1 - low for a specificity; the sensitivity's axis is turned likewise.
    left, right = 1 - high, 1 - low
    x0, x1, y0, y1 = across[:, :-1], across[:, 1:], along[:, :-1], along[:, 1:]
    start, end = np.clip(x0, left, right), np.clip(x1, left, right)
    width = np.where(x1 > x0, x1 - x0, 1.0)
    slope = (y1 - y0) / width
    middle = y0 + slope * ((start + end) / 2 - x0)
    area = np.where(end > start, middle * (end - start), 0.0).sum(axis=1)
    area[np.isnan(across[:, -1]) | np.isnan(along[:, -1])] = np.nan
    if not standardised:
        return area
    chance = (high - low) * (2 - high - low) / 2
    return (1 + (area - chance) / (high - low - chance)) / 2


def other_at(
    weights: np.ndarray,
    score: np.ndarray,
    malignant: np.ndarray,
    at: float,
    *,
    axis: str = "specificity",
    between: str = "line",
) -> np.ndarray:
    """Return the sensitivity at a specificity, or the reverse.

    Args:
        weights: float ``(rows, cases)``, whole numbers.
        score: float ``(cases,)``, finite.
        malignant: bool ``(cases,)``.
        at: The value held fixed, in [0, 1].
        axis: One of `AXES`: what is held fixed.
        between: ``"line"``: points of the curve are joined by straight lines, as in pROC;
            ``"observed"``: the best that a single threshold reaches with at least ``at``.

    Returns:
        np.ndarray: float64 ``(rows,)``; NaN where a class is empty.

    Raises:
        ValueError: If ``axis`` or ``between`` is unknown or ``at`` lies outside [0, 1].
    """
    if between not in ("line", "observed"):
        raise ValueError(f"between is {between!r}; allowed: line, observed")
    if not 0 <= at <= 1:
        raise ValueError(f"{axis} {at:g} lies outside 0 to 1")
    across, along = _oriented(weights, score, malignant, axis)
    rows = np.arange(len(across))
    limit = 1 - at
    here = np.maximum((across <= limit + _ROUNDING).sum(axis=1) - 1, 0)
    value = along[rows, here]
    if between == "line":
        after = np.minimum(here + 1, across.shape[1] - 1)
        width = across[rows, after] - across[rows, here]
        step = (limit - across[rows, here]) / np.where(width > 0, width, 1.0)
        # Within rounding of a point the point itself counts.
        step = np.where((width > 0) & (step > _ROUNDING), step, 0.0)
        value = value + step * (along[rows, after] - value)
    return value


def _oriented(
    weights: np.ndarray, score: np.ndarray, malignant: np.ndarray, axis: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return curves as shares: x is 1 - what is held fixed, y the other; both rise."""
    if axis not in AXES:
        raise ValueError(f"axis is {axis!r}; allowed: {', '.join(AXES)}")
    false, true = curves(weights, score, malignant)
    with np.errstate(invalid="ignore"):  # an empty class gives 0 / 0, not a number
        false, true = false / false[:, -1:], true / true[:, -1:]
    if axis == "specificity":
        return false, true
    # Turned by half a turn: from everybody called to nobody.
    return 1 - true[:, ::-1], 1 - false[:, ::-1]
