"""The gate: a combined model reads image-negative lesions again (A21), and its cut-off (A22).

With the gate, a positive image call stays positive, so sensitivity cannot fall and specificity
cannot rise, whatever the second score is.
"""

import numpy as np

from smallmass.combined.operating_point import placed
from smallmass.options import Threshold, Tie

AMONG_EQUALS = {Tie.SPECIFICITY: -1, Tie.SENSITIVITY: 0}
"""A13: which of equal cut-offs, in rising order."""


def final_call(
    image_call: np.ndarray, score: np.ndarray, cutoff: float, *, gated: bool
) -> np.ndarray:
    """Return the calls of a combined model.

    Args:
        image_call: ``(cases,)`` float, 1 malignant, 0 benign, NaN unknown.
        score: ``(cases,)`` the combined score; NaN where there is none.
        cutoff: A lesion is called malignant from this score on.
        gated: True: only image-negatives are read again; False: the score alone decides.

    Returns:
        np.ndarray: ``(cases,)`` float, 1, 0 or NaN. A lesion without a combined score has no
        combined call, not even where the image call is positive: if positives stayed and
        negatives went, complete-case analysis would raise the sensitivity by itself.
    """
    call = (score >= cutoff).astype(float)
    if gated:
        call = np.maximum(call, image_call)
    return np.where(np.isnan(score) | np.isnan(image_call) | np.isnan(cutoff), np.nan, call)


def youden_gated(
    image_call: np.ndarray,
    score: np.ndarray,
    malignant: np.ndarray,
    *,
    gated: bool,
    tie: str = Tie.SPECIFICITY,
    where: str = Threshold.OBSERVED,
) -> float:
    """Return the cut-off with the largest Youden index of the final call.

    Candidates are the observed scores of the lesions that are read again, and infinity: no
    lesion's call is changed, which is the best that a useless score can do.

    Args:
        image_call: ``(cases,)`` float, 1 or 0.
        score: ``(cases,)`` float, known.
        malignant: ``(cases,)`` bool, both classes present.
        gated: As in `final_call`.
        tie: ``specificity``: among equal indices the highest specificity, that is the highest
            cut-off; ``sensitivity``: the lowest cut-off.
        where: Where between observed scores the cut-off lies: see `operating_point.place`.
    """
    read_again = image_call == 0 if gated else np.ones(len(score), dtype=bool)
    candidates = np.append(np.unique(score[read_again]), np.inf)
    # Lesions that turn positive at each candidate; image-positives are constants of the gate.
    gained = _reaching(score[read_again & malignant], candidates)
    lost = _reaching(score[read_again & ~malignant], candidates)
    n_malignant, n_benign = int(malignant.sum()), int((~malignant).sum())
    # J times (malignant x benign): whole numbers, so that a tie is a tie.
    gain = gained * n_benign - lost * n_malignant
    best = np.flatnonzero(gain == gain.max())
    chosen = candidates[best[AMONG_EQUALS[Tie(tie)]]]
    return placed(chosen, candidates[:-1], where)


def _reaching(score: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return how many scores are at least each candidate: ``(candidates,)`` int64."""
    return len(score) - np.searchsorted(np.sort(score), candidates, side="left")
