"""Reading a paper: its table of printed numbers, and the file of their relations."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from printed_numbers.checks import CHECKS
from printed_numbers.errors import PaperError
from printed_numbers.forms import (
    ITEM,
    TEXT,
    WHOLE,
    Fields,
    Key,
    Kind,
    ListOf,
    Numbers,
    closest,
)
from printed_numbers.paper import Paper
from printed_numbers.reading import COLUMNS as COLUMNS
from printed_numbers.reading import read_table

DATA = Path(__file__).parent / "data"


def _each(kind: Kind, name: str) -> Kind:
    """Return the kind of a mapping from any names to values of one kind."""

    def wrong(numbers: Numbers, value: Any) -> str:
        if not isinstance(value, Mapping):
            return f"{value!r} is no mapping; write {{name: …}}"
        told = [f"{key}: {kind.wrong(numbers, item)}" for key, item in value.items()
                if kind.wrong(numbers, item)]  # fmt: skip
        return "; ".join(told)

    return Kind(name, wrong)


# What stands at the top of a file of relations.
TOP = {
    "title": Key(TEXT, "the heading of the page"),
    "source": Key(TEXT, "where the paper was published", required=False),
    "precision": Key(
        _each(WHOLE, "pattern of ids → whole number"),
        "decimals of a column: `90` in a column of one decimal is 90.0",
        required=False,
    ),
    "fractions": Key(
        ListOf(TEXT),
        "patterns of ids of percentages that are printed as fractions: 0.80 is read as 80 %",
        required=False,
    ),
    "words": Key(
        _each(TEXT, "short name → words"), "what short names of the table mean", required=False
    ),
    "places": Key(
        _each(WHOLE, "place → whole number"),
        "points of a place in the ranking of findings; 1 anywhere else",
        required=False,
    ),
    "not_checkable": Key(
        ListOf(Fields({"ids": Key(TEXT, "a pattern"), "reason": Key(TEXT, "a sentence")}), 0),
        "why nothing bears on some numbers",
        required=False,
    ),
    "relations": Key(ListOf(ITEM), "the relations, each with its `check`"),
}


def read_paper(
    numbers: str | Path = DATA / "published_numbers.csv",
    relations: str | Path = DATA / "relations.yaml",
) -> Paper:
    """Read a paper's numbers and relations.

    Args:
        numbers: CSV with the columns id, where, dataset, model, metric, value, ci_low, ci_high, n;
            numbers stand as they are printed: ``1,041``, ``80.0%``, ``<0.001``, ``NS``.
        relations: YAML; `data/README.md` in this package describes it.

    Raises:
        PaperError: With every problem of both files: a column, a key or an id that is missing or
            not known, a cell that holds no number, a value that is not allowed.

    Example:
        >>> paper = read_paper()
        >>> paper["D02"].name, paper.count("D02")
        ('benign, design, all', 633)
    """
    content, problems = _content(Path(relations))
    printed, of_table = read_table(
        numbers,
        _mapping(content.get("precision"), int),
        _mapping(content.get("words"), str),
        [text for text in _list(content.get("fractions")) if isinstance(text, str)],
    )
    problems = [*of_table, *problems]
    expanded: list[dict[str, Any]] = []
    for i, relation in enumerate(_list(content.get("relations")), 1):
        try:
            expanded.append(_expand(relation))
        except ValueError as error:
            problems.append(f"{relations}: relation {i}: {error}")
    if printed or not of_table:
        problems += [f"{relations}: {problem}" for problem in problems_of(printed, expanded)]
    if problems:
        raise PaperError(problems)
    return Paper(
        title=content["title"],
        source=content.get("source", ""),
        numbers={name: number for name, number in printed.items() if number},
        relations=expanded,
        places=content.get("places") or {},
        reasons=[(item["ids"], item["reason"]) for item in content.get("not_checkable") or []],
    )


def problems_of(numbers: Numbers, relations: list[Any]) -> list[str]:
    """Return every problem of relations, each with its relation, row and key.

    Args:
        numbers: Every printed number by id; None where its row has a problem of its own.
        relations: With every ``each`` written out.
    """
    problems = []
    for i, relation in enumerate(relations, 1):
        name = relation.get("check") if isinstance(relation, Mapping) else None
        if name in CHECKS:
            problems += CHECKS[name].problems(numbers, relation, f"relation {i} ({name})")
        else:
            near = closest(str(name), CHECKS)
            hint = f"did you mean {near}?" if near else f"choose one of {', '.join(CHECKS)}"
            problems.append(f"relation {i}: check is {name!r}; {hint}")
    return problems


def _content(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return a file of relations as it is, and every problem of its top."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        return {}, [f"{path}: cannot be read: {' '.join(str(error).split())}"]
    if not isinstance(content, dict):
        return {}, [f"{path}: holds no keys; write {', '.join(TOP)}"]
    kept = {key: value for key, value in content.items() if value is not None}
    problems = [text.removeprefix(", ") for text in Fields(TOP).problems({}, kept, str(path))]
    return kept, problems


def _mapping(value: Any, kind: type) -> dict[str, Any]:
    """Return the entries of a mapping that have the right kind; the others are told elsewhere."""
    if not isinstance(value, Mapping):
        return {}
    return {str(key): item for key, item in value.items() if isinstance(item, kind)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _expand(item: Any) -> Any:
    """Return an item of the relations with every ``each`` written out.

    ``each`` maps a name, or several with commas between them, to a list; the row that has it is
    repeated for every combination, with ``{name}`` filled in.

    Raises:
        ValueError: If an ``each`` has another form, or a ``{name}`` is not in it.
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
    for combination in itertools.product(*_axes(entry["each"])):
        filled = {name: value for part in combination for name, value in part.items()}
        yield _expand(_fill(body, filled))


def _axes(each: Any) -> list[list[dict[str, Any]]]:
    """Return for each key of an ``each`` what its names are filled with, choice by choice."""
    if not isinstance(each, dict):
        raise ValueError(f"each is {each!r}; write {{name: [values]}}")
    axes = []
    for key, choices in each.items():
        names = str(key).replace(" ", "").split(",")
        if not isinstance(choices, list):
            raise ValueError(f"each, {key}: {choices!r} is no list of values")
        rows = [values if isinstance(values, list) else [values] for values in choices]
        for values in rows:
            if len(values) != len(names):
                raise ValueError(f"each, {key}: {values!r} has not {len(names)} values")
        axes.append([dict(zip(names, values, strict=True)) for values in rows])
    return axes


def _fill(item: Any, names: Mapping[str, Any]) -> Any:
    """Return an item with ``{name}`` filled in, in every text within."""
    if isinstance(item, str):
        try:
            return item.format(**names)
        except (KeyError, IndexError, ValueError) as error:
            known = ", ".join(f"{{{name}}}" for name in names)
            raise ValueError(f"{item!r} names what `each` has not ({known})") from error
    if isinstance(item, dict):
        return {key: _fill(value, names) for key, value in item.items()}
    if isinstance(item, list):
        return [_fill(value, names) for value in item]
    return item
