"""Tables of the report page: notes that rows share, headings of groups, decimals of claims."""

import re

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from smallmass.paper.plain_table import lettered, plain_table
from smallmass.paper.report_tables import comparisons_table, scorecard_table
from smallmass.paper.writing import as_html

PARTS = st.lists(
    st.sampled_from(["fitted here", "chosen here", "of 19 lesions", "one <seed>"]),
    max_size=3,
    unique=True,
)


@given(st.lists(PARTS, max_size=8))
def test_letters_and_their_lines_say_what_the_notes_said(rows):
    cells, lines = lettered(["; ".join(row) for row in rows])
    meaning = dict(re.fullmatch(r"(\w): (.+)\.", line).groups() for line in lines)
    for row, cell in zip(rows, cells, strict=True):
        marks, _, alone = cell.partition("; ")
        if not set(marks.split(", ")) <= set(meaning):
            marks, alone = "", cell
        letters = [mark for mark in marks.split(", ") if mark]
        assert letters == sorted(letters)
        said = [meaning[letter] for letter in letters] + [x for x in alone.split("; ") if x]
        assert sorted(said) == sorted(row)
    for part in meaning.values():
        assert sum(part in row for row in rows) > 1


def test_more_notes_than_letters_stay_as_they_are():
    notes = ["; ".join(f"note {i}" for i in range(27))] * 2
    assert lettered(notes) == (notes, [])


def test_groups_have_one_heading_and_text_is_escaped():
    page = as_html(plain_table(
        "A & B", ["Metric", "Value", "Note"], [["x", 1, ""], ["y", None, "<b>"], ["x", 2, ""]],
        groups=["first", "first", "second <"], notes=["a: 5 < 6."],
    ))  # fmt: skip
    assert page.count('scope="rowgroup" colspan="3"') == 2
    assert page.count('<th scope="row">') == 3
    assert page.count("<tbody>") == page.count("</tbody>") == 2
    for text in ("A &amp; B", "second &lt;", "&lt;b&gt;", "<p>a: 5 &lt; 6.</p>", "<td>–</td>"):
        assert text in page
    assert as_html(plain_table("none", ["Metric"], [])).count("<tr>") == 1


def test_claims_have_the_decimals_of_the_paper():
    line = {"ci_low": None, "ci_high": None, "verdict": "reproduced", "rule": "a rule"}
    page = as_html(scorecard_table(pd.DataFrame([
        {**line, "claim": "AUROC of the image model", "published": 0.85, "reproduced": 0.8402,
         "ci_low": 0.7702, "ci_high": 0.9104},
        {**line, "claim": "specificity (%) of the image model", "published": 90.0,
         "reproduced": 66.6667, "ci_low": 53.3127, "ci_high": 78.3131},
        {**line, "claim": "more sensitive (P)", "published": 0.003, "reproduced": 0.00004},
        {**line, "claim": "noninferior specificity (difference, points)", "published": "yes",
         "reproduced": -6.667, "ci_low": -15.925, "ci_high": -0.248},
        {**line, "claim": "outperformed", "published": "yes", "reproduced": None},
    ])))  # fmt: skip
    for cell in ("0.84 (0.77–0.91)", "90.0", "66.7 (53.3–78.3)", "0.003", "&lt;0.001",
                 "−6.7 (−15.9 to −0.2)", "yes", "–"):  # fmt: skip
        assert f">{cell}</td>" in page


def test_a_rule_that_several_claims_share_stands_once_below_them():
    lines = [
        {"claim": name, "published": "yes", "reproduced": "yes", "ci_low": None, "ci_high": None,
         "verdict": "reproduced", "rule": rule}
        for name, rule in (("first", "if so"), ("second", "if not"), ("third", "if so"))
    ]  # fmt: skip
    page = as_html(scorecard_table(pd.DataFrame(lines)))
    assert page.count("if so") == page.count("if not") == 1
    assert re.findall(r">(\d)</td></tr>", page) == ["1", "2", "1"]
    assert "<p>Rule 1: if so.</p>" in page


def test_comparisons_say_once_what_several_rows_say():
    shared = "cases of one patient taken as independent"
    line = {"cohort": "clinic", "subset": "all", "split": "test", "fit": "held_out",
            "model_a": "image", "model_b": "tree", "gained": 3, "lost": 0, "p_value": 0.25,
            "p_holm": 0.5, "test": "McNemar, exact", "difference": 0.05, "ci_low": -0.01,
            "ci_high": 0.1, "ci_method": "Newcombe, method 10"}  # fmt: skip
    page = as_html(comparisons_table(pd.DataFrame([
        {**line, "metric": "sensitivity", "note": shared},
        {**line, "metric": "specificity", "note": f"{shared}; 2 cases left out"},
    ])))  # fmt: skip
    assert page.count(shared) == 1
    assert f"<p>a: {shared}.</p>" in page
    assert ">a; 2 cases left out</td>" in page
