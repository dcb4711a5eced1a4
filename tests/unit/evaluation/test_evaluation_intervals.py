"""Table 2 with any interval: every method in one table, and the printed one chosen by name."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from allowed import allowed
from diagnostic_accuracy.clustered import clustered_proportion
from diagnostic_accuracy.clustered_paired import (
    CLUSTER_TESTS,
    clustered_difference,
    clustered_mcnemar,
    of_counts,
)
from diagnostic_accuracy.clustered_roc import clustered_auroc
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS
from diagnostic_accuracy.paired_differences import PAIRED_INTERVALS
from diagnostic_accuracy.proportions import PROPORTION_INTERVALS, proportion_interval
from diagnostic_accuracy.roc_intervals import AUROC_INTERVALS
from smallmass.evaluation.cases import AS_INDEPENDENT
from smallmass.evaluation.comparisons import comparisons
from smallmass.evaluation.intervals import METHODS, intervals
from smallmass.evaluation.metrics import CALL_METRICS
from smallmass.evaluation.performance import performance
from smallmass.options import AurocInterval, DifferenceInterval
from smallmass.paper.estimates import printed
from smallmass.paper.page_notes import page_notes
from smallmass.paper.table2 import interval_method, table2, with_intervals
from smallmass.settings import Settings
from smallmass.status import FITTED
from smallmass.words import CALLING
from study_settings import study_settings

SETTINGS = study_settings(
    {"seed": 7, "evaluation.difference_interval": "tango", "evaluation.replicates": 400}
)


def with_evaluation(values: dict) -> Settings:
    """The settings with other values of ``evaluation``."""
    return SETTINGS.changed({f"evaluation.{name}": value for name, value in values.items()})


POINTS = [{"model": "image", "threshold": 0.5, "chosen_on": "validation", "status": FITTED}]


@pytest.fixture(scope="module")
def study():
    """Predictions of 90 lesions, up to three of one patient, and their cohort."""
    rng = np.random.default_rng(5)
    n = 90
    malignant = np.arange(n) % 3 == 0
    table = pd.DataFrame({
        "case_id": [f"c{i:03d}" for i in range(n)],
        "patient_id": [f"p{i:03d}" for i in np.sort(rng.integers(0, 45, n))],
        "cohort": "clinic",
        "split": "test",
        "fit": "held_out",
        "label": np.where(malignant, "malignant", "benign"),
        "clinical_score": rng.beta(2, 3, n),
    })  # fmt: skip
    image = rng.random(n) * 0.7 + 0.3 * malignant
    table["image_score"], table["image_call"] = image, (image >= 0.5).astype(int)
    for model in ("regression", "tree"):
        score = rng.random(n) * 0.6 + 0.4 * malignant
        table[f"{model}_score"] = score
        table[f"{model}_call"] = ((image >= 0.5) | (score >= 0.7)).astype(int)
    diameters = pd.DataFrame({"case_id": table["case_id"], "diameter_cm": np.nan})
    return table, diameters


def compared(study, settings):
    """Return comparisons.csv."""
    predictions, cohort = study
    return comparisons(
        predictions=predictions, cohort=cohort, operating_points=POINTS, settings=settings
    )


def measured(study, method="clopper-pearson", **others):
    """Return performance.csv with one interval, and other options of the evaluation."""
    options = {"proportion_interval": method, **others}
    scores = study[0][["case_id", "fit", "image_score"]].assign(seed="0", found=1, dice=0.8)
    return performance(
        predictions=study[0],
        scores=scores,
        cohort=study[1],
        operating_points=POINTS,
        clinical_model={"status": FITTED},
        settings=with_evaluation(options),
    )


def of_calls(table):
    """Return the rows of proportions of the mean score's calls."""
    rows = table[table["metric"].isin(CALL_METRICS) & (table["seed"] == "all")]
    return rows.sort_values(["model", "metric"]).reset_index(drop=True)


def test_every_method_of_every_proportion(study):
    table = intervals(*study, SETTINGS)
    assert len(table) == len(METHODS) * len(CALLING) * len(CALL_METRICS)
    assert table["ci_low"].le(table["estimate"] + 1e-12).all()
    assert table["ci_high"].ge(table["estimate"] - 1e-12).all()
    assert table["ci_method"].nunique() == len(METHODS)
    for method in PROPORTION_INTERVALS:
        rows = table[table["method"] == method]
        if method == "bootstrap":  # of patients here, not of counts
            continue
        counts = rows[["numerator", "denominator"]].to_numpy(float).T
        expected = np.transpose(proportion_interval(*counts, method=method))
        np.testing.assert_allclose(rows[["ci_low", "ci_high"]], expected)


def test_clusters_are_the_patients_among_those_counted(study):
    cases = study[0]
    ill = (cases["label"] == "malignant").to_numpy()
    expected = clustered_proportion(
        (cases["tree_call"] == 1).to_numpy()[ill], cases["patient_id"].to_numpy()[ill]
    )
    table = intervals(*study, SETTINGS)
    row = table[
        (table["method"] == "cluster")
        & (table["model"] == "tree")
        & (table["metric"] == "sensitivity")
    ].iloc[0]
    assert (row["ci_low"], row["ci_high"]) == (expected.low, expected.high)
    assert row["note"] == expected.note
    patients = cases["patient_id"][ill].nunique()
    assert row["note"] == f"30 cases of {patients} patients"
    assert patients < 30


@pytest.mark.parametrize("method", METHODS)
def test_table_2_prints_what_the_analysis_would_with_that_interval(study, method):
    # Two ways to the same number: the setting of the whole analysis, and Table 2's own.
    analysed = measured(study, method)
    chosen = with_intervals(measured(study), intervals(*study, SETTINGS), method)
    columns = ["ci_low", "ci_high", "ci_method"]
    pd.testing.assert_frame_equal(of_calls(chosen)[columns], of_calls(analysed)[columns])
    shown = [printed(row) for row in of_calls(chosen).to_dict("records")]
    assert shown == [printed(row) for row in of_calls(analysed).to_dict("records")]
    others = ~(chosen["metric"].isin(CALL_METRICS) & (chosen["seed"] == "all"))
    pd.testing.assert_frame_equal(chosen[others], measured(study)[others])


def test_what_takes_a_patients_cases_as_independent_says_so(study):
    """In every table and in Table 2's notes; drawing patients, or one case each, does not."""
    table = intervals(*study, SETTINGS)
    ignoring = {m for m in PROPORTION_INTERVALS if m != "bootstrap"}
    said = table["note"].str.contains(AS_INDEPENDENT)
    assert (said == table["method"].isin(ignoring)).all()
    tests = compared(study, SETTINGS)
    assert tests["note"].str.contains(AS_INDEPENDENT).all()
    told, points = {}, [{**POINTS[0], "rule": "youden"}]
    for method in ("clopper-pearson", "cluster"):
        chosen = with_intervals(measured(study), table, method)
        assert of_calls(chosen)["note"].str.contains(AS_INDEPENDENT).all() == (method != "cluster")
        notes = table2(
            performance=chosen,
            comparisons=tests,
            operating_points=points,
            settings=study_settings(),
            notes=page_notes(study[0].merge(study[1]), "own", study_settings()),
        )
        told[method] = " ".join(notes.notes)
    assert "the intervals and tests take as independent" in told["clopper-pearson"]
    assert "the tests take as independent" in told["cluster"]
    alone = study[0].assign(patient_id=study[0]["case_id"]), study[1]
    for found in (
        measured(alone),
        intervals(*alone, SETTINGS),
        compared(alone, SETTINGS),
    ):
        assert not found["note"].str.contains(AS_INDEPENDENT).any()


def test_table_2_has_the_interval_of_the_analysis_or_its_own(study):
    """``same`` is the method of the analysis, whose intervals and notes are in both tables."""
    settings = study_settings()
    own = settings.evaluation.proportion_interval
    assert interval_method(settings.changed({"table2.interval": "same"})) == own
    assert interval_method(settings.changed({"table2.interval": "cluster"})) == "cluster"
    table = measured(study)
    chosen = with_intervals(table, intervals(*study, SETTINGS), "clopper-pearson")
    pd.testing.assert_frame_equal(chosen, table)


def test_schema_offers_every_method():
    offered = allowed("evaluation.proportion_interval")
    assert set(offered) == set(METHODS)
    assert set(allowed("table2.interval")) == {"same", *offered}
    options = {
        "mcnemar": {*MCNEMAR_VARIANTS, *CLUSTER_TESTS},
        "difference_interval": {*PAIRED_INTERVALS, DifferenceInterval.CLUSTER},
        "auroc_interval": {*AUROC_INTERVALS, AurocInterval.DELONG_CLUSTER, "bootstrap"},
    }
    for name, methods in options.items():
        assert set(allowed(f"evaluation.{name}")) == methods


def test_auroc_by_patient(study):
    """Its interval is that of the statistics, and nothing says that patients are ignored."""
    table = measured(study, "cluster-wilson", auroc_interval=AurocInterval.DELONG_CLUSTER)
    cases = study[0]
    patient, ill = cases["patient_id"].to_numpy(str), (cases["label"] == "malignant").to_numpy()
    for model in CALLING:
        row = table[
            (table["model"] == model) & (table["metric"] == "auroc") & (table["seed"] == "all")
        ].iloc[0]
        expected = clustered_auroc(cases[f"{model}_score"].to_numpy(), ill, patient)
        assert (row["ci_low"], row["ci_high"]) == (expected.low, expected.high)
        assert row["ci_method"] == "DeLong by patient, logit, t"
        assert AS_INDEPENDENT not in row["note"]
    plain = measured(study, "cluster-wilson")
    ignoring = plain.loc[plain["note"].str.contains(AS_INDEPENDENT), "metric"]
    assert "auroc" in set(ignoring)
    one = cases.assign(patient_id=np.where(ill, "p", cases["patient_id"])), study[1]
    row = (
        measured(one, auroc_interval=AurocInterval.DELONG_CLUSTER)
        .query("metric == 'auroc'")
        .iloc[0]
    )
    assert np.isnan(row["ci_low"])
    assert "two malignant and two benign patients" in row["note"]


@pytest.mark.parametrize("variant", CLUSTER_TESTS)
def test_comparisons_by_patient(study, variant):
    options = {"mcnemar": variant, "difference_interval": DifferenceInterval.CLUSTER}
    table = compared(study, with_evaluation(options))
    cases = study[0]
    for row in table.to_dict("records"):
        ill = row["metric"] == "sensitivity"
        part = cases[(cases["label"] == "malignant") == ill]
        right = [part[f"{model}_call"].eq(int(ill)) for model in ("image", row["model_b"])]
        expected = clustered_mcnemar(*right, part["patient_id"], variant)
        assert (row["p_value"], row["test"]) == (expected.p_value, expected.method)
        gained, lost = (right[1] & ~right[0]).sum(), (right[0] & ~right[1]).sum()
        assert (row["gained"], row["lost"]) == (gained, lost)
        ends = clustered_difference(*right, part["patient_id"])
        assert (row["ci_low"], row["ci_high"]) == (ends.low, ends.high)
        alike = "" if row["gained"] + row["lost"] else "no discordant pair"
        assert row["note"] == "; ".join(filter(None, (alike, ends.note)))
    assert not table["note"].str.contains("independent").any()
    alone = cases.assign(patient_id=cases["case_id"]), study[1]
    found = compared(alone, with_evaluation(options))
    plain = {"mcnemar": of_counts(variant)}
    expected = compared(alone, with_evaluation(plain))
    np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-9)


def test_which_of_test_and_interval_ignores_patients(study):
    notes = {}
    for test in ("exact", "cluster-exact"):
        for ends in ("tango", DifferenceInterval.CLUSTER):
            options = {"mcnemar": test, "difference_interval": ends}
            table = compared(study, with_evaluation(options))
            discordant = table["gained"] + table["lost"] > 0
            (notes[test, ends],) = set(table.loc[discordant, "note"])
    assert notes == {
        ("exact", "tango"): AS_INDEPENDENT,
        ("exact", DifferenceInterval.CLUSTER): f"{AS_INDEPENDENT} by the test",
        ("cluster-exact", "tango"): (
            "the difference's interval takes cases of one patient as independent"
        ),
        ("cluster-exact", DifferenceInterval.CLUSTER): "",
    }


def test_comparisons_show_the_whole_table_and_the_difference(study):
    table = compared(study, SETTINGS)
    for row in table.to_dict("records"):
        n = row["both"] + row["gained"] + row["lost"] + row["neither"]
        assert n == (30 if row["metric"] == "sensitivity" else 60)
        assert row["difference"] == pytest.approx((row["gained"] - row["lost"]) / n)
        assert row["ci_low"] <= row["difference"] <= row["ci_high"]
        assert row["ci_method"] == "Tango, score"
        if row["gained"] + row["lost"]:
            chi2 = (row["gained"] - row["lost"]) ** 2 / (row["gained"] + row["lost"])
            # Tango's score test of no difference is McNemar's: the interval leaves 0 out with it.
            assert (row["ci_low"] > 0 or row["ci_high"] < 0) == (stats.chi2.sf(chi2, 1) < 0.05)
