"""How wide DeLong's interval can be, given an AUROC and the sizes of both classes."""

import math

import numpy as np


def delong_bounds(auroc: float, positives: int, negatives: int) -> tuple[float, float]:
    """Return the smallest and the largest standard error that DeLong's formula can give.

    The formula is ``R / (positives - 1) + C / (negatives - 1)`` with the variances R and C of the
    placement values of both classes. Of the comparisons of all pairs, R and C are two parts of
    the variance (Hoeffding 1948, Ann Math Stat 19:293), which is at most AUROC (1 - AUROC): so
    the largest lies where the smaller class has all of it. The smallest belongs to a curve that
    is a straight line, cut off at 0 and 1 (as in Birnbaum & Klose 1957, Ann Math Stat 28:933):
    with the true positive rate F over the false positive rate x, R is 2 ∫ (1 - x) F dx less the
    squared area, C is ∫ F² dx less the same, and the line makes their weighted sum smallest.

    Args:
        auroc: In [0, 1].
        positives: Positive cases, 2 or more.
        negatives: Negative cases, 2 or more.

    Returns:
        The smallest is that of scores without ties; tied scores can have a smaller one.

    Example:
        >>> [round(error, 3) for error in delong_bounds(0.85, 60, 60)]
        [0.033, 0.046]
    """
    weights = 1 / (positives - 1), 1 / (negatives - 1)
    largest = math.sqrt(auroc * (1 - auroc) * max(weights))
    x = (np.arange(4000) + 0.5) / 4000
    slope = weights[0] / weights[1]
    low, high = -slope - 1.0, 1.0  # of the line's height at 0
    for _ in range(60):
        height = (low + high) / 2
        if np.clip(height + slope * x, 0, 1).mean() < auroc:
            low = height
        else:
            high = height
    curve = np.clip(high + slope * x, 0, 1)
    rows = 2 * ((1 - x) * curve).mean() - auroc**2
    columns = (curve**2).mean() - auroc**2
    least = weights[0] * max(rows, 0.0) + weights[1] * max(columns, 0.0)
    return math.sqrt(least), largest
