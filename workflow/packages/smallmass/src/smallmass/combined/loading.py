"""The combined models from the files that a study wrote: the same scores, without a new fit.

``regression.json`` and ``tree.json`` hold every number of the models, to the last bit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smallmass.clinical.encoding import Encoding
from smallmass.combined.data import IMAGE
from smallmass.combined.regression import Regression
from smallmass.errors import UserError
from smallmass.options import Lesions
from smallmass.status import Status
from smallmass.words import Model

CLINICAL = "clinical_score"


@dataclass(frozen=True)
class Nodes:
    """A tree as its nodes, see `tree.Tree.to_dict`.

    Attributes:
        inputs: Names of the inputs.
        nodes: The root first; a node without ``input`` is a leaf.
    """

    inputs: list[str]
    nodes: list[dict[str, Any]]

    def score(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the share of malignant lesions in each case's leaf; NaN where an input is unknown.

        Args:
            values: Every input by name, ``(cases,)`` each.
        """
        # scikit-learn compares inputs as float32 with thresholds as float64.
        known = {n: values[n].astype(np.float32).astype(np.float64) for n in self.inputs}
        place = np.zeros(len(known[self.inputs[0]]), dtype=int)
        for i, node in enumerate(self.nodes):  # a node stands before its children
            if "input" in node:
                left = known[node["input"]] <= node["threshold"]
                place = np.where(place == i, np.where(left, node["left"], node["right"]), place)
        share = np.array([node["share_malignant"] for node in self.nodes])[place]
        return np.where(np.any([np.isnan(x) for x in known.values()], axis=0), np.nan, share)


@dataclass(frozen=True)
class Combined:
    """A combined model with its cut-off, as read from its file.

    Attributes:
        name: ``regression`` or ``tree``.
        model: What gives the score; None where ``status`` says that there is none.
        inputs: Names of the inputs, the image score first.
        encoding: The coding of clinical factors, where these are the inputs (A19).
        cutoff: A lesion is called malignant from this score on; infinite where no score calls it,
            NaN where there is no cut-off.
        gated: Whether only image-negatives are read again (A21).
        status: Fitted, or why there is no score or no call.
    """

    name: str
    model: Regression | Nodes | None
    inputs: list[str]
    encoding: Encoding | None
    cutoff: float
    gated: bool
    status: Status

    def values(self, cases: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the inputs of cases by name, ``(cases,)`` each.

        Args:
            cases: Columns image_score and clinical_score, and the clinical factors.
        """
        known = {IMAGE: cases[IMAGE].to_numpy(float)}
        if self.encoding is None:
            return known | {CLINICAL: cases[CLINICAL].to_numpy(float)}
        coded = self.encoding.encode(cases).astype(float)
        coded[~self.encoding.usable(cases)] = np.nan
        return known | dict(zip(self.encoding.columns, coded.T, strict=True))

    def score(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """Return the probability of malignancy, ``(cases,)``; NaN where an input is unknown."""
        if self.model is None:
            return np.full(len(values[IMAGE]), np.nan)
        return self.model.score(values)


def load_combined(name: str, description: Mapping[str, Any]) -> Combined:
    """Return a combined model.

    Args:
        name: ``regression`` or ``tree``.
        description: The content of its file: see `status.read_record`.

    Raises:
        UserError: If the file lacks the coding of the factors that it needs.
    """
    status, inputs = description["status"], description.get("inputs", [])
    model, encoding = None, None
    if status.fitted:
        model = LOADERS[name](description)
        if inputs != [IMAGE, CLINICAL]:
            if "encoding" not in description:
                raise UserError(
                    f"combined/{name}.json was written by an older version, without the coding of "
                    f"the clinical factors; run the study again: snakemake --cores all"
                )
            encoding = Encoding.from_dict(description["encoding"])
    if status.fitted and not description["cutoff"]["status"].fitted:
        status = description["cutoff"]["status"]
    cutoff = threshold(description["cutoff"])
    gated = Lesions(description["applied_to"]).gated
    return Combined(name, model, inputs, encoding, cutoff, gated, status)


def threshold(point: Mapping[str, Any]) -> float:
    """Return the threshold of a row of ``operating_points.json``; see `OperatingPoint`."""
    if point["threshold"] is not None:
        return float(point["threshold"])
    return np.inf if point["status"].fitted else np.nan


def _regression(description: Mapping[str, Any]) -> Regression:
    terms = description["coefficients"]
    # The order of the fit, which is that of the sum: JSON sorts its keys.
    names = [name for name in description["inputs"] if name in terms]
    return Regression(
        inputs=names,
        left_out=list(description["left_out"]),
        intercept=description["intercept"]["estimate"],
        coefficients=np.array([terms[name]["estimate"] for name in names]),
        errors=np.array([]),
        method=description["method"],
        n=description["n"],
        n_malignant=description["n_malignant"],
    )


def _tree(description: Mapping[str, Any]) -> Nodes:
    return Nodes(list(description["inputs"]), list(description["nodes"]))


LOADERS: dict[str, Callable[[Mapping[str, Any]], Regression | Nodes]] = {
    Model.REGRESSION: _regression,
    Model.TREE: _tree,
}
