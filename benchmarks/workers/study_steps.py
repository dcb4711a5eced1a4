"""Seconds an image of a study's own network, and its peak memory: for benchmarks/scale.py."""

import os
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.images import pixel_sha256, read_grey
from smallmass.cohort.prepare import prepare
from smallmass.files import read_csv
from smallmass.settings import Settings


def measure_steps(settings: Settings, phantoms: Path, folder: Path, steps: int) -> dict[str, float]:
    """Train, validate and read some phantoms with random weights.

    Args:
        settings: All settings of the study; its batch is trained.
        phantoms: A folder of phantoms.
        folder: Where the prepared images go.
        steps: How many steps of each kind are timed, after a first that is not.

    Returns:
        dict: Seconds an image to prepare it in one thread, to train, to validate and to read (on
        the clock, and of all processors: on a busy machine the second tells more); the peak
        memory of this process in GiB, not that of a GPU.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from smallmass.runtime import prepare_runtime

    prepare_runtime(settings.image_model.threads)
    from mrcnn.data import BatchLoader
    from mrcnn.model import MaskRCNN
    from mrcnn.optimizer import make_optimizer
    from mrcnn.training import compile_model
    from smallmass.image_model.augmentation import Augmentation
    from smallmass.image_model.configuration import CLASSES, make_config
    from smallmass.image_model.dataset import CohortDataset

    options = settings.image_model
    config, batch = make_config(options), options.batch
    cases = _prepared(phantoms, folder, batch * (steps + 1), options.size_px)
    dataset = CohortDataset(cases, folder / "images", folder / "masks", CLASSES, 1)
    loader = BatchLoader(dataset, config, Augmentation(options.augmentation), seed=0)
    began = time.perf_counter()
    batches = list(loader.epoch(0, steps + 1))
    found = {"preparation s": (time.perf_counter() - began) / len(batches) / batch}
    for part in batches:
        part.pop("case_ids")
    network = MaskRCNN("training", config, seed=0).keras_model
    compile_model(network, make_optimizer(config, 1e-4, 0.9, steps + 1))
    for name, function in (
        ("training", network.train_on_batch),
        ("validation", network.test_on_batch),
    ):
        found |= _per_image(name, [_timed(function, part) for part in batches], batch)
    found["training peak GiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    reader = MaskRCNN("inference", config, seed=0)
    molded = np.stack([dataset.load_image(i) for i in range(batch)]).astype(np.float32)
    windows = np.tile([0, 0, *molded.shape[1:3]], (batch, 1))
    read = [_timed(reader.read, molded - config.MEAN_PIXEL, windows) for _ in range(steps + 1)]
    return found | _per_image("reading", read, batch)


def _prepared(phantoms: Path, folder: Path, count: int, size_px: int) -> pd.DataFrame:
    cases = read_csv(phantoms / "cohort.csv").head(count).assign(cohort="phantom", frame=np.nan)
    cases["pixel_sha256"] = [pixel_sha256(read_grey(phantoms / path)) for path in cases["image"]]
    prepare(cases, phantoms, folder / "images", folder / "masks", size_px=size_px, resize="pad")
    return cases


def _timed(function, *arguments) -> tuple[float, float]:
    """Return seconds on the clock, and of all processors together."""
    began = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _per_image(name: str, seconds: list[tuple[float, float]], batch: int) -> dict[str, float]:
    """Return the medians of all but the first, which traces the graph."""
    clock, processors = (statistics.median(kind) / batch for kind in zip(*seconds[1:], strict=True))
    return {f"{name} s": clock, f"{name} CPU s": processors}
