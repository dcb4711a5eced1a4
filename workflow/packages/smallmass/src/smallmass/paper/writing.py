"""How pages and tables are written: files in the forms of a printed table, HTML by templates."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from diagnostic_accuracy.printing import PrintedTable, as_csv, as_latex, as_markdown
from diagnostic_accuracy.rounding import half_up, joined
from smallmass.files import write_text
from smallmass.paper.glossary import explained
from smallmass.status import NO_SECOND_READING, NOT_ESTIMABLE

if TYPE_CHECKING:
    import jinja2


FORMS = {"csv": as_csv, "md": as_markdown, "tex": as_latex}


def write_table(table: PrintedTable, **paths: str | Path) -> None:
    """Write a table as files; each carries the notes.

    Args:
        table: The table.
        **paths: The path of each form: csv, md, tex.
    """
    for form, path in paths.items():
        write_text(path, FORMS[form](table))


@cache
def template(name: str) -> "jinja2.Template":
    """Return a template of the pages; a value that it lacks is an error.

    In pages, text is escaped and a line of a tag alone leaves no line; elsewhere layout counts.
    """
    import jinja2

    page = name.endswith(".html.j2")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("smallmass.paper", "."),
        autoescape=page,
        trim_blocks=page,
        lstrip_blocks=page,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {
        "not_estimable": NOT_ESTIMABLE,
        "no_second_reading": str(NO_SECOND_READING),
    }
    environment.filters |= {
        "between": between,
        "backticks": backticks,
        "capital": capital,
        "dois_whole": dois_whole,
        "explained": explained,
        "number": "{:,}".format,
        "typeset": typeset,
        "numeric": numeric,
    }
    return environment.get_template(name)


def between(numbers: Iterable[float], digits: int = 0) -> str:
    """Return the lowest and the highest number, or the one that there is."""
    known = list(numbers)
    low, high = (f"{Decimal(half_up(end(known), digits)):,}" for end in (min, max))
    return low if low == high else joined(low, high)


def typeset(text: str) -> str:
    """Return a text with a minus before negative numbers, and ≤ and ≥.

    Example:
        >>> typeset("-8.3 (-16.0 to -0.6), 2486-2495, >= 0.05")
        '−8.3 (−16.0 to −0.6), 2486-2495, ≥ 0.05'
    """
    text = re.sub(r"(?<![\w.)-])-(?=[\d.])", "−", text)
    return text.replace(">=", "≥").replace("<=", "≤")


def dois_whole(text: str) -> Markup:
    """Return a text as HTML that breaks no line within a DOI, whose hyphens would let it.

    Example:
        >>> dois_whole("2023;13(4):2486–2495, doi 10.21037/qims-22-880.")
        Markup('2023;13(4):2486–2495, <span class="whole">doi 10.21037/qims-22-880</span>.')
    """
    return Markup(re.sub(r"doi 10\.\S*\w", r'<span class="whole">\g<0></span>', str(escape(text))))


def backticks(text: str) -> Markup:
    """Return a text as HTML, what stands in backticks as code.

    Example:
        >>> backticks("study `own`: your folder")
        Markup('study <code>own</code>: your folder')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def numeric(text: str) -> bool:
    """Tell whether a cell holds numbers alone, as "-8.3 (-16.0 to -0.6)", which stay in a line."""
    return bool(re.fullmatch(r"[\d\s.,/()\[\]<>=%±−–-]+", text.replace("to", "")))


def capital(text: str) -> str:
    """Return a text that begins with a capital."""
    return text[:1].upper() + text[1:]


def as_html(table: PrintedTable) -> str:
    """Return a table as it stands on the report page."""
    macros = template("tables.html.j2").module
    return str(macros.paper(table) if table.name else macros.plain(table))  # type: ignore[attr-defined]
