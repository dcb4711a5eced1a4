"""Pages on which a person sees every imported image, and the sign-off that follows.

No program finds all text in an image, so a person looks: the study goes on once the hash of
exactly these images stands in the configuration.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from smallmass.cohort.images import read_grey

COLUMNS, ROWS = 4, 3
CELL_WIDTH, CELL_HEIGHT = 420, 340  # px: lettering 12 px high on the screen stays legible
CAPTION_HEIGHT, MARGIN = 20, 6
PAPER, INK = 255, 0


def draw_pages(folder: Path, images: Sequence[str], pages: Path) -> list[str]:
    """Draw all images, twelve to a page, each over the hash that is its name.

    Args:
        folder: The folder that ``images`` are relative to.
        images: The images, in the order in which they are shown.
        pages: The folder to which ``page_001.png`` and so on are written.

    Returns:
        list: The pages' names.
    """
    pages.mkdir(parents=True, exist_ok=True)
    size = COLUMNS * ROWS
    names = []
    for number, start in enumerate(range(0, len(images), size), 1):
        names.append(f"page_{number:03d}.png")
        _page(folder, images[start : start + size]).save(pages / names[-1], format="PNG")
    return names


def sign_off_hash(images: dict[str, str]) -> str:
    """Return what a person signs off: SHA-256 over the names and pixels of all images.

    Args:
        images: Of every image its name and the SHA-256 of its pixels.
    """
    lines = [f"{name} {pixels}\n" for name, pixels in sorted(images.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _page(folder: Path, images: Sequence[str]) -> Image.Image:
    width = COLUMNS * (CELL_WIDTH + MARGIN) + MARGIN
    height = ROWS * (CELL_HEIGHT + CAPTION_HEIGHT + MARGIN) + MARGIN
    page = Image.new("L", (width, height), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=14)
    for position, name in enumerate(images):
        row, column = divmod(position, COLUMNS)
        left = MARGIN + column * (CELL_WIDTH + MARGIN)
        top = MARGIN + row * (CELL_HEIGHT + CAPTION_HEIGHT + MARGIN)
        page.paste(_thumbnail(read_grey(folder / name)), (left, top))
        draw.text((left, top + CELL_HEIGHT + 1), Path(name).stem, fill=INK, font=font)
    return page


def _thumbnail(levels: np.ndarray) -> Image.Image:
    """Return an image that fits a cell; none is enlarged."""
    image = Image.fromarray(levels)
    image.thumbnail((CELL_WIDTH, CELL_HEIGHT), Image.Resampling.LANCZOS)
    return image
