"""The error of a mean over few or unequal patients, and the degrees of freedom that it has.

The usual robust error is too small where patients are few or one of them has most of the images,
and so is Student's t with patients - 1 degrees of freedom. Here each patient's part is corrected
for its weight in the mean (CR2), and the degrees of freedom are those that the variance really has
(Satterthwaite), given how alike the images of a patient are.
"""

from dataclasses import dataclass

import numpy as np

SMALL_SAMPLES = (
    "CR2 and Satterthwaite, Bell & McCaffrey 2002 (Surv Methodol 28:169), with the likeness of a "
    "patient's cases, Imbens & Kolesar 2016 (Rev Econ Stat 98:701)"
)
FEW = 20
"""Patients under which an interval is called one of few: `benchmarks/coverage.py`."""


@dataclass(frozen=True)
class SmallSample:
    """What is known of a mean of so many patients.

    Attributes:
        error: Its standard error.
        degrees: Degrees of freedom of the error, at least 1 but for rounding.
        patients: How many there are.
    """

    error: float
    degrees: float
    patients: int

    @property
    def note(self) -> str:
        """What a reader must know of so few patients; empty from `FEW` on."""
        return few_note(self.patients, self.degrees)


def few_note(patients: int, degrees: float) -> str:
    """Return what a reader must know of few or unequal patients, or an empty text.

    Args:
        patients: How many there are.
        degrees: Degrees of freedom of the error.
    """
    if patients >= FEW and degrees >= FEW / 2:
        return ""
    why = f"fewer than {FEW}" if patients < FEW else "some have far more cases than others"
    return f"few patients ({why}): the interval is rough, with {degrees:.1f} degrees of freedom"


def small_sample(values: np.ndarray, cluster: np.ndarray) -> SmallSample:
    """Return the error of a mean over cases and its degrees of freedom.

    With patients of n_i cases whose values sum to x_i, N cases and mean p, the variance is
    sum((x_i - p n_i)^2 / (1 - n_i / N)) / N^2. With equal patients it is that of
    `clustered.robust_error`, and the degrees of freedom are patients - 1.

    Args:
        values: bool, int or float ``(cases,)``.
        cluster: ``(cases,)``, at least two distinct values.
    """
    values = np.asarray(values, np.float64)
    _, number = np.unique(cluster, return_inverse=True)
    sizes = np.bincount(number)
    weighted = corrected_sums(values - values.mean(), number, sizes) / len(values)
    degrees = satterthwaite(sizes, likeness(values, number))
    return SmallSample(float(np.sqrt((weighted**2).sum())), degrees, len(sizes))


def corrected_sums(apart: np.ndarray, number: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return each patient's sum of what its cases lie apart from the mean, float ``(patients,)``.

    Larger by 1 / sqrt(1 - n_i / N), since a patient pulls the mean towards itself.

    Args:
        apart: float ``(cases,)``, differences from the mean of all cases.
        number: int ``(cases,)``, the patient of each case, from 0.
        sizes: int ``(patients,)``, cases of each; two patients at least have some.
    """
    sums = np.bincount(number, weights=apart, minlength=len(sizes))
    return sums / np.sqrt(1 - sizes / sizes.sum())


def likeness(values: np.ndarray, number: np.ndarray) -> float:
    """Return the correlation within patients, 0 to 1; 1 where nothing is known of it.

    Args:
        values: float ``(cases,)``.
        number: int ``(cases,)``, the patient of each case, from 0, none left out.

    Source: Donner & Koval 1980 (Biometrics 36:19), the estimator of the analysis of variance.
    """
    sizes = np.bincount(number)
    patients, n = len(sizes), len(values)
    if n == patients:
        return 1.0
    means = np.bincount(number, weights=values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (patients - 1)
    within = float(((values - means[number]) ** 2).sum()) / (n - patients)
    typical = (n - (sizes.astype(np.float64) ** 2).sum() / n) / (patients - 1)
    spread = between + (typical - 1) * within
    return float(np.clip((between - within) / spread, 0.0, 1.0)) if spread > 0 else 1.0


def satterthwaite(sizes: np.ndarray, alike: float) -> float:
    """Return the degrees of freedom of `small_sample`'s variance.

    They are trace(B)^2 / trace(B B) with B the covariance of the patients' corrected sums, where
    the n_i values of a patient have variance 1 and correlation ``alike``.

    Args:
        sizes: int ``(patients,)``, cases of each; at least two patients.
        alike: The correlation, 0 to 1.

    Example:
        >>> round(satterthwaite(np.array([4, 4, 4, 4]), 0.3), 6)
        3.0
        >>> round(satterthwaite(np.array([1, 1, 1, 9]), 0.3), 2)
        1.28
    """
    size = sizes.astype(np.float64)
    n = size.sum()
    own = size * (1 - alike) + alike * size**2  # variance of a patient's sum
    weight = 1 / (1 - size / n)
    # Covariance of sums from which the mean is taken: diag(own) + U M U', U = [size, own].
    sides = np.column_stack([size, own])
    middle = np.array([[own.sum() / n**2, -1 / n], [-1 / n, 0.0]])
    on_diagonal = ((sides @ middle) * sides).sum(axis=1)
    trace = (weight * (own + on_diagonal)).sum()
    core = middle @ (sides.T @ (weight[:, None] * sides))
    squares = (weight**2 * (own**2 + 2 * own * on_diagonal)).sum() + np.trace(core @ core)
    return float(trace**2 / squares)
