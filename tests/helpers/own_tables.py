"""A hospital's table as a file, and read as the study reads it."""

from smallmass.cohort.own_table import read_own_table
from study_settings import cohort_settings


def read(path, needed=("case_id",), **mapping):
    """Read a table of the settings ``mapping`` (columns, units, words, sheet)."""
    return read_own_table(path, cohort_settings(mapping), needed)


def write(path, text, encoding="utf-8"):
    """Write a table and return its path."""
    path.write_bytes(text.encode(encoding))
    return path
