"""Reading a paper: its table of printed numbers, and which of them are related and how."""

import fnmatch
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from printed_numbers.errors import PaperError
from printed_numbers.printed import Printed

COLUMNS = ("id", "where", "dataset", "model", "metric", "value", "ci_low", "ci_high", "n")
# Keys of the relations file that hold ids (a whole number may stand in for a count).
ID_KEYS = frozenset(
    (
        *("about", "accuracy", "alpha", "auroc", "claim_id", "concerns", "copy", "count", "counts"),
        *("end", "everyone", "first", "groups", "high", "larger", "low", "mean", "negatives"),
        *("number", "of", "others", "p", "pairs", "parts", "percent", "percents", "positives"),
        *("sd", "second"),
        *("sensitivity", "sizes", "smaller", "specificity", "statement", "total", "totals"),
        *("value", "values", "years"),
    )
)
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Paper:
    """A paper as the audit sees it.

    Attributes:
        title: What the page is headed with.
        source: Where it was published.
        numbers: Every printed number by id, in the order of its table.
        relations: One mapping a relation; its ``check`` names the check that reads it.
        places: Points of the places where a number may be printed, for the ranking.
        reasons: ``(pattern of ids, sentence)`` why a number without any relation has none.
    """

    title: str
    source: str
    numbers: Mapping[str, Printed]
    relations: list[dict[str, Any]]
    places: Mapping[str, int] = field(default_factory=dict)
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Printed:
        return self.numbers[name]

    def count(self, name: str | int) -> int:
        """Return a printed whole number by its id, or a whole number as it is."""
        return name if isinstance(name, int) else int(self.numbers[name].value)

    def prominence(self) -> dict[str, int]:
        """Return the points of the most prominent place of each number, at least 1."""
        return {
            name: max((self.places.get(place, 1) for place in number.where), default=1)
            for name, number in self.numbers.items()
        }

    def reason(self, name: str) -> str:
        """Return why a number is related to no other."""
        for pattern, sentence in self.reasons:
            if fnmatch.fnmatchcase(name, pattern):
                return sentence
        return "No other printed number stands in an arithmetic relation to this one."


def read_paper(
    numbers: str | Path = DATA / "published_numbers.csv",
    relations: str | Path = DATA / "relations.yaml",
) -> Paper:
    """Read a paper's numbers and relations.

    Args:
        numbers: CSV with the columns id, where, dataset, model, metric, value, ci_low, ci_high, n.
        relations: YAML; `data/README.md` in this package describes it.

    Raises:
        PaperError: With every problem: a column or an id that is missing, an id that is there
            twice, a field that is no number.

    Example:
        >>> paper = read_paper()
        >>> paper["D02"].name, paper.count("D02")
        ('benign, design, all', 633)
    """
    table = pd.read_csv(numbers, dtype=str, keep_default_na=False)
    content = yaml.safe_load(Path(relations).read_text(encoding="utf-8"))
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise PaperError(f"{numbers}: the column {', '.join(missing)} is missing; add it")
    problems = [
        f"{numbers}: id {name} is there twice; give each printed number its own id"
        for name in table["id"][table["id"].duplicated()]
    ]
    problems += _no_numbers(table, numbers)
    if problems:
        raise PaperError(problems)
    precision, words = content.get("precision", {}), content.get("words", {})
    printed = {row["id"]: _printed(row, precision, words) for row in table.to_dict("records")}
    expanded = [_expand(relation) for relation in content["relations"]]
    unknown = sorted({name for item in expanded for name in _ids(item)} - printed.keys())
    if unknown:
        raise PaperError(
            f"{relations}: the id {name} is not in {numbers}; correct it or add the row"
            for name in unknown
        )
    return Paper(
        title=content["title"],
        source=content["source"],
        numbers=printed,
        relations=expanded,
        places=content.get("places", {}),
        reasons=[(item["ids"], item["reason"]) for item in content.get("not_checkable", [])],
    )


def _no_numbers(table: pd.DataFrame, path: str | Path) -> list[str]:
    """Return a problem for each field that should hold a number or a month and does not."""
    problems = []
    for row in table.to_dict("records"):
        for column in ("value", "ci_low", "ci_high"):
            text = row[column]
            try:
                _ = Fraction(text.replace("-", "", 1) if _is_month(text) else text or "0")
            except (ValueError, ZeroDivisionError):
                problems.append(
                    f"{path}: {column} of {row['id']} is {text!r}; write the number as printed"
                )
    return problems


def _is_month(text: str) -> bool:
    """Return whether a text is a month: 2014-01."""
    return len(text) == 7 and text[4] == "-" and text.replace("-", "", 1).isdigit()


def _printed(
    row: dict[str, str], precision: Mapping[str, int], words: Mapping[str, str]
) -> Printed:
    """Return a row of the table with the decimals of its column and its names in words."""
    column = [d for pattern, d in precision.items() if fnmatch.fnmatchcase(row["id"], pattern)]
    texts = [row[name] for name in ("value", "ci_low", "ci_high")]
    own = max(len(text.partition(".")[2]) for text in texts)
    return Printed(
        id=row["id"],
        where=tuple(part.strip() for part in row["where"].split(";")),
        dataset=words.get(row["dataset"], row["dataset"]),
        model=words.get(row["model"], row["model"]),
        metric=words.get(row["metric"], row["metric"]),
        text=row["value"],
        low=row["ci_low"],
        high=row["ci_high"],
        decimals=max([own, *column]),
    )


def _expand(item: Any) -> Any:
    """Return an item of the relations with every ``each`` written out.

    ``each`` maps a name, or several with commas between them, to a list; the row that has it is
    repeated for every combination, with ``{name}`` filled in.
    """
    if isinstance(item, dict):
        return {key: _expand(value) for key, value in item.items()}
    if isinstance(item, list):
        return [row for entry in item for row in _rows(entry)]
    return item


def _rows(entry: Any) -> Iterator[Any]:
    """Yield an entry of a list once for every combination that its ``each`` asks for."""
    if not isinstance(entry, dict) or "each" not in entry:
        yield _expand(entry)
        return
    body = {key: value for key, value in entry.items() if key != "each"}
    axes = [
        [
            dict(zip(names.replace(" ", "").split(","), _as_list(values), strict=True))
            for values in choices
        ]
        for names, choices in entry["each"].items()
    ]
    for combination in itertools.product(*axes):
        filled = {name: value for part in combination for name, value in part.items()}
        yield _expand(_fill(body, filled))


def _as_list(values: Any) -> list:
    return values if isinstance(values, list) else [values]


def _fill(item: Any, names: Mapping[str, Any]) -> Any:
    """Return an item with ``{name}`` filled in, in every text within."""
    if isinstance(item, str):
        return item.format(**names)
    if isinstance(item, dict):
        return {key: _fill(value, names) for key, value in item.items()}
    if isinstance(item, list):
        return [_fill(value, names) for value in item]
    return item


def _ids(item: Any, is_id: bool = False) -> Iterator[str]:
    """Yield every id that an item of the relations names."""
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _ids(value, key in ID_KEYS)
    elif isinstance(item, list):
        for value in item:
            yield from _ids(value, is_id)
    elif isinstance(item, str) and is_id:
        yield item
