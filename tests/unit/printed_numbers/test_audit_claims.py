"""Claims, ranges, dates and what factors can add, in papers of a few numbers made by hand."""

import pytest

from audit_paper import audited, flagged


def row(name, value="", where="results"):
    """Return a row of a table of printed numbers."""
    return {
        "id": name, "where": where, "dataset": "", "model": "", "metric": name,
        "value": value, "ci_low": "", "ci_high": "", "n": "",
    }  # fmt: skip


# By hand. 30/40 and 36/40 (b = 6, c = 0): exact P = 2/64 = 0.031; 35/40 to 33/40 (c = 2): with
# the first, 6 gained and 2 lost, P = 2 * 37/256 = 0.289.
CLAIMS = {
    "sens1": "75.0", "sens2": "90.0", "spec1": "87.5", "spec2": "82.5", "alpha": "0.05",
    "better": "", "close": "", "low": "3", "high": "7", "inside": "5", "outside": "9",
    "none1": "87.6", "coarse1": "75", "coarse2": "88", "area": "0.653",
    "zero": "0.0", "forty": "40",
    "inputs": "3", "factors": "4", "end": "2021-06", "years": "2", "four": "4.0",
}  # fmt: skip
SENSITIVITY = {"first": "sens1", "second": "sens2", "of": 40, "direction": "gained"}
SPECIFICITY = {"first": "spec1", "second": "spec2", "of": 40, "direction": "lost"}


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (
            {"check": "outperformed", "alpha": "alpha", "rows": [
                {"claim_id": "better", "model": "second", "pairs": [SENSITIVITY]}]},
            {},
        ),
        (
            {"check": "outperformed", "alpha": "alpha", "rows": [
                {"claim_id": "better", "model": "second", "pairs": [SENSITIVITY, SPECIFICITY]}]},
            {"better": "not explained"},
        ),
        ({"check": "non_inferior", "claim_id": "close", "margin": 20, "rows": [SPECIFICITY]}, {}),
        (
            {"check": "non_inferior", "claim_id": "close", "margin": 5, "rows": [SPECIFICITY]},
            {"close": "not explained"},
        ),
        (
            {"check": "non_inferior", "claim_id": "close", "rows": [SPECIFICITY]},
            {"close": "not explained"},
        ),
        (  # 87.6% is no count of 40: nothing is tested, so nothing is shown
            {"check": "non_inferior", "claim_id": "close", "margin": 20, "rows": [
                {**SPECIFICITY, "first": "none1"}]},
            {"close": "not explained"},
        ),
        (  # a curve through 75% and 88% as they are rounded has an area of at least 0.745 x 0.875
            {"check": "auroc", "rows": [
                {"auroc": "area", "positives": 40, "negatives": 40, "sensitivity": "coarse1",
                 "specificity": "coarse2"}]},
            {},
        ),
        (
            {"check": "auroc", "rows": [
                {"auroc": "area", "positives": 40, "negatives": 40, "sensitivity": "sens1",
                 "specificity": "coarse2"}]},
            {"area": "impossible"},
        ),
        (  # all of one age: Welch's analysis does not exist, and is no finding
            {"check": "random_split", "sets": [
                {"name": name, "sizes": ["forty", "forty"]} for name in ("first", "second")],
             "means": [{"name": "age", "members": [
                 {"mean": "four", "sd": "zero", "of": 40},
                 {"mean": "low", "sd": "zero", "of": 40}]}]},
            {},
        ),
        (
            {"check": "ranges", "rows": [
                {"low": "low", "high": "high", "values": ["inside", "outside"], "why": "Why."}]},
            {"outside": "contradiction"},
        ),
        (
            {"check": "equal", "rows": [
                {"first": "inputs", "second": "factors", "why": "Why."},
                {"first": "four", "second": "factors", "why": "Why."}]},
            {"inputs": "contradiction", "factors": "contradiction"},
        ),
        (
            {"check": "order", "rows": [
                {"smaller": "outside", "larger": "high"}, {"smaller": "low", "larger": "high"}]},
            {"outside": "contradiction"},
        ),
        (
            {"check": "follow_up", "end": "end", "years": "years", "published": "2023-07",
             "condition": "biopsy", "why": "Why."},
            {},
        ),
        (
            {"check": "follow_up", "end": "end", "years": "years", "published": "2023-04",
             "condition": "biopsy", "why": "Why."},
            {"end": "consistent only with", "years": "consistent only with"},
        ),
    ],
)  # fmt: skip
def test_claims_and_words(tmp_path, relation, expected):
    """Claims, ranges, dates and numbers for the same thing."""
    rows = {name: row(name, value) for name, value in CLAIMS.items()}
    related = {"title": "Claims", "source": "none", "precision": {"s???[12]": 1}}
    found = audited(tmp_path, rows, related | {"relations": [relation]})
    assert flagged(found) == expected
    assert bool(expected) == any(f.verdict != "consistent" for f in found.findings) or (
        relation["check"] == "follow_up"
    )
    shown = " ".join(check.recomputed for check in found.checks)
    if relation["check"] == "outperformed":
        assert ("0.289" if expected else "0.031") in shown


def test_what_factors_can_add(tmp_path):
    """A gain that factors without any information cannot give is not explained by them."""
    numbers = {
        "m0": "50.0", "m1": "50.0", "sd0": "9.0", "sd1": "9.0", "y0": "8", "n0": "32", "y1": "8",
        "n1": "32", "s1": "25.0", "s2": "75.0", "p1": "75.0", "p2": "72.5",
    }  # fmt: skip
    rows = {name: row(name, value) for name, value in numbers.items()}
    relation = {
        "check": "ceilings",
        "rows": [{"name": "test", "mean": ["m0", "m1"], "sd": ["sd0", "sd1"],
                  "factors": [{"counts": [["y0", "n0"], ["y1", "n1"]]}]}],
        "second_reading": [{"name": "second", "using": "test",
                            "sensitivity": {"first": "s1", "second": "s2", "of": 40},
                            "specificity": {"first": "p1", "second": "p2", "of": 40}}],
    }  # fmt: skip
    found = audited(tmp_path, rows, {"title": "Factors", "source": "none", "relations": [relation]})
    # 20 of 30 at a false positive rate of 1/30, where chance finds 1 of 30.
    assert flagged(found) == {"s2": "not explained"}
    assert "AUROC at most 0.500" in found.findings[0].arithmetic[0]
