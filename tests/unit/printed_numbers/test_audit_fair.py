"""No false accusation: words say no more than what was computed, on papers that are right."""

import pytest

from printed_numbers.denominators import coincidences
from printed_numbers.verdicts import CONSISTENT
from small_papers import audited, numbers

PAIR = {"p": "p", "first": "one", "second": "two", "of": 60}


def p_values(p, stated=None, **keys):
    """Audit a P value of 38 and 45 of 60.

    R 4.2: chisq.test(matrix(c(38, 22, 45, 15), 2), correct = FALSE) gives 0.1664, with Yates'
    correction 0.2356, fisher.test 0.2354.
    """
    relation = {"check": "p_values", "rows": [PAIR], **keys}
    relation |= {"stated": stated} if stated else {}
    return audited(numbers(one="63.3", two="75.0", p=p), relation)


@pytest.mark.parametrize(
    ("p", "stated"),
    [
        ("0.166", "chi-squared"), ("0.236", "chi-squared"), ("0.166", "z"), ("0.235", "fisher"),
        ("0.236", "chi-squared-corrected"), ("0.166", None), ("0.235", None), ("NS", None),
        (">0.05", "fisher"), ("0.17", "chi-squared"), ("≤0.17", "chi-squared"),
    ],
)  # fmt: skip
def test_a_right_p_of_an_unpaired_test_is_right(p, stated):
    """Named rightly or not named at all."""
    result = p_values(p, stated)
    assert result.overall["p"].verdict == CONSISTENT
    assert not result.findings


@pytest.mark.parametrize(
    ("p", "stated", "verdict"),
    [
        ("0.235", "chi-squared", "consistent only with the Fisher exact test"),
        ("0.235", "exact", "consistent only with the Fisher exact test"),
        ("0.016", "chi-squared", "consistent only with the exact McNemar test"),
        ("<0.05", "fisher", "consistent only with"),
        ("0.444", "chi-squared", "not explained"),
        ("0.444", None, "not explained"),
    ],
)
def test_another_p_is_named_as_what_it_is(p, stated, verdict):
    result = p_values(p, stated)
    assert result.overall["p"].verdict.startswith(verdict)
    text = str(result.findings[0])
    assert ("that is named" in text) == (stated is not None)
    assert "procedure allows ()" not in text


def test_the_design_alone_is_compared_where_no_test_is_named():
    """Fisher's test of paired data, with the design printed and no test."""
    result = p_values("0.235", design="paired")
    assert result.overall["p"].verdict.startswith("consistent only with the Fisher exact test")
    assert "do not come from a test for paired data" in result.findings[0].title


def test_groups_of_different_size_are_compared():
    """R 4.2: fisher.test(matrix(c(38, 22, 45, 25), 2)) gives 1, chisq.test 0.910."""
    row = {"p": "p", "first": "one", "second": "two", "of_first": 60, "of_second": 70}
    relation = {"check": "p_values", "rows": [row], "stated": "chi-squared"}
    result = audited(numbers(one="63.3", two="64.3", p="0.910"), relation)
    assert result.overall["p"].verdict == CONSISTENT


@pytest.mark.parametrize(
    ("p", "claim", "verdict"),
    [
        ("0.05", "significant", "consistent"),  # 0.0496 prints so
        ("0.05", "not significant", "consistent"),
        ("<0.001", "significant", "consistent"),
        ("<0.001", "not significant", "contradiction"),
        ("<0.1", "significant", "consistent"),
        ("NS", "not significant", "consistent"),
        ("NS", "significant", "contradiction"),
        ("0.166", "significant", "contradiction"),
    ],
)
def test_claims_are_judged_by_what_the_digits_say(p, claim, verdict):
    relation = {
        "check": "p_values",
        "rows": [{**PAIR, "claim": claim}],
        "alpha": 0.05,
        "design": "unpaired",
    }
    result = audited(numbers(one="63.3", two="75.0", p=p), relation)
    (check,) = [c for c in result.checks if c.check == "claim against the printed P"]
    assert (check.kind == "contradiction") == (verdict == "contradiction")


def test_intervals_of_r_are_right():
    """R 4.2: prop.test(38, 60) and prop.test(54, 60), which correct for continuity."""
    printed = numbers(a="63.3 49.8 75.1", b="90.0 78.8 95.9")
    rows = [{"value": name, "of": 60} for name in printed]
    result = audited(printed, {"check": "intervals", "table": "Table 2", "rows": rows})
    assert {check.verdict for check in result.overall.values()} == {CONSISTENT}
    assert not result.findings


def test_intervals_of_an_unknown_method_are_not_explained_and_no_more():
    """No cause is named where nothing was reproduced."""
    printed = numbers(a="63.3 45.0 78.0", b="90.0 71.0 97.0")
    rows = [{"value": name, "of": 60} for name in printed]
    (finding,) = audited(
        printed, {"check": "intervals", "table": "T", "rows": rows, "likely": "Menus."}
    ).findings
    assert finding.verdict == "not explained"
    assert "None of the 10 methods tried" in finding.title
    assert finding.likely == ""
    assert "no method" not in str(finding).lower()


# A published abstract on thyroid nodules: 197 patients, every interval the logit interval at 165
# (R: plogis(qlogis(k/165) + c(-1, 1) * qnorm(.975) * sqrt(1/k + 1/(165 - k))), k 146, 137, 158).
THYROID = {"a": "88.48 82.65 92.53", "b": "83.03 76.52 88.02", "c": "95.76 91.37 97.96"}


@pytest.mark.parametrize("intervals", [True, False])
def test_the_denominator_that_explains_a_column_is_named(intervals):
    texts = {k: v if intervals else v.split()[0] for k, v in THYROID.items()}
    column = {"name": "accuracy", "of": 197, "values": list(texts)}
    relation = {
        "check": "denominators", "columns": [column], "everyone": 197, "table": "Abstract",
    }  # fmt: skip
    result = audited(numbers(**texts), relation)
    (finding,) = result.findings
    assert finding.title == "Abstract: the rows fit 165 cases, not the 197 stated"
    assert any("random columns of n = 197" in line for line in finding.arithmetic)
    assert finding.likely == ""
    assert result.overall["a"].verdict == "consistent only with a denominator of 165, not 197"


def test_the_chance_of_a_denominator_is_that_of_random_columns():
    """With one whole percentage nearly any column has another denominator; with intervals few."""
    coarse = list(numbers(a="63").values())
    assert coincidences(coarse, 288, range(2, 1000), draws=20) == 20
    fine = list(numbers(a="63.3 51.1 75.5", b="70.0 60.0 80.0", c="71.2 60.0 80.0").values())
    assert coincidences(fine, 288, range(2, 400), draws=20) <= 4


def test_an_interval_is_looked_for_at_the_denominators_of_columns_first():
    """231/304 with Wald's interval: p + c(-1, 1) * 1.96 * sqrt(p * (1 - p) / n) is 71.2 to 80.8."""
    relation = {
        "check": "intervals", "table": "T", "everyone": 400, "explained_at": [537, 304],
        "rows": [{"value": "a", "of": 288}],
    }  # fmt: skip
    said = [
        audited(numbers(a="76.0 71.2 80.8"), asked).overall["a"].explanation
        for asked in (relation, relation | {"explained_at": []})
    ]
    assert "At n = 304, which explains a whole column, Wald gives this percentage" in said[0]
    assert "together with n = " in said[1]
