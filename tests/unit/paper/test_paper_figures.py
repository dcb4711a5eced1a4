"""Figures: the cases they choose, what they must say, and the same bytes twice."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import paper_models
import paper_run
from printed import PUBLISHED
from smallmass.evaluation.published import Published
from smallmass.files import read_csv, read_json
from smallmass.paper import (
    figure1,
    figure2,
    figure3,
    gate_controls,
    specification_curve,
)
from smallmass.paper.page_notes import page_notes
from study_settings import study_settings

SETTINGS = study_settings()


@pytest.fixture(scope="module", params=[True, False], ids=["phantoms", "no clinical factors"])
def run(request, tmp_path_factory):
    """A made-up run's tables and folder, with and without clinical factors."""
    folder = tmp_path_factory.mktemp("run")
    name = "phantom" if request.param else "busbra"
    paths = paper_run.write_run(folder, clinical=request.param, name=name)
    tables = {key: read_csv(path) for key, path in paths.items() if path.suffix == ".csv"}
    return request.param, paths, tables


def _draw(number: int, run, folder: Path) -> list[bytes]:
    _, paths, tables = run
    notes = page_notes(tables["cohort"], "synthetic", SETTINGS).every
    files = folder / f"{number}.svg", folder / f"{number}.png"
    if number == 1:
        case = figure1.example_case(tables["cohort"], tables["split"])
        row = tables["cohort"].set_index("case_id").loc[case]
        pictures = [paths["root"] / row[kind] for kind in ("image", "outline")]
        figure1.draw(
            image_png=pictures[0], mask_png=pictures[1], settings=SETTINGS, notes=notes,
            svg=files[0], png=files[1],
        )  # fmt: skip
    elif number == 2:
        figure2.draw(
            roc=tables["roc"], performance=tables["performance"], notes=notes, svg=files[0],
            png=files[1],
        )  # fmt: skip
    else:
        figure3.draw(
            predictions=tables["predictions"], cohort=tables["cohort"], root=paths["root"],
            detections=tables["detections"], scores=tables["image_scores"],
            operating_points=read_json(paths["operating_points"]), notes=notes, svg=files[0],
            png=files[1],
        )  # fmt: skip
    return [file.read_bytes() for file in files]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_figure_has_the_same_bytes_twice_and_no_date(number, run, tmp_path):
    """No dates, program versions or random ids in SVG or PNG."""
    first, second = (_draw(number, run, tmp_path) for _ in range(2))
    assert first == second
    svg, png = first
    assert b"dc:date" not in svg
    assert not re.search(rb"20\d\d-\d\d-\d\d", svg)
    assert b"tEXt" not in png[:200]


def test_figure3_takes_the_median_case_of_its_kind():
    """Five true positives: the third by score; C by regression, D by the tree, never C's case."""
    n = 5
    hits = pd.DataFrame({"case_id": list("edcba"), "image_score": [0.9, 0.8, 0.7, 0.6, 0.55],
                         "image_call": 1, "label": "malignant"})  # fmt: skip
    gained = pd.DataFrame({"case_id": ["x", "y", "z"], "image_score": 0.1, "image_call": 0,
                           "label": "malignant", "regression_score": [0.9, 0.7, 0.5],
                           "regression_call": 1, "tree_score": [0.6, 0.8, 0.6],
                           "tree_call": [0, 1, 0]})  # fmt: skip
    table = pd.concat([hits, gained], ignore_index=True).assign(split="test")
    outside = table.assign(split="training", case_id=[f"t{i}" for i in range(n + 3)])
    a, b, c, d = figure3.choose(pd.concat([outside, table], ignore_index=True))
    assert a.case_id == "c"
    assert (b.case_id, b.reason) == (None, figure3.NO_CASE)
    assert (c.case_id, c.model) == ("y", "regression")
    # The tree gained y alone, which C shows already: D is the regression's, from x and z.
    assert (d.case_id, d.model) == ("z", "regression")


def test_figure3_without_combined_models_says_why():
    """Panels C and D explain instead of showing another case."""
    cases = paper_run.cohort(clinical=False)
    scores = paper_run.predictions(cases, paper_run.split(cases), clinical=False)
    _, _, c, d = figure3.choose(scores)
    assert c.case_id is None
    assert d.case_id is None
    assert "no clinical factors" in c.reason
    text = figure3.caption(scores, cases, paper_models.operating_points(clinical=False))
    assert "(C) combined models not estimable: no clinical factors in this cohort." in text
    assert "Examples: true positive (A)" in text
    points = paper_models.operating_points(clinical=False)
    text = figure3.caption(scores, cases, points, "Test set, BrEaST, under 1 cm")
    assert "Examples (test set, BrEaST, under 1 cm): true positive (A)" in text


def test_figure3_reads_the_region_that_gave_the_score(run):
    """The outline drawn is the one of the region named in scores.csv, not the first."""
    _, paths, tables = run
    case = tables["cohort"]["case_id"].iloc[0]
    regions = tables["detections"]
    other = regions[regions["case_id"] == case].assign(detection=3, y1=1.0)
    scores = tables["image_scores"].copy()
    scores.loc[scores["case_id"] == case, "detection"] = 3
    seen = figure3.look_up(
        case,
        cohort=tables["cohort"],
        root=paths["root"],
        detections=pd.concat([regions, other]),
        scores=scores,
    )
    assert seen.box[0] == 1.0
    assert seen.predicted.shape == seen.image.shape
    assert (seen.predicted & seen.reader).sum() > 0.5 * seen.reader.sum()
    scores.loc[scores["case_id"] == case, "detection"] = np.nan
    missed = figure3.look_up(
        case, cohort=tables["cohort"], root=paths["root"], detections=regions, scores=scores
    )
    assert missed.box is None
    assert missed.predicted is None


def test_figure1_never_shows_a_test_case():
    """The picture is a malignant training case."""
    cases = paper_run.cohort()
    parts = paper_run.split(cases)
    case = figure1.example_case(cases, parts)
    row = cases.merge(parts, on="case_id").set_index("case_id").loc[case]
    assert (row["split"], row["label"]) == ("training", "malignant")


def test_a_score_just_under_its_cutoff_is_not_printed_as_equal():
    """0.4998 < 0.5000 needs four digits."""
    points = [{"model": "image", "threshold": 0.5}]
    assert figure3._against(0.4998, 0, points, "image") == "0.4998 < 0.5000: benign"


def test_figure2_caption_gives_the_auroc_as_the_paper_does():
    """Test and training, with intervals; training says that it is in-sample."""
    cases = paper_run.cohort()
    table = paper_run.performance(paper_run.predictions(cases, paper_run.split(cases)))
    chosen = (table["metric"] == "auroc") & (table["model"] == "image")
    table.loc[chosen, ["estimate", "ci_low", "ci_high"]] = [0.85, 0.78, 0.92]
    text = figure2.caption(table)
    assert "0.85 (0.78–0.92) for the test set" in text
    assert "training set (in-sample)" in text


@pytest.fixture(scope="module")
def results():
    """performance.csv of a run of one cohort."""
    cases = paper_run.cohort()
    return paper_run.performance(paper_run.predictions(cases, paper_run.split(cases)))


def _words(figure) -> str:
    """Return all that a figure says outside its axes' ticks."""
    import matplotlib.pyplot as plt

    words = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        legend = axes.get_legend()
        words += [axes.get_title(), axes.get_title(loc="left")]
        words += [text.get_text() for text in [*axes.texts, *(legend.texts if legend else [])]]
    plt.close(figure)
    return "\n".join(words)


def test_cross_fitted_results_are_called_out_of_fold_once_a_picture(results):
    """And the set is named; of one cohort there is nothing to say."""
    cases = paper_run.cohort()
    roc = paper_run.roc(paper_run.predictions(cases, paper_run.split(cases)))
    roc["fit"] = np.where(roc["split"] == "test", "held_out", "in_sample")
    draws, table = paper_run.gate_null(), paper_run.crossed(results)
    for plain, crossed in (
        (figure2.figure2(roc=roc, performance=results, notes=[]),
         figure2.figure2(roc=paper_run.crossed(roc), performance=table, notes=[])),
        (gate_controls.gate_controls(draws=draws, performance=results, notes=[]),
         gate_controls.gate_controls(draws=draws, performance=table, notes=[])),
    ):  # fmt: skip
        text = _words(crossed)
        assert text.count("out-of-fold") == 1 and "Test set, BrEaST, under 1 cm" in text
        assert "out-of-fold" not in _words(plain)


def test_captions_of_cross_fitted_results_say_out_of_fold_and_why_calls_leave_the_curve(results):
    draws, table = paper_run.gate_null(), paper_run.crossed(results)
    text = figure2.caption(table)
    assert "combined ones out-of-fold" in text and "each with its own cut-off" in text
    text = gate_controls.caption(draws, table)
    assert text.startswith("What the gate gains by itself, test set, BrEaST, under 1 cm.")
    assert text.count("out-of-fold: observed gain") == 2
    for plain in (figure2.caption(results), gate_controls.caption(draws, results)):
        assert "out-of-fold" not in plain and "own cut-off" not in plain
    assert "gains by itself, test set. Left" in gate_controls.caption(draws, results)


def test_figure3_calls_cross_fitted_scores_out_of_fold():
    cases = paper_run.cohort()
    scores = paper_run.predictions(cases, paper_run.split(cases))
    points = [dict(p, threshold=None if p["model"] != "image" else p["threshold"])
              for p in paper_models.operating_points()]  # fmt: skip
    texts = [
        figure3.caption(table, cases, points)
        for table in (scores, scores.assign(clinical_fit="out_of_fold"))
    ]
    assert "out-of-fold" not in texts[0]
    assert "Regression, out-of-fold: malignant" in texts[1]


def test_figure1_marks_a_factor_that_is_no_input():
    cases = paper_run.cohort().assign(brca_mutation="unknown")
    assert figure1.unknown(cases, SETTINGS) == ["brca_mutation"]
    crossed = SETTINGS.changed({"cross_fitting.cohort": "breast"})
    elsewhere = paper_run.cohort().assign(cohort="busbra", case_id=lambda t: "b" + t["case_id"])
    both = pd.concat([cases.assign(cohort="breast"), elsewhere])
    assert figure1.unknown(both, crossed) == ["brca_mutation"]
    assert figure1.unknown(both, SETTINGS) == []
    picture = np.zeros((64, 64), np.uint8)
    text = _words(figure1.figure1(picture, picture, SETTINGS, [], ["brca_mutation"]))
    assert "BRCA mutation: no input" in text
    assert "no input" not in _words(figure1.figure1(picture, picture, SETTINGS, []))
    assert "dotted frame" in figure1.caption(SETTINGS, ["brca_mutation"])
    assert "dotted frame" not in figure1.caption(SETTINGS)


def test_an_empty_specification_curve_says_why_in_each_panel():
    choices = paper_run.choices(clinical=False)
    figure = specification_curve.specification_curve(
        choices, Published(read_csv(PUBLISHED)), "exact", []
    )
    reason = specification_curve.why_empty(choices)
    assert " ".join(_words(figure).split()).count(reason) == 8
