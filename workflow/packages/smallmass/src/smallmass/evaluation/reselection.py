"""Calls of a resample whose cut-offs are chosen again in it, as the study chose its own."""

from collections.abc import Callable

import numpy as np

from diagnostic_accuracy.bootstrap import take, youden_thresholds
from smallmass.combined.operating_point import place
from smallmass.evaluation.cases import COMBINED, CaseSet, threshold_of
from smallmass.options import Cutoff
from smallmass.settings import OperatingPointSettings, Settings

# A cut-off that is selected here from the data as they are must be the study's own.
_SAME = 1e-12


class ImageThresholds:
    """The image model's cut-offs in resamples.

    Every model's calls need them, for the same weights: they are computed once a block.
    """

    def __init__(
        self, score: np.ndarray, malignant: np.ndarray, operating_point: OperatingPointSettings
    ) -> None:
        """Keep what the cut-offs are chosen from.

        Args:
            score: float ``(cases,)``, the image model's.
            malignant: bool ``(cases,)``.
            operating_point: The settings of the operating point.
        """
        self._score, self._malignant, self._settings = score, malignant, operating_point
        self._weights: np.ndarray | None = None
        self._known: dict[bytes, np.ndarray] = {}

    def __call__(self, weights: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the cut-offs ``(rows,)`` that the cases at ``positions`` choose."""
        if self._weights is not weights:
            self._weights, self._known = weights, {}
        key = positions.tobytes()
        if key not in self._known:
            positions = falling(positions, self._score)
            chosen, score = take(weights, positions), self._score[positions]
            thresholds = youden_thresholds(
                chosen, score, self._malignant[positions], tie=self._settings.tie
            )
            self._known[key] = placed_again(thresholds, chosen, score, self._settings.threshold)
        return self._known[key]


def reselection(
    model: str,
    cases: CaseSet,
    choosing: np.ndarray,
    image_thresholds: ImageThresholds,
    operating_points: list[dict],
    settings: Settings,
) -> Callable[[np.ndarray], np.ndarray] | None:
    """Return a function from weights to calls of all cases with cut-offs chosen again, or None.

    None where the rule does not choose the cut-off by a Youden index (A22: one half, a prevalence),
    or where choosing again from the data as they are does not give the study's own cut-off.

    Args:
        model: ``image``, ``regression`` or ``tree``.
        cases: All cases that are resampled.
        choosing: int, positions of the cases that chose the operating points.
        image_thresholds: Of these cases, shared by the models.
        operating_points: ``operating_points.json``.
        settings: The study's ``combined_model`` and ``operating_point``.
    """
    combined_model, operating_point = settings.combined_model, settings.operating_point
    if model in COMBINED and combined_model.cutoff is not Cutoff.YOUDEN_GATED:
        return None
    malignant, image, score = cases.malignant, cases.score("image"), cases.score(model)
    gated = model in COMBINED and combined_model.applied_to.gated
    positions = choosing[np.isfinite(image[choosing]) & np.isfinite(score[choosing])]
    if not len(positions):
        return None
    choosing = falling(positions, score)

    def select(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        first = image_thresholds(weights, positions)
        if model == "image":
            return first, first
        chosen = take(weights, choosing)
        candidates = image[choosing] < first[:, None] if gated else None
        second = youden_thresholds(
            chosen,
            score[choosing],
            malignant[choosing],
            tie=operating_point.tie,
            candidates=candidates,
            nobody=True,  # a combined model may find nobody to call
        )
        tried = chosen if candidates is None else chosen * candidates
        return first, placed_again(second, tried, score[choosing], operating_point.threshold)

    def calls(weights: np.ndarray) -> np.ndarray:
        first, second = select(weights)
        call = score >= second[:, None]
        return call | (image >= first[:, None]) if gated else call

    studied, _ = threshold_of(operating_points, model)
    if np.isnan(studied):
        studied = np.inf  # there are calls, so the cut-off is the one that no score reaches
    again = select(np.ones((1, len(malignant))))[1][0]
    return calls if again == studied or abs(again - studied) <= _SAME else None


def falling(positions: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return positions by falling score, so that they are sorted once and not in each block."""
    return positions[np.argsort(-score[positions], kind="stable")]


def placed_again(
    chosen: np.ndarray, weights: np.ndarray, score: np.ndarray, where: str
) -> np.ndarray:
    """Return cut-offs of resamples placed as A13 says: see `combined.operating_point.place`.

    Args:
        chosen: float ``(rows,)``, the lowest score that is called; infinite if none is.
        weights: float ``(rows, cases)``: a score counts as observed where its weight is not 0.
        score: float ``(cases,)``, finite.
        where: One of `combined.operating_point.PLACES`.
    """
    below = np.where((weights > 0) & (score < chosen[:, None]), score, -np.inf).max(axis=1)
    return place(chosen, below, where)
