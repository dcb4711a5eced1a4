"""How pages and tables are written: files in the forms of a printed table, HTML by templates."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostic_accuracy.printing import PrintedTable, as_csv, as_latex, as_markdown
from smallmass.files import write_text

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
def environment() -> "jinja2.Environment":
    """Return where templates are found; a value that a template lacks is an error."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("smallmass.paper", "."),
        autoescape=lambda name: ".html" in (name or ""),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def as_html(table: PrintedTable) -> str:
    """Return a table as it stands on the report page."""
    macros = environment().get_template("tables.html.j2").module
    return str(macros.paper(table) if table.name else macros.plain(table))  # type: ignore[attr-defined]
