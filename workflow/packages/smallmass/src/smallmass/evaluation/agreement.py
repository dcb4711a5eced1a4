"""Whether two studies agree on a number, and whether they are large enough to say so.

A printed value that lies within a wide interval is no agreement: the fewer the lesions, the more
often it does. So the difference of both studies is estimated, with an interval that has the spread
of both, and held against a margin that is written down.
"""

import math
from dataclasses import dataclass

from scipy import stats

from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.roc import hanley_mcneil_error

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
TOO_FEW = "too few to tell"
POINTS = 15.0
"""Margin of a proportion, in points: what the paper says that its combination gains in sensitivity.

A difference as large as that is no reproduction of a study that is about it.
"""
AREA = 0.10
"""Margin of an AUROC: ours, the paper states none."""


@dataclass(frozen=True)
class Spread:
    """An estimate with the ends of its interval; NaN ends where there is none."""

    estimate: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there are an estimate and an interval."""
        return all(map(math.isfinite, (self.estimate, self.low, self.high)))


def difference(here: Spread, there: Spread) -> Spread:
    """Return here - there of two independent studies, from the interval of each.

    Source: Zou & Donner 2008 (Stat Med 27:1693), variance estimates recovered from the limits; of
    two Wilson intervals it is Newcombe's method 10.

    Example:
        >>> gap = difference(Spread(0.75, 0.68, 0.81), Spread(0.63, 0.51, 0.74))
        >>> round(gap.estimate, 2), round(gap.low, 2), round(gap.high, 2)
        (0.12, -0.01, 0.25)
    """
    gap = here.estimate - there.estimate
    down = math.hypot(here.estimate - here.low, there.high - there.estimate)
    up = math.hypot(here.high - here.estimate, there.estimate - there.low)
    return Spread(gap, gap - down, gap + up)


def verdict(gap: Spread, margin: float) -> str:
    """Return what a difference and its interval show.

    `REPRODUCED` if the whole interval lies within the margin, `NOT_REPRODUCED` if it lies wholly
    on one side of 0 and reaches beyond the margin, else `TOO_FEW`: the interval holds both no
    difference and one that matters.

    Args:
        gap: The difference with its interval.
        margin: The largest difference that would not matter, same unit.
    """
    if -margin <= gap.low and gap.high <= margin:
        return REPRODUCED
    return NOT_REPRODUCED if gap.low > 0 or gap.high < 0 else TOO_FEW


def printed_percentage(value: float, n: int, confidence: float) -> Spread:
    """Return a printed percentage with Wilson's interval of the count nearest to it, in percent.

    Args:
        value: As printed, in percent.
        n: Cases behind it.
        confidence: Of the interval, in (0, 1).
    """
    low, high = proportion_interval(
        round(value / 100 * n), n, method="wilson", confidence=confidence
    )
    return Spread(value, min(100 * float(low), value), max(100 * float(high), value))


def printed_area(value: float, malignant: int, benign: int, confidence: float) -> Spread:
    """Return a printed AUROC with Hanley & McNeil's interval, cut at 0 and 1.

    Args:
        value: As printed.
        malignant: Cases behind it.
        benign: Cases behind it.
        confidence: Of the interval, in (0, 1).
    """
    reach = stats.norm.isf((1 - confidence) / 2) * hanley_mcneil_error(value, malignant, benign)
    return Spread(value, max(value - reach, 0.0), min(value + reach, 1.0))
