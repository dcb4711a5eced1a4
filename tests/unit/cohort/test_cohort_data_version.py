"""The version of the phantoms: pointer and manifest against the files on disk, and DVC itself."""

import hashlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

import dvc_here
from smallmass import dvc_folder
from smallmass.data_version import ACCEPT, accept, main, manifest_of, verify
from smallmass.dvc_folder import commit
from smallmass.errors import UserError
from smallmass.phantom import make_cohort
from smallmass.phantom.manifest import PUBLISHED, expected_pixels, pixel_differences


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    """Twelve phantoms of 48 px; copied before they are broken."""
    root = tmp_path_factory.mktemp("phantoms") / "data"
    make_cohort(root, n=12, image_px=48, seed=4)
    for folder in ("images", "outlines"):
        (root / folder / ".snakemake_timestamp").touch()
    return root


@pytest.fixture
def in_process(monkeypatch):
    """DVC without a process of its own."""
    monkeypatch.setattr(dvc_folder, "_dvc", dvc_here.run)


@pytest.fixture
def project(phantoms, tmp_path, in_process):
    """A DVC repository with phantoms that nothing names yet."""
    shutil.copytree(phantoms, tmp_path / "data")
    dvc_here.init(tmp_path)
    (tmp_path / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    return tmp_path


@pytest.fixture
def named(project):
    """A fresh clone whose phantoms are the named ones: DVC's cache is empty."""
    accept(project / "data", project / "data.dvc")
    for name in ("cache", "tmp"):
        shutil.rmtree(project / ".dvc" / name)
    return project


def refusal(project) -> str:
    """Return what is said about a project's phantoms; they must be refused and nothing changed."""
    kept = (project / "data.dvc").read_bytes(), manifest_of(project / "data.dvc").read_bytes()
    with pytest.raises(UserError) as raised:
        verify(project / "data", project / "data.dvc")
    assert kept == (
        (project / "data.dvc").read_bytes(),
        manifest_of(project / "data.dvc").read_bytes(),
    )
    return "\n".join(raised.value.problems)


def test_a_folder_that_is_the_named_one_is_verified_and_the_pointer_left(named):
    before = (named / "data.dvc").read_bytes()
    version, cached = verify(named / "data", named / "data.dvc")
    assert version.nfiles == 26 and version.md5.endswith(".dir") and not cached
    commit(named / "data.dvc")
    assert verify(named / "data", named / "data.dvc") == (version, True)
    assert (named / "data.dvc").read_bytes() == before
    accept(named / "data", named / "data.dvc")
    assert (named / "data.dvc").read_bytes() == before


def test_pixels_are_hashed_from_the_decoded_pictures(named):
    """Against Pillow and hashlib: what the manifest says of every picture is what is in it."""
    for name, sha in expected_pixels(manifest_of(named / "data.dvc")).items():
        with Image.open(named / "data" / name) as file:
            assert hashlib.sha256(np.asarray(file.convert("L")).tobytes()).hexdigest() == sha


def test_another_table_is_refused_with_what_is_known(named):
    table = named / "data/cohort.csv"
    table.write_text(table.read_text().replace("benign", "malignant", 1))
    text = refusal(named)
    assert "cohort.csv differs" in text and "manifest.csv differs" not in text
    assert ACCEPT in text and "cohort.root" in text and "pictures" not in text


@pytest.mark.parametrize("folder", ["images", "outlines"])
def test_one_wrong_pixel_is_named_and_refused(named, folder):
    path = named / "data" / folder / "p0003.png"
    with Image.open(path) as file:
        image = file.copy()
    image.putpixel((20, 30), 255 - image.getpixel((20, 30)))
    image.save(path)
    text = refusal(named)
    assert f"1 of 24 pictures have other pixels: {folder}/p0003.png." in text
    assert "delete it and run again" in text


def test_a_damaged_picture_is_named_and_refused(named):
    path = named / "data/images/p0003.png"
    path.write_bytes(path.read_bytes()[:200])
    assert "1 of 24 pictures cannot be read: images/p0003.png." in refusal(named)


def test_a_missing_picture_is_named_and_refused(named):
    (named / "data/outlines/p0012.png").unlink()
    (named / "data/images/p0001.png").unlink()
    assert "2 of 24 pictures are missing: images/p0001.png, outlines/p0012.png." in refusal(named)


def test_an_extra_picture_is_named_and_refused(named):
    shutil.copy(named / "data/images/p0001.png", named / "data/images/p0013.png")
    assert "1 of 24 pictures are not in the manifest: images/p0013.png." in refusal(named)


def test_an_extra_file_is_refused(named):
    (named / "data/portrait.jpg").write_bytes(b"a face")
    text = refusal(named)
    assert "27 files" in text and "a file was added" in text


def test_the_same_pixels_in_another_encoding_are_refused_as_such(named):
    path = named / "data/images/p0003.png"
    with Image.open(path) as file:
        file.copy().save(path, compress_level=9)
    text = refusal(named)
    assert "all pixels are the same" in text and "encoded in another way" in text


def test_a_picture_of_the_same_bytes_in_another_shape_is_noticed(named):
    path = named / "data/images/p0003.png"
    with Image.open(path) as file:
        pixels = np.asarray(file)
    Image.fromarray(pixels.reshape(24, 96)).save(path)
    assert "cannot be read: images/p0003.png" in refusal(named)


def test_wrong_pixels_are_refused_though_the_pointer_fits_them(named):
    """As if somebody had made data.dvc name wrong pictures: the manifest still knows."""
    manifest = manifest_of(named / "data.dvc")
    first, *lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([first, *lines[:3], lines[3][:-4] + "0000", *lines[4:]]) + "\n")
    text = refusal(named)
    assert "outlines/p0004.png" in text and "belong together" in text and ACCEPT in text


@pytest.mark.parametrize("content", ["", "case_id,sha\np0001,0\n", "case_id,image_sha256"])
def test_a_broken_manifest_says_what_to_do(named, content):
    manifest_of(named / "data.dvc").write_text(content)
    assert "is no manifest of phantoms" in refusal(named)


def test_a_missing_manifest_says_what_to_do(named):
    manifest_of(named / "data.dvc").unlink()
    with pytest.raises(UserError, match=r"no .*manifest.csv. Restore it from the repository"):
        verify(named / "data", named / "data.dvc")


def test_damaged_phantoms_are_never_accepted(project):
    (project / "data/images/p0003.png").write_bytes(b"other")
    with pytest.raises(UserError, match=r"images/p0003.png(.|\n)*nothing was accepted"):
        accept(project / "data", project / "data.dvc")
    assert not (project / "data.dvc").exists() and not manifest_of(project / "data.dvc").exists()


def test_a_missing_or_damaged_pointer_says_what_to_do(project):
    with pytest.raises(UserError, match=r"no .*data.dvc.*accept"):
        verify(project / "data", project / "data.dvc")
    (project / "data.dvc").write_text("outs: []\n")
    with pytest.raises(UserError, match="Restore it"):
        verify(project / "data", project / "data.dvc")
    with pytest.raises(UserError, match="Make the phantoms first"):
        accept(project / "nothing", project / "nothing.dvc")


def test_command_line(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert main(["check"]) == 1
    assert "accept" in capsys.readouterr().err
    assert main(["accept"]) == 0
    assert main(["check"]) == 0
    assert "26 files" in capsys.readouterr().out


def test_repository_names_one_version_in_both_files():
    """data.dvc notes the MD5 of the phantoms' manifest: it is the committed one."""
    repository = PUBLISHED.parents[6]
    assert manifest_of(repository / "data.dvc") == PUBLISHED
    noted = yaml.safe_load((repository / "data.dvc").read_text())["meta"]["manifest.csv"]
    assert hashlib.md5(PUBLISHED.read_bytes(), usedforsecurity=False).hexdigest() == noted
    assert len(expected_pixels(PUBLISHED)) == 2 * 1041


def test_phantoms_elsewhere_are_compared_by_tables_and_pixels(named, tmp_path_factory):
    """Not beside the pointer, DVC knows nothing of them."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "data"
    shutil.copytree(named / "data", elsewhere)
    assert verify(elsewhere, named / "data.dvc")[1]
    (elsewhere / "cohort.csv").write_text("case_id\n")
    with pytest.raises(UserError, match=r"cohort\.csv differs"):
        verify(elsewhere, named / "data.dvc")


def test_wrong_phantoms_are_never_given_to_the_cache(named):
    """As if they had changed after they were verified: the pointer is left as it was."""
    before = (named / "data.dvc").read_bytes()
    (named / "data/cohort.csv").write_text("case_id\n")
    with pytest.raises(UserError, match="wanted to change"):
        commit(named / "data.dvc")
    assert (named / "data.dvc").read_bytes() == before


def test_what_dvc_says_when_it_fails_is_passed_on(project):
    with pytest.raises(UserError, match="dvc data status --json --granular failed"):
        (project / "data.dvc").write_text("outs: [")
        dvc_folder.compare(project / "data.dvc")


def dvc(project, *arguments):
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("git", [True, False])
def test_against_dvc(phantoms, tmp_path, git):
    """DVC itself takes our pointer as its own, and is clean after one commit."""
    project = tmp_path
    shutil.copytree(phantoms, project / "data")
    if git:
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
        dvc(project, "init", "-q")
        (project / ".gitignore").write_text("/data\n")
        (project / ".dvcignore").write_text(".snakemake_timestamp\n")
    else:
        dvc_here.init(project)

    pointer = project / "data.dvc"
    accept(project / "data", pointer)
    ours = pointer.read_bytes()
    assert "up to date" in dvc(project, "status")
    # What we wrote is what DVC itself writes.
    dvc(project, "add", "-q", "data")
    assert yaml.safe_load(pointer.read_bytes()) == yaml.safe_load(ours)
    pointer.write_bytes(ours)
    assert verify(project / "data", pointer)[1]

    # The listing is in the cache, and the files that differ are named.
    good = {name: (project / "data/images" / name).read_bytes() for name in ("p0003.png",)}
    (project / "data/images/p0003.png").unlink()  # DVC may have made it a link: no writing into it
    (project / "data/images/p0003.png").write_bytes(b"other")
    (project / "data/images/p0004.png").unlink()
    text = refusal(project)
    assert "1 files of" in text and "images/p0004.png" in text
    assert "different: images/p0003.png" in text

    # A fresh clone without a remote: no cache, no phantoms; the same bytes are made again.
    shutil.rmtree(project / "data")
    shutil.rmtree(project / ".dvc/cache")
    shutil.rmtree(project / ".dvc/tmp", ignore_errors=True)
    make_cohort(project / "data", n=12, image_px=48, seed=4)
    assert (project / "data/images/p0003.png").read_bytes() == good["p0003.png"]
    assert not verify(project / "data", pointer)[1]
    commit(pointer)
    assert "up to date" in dvc(project, "status")
    assert pointer.read_bytes() == ours


def test_differences_of_nothing_are_none(named):
    assert pixel_differences(named / "data", named / "data/manifest.csv") == []
