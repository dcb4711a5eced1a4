"""Cells of Tables 1 and 2 lead to the row that they are printed from."""

import pytest

import paper_run
from diagnostic_accuracy.printing import P_ROW, PLAIN, Heading, PrintedTable, Row
from diagnostic_accuracy.rounding import DASH
from smallmass.paper import cell_links
from smallmass.paper.plain_table import plain_table
from smallmass.paper.report_tables import comparisons_table

HEADER = tuple(map(Heading, ("Dataset", "Models", "Sensitivity (%)", "Specificity (%)", "Other")))
TABLE2 = PrintedTable("Table 2", "", (HEADER,), (
    Row(("Test set", "Image model", "1", DASH, "1"), PLAIN),
    Row(("", "P, Combined (regression) vs. image", "0.008", "1.000", DASH), P_ROW),
    Row(("", "P, Combined (decision tree) vs. image", "0.008", "0.063", DASH), P_ROW),
    Row(("Training set", "Image model", "1", "1", "1"), PLAIN),
    Row(("", "P, Combined (regression) vs. image", "0.5", "0.5", DASH), P_ROW),
))  # fmt: skip


@pytest.fixture(scope="module")
def compared():
    """The comparisons of a made-up run."""
    cases = paper_run.cohort()
    return comparisons_table(
        paper_run.comparisons(paper_run.predictions(cases, paper_run.split(cases)))
    )


def test_a_p_leads_to_its_own_row_of_the_comparisons(compared):
    links = cell_links.table2_links(TABLE2, [], compared)
    rows = {name: place for place, name in cell_links.comparison_anchors(compared).items()}
    assert len(rows) == len(compared.rows)
    led = {place: compared.rows[rows[name]].cells[:3] for place, name in links.items()}
    assert led == {
        (1, 2): ("test", "Combined (regression)", "sensitivity"),
        (1, 3): ("test", "Combined (regression)", "specificity"),
        (2, 2): ("test", "Combined (decision tree)", "sensitivity"),
        (2, 3): ("test", "Combined (decision tree)", "specificity"),
        (4, 2): ("training", "Combined (regression)", "sensitivity"),
        (4, 3): ("training", "Combined (regression)", "specificity"),
    }


def test_a_p_that_may_be_of_several_rows_leads_to_all_of_them(compared):
    first = compared.rows[0].cells
    twice = plain_table("", [""] * len(first), [first, ("test, under 1 cm", *first[1:])], texts=3)
    links = cell_links.table2_links(TABLE2, [], twice)
    assert links[1, 2] == cell_links.COMPARISONS


def test_a_dash_leads_nowhere(compared):
    known = [{0: "test-set-image-model-specificity", 1: "test-set-image-model-sensitivity"}]
    assert (0, 3) not in cell_links.table2_links(TABLE2, known, compared)
    header = (tuple(map(Heading, ("", "Benign", "Malignant"))),)
    table1 = PrintedTable("Table 1", "", header, (Row(("Age (years)", "46±9", DASH), PLAIN),))
    assert set(cell_links.table1_links(table1)) == {(0, 1)}
