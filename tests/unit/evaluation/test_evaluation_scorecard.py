"""The scorecard: printed values by id, this run's results, verdicts by a written rule."""

import numpy as np
import pandas as pd
import pytest

from diagnostic_accuracy.clustered_paired import CLUSTER_DIFFERENCE
from diagnostic_accuracy.proportions import proportion
from diagnostic_accuracy.unpaired import unpaired_test
from printed import PUBLISHED
from smallmass.evaluation.agreement import AREA, POINTS, Spread, difference, verdict
from smallmass.evaluation.claims import DIFFERENCES, ESTIMATES
from smallmass.evaluation.published import Published
from smallmass.evaluation.scorecard import scorecard
from smallmass.files import read_csv
from study_settings import study_settings

SETTINGS = study_settings()
N = 60


@pytest.fixture(scope="module")
def published() -> Published:
    """The project's own copy of the paper's numbers."""
    return Published(read_csv(PUBLISHED))


def as_printed(published, *, cohort="clinic", lesions=100):
    """A run that finds the printed proportions in so many times as many lesions, and the gains."""
    rows = []
    for claim in ESTIMATES:
        printed = published[claim.id]
        row = {
            "cohort": cohort, "subset": "all", "split": claim.split, "seed": "all",
            "fit": claim.fit or "held_out", "model": claim.model, "metric": claim.metric,
        }  # fmt: skip
        if claim.metric == "auroc":
            rows.append({**row, "estimate": printed.value, "ci_low": printed.value - 0.02,
                         "ci_high": printed.value + 0.02})  # fmt: skip
            continue
        found = proportion(lesions * printed.count, lesions * printed.n)
        rows.append({**row, "estimate": found.estimate, "ci_low": found.low,
                     "ci_high": found.high, "denominator": printed.n})  # fmt: skip
    tests = pd.DataFrame([
        {"cohort": cohort, "subset": "all", "split": "test", "fit": "held_out", "model_a": "image",
         "model_b": claim.model, "metric": claim.metric, "gained": gained, "lost": lost,
         "both": N - gained - lost - 2, "neither": 2,
         "p_value": p, "p_holm": min(4 * p, 1), "ci_method": "Newcombe, method 10",
         "difference": (gained - lost) / N, "ci_low": (gained - lost) / N - width,
         "ci_high": (gained - lost) / N + width}
        for claim, gained, lost, p, width in zip(
            DIFFERENCES, (9, 0, 7, 1), (0, 3, 0, 0), (0.004, 0.25, 0.08, 1.0),
            (0.09, 0.08, 0.13, 0.04), strict=True
        )
    ])  # fmt: skip
    return pd.DataFrame(rows), tests


def control(better=0, draws=39):
    """gate_null.csv in which ``better`` draws gain as much as observed, and the others nothing."""
    rows = []
    for model in ("regression", "tree"):
        seen = {"model": model, "gain_sensitivity": 0.1, "loss_specificity": 0.0}
        rows.append({**seen, "null": "observed", "draw": 0})
        rows += [
            {**seen, "null": "permuted", "draw": i, "gain_sensitivity": 0.1 * (i < better)}
            for i in range(draws)
        ]
    return pd.DataFrame(rows)


def card(performance, comparisons, published, settings=SETTINGS, null=None):
    """Return the scorecard of a run, whose gate is the usual control's unless another is given."""
    return scorecard(
        performance=performance,
        comparisons=comparisons,
        gate_null=control() if null is None else null,
        published=published,
        settings=settings,
    )


def verdicts(performance, comparisons, published, settings=SETTINGS):
    """Return the verdicts by claim."""
    return card(performance, comparisons, published, settings).set_index("claim")["verdict"]


def test_the_printed_values_are_those_of_the_paper(shared, published):
    """The project's copy against the paper's table, and the constants that claims rely on."""
    paper = pd.read_csv(shared / "paper" / "published_numbers.csv").set_index("id")
    for claim in (*ESTIMATES, *DIFFERENCES):
        assert published[claim.id].value == float(paper.loc[claim.id, "value"])
    words = {"regression": "reg", "tree": "tree", "image": "image"}
    metrics = {"sensitivity": "sens", "specificity": "spec", "accuracy": "acc", "auroc": "AUROC"}
    for claim in ESTIMATES:
        row = paper.loc[claim.id]
        assert (row["model"], row["metric"]) == (words[claim.model], metrics[claim.metric])
        assert row["dataset"] == ("train" if claim.split == "training" else "test")
    for claim in DIFFERENCES:
        row = paper.loc[claim.id]
        assert row["model"] == f"image vs {words[claim.model]}"
        assert row["metric"] == f"P {metrics[claim.metric]}"


def test_a_large_run_that_finds_the_printed_numbers_reproduces_what_it_can(published):
    """Of 6,000 and 6,000 lesions; the paper's own 60 leave some claims open."""
    table = card(*as_printed(published), published).set_index("id")
    # Of the paper's 60 malignant lesions 38 are called: its own interval reaches 12 points down.
    assert set(table.loc[["T2_01", "T2_02", "T2_03"], "verdict"]) == {"reproduced"}
    assert (table.loc["P01", "verdict"], table.loc["X06", "verdict"]) == ("reproduced",) * 2
    # A gain of 12 points with an interval from -1 to 25 shows neither a gain nor none.
    assert table.loc["P03", "verdict"] == "too few to tell"
    assert set(table.loc[["P02", "P04"], "verdict"]) == {"reproduced"}
    # Three lesions lost of sixty: the interval reaches below -10 points, so the paper's own
    # numbers do not show what it calls noninferior at that margin, nor the contrary.
    assert list(table.loc["X05", "verdict"]) == ["too few to tell", "reproduced"]
    assert table["rule"].str.startswith("reproduced if").all()
    assert len(table) == len(ESTIMATES) + len(DIFFERENCES) + 2 + 1
    assert table["claim"].is_unique


def test_an_uninformative_interval_earns_no_verdict(published):
    """Nineteen malignant lesions, whatever is true: no verdict, but for extremes."""
    numbers, tests = as_printed(published)
    here = (numbers["model"] == "image") & (numbers["metric"] == "sensitivity")
    found = []
    for count in range(20):
        share = proportion(count, 19)
        ends = [share.estimate, share.low, share.high]
        numbers.loc[here, ["estimate", "ci_low", "ci_high"]] = ends
        found.append(card(numbers, tests, published).set_index("id").loc["T2_01", "verdict"])
    assert "reproduced" not in found
    assert set(found[8:17]) == {"too few to tell"}
    assert (found[0], found[19]) == ("not reproduced",) * 2


def test_a_study_whose_truth_is_another_is_hardly_ever_reproduced(published):
    """True sensitivity 78%, the paper's 63.3%: the old rule said reproduced in most small runs."""
    rng = np.random.default_rng(9)
    paper = Spread(63.3, 50.7, 74.4)
    for n in (19, 60, 400):
        reproduced = 0
        for count in rng.binomial(n, 0.78, 200):
            share = proportion(count, n, method="wilson")
            here = Spread(*(100 * x for x in (share.estimate, share.low, share.high)))
            reproduced += verdict(difference(here, paper), POINTS) == "reproduced"
        assert reproduced <= 2


def test_the_difference_of_two_studies_is_newcombes(published):
    """Of Wilson intervals it is method 10 for unpaired proportions, as statsmodels has it."""
    here, there = (proportion(x, n, method="wilson") for x, n in ((30, 40), (38, 60)))
    found = difference(*(Spread(r.estimate, r.low, r.high) for r in (here, there)))
    expected = unpaired_test((38, 60), (30, 40))
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (expected.estimate, expected.low, expected.high), rel=1e-9
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.05, 0.08, "reproduced"), (0.01, 0.09, "reproduced"), (0.02, 0.3, "not reproduced"),
     (-0.3, -0.01, "not reproduced"), (-0.2, 0.2, "too few to tell"),
     (-0.01, 0.11, "too few to tell")],
)  # fmt: skip
def test_verdicts_of_a_difference(low, high, expected):
    assert verdict(Spread((low + high) / 2, low, high), AREA) == expected


def test_a_value_that_differs_is_not_reproduced(published):
    numbers, tests = as_printed(published)
    here = (numbers["model"] == "image") & (numbers["metric"] == "sensitivity")
    numbers.loc[here, ["estimate", "ci_low", "ci_high"]] = [0.9, 0.85, 0.94]
    found = verdicts(numbers, tests, published)
    assert found["sensitivity (%) of the image model"] == "not reproduced"
    assert (found != verdicts(*as_printed(published), published)).sum() == 1


@pytest.mark.parametrize(
    ("gained", "lost", "p", "high", "verdict"),
    [
        (9, 0, 0.004, 0.24, "reproduced"),
        (0, 9, 0.004, -0.06, "not reproduced"),
        (4, 0, 0.125, 0.20, "too few to tell"),
        (4, 0, 0.125, 0.12, "not reproduced"),
    ],
)
def test_a_printed_difference_must_be_shown_or_excluded(published, gained, lost, p, high, verdict):
    """The paper's gain is 15 points: an interval that holds it excludes nothing."""
    numbers, tests = as_printed(published)
    tests.loc[0, ["gained", "lost", "p_value", "p_holm", "ci_high"]] = [gained, lost, p, p, high]
    table = card(numbers, tests, published).set_index("id")
    assert table.loc["P01", "verdict"] == verdict


@pytest.mark.parametrize(
    ("p", "low", "verdict"),
    [
        (0.25, -0.10, "reproduced"),
        (0.25, -0.20, "too few to tell"),
        (0.01, -0.20, "not reproduced"),
    ],
)
def test_a_large_p_alone_is_no_equality(published, p, low, verdict):
    numbers, tests = as_printed(published)
    row = (tests["model_b"] == "regression") & (tests["metric"] == "specificity")
    tests.loc[row, ["p_value", "ci_low"]] = [p, low]
    assert card(numbers, tests, published).set_index("id").loc["P02", "verdict"] == verdict


def test_noninferiority_needs_a_margin_and_an_interval_above_it(published):
    numbers, tests = as_printed(published)
    claim = "noninferior specificity of the combined model (regression) (difference, points)"
    table = card(numbers, tests, published).set_index("claim")
    assert table.loc[claim, "reproduced"] == pytest.approx(100 * -3 / N)
    # Tango's lower end for 0 gained and 3 lost of 60, by numerical maximum likelihood in R
    # (optimize and uniroot).
    low = table.loc[claim, "ci_low"]
    assert low == pytest.approx(-13.7005164763)
    assert table.loc[claim, "verdict"] == "too few to tell"
    for margin, word in (
        (-low / 100 + 1e-6, "reproduced"),
        (-low / 100 - 1e-6, "too few to tell"),
    ):
        options = SETTINGS.changed({"evaluation.noninferiority_margin": margin})
        assert verdicts(numbers, tests, published, options)[claim] == word
    dropped = SETTINGS.changed({"evaluation.noninferiority_margin": None})
    assert verdicts(numbers, tests, published, dropped)[claim] == "cannot tell"


def test_noninferiority_knows_of_patients_where_the_difference_does(published):
    numbers, tests = as_printed(published)
    tests = tests.assign(ci_method=CLUSTER_DIFFERENCE[0], ci_low=-0.09, ci_high=0.01)
    claim = "noninferior specificity of the combined model (regression) (difference, points)"
    row = card(numbers, tests, published).set_index("claim").loc[claim]
    assert (row["ci_low"], row["ci_high"], row["verdict"]) == (-9, 1, "reproduced")
    assert "cluster-robust" in row["rule"]
    tests["ci_low"] = -0.1
    assert verdicts(numbers, tests, published)[claim] == "too few to tell"
    worse = tests.assign(ci_low=-0.2, ci_high=-0.11)
    assert verdicts(numbers, worse, published)[claim] == "not reproduced"
    alike = tests.assign(ci_low=0.0, ci_high=0.0)
    row = card(numbers, alike, published).set_index("claim").loc[claim]
    assert "Tango" in row["rule"]
    assert row["ci_low"] < 0


def test_phantoms_are_no_evidence(published):
    table = card(*as_printed(published, cohort="phantom"), published)
    assert set(table["verdict"]) == {"simulated: no evidence"}


def test_what_could_not_be_had_cannot_be_judged(published):
    numbers, tests = as_printed(published)
    combined = numbers["model"] != "image"
    numbers.loc[combined, ["estimate", "ci_low", "ci_high", "denominator"]] = np.nan
    tests[["gained", "lost", "p_value", "p_holm"]] = np.nan
    found = verdicts(numbers, tests, published)
    about = found[found.index.str.contains("combined")]
    assert set(about) == {"cannot tell"} and len(about) == 13
    assert "cannot tell" not in set(found.drop(about.index))


@pytest.mark.parametrize(("better", "verdict"), [(0, "reproduced"), (1, "cannot tell")])
def test_a_gain_that_the_gate_alone_reaches_is_no_verdict(published, better, verdict):
    """With 39 draws, 1 of 40 is below alpha and 2 of 40 are not."""
    numbers, tests = as_printed(published)
    table = card(numbers, tests, published, null=control(better)).set_index("id")
    assert set(table.loc[["P01", "X06"], "verdict"]) == {verdict}
    assert set(table.loc[["P02", "P04"], "verdict"]) == {"reproduced"}
    assert table.loc["P01", "rule"].count(f"({100 * (1 + better) / 40:.1f}% here)") == 1


def test_without_a_draw_a_gain_is_no_verdict(published):
    numbers, tests = as_printed(published)
    empty = pd.DataFrame([{"note": "not estimable"}], columns=[*control(), "note"])
    for null in (control(draws=0), empty):
        table = card(numbers, tests, published, null=null).set_index("id")
        assert set(table.loc[["P01", "X06"], "verdict"]) == {"cannot tell"}


def test_the_conclusion_needs_more_than_the_gate_in_gain_less_loss_too(published):
    """The control gains less than was observed, and loses nothing where that loses much."""
    numbers, tests = as_printed(published)
    null = control()
    null.loc[null["null"] == "observed", "loss_specificity"] = 0.1
    table = card(numbers, tests, published, null=null).set_index("id")
    assert table.loc["P01", "verdict"] == "reproduced"
    assert table.loc["X06", "verdict"] == "cannot tell"


def test_a_control_rescues_no_claim_that_is_not_reproduced(published):
    numbers, tests = as_printed(published)
    gains = tests["metric"] == "sensitivity"
    tests.loc[gains, ["p_value", "p_holm", "ci_high"]] = [0.5, 0.5, 0.1]
    table = card(numbers, tests, published, null=control(39)).set_index("id")
    assert set(table.loc[["P01", "X06"], "verdict"]) == {"not reproduced"}


def test_accuracy_is_compared_at_the_paper_s_share_of_malignant_lesions_alone(published):
    numbers, tests = as_printed(published)
    small = (numbers["metric"] == "sensitivity") & (numbers["split"] == "test")
    numbers.loc[small, "denominator"] = N / 3
    table = card(numbers, tests, published).set_index("id")
    assert set(table.loc[["T2_03", "T2_06", "T2_09"], "verdict"]) == {"cannot tell"}
    assert set(table.loc[["T2_01", "T2_02", "T2_04"], "verdict"]) == {"reproduced"}
    rule = table.loc["T2_03", "rule"]
    again = (published["T2_01"].value + 3 * published["T2_02"].value) / 4
    assert "here it is 25%" in rule and rule.endswith(f"give {again:.1f}%")


def test_training_numbers_may_be_of_another_cohort_and_are_named(published):
    numbers, tests = as_printed(published)
    learnt = numbers["split"] == "training"
    numbers.loc[learnt, "cohort"] = "busbra"
    numbers.loc[~learnt, ["cohort", "subset"]] = ["breast", "under_1cm"]
    numbers.loc[~learnt & (numbers["model"] != "image"), "fit"] = "out_of_fold"
    tests = tests.assign(cohort="breast", subset="under_1cm", fit="out_of_fold")
    table = card(numbers, tests, published).set_index("id")
    row = table.loc["R02"]
    assert row["reproduced"] == published["R02"].value and row["verdict"] == "reproduced"
    assert row["claim"].endswith("[BUS-BRA]")
    assert table.loc["R01", "claim"].endswith("[BrEaST, under 1 cm]")
    rest = table.loc[["T2_04", "T2_09", "P01", "P04", "X05", "X06"], "claim"]
    assert rest.str.endswith("[BrEaST, under 1 cm, out-of-fold]").all()


def test_a_training_number_that_is_not_there_is_said_to_be_missing(published):
    numbers, tests = as_printed(published)
    numbers = numbers[numbers["split"] == "test"]
    row = card(numbers, tests, published).set_index("id").loc["R02"]
    assert row["verdict"] == "cannot tell" and row["rule"].endswith("this run has no such number")
