"""Whether estimates of several groups differ by more than chance: Cochran's Q and I².

Groups are different cases (scanners, hospitals), each with an estimate and its standard error.
"""

import math

import numpy as np
from scipy import stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.results import Result, not_estimable

COCHRAN = "Cochran 1954 (Biometrics 10:101)"
HIGGINS_THOMPSON = "Higgins & Thompson 2002 (Stat Med 21:1539)"
DERSIMONIAN_LAIRD = "DerSimonian & Laird 1986 (Control Clin Trials 7:177)"


def cochran_q(estimates: np.ndarray, errors: np.ndarray) -> Result:
    """Return Cochran's Q; of few groups it finds large differences alone.

    Its P is that of chi-squared with a degree of freedom less than there are groups.

    Args:
        estimates: float ``(groups,)``, two at least.
        errors: float ``(groups,)``, their standard errors, above 0.

    Raises:
        ValueError: If there are fewer than two groups, or an error is not above 0.

    Source: Cochran 1954 (Biometrics 10:101).

    Example:
        >>> round(cochran_q([0.9, 0.8, 0.95], [0.02, 0.04, 0.02]).p_value, 4)
        0.0027
    """
    values, weights = _checked(estimates, errors)
    q = _q(values, weights)
    return Result(
        name="Q",
        estimate=q,
        method="Cochran's Q",
        source=COCHRAN,
        n=len(values),
        statistic=q,
        p_value=float(stats.chi2.sf(q, len(values) - 1)),
    )


def i_squared(estimates: np.ndarray, errors: np.ndarray, *, confidence: float = 0.95) -> Result:
    """Return I², the share of the estimates' spread that is none of chance, in [0, 1].

    Args:
        estimates: float ``(groups,)``, two at least.
        errors: float ``(groups,)``, their standard errors, above 0.
        confidence: Of the interval, in (0, 1). Two groups that agree have none.

    Raises:
        ValueError: As `cochran_q`.

    Source: Higgins & Thompson 2002 (Stat Med 21:1539), the interval by the error of the logarithm
    of H (their test-based one).

    Example:
        >>> i_squared([0.9, 0.8, 0.95], [0.02, 0.04, 0.02]).value()
        '0.831 (0.485–0.944)'
    """
    checked.confidence(confidence)
    values, weights = _checked(estimates, errors)
    q, degrees = _q(values, weights), len(values) - 1
    share = max(0.0, 1 - degrees / q) if q > 0 else 0.0
    low, high, note = math.nan, math.nan, ""
    if (error := _log_h_error(q, degrees)) is None:
        note = not_estimable("an interval of two groups that agree")
    else:
        # An H below 1 is taken as 1: it is no more than chance.
        log_h = max(0.0, 0.5 * math.log(q / degrees)) if q > 0 else 0.0
        reach = float(stats.norm.isf((1 - confidence) / 2)) * error
        low, high = (max(0.0, 1 - math.exp(-2 * end)) for end in (log_h - reach, log_h + reach))
    return Result(
        name="I²",
        estimate=share,
        low=low,
        high=high,
        confidence=confidence,
        method="I², test-based interval",
        source=HIGGINS_THOMPSON,
        n=len(values),
        note=note,
    )


def pooled(estimates: np.ndarray, errors: np.ndarray, *, confidence: float = 0.95) -> Result:
    """Return the mean of groups that may differ, with a random effect of the group.

    Args:
        estimates: float ``(groups,)``, two at least.
        errors: float ``(groups,)``, their standard errors, above 0.
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: As `cochran_q`.

    Source: DerSimonian & Laird 1986 (Control Clin Trials 7:177); of few groups the interval is too
    narrow.

    Example:
        >>> pooled([0.9, 0.8, 0.95], [0.02, 0.04, 0.02]).value()
        '0.891 (0.823–0.960)'
    """
    checked.confidence(confidence)
    values, weights = _checked(estimates, errors)
    between = between_variance(values, np.asarray(errors, float))
    weights = 1 / (1 / weights + between)
    mean, error = float(np.average(values, weights=weights)), 1 / math.sqrt(weights.sum())
    reach = float(stats.norm.isf((1 - confidence) / 2)) * error
    return Result(
        name="mean over groups",
        estimate=mean,
        low=mean - reach,
        high=mean + reach,
        confidence=confidence,
        method="random effects",
        source=DERSIMONIAN_LAIRD,
        n=len(values),
    )


def between_variance(estimates: np.ndarray, errors: np.ndarray) -> float:
    """Return the variance between groups (tau²) by the method of moments; 0 at least.

    Args:
        estimates: float ``(groups,)``, two at least.
        errors: float ``(groups,)``, their standard errors, above 0.

    Raises:
        ValueError: As `cochran_q`.

    Source: DerSimonian & Laird 1986 (Control Clin Trials 7:177).

    Example:
        >>> round(between_variance([0.9, 0.8, 0.95], [0.02, 0.04, 0.02]), 5)
        0.00294
    """
    values, weights = _checked(estimates, errors)
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, float((_q(values, weights) - (len(values) - 1)) / scale))


def _q(values: np.ndarray, weights: np.ndarray) -> float:
    return float((weights * (values - np.average(values, weights=weights)) ** 2).sum())


def _log_h_error(q: float, degrees: int) -> float | None:
    """Return the standard error of ln H; None where two groups agree."""
    groups = degrees + 1
    if q > groups:
        root = math.sqrt(2 * q) - math.sqrt(2 * degrees - 1)
        return 0.5 * (math.log(q) - math.log(degrees)) / root
    if groups == 2:
        return None
    return math.sqrt(1 / (2 * (groups - 2)) * (1 - 1 / (3 * (groups - 2) ** 2)))


def _checked(estimates: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates and weights."""
    values, error = np.asarray(estimates, float), np.asarray(errors, float)
    if values.ndim != 1 or values.shape != error.shape or len(values) < 2:
        raise ValueError(
            f"estimates {values.shape} and errors {error.shape} must be of one shape, (groups,), "
            "of two groups at least"
        )
    if not np.isfinite(values).all() or not (np.isfinite(error) & (error > 0)).all():
        raise ValueError("estimates must be numbers, and errors numbers above 0")
    return values, 1 / error**2
