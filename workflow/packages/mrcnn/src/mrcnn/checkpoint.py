"""Checkpoints: everything that training needs to go on as if it had not stopped.

HDF5 arrays and JSON, nothing pickled; written under a temporary name, flushed, then renamed.
"""

import json
import os
from pathlib import Path

import h5py
import keras
import numpy as np


def save_checkpoint(path: str | Path, model: keras.Model, history: list[dict]) -> None:
    """Save weights, random state, optimiser state and the history so far."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["history"] = json.dumps(history)
            for group, variables in _groups(model).items():
                for i, variable in enumerate(variables):
                    array = keras.ops.convert_to_numpy(variable)
                    file.create_dataset(f"{group}/{i:05d}", data=array, track_times=False)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path: str | Path, model: keras.Model) -> list[dict]:
    """Restore a compiled model whose optimiser is built; return the history.

    Raises:
        ValueError: If the checkpoint belongs to another model.
    """
    with h5py.File(path, "r") as file:
        for group, variables in _groups(model).items():
            stored = file.get(group, {})
            if len(stored) != len(variables):
                raise ValueError(f"{path} belongs to another model; delete it to start afresh")
            for i, variable in enumerate(variables):
                value = np.asarray(stored[f"{i:05d}"])
                if tuple(value.shape) != tuple(variable.shape):
                    raise ValueError(f"{path} belongs to another model; delete it to start afresh")
                variable.assign(value)
        return json.loads(file.attrs["history"])


def _groups(model: keras.Model) -> dict[str, list]:
    """Return the variables to keep, in the order in which the model made them."""
    return {"model": list(model.variables), "optimizer": list(model.optimizer.variables)}
