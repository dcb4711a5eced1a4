"""How the figures look and how they are saved: the same bytes for the same content."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallmass.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours (jfly.uni-koeln.de/color, 2008): told apart with any colour vision.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY = "#CC79A7", "#56B4E9"
INK, GREY, PALE = "#1a1a1a", "#6b6b6b", "#eef1f4"
MODEL_COLOURS = {"image": BLUE, "clinical": GREY, "regression": VERMILION, "tree": GREEN}
MODEL_LINES = {"image": "-", "clinical": (0, (1, 1.2)), "regression": (0, (5, 1.5)), "tree": "-."}
MODEL_MARKERS = {"image": "o", "clinical": "v", "regression": "s", "tree": "D"}
DPI = 300

SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "smallmass",  # element ids would otherwise be drawn at random
    "svg.fonttype": "path",
    "image.interpolation": "none",
}


_NO_METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


@contextmanager
def drawing() -> Iterator[None]:
    """Set the figures' style, and the Agg backend, for the body of a ``with``."""
    import matplotlib

    matplotlib.use("Agg")
    with matplotlib.rc_context(SETTINGS):
        yield


def stamp(figure: "Figure", notes: list[str], *, y: float = 0.012) -> None:
    """Write ``notes`` (simulated cohort, not pretrained) in small type at the foot of a figure.

    Args:
        figure: The figure; its lowest few percent must be free.
        notes: Sentences; nothing is drawn where there are none.
        y: Height of the text, as a share of the figure's height.
    """
    if notes:
        figure.text(
            0.5, y, "   ".join(notes), ha="center", va="bottom", fontsize=8, color=VERMILION
        )


def save(figure: "Figure", svg: str | Path, png: str | Path) -> None:
    """Write a figure as SVG and as PNG of 300 dpi, without dates or program versions."""
    import matplotlib.pyplot as plt

    for path, form in ((svg, "svg"), (png, "png")):
        write_bytes(path, _drawn(figure, form))
    plt.close(figure)


def as_svg(figure: "Figure") -> bytes:
    """Return a figure as SVG, for a page that holds it, and close it."""
    import matplotlib.pyplot as plt

    drawn = _drawn(figure, "svg")
    plt.close(figure)
    return drawn


def _drawn(figure: "Figure", form: str) -> bytes:
    with io.BytesIO() as buffer:
        figure.savefig(buffer, format=form, dpi=DPI, metadata=_NO_METADATA[form])
        return buffer.getvalue()
