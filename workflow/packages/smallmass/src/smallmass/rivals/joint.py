"""A reader and the models together: logistic regression, cross-fitted in the test set.

The image model never saw these cases; the rule that joins its score with the reader's category must
learn somewhere, and readers of another set use other categories. So the test cases are dealt into
folds, patients whole: each fold is read by a rule, with a cut-off, of the other folds alone.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from scipy.special import logit

from diagnostic_accuracy.roc import youden_threshold
from smallmass.cohort.split import deal_folds, fewest_units
from smallmass.combined.operating_point import placed
from smallmass.rivals.ridge import ridge
from smallmass.rivals.rival import Rival
from smallmass.seeds import derive
from smallmass.settings import OperatingPointSettings, Settings
from smallmass.words import Arm, Fit, Label, cohort_name

NO_FOLDS = pd.DataFrame(columns=["case_id", "arm", "repeat", "fold"])
SUREST = 0.01, 0.99
"""Scores beyond are taken as these: 0 is an image without a region, not infinite evidence."""
IMAGE, CLINICAL, BIRADS = "image_score", "clinical_score", "birads"


def joint_rival(
    tested: pd.DataFrame,
    cohort: pd.DataFrame,
    settings: Settings,
    *,
    factors: bool,
    folds: pd.DataFrame = NO_FOLDS,
    part_scores: pd.DataFrame = NO_FOLDS,
) -> Rival | str:
    """Return the rule of BI-RADS and the models' scores, or why there is none.

    Args:
        tested: Test rows of ``predictions.csv``, with ``birads``, the category's rank.
        cohort: ``cohort.csv``.
        settings: The study's ``seed``, ``cross_fitting`` and ``operating_point``.
        factors: Whether the clinical score is read, too.
        folds: ``cohort/folds.csv``; where clinical models are cross-fitted, theirs are used.
        part_scores: Columns repeat, fold, case_id, clinical_score: what a case's clinical score is
            where a fold is left out.
    """
    inputs = [IMAGE, BIRADS, *([CLINICAL] if factors else [])]
    words = "BI-RADS, image and clinical score" if factors else "BI-RADS and image score"
    known = tested[tested[inputs].notna().all(axis=1)]
    if known.empty:
        return f"{words} together: no test case has all of them"
    scores, calls = pd.Series(np.nan, tested["case_id"]), pd.Series(np.nan, tested["case_id"])
    records, reasons = {}, []
    for name, cases in known.groupby("cohort", sort=False):
        rows = cases[["case_id"]].merge(cohort, on="case_id", validate="1:1")
        if fewest_units(rows) < settings.cross_fitting.folds:
            number = settings.cross_fitting.folds
            reasons.append(
                f"{words} together: {cohort_name(str(name))} has fewer than {number} patients of a "
                f"label in its test cases, and cross_fitting.folds is {number}"
            )
            continue
        parts = list(_parts(cases, rows, settings, folds, part_scores))
        if any(cases.loc[~held_out, "label"].nunique() < len(Label) for _, _, held_out, _ in parts):
            reasons.append(
                f"{words} together: {cohort_name(str(name))} has one label alone outside one of "
                "its folds"
            )
            continue
        read = _cross_fitted(cases, parts, inputs, settings.operating_point)
        scores[cases["case_id"]], calls[cases["case_id"]], records[str(name)] = read
    if not records:
        return reasons[0]
    cases = pd.DataFrame({"case_id": scores.index, "score": scores, "call": calls})
    number, repeats = settings.cross_fitting.folds, settings.cross_fitting.repeats
    return Rival(
        name="birads_image_clinical" if factors else "birads_image",
        printed=words,
        reads=f"Logistic regression of {words}, cross-fitted in the test cases ({number} folds by "
        f"patient, {repeats} repeats): the mean score, and the call of most repeats",
        cases=cases.reset_index(drop=True),
        fit=Fit.OUT_OF_FOLD,
        record={"inputs": inputs, "fits": records, "left_out": reasons},
    )


def _parts(
    cases: pd.DataFrame,
    rows: pd.DataFrame,
    settings: Settings,
    folds: pd.DataFrame,
    part_scores: pd.DataFrame,
) -> Iterator[tuple[int, int, np.ndarray, pd.DataFrame]]:
    """Yield repeat, fold, which cases are held out, and the cases as they are known then."""
    dealt = folds[(folds["arm"] == Arm.CLINICAL) & folds["case_id"].isin(cases["case_id"])]
    if len(dealt):
        # A case's clinical score is another where a fold is left out: no label leaks through it.
        fold_of = dealt.set_index(["repeat", "case_id"])["fold"]
        for (repeat, fold), part in part_scores.groupby(["repeat", "fold"], sort=True):
            held_out = (cases["case_id"].map(fold_of[repeat]) == fold).to_numpy()
            own = part.set_index("case_id")[CLINICAL]
            yield (
                int(repeat), int(fold), held_out,
                cases.assign(**{CLINICAL: cases["case_id"].map(own)}),
            )  # fmt: skip
        return
    for repeat in range(settings.cross_fitting.repeats):
        seed = derive(settings.seed, "rivals", BIRADS, repeat)
        fold = deal_folds(rows, settings.cross_fitting.folds, seed)
        for number in range(settings.cross_fitting.folds):
            yield repeat, number, fold == number, cases


def _cross_fitted(
    cases: pd.DataFrame,
    parts: Iterable[tuple[int, int, np.ndarray, pd.DataFrame]],
    inputs: list[str],
    operating_point: OperatingPointSettings,
) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """Return mean scores and majority calls, float ``(cases,)``, and every fit."""
    malignant = (cases["label"] == Label.MALIGNANT).to_numpy()
    scores: dict[int, np.ndarray] = {}
    calls: dict[int, np.ndarray] = {}
    records = []
    for repeat, fold, held_out, known in parts:
        values = known[inputs].to_numpy(float)
        for column, name in enumerate(inputs):
            if name != BIRADS:  # scores lie in [0, 1]; a sum of evidence is one of logits
                values[:, column] = logit(np.clip(values[:, column], *SUREST))
        score, record = ridge(values, malignant, ~held_out, inputs)
        learnt = ~held_out & np.isfinite(score)
        threshold = placed(
            youden_threshold(score[learnt], malignant[learnt], tie=operating_point.tie),
            score[learnt],
            operating_point.threshold,
        )
        empty = np.full(len(cases), np.nan)
        scores.setdefault(repeat, empty.copy())[held_out] = score[held_out]
        calls.setdefault(repeat, empty.copy())[held_out] = score[held_out] >= threshold
        records.append({"repeat": repeat, "fold": fold, "cutoff": threshold, **record})
    votes = np.mean(list(calls.values()), axis=0)
    majority = np.where(np.isnan(votes), np.nan, votes > 0.5)
    return np.mean(list(scores.values()), axis=0), majority, records
