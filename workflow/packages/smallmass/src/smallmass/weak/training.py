"""Train the classifier on the labels of a study's training images."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.errors import UserError
from smallmass.files import sha256, write_json
from smallmass.image_model.augmentation import Augmentation
from smallmass.image_model.configuration import make_config
from smallmass.image_model.reading import read_record
from smallmass.image_model.schedule import make_schedule
from smallmass.image_model.training import with_labels
from smallmass.runtime import prepare_runtime
from smallmass.seeds import derive
from smallmass.settings import ImageModelSettings, Settings
from smallmass.settings.picking import typed
from smallmass.start.form import GREY, Form
from smallmass.start.loading import Opened
from smallmass.weak.design import DESIGN, Design


@dataclass(frozen=True)
class TrainedWeak:
    """A trained classifier.

    Attributes:
        model: The `smallmass.weak.network.WeakModel`.
        description: What its JSON file says of it.
    """

    model: Any
    description: dict[str, Any]


def train_weak(
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    images: str | Path,
    settings: Settings,
    log: logging.Logger,
    start: Opened | None = None,
    design: Design = DESIGN,
) -> TrainedWeak:
    """Train one classifier on the labels of all training images.

    Args:
        cohort: case_id, cohort, label, image, frame.
        split: case_id, split.
        images: Folder of prepared images.
        settings: The study's ``seed`` and ``image_model``, and ``cohort.balance`` where several
            sources train.
        log: Told of every round.
        start: What the backbone is filled with at first, as the study's image model is; None:
            random weights.
        design: See `Design`.

    Raises:
        UserError: If there is nothing to train on, or the start's weights do not fit.
    """
    image_model = settings.image_model
    prepare_runtime(image_model.threads)
    from smallmass.weak.fitting import fit
    from smallmass.weak.images import Batches, labelled_images
    from smallmass.weak.network import build_network, fill_backbones

    learnt = labelled_images(with_labels(cohort, split[split["split"] == "training"]))
    if learnt.empty:
        raise UserError("labels alone: no training cases; see cohort/split.csv")
    form = start.form if start else GREY
    config = make_config(image_model, form)
    config.LEARNING_RATE = design.rate_share * image_model.learning_rate
    schedule = make_schedule(image_model, len(learnt))
    seed = derive(settings.seed, "weak")
    model = build_network(config, design, seed)
    if start:
        fill_backbones(model, start.weights, image_model.backbone)
    log.info(
        "labels alone: %s, %d px, %s, %d training images (%d malignant), %d steps (%.1f passes), "
        "%s",
        image_model.backbone,
        image_model.size_px,
        config.PRECISION,
        len(learnt),
        learnt["malignant"].sum(),
        schedule.total,
        schedule.passes(len(learnt), image_model.batch),
        f"from {start.record['name']}" if start else "from random weights",
    )
    balance = settings.cohort.balance if learnt["cohort"].nunique() > 1 else None
    augmentation = Augmentation(image_model.augmentation)
    batches = Batches(learnt, images, config, augmentation, seed, balance)
    history = fit(model, batches, config, schedule, log)
    return TrainedWeak(
        model,
        {
            "backbone": image_model.backbone,
            "design": design.plain(),
            "history": [{name: round(value, 6) for name, value in row.items()} for row in history],
            "form": form.plain(),
            "learnt_from": "labels of images",
            "malignant": int(learnt["malignant"].sum()),
            "parameters": int(model.count_params()),
            "precision": config.PRECISION,
            "seed": seed,
            "settings": image_model.plain(),
            "start": start.record if start else None,
            "steps": schedule.total,
            "training_images": len(learnt),
        },
    )


def save_weak(trained: TrainedWeak, *, weights: str | Path, record: str | Path) -> None:
    """Write the weights, and what they are with their sha256."""
    trained.model.save_weights(weights)
    write_json(record, {**trained.description, "weights_sha256": sha256(weights)})


def open_weak(weights: str | Path, record: str | Path) -> tuple[Any, Any, dict[str, Any]]:
    """Return a trained network, its configuration and its record.

    Raises:
        UserError: If the weight file is not the one that the record names.
    """
    recorded = read_record(weights, record)
    settings = typed(ImageModelSettings, recorded["settings"])
    prepare_runtime(settings.threads)
    from smallmass.weak.network import build_network

    config = make_config(settings, Form(**recorded["form"]))
    model = build_network(config, Design(**recorded["design"]), recorded["seed"])
    model.load_weights(weights)
    return model, config, recorded
