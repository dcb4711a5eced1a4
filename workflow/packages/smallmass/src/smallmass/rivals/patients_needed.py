"""``rivals/patients_needed.csv``: how many test patients would show the paper's gain.

The paper's combined models gained 15 points of sensitivity. Whether a study of some size finds
such a gain depends on how often the two readings disagree, which a paired table of this study
tells: it is moved so that the second reading gains 15 points, and studies are drawn from it.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from diagnostic_accuracy.clustered import robust_error
from diagnostic_accuracy.clustered_paired import of_counts
from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.planning import mcnemar_power, pairs_by_formula, pairs_needed
from smallmass.evaluation.cases import KEY, CaseSet, calls, case_sets, patients
from smallmass.rivals.rival import Part
from smallmass.seeds import derive
from smallmass.settings import Settings
from smallmass.words import COMBINED, Model, Split, Word

GAIN, POWER = 0.15, 0.80
"""Points of sensitivity that the paper's combined models gained, and the usual power."""
COLUMNS = [*KEY, "model_a", "model_b", "printed", "structure", "both", "gained", "lost", "neither",
           "share_gained", "share_lost", "malignant_needed", "by_formula", "design_effect",
           "lesions_needed", "malignant_here", "power_here", "power_low", "power_high",
           "note"]  # fmt: skip


class Structure(Word):
    """What is lost while 15 points are gained."""

    OBSERVED = "observed", "as much is lost as here"
    GATE = "gate", "nothing is lost: image-negative lesions alone are read again"
    INDEPENDENT = "independent", "both readings err independently"


def patients_needed(
    parts: Sequence[Part], *, predictions: pd.DataFrame, cohort: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return a row a set of test cases, pair of readings and structure.

    Args:
        parts: The rivals; each with calls is a second reading, as the combined models are.
        predictions: ``predictions.csv``.
        cohort: ``cohort.csv``, for sizes.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``.
    """
    rows = [
        row
        for cases in case_sets(predictions, cohort, settings.cohort)
        if cases.split == Split.TEST
        for name, printed, call in _second_readings(cases, parts)
        for row in _rows(cases, name, printed, call, settings)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    whole = ("both", "gained", "lost", "neither", "malignant_needed", "lesions_needed",
             "malignant_here")  # fmt: skip
    return table.round(6).astype(dict.fromkeys(whole, "Int64"))


def _second_readings(
    cases: CaseSet, parts: Sequence[Part]
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield name, printed name and calls, float ``(cases,)``, of what has any."""
    for model in COMBINED:
        if np.isfinite(cases.call(model)).any():
            yield model.value, model.short, cases.call(model)
    for rival in (rival for part in parts for rival in part.rivals):
        own = cases.cases[["case_id"]].merge(rival.cases, on="case_id", how="left")
        call = calls(own["call"])
        if np.isfinite(call).any():
            yield rival.name, rival.printed, call


def _rows(
    cases: CaseSet, name: str, printed: str, call: np.ndarray, settings: Settings
) -> Iterator[dict]:
    """Yield a row for each structure of one pair of readings."""
    image = cases.call(Model.IMAGE)
    here = cases.malignant & np.isfinite(call) & np.isfinite(image)
    if not here.any():
        return
    first, second = image[here] == 1, call[here] == 1
    table = PairedTable.of(first, second)
    effect = _design_effect(second.astype(float) - first, patients(cases.cases[here]))
    variant = of_counts(settings.evaluation.mcnemar)
    seed = derive(settings.seed, "rivals", "patients_needed", name)
    share = float(cases.malignant.mean())
    for structure, lost in _lost(table).items():
        row = cases.key | {
            "model_a": Model.IMAGE.value,
            "model_b": name,
            "printed": printed,
            "structure": structure.value,
            "both": table.both,
            "gained": table.gained,
            "lost": table.lost,
            "neither": table.neither,
            "malignant_here": table.n,
            "design_effect": effect,
        }
        wrong = 1 - (table.both + table.lost) / table.n
        if lost + GAIN > wrong:
            words = f"{lost + GAIN:.0%} would have to be gained, the image model misses {wrong:.0%}"
            yield row | {"note": words}
            continue
        shares = lost + GAIN, lost
        needed = pairs_needed(*shares, power=POWER, variant=variant, seed=seed)
        power = mcnemar_power(*shares, round(table.n / effect), variant=variant, seed=seed)
        lesions = needed.estimate * effect
        yield row | {
            "share_gained": shares[0],
            "share_lost": shares[1],
            "malignant_needed": np.ceil(lesions),
            "by_formula": pairs_by_formula(*shares, power=POWER),
            "lesions_needed": np.ceil(lesions / share),
            "power_here": power.estimate,
            "power_low": power.low,
            "power_high": power.high,
            "note": needed.note,
        }


def _lost(table: PairedTable) -> Mapping[Structure, float]:
    """Return the share of malignant lesions that the second reading loses, by structure."""
    first = (table.both + table.lost) / table.n
    return {
        Structure.OBSERVED: table.lost / table.n,
        Structure.GATE: 0.0,
        Structure.INDEPENDENT: first * (1 - min(1.0, first + GAIN)),
    }


def _design_effect(gap: np.ndarray, patient: np.ndarray) -> float:
    """Return by how much a patient's several lesions make the mean gap less sure; 1 at least.

    Args:
        gap: float ``(lesions,)``: 1 gained, -1 lost, 0 neither.
        patient: Whose each lesion is.
    """
    variance = gap.var() / len(gap)
    if not variance > 0 or len(set(patient)) in (1, len(gap)):
        return 1.0
    return max(1.0, robust_error(gap, patient) ** 2 / variance)
