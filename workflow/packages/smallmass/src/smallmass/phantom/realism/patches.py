"""How well small patches of phantoms and of real scans can be told apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import kurtosis, skew
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from smallmass.phantom.realism.pictures import Picture
from smallmass.phantom.realism.statistics import CLEAR, DARK, half_width

SIDE = 32  # px
PER_PICTURE = 8
FOLDS = 5
CLASSIFIERS = {
    "logistic regression": lambda seed: make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=2000)
    ),
    "gradient boosting": lambda seed: HistGradientBoostingClassifier(
        max_iter=60, early_stopping=False, random_state=seed
    ),
}
BRIGHTNESS = ("mean", "p05", "p50", "p95", "sd")
FEATURES = (
    *BRIGHTNESS,
    *("skewness", "kurtosis", "lateral_px", "axial_px", "ratio_p95", "ratio_p05"),
    *(f"{name}_{axis}{lag}" for name in ("slope",) for axis in "xy" for lag in (1, 2, 4, 8)),
    *("laplacian", "smooth_share"),
)


@dataclass(frozen=True)
class Patches:
    """Features of patches.

    Args:
        features: (patches, features) float64, columns as in ``FEATURES``.
        real: (patches,) bool.
        group: (patches,) the patient's name: patches of one patient share a fold.
        picture: (patches,) number of the picture.
    """

    features: pd.DataFrame
    real: np.ndarray
    group: np.ndarray
    picture: np.ndarray


def cut(picture: Picture, random: np.random.Generator) -> list[np.ndarray]:
    """Return up to ``PER_PICTURE`` patches, (SIDE, SIDE), at random places.

    Patches with burned-in text, and dark ones, are left out of both sources.
    """
    height, width = picture.image.shape
    if min(height, width) < SIDE:
        return []
    patches = []
    for _ in range(6 * PER_PICTURE):
        y, x = random.integers(0, height - SIDE + 1), random.integers(0, width - SIDE + 1)
        patch = picture.image[y : y + SIDE, x : x + SIDE]
        if patch.mean() >= DARK and patch.max() <= CLEAR:
            patches.append(patch)
        if len(patches) == PER_PICTURE:
            break
    return patches


def describe(patch: np.ndarray) -> dict[str, float]:
    """Return the features of a patch: brightness, and texture that does not depend on it."""
    mean, sd = patch.mean(), max(patch.std(), 1e-6)
    low, middle, high = np.percentile(patch, [5, 50, 95])
    z = (patch - mean) / sd
    features = {"mean": mean, "p05": low, "p50": middle, "p95": high, "sd": sd}
    features |= {"skewness": skew(z.ravel()), "kurtosis": kurtosis(z.ravel())}
    features |= {"lateral_px": half_width(z), "axial_px": half_width(z.T)}
    features |= {"ratio_p95": (high - mean) / sd, "ratio_p05": (mean - low) / sd}
    for axis, turned in (("x", z), ("y", z.T)):
        for lag in (1, 2, 4, 8):
            features[f"slope_{axis}{lag}"] = np.abs(turned[:, lag:] - turned[:, :-lag]).mean()
    inner = z[1:-1, 1:-1]
    around = (z[:-2, 1:-1] + z[2:, 1:-1] + z[1:-1, :-2] + z[1:-1, 2:]) / 4
    features["laplacian"] = np.abs(inner - around).mean()
    features["smooth_share"] = around.std()
    return features


def gather(pictures: list[Picture], real_name: str, seed: int) -> Patches:
    """Cut and describe the patches of all pictures; the same seed gives the same patches."""
    random = np.random.default_rng(seed)
    rows, real, group, number = [], [], [], []
    for k, picture in enumerate(pictures):
        for patch in cut(picture, random):
            rows.append(describe(patch))
            real.append(picture.source == real_name)
            group.append(f"{picture.source} {picture.group}")
            number.append(k)
    features = pd.DataFrame(rows, columns=list(FEATURES)).fillna(0.0)
    return Patches(features, np.array(real, bool), np.array(group), np.array(number))


def told_apart(patches: Patches, seed: int) -> pd.DataFrame:
    """Return how well classifiers tell the sources apart, cross-validated by patient.

    Returns:
        One row a classifier and a set of features: classifier, features (all, or texture: patches
        of mean 0 and SD 1), auroc_patch, auroc_picture (mean score of a picture's patches),
        lowest_fold, highest_fold (of auroc_patch), patches, pictures. 0.5 is the AUROC of patches
        that cannot be told apart, 1.0 that of patches that always can.
    """
    texture = [name for name in FEATURES if name not in BRIGHTNESS]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    rows = []
    for name, make in CLASSIFIERS.items():
        for which, columns in (("all", list(FEATURES)), ("texture", texture)):
            x, score, of_folds = (
                patches.features[columns].to_numpy(),
                np.zeros(len(patches.real)),
                [],
            )
            for train, test in folds.split(x, patches.real, patches.group):
                # One thread: the tables are small, and sums do not depend on the number of cores.
                with threadpool_limits(1):
                    model = make(seed).fit(x[train], patches.real[train])
                    score[test] = model.predict_proba(x[test])[:, 1]
                of_folds.append(roc_auc_score(patches.real[test], score[test]))
            pictures = pd.DataFrame(
                {"picture": patches.picture, "real": patches.real, "score": score}
            )
            means = pictures.groupby("picture").mean()
            rows.append(
                {
                    "classifier": name,
                    "features": which,
                    "auroc_patch": roc_auc_score(patches.real, score),
                    "auroc_picture": roc_auc_score(means["real"] > 0.5, means["score"]),
                    "lowest_fold": min(of_folds),
                    "highest_fold": max(of_folds),
                    "patches": len(x),
                    "pictures": len(means),
                }
            )
    return pd.DataFrame(rows)
