"""The published pixels: on this machine, without vector instructions, with an older NumPy."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from smallmass.phantom.manifest import PUBLISHED, expected_pixels
from smallmass.phantom.table import make_table

REPOSITORY = PUBLISHED.parents[6]
SRC = PUBLISHED.parents[2]
OLDER = ["numpy==1.26.4", "scipy==1.11.4"]  # the last NumPy 1, and a SciPy of its time

# Draws cases and prints their hashes. It imports the drawing modules by themselves: that they need
# nothing but NumPy and SciPy is part of the promise.
PROGRAM = """
import hashlib, json, sys, types
src, orders = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, src)
for name in ("smallmass", "smallmass.phantom"):
    package = types.ModuleType(name)
    package.__path__ = [src + "/" + name.replace(".", "/")]
    sys.modules[name] = package
import numpy, scipy
try:
    from numpy._core._multiarray_umath import __cpu_features__ as features
except ImportError:
    from numpy.core._multiarray_umath import __cpu_features__ as features
from smallmass.phantom.picture import Order, draw
pixels = {}
for case_id, order in orders.items():
    phantom = draw(Order(**order))
    grey = phantom.outline.astype("uint8") * 255
    pixels["images/" + case_id + ".png"] = hashlib.sha256(phantom.image.tobytes()).hexdigest()
    pixels["outlines/" + case_id + ".png"] = hashlib.sha256(grey.tobytes()).hexdigest()
print(json.dumps({
    "pixels": pixels, "numpy": numpy.__version__, "scipy": scipy.__version__,
    "features": [name for name, on in features.items() if on],
    "others": sorted({"pandas", "PIL", "joblib"} & set(sys.modules)),
}))
"""


@pytest.fixture(scope="module")
def orders() -> dict[str, dict]:
    """The orders of one published phantom of each scanner, benign and malignant, by case_id."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))["defaults"]
    table = make_table(config["cohort"]["n"], config["seed"])
    return {
        f"p{rows.index[0]:04}": {
            "seed": config["seed"],
            "number": int(rows.index[0]),
            "malignant": label == "malignant",
            "diameter_um": round(rows["diameter_cm"].iloc[0] * 100) * 100,
            "scanner": int(scanner),
            "depth_um": int(rows["depth_um"].iloc[0]),
            "image_px": config["cohort"]["image_px"],
        }
        for (scanner, label), rows in table.groupby(["scanner", "label"])
        if (scanner % 2 == 0) == (label == "malignant")
    }


def drawn(orders: dict[str, dict], command: list[str], **environment: str) -> dict:
    """Draw cases in a fresh process; return their hashes and what it ran on."""
    done = subprocess.run(
        [*command, "-c", PROGRAM, str(SRC), json.dumps(orders)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def published(orders: dict[str, dict]) -> dict[str, str]:
    """Return the manifest's hashes of the cases of ``orders``."""
    return {
        name: sha for name, sha in expected_pixels(PUBLISHED).items() if Path(name).stem in orders
    }


def test_this_machine_makes_the_published_pixels(orders):
    assert len({order["scanner"] for order in orders.values()}) == 5
    here = drawn(orders, [sys.executable])
    assert here["pixels"] == published(orders)
    assert here["others"] == []


def test_pixels_do_not_depend_on_the_processor(orders):
    """NumPy without its vector code and a BLAS for the oldest processor give the same pixels."""
    from numpy._core import _multiarray_umath as core

    named = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    if not named:
        pytest.skip("this NumPy has no vector code to switch off on this processor")
    plain = drawn(
        orders,
        [sys.executable],
        NPY_DISABLE_CPU_FEATURES=" ".join(named),
        OPENBLAS_CORETYPE="Prescott" if platform.machine() in ("x86_64", "AMD64") else "",
        OPENBLAS_NUM_THREADS="1",
    )
    assert not set(named) & set(plain["features"])
    assert plain["pixels"] == published(orders)


@pytest.mark.slow
def test_pixels_do_not_depend_on_the_version_of_numpy(orders):
    """NumPy 1.26 and SciPy 1.11 give the published pixels; they come from the package index."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv")
    python = f"3.{min(sys.version_info.minor, 12)}"  # the last that NumPy 1.26 was built for
    command = [uv, "run", "--isolated", "--no-project", "--python", python]
    for requirement in OLDER:
        command += ["--with", requirement]
    ready = subprocess.run(
        [*command, "python", "-c", "import numpy, scipy"], capture_output=True, text=True
    )
    if ready.returncode:
        pytest.skip(f"the package index cannot be reached: {ready.stderr[-200:]}")
    older = drawn(orders, [*command, "python"])
    assert [older["numpy"], older["scipy"]] == ["1.26.4", "1.11.4"]
    assert np.__version__ != older["numpy"]
    assert older["pixels"] == published(orders)
