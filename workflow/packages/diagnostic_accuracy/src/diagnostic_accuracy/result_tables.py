"""Several results as one table: a line a result, in text, Markdown, LaTeX and HTML."""

from collections.abc import Sequence
from html import escape

from diagnostic_accuracy.results import Result, format_p, latex

HEADER = ("", "estimate", "P", "n", "method", "source", "note")


def text(results: Sequence[Result], digits: int = 3) -> str:
    """Return a line a result."""
    return "\n".join(result.text(digits) for result in results)


def markdown(results: Sequence[Result], digits: int = 3) -> str:
    """Return a Markdown table."""
    lines = [HEADER, ("---",) * len(HEADER), *_rows(results, digits)]
    cells = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def to_latex(results: Sequence[Result], digits: int = 3) -> str:
    """Return a LaTeX tabular."""
    lines = [" & ".join(latex(cell) for cell in line) for line in (HEADER, *_rows(results, digits))]
    body = " \\\\\n".join([lines[0], *lines[1:]])
    return f"\\begin{{tabular}}{{{'l' * len(HEADER)}}}\n{body} \\\\\n\\end{{tabular}}\n"


def html(results: Sequence[Result], digits: int = 3) -> str:
    """Return an HTML table."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in HEADER)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
        for row in _rows(results, digits)
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _rows(results: Sequence[Result], digits: int) -> list[tuple[str, ...]]:
    """Return the cells of every result; empty where a result has no P."""
    return [
        (
            result.name,
            result.value(digits),
            "" if result.p_value != result.p_value else format_p(result.p_value),
            result.fraction() or str(result.n),
            result.method,
            result.source,
            "; ".join(
                [*(f"{name} {count}" for name, count in result.cells)]
                + ([result.note] if result.note else [])
            ),
        )
        for result in results
    ]
