"""A study of any size without images: its tables, made of those of a small study that was run.

Every case of the small study stands for as many new ones as are wanted: its row, its outline and
the regions that the image model found in it, whose probabilities get a noise of their own, so that
scores differ as much as those of so many images would.
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.clinical.study import CROSS_COLUMNS
from smallmass.files import read_csv, write_csv, write_json
from smallmass.status import FITTED

# In logits: enough to make each score its own, too little to change what the models are worth.
NOISE = 0.5


class MadeStudy:
    """The tables of a study of ``n`` cases, under a folder laid out as results/{study}.

    Args:
        source: Results of a small study, finished: results/synthetic.
        folder: Where the tables go.
        n: How many cases.
        seeds: How many seeds of the image model.
        folds: How many folds.
    """

    def __init__(self, source: Path, folder: Path, n: int, seeds: int, folds: int):
        self.source, self.folder = source, folder
        self.n, self.seeds, self.folds = n, seeds, folds
        self._rng = np.random.default_rng(6)

    def make_cohort(self) -> Path:
        """Write cohort.csv; every copy of a case is another patient."""
        small = read_csv(self.source / "cohort" / "cohort.csv")
        parts = []
        for number, start in enumerate(range(0, self.n, len(small))):
            part = small.head(self.n - start).copy()
            for name in ("case_id", "patient_id", "group_id"):
                part[name] = _renamed(part[name], number)
            part["pixel_sha256"] = _renamed(part["case_id"], number).map(_digest)
            parts.append(part)
        path = self.folder / "cohort" / "cohort.csv"
        write_csv(path, pd.concat(parts, ignore_index=True))
        return path

    def make_detections(self, folds: pd.DataFrame) -> list[Path]:
        """Write detections.csv of every seed and fit, some thousand cases at a time.

        Args:
            folds: folds.csv.
        """
        small = read_csv(self.source / "image_model" / "seed0" / "full" / "detections.csv")
        small = small.astype({"detection": "Int64", "area_px": "Int64"})
        whole = dict(tuple(folds.groupby("fold")["case_id"]))
        paths = []
        for seed in range(self.seeds):
            for fit in ["full", *(f"fold{k}" for k in range(self.folds))]:
                path = self.folder / "image_model" / f"seed{seed}" / fit / "detections.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                wanted = None if fit == "full" else set(whole[int(fit[4:])])
                self._write_regions(path, small, wanted)
                paths.append(path)
        return paths

    def make_clinical(self, split: pd.DataFrame, folds: pd.DataFrame) -> tuple[Path, Path]:
        """Write clinical_model/scores.csv and model.json.

        Args:
            split: split.csv.
            folds: folds.csv.
        """
        small = read_csv(self.source / "clinical_model" / "scores.csv")
        small = small.drop_duplicates("case_id").set_index("case_id")["clinical_score"]
        held = {"test": "held_out"}
        rows = split.assign(fit=split["split"].map(lambda part: held.get(part, "in_sample")))
        rows = pd.concat([rows, folds[["case_id"]].assign(fit="out_of_fold")], ignore_index=True)
        score = rows["case_id"].str.partition("-")[2].map(small).to_numpy(float)
        rows["clinical_score"] = self._shaken(score).round(6)
        scores = self.folder / "clinical_model" / "scores.csv"
        model = self.folder / "clinical_model" / "model.json"
        write_csv(scores, rows[["case_id", "fit", "clinical_score"]])
        write_json(model, {"status": FITTED.to_json()})
        header = pd.DataFrame(columns=CROSS_COLUMNS)
        write_csv(self.folder / "clinical_model" / "cross_scores.csv", header)
        return scores, model

    def _write_regions(self, path: Path, small: pd.DataFrame, wanted: set | None) -> None:
        count = small["case_id"].nunique()
        first = {name: place for place, name in enumerate(small["case_id"].unique())}
        place = small["case_id"].map(first).to_numpy()
        for number, start in enumerate(range(0, self.n, count)):
            part = small[place < self.n - start].copy()
            part["case_id"] = _renamed(part["case_id"], number)
            if wanted is not None:
                part = part[part["case_id"].isin(wanted)].assign(fit="out_of_fold")
            lesion = 1 - part["p_background"].to_numpy(float)
            share = part["p_malignant"].to_numpy(float) / np.maximum(lesion, 1e-12)
            lesion, share = self._shaken(lesion), self._shaken(share)
            part["p_background"] = (1 - lesion).round(6)
            part["p_benign"] = (lesion * (1 - share)).round(6)
            part["p_malignant"] = (lesion * share).round(6)
            part.to_csv(path, mode="a" if number else "w", header=not number, index=False)

    def _shaken(self, probability: np.ndarray) -> np.ndarray:
        """Return probabilities with noise on their logits; NaN stays."""
        inside = np.clip(probability, 1e-6, 1 - 1e-6)
        logit = np.log(inside / (1 - inside)) + self._rng.normal(0, NOISE, len(inside))
        return 1 / (1 + np.exp(-logit))


def _renamed(names: pd.Series, number: int) -> pd.Series:
    return f"{number:04d}-" + names.astype(str)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
