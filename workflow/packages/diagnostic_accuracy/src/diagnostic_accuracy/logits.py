"""Intervals of numbers from 0 to 1 on the logit scale, which they cannot leave."""

import math

from scipy import special, stats


def logit_interval(
    estimate: float, error: float, confidence: float = 0.95, degrees: float = math.inf
) -> tuple[float, float]:
    """Return the interval logit(estimate) +- t error / (estimate (1 - estimate)), mapped back.

    Args:
        estimate: In (0, 1); at 0 and 1 the scale has no interval, and the ends are NaN.
        error: Its standard error.
        confidence: Of the interval, in (0, 1).
        degrees: Degrees of freedom of the error; infinite: the normal quantile.

    Source: the delta method; for the AUROC Pepe 2003, The Statistical Evaluation of Medical Tests,
    5.2, and Qin & Hotilovac 2008 (Stat Methods Med Res 17:207).

    Example:
        >>> [round(end, 3) for end in logit_interval(0.95, 0.025)]
        [0.871, 0.982]
    """
    if not 0 < estimate < 1:
        return math.nan, math.nan
    reach = stats.t.isf((1 - confidence) / 2, degrees) * error / (estimate * (1 - estimate))
    centre = special.logit(estimate)
    return float(special.expit(centre - reach)), float(special.expit(centre + reach))
