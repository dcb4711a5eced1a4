"""The audit's page: findings first, then every printed number with its verdict."""

import io
from typing import Any

from printed_numbers.check_intervals import matches
from printed_numbers.denominators import explained
from printed_numbers.engine import Audit
from printed_numbers.grim import counts
from printed_numbers.intervals import INTERVAL_METHODS, NAMES
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed
from printed_numbers.verdicts import CONSISTENT, RANKING_RULE, VERDICTS

TEMPLATE = "audit.html.j2"
_INK, _ACCENT, _WARN = "#56616b", "#0a5c92", "#a53f00"


def render(audit: Audit) -> str:
    """Return the page as HTML: styles and figures inside, no script, no link to another file.

    Example:
        >>> from printed_numbers.engine import audit
        >>> page = render(audit(Paper("A paper", "nowhere", numbers={}, relations=[])))
        >>> "<h1>" in page, "<script" in page
        (True, False)
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("printed_numbers", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    tally = {name: 0 for name in VERDICTS}
    for check in audit.overall.values():
        tally[check.kind] += 1
    return environment.get_template(TEMPLATE).render(
        title=audit.paper.title,
        source=audit.paper.source,
        wrong=[finding for finding in audit.findings if finding.verdict != CONSISTENT],
        right=[finding for finding in audit.findings if finding.verdict == CONSISTENT],
        numbers=audit.paper.numbers,
        tally=tally,
        verdicts={name: meaning for name, (meaning, _) in VERDICTS.items()},
        rule=RANKING_RULE,
        places=", ".join(f"{name} {points}" for name, points in audit.paper.places.items()),
        overall=audit.overall,
        checks={name: [c for c in audit.checks if c.id == name] for name in audit.paper.numbers},
        number_of_checks=len(audit.checks),
        matrices=[
            _matrix(audit.paper, r) for r in audit.paper.relations if r["check"] == "intervals"
        ],
        columns=[
            _search_figure(audit.paper, relation)
            for relation in audit.paper.relations
            if relation["check"] == "denominators" and _unexplained(audit.paper, relation)
        ],
    )


def _matrix(paper: Paper, relation: dict[str, Any]) -> dict[str, Any]:
    """Return which method gives which interval of a table."""
    rows = []
    for row in relation["rows"]:
        number, n = paper[row["value"]], paper.count(row["of"])
        methods = matches(number, n, relation.get("confidence", 0.95))
        rows.append(
            {
                "number": number,
                "n": n,
                "hits": [method in methods for method in INTERVAL_METHODS],
                "note": _note(number, n, methods),
            }
        )
    return {
        "table": relation["table"],
        "methods": [NAMES[method] for method in INTERVAL_METHODS],
        "rows": rows,
    }


def _note(number: Printed, n: int, methods: list[str]) -> str:
    """Return why no method gives an interval; empty if one does."""
    if methods:
        return ""
    has_count = counts(number.value, number.decimals, n)
    return "none of them" if has_count else "no count at this n"


def _unexplained(paper: Paper, relation: dict[str, Any]) -> bool:
    """Return whether a stated denominator fails to give a percentage of its column."""
    return any(
        not counts(paper[name].value, paper[name].decimals, paper.count(column["of"]))
        for column in relation["columns"]
        for name in column["values"]
    )


def _search_figure(paper: Paper, relation: dict[str, Any]) -> dict[str, str]:
    """Draw, for each column, how many numbers each denominator explains; return SVG and words."""
    import matplotlib
    from matplotlib.figure import Figure

    columns = relation["columns"]
    everyone = relation.get("everyone")
    lines = []
    with matplotlib.rc_context({"svg.hashsalt": "smallmass", "svg.fonttype": "path"}):
        figure = Figure(figsize=(10, 1.9 * len(columns)), layout="constrained")
        panels = figure.subplots(len(columns), 1, squeeze=False)[:, 0]
        for panel, column in zip(panels, columns, strict=True):
            rows, stated = [paper[name] for name in column["values"]], paper.count(column["of"])
            tried = range(2, (paper.count(everyone) if everyone else 10 * stated) + 1)
            score = explained(rows, tried)
            most = len(rows) + sum(bool(row.low) for row in rows)
            panel.vlines(tried, 0, score, color="#c3ccd4", linewidth=0.7)
            full = [n for n, s in zip(tried, score, strict=True) if s == most]
            panel.vlines(full, 0, most, color=_WARN, linewidth=2)
            panel.axvline(stated, color=_ACCENT, linewidth=1.2, linestyle="--")
            for n, colour, word in [
                (stated, _ACCENT, "stated"),
                *((n, _WARN, "all") for n in full),
            ]:
                left = n == stated and bool(full) and n < full[0]
                panel.annotate(
                    f"{word}: {n}",
                    (n, most),
                    xytext=(-5 if left else 5, 3),
                    textcoords="offset points",
                    color=colour,
                    fontsize=9,
                    ha="right" if left else "left",
                )
            panel.set_ylim(0, most + 1)
            panel.set_yticks(range(0, most + 1, 2))
            panel.set_xlim(0, tried[-1] + 5)
            panel.set_ylabel(f"{column['name']}:\nexplained of {most}", fontsize=9, color=_INK)
            panel.spines[["top", "right"]].set_visible(False)
            lines.append(
                f"{column['name']}: {', '.join(map(str, full)) or 'no denominator'} explains all "
                f"{most}; the stated {stated} explains {score[stated - 2]}"
            )
        panels[-1].set_xlabel("denominator tried", fontsize=9, color=_INK)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    return {"svg": svg[svg.index("<svg") :], "caption": f"{relation['table']}. " + "; ".join(lines)}
