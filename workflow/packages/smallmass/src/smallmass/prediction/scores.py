"""New images through all models of a study: scores, calls, and why there is none."""

import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS, Encoding
from smallmass.clinical.model import load_clinical_model
from smallmass.cohort.prepare import prepare
from smallmass.cohort.table import UNKNOWN
from smallmass.combined.gate import final_call
from smallmass.combined.loading import load_combined, threshold
from smallmass.combined.probability import IMAGE_PROBABILITY, read_probability
from smallmass.files import read_json
from smallmass.image_model.reading import open_model, read_cases
from smallmass.image_model.scores import score_all
from smallmass.prediction.comparison import compare
from smallmass.progress import logged
from smallmass.settings import ImageModelSettings
from smallmass.settings.picking import typed
from smallmass.status import Status, read_record
from smallmass.trained_models import POINTS, TrainedModels
from smallmass.words import CALLING, COMBINED, Model

RESEARCH = "for research, not for diagnosis"
SIMULATED = "simulated: no evidence (the models were trained on phantoms)"
FIT = "new"
PREDICTIONS = [
    "case_id",
    "patient_id",
    "image",
    "image_score",
    "image_call",
    "image_probability",
    "clinical_score",
    "regression_score",
    "regression_call",
    "tree_score",
    "tree_call",
    "distance",
    "unlike",
    "unknown_factors",
    "note",
    "use",
]
IMAGE_ALONE = (
    "read by the image model alone: the study makes and tests its clinical and combined models in "
    "one cohort, and keeps none for new patients"
)
NO_REGION = "no region found: the image score is 0"


def intended_use(models: TrainedModels) -> str:
    """Return what every result must say of its use."""
    return f"{RESEARCH}; {SIMULATED}" if models.simulated else RESEARCH


def cutoffs(models: TrainedModels) -> dict[str, float]:
    """Return from which score on each model calls a lesion malignant; see `loading.threshold`."""
    return {point["model"]: threshold(point) for point in read_record(models.folder / POINTS)}


def read_images(
    models: TrainedModels, cases: pd.DataFrame, root: Path, *, log: logging.Logger, workers: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read new images with the image model of every seed, prepared as the study's own were.

    Args:
        models: Verified.
        cases: Of `folder.inspect_folder`.
        root: The folder that ``image`` is relative to.
        log: Told how far it is.
        workers: How many images are resized at once.

    Returns:
        tuple: detections.csv with its seed; case_id, seed, fit, image_score, detection (the
        region that gave the score); and what `comparison.compare` returns.

    Raises:
        UserError: If a weight file is not the one that its model.json records, or an image has
            changed since the folder was inspected.
    """
    cases = cases.assign(outline=np.nan, fit=FIT)
    description = read_json(models.image_model(models.seeds[0])[1])
    tables: dict[int, list[pd.DataFrame]] = {}
    with tempfile.TemporaryDirectory(prefix="smallmass-") as work:
        squares = Path(work, "images")
        transforms = prepare(
            cases,
            root,
            squares,
            Path(work, "masks"),
            size_px=typed(ImageModelSettings, description["settings"]).size_px,
            resize=models.settings.cohort.resize,
            workers=workers,
        )
        likeness = compare(models, cases, squares, transforms, workers=workers)
        for seed in models.seeds:
            regions = read_cases(
                open_model(*models.image_model(seed)),
                cases,
                root=root,
                images=squares,
                transforms=transforms,
                mirrored=models.settings.image_model.mirrored,
                progress=logged(log, f"images read with seed {seed}"),
            )
            tables[seed] = [regions]
    scores = score_all(tables, cohort=cases, root=root, image_model=models.settings.image_model)
    detections = pd.concat(
        [table.assign(seed=seed) for seed, (table,) in tables.items()], ignore_index=True
    )
    columns = ["case_id", "seed", *detections.columns.drop(["case_id", "seed", "fit", "dice"])]
    return detections[columns], scores.drop(columns=["found", "dice"]), likeness


def predict(
    models: TrainedModels, cases: pd.DataFrame, scores: pd.DataFrame, likeness: pd.DataFrame
) -> pd.DataFrame:
    """Return predictions.csv: every model's score and call of every case.

    Args:
        models: Verified.
        cases: Of `folder.inspect_folder`.
        scores: Of `read_images`.
        likeness: Of `read_images`.
    """
    # Means over seeds as in the study: see `combined.scores.join_scores`.
    means = scores.groupby("case_id", sort=False)["image_score"].mean()
    table = cases.assign(image_score=cases["case_id"].map(means))
    cutoff = cutoffs(models)["image"]
    image_call = np.where(np.isnan(cutoff), np.nan, table["image_score"] >= cutoff)
    table["image_call"] = image_call
    point = next(p for p in read_record(models.folder / POINTS) if p["model"] == Model.IMAGE)
    line = read_probability(point)
    table[IMAGE_PROBABILITY] = line.probability(table["image_score"].to_numpy(float)).round(6)
    notes = _Notes(len(table))
    known = likeness.set_index("case_id").reindex(table["case_id"])
    for name in ("distance", "unlike"):
        table[name] = known[name].array
    notes.add_each(known["note"])
    lost = set(scores["case_id"]) - set(scores.dropna(subset=["detection"])["case_id"])
    notes.add(table["case_id"].isin(lost), NO_REGION)
    if np.isnan(cutoff):
        notes.add(np.ones(len(table), bool), "no image call: the study has no operating point")

    lacking: dict[Status, list[str]] = {}
    table["unknown_factors"] = _clinical(models, table, notes, lacking)
    for name in COMBINED:
        model = load_combined(name, read_record(models.folder / "combined" / f"{name}.json"))
        values = model.values(table)
        if model.encoding is not None:
            nothing = ~_any_known(table, model.encoding)
            values |= {n: np.where(nothing, np.nan, v) for n, v in list(values.items())[1:]}
        score = model.score(values)
        table[f"{name}_score"] = score
        table[f"{name}_call"] = final_call(image_call, score, model.cutoff, gated=model.gated)
        if not model.status.fitted:
            lacking.setdefault(model.status, []).append(name)
    for status, names in lacking.items():
        text = f"the study has no {' or '.join(names)} model ({status})"
        if status.cross_fitted:
            text = IMAGE_ALONE
        notes.add(np.ones(len(table), bool), text)
    for name in [*(f"{name}_call" for name in CALLING), "unlike"]:
        table[name] = table[name].astype("Int64")
    table["note"] = notes.text()
    table["use"] = intended_use(models)
    return table[PREDICTIONS]


class _Notes:
    """What must be said of each case, in order."""

    def __init__(self, count: int):
        self._lines: list[list[str]] = [[] for _ in range(count)]

    def add(self, rows: np.ndarray, text: str) -> None:
        """Add a text to the cases of ``rows``, bool ``(cases,)``."""
        for i in np.flatnonzero(rows):
            self._lines[i].append(text)

    def add_each(self, texts: Iterable[str]) -> None:
        """Add to each case its text, where that is not empty."""
        for lines, text in zip(self._lines, texts, strict=True):
            lines += [text] if text else []

    def text(self) -> list[str]:
        """Return one text a case."""
        return ["; ".join(lines) for lines in self._lines]


def _clinical(
    models: TrainedModels, table: pd.DataFrame, notes: _Notes, lacking: dict[Status, list[str]]
) -> list[str]:
    """Add clinical_score, and why where there is none; return each case's unknown factors."""
    folder = models.folder / "clinical_model"
    description = read_record(folder / "model.json")
    unknown = pd.DataFrame({name: _is_unknown(table[name]) for name in FACTORS})
    listed = [" ".join(n for n in FACTORS if row[n]) for row in unknown.to_dict("records")]
    table["clinical_score"] = np.nan
    if not description["status"].fitted:
        lacking[description["status"]] = ["clinical"]
        return listed
    encoding = Encoding.from_dict(description["encoding"])
    nothing = ~_any_known(table, encoding)
    usable = encoding.usable(table)
    scored = usable & ~nothing
    if scored.any():
        table["clinical_score"] = np.where(scored, _on_cpu(folder, table), np.nan)
    notes.add(nothing, "no clinical or combined score: no clinical factor is known")
    notes.add(
        ~usable & ~nothing,
        "no clinical or combined score: the study leaves out cases with an unknown factor",
    )
    for factor in encoding.factors:
        rows = scored & unknown[factor.name].to_numpy()
        text = f"{factor.name} is unknown, and was read as {_plain(factor.fill)} as in the study"
        notes.add(rows, text)
    return listed


def _on_cpu(folder: Path, table: pd.DataFrame) -> np.ndarray:
    """Return the clinical scores, worked out where the study works them out: not on a GPU."""
    import keras

    with keras.device("cpu:0"):
        return load_clinical_model(folder).score(table)


def _any_known(table: pd.DataFrame, encoding: Encoding) -> np.ndarray:
    """Return the cases with at least one known factor of those in use, bool ``(cases,)``.

    A study may fill gaps; a score for which every factor was filled says nothing of a patient.
    """
    known = [~_is_unknown(table[factor.name]) for factor in encoding.factors]
    return np.any(known, axis=0) if known else np.zeros(len(table), bool)


def _is_unknown(values: pd.Series) -> np.ndarray:
    return (values.isna() | values.isin([UNKNOWN, ""])).to_numpy(bool)


def _plain(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
