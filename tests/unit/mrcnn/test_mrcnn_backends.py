"""The same library on the other backends of Keras: the tests of the network once more, on each.

    uv sync --group backends && uv run --group backends pytest -m backends

The tests against Matterport's fixtures hold every backend to within 1e-4 of the same numbers; the
others train and read.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
MODULES = (
    "test_mrcnn_oracle.py",
    "test_mrcnn_oracle_network.py",
    "test_mrcnn_boxes.py",
    "test_mrcnn_keras_citizen.py",
    "test_mrcnn_model.py",
    "test_mrcnn_scripts.py",
    "test_mrcnn_serving.py",
)
# Their slow tests, too. JAX compiles each copy of a whole model anew, for minutes: layers alone.
WHOLE = (
    ("torch", "test_mrcnn_keras_citizen.py"),
    ("torch", "test_mrcnn_serving.py"),
    ("jax", "test_mrcnn_serving.py"),
)


@pytest.mark.backends
@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize("module", MODULES)
def test_on_another_backend(backend, module):
    if importlib.util.find_spec(backend) is None:
        pytest.fail(f"{backend} is not installed; install the group backends")
    environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    environment["OMP_NUM_THREADS"] = "1"  # threads of several workers wait for one another
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", FOLDER / module]
    if (backend, module) in WHOLE:
        command += ["-m", "slow or not slow"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
