"""Train the image model of one seed, on all training cases or on those outside a fold."""

import hashlib
import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.errors import UserError
from smallmass.files import sha256, write_csv, write_json
from smallmass.image_model.augmentation import Augmentation
from smallmass.image_model.class_auroc import ClassAuroc
from smallmass.image_model.configuration import CLASSES, make_config
from smallmass.image_model.dataset import CohortDataset
from smallmass.image_model.schedule import make_schedule
from smallmass.image_model.telling import Told
from smallmass.runtime import prepare_runtime
from smallmass.seeds import derive
from smallmass.settings import Settings
from smallmass.start.loading import Opened, fill
from smallmass.start.taught import Taught, join, taught_by, write

FULL = "full"


@dataclass(frozen=True)
class Trained:
    """A trained image model.

    Attributes:
        model: The `mrcnn.model.MaskRCNN`.
        description: What model.json says of it.
        taught: Which images taught it, and what it started from.
        history: One row an epoch, with the losses.
    """

    model: Any
    description: dict
    taught: Taught
    history: pd.DataFrame


def train_image_model(
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    folds: pd.DataFrame,
    images: str | Path,
    masks: str | Path,
    transforms: pd.DataFrame,
    settings: Settings,
    number: int,
    fit: str,
    start: Opened | None,
    checkpoints: str | Path,
    code: str,
    events: str | Path,
    log: logging.Logger,
) -> Trained:
    """Train one model.

    Args:
        cohort: Columns case_id, cohort, label, image, frame, pixel_sha256.
        split: Columns case_id, split.
        folds: Columns case_id, arm, repeat, fold.
        images: Folder of prepared images.
        masks: Folder of target masks.
        transforms: ``transforms.csv``.
        settings: The study's ``seed`` and ``image_model``, and ``cohort.balance`` where several
            sources train.
        number: Which of the model's seeds, from 0.
        fit: "full", or "fold{k}": without the training cases of fold k.
        start: What the network is filled with at first; None: random weights.
        checkpoints: Folder for the state after each epoch; a model that was interrupted goes on.
            What is in it is of no use once the images are read.
        code: Digest of what the training's modules do, part of a checkpoint's name.
        events: Folder for TensorBoard's event files: the losses and the AUROC of every epoch.
        log: Tells of every epoch.

    Raises:
        UserError: If there is nothing to train on, or the start's weights do not fit.
    """
    image_model = settings.image_model
    prepare_runtime(image_model.threads)
    from mrcnn.model import MaskRCNN

    config = make_config(image_model, start.form if start else None)
    training = training_cases(cohort, split, folds, fit)
    validation = with_labels(cohort, split[split["split"] == "validation"])
    if training.empty:
        raise UserError(f"image model {fit}: no training cases; see cohort/split.csv")
    # One cohort has nothing to balance: its rule does not pick the setting.
    balance = settings.cohort.balance if training["cohort"].nunique() > 1 else None
    datasets = [
        CohortDataset(cases, images, masks, CLASSES, int(config.IMAGE_CHANNEL_COUNT), balance)
        for cases in (training, validation)
    ]
    schedule = make_schedule(image_model, datasets[0].num_images)
    config.STEPS_PER_EPOCH = schedule.steps
    model_seed = derive(settings.seed, "image_model", number, fit)
    model = MaskRCNN("training", config, seed=model_seed)
    if start:
        fill(model, start)
    log.info(
        "%s, %d px, %s, %d training and %d validation cases, %d steps (%.1f passes), %s",
        image_model.backbone,
        image_model.size_px,
        config.PRECISION,
        len(training),
        len(validation),
        schedule.total,
        schedule.passes(datasets[0].num_images, image_model.batch),
        f"from {start.record['name']}" if start else "from random weights",
    )
    # What "auto" is on this machine.
    how = {**image_model.plain(), "precision": config.PRECISION, "balance": balance}
    if start:
        how["start"] = start.record["sha256"]
    key = _key(how, model_seed, training, validation, images, masks, code)
    checkpoint = Path(checkpoints) / f"{key}.h5"
    auroc = ClassAuroc(model, datasets[1]) if len(validation) else None
    told = Told(log, schedule, events, auroc)
    history = model.train(
        datasets[0],
        datasets[1] if len(validation) else None,
        learning_rate=image_model.learning_rate,
        epochs=schedule.rounds,
        augmentation=Augmentation(image_model.augmentation),
        checkpoint=checkpoint,
        on_epoch=told.epoch,
        verbose=0,
        on_step=told.step,
    )
    told.close()
    hashes = cohort[["case_id", "pixel_sha256"]]
    parts = {"training": training, "validation": validation}
    taught = join(
        taught_by(
            {use: cases[["case_id", "cohort"]].merge(hashes) for use, cases in parts.items()},
            images,
            transforms,
        ),
        start.taught if start else None,
    )
    description = {
        "backbone": image_model.backbone,
        "classes": ["background", *CLASSES],
        "configuration": config.to_dict(),
        "fit": fit,
        "parameters": int(model.keras_model.count_params()),
        "pretrained": start is not None,
        "seed": model_seed,
        "settings": image_model.plain(),
        "start": start.record if start else None,
        "steps": schedule.total,
        "taught": taught.plain(),
        "training_cases": len(training),
        "validation_cases": len(validation),
    }
    if balance is not None:
        description["balance"] = balance
    return Trained(model, description, taught, pd.DataFrame(history))


def save_model(trained: Trained, outputs) -> None:
    """Write weights.h5 (with what taught it), model.json (with its sha256) and history.csv.

    Args:
        trained: Of `train_image_model`.
        outputs: Paths ``weights``, ``model`` and ``history``.
    """
    trained.model.save_weights(outputs.weights)
    write(outputs.weights, trained.taught)
    write_json(outputs.model, {**trained.description, "weights_sha256": sha256(outputs.weights)})
    write_csv(outputs.history, trained.history.round(6))


def training_cases(cohort, split, folds, fit: str) -> pd.DataFrame:
    """Return the cases (case_id, cohort, label, image, frame) that a fit trains on.

    Raises:
        UserError: If ``fit`` is a fold that folds.csv does not have.
    """
    cases = split[split["split"] == "training"]
    if fit != FULL:
        match = re.fullmatch(r"fold(\d+)", fit)
        rows = folds[folds["arm"] == "image_model"]
        if not match or int(match[1]) not in set(rows["fold"]):
            raise UserError(f"image model: no fold called {fit} in cohort/folds.csv")
        left_out = set(rows.loc[rows["fold"] == int(match[1]), "case_id"])
        cases = cases[~cases["case_id"].isin(left_out)]
    return with_labels(cohort, cases)


def with_labels(cohort: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Join the labels, late and only here (A07); cohort, image and frame, too; sorted by case."""
    columns = ["case_id", "cohort", "label", "image", "frame"]
    joined = cases[["case_id"]].merge(cohort[columns], on="case_id", validate="1:1")
    return joined.sort_values("case_id", ignore_index=True)


def _key(settings: dict, seed, training, validation, images, masks, code) -> str:
    """Name a checkpoint by all that a training depends on, so that no stale one is resumed."""
    digest = hashlib.sha256(json.dumps([settings, seed, code], sort_keys=True).encode())
    for cases in (training, validation):
        digest.update(cases.to_csv(index=False).encode())
        for case_id in cases["case_id"]:
            for folder in (images, masks):
                digest.update((Path(folder) / f"{case_id}.png").read_bytes())
    return digest.hexdigest()[:20]
