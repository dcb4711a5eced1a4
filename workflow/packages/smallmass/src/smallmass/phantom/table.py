"""The clinical table: Table 1 of the paper as quotas, then seeded shuffles.

Each split and label is a cell with its own counts. Every factor of a cell is laid out exactly as
printed and then shuffled by itself: given the label (and the split), factors, lesion size,
scanner and the lesion's severity are independent. That is an input of the simulation.

Sizes lie in 0.20 .. 0.99 cm and have one peak. Their means are the printed ones, and size separates
the labels of a split no better than two normals with the printed means and SDs of 0.20 cm would.
The printed SDs (n - 1) of three cells are reached: 0.20 cm in both validation cells and 0.24 cm in
the malignant test cell, the last with more than half of the lesions within the upper tenth of the
range. Three printed SDs are impossible for lesions of 0.20 to 0.99 cm, whatever is drawn:

- training, benign: 0.46 cm. A mean of 0.71 cm allows 0.38 cm at most, with all lesions at either
  end of the range, and 0.27 cm with one peak;
- test, benign: 0.42 cm. A mean of 0.75 cm allows 0.37 cm, and 0.27 cm with one peak;
- training, malignant: 0.31 cm. A mean of 0.79 cm allows 0.26 cm with one peak. With two, most
  lesions at 0.99 cm and the rest at 0.2 cm, it could be reached: no cohort looks like that.

These three cells have SDs of 0.21, 0.22 and 0.16 cm. ``size_limits`` computes what is possible.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallmass.errors import UserError
from smallmass.phantom import tables
from smallmass.phantom.random import Draws
from smallmass.phantom.scanners import SCANNERS

DENSITIES = ("fatty", "scattered", "heterogeneous", "extreme")
SIZES = (20, 99)  # hundredths of a centimetre
AGES = (20, 90)  # years


@dataclass(frozen=True)
class Bell:
    """A bell cut off at both ends of ``SIZES``; its middle may lie beyond the upper one.

    Args:
        middle: Hundredths of a centimetre.
        spread: Standard deviation before the cut, hundredths of a centimetre.
    """

    middle: int
    spread: int

    def weights(self) -> list[int]:
        """Return the weight of every size from ``SIZES[0]`` to ``SIZES[1]``."""
        low, high = SIZES
        return [tables.bell_at(size - self.middle, self.spread) for size in range(low, high + 1)]


@dataclass(frozen=True)
class Plateau:
    """A flat tail, and a higher plateau from ``edge`` to the upper end of ``SIZES``.

    Args:
        lowest: Where the tail begins, hundredths of a centimetre.
        edge: Where the plateau begins, hundredths of a centimetre.
        share: Thousandths of the lesions on the plateau.
    """

    lowest: int
    edge: int
    share: int

    def weights(self) -> list[int]:
        """Return the weight of every size from ``SIZES[0]`` to ``SIZES[1]``."""
        low, high = SIZES
        tail, top = self.edge - self.lowest, high + 1 - self.edge
        zeros = [0] * (self.lowest - low)
        return zeros + [(1000 - self.share) * top] * tail + [self.share * tail] * top


@dataclass(frozen=True)
class Cell:
    """One column of Table 1.

    Args:
        split: training, validation or test.
        label: benign or malignant.
        n: Lesions.
        age_mean: Years, as printed.
        age_sd: Years, as printed.
        size_mean: cm; rounds to what is printed.
        size_sd: cm; rounds to what is printed where that is possible.
        printed_size: Mean and SD as printed, cm.
        size_shape: What the sizes are cut from; near this mean and SD by itself.
        family_history: Lesions with a family history.
        brca_mutation: Lesions with a BRCA mutation.
        density: Lesions by breast density, in the order of ``DENSITIES``.
    """

    split: str
    label: str
    n: int
    age_mean: str
    age_sd: str
    size_mean: str
    size_sd: str
    printed_size: tuple[str, str]
    size_shape: "Bell | Plateau"
    family_history: int
    brca_mutation: int
    density: tuple[int, int, int, int]


# fmt: off
CELLS = (
    Cell("training", "benign", 513, "46.4", "8.6", "0.71", "0.21", ("0.71", "0.46"),
         Bell(218, 82), 16, 0, (7, 72, 257, 177)),
    Cell("training", "malignant", 288, "51.73", "9.1", "0.79", "0.16", ("0.79", "0.31"),
         Bell(112, 31), 34, 7, (14, 95, 133, 46)),
    Cell("validation", "benign", 60, "45.48", "10.04", "0.654", "0.203", ("0.65", "0.20"),
         Bell(73, 32), 0, 0, (3, 7, 33, 17)),
    Cell("validation", "malignant", 60, "50.62", "8.5", "0.736", "0.197", ("0.74", "0.20"),
         Bell(152, 55), 7, 0, (2, 13, 29, 16)),
    Cell("test", "benign", 60, "45.5", "9.11", "0.75", "0.218", ("0.75", "0.42"),
         Plateau(32, 94, 360), 1, 0, (0, 6, 40, 14)),
    Cell("test", "malignant", 60, "52.2", "8.34", "0.78", "0.24", ("0.78", "0.24"),
         Plateau(20, 91, 580), 9, 0, (3, 11, 27, 19)),
)
# fmt: on
TOTAL = sum(cell.n for cell in CELLS)

# Reference standards as the paper words them: malignant by core needle biopsy and/or surgery,
# benign by core needle biopsy or by no change over more than two years. The shares are ours.
REFERENCE = {"malignant": {"biopsy": 3, "surgery": 7}, "benign": {"biopsy": 4, "follow-up": 6}}


def make_table(n: int, seed: int) -> pd.DataFrame:
    """Return the cohort's clinical table, without images.

    Args:
        n: Lesions; 1,041 gives the counts of Table 1, another number the same proportions.
        seed: The cohort's seed.

    Returns:
        One row a lesion in random order, index 1 .. n: published_split, label, age_years
        (whole years), diameter_cm, family_history, brca_mutation, breast_density,
        reference_standard, scanner (index into ``SCANNERS``), depth_um (micrometres).

    Raises:
        UserError: Fewer lesions than cells.
    """
    if n < len(CELLS):
        raise UserError(
            f"cohort.n is {n}: the phantoms need at least {len(CELLS)}, one for each of the "
            "splits and labels; set cohort.n to a larger number"
        )
    draws = Draws(seed, 0)
    parts = [_cell_rows(draws, cell, count) for cell, count in zip(CELLS, _shares(n), strict=True)]
    table = pd.concat(parts, ignore_index=True).iloc[draws.shuffled(n)]
    scanner = draws.below(len(SCANNERS), n)
    preset = draws.below(2, n)
    table["scanner"] = scanner
    table["depth_um"] = [SCANNERS[s].depths_um[p] for s, p in zip(scanner, preset, strict=True)]
    table.index = pd.RangeIndex(1, n + 1)
    return table


def size_limits() -> pd.DataFrame:
    """Return how far the sizes of each cell can spread between 0.20 and 0.99 cm.

    Returns:
        One row a cell: split, label, printed_mean, printed_sd, largest_sd (of any distribution
        whose mean rounds to the printed one: Bhatia and Davis, Am Math Mon 2000;107:353),
        largest_sd_one_peak (the same with one peak), possible (the printed SD is, with one peak),
        sd (of the phantoms). All in cm; SDs have n - 1 below.
    """
    low, high = (size / 100 for size in SIZES)
    rows = []
    for cell in CELLS:
        mean, sd = map(float, cell.printed_size)
        bessel = cell.n / (cell.n - 1)
        # A one-peaked variable is mode + U * Y with U uniform in 0 .. 1 and Y independent of it
        # (Khinchine). For a mean above the middle the variance grows with the mode, and is largest
        # for a mode at the upper end and the rest uniform over the whole range.
        at = [_nearest(best, mean) for best in ((low + high) / 2, (2 * high + low) / 3)]
        largest = (high - at[0]) * (at[0] - low)
        one_peak = (high - at[1]) * (3 * at[1] - high - 2 * low) / 3
        rows.append(
            {
                "split": cell.split,
                "label": cell.label,
                "printed_mean": mean,
                "printed_sd": sd,
                "largest_sd": math.sqrt(largest * bessel),
                "largest_sd_one_peak": math.sqrt(one_peak * bessel),
                "possible": sd - 0.005 <= math.sqrt(one_peak * bessel),
                "sd": float(cell.size_sd),
            }
        )
    return pd.DataFrame(rows)


def _nearest(wanted: float, printed: float) -> float:
    """Return the number nearest to ``wanted`` that rounds to a mean printed with two digits."""
    return min(max(wanted, printed - 0.005), printed + 0.005)


def apportion(total: int, weights: list[int]) -> list[int]:
    """Return whole shares of ``total`` in proportion to weights (largest remainders)."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _shares(n: int) -> list[int]:
    """Return the lesions of each cell: proportional, and none empty."""
    shares = apportion(n, [cell.n for cell in CELLS])
    while 0 in shares:
        shares[shares.index(max(shares))] -= 1
        shares[shares.index(0)] += 1
    return shares


def _cell_rows(draws: Draws, cell: Cell, count: int) -> pd.DataFrame:
    """Return the rows of one cell; each column is shuffled by itself."""
    columns = {
        "age_years": _ages(draws, cell, count),
        "diameter_cm": [size / 100 for size in _sizes(cell, count)],
        "family_history": _quota(count, ("yes", "no"), cell.family_history, cell.n),
        "brca_mutation": _quota(count, ("yes", "no"), cell.brca_mutation, cell.n),
        "breast_density": _spread(DENSITIES, apportion(count, list(cell.density))),
        "reference_standard": _spread(
            tuple(REFERENCE[cell.label]), apportion(count, list(REFERENCE[cell.label].values()))
        ),
    }
    rows = pd.DataFrame({"published_split": cell.split, "label": cell.label}, index=range(count))
    for name, values in columns.items():
        rows[name] = np.array(values)[draws.shuffled(count)]
    return rows


def _quota(count: int, words: tuple[str, str], yes: int, of: int) -> list[str]:
    """Return ``yes`` of ``of`` scaled to ``count`` as a list of two words."""
    return _spread(words, apportion(count, [yes, of - yes]))


def _spread(words: tuple[str, ...], counts: list[int]) -> list[str]:
    """Return each word as often as its count."""
    return [word for word, count in zip(words, counts, strict=True) for _ in range(count)]


def _ages(draws: Draws, cell: Cell, count: int) -> list[int]:
    """Return whole years with the printed mean and SD, near normal."""
    z = draws.normal(count)
    z = z - int(z.sum()) // count
    spread = max(math.isqrt(int((z * z).sum()) // count), 1)
    mean, sd = _scaled(cell.age_mean, 100), _scaled(cell.age_sd, 100)
    years = [(mean + sd * int(value) // spread + 50) // 100 for value in z]
    return settle(years, cell.age_mean, cell.age_sd, AGES)


def _sizes(cell: Cell, count: int) -> list[int]:
    """Return sizes in hundredths of a centimetre: the middles of ``count`` equal shares."""
    weights = cell.size_shape.weights()
    whole, upto, sizes, k = sum(weights), 0, [], 0
    for size, weight in zip(range(SIZES[0], SIZES[1] + 1), weights, strict=True):
        upto += weight
        while k < count and (2 * k + 1) * whole <= 2 * count * upto:
            sizes.append(size)
            k += 1
    return settle(sizes, cell.size_mean, cell.size_sd, SIZES, unit=100)


def settle(
    values: list[int], mean: str, sd: str, limits: tuple[int, int], unit: int = 1
) -> list[int]:
    """Move whole numbers by single steps until mean and SD are the printed ones.

    Args:
        values: Whole numbers.
        mean: The mean as printed, in ``unit`` of the values.
        sd: The standard deviation (n - 1) as printed, in the same unit.
        limits: Smallest and largest value allowed.
        unit: How many of the values' units one printed unit is.

    Returns:
        As many numbers, sorted. With few numbers the nearest that single steps reach.
    """
    low, high = limits
    n = len(values)
    values = sorted(min(max(value, low), high) for value in values)
    total = (2 * n * _scaled(mean, 1000) * unit // 1000 + 1) // 2  # rounded to a whole sum
    step = 1 if sum(values) < total else -1
    k = 0
    while sum(values) != total and k < 100 * n:
        at = k * 7919 % n  # a prime: visits every place before the first again
        if low <= values[at] + step <= high:
            values[at] += step
        k += 1
    if n < 3:
        return sorted(values)
    # (n - 1) SD**2 = sum of squares - total**2 / n, here multiplied by n to stay whole.
    goal = n * (n - 1) * (_scaled(sd, 1000) * unit) ** 2 // 1_000_000
    for _ in range(200 * n):
        spread = n * sum(value * value for value in values) - total * total
        if not _step_towards(values, goal - spread, low, high):
            break
    return sorted(values)


def _step_towards(values: list[int], missing: int, low: int, high: int) -> bool:
    """Move two values by one, apart or together, if that brings the spread nearer its goal.

    A pair with the lower value a and the upper b changes n times the sum of squares by
    2 n (b - a + 1) when it moves apart and by -2 n (b - a - 1) when it moves together.
    """
    n = len(values)
    values.sort()
    sign = 1 if missing > 0 else -1
    gap = abs(missing) // (2 * n) - sign  # the b - a that would end it at once
    best = None
    for i in range(n):
        # Pairs that mirror one another about the middle first: they keep the shape.
        for j in (n - 1 - i, n - 2 - i):
            if not i < j < n:
                continue
            a, b = values[i], values[j]
            inside = low < a and b < high if sign > 0 else b - a >= 2
            change = 2 * n * (b - a + sign)
            if inside and abs(abs(missing) - change) < abs(missing):
                score = abs(b - a - gap)
                if best is None or score < best[0]:
                    best = (score, i, j)
    if best is None:
        return False
    _, i, j = best
    values[i] -= sign
    values[j] += sign
    return True


def _scaled(printed: str, unit: int) -> int:
    """Return a printed decimal times ``unit`` (a power of ten) as a whole number."""
    whole, _, fraction = printed.partition(".")
    digits = len(str(unit)) - 1
    return int(whole) * unit + int((fraction + "0" * digits)[:digits] or 0)
