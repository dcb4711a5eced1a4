"""A stratified, patient-clustered bootstrap of any number of metrics at once.

A replicate is a row of weights: how often each case was drawn. Metrics are sums over weighted
cases, so a block of replicates is a few array operations and no replicate is a loop of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

DAVISON_HINKLEY = "Davison & Hinkley 1997, Bootstrap Methods and their Application, 5.2-5.3"
# Weights of a block of replicates take 8 bytes a case: blocks of 2 million numbers stay in cache
# and never need more memory for more replicates or cases.
BLOCK_NUMBERS = 2_000_000
# The acceleration of BCa needs leave-one-out values. Beyond so many patients, groups of patients
# are left out together: the acceleration is the same in expectation, its error about 0.65 / groups.
MOST_LEFT_OUT = 1_000

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Clusters:
    """Which cases are drawn together, and among which others.

    Attributes:
        of_case: int ``(cases,)``, the cluster (patient) of each case. Clusters are numbered so
            that a stratum's clusters follow each other.
        sizes: int ``(strata,)``, number of clusters in each stratum; their number never changes
            in a resample.
    """

    of_case: np.ndarray
    sizes: np.ndarray

    @property
    def count(self) -> int:
        """Number of clusters."""
        return int(self.sizes.sum())


@dataclass(frozen=True)
class Bootstrap:
    """Estimates and resamples of several metrics.

    Attributes:
        estimate: float ``(metrics,)``, from the cases as they are.
        replicates: float ``(replicates, metrics)``; NaN where a metric does not exist.
        jackknife: What gives `influence`: only BCa needs it, and it takes its time.
    """

    estimate: np.ndarray
    replicates: np.ndarray
    jackknife: Callable[[], np.ndarray]

    @cached_property
    def influence(self) -> np.ndarray:
        """Float ``(left out, metrics)``: a cluster's (or group's) pull on the estimate.

        By the jackknife, already divided by its stratum's number.
        """
        return self.jackknife()


def clusters(patient: np.ndarray, stratum: np.ndarray) -> Clusters:
    """Group cases by patient, and patients by the set of strata that their cases have.

    A patient with a benign and a malignant lesion so forms a stratum with others of that kind,
    and never comes apart.

    Args:
        patient: ``(cases,)`` of str or int; equal values are drawn together.
        stratum: ``(cases,)`` of str or int, for instance the label.
    """
    _, patients = np.unique(np.asarray(patient), return_inverse=True)
    _, strata = np.unique(np.asarray(stratum), return_inverse=True)
    if len(patients) == 0:
        return Clusters(np.zeros(0, np.int64), np.zeros(0, np.int64))
    holds = np.zeros((patients.max() + 1, strata.max() + 1), bool)
    holds[patients, strata] = True
    _, kind = np.unique(holds, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    number = np.empty(len(kind), np.int64)
    number[np.argsort(kind, kind="stable")] = np.arange(len(kind))
    return Clusters(number[patients], np.bincount(kind))


def resample(groups: Clusters, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """Yield blocks of weights ``(block, cases)``, float64 whole numbers, ``replicates`` in all.

    The weights do not depend on how the replicates fall into blocks.
    """
    rng = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(groups.sizes)[:-1]]).astype(np.int64)
    base = np.repeat(starts, groups.sizes)
    size = np.repeat(groups.sizes, groups.sizes)
    for block in _blocks(replicates, max(groups.count, len(groups.of_case))):
        # Uniform numbers scaled to the stratum's size: one draw a cluster, in order, so that the
        # stream is the same for any block.
        drawn = base + (rng.random((block, groups.count)) * size).astype(np.int64)
        yield weights_from_draws(drawn, groups)


def weights_from_draws(drawn: np.ndarray, groups: Clusters) -> np.ndarray:
    """Return each case's weight from the numbers of the drawn clusters.

    Args:
        drawn: int ``(replicates, clusters)``, cluster numbers from 0.
        groups: Of the cases.

    Returns:
        np.ndarray: float64 ``(replicates, cases)``.
    """
    block = len(drawn)
    offset = np.arange(block)[:, None] * groups.count
    counts = np.bincount((drawn + offset).ravel(), minlength=block * groups.count)
    return counts.reshape(block, groups.count)[:, groups.of_case].astype(np.float64)


def bootstrap(statistic: Statistic, groups: Clusters, replicates: int, seed: int) -> Bootstrap:
    """Compute metrics on the cases as they are and on every resample; for BCa by the jackknife.

    Args:
        statistic: Maps weights ``(rows, cases)`` to metrics ``(rows, metrics)``.
        groups: Of the cases.
        replicates: How many resamples.
        seed: Of the resamples.
    """
    estimate = statistic(np.ones((1, len(groups.of_case))))[0]
    blocks = [statistic(weights) for weights in resample(groups, replicates, seed)]
    return Bootstrap(
        estimate=estimate,
        replicates=np.concatenate(blocks) if blocks else np.empty((0, len(estimate))),
        jackknife=lambda: _influence(statistic, groups, estimate),
    )


def percentile(resampled: Bootstrap, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile interval's ends ``(metrics,)``; NaN without replicates.

    Source: Davison & Hinkley 1997, 5.3.1, with the interpolation of their equation 5.8.
    """
    tail = (1 - confidence) / 2
    ends = [
        _quantiles(column[np.isfinite(column)], np.array([tail, 1 - tail]))
        for column in resampled.replicates.T
    ]
    return _ends(ends)


def bca(
    resampled: Bootstrap, confidence: float = 0.95, *, ties: str = "half"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bias-corrected and accelerated interval's ends ``(metrics,)``.

    NaN where it does not exist: every replicate lies on one side of the estimate, as happens with
    a sensitivity of 100%, or no case has any influence.

    Args:
        resampled: The bootstrap.
        confidence: Of the interval, in (0, 1).
        ties: How replicates equal to the estimate count as below it: ``"half"`` (a proportion
            of few cases has many), or ``"none"`` as in R's package boot.

    Source: Efron 1987 (J Am Stat Assoc 82:171); for strata Davison & Hinkley 1997, 5.3.2.
    """
    share = {"half": 0.5, "none": 0.0}[ties]
    tail = (1 - confidence) / 2
    z = stats.norm.ppf([tail, 1 - tail])
    ends = []
    for column, influence, estimate in zip(
        resampled.replicates.T, resampled.influence.T, resampled.estimate, strict=True
    ):
        column = column[np.isfinite(column)]
        below = ((column < estimate).sum() + share * (column == estimate).sum()) / max(
            len(column), 1
        )
        spread = (influence**2).sum()
        if not 0 < below < 1 or not spread > 0:
            ends.append(np.full(2, np.nan))
            continue
        bias = stats.norm.ppf(below)
        acceleration = (influence**3).sum() / (6 * spread**1.5)
        levels = stats.norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        ends.append(_quantiles(column, levels))
    return _ends(ends)


def take(rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the columns at ``positions``, without a copy where they are all, in order.

    Args:
        rows: ``(rows, cases)`` or ``(cases,)``; the result must not be written to.
        positions: int, of cases.
    """
    whole = len(positions) == rows.shape[-1] and (positions == np.arange(len(positions))).all()
    return rows if whole else rows[..., positions]


def rate(weights: np.ndarray, hit: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """Return weighted proportions; NaN where no case counts.

    Args:
        weights: float ``(rows, cases)``.
        hit: bool ``(cases,)`` or, where it depends on the resample, ``(rows, cases)``.
        among: The cases that count, of the same shapes; default all.

    Returns:
        np.ndarray: float64 ``(rows,)``.
    """
    counted = np.ones(weights.shape[1], bool) if among is None else among
    return _divide(_total(weights, hit & counted), _total(weights, counted))


def mean(weights: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return weighted means ``(rows,)`` of values ``(cases,)``; NaN where no case counts."""
    # No BLAS: its sums of fractions depend on the number of threads in their last bits.
    return _divide(np.einsum("rc,c->r", weights, value), weights.sum(axis=1))


def auroc(weights: np.ndarray, score: np.ndarray, malignant: np.ndarray) -> np.ndarray:
    """Return AUROCs of resamples, equal scores counted half; NaN where a class is empty.

    Args:
        weights: float ``(rows, cases)``.
        score: float ``(cases,)``, finite.
        malignant: bool ``(cases,)``.

    Returns:
        np.ndarray: float64 ``(rows,)``.
    """
    order = np.argsort(score, kind="stable")
    ordered = take(weights, order)
    ill = ordered * malignant[order]
    well = ordered - ill
    first = _first_of_each(score[order])
    if len(first) == len(order):  # no equal scores: a case of each class is never one pair
        pairs = np.einsum("rc,rc->r", ill, np.cumsum(well, axis=1))
    else:
        ill = np.add.reduceat(ill, first, axis=1)
        well = np.add.reduceat(well, first, axis=1)
        pairs = np.einsum("rc,rc->r", ill, np.cumsum(well, axis=1) - well / 2)
    return _divide(pairs, _total(weights, malignant) * _total(weights, ~malignant))


def youden_thresholds(
    weights: np.ndarray,
    score: np.ndarray,
    malignant: np.ndarray,
    *,
    tie: str = "specificity",
    candidates: np.ndarray | None = None,
    nobody: bool = False,
) -> np.ndarray:
    """Select the Youden threshold again in every resample, as `roc.youden_threshold` would.

    Args:
        weights: float ``(rows, cases)``, whole numbers.
        score: float ``(cases,)``, finite.
        malignant: bool ``(cases,)``.
        tie: See `roc.youden_threshold`.
        candidates: bool ``(rows, cases)`` or ``(cases,)``: only these cases' scores are tried and
            counted as called, while all cases make up the classes (behind a gate the others'
            calls stand, whatever the threshold). Default: all.
        nobody: Whether an infinite threshold, which calls no candidate, is tried too.

    Returns:
        np.ndarray: float64 ``(rows,)``; NaN where a class is empty, or nothing can be tried.
    """
    if tie not in ("specificity", "sensitivity"):
        raise ValueError(f"tie is {tie!r}; allowed: specificity, sensitivity")
    ill = _total(weights, malignant)[:, None]
    well = _total(weights, ~malignant)[:, None]
    counted = weights if candidates is None else weights * candidates
    order = np.argsort(-score, kind="stable")
    ordered = take(counted, order)
    first = _first_of_each(score[order])
    # J times (malignant x benign cases) is a whole number, so that a tie is a tie: each malignant
    # case adds the number of benign ones, each benign case takes that of the malignant ones.
    gain = np.where(malignant[order], well, -ill)
    gain *= ordered
    if len(first) < len(order):
        gain = np.add.reduceat(gain, first, axis=1)
        ordered = np.add.reduceat(ordered, first, axis=1)
    np.cumsum(gain, axis=1, out=gain)
    # A score that nobody in the resample has is not an observed threshold.
    np.copyto(gain, -np.inf, where=ordered == 0)
    tried = score[order][first]
    if nobody:
        gain = np.concatenate([np.zeros((len(gain), 1)), gain], axis=1)
        tried = np.concatenate([[np.inf], tried])
    if tie == "sensitivity":
        best = gain.shape[1] - 1 - np.argmax(gain[:, ::-1], axis=1)
    else:
        best = np.argmax(gain, axis=1)
    exists = (ill[:, 0] > 0) & (well[:, 0] > 0) & (gain.max(axis=1) > -np.inf)
    return np.where(exists, tried[best], np.nan)


def _influence(statistic: Statistic, groups: Clusters, estimate: np.ndarray) -> np.ndarray:
    """Return the jackknife's influence values, divided by their stratum's number of parts."""
    parts, sizes = _jackknife_parts(groups)
    part_of_case = parts[groups.of_case]
    values = []
    start = 0
    for block in _blocks(int(sizes.sum()), len(groups.of_case)):
        left_out = np.arange(start, start + block)
        values.append(statistic((part_of_case[None, :] != left_out[:, None]).astype(np.float64)))
        start += block
    if not values:
        return np.empty((0, len(estimate)))
    size = np.repeat(sizes, sizes)[:, None]
    influence = (size - 1) / size * (estimate - np.concatenate(values))
    # A metric that vanishes without one patient gives that patient no finite influence.
    return np.where(np.isfinite(influence), influence, 0.0)


def _jackknife_parts(groups: Clusters) -> tuple[np.ndarray, np.ndarray]:
    """Return each cluster's part, and how many parts each stratum has."""
    whole = groups.count <= MOST_LEFT_OUT
    sizes = groups.sizes if whole else np.maximum(groups.sizes * MOST_LEFT_OUT // groups.count, 2)
    sizes = np.minimum(sizes, groups.sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    parts = [
        start + np.arange(clusters) * size // clusters
        for start, size, clusters in zip(starts, sizes, groups.sizes, strict=True)
    ]
    return np.concatenate(parts) if parts else np.empty(0, np.int64), sizes


def _quantiles(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return quantiles of replicates, interpolated on the normal scale (their equation 5.8)."""
    if not len(values):
        return np.full(len(levels), np.nan)
    values = np.sort(values)
    count = len(values)
    position = (count + 1) * levels
    k = np.floor(position).astype(int)
    inside = (k > 0) & (k < count)
    lower, upper = np.clip(k, 1, count), np.clip(k + 1, 1, count)
    at = stats.norm.ppf(levels)
    left, right = stats.norm.ppf(lower / (count + 1)), stats.norm.ppf(upper / (count + 1))
    step = np.zeros(len(levels))
    np.divide(at - left, right - left, out=step, where=inside & (position != k))
    return values[lower - 1] + step * (values[upper - 1] - values[lower - 1])


def _ends(pairs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(pairs, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _blocks(rows: int, columns: int) -> Iterator[int]:
    """Yield sizes of blocks of rows, each of at most about `BLOCK_NUMBERS` numbers."""
    most = max(BLOCK_NUMBERS // max(columns, 1), 1)
    for start in range(0, rows, most):
        yield min(most, rows - start)


def _last_of_each(ordered: np.ndarray) -> np.ndarray:
    """Return the last place of every run of equal values."""
    return np.flatnonzero(np.append(np.diff(ordered) != 0, True))


def _first_of_each(ordered: np.ndarray) -> np.ndarray:
    """Return the first place of every run of equal values."""
    return np.flatnonzero(np.concatenate([[True], np.diff(ordered) != 0])[: len(ordered)])


def _total(weights: np.ndarray, which: np.ndarray) -> np.ndarray:
    """Return the weight of the cases in ``which``, bool ``(cases,)`` or ``(rows, cases)``."""
    if which.ndim == 1:
        return weights @ which.astype(np.float64)
    return np.einsum("rc,rc->r", weights, which.astype(np.float64))


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    quotient = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient
