"""A training that is killed in its fourth epoch ends, once resumed, in the same weights."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

CHILD = """
import sys

import numpy as np
import tensorflow as tf
from discs import Discs, Tiny

from mrcnn.model import MaskRCNN

checkpoint, weights, precision = sys.argv[1:]
# As the study does: sums are split by the number of threads, which is fixed, not found.
tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)
tf.config.experimental.enable_op_determinism()
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
config = Tiny()
config.PRECISION = precision
model = MaskRCNN("training", config, seed=5)
tell = lambda epoch, row: print("epoch", epoch, flush=True)
model.train(Discs(8), Discs(4), 1e-3, 6, checkpoint=checkpoint, on_epoch=tell)
model.save_weights(weights)
"""


def start(folder: Path, name: str, precision: str) -> subprocess.Popen:
    """Start a training of six epochs in a process of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    files = [str(folder / f"{name}_{kind}.h5") for kind in ("state", "weights")]
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *files, precision],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_killed_in_the_fourth_epoch_and_resumed(tmp_path, precision):
    whole = start(tmp_path, "whole", precision)
    assert whole.wait() == 0, whole.stderr.read()[-2000:]

    killed = start(tmp_path, "killed", precision)
    for line in killed.stdout:
        if line.strip() == "epoch 3":
            killed.send_signal(signal.SIGKILL)
            break
    assert killed.wait() == -signal.SIGKILL
    with h5py.File(tmp_path / "killed_state.h5") as file:
        assert len(json.loads(file.attrs["history"])) == 3
    assert not (tmp_path / "killed_weights.h5").exists()

    resumed = start(tmp_path, "killed", precision)
    assert resumed.wait() == 0, resumed.stderr.read()[-2000:]
    assert digest(tmp_path / "killed_weights.h5") == digest(tmp_path / "whole_weights.h5")
