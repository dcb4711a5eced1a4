"""What is evaluated of cross-fitted models: sets of cases kept apart, and what is said of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crossed_run import LIMITS, combine, draw, scored, without_one_regression
from model_settings import COMBINED
from smallmass.clinical.study import held_out
from smallmass.combined.data import CLINICAL_FIT
from smallmass.evaluation import bootstrap
from smallmass.evaluation.cases import case_sets, main_cases
from smallmass.evaluation.choices import choices
from smallmass.evaluation.comparisons import comparisons
from smallmass.evaluation.curves import calibration, roc
from smallmass.evaluation.intervals import intervals
from smallmass.evaluation.nulls import gate_null
from smallmass.evaluation.performance import performance
from smallmass.evaluation.remarks import CROSSED, Remarks
from smallmass.settings import Settings
from smallmass.status import CROSS_FITTED, NO_FACTORS, Gaps


@pytest.fixture(scope="module")
def drawn():
    return draw()


@pytest.fixture(scope="module")
def gapped(drawn):
    return without_one_regression(drawn)


@pytest.fixture(scope="module")
def run(drawn):
    cases, folds, scores = drawn
    found = combine(cases, folds, scores)
    other = scored(cases)[["case_id", "cohort"]].query("cohort == 'busbra'")
    cohort = pd.concat([cases, other.assign(diameter_cm=np.nan)], ignore_index=True)
    return found, cohort, folds, scores


def evaluation_settings() -> Settings:
    return COMBINED.changed({"seed": 1, "evaluation.replicates": 100, "evaluation.null_draws": 3})


def test_performance_keeps_cohorts_sizes_and_fits_apart(run):
    found, cohort, _, _ = run
    images = found.predictions[["case_id", "fit", "image_score"]]
    images = images.assign(seed=0, found=1, dice=0.5)
    clinical_model = {"status": CROSS_FITTED}
    table = performance(
        predictions=found.predictions,
        scores=images,
        cohort=cohort,
        operating_points=found.operating_points,
        clinical_model=clinical_model,
        settings=evaluation_settings(),
    )
    rows = table[(table["seed"] == "all") & (table["metric"] == "auroc")]
    key = ["cohort", "subset", "split", "model"]
    fits = rows.set_index(key)["fit"].to_dict()
    for subset in ("under_1cm", "all"):
        assert fits["breast", subset, "test", "image"] == "held_out"
        for model in ("clinical", "regression", "tree"):
            assert fits["breast", subset, "test", model] == "out_of_fold"
    there = rows.set_index(key)["estimate"]
    assert there["breast", "under_1cm", "test", "tree"] > 0
    lost = rows.set_index(key).loc[("busbra", "all", "validation", "tree")]
    assert np.isnan(lost["estimate"]) and lost["note"] == str(NO_FACTORS)


def evaluated(found, cohort) -> list[pd.DataFrame]:
    """The tables with a note: performance, comparisons, bootstrap, intervals."""
    images = found.predictions[["case_id", "fit", "image_score"]].assign(seed=0, found=1, dice=0.5)
    asked, made = evaluation_settings(), {"status": CROSS_FITTED}
    predictions, points = found.predictions, found.operating_points
    return [
        performance(
            predictions=predictions,
            scores=images,
            cohort=cohort,
            operating_points=points,
            clinical_model=made,
            settings=asked,
        ),
        comparisons(
            predictions=predictions, cohort=cohort, operating_points=points, settings=asked
        ).assign(model=lambda t: t["model_b"]),
        bootstrap.bootstrap(
            predictions=predictions,
            cohort=cohort,
            operating_points=points,
            clinical_model=made,
            settings=asked,
        ),
        intervals(predictions, cohort, asked),
    ]


def test_every_number_of_a_cross_fitted_model_says_what_its_interval_takes_as_given(run):
    found, cohort, _, _ = run
    for table in evaluated(found, cohort):
        own = (table["cohort"] == "breast") & (table["model"] != "image")
        number = "p_value" if "p_value" in table else "estimate"
        told = table["note"].str.contains(CROSSED, regex=False).fillna(False)
        assert (told == (own & table[number].notna())).all() and told.any()
        assert not table.loc[own, "note"].str.contains(bootstrap.FITTED).any()
    for curve in (roc, calibration):
        table = curve(found.predictions, cohort, evaluation_settings())
        own = (table["cohort"] == "breast") & (table["model"] != "image")
        assert (table["note"].eq(CROSSED) == own).all() and own.any()


def test_the_note_has_the_least_and_greatest_of_the_repeats(run):
    """Against each repeat evaluated alone: its metrics are those of a study of one repeat."""
    from sklearn.metrics import roc_auc_score

    found, cohort, folds, scores = run
    images = found.predictions[["case_id", "fit", "image_score"]].assign(seed=0, found=1, dice=0.5)
    own = held_out(scores, folds)
    mean = own.groupby("case_id")["clinical_score"].mean()
    predictions = found.predictions.assign(clinical_score=lambda t: t["case_id"].map(mean))
    table = performance(
        predictions=predictions,
        scores=images,
        cohort=cohort,
        operating_points=found.operating_points,
        clinical_model={"status": CROSS_FITTED},
        settings=evaluation_settings(),
        repeats=found.repeats,
    )
    rows = table[(table["subset"] == "under_1cm") & (table["seed"] == "all")]
    notes = rows.set_index(["model", "metric"])["note"]
    small = set(cohort.loc[cohort["diameter_cm"] < 1, "case_id"])
    cases = cohort[cohort["cohort"] == "breast"]
    seen: dict[tuple, list[float]] = {}
    for repeat in range(2):
        alone, dealt = (x[x["repeat"] == repeat].assign(repeat=0) for x in (scores, folds))
        one = combine(cases, dealt, alone).predictions
        one = one[one["case_id"].isin(small)]
        ill = one["label"] == "malignant"
        clinical_score = one["case_id"].map(
            own[own["repeat"] == repeat].set_index("case_id")["clinical_score"]
        )
        seen.setdefault(("clinical", "auroc"), []).append(roc_auc_score(ill, clinical_score))
        for model in ("regression", "tree"):
            call, score = one[f"{model}_call"].astype(int), one[f"{model}_score"]
            seen.setdefault((model, "sensitivity"), []).append(call[ill].mean())
            seen.setdefault((model, "specificity"), []).append(1 - call[~ill].mean())
            seen.setdefault((model, "auroc"), []).append(roc_auc_score(ill, score))
    for key, values in seen.items():
        told = f"over 2 repeats from {min(values):.3f} to {max(values):.3f}"
        assert told in notes[key]
    assert not notes["image"].str.contains("repeats").any()


def test_without_cross_fitting_nothing_of_it_is_said(run):
    found, cohort, _, _ = run
    plain = found.predictions.drop(columns=CLINICAL_FIT)
    assert "note" not in roc(plain, cohort, evaluation_settings())
    assert not intervals(plain, cohort, evaluation_settings())["note"].str.contains("cross").any()


def test_a_number_of_fewer_lesions_says_which_fits_lack(run, gapped):
    _, cohort, _, _ = run
    told = gapped.regression["status"].gaps_text
    for table in evaluated(gapped, cohort)[:3]:
        own = table[(table["cohort"] == "breast") & (table["fit"] == "out_of_fold")]
        says = own["note"].str.contains(told, regex=False)
        assert (says == (own["model"] == "regression")).all()


def test_a_model_that_lacks_everywhere_is_not_said_to_read_other_cases(run):
    """A part that fails in every fold leaves no score: the reason is those parts."""
    found, cohort, _, _ = run
    gap = Gaps(3, 6, "fits", ("separated",))
    points = [p | {"status": p["status"].with_gaps((gap,))} for p in found.operating_points]
    names = ["tree_score", "tree_call"]
    lost = found.predictions.assign(**dict.fromkeys(names, np.nan))
    found = replace(found, predictions=lost, operating_points=points)
    for table in evaluated(found, cohort)[:3]:
        own = table[(table["cohort"] == "breast") & (table["model"] == "tree")]
        assert (own["note"] == str(gap)).all()


def test_the_main_cases_are_the_small_ones(run):
    found, cohort, _, _ = run
    main = main_cases(found.predictions, cohort, LIMITS)
    sizes = cohort.set_index("case_id")["diameter_cm"]
    wanted = set(sizes.index[sizes < 1])
    assert set(main["case_id"]) == wanted and len(main) == len(wanted)
    kinds = [(s.cohort, s.subset) for s in case_sets(found.predictions, cohort, LIMITS)]
    assert kinds == [("busbra", "all"), ("breast", "all"), ("breast", "under_1cm")]


def test_the_controls_read_the_main_cases_with_models_fitted_anew(run):
    found, cohort, folds, scores = run
    table = gate_null(
        predictions=found.predictions,
        cohort=cohort,
        folds=folds,
        operating_points=found.operating_points,
        settings=evaluation_settings(),
        cross_scores=scores,
    )
    assert table["null"].value_counts().to_dict() == {"observed": 2, "permuted": 6, "coin": 6}
    main = main_cases(found.predictions, cohort, LIMITS)
    ill = main[main["label"] == "malignant"]
    gain = (ill["tree_call"].astype(float) - ill["image_call"].astype(float)).mean()
    observed = table[(table["null"] == "observed") & (table["model"] == "tree")]
    assert observed["gain_sensitivity"].item() == pytest.approx(gain)
    assert (table[["gain_sensitivity", "loss_specificity"]] >= 0).all(axis=None)


def test_a_cross_fitted_model_says_why_it_does_not_read_other_cases(run):
    remarks = Remarks(run[0].operating_points, {"status": CROSS_FITTED})
    for model in ("clinical", "regression", "tree"):
        assert remarks.reason(model) == str(NO_FACTORS)
    assert not remarks.reason("image")
    nothing = pd.DataFrame()
    note = choices(
        predictions=nothing,
        detections=[],
        cohort=nothing,
        folds=nothing,
        operating_points=[],
        settings=COMBINED.changed({"cross_fitting.cohort": "breast"}),
    )["note"].item()
    assert "cross-fitted in BrEaST, and the other choices fit them on training" in note
