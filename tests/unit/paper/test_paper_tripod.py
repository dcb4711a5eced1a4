"""The TRIPOD checklist: its numbering, and that what it says is the run's own."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import paper_models
import paper_run
from diagnostic_accuracy.printing import as_markdown
from smallmass.paper.page_notes import page_notes
from smallmass.paper.run_files import RunFiles
from smallmass.paper.tripod import items, tripod
from smallmass.status import CROSS_FITTED
from study_settings import study_settings

# How many lettered parts each of the 22 items has (Collins et al. 2015, Table 1).
PARTS = {3: 2, 4: 2, 5: 3, 6: 2, 7: 2, 10: 5, 13: 3, 14: 2, 15: 2, 19: 2}
AUTHORS = "For the authors."
DEVELOPMENT = {"10a", "10b", "14a", "14b", "15a", "15b"}
VALIDATION = {"10c", "10e", "12", "13c", "17", "19a"}


def named(settings: dict) -> dict:
    """Return the settings by dotted name."""
    return {f"{section}.{key}": value for section, keys in settings.items()
            for key, value in keys.items()}  # fmt: skip


def _run(*, clinical=True, name="phantom", **settings):
    """A made-up run; ``settings`` as section={key: value}."""
    cases = paper_run.cohort(clinical=clinical, name=name)
    parts = paper_run.split(cases)
    scores = paper_run.predictions(cases, parts, clinical=clinical)
    chosen = study_settings().changed({"cohort.sources": {name: "published"}, **named(settings)})
    return RunFiles(
        "synthetic", chosen, cases, parts,
        pd.DataFrame(columns=["case_id", "severity", "check", "message", "remedy"]),
        paper_run.performance(scores, clinical=clinical),
        paper_models.operating_points(clinical=clinical),
        *paper_models.models(cases, parts, clinical=clinical).values(),
        notes=page_notes(cases, "synthetic", chosen),
    )  # fmt: skip


def answers(run):
    """What the checklist says, by the number of the item."""
    return {item.number: item.answer for item in items(run)}


@pytest.fixture(scope="module")
def phantoms():
    """A run of phantoms."""
    return _run()


@pytest.fixture(scope="module")
def real():
    """A run of real images without clinical factors and sizes."""
    return _run(clinical=False, name="busbra")


def test_the_numbers_are_those_of_the_statement(phantoms):
    """22 items in order, 37 with their letters, each marked for development, validation or both."""
    checklist = items(phantoms)
    expected = [
        f"{number}{letter}"
        for number in range(1, 23)
        for letter in ("abcde"[: PARTS[number]] if number in PARTS else [""])
    ]
    assert [item.number for item in checklist] == expected and len(expected) == 37
    assert {item.number for item in checklist if item.marks == "D"} == DEVELOPMENT
    assert {item.number for item in checklist if item.marks == "V"} == VALIDATION
    assert {item.marks for item in checklist} == {"D", "V", "D;V"}


def test_every_section_of_the_report_that_is_named_is_there(phantoms):
    """By its heading; that the files are there is seen in a whole run."""
    package = paper_run.REPOSITORY / "workflow/packages/smallmass/src/smallmass"
    pages = [path.read_text("utf-8") for path in (package / "paper/page").glob("*.html.j2")]
    found = re.findall(r'<h2[^>]*>([^<]*)</h2>|call section\("[^"]+", "([^"]+)"', "".join(pages))
    headings = {heading or title for heading, title in found}
    named = {place for item in items(phantoms) for place in item.where.split("; ")}
    sections = {place.removeprefix("report: ") for place in named if place.startswith("report: ")}
    assert len(sections) > 5 and sections <= headings


@pytest.mark.parametrize("name", ["phantoms", "real"])
def test_every_item_has_an_answer_in_whole_sentences(name, request):
    """None is empty, none holds a value that was not found."""
    found = answers(request.getfixturevalue(name))
    assert len(found) == 37
    for number, text in found.items():
        assert re.match(r"[A-Z0-9]|snakemake", text) and text.endswith("."), number
        assert not re.search(r"\bnan\b|\bNone (\(|of)|[{}]|\.\.| {2}", text), (number, text)


def test_the_numbers_are_the_runs_own(phantoms):
    """Counted here again from the tables: flow, outcomes, unknown factors, events, AUROC."""
    cohort = phantoms.cohort.copy()
    cohort.loc[[3, 5, 8], "family_history"] = "unknown"
    cohort.loc[[1, 2], "age_years"] = np.nan
    cohort["reference_standard"] = ["biopsy"] * 90 + ["follow-up"] * 30
    dropped = pd.DataFrame({"case_id": ["x", "x", "y"], "severity": "dropped",
                            "check": "diameter_over_limit"})  # fmt: skip
    found = answers(replace(phantoms, cohort=cohort, integrity=dropped))
    assert "age 2, family history 3, BRCA mutation 0, breast density 0, lesion size 0" in found["9"]
    assert "age 2, family history 3" in found["13b"]
    assert f"Age {cohort['age_years'].mean():.2f}±{cohort['age_years'].std():.2f}" in found["13b"]
    assert "122 lesions read; left out: 2 (diameter over limit)" in found["13a"]
    assert "in the study 120 of 120 patients" in found["13a"]
    assert "Training 60 (30 benign, 30 malignant), validation 30 (15 benign" in found["8"]
    assert "malignant 60 of 120, 50.0%" in found["6a"]
    assert "biopsy (90), follow-up (30)" in found["6a"]
    training = phantoms.clinical["training"]
    learned = f"{training['cases']} lesions ({training['malignant']} malignant)"
    assert f"Clinical model: fitted to {learned}, stopped on " in found["14a"]
    assert ": fitted to 17 image-negative lesions of validation (6 malignant)" in found["14a"]
    assert "6 lesions of the rarer class for 2 coefficients" in found["18"]
    assert phantoms.regression["formula"] in found["15a"]
    row = phantoms.performance.query(
        "split == 'test' and model == 'tree' and metric == 'sensitivity'"
    ).iloc[0]
    text = f"Sensitivity (%) {100 * row['numerator'] / row['denominator']:.1f} ("
    assert text in found["16"].partition("Combined (decision tree)")[2]


def test_phantoms_are_no_evidence(phantoms):
    """Said in the limitations and in a note of the page; nobody was examined or registered."""
    found = answers(phantoms)
    assert found["18"].startswith("Simulated: no evidence for a clinical claim")
    assert all("simulated" in found[number] for number in ("4b", "5a", "5c", "6b", "7b", "21"))
    assert "None from phantoms" in found["19b"] and "None from phantoms" in found["20"]
    assert "Simulated cohort (phantoms): no evidence" in as_markdown(tripod(phantoms))


def test_what_a_run_cannot_know_is_for_the_authors(real):
    """Of real patients: background, dates, treatment, blinding, implications, funding."""
    found = answers(real)
    for number in ("2", "3a", "4b", "5c", "6b", "7b", "19b", "20", "22"):
        assert found[number].startswith(AUTHORS), number
    assert "imulated" not in as_markdown(tripod(real))
    assert "Public data set BUS-BRA" in found["4a"]


def test_what_could_not_be_estimated_is_said(real):
    """Without factors and sizes: no second model, no limit of size, the reason in its place."""
    found = answers(real)
    assert all("of all sizes" in found[number] for number in ("1", "5b", "18"))
    assert found["3b"].startswith("Development and test of: Image model. ")
    assert all(paper_run.REASON in found[number] for number in ("10a", "10b", "11", "14a"))
    assert "median" not in found["9"] and "lesion size 120" in found["9"]


def test_settings_change_what_is_said():
    """The limit of size, the data behind the cut-offs, the split, the variants, pretraining."""
    found = answers(
        _run(
            cohort={
                "max_diameter_cm": 0.8,
                "inclusive": True,
                "sources": {"phantom": "dealt"},
            },
            operating_point={"chosen_on": "test"},
            split={"assignment": "random"},
            evaluation={"mcnemar": "mid-p", "unit": "patient"},
            image_model={"weights": "/secret/place/coco.h5", "folds": 5},
        )
    )
    assert "up to 0.8 cm" in found["5b"]
    assert "optimistic" in found["10c"] and "cut-offs chosen on the test set" in found["18"]
    assert "drawn by patient" in found["12"]
    assert "McNemar (mid-p)" in found["10d"] and "a patient" in found["10d"]
    assert "pretrained (coco.h5)" in found["10b"] and "5 folds" in found["10b"]
    assert "not pretrained" not in found["18"]
    assert not any("secret" in text for text in found.values())


def test_both_forms_hold_the_same_items_and_notes(phantoms):
    """A row an item in the CSV, and a line in the Markdown; the notes stand beneath."""
    table = tripod(phantoms)
    frame = paper_run.printed_frame(table)
    lines = frame[~frame["Item"].str.startswith("Note: ")]
    assert lines["Item"].tolist() == [item.number for item in items(phantoms)]
    assert len(frame) - len(lines) == len(table.notes) >= 3
    lines = [line for line in as_markdown(table).splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == 37
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 6 for line in lines)


@pytest.fixture(scope="module")
def crossed():
    """A run tested in BrEaST, the image model trained in BUS-BRA: no BRCA mutation is known."""
    run = _run(name="breast", cross_fitting={"cohort": "breast"})
    cases = run.cohort.assign(brca_mutation="unknown", device="Aplio")
    elsewhere = cases["case_id"].isin(run.split.loc[run.split["split"] != "test", "case_id"])
    cases.loc[elsewhere, ["cohort", "device"]] = ["busbra", np.nan]
    cases.loc[elsewhere, ["age_years", "diameter_cm"]] = np.nan
    older = dict(run.clinical, encoding={"factors": [
        dict(factor, mean=61.04) if factor["name"] == "age_years" else factor
        for factor in run.clinical["encoding"]["factors"]
    ]})  # fmt: skip
    two = {"status": CROSS_FITTED, "applied_to": "image_negatives",
           "fitted_to": "image_negatives", "fitted_on": "other_folds",
           "cutoff": {"chosen_on": "other_folds"}}  # fmt: skip
    points = [dict(p, threshold=None) if p["model"] != "image" else p
              for p in run.operating_points]  # fmt: skip
    return replace(
        run, cohort=cases, performance=paper_run.crossed(run.performance), operating_points=points,
        clinical=two | {"fits": [run.clinical, older]},
        regression=two | {"fits": [run.regression, dict(run.regression, n=11)]},
        tree=two | {"fits": [run.tree]},
    )  # fmt: skip


def test_cross_fitted_models_are_described_and_not_their_status(crossed):
    found = answers(crossed)
    assert not any("without its fold" in found[item] for item in ("10a", "10b", "14a"))
    assert "–61.0 years" in found["10a"] and "logistic regression (" in found["10b"]
    assert "2 networks" in found["10b"] and "2 networks" in found["14a"]
    assert f"11–{crossed.regression['fits'][0]['n']} image-negative" in found["14a"]
    assert f"{len(crossed.clinical_cases)} lesions of BrEaST" in found["14a"]


def test_a_cross_fitted_runs_limits_and_sets_are_named(crossed):
    found = answers(crossed)
    assert found["7b"].endswith("takes part in its own score.")
    assert "so no input: BRCA mutation" in found["7a"]
    assert found["5a"].endswith(f"unknown ({(crossed.cohort['cohort'] == 'busbra').sum()}).")
    assert found["13b"].startswith("BrEaST, where known: age ")
    assert "A score from the cut-off on" not in found["15b"] and "most repeats" in found["15b"]
    assert found["16"].startswith("Test set, BrEaST, under 1 cm. Image model: ")
    assert "Clinical model, out-of-fold: " in found["16"]
    assert "training, BUS-BRA (in-sample)" in found["19a"]
    assert "test, BrEaST, under 1 cm (out-of-fold)" in found["19a"]
    for words in ("trained on lesions of all sizes", " malignant lesions", "folds as fixed"):
        assert words in found["18"]
    table = paper_run.printed_frame(tripod(crossed)).set_index("Item")
    assert "weights.h5" not in table.loc["15a", "Where"].replace("full/weights.h5", "")


def test_of_one_cohort_nothing_is_said_of_cross_fitting(real, phantoms):
    for run in (real, phantoms):
        text = " ".join(answers(run).values())
        assert not re.search("out-of-fold|most repeats|own score|so no input", text)
        assert "clinical_model/weights.h5" in as_markdown(tripod(run))
