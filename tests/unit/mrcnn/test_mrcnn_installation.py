"""Another distribution that brings a package `mrcnn` is named at import, not found out later."""

import base64
import hashlib
import shutil
import subprocess
import sys

import pytest

from libraries import PACKAGES

OURS, THEIRS = "mrcnn-keras3", "mrcnn"


def record(site, name, version, files):
    """Write the metadata of an installed distribution with these modules of `mrcnn`."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for file in files:
        content = (site / "mrcnn" / file).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"mrcnn/{file},sha256={digest},{len(content)}\n")
    (folder / "RECORD").write_text("".join(lines))


@pytest.fixture
def site(tmp_path):
    """A folder of installed packages with this one."""
    shutil.copytree(PACKAGES / "mrcnn/src/mrcnn", tmp_path / "mrcnn")
    record(tmp_path, OURS, "0.1.0", [path.name for path in (tmp_path / "mrcnn").glob("*.py")])
    return tmp_path


def run(site, program="import mrcnn"):
    """Run a program beside the packages; return its errors and warnings."""
    program = f"import sys; sys.path.insert(0, {str(site)!r}); {program}"
    command = [sys.executable, "-B", "-W", "always::UserWarning", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, cwd=site).stderr


def overwrite(site, *files):
    """Install another package `mrcnn` over ours."""
    for file in files:
        (site / "mrcnn" / file).write_text("class MaskRCNN: ...\n")
    record(site, THEIRS, "0.2", files)


def test_an_installation_of_its_own_is_quiet(site):
    assert run(site) == ""


def test_a_file_that_was_edited_is_nobodys_business(site):
    (site / "mrcnn/model.py").write_text("# mine\n")
    assert run(site) == ""


@pytest.mark.parametrize(
    ("files", "program"),
    [
        (("model.py", "utils.py"), "import mrcnn"),
        # With its __init__, which knows nothing of this; the rest of the package still does.
        (("__init__.py", "model.py", "utils.py"), "import mrcnn.boxes"),
    ],
)
def test_overwritten_files_stop_the_import_and_name_both(site, files, program):
    overwrite(site, *files)
    errors = run(site, program)
    assert "ImportError: files of mrcnn-keras3 were overwritten" in errors
    assert "mrcnn/model.py by mrcnn 0.2" in errors and "mrcnn/utils.py by mrcnn 0.2" in errors


def test_a_stray_file_of_the_other_is_warned_of(site):
    overwrite(site, "coco.py")
    errors = run(site)
    assert "UserWarning: another distribution has files" in errors
    assert "mrcnn/coco.py by mrcnn 0.2" in errors


def test_files_that_the_other_took_along_are_missed(site):
    (site / "mrcnn/config.py").unlink()
    assert "ImportError: mrcnn-keras3 lacks files: mrcnn/config.py" in run(site)
