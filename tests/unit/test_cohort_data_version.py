"""The version of the phantoms, against DVC itself."""

import shutil
import subprocess
import sys

import pytest
import yaml

from smallmass.data_version import accept, commit, main, verify, version_of
from smallmass.errors import UserError


@pytest.fixture
def project(tmp_path):
    """A project with a folder like the phantoms'."""
    for folder in ("images", "outlines"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        for i in range(12):
            (tmp_path / "data" / folder / f"case{i}.png").write_bytes(bytes([i]) * 100)
        (tmp_path / "data" / folder / ".snakemake_timestamp").touch()
    (tmp_path / "data" / "cohort.csv").write_text("case_id\nÄ1\n", encoding="utf-8")
    (tmp_path / "data" / "manifest.csv").write_text("case_id,image_sha256\n")
    return tmp_path


def test_a_folder_that_is_the_named_one_is_verified_and_the_pointer_left(project):
    accept(project / "data", project / "data.dvc")
    before = (project / "data.dvc").read_bytes()
    version = verify(project / "data", project / "data.dvc")
    assert version.nfiles == 26 and version.md5.endswith(".dir")
    assert (project / "data.dvc").read_bytes() == before
    assert not commit(project / "data", project / "data.dvc", version)  # no DVC here
    accept(project / "data", project / "data.dvc")
    assert (project / "data.dvc").read_bytes() == before


def test_another_folder_is_refused_with_what_is_known(project):
    accept(project / "data", project / "data.dvc")
    (project / "data/cohort.csv").write_text("case_id\nB1\n")
    with pytest.raises(UserError) as raised:
        verify(project / "data", project / "data.dvc")
    text = str(raised.value)
    assert "cohort.csv differs" in text and "manifest.csv differs" not in text
    assert "smallmass.data_version accept" in text and "cohort.root" in text


def test_a_changed_image_alone_is_noticed(project):
    accept(project / "data", project / "data.dvc")
    (project / "data/images/case3.png").write_bytes(b"other")
    with pytest.raises(UserError, match=r"cohort.csv and manifest.csv are the same"):
        verify(project / "data", project / "data.dvc")


def test_a_missing_or_damaged_pointer_says_what_to_do(project):
    with pytest.raises(UserError, match=r"no .*data.dvc.*accept"):
        verify(project / "data", project / "data.dvc")
    (project / "data.dvc").write_text("outs: []\n")
    with pytest.raises(UserError, match="Restore it"):
        verify(project / "data", project / "data.dvc")
    with pytest.raises(UserError, match="Make the phantoms first"):
        version_of(project / "nothing")


def test_command_line(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert main(["check"]) == 1
    assert "accept" in capsys.readouterr().err
    assert main(["accept"]) == 0
    assert main(["check"]) == 0
    assert "26 files" in capsys.readouterr().out


def dvc(project, *arguments):
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("git", [True, False])
def test_against_dvc(project, git):
    """DVC names the folder as we do, accepts our pointer, and is clean after one commit."""
    if git:
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
        dvc(project, "init", "-q")
        (project / ".gitignore").write_text("/data\n")
    else:
        dvc(project, "init", "-q", "--no-scm")
        # As in the repository: no word about git in the committed configuration.
        (project / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (project / ".dvcignore").write_text(".snakemake_timestamp\n")

    pointer = project / "data.dvc"
    version = accept(project / "data", pointer)
    ours = pointer.read_bytes()
    assert commit(project / "data", pointer, version)
    assert pointer.read_bytes() == ours
    assert "up to date" in dvc(project, "status")
    assert not commit(project / "data", pointer, version)  # the cache has it: DVC is not called
    # What we wrote is what DVC itself writes.
    dvc(project, "add", "-q", "data")
    assert yaml.safe_load(pointer.read_bytes()) == yaml.safe_load(ours)

    # Now the listing is in the cache, and the files that differ are named.
    (project / "data/images/case3.png").write_bytes(b"other")
    (project / "data/images/case4.png").unlink()
    with pytest.raises(UserError) as raised:
        verify(project / "data", pointer)
    assert "1 files of" in str(raised.value) and "images/case4.png" in str(raised.value)
    assert "different: images/case3.png" in str(raised.value)
    assert pointer.read_bytes() == ours

    # A fresh clone: no cache, the same bytes made again.
    shutil.copy(project / "data/images/case2.png", project / "data/images/case4.png")
    (project / "data/images/case3.png").write_bytes(bytes([3]) * 100)
    (project / "data/images/case4.png").write_bytes(bytes([4]) * 100)
    shutil.rmtree(project / ".dvc/cache")
    shutil.rmtree(project / ".dvc/tmp", ignore_errors=True)
    assert commit(project / "data", pointer, verify(project / "data", pointer))
    assert "up to date" in dvc(project, "status")
    assert pointer.read_bytes() == ours
