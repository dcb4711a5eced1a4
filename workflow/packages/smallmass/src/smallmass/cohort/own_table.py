"""A hospital's table in the columns, units and words of cohort.csv."""

import difflib
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from smallmass.cohort import vocabulary
from smallmass.cohort.columns import GIVEN, LENGTHS, PER_CM
from smallmass.cohort.findings import Finding
from smallmass.cohort.spreadsheet import Cells, read_cells
from smallmass.cohort.table import NUMBERS, UNKNOWN
from smallmass.errors import UserError
from smallmass.settings import CohortSettings

# Names that state another unit than the cohort's own.
_MILLIMETRES = {"diameter_mm": "diameter_cm", "pixel_mm": "pixel_cm"}
_UNIT_IN_NAME = re.compile(r"(?<![^\W_])(mm|cm)(?![^\W_])", re.I)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+\Z")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\Z", re.I)

# Columns that name a person are never taken over as further columns (x_...), also where their
# name says more: "Name, Vorname", "Geb.-Datum", "Date of birth (dd.mm.yyyy)".
_PERSONAL = re.compile(
    r"(?:^|_)(?:names?|dob|geb|geboren|street|plz|e?mail|ssn|hausarzt|physician)(?:_|$)"
    r"|(?:vor|nach|familien|patient|patienten|patientinnen|sur)name"
    r"|birth_?da(?:te|y)|date_of_birth|geburts(?:datum|tag)"
    r"|address|adresse|strasse|phone|telefon|insurance|versicher|social_security"
)
_NAME_OF_A_THING = re.compile(r"(?:file|image|device|scanner|study)_names?")


@dataclass(frozen=True)
class OwnTable:
    """A table that was read.

    Args:
        cases: Columns of cohort.csv as far as the table has them, and further ones with the prefix
            ``x_``. Words have their meaning (``label`` may also be "normal", or empty where it is
            unknown), lengths are in cm; what could not be understood is as written.
        headers: The names of the file's own columns.
        rows: The number of each row in the file; the header is 1.
        findings: Words without a meaning, columns left out.
    """

    cases: pd.DataFrame
    headers: list[str]
    rows: list[int]
    findings: list[Finding]


def read_own_table(path: str | Path, settings: CohortSettings, needed: tuple[str, ...]) -> OwnTable:
    """Read a table whose columns, units and words are mapped in the configuration.

    A column that is not mapped is taken if its name is that of a column of cohort.csv, whatever
    its capitals and punctuation ("Case ID").

    Args:
        path: CSV or Excel.
        settings: The study's settings under ``cohort``: columns, units, words, sheet.
        needed: Columns of cohort.csv that the table must have.

    Raises:
        UserError: If the file cannot be read, or the mapping does not fit it. Lists every problem.
    """
    path = Path(path)
    known = {*settings.columns.values(), *GIVEN, *_MILLIMETRES}
    table = read_cells(path, sheet=settings.sheet, known=known)
    homes, problems = _match(path, table, settings.columns, needed)
    unit, wrong_units = _units(homes, settings.units)
    problems += [*wrong_units, *vocabulary.problems(settings.words)]
    if problems:
        raise UserError(problems)

    cases, findings = {}, _other_sheets(path, table)
    for name, header in homes.items():
        values = table.cells[header]
        if name in vocabulary.MEANINGS:
            cases[name], unclear = _words(name, header, values, settings.words.get(name))
            findings += unclear
        elif name in NUMBERS:
            cases[name] = _numbers(values, PER_CM[unit[name]] if name in LENGTHS else 1)
        elif name == "case_id":
            cases[name] = values
        else:
            cases[name] = _known_text(values)
    further, private = _further(table, set(homes.values()))
    if private:
        message = (
            f"{path.name} names persons in {', '.join(map(repr, private))}; nothing of "
            f"{'it' if len(private) == 1 else 'them'} is read any further"
        )
        findings.append(Finding.of("T013", "", message))
    return OwnTable(pd.DataFrame(cases | further), list(table.cells.columns), table.rows, findings)


def _match(
    path: Path, table: Cells, columns: dict[str, str], needed: tuple[str, ...]
) -> tuple[dict[str, str], list[str]]:
    """Return the file's column for each column of cohort.csv, and what is wrong with them."""
    headers = list(table.cells.columns)
    by_form: dict[str, list[str]] = {}
    for header in headers:
        by_form.setdefault(_form(header), []).append(header)
    problems, homes = [], {}
    for name in GIVEN:
        mapped = columns.get(name)
        if mapped is not None:
            fitting = [mapped] if mapped in headers else by_form.get(_form(mapped), [])
            if len(fitting) == 1:
                homes[name] = fitting[0]
            else:
                problems.append(_no_such_column(path, name, mapped, headers))
            continue
        aliases = [name, *(other for other, home in _MILLIMETRES.items() if home == name)]
        fitting = [header for alias in aliases for header in by_form.get(alias, [])]
        fitting = [name] if name in fitting and not set(aliases[1:]) & set(fitting) else fitting
        if len(fitting) > 1:
            problems.append(
                f"{path.name}: the columns {', '.join(map(repr, fitting))} could each be {name}. "
                f"Say which one is: cohort.columns: {{{name}: NAME}}."
            )
        elif fitting:
            homes[name] = fitting[0]
        elif name in needed:
            problems.append(missing_column(path, name, headers))
    return homes, problems


def missing_column(path: Path, name: str, headers: list[str]) -> str:
    """Return the message that a needed column is not there, and how to name it."""
    return (
        f"{path.name} has no column for {name}. Its columns are: "
        f"{', '.join(map(repr, headers))}. Say which of them it is: "
        f"cohort.columns: {{{name}: NAME OF YOUR COLUMN}}."
    )


def _no_such_column(path: Path, name: str, mapped: str, headers: list[str]) -> str:
    near = difflib.get_close_matches(mapped, headers, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return (
        f"cohort.columns.{name} is {mapped!r}, but {path.name} has no such column{hint}. Its "
        f"columns are: {', '.join(map(repr, headers))}. Correct cohort.columns or the table."
    )


def _units(homes: dict[str, str], stated: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the unit of each length: stated, or part of its column's name; never guessed."""
    unit, problems = {}, []
    for name in LENGTHS:
        if name not in homes:
            continue
        header = homes[name]
        named = {match.lower() for match in _UNIT_IN_NAME.findall(header)}
        units = {stated[name]} if name in stated else named
        if len(units) != 1:
            problems.append(
                f"cohort.units.{name}: the unit of the column {header!r} is not stated. Say which "
                f"one it is: cohort.units: {{{name}: mm}} or {{{name}: cm}}."
            )
        elif named and named != units:
            problems.append(
                f"cohort.units.{name} is {stated[name]}, but the column's name {header!r} says "
                f"{' and '.join(sorted(named))}. Correct one of them."
            )
        else:
            unit[name] = units.pop()
    return unit, problems


def _words(
    name: str, header: str, values: pd.Series, words: dict | None
) -> tuple[pd.Series, list[Finding]]:
    """Return a column of words by their meaning, and one finding for each word without one."""
    known = vocabulary.meanings(name, words)
    counts = values.value_counts(sort=False)
    meaning = {value: vocabulary.meaning_of(name, value, known) for value in counts.index}
    findings = []
    for value, count in counts.items():
        if meaning[value] is not None:
            continue
        options = " | ".join(vocabulary.MEANINGS[name])
        message = (
            f"the column {header!r} says {value!r} in {count} {'row' if count == 1 else 'rows'}, "
            f"which has no agreed meaning for {name}"
        )
        findings.append(Finding.of("T012", "", message, name=name, word=value, options=options))
        meaning[value] = value
    empty = "" if name in ("label", "published_split") else UNKNOWN
    meaning = {value: empty if word == UNKNOWN else word for value, word in meaning.items()}
    return values.map(meaning), findings


def _numbers(values: pd.Series, divisor: int) -> pd.Series:
    """Return a column of numbers; what is not one stays as written, for `table.check` to name."""
    return values.map({value: _number(value, divisor) for value in values.unique()}).astype(object)


def _number(value: str, divisor: int) -> float | str:
    if _unknown(value):
        return float("nan")
    plain = value.replace(",", ".") if _DECIMAL_COMMA.match(value) else value
    # In decimal digits, so that 4.2 mm are 0.42 cm and not the float next to it.
    return float(Decimal(plain) / divisor) if _NUMBER.match(plain) else value


def _known_text(values: pd.Series) -> pd.Series:
    """Return a column of text, empty where it is unknown."""
    return values.mask(values.map({value: _unknown(value) for value in values.unique()}), "")


def _unknown(value: str) -> bool:
    return vocabulary.normal_form(value) in vocabulary.UNKNOWN_WORDS


def _further(table: Cells, taken: set[str]) -> tuple[dict[str, pd.Series], list[str]]:
    """Return the columns that the study does not know, and the names of those left out."""
    further: dict[str, pd.Series] = {}
    private = []
    for header in table.cells.columns:
        if header in taken:
            continue
        if _names_a_person(header):
            private.append(header)
            continue
        name = header if header.startswith("x_") else f"x_{header}"
        while name in further:
            name += "_"
        further[name] = table.cells[header]
    return further, private


def _names_a_person(header: str) -> bool:
    return bool(_PERSONAL.search(_NAME_OF_A_THING.sub("", _form(header))))


def _other_sheets(path: Path, table: Cells) -> list[Finding]:
    if len(table.sheets) < 2:
        return []
    first, *others = table.sheets
    names = ", ".join(map(repr, others))
    message = f"{path.name} was read from its sheet {first!r}; it also has {names}"
    return [Finding.of("T014", "", message)]


def _form(name: str) -> str:
    """Return a column's name without regard to capitals, blanks and punctuation."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
