"""The audit of invented papers: errors that were planted are found, and nothing else is."""

import copy
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

import audit_paper
from printed_numbers import audit, read_paper
from printed_numbers.engine import COLUMNS
from printed_numbers.errors import PaperError
from printed_numbers.relations import DATA
from printed_numbers.verdicts import VERDICTS, kind, rank

PASSED = ("consistent", "not checkable")
SEED = 4


@pytest.fixture(scope="module")
def clean() -> dict[str, dict[str, str]]:
    """The rows of a paper without errors."""
    return audit_paper.numbers(SEED)


def audited(folder, rows, related=None):
    """Audit a paper from its rows."""
    return audit(
        read_paper(*audit_paper.write(folder, rows, related or audit_paper.relations(rows)))
    )


def flagged(found) -> dict[str, str]:
    """Return the numbers that did not pass, with the kind of their verdict."""
    return {name: c.kind for name, c in found.overall.items() if c.kind not in PASSED}


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**6))
def test_a_paper_without_errors_has_no_finding(tmp_path, seed):
    """Simulated patients, printed by other code: every number passes."""
    rows = audit_paper.numbers(seed)
    found = audited(tmp_path / str(seed), rows)
    assert flagged(found) == {}
    assert {finding.verdict for finding in found.findings} <= {"consistent"}


def n(rows, name) -> int:
    """Return a printed count."""
    return int(rows[name]["value"])


def count(rows, name, of) -> int:
    """Return the count behind a printed percentage."""
    return round(float(rows[name]["value"]) * n(rows, of) / 100)


def changed(rows, name, by, digits):
    """Change a printed number and keep its decimals."""
    rows[name]["value"] = audit_paper.rounded(Decimal(rows[name]["value"]) + Decimal(by), digits)


def wrong_percentage(rows):
    """A percentage 0.8 points off: it has another count, and its parts miss 100."""
    changed(rows, "yes_p_tr_pos", "0.8", 1)
    return {"yes_p_tr_pos": "impossible", "no_p_tr_pos": "contradiction"}


def wrong_count(rows):
    """A count off by one: it misses its total and its percentage."""
    changed(rows, "yes_n_tr_pos", "1", 0)
    return {
        "yes_p_tr_pos": "impossible",
        **dict.fromkeys(("yes_n_tr_pos", "no_n_tr_pos", "n_tr_pos"), "contradiction"),
    }


def impossible_mean(rows):
    """A mean of whole years that no sum of so few of them has."""
    size, mean = n(rows, "n_te_pos"), Decimal(rows["age_m_te_pos"]["value"])
    possible = {audit_paper.rounded(Decimal(k) / size, 2) for k in range(18 * size, 90 * size)}
    near = (str(mean + Decimal(step) / 100) for step in range(1, 200))
    rows["age_m_te_pos"]["value"] = next(text for text in near if text not in possible)
    return dict.fromkeys(("age_m_te_pos", "age_s_te_pos"), "impossible")


def impossible_sd(rows):
    """An SD too wide for ages from 18 to 90."""
    rows["age_s_te_neg"]["value"] = "38.00"
    return {"age_s_te_neg": "impossible"}


def another_method(rows):
    """One interval by the normal approximation, in a table that says Clopper-Pearson."""
    size = n(rows, "n_te_pos")
    share = count(rows, "first_te_pos", "n_te_pos") / size
    reach = stats.norm.ppf(0.975) * (share * (1 - share) / size) ** 0.5
    rows["first_te_pos"]["ci_low"] = audit_paper.rounded(100 * (share - reach), 1)
    rows["first_te_pos"]["ci_high"] = audit_paper.rounded(100 * (share + reach), 1)
    return {"first_te_pos": "consistent only with"}


def mistyped_interval(rows):
    """One end of an interval mistyped."""
    changed(rows, "second_tr_neg", "0", 1)
    end = Decimal(rows["second_tr_neg"]["ci_low"]) - Decimal("2.3")
    rows["second_tr_neg"]["ci_low"] = str(end)
    return {"second_tr_neg": "not explained"}


def estimate_outside(rows):
    """An interval that does not contain its estimate."""
    value = Decimal(rows["second_tr"]["value"])
    rows["second_tr"]["ci_low"] = str(value + 1)
    rows["second_tr"]["ci_high"] = str(value + 5)
    return {"second_tr": "contradiction"}


def asymptotic_p(rows):
    """McNemar's test with continuity correction where the exact one is named."""
    gained = count(rows, "second_te_pos", "n_te_pos") - count(rows, "first_te_pos", "n_te_pos")
    p = stats.chi2.sf((gained - 1) ** 2 / gained, 1)  # c = 0: (b - 1)^2 / b
    assert audit_paper.rounded(p, 3) != rows["p_pos"]["value"]
    rows["p_pos"]["value"] = audit_paper.rounded(p, 3)
    return {"p_pos": "consistent only with"}


def unpaired_p(rows):
    """Fisher's test of two groups where the same cases were read twice."""
    size = n(rows, "n_te_neg")
    table = [
        [count(rows, name, "n_te_neg"), size - count(rows, name, "n_te_neg")]
        for name in ("first_te_neg", "second_te_neg")
    ]
    rows["p_neg"]["value"] = audit_paper.rounded(stats.fisher_exact(table).pvalue, 3)
    return {"p_neg": "consistent only with"}


def no_test_p(rows):
    """A P value of no test."""
    rows["p_neg"]["value"] = "0.444"
    return {"p_neg": "not explained"}


def wrong_accuracy(rows):
    """An accuracy, with its interval, that the two classes do not have."""
    right = count(rows, "first_te", "n_te") + 4
    rows["first_te"]["value"] = audit_paper.percent(right, n(rows, "n_te"))
    ends = audit_paper.clopper_pearson(right, n(rows, "n_te"))
    rows["first_te"]["ci_low"], rows["first_te"]["ci_high"] = ends
    return {"first_te": "impossible"}


def wrong_copy(rows):
    """The text says another percentage than the table."""
    changed(rows, "text", "1", 0)
    return {"text": "contradiction"}


def wrong_list(rows):
    """Four scanners, and three are listed."""
    rows["scanners"]["value"] = "4"
    return {"scanners": "contradiction"}


def impossible_auroc(rows):
    """An AUROC above what the best operating point allows."""
    rows["auroc"]["value"] = "0.99"
    return {"auroc": "impossible"}


def other_denominator(rows):
    """A column computed on more cases than are stated."""
    size = n(rows, "n_tr_neg") + 13
    for name, part in (("first_tr_neg", 0.829), ("second_tr_neg", 0.707)):
        k = round(part * size)
        rows[name]["value"] = audit_paper.percent(k, size)
        rows[name]["ci_low"], rows[name]["ci_high"] = audit_paper.clopper_pearson(k, size)
    for model in ("first", "second"):  # accuracies that fit, so that nothing else is wrong
        right = sum(
            float(rows[f"{model}_tr_{c}"]["value"]) * n(rows, f"n_tr_{c}") / 100
            for c in ("neg", "pos")
        )
        rows[f"{model}_tr"]["value"] = audit_paper.percent(round(right), n(rows, "n_tr"))
        ends = audit_paper.clopper_pearson(round(right), n(rows, "n_tr"))
        rows[f"{model}_tr"]["ci_low"], rows[f"{model}_tr"]["ci_high"] = ends
    return dict.fromkeys(("first_tr_neg", "second_tr_neg"), "impossible")


PLANTS = (
    wrong_percentage, wrong_count, impossible_mean, impossible_sd, another_method,
    mistyped_interval, estimate_outside, asymptotic_p, unpaired_p, no_test_p, wrong_accuracy,
    wrong_copy, wrong_list, impossible_auroc,
)  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_error_is_found_and_nothing_else(clean, tmp_path, plant):
    """Each error gets its verdict; every other number still passes."""
    rows = copy.deepcopy(clean)
    expected = plant(rows)
    related = audit_paper.relations(clean)  # the claims stay those of the paper
    found = audited(tmp_path, rows, related)
    assert flagged(found) == expected
    wrong = [finding for finding in found.findings if finding.verdict != "consistent"]
    assert wrong and all(set(finding.ids) & expected.keys() for finding in wrong)


def test_several_errors_at_once(clean, tmp_path):
    """A paper with errors in every part of it: each is found, and nothing else."""
    rows, expected = copy.deepcopy(clean), {}
    for plant in (wrong_percentage, impossible_mean, impossible_sd, estimate_outside, asymptotic_p,
                  no_test_p, wrong_list, impossible_auroc):  # fmt: skip
        expected |= plant(rows)
    found = audited(tmp_path, rows, audit_paper.relations(clean))
    assert flagged(found) == expected


def test_the_true_denominator_is_found(clean, tmp_path):
    """A column of another size: the stated one is impossible, and the search names the true one."""
    rows = copy.deepcopy(clean)
    expected = other_denominator(rows)
    found = audited(tmp_path, rows)
    got = flagged(found)
    assert {name: got.get(name) for name in expected} == expected
    true = n(rows, "n_tr_neg") + 13
    searched = [c for c in found.checks if c.check == "denominator of its column"]
    shown = {c.id: c.recomputed for c in searched if c.id in expected}
    assert shown == dict.fromkeys(expected, str(true))
    # Accuracies of both classes together now lack a count of the sizes found, and that is all.
    assert got.keys() - expected.keys() <= {"first_tr", "second_tr"}


def test_a_gate_that_is_not_kept(clean, tmp_path):
    """A specificity that rises where no positive call can be taken back."""
    rows = copy.deepcopy(clean)
    size = n(rows, "n_te_neg")
    k = count(rows, "first_te_neg", "n_te_neg") + 1
    rows["second_te_neg"]["value"] = audit_paper.percent(k, size)
    ends = audit_paper.clopper_pearson(k, size)
    rows["second_te_neg"]["ci_low"], rows["second_te_neg"]["ci_high"] = ends
    found = audited(tmp_path, rows, audit_paper.relations(clean))
    got = flagged(found)
    assert got["second_te_neg"] == "impossible"
    assert got["procedure"] == "contradiction"
    # The specificity belongs to an accuracy and to a P value, which no longer fit it.
    assert got.keys() <= {"second_te_neg", "procedure", "second_te", "p_neg"}


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


def test_bad_relations_are_listed_at_once(clean, tmp_path):
    """Ids that are not there and checks that do not exist: every one is named."""
    related = audit_paper.relations(clean)
    related["relations"] += [
        {"check": "copies", "rows": [{"copy": "nobody", "of": "text"}]},
        {"check": "copies", "rows": [{"copy": "text", "of": "nothing"}]},
    ]
    with pytest.raises(PaperError) as raised:
        audited(tmp_path, clean, related)
    assert len(raised.value.problems) == 2
    related["relations"] = [{"check": "magic"}, {"check": "copies", "row": []}]
    with pytest.raises(PaperError) as raised:
        audited(tmp_path, clean, related)
    assert len(raised.value.problems) == 2
    assert "'magic'" in raised.value.problems[0]


def test_a_bad_table_is_refused(clean, tmp_path):
    """Ids that are there twice and fields that are no numbers are named, all of them."""
    table, relation = audit_paper.write(tmp_path, clean, audit_paper.relations(clean))
    text = table.read_text(encoding="utf-8").splitlines()
    table.write_text(
        "\n".join([*text, text[1].replace(",550,", ",many,")]) + "\n", encoding="utf-8"
    )
    with pytest.raises(PaperError) as raised:
        read_paper(table, relation)
    assert [("twice" in p, "'many'" in p) for p in raised.value.problems] == [
        (True, False),
        (False, True),
    ]


def test_every_number_of_the_paper_has_one_overall_row():
    """The project's own paper: a row a check, one overall row for every id, verdicts as defined."""
    found = audit(read_paper())
    table = found.table()
    published = pd.read_csv(DATA / "published_numbers.csv", dtype=str)
    assert tuple(table.columns) == COLUMNS
    overall = table[table["check"] == "overall"]
    assert list(overall["id"]) == list(published["id"])
    assert {kind(verdict) for verdict in table["verdict"]} <= set(VERDICTS)
    assert table["explanation"].str.len().min() > 10
    verdict = dict(zip(overall["id"], overall["verdict"], strict=True))
    # By hand: 133/288 is 46.18; 54/60 cannot become 55/60 if no positive call is taken back;
    # 193/288 and 194/288 are 67.01 and 67.36; SD of values in 0 to 0.99 with mean 0.71 <= 0.449.
    for name in ("T1C7tr_mp", "T2_08", "T2_10", "T2_11", "T1S1s"):
        assert verdict[name] == "impossible", name
    assert verdict["T2_01"].startswith("consistent only with")
    assert verdict["D22"] == "contradiction"
    assert verdict["C01"] == "consistent"
    assert verdict["D30"] == "not checkable"
    lines = " ".join(line for finding in found.findings for line in finding.arithmetic)
    assert "of 841 calls 27 became right and 26 wrong; exact McNemar test P = 1.000" in lines
    assert "of 841 calls 15 became right and 12 wrong" in lines
    titles = " ".join(finding.title for finding in found.findings)
    assert "higher in the other set (0.533)" in titles and "(0.524)" in titles
    assert "SDs that are possible only with values below 0.1 cm" in titles
    ranked = [finding.points for finding in found.findings]
    assert ranked == sorted(ranked, reverse=True)
    assert rank(found.findings[::-1], found.paper.prominence())[0] == found.findings[0]
    # What the report shows; after a change of the audit results/audit/findings.csv is the new one.
    shown = found.findings_table().to_csv(index=False, lineterminator="\n", na_rep="")
    assert (DATA / "findings.csv").read_text(encoding="utf-8") == shown


def test_the_table_is_the_shared_one(shared):
    """The project's copy of the published numbers is the published table."""
    theirs = (shared / "paper/published_numbers.csv").read_bytes()
    assert (DATA / "published_numbers.csv").read_bytes() == theirs
