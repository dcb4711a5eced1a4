"""A hospital's table in the columns, units and words of cohort.csv."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from smallmass.cohort import vocabulary
from smallmass.cohort.columns import GIVEN, LENGTHS, PER_CM
from smallmass.cohort.findings import Finding
from smallmass.cohort.persons import points_at_persons
from smallmass.cohort.spreadsheet import Cells, read_cells
from smallmass.cohort.table import NUMBERS, UNKNOWN
from smallmass.counts import number_of
from smallmass.errors import UserError, closest
from smallmass.settings import CohortSettings

# Names that state another unit than the cohort's own.
_MILLIMETRES = {"diameter_mm": "diameter_cm", "pixel_mm": "pixel_cm"}
_UNIT_IN_NAME = re.compile(r"(?<![^\W_])(mm|cm)(?![^\W_])", re.I)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+\Z")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\Z", re.I)
# A cell may say its own unit, which then counts: "8 mm", "52 Jahre".
_WITH_LENGTH = re.compile(r"(?P<number>[+-]?[\d.,]+)\s*(?P<unit>mm|cm)\Z", re.I)
_WITH_YEARS = re.compile(
    r"(?P<number>\d+)\s*(?:years?(?: old)?|yrs?|y|jahre?|j|ans?|años?|anni|세|岁|歳)\Z", re.I
)
# A heading of another measure than a length in mm or cm; "in" and "m" are one where they end it.
_OTHER_MEASURE = re.compile(
    r"(?<![^\W_])(?:inch(?:es)?|(?:in|m)(?=[)\]\s]*\Z)|px|pixels?|µm|um|ml|(?:mm|cm)\s*[²³^]?[23²³]"
    r"|area|fläche|flaeche|volumen?|면적|面积|面積)(?![^\W_])",
    re.I,
)
# Lengths of a lesion that are not its longest diameter.
_OTHER_LENGTH = re.compile(
    r"(?<![^\W_])(?:radius|radii|short(?:est)?[\s_]*axis|kurze[\s_]*achse|depth|tiefe|distance|abstand"
    r"|반지름|半径)(?![^\W_])",
    re.I,
)

# Columns that seem to name a person, also where their name says more: "Name, Vorname",
# "Geb.-Datum". No list of words is whole, so that no column comes along that the user does not
# name; of those that he names, these are told, and those whose cells look so: see `persons`.
_PERSONAL = re.compile(
    r"(?:^|_)(?:names?|dob|geb|geboren|street|plz|e?mail|ssn|hausarzt|physician)(?:_|$)"
    r"|(?:vor|nach|familien|patient|patienten|patientinnen|sur)name"
    r"|birth_?da(?:te|y)|date_of_birth|geburts(?:datum|tag)"
    r"|address|adresse|strasse|phone|telefon|insurance|versicher|social_security"
)
_FOLDS = ("fold", "x_fold")
# How a spreadsheet writes a long number, an identifier among them.
_SCIENTIFIC = r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+"
# What forms and statistics programs write where a number is not known. Some may be real, and then
# the user says so.
_CODES = ("99", "999", "9999", "-1", "-9", "-99", "-999", "-9999")
# Most rows have none, and that is no fault.
_SELDOM_GIVEN = ("frame", "outline", "image", "label", "group_id", "case_id", "published_split")
_NAME_OF_A_THING = re.compile(r"(?:file|image|device|scanner|study)_names?")


@dataclass(frozen=True)
class OwnTable:
    """A table that was read.

    Args:
        cases: Columns of cohort.csv as far as the table has them, and those further ones that the
            settings name, with the prefix ``x_``. Words have their meaning (``label`` may also be
            "normal", or empty where it is unknown), lengths are in cm; what could not be
            understood is as written.
        headers: The names of the file's own columns.
        rows: The number of each row in the file; the header is 1.
        findings: Words without a meaning, codes for unknown, what is not read.
        homes: The file's column of each column of ``cases``.
        unused: The file's columns that are none of these.
        told_unknown: Of each column of numbers or text, where a cell says in a word that it is not
            known; an empty cell says nothing.
    """

    cases: pd.DataFrame
    headers: list[str]
    rows: list[int]
    findings: list[Finding]
    homes: dict[str, str]
    unused: list[str]
    told_unknown: pd.DataFrame


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
    unit, wrong_units = _units(homes, settings.units, table.units)
    further, unnamed = _further(path, table, settings.further)
    problems += [*wrong_units, *vocabulary.problems(settings.words), *unnamed]
    if problems:
        raise UserError(problems)

    cases, told = {}, {}
    findings = [*_other_sheets(path, table), *(Finding.of(code, "", t) for code, t in table.notes)]
    for name, header in homes.items():
        values, words = table.cells[header], settings.words.get(name)
        unknown, real = vocabulary.unknowns(words)
        if name not in vocabulary.MEANINGS:
            told[name] = _told_unknown(values, unknown)
        if name in vocabulary.MEANINGS:
            cases[name], unclear = _words(name, header, values, words)
            findings += unclear
        elif name in NUMBERS:
            findings += _codes(name, header, values, unknown | real)
            divisor = PER_CM[unit[name]] if name in LENGTHS else 1
            cases[name] = _numbers(name, values, divisor, unknown)
        elif name == "case_id":
            cases[name] = values
            findings += _shortened(name, header, values)
        else:
            findings += _shortened(name, header, values) if name == "patient_id" else []
            cases[name] = _known_text(values)
    findings += _hardly_filled(homes, cases)
    patients = cases.get("patient_id")
    private = [
        header
        for header in further.values()
        if _form(header) not in _FOLDS
        and (_names_a_person(header) or points_at_persons(table.cells[header], patients))
    ]
    if private:
        message = f"{path.name}: {', '.join(map(repr, private))} may name persons, and come along"
        findings.append(Finding.of("T013", "", message))
    columns = cases | {name: table.cells[header] for name, header in further.items()}
    return OwnTable(
        pd.DataFrame(columns),
        list(table.cells.columns),
        table.rows,
        findings,
        homes | further,
        [name for name in table.cells if name not in {*homes.values(), *further.values()}],
        pd.DataFrame(told, index=table.cells.index),
    )


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
    hint = closest(mapped, headers)
    return (
        f"cohort.columns.{name} is {mapped!r}, but {path.name} has no such column{hint}. Its "
        f"columns are: {', '.join(map(repr, headers))}. Correct cohort.columns or the table."
    )


def _units(
    homes: dict[str, str], stated: dict[str, str], below: dict[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the unit of each length: stated, or part of its column's name; never guessed.

    ``below`` is what a second row of the header says of a column.
    """
    unit, problems = {}, []
    for name in LENGTHS:
        if name not in homes:
            continue
        header = homes[name]
        named = stated_units(header) | stated_units(below.get(header, ""))
        units = {stated[name]} if name in stated else named
        other = _OTHER_MEASURE.search(f"{header} {below.get(header, '')}")
        if other and not named:
            problems.append(
                f"cohort.columns.{name}: the column {header!r} says {other[0]!r}, which is no "
                "length in mm or cm. Name a column that is, or write the lengths so."
            )
        elif name == "diameter_cm" and (other := _OTHER_LENGTH.search(header)):
            problems.append(
                f"cohort.columns.{name}: the column {header!r} says {other[0]!r}, which is not the "
                "longest diameter. Name a column that is, or leave it out."
            )
        elif len(units) != 1:
            problems.append(
                f"cohort.units.{name}: the unit of the column {header!r} is not stated. Say which "
                f"one it is: cohort.units: {{{name}: mm}} or {{{name}: cm}}."
            )
        elif named and named != units:
            problems.append(
                f"cohort.units.{name} is {stated[name]}, but the column's header {header!r} says "
                f"{' and '.join(sorted(named))}. Correct one of them."
            )
        else:
            unit[name] = units.pop()
    return unit, problems


def stated_units(header: str) -> set[str]:
    """Return the units of length that a column's name says."""
    return {match.lower() for match in _UNIT_IN_NAME.findall(header)}


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
            f"the column {header!r} says {value!r} in {number_of(count, 'row')}, "
            f"which has no agreed meaning for {name}"
        )
        findings.append(Finding.of("T012", "", message, name=name, word=value, options=options))
        meaning[value] = value
    empty = "" if name in ("label", "published_split") else UNKNOWN
    meaning = {value: empty if word == UNKNOWN else word for value, word in meaning.items()}
    return values.map(meaning), findings


def _codes(name: str, header: str, values: pd.Series, told: set[str]) -> list[Finding]:
    """Return which numbers of a column look like codes for unknown, unless the user told."""
    counts = values.map(vocabulary.normal_form).value_counts()
    codes = [code for code in _CODES if code in counts.index and code not in told]
    codes = [] if name == "frame" else codes
    return [
        Finding.of(
            "T021",
            "",
            f"the column {header!r} ({name}) is {code} in {counts[code]} of "
            f"{number_of(len(values), 'row')}, which looks like a code for unknown",
            name=name,
            word=code,
        )
        for code in codes
    ]


def _shortened(name: str, header: str, values: pd.Series) -> list[Finding]:
    """Return whether identifiers were saved as numbers of a few digits, so that several are one."""
    damaged = values[values.str.fullmatch(_SCIENTIFIC)]
    if damaged.empty:
        return []
    message = (
        f"the column {header!r} ({name}) is {damaged.iloc[0]} in {number_of(len(damaged), 'row')}: "
        "a long number of which the last digits are lost"
    )
    return [Finding.of("T033", "", message)]


def _hardly_filled(homes: dict[str, str], cases: dict[str, pd.Series]) -> list[Finding]:
    """Return the columns that are unknown in at least half of the rows."""
    findings = []
    for name, header in homes.items():
        values = cases[name]
        unknown = int((values.isna() | values.isin(["", UNKNOWN])).sum())
        if name not in _SELDOM_GIVEN and len(values) >= 2 and unknown * 2 >= len(values):
            rows = number_of(len(values), "row")
            message = f"{name} (the column {header!r}) is unknown in {unknown} of {rows}"
            findings.append(Finding.of("T020", "", message))
    return findings


def _numbers(name: str, values: pd.Series, divisor: int, unknown: set[str]) -> pd.Series:
    """Return a column of numbers; what is not one stays as written, for `table.check` to name."""
    numbers = {value: _number(name, value, divisor, unknown) for value in values.unique()}
    return values.map(numbers).astype(object)


def _number(name: str, value: str, divisor: int, unknown: set[str]) -> float | str:
    if _unknown(value) or vocabulary.normal_form(value) in unknown:
        return float("nan")
    plain = value.removeprefix("'")  # Excel's mark for text
    if name in LENGTHS and (measured := _WITH_LENGTH.match(plain)):
        plain, divisor = measured["number"], PER_CM[measured["unit"].lower()]
    elif name == "age_years" and (measured := _WITH_YEARS.match(plain)):
        plain = measured["number"]
    plain = plain.replace(",", ".") if _DECIMAL_COMMA.match(plain) else plain
    # In decimal digits, so that 4.2 mm are 0.42 cm and not the float next to it.
    return float(Decimal(plain) / divisor) if _NUMBER.match(plain) else value


def _known_text(values: pd.Series) -> pd.Series:
    """Return a column of text, empty where it is unknown."""
    return values.mask(values.map({value: _unknown(value) for value in values.unique()}), "")


def _told_unknown(values: pd.Series, words: set[str]) -> pd.Series:
    """Return which cells say that they are not known, rather than nothing."""
    told = {
        value: bool(value) and (_unknown(value) or vocabulary.normal_form(value) in words)
        for value in values.unique()
    }
    return values.map(told).astype(bool)


def _unknown(value: str) -> bool:
    return vocabulary.normal_form(value) in vocabulary.UNKNOWN_WORDS


def _further(path: Path, table: Cells, named: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the further columns that come along, by their name in the cohort, and what is wrong.

    The column of folds comes along without being named: it is the study's own.
    """
    headers = list(table.cells.columns)
    homes, problems = {}, []
    for mapped in [*named, *(header for header in headers if _form(header) in _FOLDS)]:
        fitting = [mapped] if mapped in headers else _of_form(mapped, headers)
        if len(fitting) != 1:
            near = closest(mapped, headers)
            problems.append(
                f"cohort.further names {mapped!r}, but {path.name} has no such column{near}. Its "
                f"columns are: {', '.join(map(repr, headers))}."
            )
            continue
        header = fitting[0]
        homes[header if header.startswith("x_") else f"x_{header}"] = header
    return homes, problems


def _of_form(name: str, headers: list[str]) -> list[str]:
    return [header for header in headers if _form(header) == _form(name)]


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
    """Return a column's name without regard to capitals, blanks, punctuation and accents' form."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\W_]+", "_", plain).strip("_")
