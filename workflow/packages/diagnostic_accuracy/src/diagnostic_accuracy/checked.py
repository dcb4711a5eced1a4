"""What every public function asks of its inputs, refused by name where it is not so."""

from numbers import Integral, Real
from typing import Any

import numpy as np


def labels(values: Any, name: str) -> np.ndarray:
    """Return labels as bool of the same shape: true and false, or 1 and 0.

    Args:
        values: Any array.
        name: What they are, for the error: labels, calls, readings.

    Raises:
        ValueError: If one is missing (NaN, None, NA), is text, or is neither 0 nor 1.

    Example:
        >>> labels([1, 0, 1], "labels")
        array([ True, False,  True])
        >>> labels([1, 0, float("nan")], "labels")
        Traceback (most recent call last):
        ...
        ValueError: labels: 1 of 3 are missing: leave such cases out and say so
    """
    array = _as_given(values)
    if array.dtype == bool:
        return array
    kept = array.ravel().tolist()
    missing = sum(map(_is_missing, kept))
    if missing:
        raise ValueError(
            f"{name}: {missing} of {len(kept)} are missing: leave such cases out and say so"
        )
    for value in kept:
        if isinstance(value, str | bytes) or value not in (0, 1):
            raise ValueError(f"{name}: {value!r} is neither true (1) nor false (0)")
    return array.astype(bool)


def patients(values: Any, name: str = "patients") -> np.ndarray:
    """Return whom each case belongs to; unknown patients are not one patient.

    Args:
        values: ``(cases,)`` of str or int.
        name: What they are, for the error.

    Raises:
        ValueError: If one is missing (NaN, None, NA).
    """
    array = _as_given(values)
    if array.dtype.kind in "biuUS":
        return array
    missing = sum(map(_is_missing, array.ravel().tolist()))
    if missing:
        raise ValueError(
            f"{name}: {missing} of {array.size} are unknown: give each such case a name of its own"
        )
    return np.asarray(values)


def numbers(values: Any, name: str) -> np.ndarray:
    """Return values as float64.

    Args:
        values: Any array.
        name: What they are, for the error.

    Raises:
        ValueError: If one is missing or infinite, or no number.
    """
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not all are numbers: {error}") from error
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: one is missing or infinite: leave such cases out and say so")
    return array


def confidence(value: Any) -> float:
    """Return a confidence.

    Raises:
        ValueError: If it does not lie between 0 and 1: 95 for 0.95, for instance.
    """
    if not isinstance(value, Real) or not 0 < float(value) < 1:
        raise ValueError(f"confidence is {value!r}; it lies between 0 and 1, for instance 0.95")
    return float(value)


def count(value: Any, name: str) -> int:
    """Return a count.

    Raises:
        ValueError: If it is negative or no whole number.
    """
    whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if not whole or int(value) < 0:
        raise ValueError(f"{name} is {value!r}; a count is a whole number of 0 or more")
    return int(value)


def _as_given(values: Any) -> np.ndarray:
    """Return an array in which a missing value of a list has not become the text "nan"."""
    return values if isinstance(values, np.ndarray) else np.asarray(values, object)


def _is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT or pandas' NA."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return bool(value != value)
