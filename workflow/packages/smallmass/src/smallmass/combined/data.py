"""What the combined models are fitted from, as arrays: rows, inputs, folds."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import FACTORS, Encoding, fit_encoding
from smallmass.combined.operating_point import OperatingPoint, image_operating_point, rows_of
from smallmass.options import Inputs
from smallmass.seeds import derive
from smallmass.settings import Settings

OWN_FOLDS = 5
IMAGE, CLINICAL = "image_score", "clinical_score"
# How the clinical and combined scores came about, where that is not as the image score did: they
# are cross-fitted in cases that the image model never saw. It follows ``fit``; without such cases
# there is no column.
CLINICAL_FIT = "clinical_fit"
PREDICTIONS = [
    "case_id",
    "patient_id",
    "cohort",
    "split",
    "fit",
    "label",
    "image_score",
    "image_call",
    "image_probability",
    "clinical_score",
    "regression_score",
    "regression_call",
    "tree_score",
    "tree_call",
]


@dataclass(frozen=True)
class Data:
    """A table of scores in an order of its own, with one answer to A12, A13 and A19.

    Attributes:
        table: Sorted by case and fit; ``_position`` is the row's place as it came in.
        malignant: bool ``(rows,)``.
        image_call: float ``(rows,)``: 1, 0, or NaN without score or operating point.
        inputs: The models' inputs by name, float ``(rows,)`` each; the image score first.
        seed: The study's seed.
    """

    table: pd.DataFrame
    malignant: np.ndarray
    image_call: np.ndarray
    inputs: dict[str, np.ndarray]
    seed: int
    # Of the table alone, so that copies with other inputs share them.
    _masks: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _whose: list[np.ndarray] = field(default_factory=list, repr=False)

    @property
    def known(self) -> np.ndarray:
        """Rows with an image call and every input, bool ``(rows,)``."""
        return np.asarray(~np.isnan([self.image_call, *self.inputs.values()]).any(axis=0))

    @property
    def whose(self) -> np.ndarray:
        """Whose every row is, str ``(rows,)``: the patient, or the case itself without one."""
        if not self._whose:
            known = self.table["patient_id"].astype("string").fillna("")
            case = "case " + self.table["case_id"].astype(str)
            self._whose.append(known.mask(known == "", case).to_numpy(str))
        return self._whose[0]

    def rows(self, data: str) -> np.ndarray:
        """Return the rows that a setting's word means: see `operating_point.rows_of`."""
        if data not in self._masks:
            self._masks[data] = rows_of(self.table, data)
        return self._masks[data]

    def take(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the inputs of some rows."""
        return {name: values[rows] for name, values in self.inputs.items()}

    def folds(self) -> np.ndarray:
        """Return the fold of every row: the image model's, or one of our own by patient."""
        table = self.table
        if "fold" in table and table["fold"].notna().any():
            return table["fold"].to_numpy(float)
        patients, number = np.unique(self.whose, return_inverse=True)
        rng = np.random.default_rng(derive(self.seed, "combined", "folds"))
        return (rng.permutation(len(patients)) % OWN_FOLDS)[number].astype(float)

    def called(self, score: np.ndarray, threshold: float) -> "Data":
        """Return the same rows with other image scores, called at a threshold."""
        call = np.where(np.isnan(score) | np.isnan(threshold), np.nan, score >= threshold)
        return replace(self, image_call=call, inputs=self.inputs | {IMAGE: score})


def sort_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in use, in an order of their own.

    The order keeps sums, and ties between splits of a tree, the same however rows came in.
    """
    used = [*PREDICTIONS, CLINICAL_FIT, *FACTORS, "malignant", "fold"]
    table = table[[name for name in used if name in table]]
    table = table.assign(_position=np.arange(len(table)))
    table = table.sort_values(["case_id", "fit"], kind="stable", ignore_index=True)
    if "patient_id" not in table:
        table["patient_id"] = table["case_id"]
    return table


def prepare(table: pd.DataFrame, settings: Settings, seed: int) -> tuple[Data, OperatingPoint]:
    """Return the table as arrays, with image calls, and the image model's operating point.

    Args:
        table: See `fit.fit_combined`.
        settings: See `fit.fit_combined`.
        seed: The study's seed.
    """
    table = sort_table(table)
    point = image_operating_point(table, settings.operating_point)
    image = table[IMAGE].to_numpy(float)
    data = Data(
        table=table,
        malignant=table["malignant"].to_numpy(bool),
        image_call=np.full(len(table), np.nan),
        inputs={IMAGE: image} | clinical_inputs(table, settings),
        seed=seed,
    )
    return data.called(image, point.threshold), point


def clinical_inputs(table: pd.DataFrame, settings: Settings) -> dict[str, np.ndarray]:
    """Return the clinical inputs by name (A19); the factors' coding is learned on training."""
    encoding = clinical_encoding(table, settings)
    if encoding is None:
        return {CLINICAL: table[CLINICAL].to_numpy(float)}
    coded = encoding.encode(table).astype(float)
    coded[~encoding.usable(table)] = np.nan
    return dict(zip(encoding.columns, coded.T, strict=True))


def clinical_encoding(table: pd.DataFrame, settings: Settings) -> Encoding | None:
    """Return the coding of the factors as the combined models' inputs; None for scores (A19)."""
    return ENCODINGS[settings.combined_model.inputs](table, settings)


def _of_factors(table: pd.DataFrame, settings: Settings) -> Encoding:
    return fit_encoding(
        table[rows_of(table, "training")],
        factors=settings.clinical_model.factors,
        density=settings.clinical_model.density,
        missing=settings.clinical_model.missing,
    )


ENCODINGS: dict[Inputs, Callable[[pd.DataFrame, Settings], Encoding | None]] = {
    Inputs.SCORES: lambda table, settings: None,
    Inputs.FACTORS: _of_factors,
}
