"""A made-up cohort for models that are trained anew: patients, scanners, folds, near-duplicates."""

import numpy as np
import pandas as pd

from smallmass.retrained.curve import curve_cases
from smallmass.retrained.drop import read_twice
from smallmass.retrained.folds import fold_trainings
from smallmass.retrained.out_of_fold import out_of_fold
from smallmass.retrained.scanners import scanner_trainings
from study_settings import study_settings


def scanned(seed: int = 0, *, patients: int = 90, folds: bool = True) -> pd.DataFrame:
    """Return ``cohort.csv`` of 1 to 3 images a patient on three scanners.

    Every tenth patient has a near-duplicate in the next one, on whatever fold and scanner that is.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(patients):
        malignant, fold = rng.random() < 0.35, str(1 + patient % 5)
        for number in range(rng.integers(1, 4)):
            near = patient % 10 in (0, 1) and number == 0
            rows.append(
                {
                    "case_id": f"c{patient:03}_{number}",
                    "cohort": "busbra" if folds else "own",
                    "patient_id": f"p{patient}",
                    "group_id": f"g{patient // 10}" if near else None,
                    "image": f"{patient}_{number}.png",
                    "frame": np.nan,
                    "pixel_sha256": f"{patient}_{number}",
                    "outline": f"{patient}_{number}_mask.png",
                    "label": "malignant" if malignant else "benign",
                    "device": ("A", "B", "C/2")[rng.choice(3, p=[0.5, 0.3, 0.2])],
                    "diameter_cm": np.nan,
                    "birads": "345"[(patient + malignant) % 3] if patient % 7 else None,
                    "x_fold": fold if folds else None,
                }
            )
    return pd.DataFrame(rows)


def split_of(cohort: pd.DataFrame) -> pd.DataFrame:
    """Return a split by patient: a fifth tests, a fifth validates."""
    place = cohort["patient_id"].str[1:].astype(int) % 5
    names = place.map({0: "test", 1: "validation"}).fillna("training")
    return pd.DataFrame({"case_id": cohort["case_id"], "split": names})


def drawn_scores(cohort: pd.DataFrame, names: dict[str, str], seed: int = 0) -> pd.DataFrame:
    """Return what models might read: scores that know something of the label.

    Args:
        cohort: Of `scanned`.
        names: The training that reads each case.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    read = cohort[cohort["case_id"].isin(list(names))]
    malignant = (read["label"] == "malignant").to_numpy()
    score = 1 / (1 + np.exp(-(rng.normal(size=len(read)) + 1.8 * malignant - 1)))
    found = rng.random(len(read)) < 0.9
    return pd.DataFrame(
        {
            "training": read["case_id"].map(names).to_numpy(),
            "case_id": read["case_id"].to_numpy(),
            "image_score": score.round(3),
            "found": found.astype(float),
            "dice": np.where(found, 0.8, 0.0),
        }
    )


def scanners_read():
    """Cases that both models read, and how many cases each learnt from."""
    cohort = scanned(7, patients=150)
    split = split_of(cohort)
    folds = fold_trainings(cohort, split, number=5, seed=1, seeds=(0,)).trainings
    trainings = scanner_trainings(cohort, split, seeds=(0,)).trainings
    seen = out_of_fold(
        drawn_scores(cohort, {case: each.name for each in folds for case in each.reads}),
        cohort, split, study_settings().operating_point,
    )  # fmt: skip
    names = {case: each.name for each in trainings for case in each.reads}
    cases = read_twice(drawn_scores(cohort, names, seed=1), seen, cohort, split)
    return cases, {each.name: len(each.training) for each in trainings}


def learning_read():
    """What models of 20 images, three draws, and of all, the study's and two, read."""
    cohort = scanned(1, patients=200)
    split = split_of(cohort)
    tested = cohort[cohort["case_id"].isin(split.loc[split["split"] == "test", "case_id"])]
    malignant = (tested["label"] == "malignant").to_numpy()
    rng = np.random.default_rng(2)

    def read(strength: float) -> pd.DataFrame:
        score = 1 / (1 + np.exp(-(rng.normal(size=len(tested)) + strength * malignant)))
        return pd.DataFrame(
            {"case_id": tested["case_id"], "image_score": score, "found": 1.0,
             "dice": rng.uniform(0.5, 1, len(tested))}
        )  # fmt: skip

    scores = pd.concat(
        [read(1).assign(training=f"20_draw{draw}") for draw in range(3)]
        + [read(2).assign(training=f"all_draw{draw}") for draw in (1, 2)]
    )
    own = read(2).assign(seed="0", fit="held_out")
    inside = own.assign(fit="in_sample", image_score=0.0)
    number = int((split["split"] == "training").sum())
    images = {f"20_draw{draw}": 19 + draw for draw in range(3)}
    images |= {f"all_draw{draw}": number for draw in (1, 2)}
    study = pd.concat([own, inside])
    return curve_cases(scores, images, study, draws=3, cohort=cohort, split=split)
