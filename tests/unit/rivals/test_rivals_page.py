"""The report's section of rivals: with and without them."""

import re

import numpy as np
import pandas as pd
import pytest

from readers import drawn
from scanned import drawn_scores, scanned, split_of
from smallmass.paper.report import _embedded
from smallmass.paper.rivals_section import RivalFiles, section
from smallmass.paper.writing import template
from smallmass.retrained.curve import curve_numbers
from smallmass.retrained.drop import by_scanner, read_twice
from smallmass.retrained.folds import fold_trainings
from smallmass.retrained.learning_figure import draw as draw_curve
from smallmass.retrained.numbers import DEVICE, FOLD, by_group
from smallmass.retrained.out_of_fold import out_of_fold
from smallmass.retrained.scanners import scanner_trainings
from smallmass.rivals.birads import birads_part, within_categories
from smallmass.rivals.comparison import rivals
from smallmass.rivals.forest import draw
from smallmass.rivals.patients_needed import patients_needed
from smallmass.rivals.printed import within_table
from smallmass.weak.lesions import map_table
from study_settings import study_settings

SETTINGS = study_settings({"cross_fitting.folds": 3, "cross_fitting.repeats": 1})


def shown(files: RivalFiles | None) -> str:
    return template("page/rivals.html.j2").render(
        rivals=section(files, _embedded), study="busbra", simulated=False
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """The section of a made-up study with readers."""
    predictions, cohort = drawn(n=60)
    part = birads_part(predictions, cohort, SETTINGS)
    given = {"predictions": predictions, "cohort": cohort, "settings": SETTINGS}
    table = rivals([part], costs={"birads": 1.5}, **given)
    folder = tmp_path_factory.mktemp("page")
    draw(table, [], svg=folder / "forest.svg", png=folder / "forest.png")
    record = {"left_out": ["Plain features of nothing: none"]}
    needed = patients_needed([part], **given)
    within = within_categories(predictions, cohort, SETTINGS)
    tables = {"within_birads": within, "weak_maps": of_maps(predictions, cohort)}
    return shown(RivalFiles(table, [record], needed, folder / "forest.svg", tables))


def of_maps(predictions: pd.DataFrame, cohort: pd.DataFrame) -> pd.DataFrame:
    """Return where maps of a classifier from labels alone point: inside every other lesion."""
    cases = predictions[["case_id", "split"]].drop_duplicates("case_id")
    lesions = cases.assign(pointing=np.arange(len(cases)) % 2, dice=0.25)
    own = cases.assign(fit="held_out", found=1, dice=0.75)
    return map_table(
        lesions, own, predictions=predictions, cohort=cohort, limits=SETTINGS.cohort,
        confidence=0.95,
    )  # fmt: skip


def test_every_rival_its_meaning_and_what_was_left_out_are_on_the_page(page):
    for words in (
        "BI-RADS ≥ 4A", "BI-RADS ≥ 4B", "BI-RADS and image score", "the reader saw the whole",
        "Left out: Plain features of nothing: none.", "within each BI-RADS category",
        "would show a gain of 15 points", "(out-of-fold)", "data:image/svg+xml",
        "Where the maps of a classifier that learnt from labels alone point",
        "Highest point inside the outline",
    ):  # fmt: skip
        assert words in page


def test_parts_that_train_have_their_tables_and_the_curve(tmp_path):
    """Drawn scores of a made-up cohort, as its models might read it."""
    cohort, split = scanned(7, patients=150), split_of(scanned(7, patients=150))
    folds = fold_trainings(cohort, split, number=5, seed=1, seeds=(0,)).trainings
    by_fold = {case: each.name for each in folds for case in each.reads}
    cases = out_of_fold(drawn_scores(cohort, by_fold), cohort, split, SETTINGS.operating_point)
    scanners = scanner_trainings(cohort, split, seeds=(0,)).trainings
    by_training = {case: each.name for each in scanners for case in each.reads}
    twice = read_twice(drawn_scores(cohort, by_training, seed=1), cases, cohort, split)
    numbers, differ = by_scanner(twice, {each.name: 99 for each in scanners}, 0.95)
    curve = pd.concat(
        [cases.assign(size=str(size), draw=0, images=size)
         for size in (100, 250)]
    )  # fmt: skip
    learning = curve_numbers(curve, 0.95)
    draw_curve(learning, [], svg=tmp_path / "curve.svg", png=tmp_path / "curve.png")
    predictions, readers = drawn(n=60)
    given = {"predictions": predictions, "cohort": readers, "settings": SETTINGS}
    parts = [birads_part(predictions, readers, SETTINGS)]
    table = rivals(parts, costs={}, **given)
    draw(table, [], svg=tmp_path / "forest.svg", png=tmp_path / "forest.png")
    tables = {
        "folds": by_group(cases, 0.95, (FOLD, DEVICE)),
        "scanners": numbers,
        "heterogeneity": differ,
        "learning": learning,
    }
    needed = patients_needed(parts, **given)
    forest = tmp_path / "forest.svg"
    text = shown(RivalFiles(table, [], needed, forest, tables, tmp_path / "curve.svg"))
    for words in (
        "The image model out of fold, over all cases", "scanner C/2", "Leave one scanner out",
        "Q = ", "How many images", 'id="rivals-learning-curve"', "(100, 250)",
    ):  # fmt: skip
        assert words in text
    assert text.count("<svg") + text.count("data:image/svg+xml") >= 2
    empty = shown(RivalFiles(table, [], needed, forest, {"folds": tables["folds"].iloc[:0]}))
    assert "out of fold, over all cases" not in empty


def test_without_rivals_the_page_says_how_to_make_them():
    text = shown(None)
    assert "snakemake rivals --cores all --config study=busbra" in text
    assert "<table" not in text


def test_a_table_has_no_cell_without_words(page):
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    assert len(cells) > 100
    assert not {"", "nan", "None", "<NA>"} & {cell.strip() for cell in cells}


def test_categories_are_in_their_order():
    """A category without malignant lesions is first seen behind those that have some."""
    predictions, cohort = drawn(n=60)
    malignant = cohort["label"] == "malignant"
    cohort = cohort.assign(birads=malignant.map({True: "4", False: "2"}))
    cohort.loc[cohort.index[malignant][:2], "birads"] = "5"
    table = within_table(within_categories(predictions, cohort, SETTINGS))
    assert [row.cells[0] for row in table.rows][1:] == ["2", "4", "5"]
