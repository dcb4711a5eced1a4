"""The audit of whole papers: without errors, one that cannot be read, the project's own."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import audit_paper
from audit_paper import audited, flagged
from printed_numbers import audit, read_paper
from printed_numbers.engine import COLUMNS
from printed_numbers.errors import PaperError
from printed_numbers.relations import DATA
from printed_numbers.verdicts import VERDICTS, kind, rank


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


def test_bad_relations_are_listed_at_once(tmp_path):
    """Ids that are not there and checks that do not exist: every one is named."""
    rows = audit_paper.numbers(seed=4)
    related = audit_paper.relations(rows)
    related["relations"] += [
        {"check": "copies", "rows": [{"copy": "nobody", "of": "text"}]},
        {"check": "copies", "rows": [{"copy": "text", "of": "nothing"}]},
    ]
    with pytest.raises(PaperError) as raised:
        audited(tmp_path, rows, related)
    assert len(raised.value.problems) == 2
    related["relations"] = [{"check": "magic"}, {"check": "copies", "row": []}]
    with pytest.raises(PaperError) as raised:
        audited(tmp_path, rows, related)
    assert len(raised.value.problems) == 2
    assert "'magic'" in raised.value.problems[0]


def test_a_bad_table_is_refused(tmp_path):
    """Ids that are there twice and fields that are no numbers are named, all of them."""
    rows = audit_paper.numbers(seed=4)
    table, relation = audit_paper.write(tmp_path, rows, audit_paper.relations(rows))
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
