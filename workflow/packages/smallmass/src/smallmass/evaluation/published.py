"""The paper's printed numbers by their id, from the table that the audit checks."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Printed:
    """A number that the paper prints.

    Attributes:
        id: Its id in the table.
        value: As printed; percentages in percent.
        n: Cases behind it.
    """

    id: str
    value: float
    n: int

    @property
    def count(self) -> int:
        """The number of cases that is nearest to a printed percentage."""
        return round(self.value / 100 * self.n)


class Published:
    """The table of printed numbers.

    Args:
        table: Columns id, value, n at least.
    """

    def __init__(self, table: pd.DataFrame):
        """Index the table by id."""
        self._rows = table.set_index("id")

    def __getitem__(self, key: str) -> Printed:
        """Return a printed number.

        Raises:
            KeyError: If the id is not in the table, or has no number.
        """
        if key not in self._rows.index:
            raise KeyError(f"no printed number {key!r} in the table of published numbers")
        row = self._rows.loc[key]
        value = pd.to_numeric(row["value"])
        if pd.isna(value):
            raise KeyError(f"{key!r} is a claim in words, it has no number")
        n = pd.to_numeric(row["n"])
        return Printed(key, float(value), 0 if pd.isna(n) else int(n))
