"""Counts of the image model's and a combined model's calls, and every number that follows."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from smallmass.combined.data import Data
from smallmass.words import PAIRED_METRICS

TALLY_COLUMNS = (
    *PAIRED_METRICS,
    "gain_sensitivity",
    "loss_specificity",
    *(f"{metric}_{side}" for metric in PAIRED_METRICS for side in ("gained", "lost")),
    *(
        f"p_{metric}_A25_{variant.replace('-', '_')}"
        for metric in PAIRED_METRICS
        for variant in MCNEMAR_VARIANTS
    ),
)


@dataclass(frozen=True)
class Tally:
    """The paired tables of one combined model against the image model.

    Attributes:
        malignant: Right calls among malignant cases: the first is the image model.
        benign: Right calls among benign cases.
    """

    malignant: PairedTable
    benign: PairedTable

    @classmethod
    def of(cls, image: np.ndarray, combined: np.ndarray, malignant: np.ndarray) -> "Tally":
        """Count calls; cases without both are left out.

        Args:
            image: float ``(cases,)``: 1 malignant, 0 benign, NaN none.
            combined: float ``(cases,)``, likewise.
            malignant: bool ``(cases,)``.
        """
        known = ~np.isnan(image) & ~np.isnan(combined)
        tables = []
        for label in (True, False):
            here = known & (malignant == label)
            first, second = image[here] == label, combined[here] == label
            both, right, then = (int(x.sum()) for x in (first & second, first, second))
            tables.append(PairedTable(both, then - both, right - both,
                                      len(first) - right - then + both))  # fmt: skip
        return cls(*tables)

    @property
    def n(self) -> int:
        """Cases with both calls."""
        return self.malignant.n + self.benign.n

    def numbers(self) -> dict[str, float | int | None]:
        """Return the columns `TALLY_COLUMNS`; empty without cases.

        Proportions have six decimals and P values six significant digits: counts stand beside
        them, and the file holds tens of thousands of rows.
        """
        return _numbers(self)


@cache
def _numbers(tally: Tally) -> dict[str, float | int | None]:
    if not tally.n:
        return dict.fromkeys(TALLY_COLUMNS)
    tables = dict(zip(PAIRED_METRICS, (tally.malignant, tally.benign), strict=True))
    numbers: dict[str, float | int | None] = {}
    for metric, table in tables.items():
        numbers[metric] = _share(table.both + table.gained, table.n)
    ill, well = tally.malignant, tally.benign
    numbers["gain_sensitivity"] = _share(ill.gained - ill.lost, ill.n)
    numbers["loss_specificity"] = _share(well.lost - well.gained, well.n)
    for metric, table in tables.items():
        numbers[f"{metric}_gained"], numbers[f"{metric}_lost"] = table.gained, table.lost
        for variant in MCNEMAR_VARIANTS:
            p = float(f"{mcnemar(table, variant).p_value:.6g}") if table.n else None
            numbers[f"p_{metric}_A25_{variant.replace('-', '_')}"] = p
    return numbers


def image_rates(data: Data) -> dict[str, float | None]:
    """Return the image model's sensitivity and specificity in the test set, six decimals."""
    call, tested = data.image_call, data.rows("test") & ~np.isnan(data.image_call)
    rates = {}
    for metric, label in zip(PAIRED_METRICS, (True, False), strict=True):
        here = tested & (data.malignant == label)
        rates[f"image_{metric}"] = _share(int((call[here] == label).sum()), int(here.sum()))
    return rates


def _share(count: int, n: int) -> float | None:
    return round(count / n, 6) if n else None
