"""How often intervals hold the truth where patients are few or unequal, or an AUROC is near 1.

    uv run python benchmarks/coverage.py [--studies 1000]

Made-up studies of a known truth. Proportions: every patient has a share of its own, from a beta
distribution with a correlation of 0.1 or 0.5 within patients. AUROCs: normal scores, half of whose
variance the cases of a patient share. Printed are, for each kind of study, the share of nominal 95%
intervals that hold the truth, in percent, and their mean width; for a proportion that of the
correlation where it is lower. Beside this library's intervals stand those that it had before: the
robust error with t of patients - 1, Wilson's with the normal quantile, DeLong's by patient with it.
The tables are in docs/statistics.md.
"""

import argparse
import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from diagnostic_accuracy.clustered import clustered_proportion, design_effect, robust_error
from diagnostic_accuracy.clustered_roc import clustered_auroc
from diagnostic_accuracy.proportions import proportion_interval
from diagnostic_accuracy.roc import delong, delong_covariance
from diagnostic_accuracy.roc_intervals import delong_logit, newcombe_auroc

Z = 1.959963984540054
Ends = tuple[float, float]
# Images of each patient.
PROPORTIONS = {
    "4 patients x 8": [8] * 4,
    "5 x 6": [6] * 5,
    "8 x 2": [2] * 8,
    "8 x 8": [8] * 8,
    "10 x 4": [4] * 10,
    "6, of 2 to 20": [2, 3, 4, 8, 12, 20],
    "20, one of 20": [1] * 19 + [20],
    "60 x 2": [2] * 60,
}
# Images of each malignant and of each benign patient, and the area.
CLUSTERED = {
    "3 + 4 patients x 8": ([8] * 3, [8] * 4),
    "4 + 8 x 8": ([8] * 4, [8] * 8),
    "6 + 10 x 8": ([8] * 6, [8] * 10),
    "10 + 20 x 6": ([6] * 10, [6] * 20),
    "5 + 8, unequal": ([1, 2, 4, 9, 15], [1, 1, 2, 3, 4, 4, 8, 20]),
    "30 + 60 x 2": ([2] * 30, [2] * 60),
}
SINGLE = {
    (60, 60): (0.85, 0.95),
    (19, 63): (0.85, 0.95),
    (10, 60): (0.95,),
    (30, 30): (0.99,),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    table("proportion", proportion_rows(studies))
    table("AUROC, several cases a patient", clustered_rows(studies))
    table("AUROC, one case a patient", single_rows(studies))


def table(title: str, rows: Iterator[tuple[str, dict[str, str]]]) -> None:
    """Print rows as Markdown."""
    for number, (name, cells) in enumerate(rows):
        if not number:
            print(f"\n| {title} | {' | '.join(cells)} |")
            print(f"| --- |{' ---: |' * len(cells)}")
        print(f"| {name} | {' | '.join(cells.values())} |", flush=True)


def proportion_rows(studies: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a row a kind of study and truth: the lower coverage of both correlations."""
    for name, sizes in PROPORTIONS.items():
        for truth in (0.7, 0.9):
            both = []
            for alike in (0.1, 0.5):
                rng = np.random.default_rng(len(sizes))
                patient = np.repeat(np.arange(len(sizes)), sizes)
                counted: dict[str, list] = {}
                for _ in range(studies):
                    hit = drawn(rng, patient, truth, alike)
                    for method, ends in PROPORTION_METHODS.items():
                        counted.setdefault(method, []).append(ends(hit, patient))
                both.append({m: covers(np.array(e), truth) for m, e in counted.items()})
            yield f"{name}, {truth:.0%}", {m: shown(min(b[m] for b in both)) for m in both[0]}


def clustered_rows(studies: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a row a kind of study and area."""
    for name, (ill, well) in CLUSTERED.items():
        for area in (0.85, 0.95):
            patient = np.repeat(np.arange(len(ill) + len(well)), [*ill, *well])
            yield f"{name}, {area}", of_areas(CLUSTERED_METHODS, patient, len(ill), area, studies)


def single_rows(studies: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a row a number of cases and area."""
    for (ill, well), areas in SINGLE.items():
        for area in areas:
            patient = np.arange(ill + well)
            cells = of_areas(SINGLE_METHODS, patient, ill, area, studies)
            yield f"{ill} + {well}, {area}", cells


def of_areas(
    methods: dict[str, Callable], patient: np.ndarray, ill: int, area: float, studies: int
) -> dict[str, str]:
    """Return each method's coverage and width; patients numbered below ``ill`` are malignant."""
    rng = np.random.default_rng(len(patient))
    malignant = patient < ill
    apart = math.sqrt(2) * stats.norm.ppf(area)
    counted: dict[str, list] = {}
    for _ in range(studies):
        shared = rng.normal(size=patient.max() + 1)[patient]
        score = math.sqrt(0.5) * (shared + rng.normal(size=len(patient))) + apart * malignant
        for method, ends in methods.items():
            counted.setdefault(method, []).append(ends(score, malignant, patient))
    return {method: shown(covers(np.array(ends), area)) for method, ends in counted.items()}


def drawn(rng: np.random.Generator, patient: np.ndarray, truth: float, alike: float) -> np.ndarray:
    """Return hits of patients with shares of their own."""
    a, b = (share * (1 - alike) / alike for share in (truth, 1 - truth))
    return rng.random(len(patient)) < rng.beta(a, b, patient.max() + 1)[patient]


def covers(ends: np.ndarray, truth: float) -> tuple[float, float]:
    """Return how many of the intervals hold the truth, and their mean width."""
    held = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    return float(held.mean()), float((ends[:, 1] - ends[:, 0]).mean())


def shown(numbers: tuple[float, float]) -> str:
    return f"{100 * numbers[0]:.1f} ({numbers[1]:.2f})"


def of_result(function: Callable, **options: object) -> Callable[..., Ends]:
    """Return a function of the same arguments that gives the ends."""

    def ends(*data: np.ndarray) -> Ends:
        result = function(*data, **options)
        return result.low, result.high

    return ends


def without_patients(function: Callable) -> Callable[..., Ends]:
    """Return the ends of a method that knows no patients."""
    return lambda score, malignant, _: of_result(function)(score, malignant)


def robust_t(hit: np.ndarray, patient: np.ndarray) -> Ends:
    """Return the robust error with t of patients - 1."""
    reach = stats.t.isf(0.025, patient.max()) * robust_error(hit, patient)
    return max(hit.mean() - reach, 0.0), min(hit.mean() + reach, 1.0)


def wilson_z(hit: np.ndarray, patient: np.ndarray) -> Ends:
    """Return Wilson's interval at the effective sample size with the normal quantile."""
    effect = design_effect(hit, patient)
    n = patient.max() + 1 if math.isnan(effect) else len(hit) / max(effect, 1.0)
    low, high = proportion_interval(np.array(hit.mean() * n), np.array(n), method="wilson")
    return float(low), float(high)


def delong_z(score: np.ndarray, malignant: np.ndarray, patient: np.ndarray) -> Ends:
    """Return Obuchowski's interval with the normal quantile."""
    areas, covariance = delong_covariance(score, malignant, patient)
    reach = Z * math.sqrt(max(covariance[0, 0], 0.0))
    return max(areas[0] - reach, 0.0), min(areas[0] + reach, 1.0)


PROPORTION_METHODS = {
    "before: robust, t": robust_t,
    "before: Wilson, z": wilson_z,
    "`cluster`": of_result(clustered_proportion),
    "`cluster-wilson`": of_result(clustered_proportion, method="cluster-wilson"),
}
CLUSTERED_METHODS = {
    "before: DeLong, z": delong_z,
    "`delong-cluster`": of_result(clustered_auroc),
}
SINGLE_METHODS = {
    "`delong`": without_patients(delong),
    "`delong-logit`": without_patients(delong_logit),
    "`newcombe`": without_patients(newcombe_auroc),
}


if __name__ == "__main__":
    main()
