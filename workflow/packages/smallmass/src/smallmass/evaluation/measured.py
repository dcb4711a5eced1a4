"""A proportion and an AUROC with the interval that the settings name (A24, A26)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from diagnostic_accuracy import bootstrap
from diagnostic_accuracy.clustered import CLUSTER_INTERVALS, clustered_proportion
from diagnostic_accuracy.clustered_roc import clustered_auroc
from diagnostic_accuracy.proportions import PROPORTION_INTERVALS, proportion
from diagnostic_accuracy.results import Result
from diagnostic_accuracy.roc import auroc, fewest
from diagnostic_accuracy.roc_intervals import AUROC_INTERVALS
from smallmass.evaluation.cases import patients, several_note
from smallmass.options import AurocInterval, ProportionInterval
from smallmass.seeds import derive
from smallmass.settings import Settings

RESAMPLED = "bootstrap percentile, patients, threshold fixed"


@dataclass(frozen=True)
class Hits:
    """Cases of which a proportion is right.

    Attributes:
        metric: The proportion's name.
        hit: bool ``(cases,)``, the cases that are right.
        among: bool ``(cases,)``, the cases that count; at least one.
        table: Rows of ``predictions.csv``, for the patients and labels ``(cases,)``.
    """

    metric: str
    hit: np.ndarray
    among: np.ndarray
    table: pd.DataFrame

    @property
    def count(self) -> int:
        """How many of those that count are right."""
        return int((self.hit & self.among).sum())


@dataclass(frozen=True)
class Scored:
    """Cases with a score.

    Attributes:
        score: float64 ``(cases,)``.
        malignant: bool ``(cases,)``.
        table: Rows of ``predictions.csv``.
    """

    score: np.ndarray
    malignant: np.ndarray
    table: pd.DataFrame


def unmeasured(metric: str) -> Result:
    """Return the result of what cannot be had."""
    return Result(name=metric, estimate=math.nan, method="", source="", n=0)


def measured_proportion(hits: Hits, settings: Settings, method: str = "") -> Result:
    """Return a proportion with its interval.

    Args:
        hits: What is counted.
        settings: The study's ``seed`` and ``evaluation``.
        method: Another interval than that of the settings, one of `ProportionInterval`.
    """
    if not hits.among.any():
        return replace(unmeasured(hits.metric), count=0)
    chosen = ProportionInterval(method or settings.evaluation.proportion_interval)
    return _PROPORTIONS[chosen](hits, settings, chosen)


def measured_proportions(several: Sequence[Hits], settings: Settings, method: str) -> list[Result]:
    """Return proportions of the same cases by one method, as `measured_proportion` would.

    Resamples are drawn once for all of them.

    Args:
        several: What is counted, each of the same table.
        settings: The study's ``seed`` and ``evaluation``.
        method: One of `ProportionInterval`.
    """
    known = [hits for hits in several if hits.among.any()]
    if method != ProportionInterval.BOOTSTRAP or not known:
        return [measured_proportion(hits, settings, method) for hits in several]
    resampled = iter(_resampled_proportions(known, settings))
    return [
        next(resampled) if hits.among.any() else measured_proportion(hits, settings, method)
        for hits in several
    ]


def measured_auroc(scored: Scored, settings: Settings) -> Result:
    """Return the AUROC with its interval.

    Args:
        scored: Cases of both labels.
        settings: The study's ``seed`` and ``evaluation``.
    """
    return _AUROCS[AurocInterval(settings.evaluation.auroc_interval)](scored, settings)


def _of_counts(hits: Hits, settings: Settings, method: str) -> Result:
    result = proportion(
        hits.count,
        int(hits.among.sum()),
        name=hits.metric,
        method=method,
        confidence=settings.evaluation.confidence,
    )
    return replace(result, note=several_note(hits.table[hits.among]))


def _of_patients(hits: Hits, settings: Settings, method: str) -> Result:
    return clustered_proportion(
        hits.hit[hits.among],
        patients(hits.table)[hits.among],
        name=hits.metric,
        method=method,
        confidence=settings.evaluation.confidence,
    )


def _resampled_proportions(several: Sequence[Hits], settings: Settings) -> list[Result]:
    ends = _resampled(
        lambda weights: np.column_stack(
            [bootstrap.rate(weights, hits.hit, hits.among) for hits in several]
        ),
        several[0].table,
        settings,
    )
    results = []
    for hits, low, high in zip(several, *ends, strict=True):
        n = int(hits.among.sum())
        result = _bootstrapped(hits.metric, hits.count / n, float(low), float(high), n, settings)
        results.append(replace(result, count=hits.count))
    return results


def _resampled_proportion(hits: Hits, settings: Settings, method: str) -> Result:
    return _resampled_proportions([hits], settings)[0]


_PROPORTIONS: dict[str, Callable[[Hits, Settings, str], Result]] = {
    **dict.fromkeys(PROPORTION_INTERVALS, _of_counts),
    **dict.fromkeys(CLUSTER_INTERVALS, _of_patients),
    ProportionInterval.BOOTSTRAP: _resampled_proportion,
}


def _of_cases(scored: Scored, settings: Settings) -> Result:
    method = settings.evaluation.auroc_interval
    cases = np.arange(len(scored.malignant))
    if method in _DELONGS and fewest(scored.malignant, cases) < 2:
        return _without_variance(scored, "cases")
    return AUROC_INTERVALS[method](scored.score, scored.malignant, settings.evaluation.confidence)


def _by_patient(scored: Scored, settings: Settings) -> Result:
    patient = patients(scored.table)
    if fewest(scored.malignant, patient) < 2:
        return _without_variance(scored, "patients")
    return clustered_auroc(
        scored.score, scored.malignant, patient, confidence=settings.evaluation.confidence
    )


def _resampled_auroc(scored: Scored, settings: Settings) -> Result:
    low, high = _resampled(
        lambda weights: bootstrap.auroc(weights, scored.score, scored.malignant)[:, None],
        scored.table,
        settings,
    )
    area = auroc(scored.score, scored.malignant)
    ends = float(low[0]), float(high[0])
    return _bootstrapped("auroc", area, *ends, len(scored.score), settings)


_DELONGS = (AurocInterval.DELONG, AurocInterval.DELONG_LOGIT)
_AUROCS: dict[str, Callable[[Scored, Settings], Result]] = {
    **dict.fromkeys(AUROC_INTERVALS, _of_cases),
    AurocInterval.DELONG_CLUSTER: _by_patient,
    AurocInterval.BOOTSTRAP: _resampled_auroc,
}
PATIENTS_KNOWN = (AurocInterval.DELONG_CLUSTER, AurocInterval.BOOTSTRAP)
"""The intervals of the AUROC that know of patients."""


def _without_variance(scored: Scored, units: str) -> Result:
    """Return the AUROC without DeLong's interval, for want of lesions."""
    note = f"no interval: DeLong's variance needs two malignant and two benign {units}"
    area = auroc(scored.score, scored.malignant)
    return replace(unmeasured("auroc"), estimate=area, n=len(scored.score), note=note)


def _resampled(
    statistic: bootstrap.Statistic, table: pd.DataFrame, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile intervals of metrics, patients drawn within labels."""
    groups = bootstrap.clusters(patients(table), table["label"].to_numpy(str))
    resamples = bootstrap.bootstrap(
        statistic,
        groups,
        settings.evaluation.replicates,
        derive(settings.seed, "performance", "bootstrap"),
    )
    return bootstrap.percentile(resamples, settings.evaluation.confidence)


def _bootstrapped(
    name: str, estimate: float, low: float, high: float, n: int, settings: Settings
) -> Result:
    return Result(
        name=name,
        estimate=estimate,
        low=low,
        high=high,
        confidence=settings.evaluation.confidence,
        method=RESAMPLED,
        source=bootstrap.DAVISON_HINKLEY,
        n=n,
    )
