"""Which modules a script runs, and the digest of what they do.

Against Python's own import and on made-up packages.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from smallmass.modules import closure, digest

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


def names(root: Path) -> list[str]:
    """Return the modules behind ``script.py``, relative to the folder of both."""
    modules = closure(root / "script.py", [root])
    return [path.relative_to(root).as_posix() for path in modules]


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
    assert names(tmp_path) == [
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


@pytest.mark.parametrize("condition", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_an_import_for_types_alone_is_no_import(tmp_path, condition):
    """It never happens; what stands under `else`, or under another condition, does."""
    imports = f"import typing\nif {condition}:\n    import a\nelse:\n    import b\n"
    other = f"if not {condition}:\n    import c\n"
    write(tmp_path, {"script.py": imports + other, "a.py": "", "b.py": "", "c.py": ""})
    assert names(tmp_path) == ["b.py", "c.py"]


MODULE = '''"""Lengths."""


class Ruler:
    """Measures."""

    unit = "mm"

    def read(self, length: float) -> str:
        """Return a length with its unit."""
        return f"{length} {self.unit}"
'''


def digest_of(folder: Path, text: str) -> str:
    """Return the digest of one module."""
    write(folder, {"pkg/module.py": text})
    # A file is read once a process, so that another text needs another place.
    path = folder / "pkg/module.py"
    return digest([path], [folder])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Lengths.", "Other words."),
        ('"""Lengths."""\n', ""),
        (
            '    """Measures."""\n',
            '    """Measures.\n\n    Attributes:\n        unit: ...\n    """\n',
        ),
        ("Return a length with its unit.", "Other words."),
        ("    unit =", "    # A comment.\n    unit ="),
        ('unit = "mm"', "unit = 'mm'  # a comment"),
        ("(self, length: float)", "(\n        self,\n        length: float,\n    )"),
        ("\n\n", "\n\n\n\n"),
    ],
)
def test_words_and_layout_are_no_part_of_the_digest(tmp_path, old, new):
    """Docstrings of modules, classes and functions, comments, blank and wrapped lines, quotes."""
    assert old in MODULE
    edited = digest_of(tmp_path / "edited", MODULE.replace(old, new))
    assert edited == digest_of(tmp_path / "before", MODULE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('unit = "mm"', 'unit = "cm"'),
        ("{length} {self.unit}", "{length}  {self.unit}"),
        ('        return f"', '        "words"\n        f"'),
        ("read(", "measure("),
        ("    unit", "    unit: str"),
    ],
)
def test_what_a_module_does_is_the_digest(tmp_path, old, new):
    """A value, a text that is not a docstring, a statement, a name, an annotation."""
    assert old in MODULE
    edited = digest_of(tmp_path / "edited", MODULE.replace(old, new))
    assert edited != digest_of(tmp_path / "before", MODULE)


def test_a_digest_knows_which_file_does_what(tmp_path):
    """Two modules that change places are another program; their order and the folder are not."""
    for folder, a, b in (("one", "x = 1", "x = 2"), ("moved", "x = 1", "x = 2"),
                         ("swapped", "x = 2", "x = 1")):  # fmt: skip
        write(tmp_path / folder, {"pkg/a.py": a, "pkg/b.py": b})

    def digest_in(folder: str, *names: str) -> str:
        root = tmp_path / folder
        return digest([root / "pkg" / name for name in names], [root])

    one = digest_in("one", "a.py", "b.py")
    assert one == digest_in("moved", "b.py", "a.py")
    assert one != digest_in("swapped", "a.py", "b.py")
    assert one != digest_in("one", "a.py")


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
