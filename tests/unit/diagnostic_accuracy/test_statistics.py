"""Proportions, paired tests, calibration and results against R and articles."""

import ast
from fractions import Fraction
from html import unescape
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diagnostic_accuracy import calibration, results
from diagnostic_accuracy.means import mean, median
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, holm, mcnemar
from diagnostic_accuracy.printing import as_html, as_latex, as_markdown
from diagnostic_accuracy.proportions import PROPORTION_INTERVALS, proportion, proportion_interval
from diagnostic_accuracy.results import Result, format_p, result_table
from diagnostic_accuracy.rounding import half_up
from statistics_oracle import EXACT, vectors


@pytest.mark.parametrize("method", [m for m in PROPORTION_INTERVALS if m != "wald"])
def test_proportion_intervals_equal_r(method):
    for case in vectors("proportions")["cases"]:
        ends = np.array(
            proportion_interval(
                case["count"], case["n"], method=method, confidence=case["confidence"]
            )
        )
        expected = np.array(case[method.replace("-", "_")])
        if method in ("agresti-coull", "jeffreys"):
            # epiR lets Agresti and Coull's interval leave [0, 1], and Jeffreys' one leave out an
            # estimate of 0 or 1; the source's rule for the latter is in the next test.
            expected = np.clip(expected, 0, 1)
            if case["count"] in (0, case["n"]) and method == "jeffreys":
                side = 1 if case["count"] == 0 else 0
                ends, expected = ends[side], expected[side]
        np.testing.assert_allclose(ends, expected, **EXACT)


def test_wald_gives_the_papers_intervals():
    # Table 2 of the paper: 38/60 printed as 63.3 (51.1-75.5), 54/60 as 90 (82.4-97.6).
    assert proportion(38, 60, method="wald").value(1, scale=100) == "63.3 (51.1–75.5)"
    assert proportion(54, 60, method="wald").value(1, scale=100) == "90.0 (82.4–97.6)"


def test_jeffreys_holds_an_estimate_of_0_or_1():
    # Brown, Cai & DasGupta 2001: the ends are quantiles of a beta distribution, but the lower one
    # is 0 for a count of 0, and the upper one 1 for a count of n.
    assert proportion_interval(0, 12, method="jeffreys")[0] == 0
    assert proportion_interval(12, 12, method="jeffreys")[1] == 1
    low, high = proportion_interval(7, 40, method="jeffreys")
    np.testing.assert_allclose([low, high], stats.beta.ppf([0.025, 0.975], 7.5, 33.5), **EXACT)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 30), st.data())
def test_mid_p_ends_by_enumeration(n, data):
    # At an end p, half of P(count) and all of the counts beyond it make 2.5%.
    count = data.draw(st.integers(0, n))

    def tail(p, counts):
        ways = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in counts]
        return sum(ways) + comb(n, count) * p**count * (1 - p) ** (n - count) / 2

    low, high = (float(end) for end in proportion_interval(count, n, method="mid-p"))
    if count:
        assert tail(low, range(count + 1, n + 1)) == pytest.approx(0.025, rel=1e-9)
    else:
        assert low == 0
    if count < n:
        assert tail(high, range(count)) == pytest.approx(0.025, rel=1e-9)
    else:
        assert high == 1


def test_bootstrap_of_counts_is_what_resampling_tends_to():
    draws = np.random.default_rng(4).binomial(60, 38 / 60, 200_000) / 60
    ends = proportion_interval(38, 60, method="bootstrap")
    np.testing.assert_allclose(ends, np.quantile(draws, [0.025, 0.975]), atol=1e-12)


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from(PROPORTION_INTERVALS))
def test_interval_holds_its_estimate(n, share, method):
    count = round(share * n)
    low, high = proportion_interval(count, n, method=method)
    assert 0 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1


def test_proportion_without_cases_says_so():
    result = proportion(0, 0, name="ppv")
    assert not result.estimable
    assert "not estimable" in result.text()


def test_proportion_rejects_what_cannot_be():
    with pytest.raises(ValueError, match="outside 0 to n"):
        proportion(5, 4)
    with pytest.raises(ValueError, match="allowed: clopper-pearson"):
        proportion(1, 4, method="exactly")


def test_mcnemar_equals_r():
    for case in vectors("mcnemar")["cases"]:
        table = PairedTable(30, case["gained"], case["lost"], 20)
        assert mcnemar(table, "exact").p_value == pytest.approx(case["exact"], rel=1e-9)
        if case["mid_p"] is not None:  # half of 1 without discordant pairs: here 1
            assert mcnemar(table, "mid-p").p_value == pytest.approx(case["mid_p"], rel=1e-9)
        for variant, p, chi2 in (
            ("asymptotic", "asymptotic", "chi2"),
            ("asymptotic-corrected", "corrected", "chi2_corrected"),
        ):
            if case[p] is None:  # R divides 0 by 0 without discordant pairs
                continue
            result = mcnemar(table, variant)
            assert result.p_value == pytest.approx(case[p], rel=1e-9)
            assert result.statistic == pytest.approx(case[chi2], rel=1e-9)


@settings(deadline=None)
@given(st.integers(0, 25), st.integers(0, 25))
def test_exact_and_mid_p_by_enumeration(gained, lost):
    # Every way in which the discordant pairs can fall, each side equally likely: exact fractions.
    n, smaller = gained + lost, min(gained, lost)
    beyond = Fraction(sum(comb(n, k) for k in range(smaller + 1)), 2**n)
    at = Fraction(comb(n, smaller), 2**n)
    table = PairedTable(30, gained, lost, 20)
    exact = min(2 * beyond, 1)
    assert mcnemar(table, "exact").p_value == pytest.approx(float(exact))
    # Fagerland, Lydersen & Laake 2013: half the probability where both counts are equal.
    middle = exact - (at / 2 if gained == lost else at) if n else 1
    assert mcnemar(table, "mid-p").p_value == pytest.approx(float(middle))


@pytest.mark.parametrize(("each", "p"), [(0, 1.0), (1, 0.75), (7, 0.895)])
def test_mid_p_where_gains_and_losses_are_equal(each, p):
    """Fagerland, Lydersen & Laake 2013 and the R package contingencytables: no P of 1."""
    found = mcnemar(PairedTable(3, each, each, 5), "mid-p").p_value
    assert found == pytest.approx(p, abs=5e-4)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(MCNEMAR_VARIANTS))
def test_mcnemar_does_not_care_which_reading_is_first(gained, lost, variant):
    one = mcnemar(PairedTable(3, gained, lost, 5), variant)
    other = mcnemar(PairedTable(3, lost, gained, 5), variant)
    assert one.p_value == other.p_value
    assert one.estimate == -other.estimate
    assert 0 < one.p_value <= 1
    assert gained != lost or variant == "mid-p" or one.p_value == pytest.approx(1)


def test_paired_table_counts():
    table = PairedTable.of(np.array([1, 1, 0, 0, 0], bool), np.array([1, 0, 1, 1, 0], bool))
    assert (table.both, table.gained, table.lost, table.neither, table.n) == (1, 2, 1, 1, 5)


def test_holm_equals_r():
    expected = vectors("holm")
    p = np.array(expected["p"], np.float64)
    np.testing.assert_allclose(holm(p), np.array(expected["holm"], np.float64), **EXACT)


def test_calibration_equals_r():
    expected = vectors("calibration")
    score, malignant = np.array(expected["score"]), np.array(expected["y"], bool)
    z = stats.norm.ppf(0.975)
    for function, key in (
        (calibration.calibration_slope, "slope"),
        (calibration.calibration_intercept, "intercept"),
    ):
        estimate, error = expected[key]
        result = function(score, malignant)
        found = (result.estimate, result.low, result.high)
        ends = (estimate, estimate - z * error, estimate + z * error)
        np.testing.assert_allclose(found, ends, rtol=1e-9)
    brier = calibration.brier_score(score, malignant)
    assert brier.estimate == pytest.approx(expected["brier"], rel=1e-9)
    np.testing.assert_allclose((brier.low, brier.high), expected["brier_ci"], rtol=1e-9)


@pytest.mark.parametrize(
    ("score", "label", "why"),
    [
        ([0.2, 0.4, 0.6], [1, 1, 1], "one class"),
        ([0.5, 0.5, 0.5], [1, 0, 1], "equal"),
        ([0.1, 0.2, 0.8], [0, 0, 1], "separate"),
    ],
)
def test_slope_that_does_not_exist_says_why(score, label, why):
    result = calibration.calibration_slope(np.array(score), np.array(label, bool))
    assert not result.estimable
    assert why in result.note


def test_scores_without_logit_are_counted():
    score = np.array([0.0, 1.0, 0.3, 0.7, 0.6])
    result = calibration.calibration_slope(score, np.array([1, 0, 0, 1, 0], bool))
    assert "2 scores" in result.note
    with pytest.raises(ValueError, match="outside"):
        calibration.brier_score(np.array([1.2]), np.array([True]))


@settings(deadline=None)
@given(st.lists(st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]), min_size=1, max_size=80))
def test_bins_keep_every_case_and_part_no_tie(scores):
    score = np.array(scores)
    malignant = np.arange(len(score)) % 3 == 0
    found = calibration.calibration_bins(score, malignant, 4)
    assert found.n.sum() == len(score)
    assert len(found.n) <= 4
    assert (np.diff(found.mean_score) > 0).all()
    assert (found.n * found.mean_score).sum() == pytest.approx(score.sum())
    assert (found.n * found.observed).sum() == pytest.approx(malignant.sum())


@settings(deadline=None)
@given(st.integers(6, 60))
def test_median_interval_has_its_coverage(n):
    # P(X_(r) < median < X_(n+1-r)) for a continuous variable is a binomial sum.
    values = np.linspace(0, 1, n)
    result = median(values, "dice")
    r = round(result.low * (n - 1)) + 1
    covered = 1 - 2 * stats.binom.cdf(r - 1, n, 0.5)
    assert covered >= 0.95
    assert 1 - 2 * stats.binom.cdf(r, n, 0.5) < 0.95
    assert result.low <= result.estimate <= result.high


def test_few_values_have_no_interval():
    assert np.isnan(median(np.array([0.2, 0.4, 0.9]), "dice").low)
    assert np.isnan(mean(np.array([0.2]), "dice").low)


def test_half_up_rounds_as_a_hand_does():
    assert half_up(0.125, 2) == "0.13"
    assert half_up(100 * 0.285, 0) == "29"
    assert half_up(2.675, 2) == "2.68"
    assert half_up(-0.125, 2) == "-0.13"
    assert format_p(0.0004) == "P < 0.001"
    assert format_p(0.0825) == "P = 0.083"


def test_every_print_cites_its_source():
    shown = [proportion(3, 4, name="npv"), mcnemar(PairedTable(30, 3, 12, 20))]
    for result in shown:
        for print_of in (result.text, result.to_markdown, result.to_latex, result.to_html):
            plain = unescape(print_of().replace("\\&", "&"))
            assert result.source in plain
            assert result.method in plain
    table = result_table(shown)
    for form in (as_markdown, as_latex, as_html):
        plain = unescape(form(table).replace("\\&", "&"))
        assert all(result.source in plain and result.name in plain for result in shown)
        assert "only the second right (c)" in plain
    lines = as_markdown(table).splitlines()
    assert len({line.count(" | ") for line in lines}) == 1
    assert as_latex(table).count(r" \\") == 3


def test_statistics_need_nothing_of_the_study():
    for module in Path(results.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] != "mrcnn", module.name
                assert not name.startswith("smallmass") or name.startswith("diagnostic_accuracy")


def test_result_prints_itself_four_ways():
    result = Result(
        name="a<b & c_d",
        estimate=0.25,
        low=-0.1,
        high=0.5,
        method="DeLong",
        source="50% of it",
        n=12,
        p_value=0.0312,
        note="left | right",
    )
    assert result.text() == (
        "a<b & c_d: 0.250 (-0.100 to 0.500), 95% CI, P = 0.031, n = 12 (DeLong: 50% of it); "
        "left | right"
    )
    assert "| source | 50% of it |" in result.to_markdown()
    assert r"left \| right" in result.to_markdown()
    assert r"50\% of it" in result.to_latex()
    assert r"a$<$b \& c\_d" in result.to_latex()
    assert "a&lt;b &amp; c_d" in result.to_html()
    assert proportion(3, 4).fraction() == "3/4"
