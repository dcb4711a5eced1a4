"""``transfer.csv``: how much a model loses from the validation to the test cases, as a number.

What a cut-off flatters where it was chosen is known beforehand, by resampling: the optimism of the
Youden index. Beside it stands what was lost.
"""

import numpy as np
import pandas as pd

from diagnostic_accuracy.operating import HARRELL, youden_point
from diagnostic_accuracy.resampled import Plan
from smallmass.evaluation.agreement import Spread, difference
from smallmass.evaluation.cases import WHOLE, CaseSet, case_sets, patients, several_note
from smallmass.evaluation.measured import Hits, Scored, measured_auroc, measured_proportion
from smallmass.evaluation.metrics import class_note, counted
from smallmass.seeds import derive
from smallmass.settings import Settings
from smallmass.words import CALLING, PAIRED_METRICS, Metric, Model, Split

YOUDEN = "youden_index"
OPTIMISM = "optimism of the Youden index"
COLUMNS = ["cohort", "fit", "model", "metric", "validation", "test", "drop", "ci_low", "ci_high",
           "method", "note"]  # fmt: skip
METHOD = "Zou & Donner 2008, of both sets' intervals"


def transfer(predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return ``transfer.csv``: a row a model and metric, and one of the image model's optimism.

    Args:
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cohort``, ``evaluation`` and ``operating_point``.
    """
    whole = [s for s in case_sets(predictions, cohort, settings.cohort) if s.subset == WHOLE]
    chosen = [s for s in whole if s.split == Split.VALIDATION]
    rows = []
    for test in (s for s in whole if s.split == Split.TEST):
        own = [s for s in chosen if s.cohort == test.cohort] or chosen
        if len(own) != 1:
            continue
        for model in CALLING:
            rows += _of_model(own[0], test, model, settings)
        rows += _optimism(own[0], test, settings)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_model(before: CaseSet, after: CaseSet, model: str, settings: Settings) -> list[dict]:
    """Return the rows of one model whose numbers both sets have."""
    first, second = (_numbers(cases, model, settings) for cases in (before, after))
    rows = []
    for metric in (name for name in first if name in second):
        gap = difference(second[metric], first[metric])
        rows.append(
            _row(after, model, metric)
            | {
                "validation": first[metric].estimate,
                "test": second[metric].estimate,
                "drop": -gap.estimate,
                "ci_low": -gap.high,
                "ci_high": -gap.low,
                "method": METHOD,
            }
        )
    return rows


def _numbers(cases: CaseSet, model: str, settings: Settings) -> dict[str, Spread]:
    """Return AUROC, sensitivity, specificity and Youden index with their intervals."""
    numbers = {}
    score, call = cases.score(model), cases.call(model)
    scored, called = np.isfinite(score), ~np.isnan(call)
    if not class_note(cases.malignant[scored]):
        area = measured_auroc(
            Scored(score[scored], cases.malignant[scored], cases.cases[scored]), settings
        )
        numbers[str(Metric.AUROC)] = Spread(area.estimate, area.low, area.high)
    if class_note(cases.malignant[called]):
        return {name: spread for name, spread in numbers.items() if spread.known}
    for metric in PAIRED_METRICS:
        hit, among = counted(metric, call[called] == 1, cases.malignant[called])
        share = measured_proportion(Hits(metric, hit, among, cases.cases[called]), settings)
        numbers[str(metric)] = Spread(share.estimate, share.low, share.high)
    ill, well = (numbers[str(metric)] for metric in PAIRED_METRICS)
    # Sensitivity - (1 - specificity), of different lesions.
    numbers[YOUDEN] = difference(ill, Spread(1 - well.estimate, 1 - well.high, 1 - well.low))
    return {name: spread for name, spread in numbers.items() if spread.known}


def _optimism(before: CaseSet, after: CaseSet, settings: Settings) -> list[dict]:
    """Return what the image model's Youden index flatters by where its cut-off was chosen."""
    score = before.score(Model.IMAGE)
    scored = np.isfinite(score)
    if settings.operating_point.chosen_on != Split.VALIDATION or class_note(
        before.malignant[scored]
    ):
        return []
    point = youden_point(
        score[scored],
        before.malignant[scored],
        tie=settings.operating_point.tie,
        patient=patients(before.cases[scored]),
        plan=Plan(
            replicates=settings.evaluation.replicates, seed=derive(settings.seed, "transfer")
        ),
    )
    return [
        _row(after, Model.IMAGE, OPTIMISM)
        | {
            "validation": point.fixed[2].estimate,
            "drop": point.optimism.estimate,
            "method": HARRELL,
            "note": "the drop that choosing the cut-off alone leads one to expect",
        }
    ]


def _row(after: CaseSet, model: str, metric: str) -> dict[str, object]:
    return {
        "cohort": after.cohort,
        "fit": after.fit_of(model),
        "model": model,
        "metric": metric,
        "note": several_note(after.cases) if metric != OPTIMISM else "",
    }
