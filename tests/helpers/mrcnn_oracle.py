"""The fixtures that Matterport's library made, and how closely ours has to meet them."""

import contextlib
import functools
import importlib.util
from pathlib import Path
from unittest import mock

import numpy as np

from mrcnn.config import Config

FOLDER = Path(__file__).resolve().parents[1] / "oracles" / "mrcnn"
TOLERANCE = 1e-4  # of the largest absolute value of an array


def _inputs():
    spec = importlib.util.spec_from_file_location("mrcnn_oracle_inputs", FOLDER / "inputs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


inputs = _inputs()


@functools.cache
def fixtures(name: str) -> dict[str, np.ndarray]:
    """Return the arrays of ``name``.npz."""
    with np.load(FOLDER / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def narrow(backbone: str = "resnet50", **settings) -> Config:
    """Return the configuration that the fixtures were made with."""
    return type("Narrow", (Config,), {**inputs.NARROW, "BACKBONE": backbone, **settings})()


def assert_close(got, want, tolerance: float = TOLERANCE, scale: float | None = None) -> None:
    """Compare values; the tolerance is relative to the largest of ``want``, or to ``scale``."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    assert got.shape == want.shape
    scale = np.abs(want).max(initial=0) if scale is None else scale
    worst = np.abs(got - want).max(initial=0)
    assert worst <= tolerance * scale, f"off by {worst:.3g} at a scale of {scale:.3g}"


def assert_same_summary(name: str, array, want, tolerance: float = TOLERANCE) -> None:
    """Compare the summary of a whole array; the tolerance is relative to its norm."""
    got = inputs.summary(name, array)
    worst = np.abs(got - want).max()
    assert worst <= tolerance * want[0], f"{name}: off by {worst:.3g} at a norm of {want[0]:.3g}"


def assert_same_mask(got, want, probability=None) -> None:
    """Compare masks; pixels whose probability is within 1e-5 of the threshold are free."""
    different = np.asarray(got) != np.asarray(want)
    if probability is not None:
        different &= np.abs(probability - 0.5) > 1e-5
    assert got.shape == want.shape and not different.any(), f"{different.sum()} pixels differ"


@contextlib.contextmanager
def first_regions():
    """Let the sampling of regions take the first ones, in order, as the oracle's does."""
    import keras
    from keras import ops

    def descending(shape, *args, **kwargs):
        ramp = 1.0 - ops.cast(ops.arange(shape[-1]), "float32") / float(shape[-1])
        return ops.broadcast_to(ramp, shape)

    with mock.patch.object(keras.random, "uniform", descending):
        yield
