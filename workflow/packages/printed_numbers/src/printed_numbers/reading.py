"""Reading the table of printed numbers: what stands in its cells, as it is printed."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from printed_numbers.printed import NOT_SIGNIFICANT, SIGNS, Printed, show

COLUMNS = ("id", "where", "dataset", "model", "metric", "value", "ci_low", "ci_high", "n")
_SPACES = " \u00a0\u2009\u202f"
_THOUSANDS = re.compile(rf"\d{{1,3}}([,'{_SPACES}])\d{{3}}(\1\d{{3}})*(\.\d+)?")
_NUMBER = r"[-−]?[\d.,·]+%?"
_RANGE = re.compile(rf"\(?\s*({_NUMBER})\s*(?:–|—|-|to|;|, )\s*({_NUMBER})\s*\)?")
_ESTIMATE_AND_RANGE = re.compile(r"(\S+)\s*[(\[](.+)[)\]]")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NOT_SIGNIFICANT = ("ns", "n.s.", "n.s", "n. s.", "not significant")


@dataclass(frozen=True)
class Cells:
    """The three cells of a row that hold numbers, each as it is understood.

    Attributes:
        value: The number, a month, or empty.
        low: The lower end of its interval, or empty.
        high: The upper end, or empty.
    """

    value: str
    low: str
    high: str


def read_table(
    path: str | Path,
    precision: Mapping[str, int],
    words: Mapping[str, str],
    fractions: list[str],
) -> tuple[dict[str, Printed | None], list[str]]:
    """Read a table of printed numbers.

    Args:
        path: CSV with `COLUMNS`; dataset, model, metric and n may be left out.
        precision: Pattern of ids to the decimals of their column.
        words: Short names of the table to words.
        fractions: Patterns of ids of percentages that are printed as fractions, 0 to 1.

    Returns:
        Every printed number by its id, None where a cell cannot be read, and every problem.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return {}, [f"{path}: is no UTF-8; save it as CSV (UTF-8)"]
    except pd.errors.EmptyDataError:
        return {}, [f"{path}: is empty; write a row a printed number, as in the template"]
    except (ValueError, OSError) as error:
        return {}, [f"{path}: cannot be read as CSV: {' '.join(str(error).split())}"]
    table.columns = table.columns.str.strip()
    missing = [name for name in ("id", "where", "value", "ci_low", "ci_high") if name not in table]
    other = next((mark for mark in ";\t" if mark in str(table.columns[0])), "")
    if missing and other:
        return {}, [f"{path}: its columns are parted by {other!r}; save it with commas"]
    if missing:
        return {}, [f"{path}: without {', '.join(missing)}; add a column of each name"]
    table = table.reindex(columns=COLUMNS, fill_value="").apply(lambda column: column.str.strip())
    table = table[(table != "").any(axis="columns") & ~table["id"].str.startswith("#")]
    problems = [
        f"{path}: id {name or '(empty)'} is there twice; give each printed number its own id"
        for name in table["id"][table["id"].duplicated()]
    ]
    problems += [f"{path}: a row has no id; give it one"] if "" in set(table["id"]) else []
    numbers: dict[str, Printed | None] = {}
    for row in table.to_dict("records"):
        cells, wrong = _understood(row)
        problems += [f"{path}: row {row['id']}: {problem}" for problem in wrong]
        number = None if wrong else _printed(row, cells, precision, words, fractions)
        _ = numbers.setdefault(row["id"], number)
    return numbers, problems


def clean(text: str) -> str:
    """Return a number without what print adds to it: separators, percent signs, long dashes.

    Raises:
        ValueError: If it is no number; the text says what to write.

    Example:
        >>> clean("1,041"), clean("80.0%"), clean("P < .001"), clean("−0.5"), clean("n.s.")
        ('1041', '80.0', '<.001', '-0.5', 'NS')
    """
    bare = text.strip()
    if bare.lower() in _NOT_SIGNIFICANT:
        return NOT_SIGNIFICANT
    if _MONTH.fullmatch(bare):
        return bare
    bare = re.sub(r"^[Pp]\s*(?=[=<>≤≥])", "", bare).replace("<=", "≤").replace(">=", "≥")
    sign = bare[0] if bare[:1] in SIGNS else ""
    digits = bare.lstrip("=").removeprefix(sign).strip().removesuffix("%").strip()
    digits = digits.replace("·", ".").replace("−", "-").replace("–", "-")
    if _THOUSANDS.fullmatch(digits.lstrip("+-")):
        digits = re.sub(f"[,'{_SPACES}]", "", digits)
    if re.fullmatch(r"[+-]?\d+,\d+", digits):
        raise ValueError(f"{text!r} has a decimal comma; write {digits.replace(',', '.')!r}")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", digits):
        raise ValueError(f"{text!r} is no number; write the number as printed")
    return sign + digits


def _understood(row: Mapping[str, str]) -> tuple[Cells, list[str]]:
    """Return the cells of a row, and what is wrong with them."""
    value, low, high = row["value"], row["ci_low"], row["ci_high"]
    if not low and not high and (both := _ESTIMATE_AND_RANGE.fullmatch(value)):
        value, low = both.groups()
    if low and not high and (ends := _RANGE.fullmatch(low.removeprefix("95% CI").strip())):
        low, high = ends.groups()
    texts, problems = [], []
    for column, text in (("value", value), ("ci_low", low), ("ci_high", high)):
        try:
            texts.append(clean(text) if text else "")
        except ValueError as error:
            problems.append(f"{column}: {error}")
    if not problems:
        problems = list(_impossible(Cells(*texts)))
    return Cells(*texts) if not problems else Cells("", "", ""), problems


def _impossible(cells: Cells) -> Iterator[str]:
    """Yield what cannot be about an interval."""
    if bool(cells.low) != bool(cells.high):
        here, missing = ("ci_low", "ci_high") if cells.low else ("ci_high", "ci_low")
        yield f"{here} is there and {missing} is not; write both ends or none"
        return
    for column, text in (("ci_low", cells.low), ("ci_high", cells.high)):
        if text and (text[0] in SIGNS or text == NOT_SIGNIFICANT or _MONTH.fullmatch(text)):
            yield f"{column} is {text!r}; an end of an interval is a plain number"
            return
    if cells.low and Fraction(cells.low) > Fraction(cells.high):
        yield (
            f"ci_low {cells.low} is above ci_high {cells.high}; exchange them (if the paper "
            "prints them so, say it under `statements`)"
        )
    if cells.low and not cells.value:
        yield "an interval without its value; write the value"


def _printed(
    row: Mapping[str, str],
    cells: Cells,
    precision: Mapping[str, int],
    words: Mapping[str, str],
    fractions: list[str],
) -> Printed:
    """Return a row of the table with the decimals of its column and its names in words."""
    texts = [cells.value, cells.low, cells.high]
    if any(fnmatch.fnmatchcase(row["id"], pattern) for pattern in fractions):
        texts = [_as_percentage(text) for text in texts]
    column = [d for pattern, d in precision.items() if fnmatch.fnmatchcase(row["id"], pattern)]
    own = max(_decimals(text) for text in texts)
    return Printed(
        id=row["id"],
        where=tuple(part.strip() for part in row["where"].split(";")),
        dataset=words.get(row["dataset"], row["dataset"]),
        model=words.get(row["model"], row["model"]),
        metric=words.get(row["metric"], row["metric"]),
        text=texts[0],
        low=texts[1],
        high=texts[2],
        decimals=max([own, *column]),
    )


def _decimals(text: str) -> int:
    """Return the decimals of a number's text: those of 1.2e-5 are six."""
    digits, _, power = text.lower().partition("e")
    return max(len(digits.partition(".")[2]) - int(power or 0), 0)


def _as_percentage(text: str) -> str:
    """Return a fraction's text as that of a percentage: 0.80 as 80."""
    if not text or text[0] in SIGNS:
        return text
    return show(Fraction(text) * 100, max(_decimals(text) - 2, 0))
