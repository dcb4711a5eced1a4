"""``auroc_differences.csv``: the AUROCs of two models on the same test cases, compared."""

from itertools import combinations

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered_roc import clustered_auroc_test
from diagnostic_accuracy.paired import holm
from diagnostic_accuracy.results import Result, not_estimable
from diagnostic_accuracy.roc import auroc, delong_test, fewest
from smallmass.evaluation.cases import KEY, MODELS, CaseSet, case_sets, patients, several_note
from smallmass.options import AurocInterval
from smallmass.settings import Settings
from smallmass.words import COMBINED, Split

COLUMNS = [*KEY, "model_a", "model_b", "n", "auroc_a", "auroc_b", "difference", "ci_low",
           "ci_high", "test", "p_value", "p_holm", "note"]  # fmt: skip


def auroc_differences(
    predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return ``auroc_differences.csv``, of the test cases that both models have scores of.

    A combined model's is that of its ungated score.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``cohort`` and ``evaluation``; patients count where the AUROC's own
            interval knows of them.
    """
    tables = [pd.DataFrame(columns=COLUMNS)]
    for cases in case_sets(predictions, cohort, settings.cohort):
        if cases.split != Split.TEST:
            continue
        rows = [_compare(cases, *pair, settings) for pair in combinations(MODELS, 2)]
        table = pd.DataFrame(rows, columns=COLUMNS)
        table["p_holm"] = holm(table["p_value"].to_numpy(np.float64))
        tables.append(table)
    return pd.concat(tables[1:] or tables, ignore_index=True)


def _compare(cases: CaseSet, first: str, second: str, settings: Settings) -> dict[str, object]:
    """Return one row: the second model's AUROC less the first's."""
    scores = np.stack([cases.score(first), cases.score(second)])
    both = np.isfinite(scores).all(axis=0)
    row = {
        **cases.key_of(second),
        "model_a": first,
        "model_b": second,
        "n": int(both.sum()),
        "p_value": np.nan,
    }
    malignant, table = cases.malignant[both], cases.cases[both]
    whose = patients(table)
    if not both.any() or malignant.all() or not malignant.any() or fewest(malignant, whose) < 2:
        return {**row, "note": not_estimable("fewer than two patients of a label with both scores")}
    result, aware = auroc_test(scores[:, both], malignant, whose, settings)
    areas = _areas(scores[:, both], malignant)
    ungated = "of ungated scores" if {first, second} & set(COMBINED) else ""
    independent = "" if aware else several_note(table)
    return {
        **row,
        "auroc_a": areas[0],
        "auroc_b": areas[1],
        "difference": result.estimate,
        "ci_low": result.low,
        "ci_high": result.high,
        "test": result.method,
        "p_value": result.p_value,
        "note": "; ".join(filter(None, (result.note, ungated, independent))),
    }


def auroc_test(
    scores: np.ndarray, malignant: np.ndarray, whose: np.ndarray, settings: Settings
) -> tuple[Result, bool]:
    """Return second less first, and whether the test knows of patients.

    Args:
        scores: float ``(2, cases)``.
        malignant: bool ``(cases,)``, two patients of each label at least.
        whose: Text ``(cases,)``, each case's patient.
        settings: The study's ``evaluation``.
    """
    confidence = settings.evaluation.confidence
    if settings.evaluation.auroc_interval == AurocInterval.DELONG_CLUSTER:
        return (
            clustered_auroc_test(scores[1], scores[0], malignant, whose, confidence=confidence),
            True,
        )
    return delong_test(scores[1], scores[0], malignant, confidence), False


def _areas(scores: np.ndarray, malignant: np.ndarray) -> tuple[float, float]:
    return auroc(scores[0], malignant), auroc(scores[1], malignant)
