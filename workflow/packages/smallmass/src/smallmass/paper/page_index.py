"""The contents of the page: its sections in the paper's order, and every table and figure."""

import re
from html import unescape

from markupsafe import Markup, escape

CONTENTS = {
    "Study": (
        ("flow", "Flow of cases"),
        ("left-out", "Left out, copies"),
        ("patients", "Patients"),
        ("model", "Model"),
    ),
    "Results": (
        ("results", "Results"),
        ("cases", "Representative cases"),
        ("performance", "Performance in full"),
        ("comparisons", "Comparisons"),
        ("calibration", "Calibration"),
        ("decision", "Decision curves"),
        ("subgroups", "Subgroups"),
        ("further", "Predictive values, more"),
        ("rivals", "Beside rivals"),
        ("cutoff", "The cut-off in hand"),
        ("browser", "Case browser"),
        ("failures", "What went wrong"),
        ("training", "Training"),
    ),
    "Checks": (
        ("nulls", "Nulls of the second reading"),
        ("choices", "Every choice"),
        ("printed", "Printed margins"),
        ("scorecard", "Scorecard"),
    ),
    "Records": (
        ("audit", "Audit of the paper"),
        ("checklists", "Checklists"),
        ("settings", "Settings"),
        ("provenance", "Provenance"),
        ("times", "Times and costs"),
        ("cite", "How to cite, commands"),
        ("glossary", "Terms"),
        ("index", "Tables and figures"),
    ),
}
MARK = "⟨index⟩"
"""Where the list of tables and figures goes; it is made from the page itself."""
_TABLE = r'<table[^>]* id="([^"]+)"[^>]*>\s*<caption>(.*?)</caption>'
_FIGURE = r'<figure id="([^"]+)".*?<figcaption>(.*?)</figcaption>'
WORDS = 22


def with_index(page: str) -> str:
    """Return the page with the list of its tables and figures, each with a link, at `MARK`."""
    found = [
        (match.start(), match[1], _short(match[2]))
        for pattern in (_TABLE, _FIGURE)
        for match in re.finditer(pattern, page, re.DOTALL)
    ]
    items = "".join(f'<li><a href="#{name}">{text}</a></li>' for _, name, text in sorted(found))
    return page.replace(f"<p>{MARK}</p>", f"<ul>{items}</ul>")


def _short(caption: str) -> Markup:
    """Return a caption without its tags, its first words alone."""
    words = unescape(re.sub(r"<[^>]*>", "", caption)).split()
    return escape(" ".join(words[:WORDS]) + ("…" if len(words) > WORDS else ""))
