"""Errors that were planted in an invented paper are found, and nothing else is."""

import copy
from decimal import Decimal

import pytest
from scipy import stats

import audit_paper
from audit_paper import audited, flagged

SEED = 4


@pytest.fixture(scope="module")
def clean() -> dict[str, dict[str, str]]:
    """The rows of a paper without errors."""
    return audit_paper.numbers(SEED)


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
