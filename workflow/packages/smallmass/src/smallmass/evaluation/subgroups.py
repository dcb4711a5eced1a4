"""``subgroups.csv``: the test cases by device, size, density, age, histology and the like.

Each group's sensitivity, specificity and AUROC has an interval, and each characteristic a test of
whether its groups differ. Such tests are many and groups are few: what they find is a question, not
an answer.
"""

import numpy as np
import pandas as pd
from scipy import stats

from diagnostic_accuracy.results import Result
from smallmass.evaluation.cases import KEY, CaseSet, case_sets
from smallmass.evaluation.measured import Hits, Scored, measured_auroc, measured_proportion
from smallmass.evaluation.metrics import class_note, counted
from smallmass.settings import Settings
from smallmass.words import CALLING, PAIRED_METRICS, Metric, Split

COLUMNS = [*KEY, "characteristic", "group", "model", "metric", "estimate", "ci_low", "ci_high", "n",
           "ci_method", "p_heterogeneity", "test", "note"]  # fmt: skip
AS_RECORDED = ("device", "breast_density", "histology", "birads", "reference_standard")
# Lower ends of groups of numbers.
CUTS = {"diameter_cm": (0.0, 0.5, 0.7, 1.0, 2.0), "age_years": (0, 40, 50, 60)}
UNKNOWN = "not recorded"
FEW_EXPECTED = 5
"""Expected cases of a cell under which the chi-squared test is called rough (Cochran 1954)."""


def subgroups(predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return ``subgroups.csv``, of the test cases; characteristics with one group have no rows.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``.
    """
    rows = []
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST:
            continue
        known = cohort.set_index("case_id").loc[cases.cases["case_id"]]
        for name in (*AS_RECORDED, *CUTS):
            if name not in known:
                continue
            group = groups(known[name], name)
            if len(set(group) - {UNKNOWN}) < 2:
                continue
            for model in CALLING:
                for metric in (*PAIRED_METRICS, Metric.AUROC):
                    rows += _of_metric(cases, model, metric, (name, group), settings)
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n": "Int64"})


def groups(values: pd.Series, name: str) -> np.ndarray:
    """Return each case's group as text ``(cases,)``.

    Args:
        values: A column of ``cohort.csv``.
        name: Which.
    """
    if name not in CUTS:
        return values.astype("string").fillna(UNKNOWN).to_numpy(str)
    cuts = CUTS[name]
    number = pd.to_numeric(values).to_numpy(float)
    place = np.searchsorted(cuts, number, side="right") - 1
    names = [
        f"{low:g} to under {high:g}" if high is not None else f"from {low:g}"
        for low, high in zip(cuts, (*cuts[1:], None), strict=True)
    ]
    return np.array([UNKNOWN if np.isnan(x) else names[i] for x, i in zip(number, place,
                                                                         strict=True)])  # fmt: skip


def _of_metric(
    cases: CaseSet, model: str, metric: str, by: tuple[str, np.ndarray], settings: Settings
) -> list[dict]:
    """Return a row a group, each with the P of all groups."""
    name, group = by
    results = {}
    for value in sorted(set(group)):
        result = _measured(cases, model, metric, group == value, settings)
        if result is not None:
            results[value] = result
    of_groups = [result for value, result in results.items() if value != UNKNOWN]
    p_value, test, note = (
        _areas_differ(of_groups) if metric == Metric.AUROC else _shares_differ(of_groups)
    )
    return [
        {
            **cases.key_of(model),
            "characteristic": name,
            "group": value,
            "model": model,
            "metric": metric,
            "estimate": result.estimate,
            "ci_low": result.low,
            "ci_high": result.high,
            "n": result.n,
            "ci_method": result.method,
            "p_heterogeneity": p_value,
            "test": test,
            "note": "; ".join(filter(None, (note, result.note))),
        }
        for value, result in results.items()
    ]


def _measured(
    cases: CaseSet, model: str, metric: str, here: np.ndarray, settings: Settings
) -> Result | None:
    """Return a metric of some cases, or None without any that count."""
    table, malignant = cases.cases, cases.malignant
    if metric == Metric.AUROC:
        score = cases.score(model)
        here = here & np.isfinite(score)
        if class_note(malignant[here]):
            return None
        return measured_auroc(Scored(score[here], malignant[here], table[here]), settings)
    call = cases.call(model)
    here = here & ~np.isnan(call)
    hit, among = counted(metric, call[here] == 1, malignant[here])
    if not among.any():
        return None
    return measured_proportion(Hits(metric, hit, among, table[here]), settings)


def _shares_differ(results: list[Result]) -> tuple[float, str, str]:
    """Return P of Pearson's chi-squared test of groups by outcome, its name and a note."""
    counts = np.array([[result.count or 0, result.n - (result.count or 0)] for result in results])
    if len(counts) < 2:
        return np.nan, "", ""
    if not counts.sum(axis=0).all():
        return 1.0, "chi-squared", ""
    found = stats.chi2_contingency(counts, correction=False)
    few = found.expected_freq.min() < FEW_EXPECTED
    note = f"a group expects fewer than {FEW_EXPECTED}: P is rough" if few else ""
    return float(found.pvalue), "chi-squared", note


def _areas_differ(results: list[Result]) -> tuple[float, str, str]:
    """Return P of Cochran's Q of the groups' areas, its name and a note."""
    known = [result for result in results if result.high > result.low]
    if len(known) < 2:
        return np.nan, "", ""
    z = stats.norm.isf((1 - known[0].confidence) / 2)
    area = np.array([result.estimate for result in known])
    weight = np.array([(2 * z / (result.high - result.low)) ** 2 for result in known])
    spread = (weight * (area - np.average(area, weights=weight)) ** 2).sum()
    note = "errors from the intervals' widths: P is rough"
    return float(stats.chi2.sf(spread, len(known) - 1)), "Cochran's Q", note
