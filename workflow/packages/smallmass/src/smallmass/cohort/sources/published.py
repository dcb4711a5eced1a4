"""What the readers of public datasets share: their tables, words and files that no table lists."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.spreadsheet import read_cells
from smallmass.counts import first_of
from smallmass.errors import UserError

AS_PUBLISHED = "Take the file as it was published."
_SHOWN = 5


def read_table(root: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of a published dataset as text.

    Args:
        root: The folder of public datasets.
        name: The table's path below it, a CSV or XLSX file.
        columns: The columns that the reader needs. A table that has one in other letters, or with
            blanks around it, gets it under the name given here.

    Returns:
        pd.DataFrame: Text without outer blanks, empty where unknown; rows that are empty
        altogether are left out. The index counts the file's rows from 0.

    Raises:
        UserError: If the file is no table, or lacks columns.
    """
    path = root / name
    try:
        table = read_cells(path, known=columns)
    except UserError as error:
        reasons = [problem.removeprefix(f"{path}: ") for problem in error.problems]
        raise UserError(
            f"{name} cannot be read: {reason} {AS_PUBLISHED}" for reason in reasons
        ) from None
    names = {column.strip().casefold(): column for column in table.cells.columns}
    missing = [column for column in columns if column.casefold() not in names]
    if missing:
        raise UserError(
            f"{name} has no column {', '.join(missing)}. It has: "
            f"{', '.join(table.cells.columns)}. {AS_PUBLISHED}"
        )
    # A spreadsheet counts rows from 1, and its header is the first.
    cells = table.cells.set_axis([number - 2 for number in table.rows], axis="index")
    return cells.rename(columns={names[column.casefold()]: column for column in columns})


def translate(
    values: pd.Series, words: dict[str, str], case_ids: pd.Series, where: str
) -> tuple[pd.Series, list[str]]:
    """Translate a dataset's words into the cohort's.

    Args:
        values: The dataset's words, as text; their case does not matter.
        words: The cohort's word for each in lower case.
        case_ids: The case of each value.
        where: The file and column, for messages.

    Returns:
        tuple: The cohort's words, empty where unknown; and a problem for every unknown word.
    """
    lower = values.str.casefold()
    unknown = case_ids[~lower.isin(list(words))].groupby(values)
    problems = [
        f"{where} is {word!r} for {some(ids)}: a word that this dataset does not use. It uses: "
        f"{', '.join(filter(None, words))}. {AS_PUBLISHED}"
        for word, ids in unknown
    ]
    return lower.map(words).fillna(""), problems


def some(names: Iterable[str]) -> str:
    """Return names as text, the first few of them where there are many."""
    return first_of(names, _SHOWN)


def normal(case_id: str) -> Finding:
    """Return the finding of an image of normal tissue."""
    return Finding.of("T011", case_id, "an image of normal tissue, without a lesion")


def unlisted(root: Path, folder: str, pattern: str, listed: Iterable[str]) -> list[Finding]:
    """Return a finding for every image that the dataset's table does not list.

    Args:
        root: The folder of public datasets.
        folder: The images' folder below it.
        pattern: What a whole image name looks like (regular expression).
        listed: The names that the table lists.
    """
    names = {path.name for path in (root / folder).iterdir() if re.fullmatch(pattern, path.name)}
    return [
        Finding.of(
            "P001",
            Path(name).stem,
            f"{folder}/{name} is not in the dataset's table, so its label is unknown",
        )
        for name in sorted(names - set(listed))
    ]
