"""What Figure 1 is drawn with: texts, boxes, arrows and pictures on a sheet of its own units."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from smallmass import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

WIDTH, HEIGHT = 140.0, 74.0  # of the sheet; a unit is a tenth of an inch
TEXT: dict[str, Any] = {
    "size": 9.0,
    "color": style.INK,
    "ha": "center",
    "va": "center",
    "zorder": 6,
    "linespacing": 1.25,
}

BOX: dict[str, Any] = {"lw": 1.0, "ls": "-", "zorder": 2}


@dataclass(frozen=True)
class Frame:
    """Where a square picture lies on the sheet.

    Attributes:
        x: Of its lower left corner.
        y: Likewise.
        side: Its width and height.
        pixels: Width and height of the picture itself, px.
    """

    x: float
    y: float
    side: float
    pixels: int


def text(axes: "Axes", x: float, y: float, words: str, **look: Any) -> None:
    """Write words; ``look`` is Matplotlib's, in place of `TEXT`."""
    axes.text(x, y, words, **(TEXT | look))


def box(
    axes: "Axes",
    place: tuple[float, float, float, float],
    *,
    edge: str,
    face: str,
    radius: float = 0.6,
    **look: Any,
) -> None:
    """Draw a box with round corners.

    Args:
        axes: The sheet.
        place: x and y of its lower left corner, width, height.
        edge: Colour of its line.
        face: Colour of its face.
        radius: Of its corners.
        **look: Matplotlib's, such as lw and ls.
    """
    from matplotlib.patches import FancyBboxPatch

    x, y, width, height = place
    shape = f"round,pad=0,rounding_size={radius}"
    axes.add_patch(
        FancyBboxPatch((x, y), width, height, boxstyle=shape, ec=edge, fc=face, **(BOX | look))
    )


def slab(x: float, y: float, width: float, height: float, colour: str, alpha: float) -> "Rectangle":
    """Return an upright bar, its colour mixed with white: opaque, so that bars overlap."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    face = tuple(1 - alpha * (1 - part) for part in to_rgb(colour))
    return Rectangle((x, y), width, height, fc=face, ec="white", lw=0.8, zorder=3)


def arrow(
    axes: "Axes", start: tuple[float, float], end: tuple[float, float], lw: float = 1.3
) -> None:
    """Draw an arrow from one point to another."""
    from matplotlib.patches import FancyArrowPatch

    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=9 if lw > 1 else 6,
            lw=lw,
            color=style.INK,
            shrinkA=0,
            shrinkB=0,
            zorder=5,
        )
    )


def elbow(axes: "Axes", points: list[tuple[float, float]]) -> None:
    """Draw an arrow along several points."""
    xs, ys = zip(*points[:-1], strict=True)
    axes.plot(xs, ys, color=style.INK, lw=1.3, zorder=5, solid_joinstyle="round")
    arrow(axes, points[-2], points[-1])


def picture(
    axes: "Axes",
    pixels: np.ndarray,
    x: float,
    y: float,
    side: float,
    *,
    dim: float = 1.0,
    colours: str = "gray",
) -> None:
    """Show pixels (0 to 255) as a square whose lower left corner is x, y."""
    axes.imshow(np.asarray(pixels, float) * dim, cmap=colours, vmin=0, vmax=255, zorder=3,
                extent=(x, x + side, y, y + side), aspect="auto", interpolation="none")  # fmt: skip
    axes.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))


def outline(axes: "Axes", box: Any, frame: Frame, **look: Any) -> None:
    """Draw a box (y1, x1, y2, x2) in px of the picture in a frame."""
    from matplotlib.patches import Rectangle

    y1, x1, y2, x2 = np.clip(box, 0, frame.pixels)
    scale = frame.side / frame.pixels
    corner = (frame.x + x1 * scale, frame.y + (frame.pixels - y2) * scale)
    size = ((x2 - x1) * scale, (y2 - y1) * scale)
    axes.add_patch(Rectangle(corner, *size, fc="none", zorder=5, ec=look.pop("color"), **look))
