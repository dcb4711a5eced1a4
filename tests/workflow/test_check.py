"""`snakemake check`: a hospital's folder with faults, put right, and changed again."""

import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.files import read_csv

CASES = 48


def write_folder(root: Path) -> None:
    """Write a sound folder: a table, images, and outlines with the images' names."""
    rng = np.random.default_rng(0)
    for name in ("images", "outlines"):
        (root / name).mkdir(parents=True)
    rows = []
    for i in range(CASES):
        name = f"{i:02d}"
        image = rng.integers(0, 256, (40, 50), dtype=np.uint8)
        outline = np.zeros((40, 50), np.uint8)
        outline[10:20, 10:20] = 255
        Image.fromarray(image).save(root / f"images/{name}.png")
        Image.fromarray(outline).save(root / f"outlines/{name}.png")
        rows.append(
            {
                "case_id": name,
                "patient_id": f"p{i}",
                "image": f"images/{name}.png",
                "label": ("benign", "malignant")[i % 2],
                "diameter_cm": 0.7,
                "age_years": 50,
                "breast_density": "fatty",
            }
        )
    pd.DataFrame(rows).to_csv(root / "patients.csv", index=False)


def break_folder(root: Path) -> None:
    """Leave faults of many kinds, in files and in the table, and too few cases for the split."""
    (root / "images/03.png").write_bytes(b"")
    (root / "images/04.png").write_text("case;age\n4;50\n")
    two = np.zeros((40, 50), np.uint8)
    two[2:12, 2:12] = two[20:28, 20:28] = 255
    Image.fromarray(two).save(root / "outlines/06.png")
    shutil.copy2(root / "images/08.png", root / "images/10.png")
    table = pd.read_csv(root / "patients.csv", dtype=str)
    table["age_years"] = ["7"] * 15 + ["50"] * (CASES - 15)
    table.loc[20, "breast_density"] = "thick"
    table.loc[21, "diameter_cm"] = "1.4"
    table.loc[3:, "label"] = "benign"
    table.to_csv(root / "patients.csv", index=False)


def state(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def project(working_copy) -> Path:
    """A copy of the project in which nothing was run."""
    return working_copy("check")


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """A hospital's folder with faults."""
    root = tmp_path_factory.mktemp("own") / "patients"
    write_folder(root)
    break_folder(root)
    return root


@pytest.fixture(scope="module")
def ask(project, own, snakemake):
    """A function that runs Snakemake on the folder."""

    def run(*arguments: str, read_pixels: str = "true", more: str = ""):
        override = f"override={{cohort: {{root: {own}, read_pixels: {read_pixels}}}, {more}}}"
        return snakemake(project, "--cores", "1", *arguments, "--config", "study=own", override)

    return run


@pytest.fixture(scope="module")
def checked(ask, own) -> tuple[str, int, bool]:
    """What `check` says of the folder, its exit code, and whether the folder stayed as it was."""
    before = state(own)
    run = ask("check")
    return run.stdout, run.returncode, state(own) == before


def test_every_problem_is_said_at_once_and_nothing_changes(checked, project):
    text, code, unchanged = checked
    assert code == 1 and unchanged and "Traceback" not in text, text
    table = read_csv(project / "results/own/cohort/integrity.csv")
    faults = table[table["severity"] == "error"]
    cases = faults.groupby("check")["case_id"].agg(list).to_dict()
    assert sorted(cases.pop("image")) == ["03", "04"]
    assert cases.pop("several lesions") == ["06"]
    assert cases.pop("duplicate of another patient") == ["08", "10"]
    assert cases.pop("age_years out of range") == [f"{i:02d}" for i in range(15)]
    assert "word without a meaning" in cases and "unknown breast_density" not in cases
    assert "too few cases for the split" in cases
    dropped = table[table["severity"] == "dropped"]
    assert dropped["case_id"].tolist() == ["21"]
    made = {path.name for path in (project / "results/own").rglob("*.*") if path.is_file()}
    assert not made & {"cohort.csv", "split.csv", "transforms.csv"}


def test_the_list_is_the_last_thing_on_the_screen(checked):
    text, _, _ = checked
    _, _, told = text.rpartition("MUST BE PUT RIGHT")
    for noise in ("Error in rule", "RuleException", "CalledProcessError", "WorkflowError"):
        assert noise not in text
    assert len(told.splitlines()) < 90
    assert "case 03: the file is empty (0 bytes): images/03.png" in told
    assert "case 04: is text, not a PNG, JPEG, TIFF, BMP, WEBP, JPEG2000 image" in told
    assert "no malignant case in " in told
    # Ten cases of a check are named; the others are counted, and stand in the table.
    assert len(re.findall(r"case \d\d: age_years is 7", told)) == 10
    assert "... and 5 more, all in results/own/cohort/integrity.csv" in told
    assert "LEFT OUT of the study (1)" in told and "case 21: the longest diameter is 1.4" in told


@pytest.mark.slow
class TestPutRight:
    """What follows when the faults are gone; one after another."""

    def test_a_sound_folder_passes(self, ask, own, checked):
        shutil.rmtree(own)
        write_folder(own)
        run = ask("check")
        assert run.returncode == 0, run.stdout[-3000:]
        assert "MUST BE PUT RIGHT" not in run.stdout and "LEFT OUT" not in run.stdout
        assert f"{CASES} cases of {CASES} known patients: 24 benign, 24 malignant" in run.stdout

    def test_a_redrawn_outline_means_a_new_cohort_and_new_masks(self, ask, own, project):
        target = "results/own/cohort/transforms.csv"
        assert ask(target).returncode == 0
        assert "Nothing to be done" in ask(target).stdout
        mask = project / "results/own/cohort/masks/05.png"
        before = mask.read_bytes()
        outline = np.zeros((40, 50), np.uint8)
        outline[10:20, 10:30] = 255
        Image.fromarray(outline).save(own / "outlines/05.png")
        assert ask(target).returncode == 0
        assert mask.read_bytes() != before

    def test_another_split_reads_no_image_again(self, ask):
        split = "results/own/cohort/split.csv"
        assert ask(split).returncode == 0
        run = ask("-n", split, "check", more="split: {validation: 0.2}")
        rerun = dict(re.findall(r"^(\w+) +(\d+)$", run.stdout, re.MULTILINE))
        # `understood` says what was found, and takes its pictures from what was read before.
        expected = {"split": "1", "integrity": "1", "understood": "1", "check": "1", "total": "4"}
        assert rerun == expected, run.stdout

    def test_without_reading_pixels_the_check_passes_and_the_cohort_is_refused(self, ask, own):
        (own / "images/03.png").write_bytes(b"")
        run = ask("check", read_pixels="false")
        assert run.returncode == 0 and "cohort.read_pixels is false" in run.stdout
        run = ask("results/own/cohort/cohort.csv", read_pixels="false")
        assert run.returncode == 1 and "cohort.read_pixels is false" in run.stdout
        (own / "images/03.png").unlink()
        run = ask("check", read_pixels="false")
        assert run.returncode == 1 and "images/03.png" in run.stdout
