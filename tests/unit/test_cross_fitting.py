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

from smallmass.clinical import cross_fit as clinical_cross_fit
from smallmass.clinical.cross_fit import cross_fit_clinical, held_out
from smallmass.clinical.encoding import CROSS_FITTED, NOT_ESTIMABLE
from smallmass.clinical.gaps import gaps_of
from smallmass.clinical.model import ClinicalFit, fit
from smallmass.cohort.split import CLINICAL_ARM, check_split, cross_folds
from smallmass.combined.cross_fit import cross_fit_combined, parts
from smallmass.combined.data import CLINICAL_FIT, IMAGE, sort_table
from smallmass.combined.operating_point import image_operating_point
from smallmass.errors import UserError
from smallmass.evaluation import bootstrap, crossed
from smallmass.evaluation.cases import case_sets, main_cases, reasons
from smallmass.evaluation.choices import choices
from smallmass.evaluation.comparisons import comparisons
from smallmass.evaluation.curves import calibration, roc
from smallmass.evaluation.intervals import intervals
from smallmass.evaluation.nulls import exchanged, gate_null
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


def test_a_fit_that_could_not_be_had_is_counted_and_lacks_in_its_own_fold_alone(
    cohort, folds, monkeypatch
):
    """One diverged network: its fold's lesions have no score, all others have theirs."""
    place = cohort["case_id"].map(folds[folds["repeat"] == 1].set_index("case_id")["fold"])
    broken = derive(5, "clinical_model", "cross_fit", "1", "2", "0")

    def diverges(training, validation, settings, seed, log, networks):
        found = fit(training, validation, settings, seed, log, networks)
        why = "not estimable: every training of the clinical network diverged"
        return ClinicalFit(why, found.encoding) if seed == broken else found

    monkeypatch.setattr(clinical_cross_fit, "fit", diverges)
    run, _ = clinical(cohort, folds)
    gaps = "not estimable in 1 of 12 fits of the clinical model: every training of the clinical "
    assert run.status.startswith(CROSS_FITTED) and gaps_of(run.status) == f"{gaps}network diverged"
    given = run.scores.set_index("case_id")["clinical_score"]
    assert set(given.index[given.isna()]) == set(cohort.loc[place == 2, "case_id"])


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


@pytest.fixture(scope="module")
def gapped(drawn):
    """One part whose image-negatives a clinical score separates: no regression can be fitted."""
    cases, folds, scores = drawn
    here = (scores["repeat"] == 1) & (scores["fold"] == 2)
    ill = scores["case_id"].map(cases.set_index("case_id")["label"]) == "malignant"
    other = scores["clinical_score"].where(~here, np.where(ill, 0.9, 0.1))
    return combine(cases, folds, scores.assign(clinical_score=other))


def test_a_part_without_a_regression_leaves_its_fold_without_and_says_so(drawn, gapped):
    _, folds, _ = drawn
    held = folds.loc[(folds["repeat"] == 1) & (folds["fold"] == 2), "case_id"]
    own = gapped.predictions[gapped.predictions["cohort"] == "breast"].set_index("case_id")
    assert set(own.index[own["regression_score"].isna()]) == set(held)
    assert own["tree_score"].notna().all()
    lacking = [f for f in gapped.regression["fits"] if f["status"] != "fitted"]
    why = lacking[0]["status"].removeprefix("not estimable: ")
    statuses = {p["model"]: p["status"] for p in gapped.operating_points}
    for text in (statuses["regression"], gapped.regression["status"]):
        assert text.startswith("cross-fitted")
        assert gaps_of(text) == f"not estimable in {len(lacking)} of 6 fits: {why}"
    assert len(lacking) == 1 and not gaps_of(statuses["tree"])


def test_what_the_clinical_model_lacks_the_combined_ones_say(drawn):
    cases, folds, scores = drawn
    status = f"{CROSS_FITTED}; not estimable in 1 of 12 fits of the clinical model: diverged"
    found = cross_fit_combined(
        scored(cases), scores, folds, COMBINED, 1, clinical_status=status
    )  # fmt: skip
    assert all(gaps_of(p["status"]) == gaps_of(status) for p in found.operating_points[1:])


@given(st.integers(0, 2**16))
@settings(max_examples=20, deadline=None)
def test_an_exchanged_score_is_the_other_lesions_of_the_same_kind_and_repeat(drawn, seed):
    """Scores that say whose they are, of which repeat, and how they came about."""
    cases, folds, scores = drawn
    number = {case: k for k, case in enumerate(sorted(cases["case_id"]))}
    own = held_out(scores, folds).assign(held=1)
    named = scores.merge(own[["repeat", "fold", "case_id", "held"]], how="left")
    code = 1000 * named["case_id"].map(number) + 100 * named["repeat"] + 10 * named["fold"]
    named["clinical_score"] = code + named["held"].fillna(0)
    table = sort_table(scored(cases))
    point = image_operating_point(table, COMBINED["operating_point"])
    places = parts(table, named, folds, point, COMBINED, 1)
    source = np.random.default_rng(seed).permutation(len(cases))
    for before, after in zip(places, exchanged(places, source), strict=True):
        got = after.data.inputs["clinical_score"].astype(int)
        assert (got // 1000 == source).all()
        assert (got % 1000 // 100 == after.repeat).all()
        assert (got % 10 == after.held).all()
        # Of the fold that is left out here, unless the other lesion lies elsewhere.
        here = got % 100 // 10 == after.fold
        assert (here == (before.held == before.held[source])).all()
        assert (after.data.inputs[IMAGE] == before.data.inputs[IMAGE]).all()
    for before, after in zip(places, exchanged(places, np.arange(len(cases))), strict=True):
        assert (before.data.inputs["clinical_score"] == after.data.inputs["clinical_score"]).all()


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


def evaluated(found, cohort) -> list[pd.DataFrame]:
    """The tables with a note: performance, comparisons, bootstrap, intervals."""
    images = found.predictions[["case_id", "fit", "image_score"]].assign(seed=0, found=1, dice=0.5)
    asked, made = evaluation_settings(), {"status": CROSS_FITTED}
    asked["evaluation"] |= {"mcnemar": "exact", "difference_interval": "newcombe"}
    predictions, points = found.predictions, found.operating_points
    return [
        performance(predictions, images, cohort, points, made, asked),
        comparisons(predictions, cohort, points, asked).assign(model=lambda t: t["model_b"]),
        bootstrap.bootstrap(predictions, cohort, points, made, asked),
        intervals(predictions, cohort, asked),
    ]


def test_every_number_of_a_cross_fitted_model_says_what_its_interval_takes_as_given(run):
    found, cohort, _, _ = run
    for table in evaluated(found, cohort):
        own = (table["cohort"] == "breast") & (table["model"] != "image")
        number = "p_value" if "p_value" in table else "estimate"
        told = table["note"].str.contains(crossed.NOTE, regex=False).fillna(False)
        assert (told == (own & table[number].notna())).all() and told.any()
        assert not table.loc[own, "note"].str.contains(bootstrap.FITTED).any()
    for curve in (roc, calibration):
        table = curve(found.predictions, cohort, evaluation_settings())
        own = (table["cohort"] == "breast") & (table["model"] != "image")
        assert (table["note"].eq(crossed.NOTE) == own).all() and own.any()


def test_the_note_has_the_least_and_greatest_of_the_repeats(run):
    """Against each repeat evaluated alone: its metrics are those of a study of one repeat."""
    from sklearn.metrics import roc_auc_score

    found, cohort, folds, scores = run
    images = found.predictions[["case_id", "fit", "image_score"]].assign(seed=0, found=1, dice=0.5)
    own = held_out(scores, folds)
    mean = own.groupby("case_id")["clinical_score"].mean()
    predictions = found.predictions.assign(clinical_score=lambda t: t["case_id"].map(mean))
    table = performance(
        predictions, images, cohort, found.operating_points, {"status": CROSS_FITTED},
        evaluation_settings(), found.repeats,
    )  # fmt: skip
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
    told = gaps_of(gapped.regression["status"])
    for table in evaluated(gapped, cohort)[:3]:
        own = table[(table["cohort"] == "breast") & (table["fit"] == "out_of_fold")]
        says = own["note"].str.contains(told, regex=False)
        assert (says == (own["model"] == "regression")).all()


def test_a_model_that_lacks_everywhere_is_not_said_to_read_other_cases(run):
    """A part that fails in every fold leaves no score: the reason is those parts."""
    found, cohort, _, _ = run
    gap = "not estimable in 3 of 6 fits: separated"
    points = [p | {"status": f"{p['status']}; {gap}"} for p in found.operating_points]
    names = ["tree_score", "tree_call"]
    found = type(found)(found.predictions.assign(**dict.fromkeys(names, np.nan)), points, {}, {})
    for table in evaluated(found, cohort)[:3]:
        own = table[(table["cohort"] == "breast") & (table["model"] == "tree")]
        assert (own["note"] == gap).all()


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
