"""The libraries stand alone: what each may import, and what `import` of it costs."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

from libraries import NAMES, PACKAGES, declared
from smallmass.modules import closure

ROOTS = sorted(PACKAGES.glob("*/src"))
MAY_USE = {
    "diagnostic_accuracy": set(),
    "mrcnn": set(),
    "printed_numbers": {"diagnostic_accuracy"},
}
# Distributions whose modules have another name.
MODULE_OF = {"pillow": "PIL", "pyyaml": "yaml", "scikit-learn": "sklearn"}
# Backends of Keras that a user may bring; what is released as a part of pydantic.
BROUGHT = {"jax", "tensorflow", "torch", "pydantic_core"}
LAZY = [
    path.name
    for path in sorted(PACKAGES.iterdir())
    if "def __getattr__" in (path / "src" / path.name / "__init__.py").read_text(encoding="utf-8")
]


def modules(package: str):
    """Return the files of a package."""
    return sorted((PACKAGES / package / "src").rglob("*.py"))


@pytest.mark.parametrize("library", MAY_USE)
def test_a_library_imports_no_other_package_of_this_repository(library):
    """Neither directly nor through others, neither at the top nor inside a function."""
    used = {
        path.relative_to(root).parts[0]
        for module in modules(library)
        for path in closure(module, ROOTS)
        for root in ROOTS
        if path.is_relative_to(root)
    }
    assert used - {library} == MAY_USE[library]


@pytest.mark.parametrize("library", LAZY)
def test_a_lazy_library_loads_nothing_until_it_is_asked(library):
    """`import` alone brings in neither NumPy nor anything heavier."""
    program = f"import sys, {library}; print({{'numpy', 'scipy', 'keras'}} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert shown.stdout == "set()\n", shown.stderr


@pytest.mark.parametrize("library", LAZY)
def test_every_name_of_a_lazy_library_can_be_imported(library):
    """Each name is there, and the one that type checkers see."""
    module = import_module(library)
    values = {name: getattr(module, name) for name in module.__all__}
    assert set(values) <= set(dir(module))
    tree = ast.parse((PACKAGES / library / "src" / library / "__init__.py").read_bytes())
    typed = {
        (node.module, alias.name)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for source, name in typed:
        assert values[name] is getattr(import_module(source), name)
    assert {name for _, name in typed} == set(module.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


@pytest.mark.parametrize("library", LAZY)
def test_no_lazy_name_is_that_of_a_module(library):
    """A module takes its name in the package as soon as it is loaded."""
    names = {path.stem for path in (PACKAGES / library / "src" / library).iterdir()}
    assert not names & set(import_module(library).__all__)


def test_the_workflow_imports_modules_and_not_lazy_names():
    """Which rules an edit re-runs is read from imports: a lazy name would hide its module."""
    files = [*PACKAGES.glob("*/src/**/*.py"), *(PACKAGES.parent / "scripts").glob("*.py")]
    hidden = [
        f"{path.name}: from {node.module} import {alias.name}"
        for path in files
        if path.name != "__init__.py"
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module in LAZY
        for alias in node.names
        if alias.name in import_module(node.module).__all__
    ]
    assert hidden == []


@pytest.mark.parametrize("package", sorted(path.name for path in PACKAGES.iterdir()))
def test_the_licence_is_the_repositorys(package):
    """A copy and not a link: a link that leads out of its archive cannot be unpacked."""
    path = PACKAGES / package / "LICENSE"
    assert not path.is_symlink()
    assert path.read_bytes() == (PACKAGES.parents[1] / "LICENSE").read_bytes()


@pytest.mark.parametrize("package", NAMES)
def test_what_a_package_imports_is_declared(package):
    """As a dependency or as an extra: another package that brings it may stop to."""
    imported = {
        name.split(".")[0]
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_bytes()))
        for name in names_of(node)
    }
    own = {name.lower(): folder for folder, name in NAMES.items()}
    module_of = {name: MODULE_OF.get(name, name.replace("-", "_")) for name in declared(package)}
    known = {own.get(name, module) for name, module in module_of.items()}
    assert imported - sys.stdlib_module_names - {package} - known - BROUGHT == set()


def names_of(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports by their full names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
