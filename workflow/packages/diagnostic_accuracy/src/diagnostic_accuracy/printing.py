"""A printed table, and its writers: CSV, Markdown, LaTeX (booktabs) and HTML."""

import csv
import io
from dataclasses import dataclass
from html import escape

GROUP = "group"  # a heading inside the table: text in the first column alone
ITEM = "item"  # an indented row under such a heading
PLAIN = "plain"
RULE = "rule"  # a row that opens a new block: a line stands above it
P_ROW = "p"  # a row of P values
SPAN = "span"  # the second text stands across all columns but the first

TEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "–": "--",
    "—": "---",
    "−": r"$-$",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"\textbar{}",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "“": "``",
    "”": "''",
    "’": "'",
    "…": r"\ldots{}",
}


@dataclass(frozen=True)
class Heading:
    """One cell of the header: its text and the number of columns it stands over."""

    text: str
    columns: int = 1


@dataclass(frozen=True)
class Row:
    """One row of the body: as many texts as the table has columns, and its kind."""

    cells: tuple[str, ...]
    kind: str = PLAIN


@dataclass(frozen=True)
class PrintedTable:
    """A table as it is printed, every number a text already.

    Args:
        name: "Table 1"; empty for a table that no text refers to.
        title: What follows the name; may be empty, too.
        header: One or two rows of headings; each row spans all columns.
        rows: The body.
        notes: The sentences beneath.
        texts: How many columns, from the left, hold words: they stand on the left.

    Raises:
        ValueError: If a row or a header has another number of columns than the table.
    """

    name: str
    title: str
    header: tuple[tuple[Heading, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    texts: int = 1

    def __post_init__(self) -> None:
        width = self.width
        for line in self.header:
            if sum(cell.columns for cell in line) != width:
                raise ValueError(f"{self.name}: a header row does not span {width} columns")
        for row in self.rows:
            if len(row.cells) != width:
                raise ValueError(f"{self.name}: row {row.cells[0]!r} does not have {width} cells")

    @property
    def width(self) -> int:
        """Number of columns."""
        return sum(cell.columns for cell in self.header[0])

    def column_names(self) -> list[str]:
        """Return one name a column: the headings above it, joined by ": "."""
        spread = [[cell.text for cell in line for _ in range(cell.columns)] for line in self.header]
        return [": ".join(part for part in parts if part) for parts in zip(*spread, strict=True)]


def as_csv(table: PrintedTable) -> str:
    """Return the table as CSV; the notes are the last rows, in the first column."""
    blank = ("",) * (table.width - 1)
    lines = [table.column_names(), *(row.cells for row in table.rows)]
    lines += [(f"Note: {note}", *blank) for note in table.notes]
    with io.StringIO(newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(lines)
        return text.getvalue()


def as_markdown(table: PrintedTable) -> str:
    """Return the table as GitHub Markdown with its title and notes."""
    lines = [f"**{table.name}.** {table.title}", ""] if table.name else []
    lines.append(_pipes([_md(name) for name in table.column_names()]))
    lines.append(_pipes([":---"] * table.texts + ["---:"] * (table.width - table.texts)))
    for row in table.rows:
        cells = [_md(cell) for cell in row.cells]
        if row.kind == GROUP:
            cells[0] = f"**{cells[0]}**"
        elif row.kind == ITEM:
            cells[0] = "&emsp;" + cells[0]
        lines.append(_pipes(cells))
    for note in table.notes:
        lines += ["", _md(note)]
    return "\n".join(lines) + "\n"


def as_latex(table: PrintedTable) -> str:
    r"""Return a ``table`` environment; the document needs ``\usepackage{booktabs}``."""
    # Seven columns, or a reason in a cell, fit an A4 page in the smaller type alone.
    wide = table.width > 5 or any(len(cell) > 40 for row in table.rows for cell in row.cells)
    size = r"\scriptsize" if wide else r"\footnotesize"
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        rf"\centering{size}\setlength{{\tabcolsep}}{{4pt}}",
        *([rf"\caption{{{_tex(table.title)}}}"] if table.title else []),
        rf"\begin{{tabular}}{{{'l' * table.texts}{'c' * (table.width - table.texts)}}}",
        r"\toprule",
    ]
    for line in table.header:
        lines.append(" & ".join(_tex_heading(cell) for cell in line) + r" \\")
        if line is not table.header[-1]:
            lines += _cmidrules(line)
    lines.append(r"\midrule")
    for position, row in enumerate(table.rows):
        if row.kind == RULE and position:
            lines.append(r"\midrule")
        if row.kind == GROUP and position:
            lines.append(r"\addlinespace")
        cells = [_tex(cell) for cell in row.cells]
        if row.kind == ITEM:
            cells[0] = r"\quad " + cells[0]
        if row.kind == SPAN:
            cells = [cells[0], rf"\multicolumn{{{table.width - 1}}}{{c}}{{{cells[1]}}}"]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.notes:
        lines.append(r"\par\smallskip\begin{minipage}{\linewidth}\footnotesize")
        lines += [_tex(note) + r"\par" for note in table.notes]
        lines.append(r"\end{minipage}")
    lines.append(r"\end{table}")
    return "\n".join(lines) + "\n"


def as_html(table: PrintedTable) -> str:
    """Return a ``<table>`` with caption, column and row headers, and the notes beneath."""
    caption = " ".join(part for part in (table.name, table.title) if part)
    lines = ["<table>", f"<caption>{escape(caption)}</caption>" if caption else "", "<thead>"]
    for line in table.header:
        cells = (f'<th colspan="{cell.columns}">{escape(cell.text)}</th>' for cell in line)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</thead><tbody>")
    for row in table.rows:
        first, *rest = map(escape, row.cells)
        cells = (f"<td>{cell}</td>" for cell in rest)
        lines.append(f'<tr class="{row.kind}"><th scope="row">{first}</th>{"".join(cells)}</tr>')
    lines.append("</tbody></table>")
    lines += [f"<p>{escape(note)}</p>" for note in table.notes]
    return "\n".join(line for line in lines if line)


class Prints:
    """What has a `table` of itself prints it in Markdown, LaTeX and HTML."""

    def table(self, digits: int = 3) -> PrintedTable:
        """Return what is printed, with numbers of so many decimals."""
        raise NotImplementedError

    def to_markdown(self, digits: int = 3) -> str:
        """Return `table` in Markdown."""
        return as_markdown(self.table(digits))

    def to_latex(self, digits: int = 3) -> str:
        """Return `table` in LaTeX, for booktabs."""
        return as_latex(self.table(digits))

    def to_html(self, digits: int = 3) -> str:
        """Return `table` in HTML."""
        return as_html(self.table(digits))

    def _repr_html_(self) -> str:
        return self.to_html()


def _pipes(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _md(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _tex(text: str) -> str:
    return "".join(TEX.get(letter, letter) for letter in text)


def _tex_heading(cell: Heading) -> str:
    text = _tex(cell.text)
    return rf"\multicolumn{{{cell.columns}}}{{c}}{{{text}}}" if cell.columns > 1 else text


def _cmidrules(line: tuple[Heading, ...]) -> list[str]:
    """Return the short rules under the headings that stand over several columns."""
    rules, start = [], 1
    for cell in line:
        if cell.columns > 1:
            rules.append(rf"\cmidrule(lr){{{start}-{start + cell.columns - 1}}}")
        start += cell.columns
    return rules
