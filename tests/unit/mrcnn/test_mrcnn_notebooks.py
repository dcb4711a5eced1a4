"""The four notebooks of the package run from their first cell to their last."""

import json

import pytest

from libraries import PACKAGES

FOLDER = PACKAGES / "mrcnn" / "docs" / "notebooks"
TRAINING = ("outlines", "shapes")


def cells(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def test_there_are_four_and_none_holds_outputs():
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    assert names == ["inspect_data", "inspect_model", "outlines", "shapes"]
    code = [cell for name in names for cell in cells(name) if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize(
    "name",
    ["inspect_data", "inspect_model", *(pytest.param(n, marks=pytest.mark.slow) for n in TRAINING)],
)
def test_a_notebook_runs(name):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    space = {"__name__": "__main__"}
    for number, cell in enumerate(cells(name)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{name}, cell {number}", "exec"), space)
    pyplot.close("all")
