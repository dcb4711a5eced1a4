"""Which modules a script runs: against Python's own import and on made-up packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from smallmass.modules import closure

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "workflow/scripts"
PACKAGES = REPOSITORY / "workflow/packages"
ROOTS = sorted(PACKAGES.glob("*/src"))


def write(root: Path, files: dict[str, str]) -> None:
    """Write source files under a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_every_way_of_importing_is_followed(tmp_path):
    """Absolute, relative, from a package, inside a function, through another module."""
    write(
        tmp_path,
        {
            "script.py": "import numpy\nfrom pkg.a import f\ndef g():\n    import pkg.late\n",
            "pkg/__init__.py": "",
            "pkg/a.py": "from . import b\nfrom .sub.c import x\n",
            "pkg/b.py": "from pkg import sub\n",
            "pkg/late.py": "from .sub import d\n",
            "pkg/sub/__init__.py": "from ..e import y\n",
            "pkg/sub/c.py": "x = 1\n",
            "pkg/sub/d.py": "from .. import a\n",
            "pkg/e.py": "y = 1\n",
            "pkg/unused.py": "import pkg.a\n",
        },
    )
    found = [
        path.relative_to(tmp_path).as_posix()
        for path in closure(tmp_path / "script.py", [tmp_path])
    ]
    assert found == [
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/b.py",
        "pkg/e.py",
        "pkg/late.py",
        "pkg/sub/__init__.py",
        "pkg/sub/c.py",
        "pkg/sub/d.py",
    ]


def test_a_ring_of_imports_ends(tmp_path):
    """Two modules that import each other are both found, once."""
    write(tmp_path, {"s.py": "import a\n", "a.py": "import b\n", "b.py": "import a\n"})
    assert [path.name for path in closure(tmp_path / "s.py", [tmp_path])] == ["a.py", "b.py"]


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py")))
def test_nothing_that_python_imports_is_missed(script):
    """The modules that Python loads for a script's imports at the top are all in the closure."""
    top = [
        line
        for line in (SCRIPTS / script).read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]
    program = "\n".join(
        [
            "import sys",
            *top,
            "for m in list(sys.modules.values()): print(getattr(m, '__file__', None) or '')",
        ]
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(map(str, [*ROOTS, SCRIPTS])), "PATH": ""},
    ).stdout
    loaded = {
        Path(line)
        for line in shown.splitlines()
        if line and Path(line).is_relative_to(REPOSITORY / "workflow")
    }
    assert loaded <= set(closure(SCRIPTS / script, [*ROOTS, SCRIPTS]))


def test_light_rules_do_not_wait_for_the_image_model():
    """No script but the image model's own may depend on the model library."""
    for script in SCRIPTS.glob("*.py"):
        packages = {
            path.parents[-len(REPOSITORY.parts) - 4].name for path in closure(script, ROOTS)
        }
        if "mrcnn" in packages:
            users = ("train_image_model", "read_images", "read_new_images")
            assert script.stem in users, script.name
