"""Trained models as a version of their own, and new images read with them."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tiny import CONFIG

SCORES = (
    *("image_score", "image_call", "clinical_score"),
    *("regression_score", "regression_call", "tree_score", "tree_call"),
)


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file as text."""
    csv.field_size_limit(2**24)  # outlines are long
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dvc(folder: Path, *arguments: str) -> str:
    """Run DVC in a folder and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder, env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def finished(tree, working_copy) -> Path:
    """A copy of the project in which the study `tiny` was built, to be changed."""
    folder = working_copy("version")
    for name in (".snakemake", "results/tiny"):
        shutil.copytree(tree / name, folder / name, dirs_exist_ok=True)
    return folder


@pytest.fixture
def phantoms(results, tmp_path) -> Path:
    """The images of `tiny` and its table, as if a hospital had brought them."""
    source = results / "phantoms"
    shutil.copytree(source / "images", tmp_path / "new/images")
    shutil.copy(source / "cohort.csv", tmp_path / "new/patients.csv")
    return tmp_path / "new"


def predict(snakemake, folder: Path, new: Path, *more: str) -> subprocess.CompletedProcess:
    """Read new images."""
    return snakemake(folder, "predict", "--cores", "2", *CONFIG, f"predict={new}", *more)


def last_place(folder: Path, new: Path) -> Path:
    """Return where the last call put what it made of new images."""
    places = (folder / "results/tiny/predict").glob(f"{new.name}-*")
    return max(places, key=lambda place: place.stat().st_mtime_ns)


@pytest.mark.slow
def test_pulled_models_read_as_those_that_were_trained(
    finished, results, phantoms, snakemake, tmp_path
):
    """Recorded, pushed, everything wiped, pulled: the same files, the same scores to the last bit.

    Nothing of the study is left but the models, as on a machine of another hospital.
    """
    run = snakemake(finished, "version", "--cores", "2", *CONFIG)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "train_image_model" not in run.stdout
    pointer = (finished / "models/tiny.dvc").read_bytes()
    assert "up to date" in dvc(finished, "status", "models/tiny.dvc")
    dvc(finished, "remote", "add", "--default", "store", str(tmp_path / "store"))
    dvc(finished, "push", "models/tiny.dvc")

    again = snakemake(finished, "version", "--cores", "2", *CONFIG)
    assert again.returncode == 0 and (finished / "models/tiny.dvc").read_bytes() == pointer

    hashes = json.loads((finished / "models/tiny/models.json").read_text("utf-8"))["sha256"]
    for name in (".dvc/cache", ".dvc/tmp", ".snakemake", "models/tiny", "results"):
        shutil.rmtree(finished / name)
    dvc(finished, "pull", "models/tiny.dvc")
    assert {"image_model/seed0/full/weights.h5", "clinical_model/weights.h5"} <= set(hashes)
    for name, digest in hashes.items():
        content = (finished / "models/tiny" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert content == (results / name).read_bytes()

    run = predict(snakemake, finished, phantoms)
    assert run.returncode == 0, run.stdout[-8000:]
    assert "FOR RESEARCH, NOT FOR DIAGNOSIS; SIMULATED: NO EVIDENCE" in run.stdout
    made = last_place(finished, phantoms)
    expected = {row["case_id"]: row for row in rows(results / "predictions.csv")}
    predictions = rows(made / "predictions.csv")
    assert [row["case_id"] for row in predictions] == sorted(expected)
    assert sum(int(row["unlike"]) for row in predictions) <= 6  # of sixty
    for row in predictions:
        assert {n: row[n] for n in SCORES} == {n: expected[row["case_id"]][n] for n in SCORES}
        assert row["use"].startswith("for research, not for diagnosis; simulated: no evidence")
    regions = {
        tuple(row[n] for n in ("case_id", "detection", "p_malignant", "x1", "area_px", "outline"))
        for row in rows(results / "image_model/seed0/full/detections.csv")
    }
    found = rows(made / "detections.csv")
    assert regions == {
        tuple(row[n] for n in ("case_id", "detection", "p_malignant", "x1", "area_px", "outline"))
        for row in found
    }
    pictures = sorted((made / "overlays").glob("*.png"))
    assert [path.stem for path in pictures] == sorted(expected)
    with Image.open(pictures[0]) as picture:
        assert picture.width > 600

    # Without the table: no factor is known, and nothing is made up in its place.
    (phantoms / "patients.csv").unlink()
    run = predict(snakemake, finished, phantoms, "models=models/tiny")
    assert run.returncode == 0, run.stdout[-8000:]
    assert last_place(finished, phantoms) != made and (made / "predictions.csv").exists()
    for row in rows(last_place(finished, phantoms) / "predictions.csv"):
        case = row["image"].removeprefix("images/").removesuffix(".png")
        assert row["image_score"] == expected[case]["image_score"]
        assert [row[n] for n in SCORES[2:]] == [""] * 5
        assert "no clinical factor is known" in row["note"]


@pytest.mark.slow
def test_a_changed_weight_is_refused(finished, phantoms, snakemake):
    """One bit of the image model's weights: nothing is read, and it is said which file it is."""
    weights = finished / "results/tiny/image_model/seed0/full/weights.h5"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    run = predict(snakemake, finished, phantoms)
    assert run.returncode == 1 and "Traceback" not in run.stdout
    assert "seed0/full/weights.h5 is not the recorded file: its sha256 is" in run.stdout
    assert "train_image_model" not in run.stdout
    made = last_place(finished, phantoms)
    assert made.is_dir() and not (made / "predictions.csv").exists()


def test_every_bad_new_image_is_named(finished, results, snakemake, tmp_path):
    """A good one, text called .png, a truncated one: exit code 1, both named, nothing read."""
    good = sorted((results / "phantoms/images").glob("*.png"))[0]
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(good, new / "good.png")
    (new / "text.png").write_text("not an image\n")
    (new / "cut.png").write_bytes(good.read_bytes()[:200])
    run = predict(snakemake, finished, new)
    assert run.returncode == 1 and "Traceback" not in run.stdout
    last = run.stdout[run.stdout.rindex("2 problems:") :]
    assert "text.png: is text" in last and "cut.png: is cut off" in last and "good" not in last
    made = last_place(finished, new)
    assert {row["case_id"] for row in rows(made / "problems.csv")} == {"text.png", "cut.png"}
    assert not (made / "predictions.csv").exists() and not (made / "overlays").exists()
