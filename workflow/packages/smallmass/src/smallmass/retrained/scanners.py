"""Leave one scanner out: each scanner's cases are read by a model of all the other scanners'."""

import pandas as pd

from smallmass.combined.scores import patients
from smallmass.retrained.trainings import Dealt, Training, lacks_label, trained_on, without
from smallmass.words import Label

LEAST_CASES = 10
"""Of a scanner that is left out; a scanner with fewer teaches the models of the others."""
LEAST_PATIENTS = 2
"""Of each label on such a scanner: with fewer its AUROC has no variance."""
_HEAD = "Leave one scanner out"


def scanner_trainings(
    cohort: pd.DataFrame, split: pd.DataFrame, *, seeds: tuple[int, ...]
) -> Dealt:
    """Return a training a scanner, on all cases of known other scanners.

    Args:
        cohort: ``cohort.csv``; the column ``device`` names the scanner.
        split: case_id, split: the study's; who trains at all stands in it.
        seeds: The numbers of each model's seeds.
    """
    cases = trained_on(cohort, split)
    device = cases["device"].astype("string")
    known = device.notna().to_numpy()
    names = sorted(device[known].unique())
    if len(names) < 2:
        number = "no case has" if not names else "all cases have one and the same"
        return Dealt(left_out=(f"{_HEAD}: {number} scanner recorded (column device)",))
    trainings, left_out = [], []
    if not known.all():
        left_out.append(f"{_HEAD}: {int((~known).sum())} cases of unknown scanners take no part")
    cases, device = cases[known].reset_index(drop=True), device[known].reset_index(drop=True)
    for place, name in enumerate(names, 1):
        read = (device == name).to_numpy(bool)
        learnt = without(cases, read)
        why = _too_few(cases[read])
        if not why and lacks_label(learnt):
            why = "the other scanners have one label alone"
        if why:
            left_out.append(f"{_HEAD}: {name} is not left out: {why}")
            continue
        trainings.append(
            Training(
                name=f"without_{place}",
                printed=str(name),
                training=tuple(sorted(learnt["case_id"])),
                reads=tuple(sorted(cases["case_id"][read])),
                seeds=seeds,
            )
        )
    return Dealt(tuple(trainings), tuple(left_out))


def _too_few(rows: pd.DataFrame) -> str:
    """Return why a scanner's cases are too few to be judged; an empty text if they are not."""
    if len(rows) < LEAST_CASES:
        return f"cases: {len(rows)} of {LEAST_CASES} that are needed"
    whose = patients(rows)
    for label in Label:
        number = len(set(whose[(rows["label"] == label).to_numpy()]))
        if number < LEAST_PATIENTS:
            return f"{label} patients: {number} of {LEAST_PATIENTS} that are needed"
    return ""
