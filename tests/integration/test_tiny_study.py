"""The whole study, on sixty phantoms: every file of the design, run again, edited, given bad input.

The study `tiny` is run once; the tests look at what it left.
"""

import csv
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

from tiny import CONFIG, digests

# The columns that the design gives; a file may have more.
COLUMNS = {
    "cohort/cohort.csv": "case_id cohort patient_id group_id image frame outline label device "
    "diameter_cm pixel_cm age_years family_history brca_mutation breast_density "
    "reference_standard birads histology published_split pixel_sha256",
    "cohort/integrity.csv": "case_id severity code check message remedy",
    "cohort/split.csv": "case_id split",
    "cohort/folds.csv": "case_id arm repeat fold",
    "cohort/transforms.csv": "case_id height width scale_y scale_x top left size_px",
    "image_model/seed0/full/detections.csv": "case_id fit detection p_background p_benign "
    "p_malignant y1 x1 y2 x2 area_px outline dice",
    "image_model/scores.csv": "case_id seed fit image_score found dice detection",
    "clinical_model/scores.csv": "case_id fit clinical_score",
    "predictions.csv": "case_id patient_id cohort split fit label image_score image_call "
    "image_probability "
    "clinical_score regression_score regression_call tree_score tree_call",
    "evaluation/performance.csv": "cohort subset split fit seed model metric estimate ci_low "
    "ci_high numerator denominator ci_method note",
    "evaluation/comparisons.csv": "cohort subset split model_a model_b metric gained lost test "
    "statistic p_value p_holm",
    "evaluation/roc.csv": "cohort split model threshold false_positive_rate true_positive_rate",
    "scorecard.csv": "claim published reproduced ci_low ci_high verdict rule",
}
OTHERS = [
    "image_model/seed0/full/weights.h5",
    "image_model/seed0/full/model.json",
    "image_model/seed0/full/history.csv",
    "clinical_model/trials.csv",
    "clinical_model/weights.h5",
    "clinical_model/model.json",
    "operating_points.json",
    "combined/regression.json",
    "combined/tree.json",
    "evaluation/intervals.csv",
    "evaluation/bootstrap.csv",
    "evaluation/calibration.csv",
    "evaluation/choices.csv",
    "evaluation/gate_null.csv",
    "evaluation/cross_tables.csv",
    "evaluation/at_prevalence.csv",
    "evaluation/decision_curves.csv",
    "evaluation/subgroups.csv",
    "evaluation/precision.csv",
    "checklists/tripod_ai.md",
    "checklists/claim.csv",
    "checklists/stard.csv",
    "tables/table1.csv",
    "tables/table1.md",
    "tables/table1.tex",
    "tables/table2.csv",
    "tables/table2.md",
    "tables/table2.tex",
    "figures/figure1_architecture.svg",
    "figures/figure1_architecture.png",
    "figures/figure2_roc.svg",
    "figures/figure2_roc.png",
    "figures/figure3_cases.svg",
    "figures/figure3_cases.png",
    "notes.json",
    "tripod.csv",
    "tripod.md",
    "report.html",
    "run.json",
]


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as text."""
    csv.field_size_limit(2**24)  # outlines are long
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_has_the_columns_of_the_design(results, name):
    """In the design's order, whatever else stands between; a line end is one byte."""
    with open(results / name, encoding="utf-8", newline="") as file:
        header = file.readline()
    assert header.endswith("\n") and not header.endswith("\r\n")
    expected = COLUMNS[name].split()
    assert [column for column in header.strip().split(",") if column in expected] == expected


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_file_of_the_design_is_there(results, name):
    """And none is empty."""
    assert (results / name).stat().st_size > 0


def test_every_case_is_followed_through_the_study(results):
    """Sixty cases in the cohort are sixty everywhere, with an image and a mask each."""
    cases = [row["case_id"] for row in rows(results / "cohort/cohort.csv")]
    assert len(cases) == len(set(cases)) == 60
    for name in ("cohort/split.csv", "cohort/transforms.csv"):
        assert sorted(row["case_id"] for row in rows(results / name)) == sorted(cases)
    for name in (
        "predictions.csv",
        "image_model/scores.csv",
        "image_model/seed0/full/detections.csv",
    ):
        assert {row["case_id"] for row in rows(results / name)} == set(cases)
    for folder in ("images", "masks"):
        names = {path.stem for path in (results / "cohort" / folder).glob("*.png")}
        assert names == set(cases)


def test_splits_and_fits_have_their_names(results):
    """Training and validation took part in a fit or a choice; test cases took part in nothing."""
    split = {row["case_id"]: row["split"] for row in rows(results / "cohort/split.csv")}
    assert set(split.values()) == {"training", "validation", "test"}
    for row in rows(results / "predictions.csv"):
        assert row["split"] == split[row["case_id"]]
        assert (row["fit"] == "held_out") == (row["split"] == "test")


def test_probabilities_and_calls(results):
    """Scores lie in [0, 1]; a positive image call stays positive in both combined models."""
    for row in rows(results / "predictions.csv"):
        for name in ("image_score", "clinical_score", "regression_score", "tree_score"):
            if row[name]:
                assert 0 <= float(row[name]) <= 1
        assert row["label"] in ("benign", "malignant")
        assert 0 <= float(row["image_score"]) <= 1
        for name in ("regression_call", "tree_call"):
            if row[name] and row["image_call"] == "1":
                assert row[name] == "1"


def test_table_two_agrees_with_the_predictions(results):
    """Sensitivity of the image model on the test set, counted here again from the calls."""
    calls = [
        row["image_call"] == "1"
        for row in rows(results / "predictions.csv")
        if row["split"] == "test" and row["label"] == "malignant"
    ]
    (row,) = [
        row
        for row in rows(results / "evaluation/performance.csv")
        if (row["split"], row["model"], row["metric"], row["seed"], row["subset"])
        == ("test", "image", "sensitivity", "all", "all")
    ]
    assert int(float(row["numerator"])) == sum(calls)
    assert int(float(row["denominator"])) == len(calls)
    assert f"{100 * sum(calls) / len(calls):.1f}" in (results / "tables/table2.md").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    "name", ["report.html", "tripod.md", "tables/table1.md", "tables/table2.md"]
)
def test_every_page_says_that_tiny_is_simulated_and_for_tests(results, name):
    """Nobody may take these numbers for a result."""
    text = (results / name).read_text(encoding="utf-8").lower()
    assert "simulated" in text
    assert "tests alone" in text or "for tests" in text


def test_models_are_named_by_their_hash(results):
    """A weight file is loaded only if its sha256 is the recorded one."""
    for folder in ("image_model/seed0/full", "clinical_model"):
        digest = hashlib.sha256((results / folder / "weights.h5").read_bytes()).hexdigest()
        assert digest in (results / folder / "model.json").read_text(encoding="utf-8")


def test_no_path_of_this_machine_is_left_in_the_results(results, tree):
    """Results are passed on: what they name is relative to the project."""
    for path in results.rglob("*"):
        if path.suffix in (".csv", ".json", ".md", ".tex", ".html") and "logs" not in path.parts:
            assert str(tree) not in path.read_text(encoding="utf-8"), path.name


def test_the_checklist_points_to_what_is_there(results):
    """Every file that it names lies in the results."""
    items = [row for row in rows(results / "tripod.csv") if not row["Item"].startswith("Note: ")]
    named = {place for row in items for place in row["Where"].split("; ") if place}
    files = {place for place in named if not place.startswith("report: ")}
    assert len(files) > 10 and all((results / place).is_file() for place in files)


def test_run_json_can_be_read(results):
    """Provenance is JSON with the versions of what ran."""
    text = json.dumps(json.loads((results / "run.json").read_text(encoding="utf-8"))).lower()
    assert "keras" in text and "numpy" in text


def test_snakemakes_own_report_has_tables_and_figures_with_their_captions(tree, snakemake, results):
    """For those who publish that form: every file of the list, each with what it shows."""
    made = snakemake(tree, "--report", "report.zip", *CONFIG)
    assert made.returncode == 0, made.stdout[-4000:]
    with zipfile.ZipFile(tree / "report.zip") as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    # The study's own page is in it, too, further down.
    pages = [name for name in texts if name.endswith("report.html")]
    page = texts[min(pages, key=lambda name: name.count("/"))].decode("utf-8")
    for name in ("table1.csv", "table2.csv", "figure1_architecture.svg", "figure2_roc.svg",
                 "figure3_cases.svg", "specification_curve.svg", "tripod.csv", "scorecard.csv",
                 "decision_curves.csv", "subgroups.csv"):  # fmt: skip
        assert any(path.endswith(name) for path in texts), name
        assert name in page
    captions = {*(tree / "workflow/report").glob("*.rst")}
    captions.remove(tree / "workflow/report/rivals.rst")  # made on demand
    for caption in captions:
        words = " ".join(caption.read_text(encoding="utf-8").split()[:5])
        assert words in page, caption.name
    (tree / "report.zip").unlink()


class TestAgain:
    """What a second call does: nothing; for edits see test_edits.py."""

    def test_there_is_nothing_to_do(self, tree, snakemake):
        """Not even after a look into the results."""
        run = snakemake(tree, "--cores", "2", *CONFIG)
        assert run.returncode == 0 and "Nothing to be done" in run.stdout, run.stdout[-4000:]

    def test_a_comment_in_the_configuration_changes_nothing(self, tree, snakemake):
        """Rules depend on settings, not on the file that they stand in."""
        path = tree / "config.yaml"
        before = path.read_text(encoding="utf-8")
        try:
            path.write_text("# a comment\n" + before, encoding="utf-8")
            run = snakemake(tree, "-n", *CONFIG)
        finally:
            path.write_text(before, encoding="utf-8")
        assert "Nothing to be done" in run.stdout, run.stdout[-4000:]


@pytest.mark.slow
def test_the_same_bytes_whatever_the_cores(results, working_copy, snakemake):
    """Promise 1: phantoms and cohort on one core; `test_crash` has what follows on one core."""
    folder = working_copy("one_core")
    run = snakemake(folder, "results/tiny/cohort/transforms.csv", "--cores", "1", *CONFIG)
    assert run.returncode == 0, run.stdout[-8000:]
    one, two = digests(folder / "results/tiny"), digests(results)
    assert {name.partition("/")[0] for name in one} == {"phantoms", "cohort"} and len(one) > 60
    assert one == {name: two[name] for name in one}


def set_key(folder: Path, path: str, value) -> None:
    """Write a value into a copy's config.yaml."""
    file = folder / "config.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    *groups, key = path.split(".")
    place = config
    for group in groups:
        place = place[group]
    place[key] = value
    file.write_text(yaml.safe_dump(config), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(working_copy) -> Path:
    """A copy of the project in which nothing was run."""
    return working_copy("bad")


class TestBadInput:
    """One clear message with the remedy, exit code 1, nothing done."""

    def explained(self, run, *parts: str) -> None:
        """Check exit code, message, and that it is a message and not a traceback."""
        assert run.returncode == 1, run.stdout
        assert "Traceback" not in run.stdout
        for part in parts:
            assert part in run.stdout

    def test_unknown_study(self, copy, snakemake):
        """The known ones are listed."""
        run = snakemake(copy, "--cores", "1", "--config", "study=syntetic")
        self.explained(run, "syntetic", "did you mean synthetic?", "busbra")

    def test_mistyped_setting_on_the_command_line(self, copy, snakemake):
        """With the key that is meant."""
        run = snakemake(copy, "--cores", "1", "--config", "override={image_model: {epoch: 2}}")
        self.explained(run, "override.image_model.epoch", "did you mean epochs?")

    def test_mistyped_key_in_the_file(self, working_copy, snakemake):
        """Also in a study that is not the one asked for."""
        folder = working_copy("mistyped")
        set_key(folder, "studies.paper.image_modle", {"epochs": 1})
        self.explained(
            snakemake(folder, "--cores", "1"), "studies.paper.image_modle", "image_model?"
        )

    def test_a_study_without_its_data(self, copy, snakemake):
        """BUS-BRA is not in the project."""
        run = snakemake(copy, "--cores", "1", "--config", "study=busbra")
        self.explained(run, "datasets", "BUS-BRA", "--config")

    def test_a_folder_without_the_dataset(self, copy, snakemake, tmp_path):
        """The folder is there, the dataset is not in it."""
        run = snakemake(copy, "--cores", "1", "--config", "study=busbra", f"datasets={tmp_path}")
        self.explained(run, str(tmp_path), "BUS-BRA")

    def test_nothing_was_made(self, copy):
        """Results begin after the checks."""
        assert not list((copy / "results").glob("*/*"))

    def test_an_unreadable_image_stops_before_training(self, tree, working_copy, snakemake):
        """It is named with its case, and no model is trained."""
        folder = working_copy("unreadable")
        source = tree / "results/tiny/phantoms"
        shutil.copytree(source, folder / "results/tiny/phantoms")
        victim = sorted((folder / "results/tiny/phantoms/images").glob("*.png"))[7]
        victim.write_bytes(victim.read_bytes()[:100])
        run = snakemake(folder, "--cores", "2", *CONFIG)
        self.explained(run, victim.stem)
        assert not (folder / "results/tiny/image_model").exists()
