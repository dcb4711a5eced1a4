"""An invented paper for the audit's tests: simulated patients, printed without any error.

Nothing of the audit or of the project's statistics is used to print it: percentages, intervals and
P values come from SciPy and whole-number arithmetic.
"""

import csv
from decimal import ROUND_HALF_UP, Decimal, getcontext
from pathlib import Path

import numpy as np
import yaml
from scipy import stats

from printed_numbers import audit, read_paper

getcontext().prec = 40
SETS = {"tr": 350, "te": 200}
CLASSES = ("neg", "pos")
DENSITY = ("thin", "mixed", "thick")
PASSED = ("consistent", "not checkable")
LISTED = ("scanner A", "scanner B", "scanner C")


def rounded(value: float | Decimal, digits: int) -> str:
    """Return a number rounded half up."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return str(exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def percent(count: int, n: int) -> str:
    """Return a percentage with one decimal."""
    return rounded(Decimal(100 * int(count)) / Decimal(int(n)), 1)


def clopper_pearson(count: int, n: int) -> tuple[str, str]:
    """Return the ends of the interval in percent."""
    low = stats.beta.ppf(0.025, count, n - count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, n - count) if count < n else 1.0
    return rounded(100 * low, 1), rounded(100 * high, 1)


def patients(seed: int) -> dict[str, np.ndarray]:
    """Return simulated patients: set, class, age, family history, density, two readings."""
    rng = np.random.default_rng(seed)
    n = sum(SETS.values())
    positive = rng.permutation(np.arange(n) < 220)
    score = rng.normal(size=n) + 1.5 * positive
    test = rng.permutation(np.arange(n) < SETS["te"])
    cut = max(
        score[test],
        key=lambda c: (score[test & positive] >= c).mean() + (score[test & ~positive] < c).mean(),
    )
    first = score >= cut
    second = first | (~first & (rng.random(n) < np.where(positive, 0.45, 0.03)))
    return {
        "test": test,
        "positive": positive,
        "age": np.clip(np.round(rng.normal(50 + 3 * positive, 9)), 18, 90).astype(int),
        "history": rng.random(n) < 0.1 + 0.1 * positive,
        "density": rng.integers(0, 3, n),
        "score": score,
        "first": first,
        "second": second,
    }


def numbers(seed: int) -> dict[str, dict[str, str]]:
    """Return the rows of the table of printed numbers, by id."""
    data = patients(seed)
    rows: dict[str, dict[str, str]] = {}

    def put(name: str, value, low: str = "", high: str = "", where: str = "table1") -> None:
        rows[name] = {
            "id": name, "where": where, "dataset": "", "model": "", "metric": name,
            "value": str(value), "ci_low": low, "ci_high": high, "n": "",
        }  # fmt: skip

    right = {
        "first": data["first"] == data["positive"],
        "second": data["second"] == data["positive"],
    }
    put("all", len(data["age"]), where="abstract")
    put("alpha", "0.05", where="methods")
    put("scanners", len(LISTED), where="methods")
    put("procedure", "", where="methods")
    for s in SETS:
        here = data["test"] == (s == "te")
        put(f"n_{s}", here.sum())
        for c in CLASSES:
            who = here & (data["positive"] == (c == "pos"))
            n, key = int(who.sum()), f"{s}_{c}"
            put(f"n_{key}", n, where="abstract")
            age = data["age"][who]
            put(f"age_m_{key}", rounded(Decimal(int(age.sum())) / Decimal(n), 2))
            put(f"age_s_{key}", rounded(age.std(ddof=1), 2))
            for name, found in (("yes", data["history"]), ("no", ~data["history"])):
                put(f"{name}_n_{key}", (found & who).sum())
                put(f"{name}_p_{key}", percent((found & who).sum(), n))
            for i, name in enumerate(DENSITY):
                count = ((data["density"] == i) & who).sum()
                put(f"{name}_n_{key}", count)
                put(f"{name}_p_{key}", percent(count, n))
            for model, good in right.items():
                count = int((good & who).sum())
                put(f"{model}_{key}", percent(count, n), *clopper_pearson(count, n), "table2")
        for model, good in right.items():
            count, n = int((good & here).sum()), int(here.sum())
            put(f"{model}_{s}", percent(count, n), *clopper_pearson(count, n), "table2")
    for c in CLASSES:
        who = data["test"] & (data["positive"] == (c == "pos"))
        gained = int((right["second"] & ~right["first"] & who).sum())
        lost = int((right["first"] & ~right["second"] & who).sum())
        p = stats.binomtest(gained, gained + lost, 0.5).pvalue if gained + lost else 1.0
        put(f"p_{c}", rounded(p, 3), where="abstract")
    test, positive = data["test"], data["positive"]
    one, zero = data["score"][test & positive], data["score"][test & ~positive]
    put("auroc", rounded(stats.mannwhitneyu(one, zero).statistic / (len(one) * len(zero)), 2))
    exact = int((right["first"] & test & positive).sum()), int((test & positive).sum())
    put("text", rounded(Decimal(100 * exact[0]) / Decimal(exact[1]), 0), where="results")
    return rows


def relations(rows: dict[str, dict[str, str]]) -> dict:
    """Return the relations of the invented paper."""
    sets = [{"name": s, "sizes": [f"n_{s}_pos", f"n_{s}_neg"]} for s in SETS]
    keys = [f"{s}_{c}" for s in SETS for c in CLASSES]
    tests = [
        {"first": f"first_te_{c}", "second": f"second_te_{c}", "of": f"n_te_{c}", "direction": d}
        for c, d in (("pos", "gained"), ("neg", "lost"))
    ]
    parts = {"history": ("yes", "no"), "density": DENSITY}
    shares = [
        {"percent": f"{name}_p_{key}", "count": f"{name}_n_{key}", "of": f"n_{key}"}
        for key in keys for names in parts.values() for name in names
    ]  # fmt: skip
    proportions = [
        {"value": f"{m}_{key}", "of": f"n_{key}"}
        for m in ("first", "second")
        for key in (*keys, *SETS)
    ]
    return {
        "title": "An invented paper",
        "source": "no journal",
        "precision": {"*_p_*": 1, "first_*": 1, "second_*": 1, "p_*": 3},
        "places": {"abstract": 3, "results": 2, "table2": 2},
        "relations": [
            {"check": "sums", "rows": [
                {"total": "all", "parts": ["n_tr", "n_te"]},
                *({"total": f"n_{s}", "parts": [f"n_{s}_pos", f"n_{s}_neg"]} for s in SETS),
                *({"total": f"n_{key}", "parts": [f"{name}_n_{key}" for name in names]}
                  for key in keys for names in parts.values()),
                *({"total": 100, "parts": [f"{name}_p_{key}" for name in names]}
                  for key in keys for names in parts.values()),
            ]},
            {"check": "percentages", "rows": shares},
            {"check": "means", "what": "age", "unit": "1", "unit_stated": True,
             "limits": ["18", "90"], "measure": "years",
             "rows": [{"mean": f"age_m_{key}", "sd": f"age_s_{key}", "of": f"n_{key}"}
                      for key in keys]},
            {"check": "random_split", "sets": sets,
             "rows": [{"name": f"{part}, {c}",
                       "groups": [[f"{name}_n_{s}_{c}" for name in names] for s in SETS]}
                      for c in CLASSES for part, names in parts.items()],
             "means": [{"name": f"age, {c}",
                        "members": [{"mean": f"age_m_{s}_{c}", "sd": f"age_s_{s}_{c}",
                                     "of": f"n_{s}_{c}"} for s in SETS]} for c in CLASSES]},
            {"check": "proportions", "rows": proportions},
            {"check": "intervals", "table": "Table 2", "stated": "clopper-pearson",
             "rows": proportions},
            *({"check": "denominators", "table": f"Table 2, {s}", "everyone": "all",
               "columns": [{"name": c, "of": f"n_{s}_{c}",
                            "values": [f"{m}_{s}_{c}" for m in ("first", "second")]}
                           for c in ("pos", "neg")],
               "totals": [f"first_{s}", f"second_{s}"]} for s in SETS),
            {"check": "accuracy", "rows": [
                {"accuracy": f"{m}_{s}", "sensitivity": f"{m}_{s}_pos",
                 "specificity": f"{m}_{s}_neg",
                 "positives": f"n_{s}_pos", "negatives": f"n_{s}_neg"}
                for m in ("first", "second") for s in SETS]},
            {"check": "gate", "statement": "procedure", "because": "Only negatives are read again.",
             "rows": tests},
            {"check": "p_values", "stated": "exact", "alpha": "alpha",
             "rows": [{"p": f"p_{c}", **test,
                       "claim": "significant" if float(rows[f"p_{c}"]["value"]) < 0.05
                       else "not significant"}
                      for c, test in zip(("pos", "neg"), tests, strict=True)]},
            {"check": "auroc", "rows": [
                {"auroc": "auroc", "positives": "n_te_pos", "negatives": "n_te_neg",
                 "sensitivity": "first_te_pos", "specificity": "first_te_neg", "youden": True}]},
            {"check": "copies", "rows": [{"copy": "text", "of": "first_te_pos"}]},
            {"check": "listed", "rows": [{"number": "scanners", "items": list(LISTED)}]},
            {"check": "order", "rows": [{"smaller": "n_te", "larger": "n_tr", "strict": True}]},
        ],
    }  # fmt: skip


def write(folder: Path, rows: dict[str, dict[str, str]], related: dict) -> tuple[Path, Path]:
    """Write the paper's two files and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    table, relation = folder / "numbers.csv", folder / "relations.yaml"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, next(iter(rows.values())))
        writer.writeheader()
        writer.writerows(rows.values())
    relation.write_text(yaml.safe_dump(related), encoding="utf-8")
    return table, relation


def audited(folder: Path, rows: dict[str, dict[str, str]], related: dict | None = None):
    """Audit a paper from its rows."""
    return audit(read_paper(*write(folder, rows, related or relations(rows))))


def flagged(found) -> dict[str, str]:
    """Return the numbers that did not pass, with the kind of their verdict."""
    return {name: c.kind for name, c in found.overall.items() if c.kind not in PASSED}
