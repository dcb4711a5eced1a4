"""Checks of comparisons, statistics, ratios, 2 x 2 tables, AUROCs and samples, against R."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diagnostic_accuracy.roc import delong_test
from printed_numbers.check_measures import OF_TABLE, Table
from printed_numbers.check_ratios import of_counts as ratios_of_counts
from printed_numbers.comparisons import Rounded, of_counts, of_means
from printed_numbers.delong_bounds import delong_bounds
from printed_numbers.printed import prints, show
from printed_numbers.samples import example
from small_papers import audited, numbers, wrong

# R 4.2.2: chisq.test, fisher.test, kruskal.test, prop.trend.test, wilcox.test(exact = FALSE) of
# matrix(c(12, 5, 29, 8, 22, 17), 2), the likelihood ratio by hand.
TWO_BY_THREE = {
    "chi-squared": 0.1182271436, "likelihood-ratio": 0.1162989299, "kruskal-wallis": 0.1081359678,
    "cochran-armitage": 0.1411008269, "mann-whitney": 0.1091136159,
}  # fmt: skip
FREEMAN_HALTON = 0.1308019042
# R 4.2.2: t.test(var.equal = TRUE | FALSE), oneway.test(var.equal = TRUE | FALSE) of data with
# these means, SDs and n.
GROUPS = [("51.0968", "8.41964", 31), ("56.3182", "10.1793", 44), ("53.44", "5.79569", 25)]
OF_TWO = {"t": 0.0217499591, "welch": 0.01791979676}
OF_THREE = {"anova": 0.04035838998, "welch-anova": 0.06145347772}


def test_tests_of_counts_are_rs():
    found = {p.test: p for p in of_counts(np.array([[12, 29, 22], [5, 8, 17]]))}
    for test, p in TWO_BY_THREE.items():
        assert found[test].low == pytest.approx(p, rel=1e-8), test
    halton = found["fisher-freeman-halton"]
    assert halton.low < FREEMAN_HALTON < halton.high < halton.low + 0.02


def as_rounded(text, digits):
    """Return the ends of a number that is printed with some digits."""
    value, half = float(show(float(text), digits)), 0.5 * 10**-digits
    return value - half, value + half


@pytest.mark.parametrize(("groups", "expected"), [(GROUPS[:2], OF_TWO), (GROUPS, OF_THREE)])
@pytest.mark.parametrize("digits", [1, 4])
def test_tests_of_means_are_rs_within_the_rounding(groups, expected, digits):
    rounded = [Rounded(as_rounded(m, digits), as_rounded(s, digits), n) for m, s, n in groups]
    found = {p.test: p for p in of_means(rounded) if not p.condition}
    for test, p in expected.items():
        assert found[test].low <= p + 1e-7 and p - 1e-7 <= found[test].high
        if digits == 4:
            assert found[test].high - found[test].low < 1e-4


@settings(deadline=None, max_examples=15, derandomize=True)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_the_p_of_the_data_lies_within_what_is_printed(seed, groups):
    """Simulated groups, printed with one decimal."""
    rng = np.random.default_rng(seed)
    data = [rng.normal(50 + rng.normal(), 8, rng.integers(5, 40)) for _ in range(groups)]
    rounded = [Rounded(as_rounded(x.mean(), 1), as_rounded(x.std(ddof=1), 1), len(x)) for x in data]
    found = {p.test: p for p in of_means(rounded) if not p.condition}
    test = "t" if groups == 2 else "anova"
    p = stats.f_oneway(*data).pvalue
    assert found[test].low - 1e-9 <= p <= found[test].high + 1e-9


COUNTED = {"check": "compared_counts", "rows": [{"p": "p", "groups": [[12, 29, 22], [5, 8, 17]]}]}
MEANS = {
    "check": "compared_means",
    "rows": [{"p": "p", "members": [{"mean": "m1", "sd": "s1", "of": 31},
                                    {"mean": "m2", "sd": "s2", "of": 44}]}],
}  # fmt: skip
TEXTS = {"m1": "51.1", "s1": "8.4", "m2": "56.3", "s2": "10.2"}


@pytest.mark.parametrize(
    ("relation", "p", "stated", "verdict"),
    [
        (COUNTED, "0.118", "chi-squared", "consistent"),
        (COUNTED, "0.118", None, "consistent"),
        (COUNTED, "0.131", "fisher", "consistent"),
        (COUNTED, ">0.1", "chi-squared", "consistent"),
        (COUNTED, "0.141", "chi-squared", "consistent only with the Cochran–Armitage"),
        (COUNTED, "0.55", None, "not explained"),
        (MEANS, "0.022", "t", "consistent"),
        (MEANS, "0.018", "welch", "consistent"),
        (MEANS, "<0.05", None, "consistent"),
        (MEANS, "NS", None, "consistent only with the t test with one variance, if the SDs"),
        (MEANS, "0.55", "t", "not explained"),
        (MEANS, "0.55", "other", "not checkable"),
    ],
)
def test_p_of_groups_is_judged(relation, p, stated, verdict):
    texts = TEXTS | {"p": p} if relation is MEANS else {"p": p}
    result = audited(numbers(**texts), relation | ({"stated": stated} if stated else {}))
    assert result.overall["p"].verdict.startswith(verdict)
    assert bool(wrong(result)) == (not verdict.startswith(("consistent", "not checkable"))
                                   or "only" in verdict)  # fmt: skip


# R 4.2.2: 2 * pt(-2.21, 38), pf(4.32, 2, 57), pchisq(6.1, 2), 2 * pnorm(-1.96), cor.test (r 0.8).
@pytest.mark.parametrize(
    ("kind", "value", "df", "p", "verdict"),
    [
        ("t", "2.21", [38], "0.033", "consistent"),
        ("t", "-2.21", [38], ".033", "consistent"),
        ("F", "4.32", [2, 57], "0.018", "consistent"),
        ("chi2", "6.1", [2], "0.047", "consistent"),
        ("z", "1.96", [], "0.050", "consistent"),
        ("r", "0.80", [3], "0.104", "consistent"),
        ("t", "2.21", [38], "<0.05", "consistent"),
        ("t", "2.21", [38], "0.017", "consistent only with a one-sided test"),
        ("t", "2.21", [38], "0.066", "consistent only with a Bonferroni correction for 2"),
        ("t", "2.21", [38], "0.71", "not explained"),
        ("t", "2.21", [38], "0.003", "contradiction"),
        ("F", "4.32", [2, 57], "<0.001", "contradiction"),
    ],
)
def test_reported_statistics_are_judged(kind, value, df, p, verdict):
    row = {"statistic": "x", "kind": kind, "p": "p"} | dict(zip(("df", "df2"), df, strict=False))
    relation = {"check": "reported_statistics", "rows": [row]}
    assert audited(numbers(x=value, p=p), relation).overall["p"].verdict.startswith(verdict)


def test_ratios_are_rs():
    """R 4.2.2: fisher.test(matrix(c(38, 45, 22, 15), 2)); Woolf and Katz by hand there."""
    odds = ratios_of_counts("odds ratio", 38, 60, 45, 60)
    # R finds the conditional ratio by uniroot, to four digits.
    assert odds["conditional, exact"] == pytest.approx((0.5784444, 0.2419595, 1.353332), rel=1e-4)
    assert odds["Woolf"] == pytest.approx((0.5757576, 0.2624571, 1.263051), rel=1e-6)
    risk = ratios_of_counts("risk ratio", 38, 60, 45, 60)
    assert risk["Katz"] == pytest.approx((0.8444444, 0.66315, 1.075302), rel=1e-6)


COUNTS = {"first": 38, "of_first": 60, "second": 45, "of_second": 60}


@pytest.mark.parametrize(
    ("text", "more", "p", "verdicts"),
    [
        ("0.58 0.26 1.26", COUNTS, "0.17", ("consistent", "consistent")),
        ("1.74 0.79 3.81", COUNTS, "0.17", ("consistent only with the groups", "consistent")),
        ("0.58 0.24 1.35", COUNTS, "0.20", ("consistent", "consistent")),
        ("0.70 0.26 1.26", COUNTS, "0.17", ("not explained", "not explained")),
        ("2.10 1.20 3.68", {}, "0.009", ("consistent", "consistent")),
        ("2.10 1.20 3.00", {}, "0.009", ("not explained", "not explained")),
        ("2.10 1.20 3.68", {}, "0.30", ("consistent", "not explained")),
        ("2.10 1.20 3.68", {}, "<0.01", ("consistent", "consistent")),
    ],
)
def test_ratios_are_judged(text, more, p, verdicts):
    row = {"value": "ratio", "kind": "odds ratio", "p": "p", **more}
    result = audited(numbers(ratio=text, p=p), {"check": "ratios", "rows": [row]})
    for name, verdict in zip(("ratio", "p"), verdicts, strict=True):
        assert result.overall[name].verdict.startswith(verdict), result.overall[name]


def test_measures_are_those_of_every_prediction():
    """Kappa and F1 from single calls: the share of agreement, precision and recall."""
    table = Table(tp=38, fn=22, tn=54, fp=6)
    truth, call = np.repeat([1, 1, 0, 0], [38, 22, 54, 6]), np.repeat([1, 0, 0, 1], [38, 22, 54, 6])
    agreed = (truth == call).mean()
    chance = truth.mean() * call.mean() + (1 - truth.mean()) * (1 - call.mean())
    assert float(OF_TABLE["kappa"](table)) == pytest.approx((agreed - chance) / (1 - chance))
    precision, recall = truth[call == 1].mean(), call[truth == 1].mean()
    assert float(OF_TABLE["f1"](table)) == pytest.approx(
        2 * precision * recall / (precision + recall)
    )


# 38 of 60 and 54 of 60: PPV 38/44, NPV 54/76, LR+ 6.33, LR- 0.407, odds ratio 15.5, kappa 0.533.
GOOD = {
    "sensitivity": "63.3", "specificity": "90.0", "ppv": "86.4", "npv": "71.1", "accuracy": "76.7",
    "f1": "0.73", "kappa": "0.53", "lr_positive": "6.33", "lr_negative": "0.41",
    "odds_ratio": "15.5", "youden": "0.533", "balanced_accuracy": "76.7",
}  # fmt: skip
SIZES = {"positives": 60, "negatives": 60}


def measured(texts, sizes):
    """Audit measures that have the names of their keys."""
    row = {name: name for name in texts} | sizes
    return audited(numbers(**texts), {"check": "measures", "rows": [row]})


@pytest.mark.parametrize("sizes", [SIZES, {"of": 120}])
def test_right_measures_are_consistent(sizes):
    """With the sizes of both classes, or of all cases: then every 2 x 2 table is looked through."""
    result = measured(GOOD, sizes)
    assert not result.findings
    assert result.overall["ppv"].verdict == "consistent"
    assert "TP 38, FN 22, TN 54, FP 6" in result.overall["ppv"].explanation


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [
        ("kappa", "0.63", "impossible"), ("f1", "0.77", "impossible"),
        ("lr_positive", "7.33", "impossible"), ("lr_negative", "0.31", "impossible"),
        ("odds_ratio", "25.5", "impossible"), ("accuracy", "80.0", "impossible"),
        ("youden", "0.6", "impossible"), ("balanced_accuracy", "70.0", "impossible"),
        ("ppv", "46.9", "consistent only with a prevalence of about 12.2%"),
    ],
)  # fmt: skip
def test_a_wrong_measure_is_found(name, text, verdict):
    """PPV 46.9 % is that of a prevalence: 0.633 p / (0.633 p + 0.1 (1 - p))."""
    result = measured(GOOD | {name: text}, SIZES)
    flagged = {i: c.verdict for i, c in result.overall.items() if c.verdict != "consistent"}
    flagged.pop("sensitivity"), flagged.pop("specificity")
    assert flagged[name] == verdict
    assert all(v in (verdict, "contradiction") for v in flagged.values())


def test_a_stated_prevalence_is_used():
    texts = {"sensitivity": "63.3", "specificity": "90.0", "ppv": "47.0", "npv": "94.6"}
    assert not measured(texts, {"prevalence": 12.3}).findings
    assert measured(texts, {"prevalence": 30}).findings[0].verdict == "impossible"


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.integers(0, 10**6), st.integers(3, 12), st.integers(3, 12))
def test_delongs_error_lies_within_its_bounds(seed, positives, negatives):
    """Scores without ties, by the project's DeLong, which equals pROC's."""
    rng = np.random.default_rng(seed)
    score = rng.permutation(positives + negatives) + rng.normal() * np.repeat(
        [0, 1], [negatives, positives]
    )
    label = np.repeat([False, True], [negatives, positives])
    placed = score[label][:, None] > score[~label][None, :]
    area = placed.mean()
    error = math.sqrt(
        placed.mean(axis=1).var(ddof=1) / positives + placed.mean(axis=0).var(ddof=1) / negatives
    )
    low, high = delong_bounds(area, positives, negatives)
    assert low - 2e-3 <= error <= high + 1e-9


def test_the_bounds_are_reached():
    """All variance in the smaller class; and the line of Birnbaum and Klose with many cases."""
    placed = np.zeros((4, 100), bool)
    placed[:3] = True  # three positives above all negatives, one below
    error = math.sqrt(placed.mean(axis=1).var(ddof=1) / 4 + placed.mean(axis=0).var(ddof=1) / 100)
    assert delong_bounds(0.75, 4, 100)[1] == pytest.approx(error)
    assert delong_bounds(0.5, 10**6, 10**6)[0] == pytest.approx(math.sqrt(1 / 6) / 1000, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("0.85 0.78 0.92", "consistent"),  # Hanley and McNeil's
        ("0.85 0.77 0.93", "not checkable"),  # DeLong's may be so
        ("0.85 0.70 1.00", "not checkable"),  # cut off
        ("0.85 0.74 0.96", "not explained"),
        ("0.85 0.83 0.87", "consistent only with many tied scores"),
        ("0.85 0.86 0.92", "contradiction"),
    ],
)
def test_the_width_of_an_auroc_is_judged(text, verdict):
    row = {"auroc": "area", "positives": 60, "negatives": 60}
    result = audited(numbers(area=text), {"check": "auroc", "rows": [row]})
    assert result.overall["area"].verdict.startswith(verdict)


@pytest.mark.parametrize(
    ("difference", "p", "verdicts"),
    [
        ("0.07", "0.040", ("consistent", "consistent")),
        ("-0.07", "0.17", ("consistent", "consistent")),
        ("0.10", "0.040", ("contradiction", "consistent")),
        ("0.07", "0.99", ("consistent", "not explained")),
    ],
)
def test_differences_of_aurocs_are_judged(difference, p, verdicts):
    texts = {"a": "0.85 0.78 0.92", "b": "0.78 0.70 0.86", "d": difference, "p": p}
    row = {"first": "a", "second": "b", "difference": "d", "p": "p"}
    result = audited(numbers(**texts), {"check": "auroc_differences", "rows": [row]})
    assert (result.overall["d"].verdict, result.overall["p"].verdict) == verdicts


def test_the_p_of_two_aurocs_is_that_of_delong_within_its_bounds():
    """Simulated scores of two models: DeLong's P lies within what both intervals allow."""
    rng = np.random.default_rng(7)
    for _ in range(10):
        label = np.repeat([False, True], 60)
        base = rng.normal(size=120) + label
        first, second = base + rng.normal(size=120), base + rng.normal(size=120)
        test = delong_test(first, second, label)
        ends = []
        for score in (first, second):
            result = stats.mannwhitneyu(score[label], score[~label])
            area = result.statistic / 3600
            placed = (score[label][:, None] > score[~label][None, :]).astype(float)
            reach = stats.norm.ppf(0.975) * math.sqrt(
                placed.mean(axis=1).var(ddof=1) / 60 + placed.mean(axis=0).var(ddof=1) / 60
            )
            ends.append(f"{area:.3f} {area - reach:.3f} {area + reach:.3f}")
        texts = {"a": ends[0], "b": ends[1], "p": f"{test.p_value:.3f}"}
        relation = {"check": "auroc_differences", "rows": [{"first": "a", "second": "b", "p": "p"}]}
        assert audited(numbers(**texts), relation).overall["p"].verdict == "consistent"


def test_debit_is_that_of_every_count():
    """Every count of 9 with both divisors, printed with two decimals, passes; others do not."""
    for k, ddof in itertools.product(range(10), (0, 1)):
        values = np.repeat([1, 0], [k, 9 - k])
        texts = {"m": show(values.mean(), 2), "s": show(values.std(ddof=ddof), 2)}
        rows = [{"mean": "m", "sd": "s", "of": 9}]
        assert not audited(numbers(**texts), {"check": "debit", "rows": rows}).findings
        off = texts | {"s": show(float(texts["s"]) + 0.1, 2)}
        assert audited(numbers(**off), {"check": "debit", "rows": rows}).findings


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.integers(1, 7), min_size=3, max_size=60))
def test_examples_of_samples_have_their_mean_and_sd(values):
    """A sample with the printed mean and SD: found for whatever data printed them."""
    data = np.array(values, float)
    mean, sd = (Fraction(show(float(x), 2)) for x in (data.mean(), data.std(ddof=1)))
    found = example(mean, sd, (2, 2), len(values), (Fraction(1), Fraction(7)), Fraction(1))
    assert found is not None
    sample = np.repeat([float(v) for v in found], list(found.values()))
    assert len(sample) == len(values) and sample.min() >= 1 and sample.max() <= 7
    assert prints(float(sample.mean()), mean, 2) and prints(float(sample.std(ddof=1)), sd, 2)


def test_repeated_cells_are_found_where_chance_makes_them_unlikely():
    texts = {f"a{i}": t for i, t in enumerate(("63.3", "78.4", "12.9", "45.1"))}
    texts |= {f"b{i}": t for i, t in enumerate(("63.3", "78.4", "12.9", "90.0"))}
    texts |= {f"c{i}": t for i, t in enumerate(("11.1", "33.3", "77.7", "90.0"))}
    lists = [[f"{c}{i}" for i in range(4)] for c in "abc"]
    rows = [{"name": "Table 2", "lists": lists}]
    (finding,) = audited(numbers(**texts), {"check": "duplicates", "rows": rows}).findings
    assert set(finding.ids) == {"a0", "a1", "a2", "b0", "b1", "b2"}
    zeros = dict.fromkeys(texts, "0")  # all alike by their nature
    assert not audited(numbers(**zeros), {"check": "duplicates", "rows": rows}).findings


def baseline(tables):
    """Audit the rows of a table of two groups of 200."""
    rows = [
        {"name": str(i), "groups": [[a, 200 - a], [b, 200 - b]]} for i, (a, b) in enumerate(tables)
    ]
    return audited(numbers(x="1"), {"check": "baseline", "rows": rows}).findings[0]


def test_a_baseline_table_may_be_too_different_or_too_much_alike():
    rng = np.random.default_rng(3)
    random = baseline([rng.binomial(200, share, 2).tolist() for share in rng.uniform(0.2, 0.8, 15)])
    assert random.verdict == "consistent"
    different = baseline([(k, k + 25) for k in range(40, 140, 10)])
    assert different.verdict == "not explained" and "too different" in different.title
    alike = baseline([(k, k) for k in range(40, 140, 5)])
    assert alike.verdict == "not explained" and "too much alike" in alike.title


def test_a_youden_index_that_is_higher_elsewhere_is_remarked():
    """J of 0.671 + 0.853 - 1 and of 0.633 + 0.900 - 1."""
    texts = {"s1": "67.1", "p1": "85.3", "s2": "63.3", "p2": "90.0"}
    one, two = (
        {"sensitivity": f"s{i}", "specificity": f"p{i}", "positives": n, "negatives": n}
        for i, n in ((1, 300), (2, 60))
    )
    rows = [{"name": "image model", "fitted": one, "other": two}]
    (finding,) = audited(numbers(**texts), {"check": "transfer", "rows": rows}).findings
    assert "(0.533)" in finding.title and "(0.524)" in finding.title
    assert finding.verdict == "consistent"
    rows = [{"name": "image model", "fitted": two, "other": one}]
    assert not audited(numbers(**texts), {"check": "transfer", "rows": rows}).findings
