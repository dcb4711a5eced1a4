"""What the report's later sections say: how to cite, checklists counted, costs, two figures."""

import re

import numpy as np
import pandas as pd
import pytest

import paper_run
from smallmass import style
from smallmass.evaluation.decision_curves import decision_curves
from smallmass.evaluation.subgroups import subgroups
from smallmass.paper import decision_plot, forest_plot, further_tables
from smallmass.paper.citation import citation
from smallmass.paper.record_tables import audit_table, costs, counts_table
from smallmass.words import CALLING
from study_settings import study_settings

CFF = (paper_run.REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scores() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions and cohort of a made-up run."""
    cases = paper_run.cohort()
    return paper_run.predictions(cases, paper_run.split(cases)), cases


def test_the_paper_is_cited_as_it_asks_to_be():
    """Its own last line of the abstract's page: authors, title, volume, issue, pages."""
    found = citation(CFF, ["phantom"], None)
    assert found["paper"].startswith("Bong JH, Kim TH, Jeong S. ")
    assert "2023;13(4):2486–2495, doi 10.21037/qims-22-880" in found["paper"]
    assert found["data"] == []
    entry = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", found["bibtex"], re.MULTILINE))
    assert entry["pages"] == "2486--2495" and entry["number"] == "4"
    assert found["bibtex"].count("{") == found["bibtex"].count("}")


def test_a_study_of_public_sets_cites_each_of_them_alone():
    found = citation(CFF, ["busbra", "breast"], "9.9")
    assert [text.partition(",")[0] for text in found["data"]] == ["Gómez-Flores W", "Pawłowska A"]
    assert "Version 9.9" in found["software"]


def test_items_are_counted_by_who_fills_them_in():
    answers = ["Yes.", "For the authors.", "BUS-BRA; the wording is for the authors.", "Note"]
    table = pd.DataFrame({"Item": ["1", "2", "3", "Note: x"], "In this run": answers})
    (row,) = counts_table({"claim": table}).rows
    assert row.cells == ("CLAIM", "3", "1", "1", "1")


def test_the_audits_findings_leave_out_what_is_consistent():
    findings = pd.DataFrame({"verdict": ["impossible", "consistent"], "title": ["a", "b"],
                             "shown": ["c", "d"], "likely": [np.nan, "e"]})  # fmt: skip
    assert [row.cells for row in audit_table(findings).rows] == [("a", "impossible", "c", "–")]


def test_costs_are_sums_and_the_largest():
    row = {"rule": "a", "seconds": 90.0, "cpu_seconds": 3600.0, "max_rss_mib": 2048.0}
    short = {"rule": "b", "seconds": 30.0, "cpu_seconds": None, "max_rss_mib": None}
    text = costs([row, short])
    assert "take 2 min 00 s, of which a takes 1 min 30 s; 1.00 hours" in text
    assert "2.0 GiB" in text


def test_places_of_one_prevalence_share_a_panel(scores):
    """The made-up test set is as malignant as its cohort: two panels of three places."""
    curves = decision_curves(*scores, study_settings())
    assert curves["at"].nunique() == 3 and curves["prevalence"].nunique() == 2
    svg = decision_plot.draw(curves)
    assert len(re.findall(rb'id="axes_\d+"', svg)) == 2
    assert decision_plot.draw(curves.iloc[:0]) is None


def test_the_forest_has_a_mark_a_group_model_and_metric(scores):
    """Marks are counted in the drawing: rows of the table that have an estimate."""
    table = subgroups(*scores, study_settings())
    known = table["estimate"].notna().sum()
    svg = forest_plot.draw(table).decode("utf-8")
    colours = "|".join(style.MODEL_COLOURS[model].lower() for model in CALLING)
    marks = re.findall(rf'<use [^>]*style="fill: (?:{colours})', svg)
    assert len(marks) == known + len(CALLING)  # the legend has one of each
    assert forest_plot.draw(table.iloc[:0]) is None


def test_groups_stand_by_density_as_table_1_has_them(scores):
    """From fatty to extreme, in the forest plot and in the table."""
    order = ["fatty", "scattered", "heterogeneous", "extreme"]
    predictions, cohort = scores
    table = subgroups(predictions, cohort, study_settings())
    drawn = forest_plot._rows(table)
    assert [group for name, group in drawn if name == "breast_density" and group] == order
    printed = further_tables._groups({"subgroups": table})
    shown = [row.cells[0] for row in printed.rows if row.cells[0] in order]
    assert shown[: len(order)] == order


def test_predictive_values_are_printed_with_their_unit():
    assert further_tables._heading("ppv") == "PPV (%)"
    assert further_tables._heading("cancers missed in 1000 lesions").endswith("lesions")
