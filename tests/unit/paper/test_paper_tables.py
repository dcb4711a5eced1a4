"""Tables 1 and 2 against the paper's own text, and their three forms."""

import re

import numpy as np
import pandas as pd
import pytest

import paper_models
import paper_run
from diagnostic_accuracy.printing import (
    Heading,
    PrintedTable,
    Row,
    as_latex,
    as_markdown,
)
from smallmass.evaluation.cases import AS_INDEPENDENT
from smallmass.files import read_csv
from smallmass.paper.page_notes import PageNotes, page_notes
from smallmass.paper.table1 import NOT_RECORDED, table1
from smallmass.paper.table2 import long_form, table2
from smallmass.paper.writing import as_html, write_table
from smallmass.status import NO_FACTORS
from study_settings import study_settings

SETTINGS = study_settings()
NO_NOTES = PageNotes(cohort=[], models=[], factors=[], density=[], cross_fitting=[])
CELLS = [(split, label) for split in ("training", "validation", "test")
         for label in ("benign", "malignant")]  # fmt: skip
SECTIONS = {
    "Family history of breast cancer": ("family_history", {"Yes": "yes", "No": "no"}),
    "BRCA mutation": ("brca_mutation", {"Yes": "yes", "No": "no"}),
    "Breast composition": ("breast_density", {
        "Fatty breast": "fatty", "Scattered fibroglandular density": "scattered",
        "Heterogeneously dense": "heterogeneous", "Extremely dense": "extreme"}),
}  # fmt: skip
COUNT = re.compile(r"\d+ \(\d+\.\d\)")


@pytest.fixture(scope="module")
def printed_rows(shared):
    """The count rows of the paper's Table 1: (section, row) to its six strings."""
    text = (shared / "paper" / "paper.txt").read_text(encoding="utf-8")
    text = text[text.index("Table 1 Clinical") : text.index("Data are expressed as n (%)")]
    rows, section = {}, ""
    for line in map(str.strip, text.splitlines()):
        if line in SECTIONS:
            section = line
        elif len(found := COUNT.findall(line)) == 6:
            rows[section, line[: line.index(found[0])].strip()] = found
    assert len(rows) == 8
    return rows


def cohort_of(printed_rows):
    """A cohort with the paper's counts in each split and class, and its split."""
    frames = []
    for position, (split, label) in enumerate(CELLS):
        columns = {}
        for section, (name, levels) in SECTIONS.items():
            counts = [int(printed_rows[section, row][position].split()[0]) for row in levels]
            columns[name] = np.repeat(list(levels.values()), counts)
        frame = pd.DataFrame(columns)
        frame["case_id"] = [f"{split}-{label}-{i}" for i in range(len(frame))]
        frames.append(frame.assign(split=split, label=label, cohort="hospital"))
    table = pd.concat(frames, ignore_index=True)
    table["patient_id"] = table["case_id"]
    table["age_years"], table["diameter_cm"] = 50.0, 0.7
    return table.drop(columns="split"), table[["case_id", "split"]]


def _notes(cases):
    return page_notes(cases, "synthetic", SETTINGS)


def test_table1_prints_the_papers_counts_and_percentages(printed_rows):
    """Built from the printed counts, every row is the paper's own text, but for one cell.

    The paper prints 133 of 288 as 46.1; it is 46.18, which rounds to 46.2.
    """
    table = table1(*cohort_of(printed_rows), notes=NO_NOTES)
    below = [cell.text for cell in table.header[1]]
    assert below[1:3] == ["Benign (n=513)", "Malignant (n=288)"]
    section, seen = "", {}
    for row in table.rows:
        if row.kind == "item":
            seen[section, row.cells[0]] = list(row.cells[1:])
        else:
            section = row.cells[0]
    slip = ("Breast composition", "Heterogeneously dense")
    assert printed_rows[slip][1] == "133 (46.1)"
    assert seen[slip][1] == "133 (46.2)"
    seen[slip][1] = printed_rows[slip][1]
    assert seen == printed_rows


def test_table1_shows_what_is_unknown():
    """Unknown cases have a row of their own; a factor nobody has says so."""
    cases = paper_run.cohort()
    cases.loc[0, "age_years"] = np.nan
    cases.loc[0, "family_history"] = "unknown"
    cases["brca_mutation"] = "unknown"
    rows = table1(cases, paper_run.split(cases), notes=_notes(cases)).rows
    unknown = [row.cells[1:3] for row in rows if row.cells[0] == "Unknown"]
    assert unknown == [("1 (3.3)", "0 (0.0)")] * 2
    brca = next(row for row in rows if row.cells[0] == "BRCA mutation")
    assert brca.cells[1] == NOT_RECORDED


def test_table1_names_the_set_of_each_part_where_there_are_several():
    """Of one set alone it names none, as the paper's does not."""
    cases = paper_run.cohort()
    split = paper_run.split(cases)
    cases.loc[(split["split"] == "test").to_numpy(), "diameter_cm"] *= 2
    one = table1(cases, split, notes=_notes(cases), limits=SETTINGS.cohort)
    cases["cohort"] = split["split"].map(
        {"training": "busbra", "validation": "busbra", "test": "breast"}
    )
    cases.loc[cases.index[0], "cohort"] = "busi"  # trains
    several = table1(cases, split, notes=_notes(cases), limits=SETTINGS.cohort)
    assert [heading.text for heading in one.header[0][1:]] == [
        "Training data set",
        "Validation data set",
        "Testing data set",
        "Testing data set, under 1 cm",
    ]
    assert [heading.text for heading in several.header[0][1:]] == [
        "Training data set (BUSI, BUS-BRA)",
        "Validation data set (BUS-BRA)",
        "Testing data set (BrEaST)",
        "Testing data set (BrEaST), under 1 cm",
    ]
    assert [row.cells for row in one.rows] == [row.cells for row in several.rows]


def test_table1_says_when_lesions_are_of_all_sizes_and_not_simulated():
    """Without diameters the cohort is not one of small masses, and the table says so."""
    cases = paper_run.cohort(clinical=False, name="busbra")
    notes = " ".join(table1(cases, paper_run.split(cases), notes=_notes(cases)).notes)
    assert "all sizes" in notes
    assert "Simulated" not in notes


def _table2(clinical=True, name="phantom", **changes):
    cases = paper_run.cohort(clinical=clinical, name=name)
    scores = paper_run.predictions(cases, paper_run.split(cases), clinical=clinical)
    table = paper_run.performance(scores, clinical=clinical)
    return table, table2(
        performance=changes.get("performance", table),
        comparisons=paper_run.comparisons(scores, clinical=clinical),
        operating_points=paper_models.operating_points(clinical=clinical),
        settings=SETTINGS,
        notes=_notes(cases),
    )


def test_table2_prints_one_decimal_half_up_in_the_papers_layout():
    """38 of 60 malignant test lesions: 63.3, as the paper has it."""
    table, _ = _table2()
    chosen = (
        (table["split"] == "test") & (table["model"] == "image")
        & (table["metric"] == "sensitivity")
    )  # fmt: skip
    numbers = ["estimate", "ci_low", "ci_high", "numerator", "denominator"]
    table.loc[chosen, numbers] = [38 / 60, 0.511, 0.755, 38, 60]
    _, result = _table2(performance=table)
    assert result.rows[0].cells[:3] == ("Test set", "Image model", "63.3 (51.1–75.5)")
    titles = [row.cells[0] for row in result.rows if row.cells[0]]
    assert titles == ["Test set", "Validation set", "Training set"]
    assert result.rows[3].cells[1:] == (
        "P, Combined (regression) vs. image", "0.003 (Holm 0.012)", "0.003 (Holm 0.012)", "–",
    )  # fmt: skip
    assert any("no evidence" in note for note in result.notes)
    assert any("not pretrained" in note for note in result.notes)


def test_table2_without_clinical_factors_says_why():
    """Nothing is made up, and no P value stands for a model that is not there."""
    _, result = _table2(clinical=False, name="busbra")
    assert "all sizes" in " ".join(result.notes)
    regression = [row for row in result.rows if "regression" in row.cells[1]]
    assert {row.cells[2] for row in regression} == {paper_run.REASON}
    assert {row.cells[3:] for row in regression} == {("not estimable", "not estimable")}
    assert not any(row.cells[1].startswith("P,") for row in result.rows)
    assert not any("no evidence" in note for note in result.notes)


def test_table2_names_the_cohort_that_a_reason_or_a_caveat_is_about():
    """No factors in BUS-BRA, whose patients alone have several lesions: BrEaST's have neither."""
    table, _ = _table2()
    table = paper_run.crossed(table)
    here = table["cohort"] == "busbra"
    lost = here & (table["model"] != "image")
    table.loc[lost, ["estimate", "ci_low", "ci_high"]] = np.nan
    table["note"] = np.where(here, AS_INDEPENDENT, "")
    table.loc[lost, "note"] = str(NO_FACTORS)
    _, result = _table2(performance=table)
    cells = [cell for row in result.rows for cell in row.cells]
    assert cells.count("not estimable: no clinical factors in BUS-BRA") == 4
    assert any(n.startswith("Some patients of BUS-BRA have several cases") for n in result.notes)
    _, result = _table2(performance=table[table["split"] == "test"])
    assert not any("several cases" in note for note in result.notes)


def test_table2_gives_out_of_fold_training_its_own_block():
    """In-sample and out-of-fold results of training are never mixed (A28)."""
    table, _ = _table2()
    extra = table[table["split"] == "training"].assign(fit="out_of_fold")
    _, result = _table2(performance=pd.concat([table, extra]))
    titles = [row.cells[0] for row in result.rows if row.cells[0]]
    assert titles[-2:] == ["Training set", "Training set (out-of-fold)"]


def test_the_long_form_has_every_metric_of_every_model_once():
    """One row a row of performance.csv, unestimable ones with their reason."""
    table, _ = _table2(clinical=False)
    long = long_form(table)
    assert len(long) == len(table)
    assert (long.loc[long["model"] == "Clinical model", "printed"] == paper_run.REASON).all()


def test_the_long_form_has_the_spread_between_seeds_beside_the_interval():
    """SD and range of 60, 63.3 and 66.7 %, on the row of the mean score alone."""
    table, _ = _table2(clinical=False)
    key = (table["model"] == "image") & (table["metric"] == "sensitivity")
    one = table[key & (table["split"] == "test")].iloc[[0]]
    seeds = [one.assign(seed=str(i), estimate=k / 30) for i, k in enumerate((18, 19, 20))]
    long = long_form(pd.concat([table, *seeds]))
    printed = long[long["spread_between_seeds"] != ""]
    assert printed["spread_between_seeds"].tolist() == ["SD 3.3 (60.0–66.7), 3 seeds"]
    assert printed["seed"].tolist() == ["all"]


@pytest.fixture
def both_tables():
    """Tables 1 and 2 of a made-up run."""
    cases = paper_run.cohort()
    return [table1(cases, paper_run.split(cases), notes=_notes(cases)), _table2()[1]]


def test_latex_columns_balance(both_tables):
    """Every row of the tabular has as many columns as its specification, spans counted."""
    for table in both_tables:
        text = as_latex(table)
        columns = len(re.search(r"\\begin\{tabular\}\{(\w+)\}", text)[1])
        body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
        rows = [line for line in body.splitlines() if line.endswith(r"\\")]
        assert len(rows) == len(table.rows) + len(table.header)
        for line in rows:
            spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d+)\}", line)]
            cells = len(re.findall(r"(?<!\\)&", line)) + 1
            assert cells + sum(spans) - len(spans) == columns
        assert not re.search(r"(?<!\\)%(?! needs)", text)
        assert text.count(r"\begin{") == text.count(r"\end{")


def test_csv_md_and_html_hold_every_cell_and_note(both_tables, tmp_path):
    """The three forms are one table; the CSV reads back."""
    for table in both_tables:
        write_table(table, **{form: tmp_path / f"t.{form}" for form in ("csv", "md", "tex")})
        back = read_csv(tmp_path / "t.csv").fillna("")
        assert len(back) == len(table.rows) + len(table.notes)
        assert [str(value) for value in back.iloc[0]] == list(table.rows[0].cells)
        markdown, page = as_markdown(table), as_html(table)
        for row in table.rows:
            for cell in row.cells:
                assert cell in markdown
                assert cell in page
        for note in table.notes:
            assert note in page


def test_a_table_with_a_short_row_is_refused():
    """A row that does not fill the columns never reaches a file."""
    header = ((Heading("a"), Heading("b")),)
    with pytest.raises(ValueError, match="does not have 2 cells"):
        PrintedTable("Table 9", "t", header, (Row(("only one",)),))
