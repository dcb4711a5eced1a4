"""``simulated_studies.csv``: how often the printed P values come out as printed.

From the printed margins alone: studies of the paper's size are drawn in which the printed
sensitivities and specificities are the truth, and each is tested as the paper tested. The margins
do not say how many pairs are discordant, so they are drawn under several `STRUCTURES`.

Given a lesion's label, the image model is right with the printed probability; a combined model
then corrects a wrong call, or spoils a right one, with the two probabilities that keep its own
printed margin. The two combined models share the image model's calls and are otherwise
independent. No cohort takes part.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, holm, mcnemar
from diagnostic_accuracy.proportions import proportion
from smallmass.evaluation.published import Printed, Published
from smallmass.seeds import derive

COLUMNS = ["structure", "A25", "id", "outcome", "printed", "studies", "count", "share", "ci_low",
           "ci_high", "note"]  # fmt: skip
FEWEST, INDEPENDENT, MOST, ANYWHERE = "fewest", "independent", "most", "anywhere"
STRUCTURES = {
    FEWEST: "as few discordant pairs as the margins allow: behind a gate there are no others",
    INDEPENDENT: "the two calls are independent given the label: maximum entropy",
    MOST: "as many discordant pairs as the margins allow",
    ANYWHERE: "anywhere between the fewest and the most, drawn anew for each study and comparison",
}
TO_THE_DIGIT, SIDE = "P as printed, three decimals", "P on the printed side of alpha"
ALL_DIGITS, ALL_SIDES = "all four P to the digit", "all four P on the printed side of alpha"
OUTPERFORMED = "a combined model outperformed, P as they stand"
OUTPERFORMED_HOLM = "a combined model outperformed, sensitivity's P after Holm"
ALPHA = "D31"
NO_GATE = "the printed margins rise, which a gate cannot do; drawn with gains alone"


@dataclass(frozen=True)
class Comparison:
    """A printed P with the printed margins that it compares.

    Attributes:
        p: Id of the P.
        model: regression or tree.
        metric: sensitivity or specificity.
        image: Id of the image model's margin.
        combined: Id of the combined model's.
    """

    p: str
    model: str
    metric: str
    image: str
    combined: str


COMPARISONS = (  # Table 2, test set; abstract and results
    Comparison("P01", "regression", "sensitivity", "T2_01", "T2_04"),
    Comparison("P02", "regression", "specificity", "T2_02", "T2_05"),
    Comparison("P03", "tree", "sensitivity", "T2_01", "T2_07"),
    Comparison("P04", "tree", "specificity", "T2_02", "T2_08"),
)


def simulated_studies(published: Published, draws: int, seed: int) -> pd.DataFrame:
    """Return ``simulated_studies.csv``: a row a structure, variant of McNemar's test and outcome.

    Args:
        published: The paper's printed numbers.
        draws: Studies of each structure.
        seed: The study's seed.
    """
    alpha = published[ALPHA].value
    printed = np.array([published[c.p].value for c in COMPARISONS])
    rows = []
    for structure in STRUCTURES:
        rng = np.random.default_rng(derive(seed, "simulated_studies", structure))
        gained, lost = draw_pairs(published, structure, draws, rng)
        sizes = [published[c.image].n for c in COMPARISONS]
        for variant in MCNEMAR_VARIANTS:
            p = p_values(gained, lost, sizes, variant)
            for key, outcome, value, came in _outcomes(p, gained, lost, printed, alpha):
                note = _note(published, structure, key)
                rows.append([structure, variant, key, outcome, value, *_share(came), note])
    return pd.DataFrame(rows, columns=COLUMNS)


def draw_pairs(
    published: Published, structure: str, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw studies and return the discordant pairs of each comparison.

    Args:
        published: The paper's printed numbers.
        structure: One of `STRUCTURES`.
        draws: Number of studies.
        rng: Where they come from.

    Returns:
        tuple: gained and lost, int ``(draws, comparisons)``.
    """
    right: dict[str, np.ndarray] = {}
    gained, lost = [], []
    for comparison in COMPARISONS:
        image, combined = published[comparison.image], published[comparison.combined]
        n, first, second = image.n, _margin(image), _margin(combined)
        if comparison.image not in right:
            right[comparison.image] = rng.binomial(n, first, draws)
        spoilt = _spoilt(structure, first, second, draws, rng)  # P(right, then wrong)
        corrected = spoilt + second - first
        count = right[comparison.image]
        gained.append(rng.binomial(n - count, _within(corrected, 1 - first)))
        lost.append(rng.binomial(count, _within(spoilt, first)))
    return np.column_stack(gained), np.column_stack(lost)


def _margin(printed: Printed) -> float:
    """Return the printed percentage as the proportion of whole lesions that it stands for."""
    return printed.count / printed.n


def admissible(first: float, second: float) -> tuple[float, float]:
    """Return the least and the largest probability that a right call is spoilt.

    Args:
        first: Probability of a right call of the image model.
        second: Of the combined model.
    """
    return max(0.0, first - second), min(first, 1 - second)


def _spoilt(structure, first, second, draws, rng) -> np.ndarray:
    least, largest = admissible(first, second)
    if structure == ANYWHERE:
        return rng.uniform(least, largest, draws)
    value = {FEWEST: least, INDEPENDENT: first * (1 - second), MOST: largest}[structure]
    return np.full(draws, value)


def _within(part: np.ndarray, whole: float) -> np.ndarray:
    """Return a conditional probability; differences of proportions leave rounding behind."""
    return np.clip(part / whole, 0, 1) if whole > 0 else np.zeros_like(part)


def p_values(gained: np.ndarray, lost: np.ndarray, sizes: list[int], variant: str) -> np.ndarray:
    """Return McNemar's P of every study and comparison.

    Args:
        gained: int ``(draws, comparisons)``, pairs that the combined model corrects.
        lost: int ``(draws, comparisons)``, pairs that it spoils.
        sizes: Cases of each comparison.
        variant: One of `MCNEMAR_VARIANTS`.
    """
    p = np.empty(gained.shape)
    for i, n in enumerate(sizes):
        pairs, place = np.unique(
            np.column_stack([gained[:, i], lost[:, i]]), axis=0, return_inverse=True
        )
        tables = (PairedTable(int(n - b - c), int(b), int(c), 0) for b, c in pairs)
        p[:, i] = np.array([mcnemar(table, variant).p_value for table in tables])[place.ravel()]
    return p


def _outcomes(p, gained, lost, printed, alpha):
    """Yield id, outcome, printed value and in which studies it came about, bool ``(draws,)``."""
    # Three decimals, halves up, as SPSS prints; 1e-12 keeps a half a half.
    digits = np.floor(p * 1000 + 0.5 + 1e-12) / 1000
    same = np.abs(digits - printed) < 1e-9
    side = (p < alpha) == (printed < alpha)
    for i, comparison in enumerate(COMPARISONS):
        yield comparison.p, TO_THE_DIGIT, printed[i], same[:, i]
        yield comparison.p, SIDE, f"{'<' if printed[i] < alpha else '>='} {alpha:g}", side[:, i]
    yield "P01-P04", ALL_DIGITS, "", same.all(axis=1)
    yield "P01-P04", ALL_SIDES, "", side.all(axis=1)
    yield "X06", OUTPERFORMED, "yes", _better(p, p, gained, lost, alpha)
    adjusted = _by_rows(holm, p)
    yield "X06", OUTPERFORMED_HOLM, "yes", _better(adjusted, p, gained, lost, alpha)


def _by_rows(function: Callable[[np.ndarray], np.ndarray], p: np.ndarray) -> np.ndarray:
    rows, place = np.unique(p, axis=0, return_inverse=True)
    return np.array([function(row) for row in rows])[place.ravel()]


def _better(benefit, harm, gained, lost, alpha) -> np.ndarray:
    """Return where a model is more sensitive beyond chance, and not less specific beyond chance."""
    better = np.zeros(len(gained), bool)
    for model in dict.fromkeys(c.model for c in COMPARISONS):
        at = {c.metric: i for i, c in enumerate(COMPARISONS) if c.model == model}
        i, j = at["sensitivity"], at["specificity"]
        gains = (gained[:, i] > lost[:, i]) & (benefit[:, i] < alpha)
        costs = (lost[:, j] > gained[:, j]) & (harm[:, j] < alpha)
        better |= gains & ~costs
    return better


def _share(came: np.ndarray) -> list:
    """Return studies, count, share, and the share's Clopper-Pearson interval."""
    share = proportion(int(came.sum()), len(came), method="clopper-pearson", confidence=0.95)
    return [len(came), int(came.sum()), share.estimate, share.low, share.high]


def _note(published: Published, structure: str, key: str) -> str:
    """Return what a gate makes impossible of a comparison."""
    if structure != FEWEST:
        return ""
    for comparison in COMPARISONS:
        if comparison.metric == "specificity" and key in (comparison.p, "P01-P04", "X06"):
            rise = published[comparison.combined].count - published[comparison.image].count
            if rise > 0:
                return f"{comparison.p}: {NO_GATE}"
    return ""
