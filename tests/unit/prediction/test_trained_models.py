"""A study's models in a folder of their own: collected, recorded, verified, and named to DVC."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

import dvc_here
from smallmass import dvc_folder
from smallmass.errors import UserError
from smallmass.files import read_json, sha256, write_json
from smallmass.trained_models import collect, find_models, model_files, open_models
from study_settings import study_settings


@pytest.fixture
def project(tmp_path):
    """A project with the results of a study of two seeds and two folds; weights are made up."""
    settings = study_settings({"image_model.seeds": 2, "image_model.folds": 2})
    results = tmp_path / "results/trial"
    for name in model_files(settings):
        path = results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".h5":
            path.write_bytes(f"weights of {name}".encode())
    for name in model_files(settings):
        path = results / name
        if path.suffix == ".json":
            weights = path.with_name("weights.h5")
            digest = sha256(weights) if path.name == "model.json" else None
            write_json(path, {"status": "fitted", "weights_sha256": digest})
    return tmp_path, results, settings


def collected(project, study="trial"):
    """Collect the models of the project as those of a study."""
    folder, results, settings = project
    return collect(results, folder / "models" / study, study, settings)


def test_every_file_is_collected_with_its_hash(project):
    """Two seeds, each in full and without each of two folds; hashes against hashlib."""
    models = collected(project)
    names = {p.relative_to(models.folder).as_posix() for p in models.folder.rglob("*.*")}
    weights = [name for name in names if name.endswith(".h5")]
    assert len(weights) == 2 * 3 + 1 and "models.json" in names
    found = json.loads((models.folder / "models.json").read_text())
    assert set(found["sha256"]) == names - {"models.json"}
    for name, digest in found["sha256"].items():
        assert hashlib.sha256((models.folder / name).read_bytes()).hexdigest() == digest
    assert found["simulated"] is True and found["study"] == "trial"
    assert not any("/fold" in name for name in models.names) and len(models.names) == 4 + 2 + 4
    reopened = open_models(models.folder, "trial")
    reopened.verify()
    assert reopened.record() == models.record()


def test_collecting_again_changes_nothing_and_replaces_all_if_anything_changed(project):
    """The same bytes stay untouched; a file too many, or another model, means a new folder."""
    models = collected(project)
    before = (models.folder / "models.json").stat().st_mtime_ns
    collected(project)
    assert (models.folder / "models.json").stat().st_mtime_ns == before
    (models.folder / "stray.h5").touch()
    (models.folder.parent / ".trial.new").mkdir()  # of a run that was killed
    collected(project)
    assert not (models.folder / "stray.h5").exists()
    assert [path.name for path in models.folder.parent.iterdir()] == ["trial"]


def test_models_that_are_not_whole_are_not_collected(project):
    """Every missing file, every weight file that its model.json does not record."""
    folder, results, _ = project
    (results / "combined/tree.json").unlink()
    (results / "operating_points.json").unlink()
    with pytest.raises(UserError, match=r"tree.json is missing(.|\n)*|operating_points") as raised:
        collected(project)
    assert len(raised.value.problems) == 3
    for name in ("combined/tree.json", "operating_points.json"):
        write_json(results / name, {})
    weights = results / "image_model/seed1/fold0/weights.h5"
    weights.write_bytes(weights.read_bytes() + b"!")
    with pytest.raises(UserError, match=r"seed1/fold0/weights.h5 is not the file"):
        collected(project)
    assert not (folder / "models/trial").exists()


@pytest.mark.parametrize("name", ["image_model/seed0/full/weights.h5", "combined/regression.json"])
def test_one_changed_byte_is_refused(project, name):
    """In weights as in the readable files; all that is wrong is listed at once."""
    models = collected(project)
    content = bytearray((models.folder / name).read_bytes())
    content[3] ^= 1
    (models.folder / name).write_bytes(content)
    (models.folder / "clinical_model/weights.h5").unlink()
    with pytest.raises(UserError) as raised:
        open_models(models.folder).verify(models.names)
    text = "\n".join(raised.value.problems)
    assert f"{name} is not the recorded file" in text and "models/trial.dvc" in text
    assert "clinical_model/weights.h5 is missing" in text
    with pytest.raises(UserError, match=r"extra\.h5 is not recorded"):
        models.verify(["extra.h5"])


def test_where_models_are_looked_for(project):
    """Named ones, else complete results, else recorded ones; else it is said how to get them."""
    folder, results, settings = project
    with pytest.raises(UserError, match=r"dvc pull models/trial.dvc; or train"):
        find_models("trial", None, folder)
    recorded = collected(project).folder
    assert find_models("trial", None, folder) == recorded
    hashes = {name: sha256(results / name) for name in model_files(settings)}
    write_json(
        results / "run.json",
        {"study": "trial", "settings": settings.plain(), "sha256": hashes | {"report.md": "0"}},
    )
    assert find_models("trial", None, folder) == results
    assert find_models("trial", recorded, folder) == recorded
    of_results = open_models(results, "trial")
    of_results.verify()
    assert of_results.sha256 == hashes
    with pytest.raises(UserError, match="models of the study trial, not of other"):
        open_models(recorded, "other")
    (results / "run.json").write_text('{"study": "trial"}')
    with pytest.raises(UserError, match=r"run.json does not record(.|\n)*Finish the study"):
        open_models(results, "trial")


def test_each_study_has_a_pointer_of_its_own(project, monkeypatch):
    """Recording a second study leaves the first; DVC notices a change of either, and mends it."""
    folder = project[0]
    monkeypatch.setattr(dvc_folder, "_dvc", dvc_here.run)
    dvc_here.init(folder)
    (folder / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    pointers = {name: folder / f"models/{name}.dvc" for name in ("first", "second")}
    first = collected(project, "first")
    assert dvc_folder.add(pointers["first"], "models").nfiles == len(first.sha256) + 1
    content = pointers["first"].read_bytes()
    collected(project, "second")
    dvc_folder.add(pointers["second"], "models")
    dvc_folder.add(pointers["first"], "models")
    assert pointers["first"].read_bytes() == content

    weights = first.folder / "clinical_model/weights.h5"
    weights.unlink()  # DVC may have made it a link: no writing into it
    weights.write_bytes(b"other")
    status = [dvc_here.run(folder, "status", f"models/{name}.dvc") for name in pointers]
    assert "modified:" in status[0] and "up to date" in status[1]
    dvc_here.run(folder, "checkout", "--quiet", "--force", "models/first.dvc")
    first.verify()


def test_git_takes_the_pointers_and_leaves_the_models(tmp_path):
    """DVC refuses a pointer that git ignores, and models are never to be committed."""
    repository = Path(__file__).parents[3]
    shutil.copy(repository / ".gitignore", tmp_path)
    for name in ("models/first/models.json", "models/.first.new/models.json", "models/first.dvc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    listed = ["git", "ls-files", "--others", "--exclude-standard", "models"]
    done = subprocess.run(listed, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["models/first.dvc"]


def test_settings_that_reading_needs_are_recorded(project):
    """Size and classes are the weights' own (model.json); how regions become a score is here."""
    found = read_json(collected(project).folder / "models.json")["settings"]
    assert found["image_model"]["image_score"] == "top_foreground"
    assert found["cohort"]["resize"] == "pad"
