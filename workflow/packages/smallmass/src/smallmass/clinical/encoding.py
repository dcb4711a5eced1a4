"""Clinical factors as numbers: coding, scaling and what to do about unknowns (A14, A15).

Whatever is learned here (mean, spread, median, mode) is learned on training cases alone and then
applied, unchanged, to every other case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from smallmass.errors import UserError
from smallmass.options import Density, Missing
from smallmass.words import Factor as Factors

LEVELS: dict[str, tuple[str, ...]] = {
    Factors.FAMILY_HISTORY: ("no", "yes"),
    Factors.BRCA: ("no", "yes"),
    Factors.DENSITY: ("fatty", "scattered", "heterogeneous", "extreme"),
}
"""The known words of the categorical factors, from the lowest to the highest."""

FACTORS = tuple(Factors)
UNKNOWN = "unknown"
ONEHOT = {Density.ORDINAL: False, Density.ONEHOT: True}
"""A15: whether breast density has a column for every level but the first."""


@dataclass(frozen=True)
class Unknowns:
    """What becomes of unknown factors (A15).

    Attributes:
        marked: A column of its own says where a factor is unknown.
        left_out: A case with an unknown factor takes no part.
    """

    marked: bool = False
    left_out: bool = False


UNKNOWNS = {
    Missing.IMPUTE: Unknowns(),
    Missing.INDICATOR: Unknowns(marked=True),
    Missing.COMPLETE: Unknowns(left_out=True),
}


@dataclass(frozen=True)
class Factor:
    """How one factor becomes columns.

    Attributes:
        name: Column of the cohort's table.
        known: Training cases in which it is known.
        unknown: Training cases in which it is not.
        fill: What an unknown is read as: the training median (age, in years) or the training
            mode (the other factors; the lower level on a tie).
        mean, sd: Of age in training, years; 0 and 1 for the other factors.
        onehot: A column for every level but the first, instead of one ordinal column in [0, 1].
        indicator: A further column that is 1 where the factor is unknown.
    """

    name: str
    known: int
    unknown: int
    fill: float | str
    mean: float = 0.0
    sd: float = 1.0
    onehot: bool = False
    indicator: bool = False

    @property
    def columns(self) -> list[str]:
        """Names of the columns that the factor becomes."""
        if self.onehot:
            names = [f"{self.name}={level}" for level in LEVELS[self.name][1:]]
        else:
            names = [self.name]
        return names + ([f"{self.name}={UNKNOWN}"] if self.indicator else [])

    def encode(self, cases: pd.DataFrame) -> np.ndarray:
        """Return the factor's columns.

        Args:
            cases: The cohort's table; a missing column counts as unknown.

        Returns:
            np.ndarray: ``(cases, len(self.columns))`` float64.
        """
        values = _values(cases, self.name)
        unknown = values.isna().to_numpy()
        filled = values.where(~unknown, self.fill)
        if self.name == Factors.AGE:
            columns = [(filled.to_numpy(float) - self.mean) / self.sd]
        else:
            levels = LEVELS[self.name]
            rank = filled.map({level: i for i, level in enumerate(levels)}).to_numpy(float)
            if self.onehot:
                columns = [(rank == i).astype(float) for i in range(1, len(levels))]
            else:
                columns = [rank / (len(levels) - 1)]
        if self.indicator:
            columns.append(unknown.astype(float))
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class Encoding:
    """The coding of all factors, as learned on training cases.

    Attributes:
        factors: The factors in use, in the order of the settings.
        left_out: Factors of the settings that training cases cannot teach, and why.
        missing: ``impute``, ``indicator`` or ``complete`` (A15).
    """

    factors: tuple[Factor, ...]
    left_out: dict[str, str]
    missing: str

    @property
    def columns(self) -> list[str]:
        """Names of the encoded columns, in order."""
        return [column for factor in self.factors for column in factor.columns]

    def usable(self, cases: pd.DataFrame) -> np.ndarray:
        """Return, for every case, whether it takes part: ``(cases,)`` bool.

        All do, unless ``missing`` is ``complete``: then those whose every factor is known.
        """
        usable = np.ones(len(cases), dtype=bool)
        if UNKNOWNS[Missing(self.missing)].left_out:
            for factor in self.factors:
                usable &= is_known(cases, factor.name).to_numpy()
        return usable

    def encode(self, cases: pd.DataFrame) -> np.ndarray:
        """Return the columns of all factors.

        Args:
            cases: The cohort's table, one row a case.

        Returns:
            np.ndarray: ``(cases, len(self.columns))`` float32; age in training SDs from the
            training mean, everything else in [0, 1].
        """
        if not self.factors:
            return np.zeros((len(cases), 0), dtype=np.float32)
        parts = [factor.encode(cases) for factor in self.factors]
        return np.concatenate(parts, axis=1).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Return the encoding as plain data for JSON."""
        return {
            "missing": self.missing,
            "columns": self.columns,
            "factors": [asdict(factor) for factor in self.factors],
            "left_out": self.left_out,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Encoding":
        """Return the encoding that `to_dict` described."""
        factors = tuple(Factor(**factor) for factor in data["factors"])
        return cls(factors, dict(data["left_out"]), data["missing"])


def fit_encoding(
    training: pd.DataFrame,
    *,
    factors: Sequence[str] = FACTORS,
    density: str = "ordinal",
    missing: str = "impute",
) -> Encoding:
    """Learn the coding of the clinical factors on training cases.

    A factor that is unknown, or the same, in every training case is left out: a network could
    learn nothing about it, and would answer to other cases' values with its random start.

    Args:
        training: The cohort's rows of training cases.
        factors: Columns to use, a subset of `FACTORS` (A14).
        density: ``ordinal`` or ``onehot`` (A15).
        missing: ``impute``, ``indicator`` or ``complete`` (A15).

    Raises:
        UserError: If a value is not one of a factor's words, or an age is no positive number.
    """
    _refuse_unreadable(training, factors)
    used, left_out = [], {}
    for name in factors:
        values = _values(training, name)
        known = values.dropna()
        if known.empty:
            left_out[name] = "unknown for every training case"
            continue
        indicator = UNKNOWNS[Missing(missing)].marked and len(known) < len(values)
        if known.nunique() == 1 and not indicator:
            left_out[name] = "the same for every training case in which it is known"
            continue
        used.append(_learn(name, known, len(values) - len(known), density, indicator))
    return Encoding(tuple(used), left_out, missing)


def _learn(name: str, known: pd.Series, unknown: int, density: str, indicator: bool) -> Factor:
    """Return one factor's coding, from its known values in training."""
    if name == Factors.AGE:
        years = known.to_numpy(float)
        sd = float(years.std(ddof=1)) if len(years) > 1 else 0.0
        return Factor(
            name,
            len(known),
            unknown,
            fill=float(np.median(years)),
            mean=float(years.mean()),
            sd=sd if sd > 0 else 1.0,
            indicator=indicator,
        )
    counts = known.value_counts()
    mode = max(LEVELS[name], key=lambda level: counts.get(level, 0))  # the first one on a tie
    onehot = name == Factors.DENSITY and ONEHOT[Density(density)]
    return Factor(name, len(known), unknown, fill=mode, onehot=onehot, indicator=indicator)


def is_known(cases: pd.DataFrame, name: str) -> pd.Series:
    """Return of which cases a factor is known, bool ``(cases,)``; it may have no column."""
    return _values(cases, name).notna()


def any_known(cases: pd.DataFrame) -> bool:
    """Return whether any clinical factor of any case is known."""
    return any(is_known(cases, name).any() for name in FACTORS)


def _values(cases: pd.DataFrame, name: str) -> pd.Series:
    """Return a factor's column with NaN where it is unknown, empty or absent."""
    if name not in cases:
        return pd.Series(np.nan, index=cases.index, dtype=object)
    if name == Factors.AGE:
        return pd.to_numeric(cases[name].replace(UNKNOWN, np.nan), errors="coerce")
    values = cases[name].astype(object)
    return values.where(values.isin(LEVELS[name]), np.nan)


def _refuse_unreadable(cases: pd.DataFrame, factors: Sequence[str]) -> None:
    """Raise `UserError` for every value that is neither known nor declared unknown."""
    problems = [
        f"clinical_model.factors: {name!r} is not one of {', '.join(FACTORS)}"
        for name in factors
        if name not in FACTORS
    ]
    for name in set(factors) & set(FACTORS) & set(cases.columns):
        given = cases[name].notna() & (cases[name].astype(object) != UNKNOWN)
        values = _values(cases, name)
        wrong = given & (values.isna() | (values <= 0) if name == Factors.AGE else values.isna())
        words = "a number of years above 0" if name == Factors.AGE else ", ".join(LEVELS[name])
        problems += [
            f"case {row.get('case_id', index)}: {name} is {row[name]!r}; give {words}, "
            f"or leave it empty where it is unknown"
            for index, row in cases[wrong].iterrows()
        ]
    if problems:
        raise UserError(sorted(problems))
