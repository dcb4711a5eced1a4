"""Invented papers by the hundred: right ones of many kinds, and ones with a planted error.

Patients are simulated and printed with SciPy and with formulas that stand here; nothing of the
audit or of the project's statistics is used. Papers differ in sizes, decimals, roundings, methods
of intervals, tests, and in whether they name them.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy import stats

Z = stats.norm.ppf(0.975)


def _wald(k: int, n: int) -> tuple[float, float]:
    reach = Z * (k / n * (1 - k / n) / n) ** 0.5
    return max(k / n - reach, 0.0), min(k / n + reach, 1.0)


def _wilson(k: int, n: int) -> tuple[float, float]:
    interval = stats.binomtest(k, n).proportion_ci(0.95, "wilson")
    return interval.low, interval.high


def _wilson_corrected(k: int, n: int) -> tuple[float, float]:
    interval = stats.binomtest(k, n).proportion_ci(0.95, "wilsoncc")
    return interval.low, interval.high


def _exact(k: int, n: int) -> tuple[float, float]:
    interval = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    return interval.low, interval.high


def _agresti_coull(k: int, n: int) -> tuple[float, float]:
    m = n + Z * Z
    share = (k + Z * Z / 2) / m
    reach = Z * (share * (1 - share) / m) ** 0.5
    return max(share - reach, 0.0), min(share + reach, 1.0)


def _jeffreys(k: int, n: int) -> tuple[float, float]:
    low, high = stats.beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5)
    return (0.0 if k == 0 else low), (1.0 if k == n else high)


def _logit(k: int, n: int) -> tuple[float, float]:
    odds, reach = np.log(k / (n - k)), Z * (1 / k + 1 / (n - k)) ** 0.5
    low, high = 1 / (1 + np.exp(-odds + reach)), 1 / (1 + np.exp(-odds - reach))
    return float(low), float(high)


INTERVALS: dict[str, Callable[[int, int], tuple[float, float]]] = {
    "wald": _wald, "wilson": _wilson, "wilson-corrected": _wilson_corrected,
    "clopper-pearson": _exact, "agresti-coull": _agresti_coull, "jeffreys": _jeffreys,
    "logit": _logit,
}  # fmt: skip
UNPAIRED: dict[str, Callable[[np.ndarray], float]] = {
    "chi-squared": lambda t: float(stats.chi2_contingency(t, correction=False).pvalue),
    "chi-squared-corrected": lambda t: float(stats.chi2_contingency(t).pvalue),
    "fisher": lambda t: float(stats.fisher_exact(t).pvalue),
}


def _mcnemar(b: int, c: int, corrected: int) -> float:
    if b + c == 0:
        return 1.0
    return float(stats.chi2.sf(max(abs(b - c) - corrected, 0) ** 2 / (b + c), 1))


PAIRED: dict[str, Callable[[int, int], float]] = {
    "exact": lambda b, c: float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0,
    "asymptotic": lambda b, c: _mcnemar(b, c, 0),
    "asymptotic-corrected": lambda b, c: _mcnemar(b, c, 1),
}


@dataclass
class Draft:
    """A paper that is being written.

    Attributes:
        rng: What draws it.
        decimals: Of percentages.
        rounding: Half up or half to even.
        rows: The printed numbers: value, low, high by id.
        relations: The relations.
    """

    rng: np.random.Generator
    decimals: int
    rounding: str
    rows: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    relations: list[dict[str, Any]] = field(default_factory=list)

    def text(self, value: float | Decimal, digits: int) -> str:
        """Return a number as this paper prints it."""
        exact = value if isinstance(value, Decimal) else Decimal(f"{float(value):.12g}")
        return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=self.rounding))

    def put(self, name: str, value: float | Decimal | str, digits: int = 0, *ends: float) -> str:
        """Print a number, with the ends of its interval; return its id."""
        texts = [v if isinstance(v, str) else self.text(v, digits) for v in (value, *ends)]
        self.rows[name] = tuple([*texts, "", ""][:3])  # type: ignore[assignment]
        return name

    def percent(self, name: str, k: int, n: int, method: str | None = None) -> str:
        """Print a percentage, with its interval by a method."""
        ends = [100 * end for end in INTERVALS[method](k, n)] if method else []
        return self.put(name, Decimal(100 * int(k)) / Decimal(int(n)), self.decimals, *ends)

    def p(self, name: str, p: float) -> str:
        """Print a P value: with two or three decimals, small ones as an inequality."""
        digits = int(self.rng.integers(2, 4))
        limit = 10.0**-digits
        if p < limit:
            return self.put(name, f"<{limit:.{digits}f}")
        return self.put(name, p, digits)

    def relate(self, check: str, rows: list[dict[str, Any]], **keys: Any) -> None:
        """Add a relation; what is None is left out."""
        kept = {key: value for key, value in keys.items() if value is not None}
        self.relations.append({"check": check, "rows": rows, **kept})

    def relations_of(self, check: str) -> list[dict[str, Any]]:
        """Return the rows of a check."""
        return [row for r in self.relations if r["check"] == check for row in r["rows"]]

    def maybe(self, word: str) -> str | None:
        """Return a word or nothing: papers name their methods or do not."""
        return word if self.rng.random() < 0.6 else None


def paper(seed: int) -> Draft:
    """Return a paper without an error."""
    rng = np.random.default_rng(seed)
    draft = Draft(
        rng, int(rng.integers(1, 3)), ROUND_HALF_UP if rng.random() < 0.5 else ROUND_HALF_EVEN
    )
    sizes = {c: int(rng.integers(25, 400)) for c in ("pos", "neg")}
    draft.put("n", sum(sizes.values()))
    for name, n in sizes.items():
        draft.put(f"n_{name}", n)
    draft.relate("sums", [{"total": "n", "parts": ["n_pos", "n_neg"]}])
    score = {c: rng.normal(1.5 * (c == "pos"), 1, n) for c, n in sizes.items()}
    other = {c: score[c] + rng.normal(0, 0.8, n) for c, n in sizes.items()}
    _table_one(draft, sizes)
    _accuracy(draft, sizes, score, other)
    _areas(draft, score, other)
    return draft


def _table_one(draft: Draft, sizes: dict[str, int]) -> None:
    """Print ages and a factor of both classes, with their tests."""
    rng = draft.rng
    digits = int(rng.integers(1, 3))
    ages = {c: np.round(rng.normal(50 + 4 * (c == "pos"), 9, n)) for c, n in sizes.items()}
    members = []
    for c, age in ages.items():
        draft.put(f"age_m_{c}", Decimal(int(age.sum())) / Decimal(len(age)), digits)
        draft.put(f"age_s_{c}", float(age.std(ddof=1)), digits)
        members.append({"mean": f"age_m_{c}", "sd": f"age_s_{c}", "of": f"n_{c}"})
    draft.relate(
        "means", members, what="age", unit="1", unit_stated=True, limits=["0", "110"]
    )  # fmt: skip
    equal = bool(rng.random() < 0.5)
    result = stats.ttest_ind(*ages.values(), equal_var=equal)
    draft.p("p_age", float(result.pvalue))
    draft.relate(
        "compared_means", [{"p": "p_age", "members": members}],
        stated=draft.maybe("t" if equal else "welch"),
    )  # fmt: skip
    if equal:
        draft.put("t_age", float(result.statistic), 2)
        row = {"statistic": "t_age", "kind": "t", "df": sum(sizes.values()) - 2, "p": "p_age"}
        draft.relate("reported_statistics", [row])
    counts, shares = {}, []
    for c, n in sizes.items():
        counts[c] = int(rng.binomial(n, 0.2 + 0.1 * (c == "pos")))
        draft.put(f"fam_n_{c}", counts[c])
        draft.percent(f"fam_p_{c}", counts[c], n)
        shares.append({"percent": f"fam_p_{c}", "count": f"fam_n_{c}", "of": f"n_{c}"})
    draft.relate("percentages", shares)
    table = np.array([[counts[c], sizes[c] - counts[c]] for c in sizes])
    test = str(rng.choice(list(UNPAIRED)))
    draft.p("p_fam", UNPAIRED[test](table))
    groups = [[f"fam_n_{c}", sizes[c] - counts[c]] for c in sizes]
    draft.relate(
        "compared_counts", [{"p": "p_fam", "groups": groups}], stated=draft.maybe(test)
    )  # fmt: skip
    pair = {"first": "fam_p_pos", "second": "fam_p_neg", "of_first": "n_pos", "of_second": "n_neg"}
    design = draft.maybe("unpaired")
    draft.relate("p_values", [{"p": "p_fam", **pair}], stated=draft.maybe(test), design=design)
    _odds(draft, table)


def _odds(draft: Draft, table: np.ndarray) -> None:
    """Print an odds ratio with Woolf's interval and its P, where it has one."""
    if table.min() < 3:
        return
    ratio = float(table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]))
    error = float(np.sqrt((1 / table).sum()))
    ends = [ratio * float(np.exp(s * Z * error)) for s in (-1, 1)]
    draft.put("odds", ratio, 2, *ends)
    draft.p("p_odds", float(2 * stats.norm.sf(abs(np.log(ratio)) / error)))
    (a, b), (c, d) = table.tolist()
    row: dict[str, Any] = {"value": "odds", "kind": "odds ratio", "p": "p_odds"}
    if draft.rng.random() < 0.5:
        row |= {"first": a, "of_first": a + b, "second": c, "of_second": c + d}
    draft.relate("ratios", [row])


def _accuracy(draft: Draft, sizes: dict[str, int], score: dict, other: dict) -> None:
    """Print sensitivity, specificity and what follows from them, of two readings."""
    method = str(draft.rng.choice(list(INTERVALS)))
    right: dict[tuple[str, str], np.ndarray] = {}
    intervals = []
    for model, values in (("a", score), ("b", other)):
        for c, n in sizes.items():
            good = (values[c] >= 0.7) == (c == "pos")
            good[:2] = [True, False]  # a count of 0 or of n has no logit interval
            right[model, c] = good
            draft.percent(f"{model}_{c}", int(good.sum()), n, method)
            intervals.append({"value": f"{model}_{c}", "of": f"n_{c}"})
        k, n = sum(int(right[model, c].sum()) for c in sizes), sum(sizes.values())
        draft.percent(f"acc_{model}", k, n, method)
        intervals.append({"value": f"acc_{model}", "of": "n"})
    draft.relate("proportions", intervals)
    draft.relate("intervals", intervals, table="Table 2", stated=draft.maybe(method))
    columns = [{"name": c, "of": f"n_{c}", "values": [f"a_{c}", f"b_{c}"]} for c in sizes]
    draft.relations.append({"check": "denominators", "table": "Table 2", "columns": columns,
                            "everyone": "n"})  # fmt: skip
    sides = {"positives": "n_pos", "negatives": "n_neg"}
    draft.relate("accuracy", [
        {"accuracy": f"acc_{m}", "sensitivity": f"{m}_pos", "specificity": f"{m}_neg", **sides}
        for m in "ab"])  # fmt: skip
    test = str(draft.rng.choice(list(PAIRED)))
    rows = []
    for c in sizes:
        b = int((right["b", c] & ~right["a", c]).sum())
        lost = int((right["a", c] & ~right["b", c]).sum())
        p = PAIRED[test](b, lost)
        draft.p(f"p_{c}", p)
        claim = draft.maybe("significant" if p < 0.05 else "not significant")
        row = {"p": f"p_{c}", "first": f"a_{c}", "second": f"b_{c}", "of": f"n_{c}"}
        rows.append(row | ({"claim": claim} if claim else {}))
    draft.relate("p_values", rows, stated=draft.maybe(test), alpha=0.05)
    draft.put("text", Decimal(draft.rows["a_pos"][0]), 0)
    tie = draft.rows["a_pos"][0].endswith((".5", ".50"))
    draft.relate("copies", [{"copy": "a_pos" if tie else "text", "of": "a_pos"}])
    _measures(draft, {c: int(right["a", c].sum()) for c in sizes}, sizes, sides)


def _measures(draft: Draft, good: dict[str, int], sizes: dict[str, int], sides: dict) -> None:
    """Print PPV, NPV, F1, kappa and likelihood ratios of the first reading."""
    tp, tn = good["pos"], good["neg"]
    fn, fp, n = sizes["pos"] - tp, sizes["neg"] - tn, sum(sizes.values())
    draft.percent("ppv", tp, tp + fp)
    draft.percent("npv", tn, tn + fn)
    draft.put("f1", Decimal(2 * tp) / Decimal(2 * tp + fp + fn), 2)
    chance = Decimal((tp + fn) * (tp + fp) + (tn + fp) * (tn + fn)) / Decimal(n * n)
    draft.put("kappa", (Decimal(tp + tn) / Decimal(n) - chance) / (1 - chance), 2)
    draft.put("lr", Decimal(tp * sizes["neg"]) / Decimal(sizes["pos"] * fp), 2)
    row = {"sensitivity": "a_pos", "specificity": "a_neg", "ppv": "ppv", "npv": "npv", "f1": "f1",
           "kappa": "kappa", "lr_positive": "lr"}  # fmt: skip
    draft.relate("measures", [row | (sides if draft.rng.random() < 0.7 else {"of": "n"})])


def _areas(draft: Draft, score: dict, other: dict) -> None:
    """Print both AUROCs with DeLong's intervals, their difference and its P."""
    placed = [(s["pos"][:, None] > s["neg"][None, :]).astype(float) for s in (score, other)]
    rows, columns = (np.array([p.mean(axis=a) for p in placed]) for a in (1, 0))
    covariance = np.cov(rows) / rows.shape[1] + np.cov(columns) / columns.shape[1]
    areas = [float(p.mean()) for p in placed]
    for name, area, variance in zip("ab", areas, np.diag(covariance), strict=True):
        reach = Z * variance**0.5
        draft.put(f"auc_{name}", area, 3, area - reach, min(area + reach, 1.0))
    spread = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
    draft.put("auc_d", areas[0] - areas[1], 3)
    draft.p("p_auc", float(2 * stats.norm.sf(abs(areas[0] - areas[1]) / spread)))
    draft.relate("auroc", [
        {"auroc": f"auc_{m}", "positives": "n_pos", "negatives": "n_neg",
         "sensitivity": f"{m}_pos", "specificity": f"{m}_neg"} for m in "ab"])  # fmt: skip
    draft.relate("auroc_differences", [
        {"first": "auc_a", "second": "auc_b", "difference": "auc_d", "p": "p_auc"}])  # fmt: skip


def _changed(text: str, by: float) -> str:
    """Return a number with something added, its decimals kept."""
    unit = Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))
    return str((Decimal(text) + Decimal(str(by))).quantize(unit))


def _off(name: str, by: float, cell: int = 0) -> Callable[[Draft], None]:
    """Return an error: a number that is off by something, up or down."""

    def plant(draft: Draft) -> None:
        texts = list(draft.rows[name])
        sign = draft.rng.choice([-1, 1])
        texts[cell] = _changed(texts[cell], float(sign * by))
        draft.rows[name] = tuple(texts)  # type: ignore[assignment]

    return plant


def _other_p(name: str) -> Callable[[Draft], None]:
    """Return an error: a P value of nothing."""

    def plant(draft: Draft) -> None:
        draft.rows[name] = (f"0.{draft.rng.integers(200, 999)}", "", "")

    return plant


# What goes wrong, by name: the number that is wrong, and what makes it so.
ERRORS: dict[str, tuple[str, Callable[[Draft], None]]] = {
    "a count off by one": ("fam_n_pos", _off("fam_n_pos", 1)),
    "a class size off by ten": ("n_pos", _off("n_pos", 10)),
    "a percentage of a printed count off by 0.5": ("fam_p_neg", _off("fam_p_neg", 0.5)),
    "a percentage without a count off by 0.5": ("a_neg", _off("a_neg", 0.5)),
    "an end of an interval off by 0.7": ("a_pos", _off("a_pos", 0.7, 1)),
    "a mean of whole years off by 0.3": ("age_m_pos", _off("age_m_pos", 0.3)),
    "an SD of 60 years": ("age_s_neg", lambda d: d.rows.update(age_s_neg=("60.0", "", ""))),
    "an accuracy off by 3": ("acc_a", _off("acc_a", 3)),
    "a PPV off by 4": ("ppv", _off("ppv", 4)),
    "a kappa off by 0.1": ("kappa", _off("kappa", 0.1)),
    "a likelihood ratio off by 1": ("lr", _off("lr", 1)),
    "a P of paired percentages from nowhere": ("p_pos", _other_p("p_pos")),
    "a P of two counts from nowhere": ("p_fam", _other_p("p_fam")),
    "a P of two means from nowhere": ("p_age", _other_p("p_age")),
    "an odds ratio off by 0.3": ("odds", _off("odds", 0.3)),
    "an AUROC off by 0.1": ("auc_a", _off("auc_a", 0.1)),
    "a difference of AUROCs off by 0.05": ("auc_d", _off("auc_d", 0.05)),
    "a text off by 5": ("text", _off("text", 5)),
}  # fmt: skip


def wrong_papers(first: int, number: int) -> Iterator[tuple[str, str, Draft]]:
    """Yield papers with one error each: its name, the number that is wrong, and the paper."""
    names = list(ERRORS)
    seed = first
    for i in range(number):
        name = names[i % len(names)]
        number_id, plant = ERRORS[name]
        draft = paper(seed)
        while number_id not in draft.rows or (
            name.startswith("a text") and draft.relations_of("copies")[0]["copy"] != "text"
        ):
            seed += 1
            draft = paper(seed)
        seed += 1
        plant(draft)
        yield name, number_id, draft


def write(draft: Draft, folder: Path) -> tuple[Path, Path]:
    """Write a paper's two files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["id", "where", "dataset", "model", "metric", "value", "ci_low", "ci_high", "n"])
    table.writerows([name, "results", "", "", name, *row, ""] for name, row in draft.rows.items())
    numbers, relations = folder / "numbers.csv", folder / "relations.yaml"
    numbers.write_text(text.getvalue(), encoding="utf-8")
    content = {
        "title": "An invented paper", "source": "nowhere", "relations": draft.relations,
        "precision": {"[ab]_*": draft.decimals, "acc_*": draft.decimals},
    }  # fmt: skip
    relations.write_text(yaml.safe_dump(content), encoding="utf-8")
    return numbers, relations
