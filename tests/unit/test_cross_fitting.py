"""Clinical and combined models cross-fitted: no case takes part in its own score or cut-off."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_clinical_model import SETTINGS as CLINICAL
from test_combined import SETTINGS as COMBINED
from test_combined import with_settings

from smallmass.clinical.cross_fit import cross_fit_clinical, held_out
from smallmass.clinical.encoding import CROSS_FITTED, NOT_ESTIMABLE
from smallmass.clinical.model import fit
from smallmass.cohort.split import CLINICAL_ARM, check_split, cross_folds
from smallmass.combined.cross_fit import cross_fit_combined
from smallmass.errors import UserError
from smallmass.evaluation.cases import case_sets, main_cases, reasons
from smallmass.evaluation.choices import choices
from smallmass.evaluation.nulls import gate_null
from smallmass.evaluation.performance import performance
from smallmass.seeds import derive
from smallmass.settings import resolve

LOG = logging.getLogger("test")
CROSS = {"cohort": "breast", "folds": 3, "repeats": 2}
LIMITS = {"max_diameter_cm": 1.0, "inclusive": False}
N = 60


def make_cohort(n: int = N, seed: int = 0) -> pd.DataFrame:
    """A cohort with factors, all in test, half malignant; some patients have two lesions."""
    rng = np.random.default_rng(seed)
    malignant = np.arange(n) % 2 == 0
    blank = pd.Series("", index=range(n))
    table = pd.DataFrame(
        {
            "case_id": [f"case{i:03d}" for i in range(n)],
            "cohort": "breast",
            "patient_id": [f"p{i - 2 * (i % 10 in (2, 3))}" for i in range(n)],
            "label": np.where(malignant, "malignant", "benign"),
            "diameter_cm": np.where(rng.random(n) < 0.5, 0.7, 1.8),
            "age_years": np.where(rng.random(n) < 0.2, np.nan, rng.normal(45 + 10 * malignant, 8)),
            "family_history": rng.choice(["yes", "no", "unknown"], n),
            "brca_mutation": "unknown",
            "breast_density": rng.choice(["fatty", "scattered", "extreme"], n),
            "split": "test",
        }
    )
    unused = ("group_id", "image", "frame", "pixel_sha256", "outline", "published_split")
    return table.assign(**dict.fromkeys(unused, blank))


def folds_of(cases: pd.DataFrame, **changes) -> pd.DataFrame:
    return cross_folds(cases, cases[["case_id", "split"]], CROSS | changes, seed=3)


@given(st.integers(10, 80), st.integers(3, 4), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_every_case_lies_in_one_fold_a_repeat_with_its_patient(n, folds, repeats, seed):
    cases = make_cohort(n, seed)
    dealt = folds_of(cases, folds=folds, repeats=repeats)
    assert set(dealt["arm"]) == {CLINICAL_ARM}
    for repeat in range(repeats):
        fold = dealt[dealt["repeat"] == repeat].set_index("case_id")["fold"]
        assert fold.index.is_unique and set(fold.index) == set(cases["case_id"])
        assert set(fold) == set(range(folds))
        assert (cases["case_id"].map(fold).groupby(cases["patient_id"]).nunique() == 1).all()


def test_a_fold_has_both_labels_in_the_cohorts_proportion_and_a_repeat_deals_anew():
    cases = make_cohort(200).assign(patient_id=lambda t: t["case_id"])
    dealt = folds_of(cases).merge(cases[["case_id", "label"]])
    counts = dealt.groupby(["repeat", "fold", "label"]).size()
    assert counts.between(33, 34).all()
    first, second = (dealt.loc[dealt["repeat"] == r, "fold"].to_numpy() for r in (0, 1))
    assert (first != second).any()


def test_a_case_that_the_image_model_reads_is_refused_with_every_other_problem():
    cases = make_cohort(6)
    split = cases[["case_id"]].assign(split=["training", *["test"] * 5])
    with pytest.raises(UserError) as refused:
        cross_folds(cases, split, CROSS | {"folds": 20}, seed=0)
    text = str(refused.value)
    assert "case000" in text and "in training" in text
    assert "20 folds need 20 malignant patients in BrEaST" in text
    published = cases.assign(published_split=split["split"])
    wanted = {"assignment": "published"}
    found = check_split(published, wanted, 0, 0, cross_fitting=CROSS | {"folds": 20})
    assert {"cross-fitted, but no test case", "too few cases for the folds"} <= {
        finding.check for finding in found
    }


def test_settings_that_contradict_cross_fitting_are_all_named():
    root = Path(__file__).resolve().parents[2]
    config = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    schema = root / "workflow/schemas/config.schema.yaml"
    override = {
        "cross_fitting": {"repeats": 4},
        "operating_point": {"chosen_on": "test"},
        "combined_model": {"fitted_on": "training_in_sample"},
    }
    asked = config | {"study": "replication", "override": override}
    with pytest.raises(UserError) as refused:
        resolve(asked, yaml.safe_load(schema.read_text(encoding="utf-8")))
    assert len(refused.value.problems) == 3


# -- the clinical model --------------------------------------------------------------------------

SMALL = CLINICAL | {"hidden": [4], "trials": 0, "epochs": 2}


def clinical(cases: pd.DataFrame, folds: pd.DataFrame):
    return cross_fit_clinical(cases, folds, SMALL, seed=5, log=LOG)


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    return make_cohort()


@pytest.fixture(scope="module")
def folds(cohort) -> pd.DataFrame:
    return folds_of(cohort)


@pytest.fixture(scope="module")
def fitted(cohort, folds):
    return clinical(cohort, folds)


def test_every_case_has_one_out_of_fold_score_a_repeat_and_their_mean(cohort, folds, fitted):
    run, scores = fitted
    assert run.status == CROSS_FITTED
    own = held_out(scores, folds)
    assert (own.groupby("repeat")["case_id"].nunique() == N).all() and len(own) == 2 * N
    mean = own.groupby("case_id")["clinical_score"].mean()
    given = run.scores.set_index("case_id")
    assert (given["fit"] == "out_of_fold").all()
    assert given["clinical_score"].to_numpy() == pytest.approx(mean[given.index], abs=1e-6)
    # In each repeat and left-out fold, every other case has a score as a validation case.
    assert (scores.groupby(["repeat", "fold"])["case_id"].nunique() == N).all()
    assert scores["clinical_score"].between(0, 1).all()


def test_a_network_that_is_used_again_gives_what_a_new_one_gives(cohort, folds, fitted):
    place = cohort["case_id"].map(folds[folds["repeat"] == 1].set_index("case_id")["fold"])
    judged = cohort[place == 2]
    learnt = cohort[~place.isin([1, 2])]
    seed = derive(5, "clinical_model", "cross_fit", "1", "1", "2")
    alone = fit(learnt, judged, SMALL, seed, LOG).score(judged)
    scores = fitted[1].query("repeat == 1 and fold == 1").set_index("case_id")["clinical_score"]
    assert (scores[judged["case_id"]].to_numpy() == alone).all()


def test_a_factor_that_nobody_has_is_named_and_works(fitted):
    description = fitted[0].description
    assert description["left_out"] == {"brca_mutation": "unknown for every training case"}
    assert len(description["fits"]) == 2 * 3 * 2


def test_a_cases_label_changes_no_score_of_its_own_fold(cohort, folds, fitted):
    case = "case007"
    other = cohort["label"].map({"benign": "malignant", "malignant": "benign"})
    changed = cohort.assign(label=cohort["label"].where(cohort["case_id"] != case, other))
    before, after = (held_out(x, folds) for x in (fitted[1], clinical(changed, folds)[1]))
    place = folds.set_index(["repeat", "case_id"])["fold"]
    same = [
        row.fold == place[row.repeat, case]
        for row in before[["repeat", "fold"]].itertuples(index=False)
    ]
    kept = before["clinical_score"] == after["clinical_score"]
    assert kept[same].all() and case in set(before[same]["case_id"])
    assert not kept[~np.array(same)].all()  # where it is not left out, it teaches


@pytest.mark.slow
def test_a_cases_factors_change_its_own_score_alone_in_its_fold(cohort, folds, fitted):
    case = "case007"
    changed = cohort.copy()
    changed.loc[changed["case_id"] == case, ["age_years", "breast_density"]] = [90.0, "fatty"]
    before, after = (held_out(x, folds) for x in (fitted[1], clinical(changed, folds)[1]))
    place = folds.set_index(["repeat", "case_id"])["fold"]
    for repeat in range(2):
        here = (before["repeat"] == repeat) & (before["fold"] == place[repeat, case])
        others = here & (before["case_id"] != case)
        assert (before.loc[others, "clinical_score"] == after.loc[others, "clinical_score"]).all()


def test_without_any_factor_it_says_so(cohort, folds):
    empty = cohort.assign(age_years=np.nan, family_history="unknown", breast_density="unknown")
    run, scores = clinical(empty, folds)
    assert run.status.startswith("not estimable: no clinical factors")
    assert scores["clinical_score"].isna().all()
    table = scored(empty)
    result = cross_fit_combined(table, scores, folds, COMBINED, 1, clinical_status=run.status)
    assert result.regression["status"] == run.status
    assert result.predictions["tree_call"].isna().all()


# -- the combined models -------------------------------------------------------------------------


def scored(cohort: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Image scores of the cohort, and of 80 lesions of another one that chose the cut-off."""
    rng = np.random.default_rng(seed)
    names = ["case_id", "cohort", "patient_id", "label"]
    own = cohort[names].assign(split="test", fit="held_out", clinical_fit="out_of_fold")
    label = np.where(np.arange(80) % 2 == 0, "malignant", "benign")
    other = pd.DataFrame({"case_id": [f"bus{i}" for i in range(80)], "label": label})
    other = other.assign(cohort="busbra", split="validation", fit="in_sample")
    other["patient_id"] = other["case_id"]
    table = pd.concat([other, own], ignore_index=True).assign(clinical_score=np.nan)
    table["malignant"] = table["label"] == "malignant"
    noise = rng.normal(size=len(table))
    # The label of the first draw: a changed label leaves the image and its score as they were.
    signal = np.concatenate([label == "malignant", np.arange(len(own)) % 2 == 0])
    return table.assign(image_score=(1 / (1 + np.exp(-(noise + 1.6 * signal - 1.2)))).round(6))


@pytest.fixture(scope="module")
def drawn():
    """A larger cohort with clinical scores that carry some signal: folds, and scores in them."""
    cases = make_cohort(240)
    folds = folds_of(cases)
    rng = np.random.default_rng(4)
    parts = []
    for repeat in range(2):
        for fold in range(3):
            score = rng.normal(0.8 * (cases["label"] == "malignant"), 1.0)
            parts.append(
                pd.DataFrame(
                    {
                        "repeat": repeat,
                        "fold": fold,
                        "case_id": cases["case_id"],
                        "clinical_score": (1 / (1 + np.exp(-score))).round(6),
                    }
                )
            )
    return cases, folds, pd.concat(parts, ignore_index=True)


def combine(cases, folds, scores, **changes):
    return cross_fit_combined(
        scored(cases), scores, folds, with_settings(**changes), 1, clinical_status=CROSS_FITTED
    )


@given(st.integers(0, 239), st.sampled_from(["youden_gated", "half", "prevalence"]))
@settings(max_examples=4, deadline=None)
def test_a_cases_label_changes_no_call_score_or_cutoff_of_its_own(drawn, number, cutoff):
    cases, folds, scores = drawn
    case = cases["case_id"][number]
    label = {"benign": "malignant", "malignant": "benign"}[cases["label"][number]]
    changed = cases.assign(label=cases["label"].where(cases["case_id"] != case, label))
    before, after = (combine(x, folds, scores, cutoff=cutoff) for x in (cases, changed))
    columns = [name for name in before.predictions if name.endswith(("_score", "_call"))]
    rows = [r.predictions.set_index("case_id").loc[case, columns] for r in (before, after)]
    pd.testing.assert_series_equal(*rows)
    place = folds.set_index(["repeat", "case_id"])["fold"]
    for model in ("regression", "tree"):
        pairs = zip(getattr(before, model)["fits"], getattr(after, model)["fits"], strict=True)
        for one, other in pairs:
            if one["fold"] == place[one["repeat"], case]:
                assert one == other


def test_calls_are_those_of_most_repeats_and_the_gate_holds(drawn):
    cases, folds, scores = drawn
    found = combine(cases, folds, scores)
    table = found.predictions
    own = table[table["cohort"] == "breast"]
    assert own[["regression_score", "tree_score", "regression_call"]].notna().all(axis=None)
    assert (own["clinical_fit"] == "out_of_fold").all() and (own["fit"] == "held_out").all()
    assert (own.loc[own["image_call"] == 1, ["regression_call", "tree_call"]] == 1).all(axis=None)
    other = table[table["cohort"] == "busbra"]
    assert other["image_call"].notna().all() and other["clinical_fit"].isna().all()
    assert other[["regression_score", "tree_call"]].isna().all(axis=None)
    assert found.operating_points[0]["chosen_on"] == "validation"
    assert found.operating_points[0]["n"] == 80  # the other cohort alone
    assert all(p["status"].startswith("cross-fitted") for p in found.operating_points[1:])
    assert len(found.regression["fits"]) == 6


def test_one_repeat_is_what_fitting_on_the_other_folds_gives(drawn):
    """One fold's scores, against a regression of scikit-learn on the other folds' lesions."""
    from sklearn.linear_model import LogisticRegression

    cases, folds, scores = drawn
    folds, scores = folds[folds["repeat"] == 0], scores[scores["repeat"] == 0]
    table = combine(cases, folds, scores).predictions.set_index("case_id")
    here = scores[scores["fold"] == 1].set_index("case_id")["clinical_score"]
    held = folds.loc[folds["fold"] == 1, "case_id"]
    x = pd.DataFrame({"image": table.loc[here.index, "image_score"], "clinical": here})
    rest = x.index.difference(held)
    rest = rest[table.loc[rest, "image_call"] == 0]
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(x.loc[rest], table.loc[rest, "label"] == "malignant")
    wanted = model.predict_proba(x.loc[held])[:, 1]
    assert table.loc[held, "regression_score"].to_numpy() == pytest.approx(wanted, abs=1e-4)


def test_raw_factors_are_coded_without_the_fold(drawn):
    cases, folds, scores = drawn
    table = scored(cases).merge(cases[["case_id", *CLINICAL["factors"]]], how="left")
    chosen = with_settings(inputs="factors") | {"clinical_model": CLINICAL}
    found = cross_fit_combined(table, scores, folds, chosen, 1, clinical_status=CROSS_FITTED)
    fits = found.regression["fits"]
    ages = cases.set_index("case_id")["age_years"]
    for part in fits:
        held = folds[(folds["repeat"] == part["repeat"]) & (folds["fold"] == part["fold"])]
        known = ages.drop(held["case_id"]).dropna()
        assert part["encoding"]["factors"][0]["mean"] == pytest.approx(known.mean())


# -- what is evaluated ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(drawn):
    cases, folds, scores = drawn
    found = combine(cases, folds, scores)
    other = scored(cases)[["case_id", "cohort"]].query("cohort == 'busbra'")
    cohort = pd.concat([cases, other.assign(diameter_cm=np.nan)], ignore_index=True)
    return found, cohort, folds, scores


def evaluation_settings() -> dict:
    return COMBINED | {
        "seed": 1,
        "cohort": LIMITS,
        "clinical_model": CLINICAL,
        "evaluation": {
            "proportion_interval": "clopper-pearson",
            "auroc_interval": "delong",
            "confidence": 0.95,
            "replicates": 100,
            "null_draws": 3,
        },
    }


def test_performance_keeps_cohorts_sizes_and_fits_apart(run):
    found, cohort, _, _ = run
    images = found.predictions[["case_id", "fit", "image_score"]]
    images = images.assign(seed=0, found=1, dice=0.5)
    clinical_model = {"status": CROSS_FITTED}
    table = performance(
        found.predictions, images, cohort, found.operating_points, clinical_model,
        evaluation_settings(),
    )  # fmt: skip
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
    assert np.isnan(lost["estimate"]) and lost["note"] == NOT_ESTIMABLE


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
        found.predictions, cohort, folds, found.operating_points, evaluation_settings(), scores
    )
    assert table["null"].value_counts().to_dict() == {"observed": 2, "permuted": 6, "coin": 6}
    main = main_cases(found.predictions, cohort, LIMITS)
    ill = main[main["label"] == "malignant"]
    gain = (ill["tree_call"].astype(float) - ill["image_call"].astype(float)).mean()
    observed = table[(table["null"] == "observed") & (table["model"] == "tree")]
    assert observed["gain_sensitivity"].item() == pytest.approx(gain)
    assert (table[["gain_sensitivity", "loss_specificity"]] >= 0).all(axis=None)


def test_a_cross_fitted_model_says_why_it_does_not_read_other_cases(run):
    known = reasons(run[0].operating_points, {"status": CROSS_FITTED})
    assert set(known) == {"clinical", "regression", "tree"}
    assert all(text.startswith("not estimable: ") for text in known.values())
    nothing = pd.DataFrame()
    note = choices(nothing, [], nothing, nothing, [], {"cross_fitting": CROSS})["note"].item()
    assert "cross-fitted in BrEaST, and the other choices fit them on training" in note
