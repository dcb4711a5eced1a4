"""Make the small pictures of README.md from the figures of a finished study.

uv run snakemake --cores all
uv run python docs/images/make.py results/synthetic/figures
"""

import sys
from pathlib import Path

from PIL import Image

WIDTH_PX = 1100
PICTURES = {"figure1_architecture": "png", "figure3_cases": "jpg"}


def on_white(path: Path) -> Image.Image:
    """Return a figure without its transparency, `WIDTH_PX` wide."""
    figure = Image.open(path).convert("RGBA")
    page = Image.new("RGBA", figure.size, "white")
    page.alpha_composite(figure)
    height = round(figure.height * WIDTH_PX / figure.width)
    return page.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name, kind in PICTURES.items():
        picture = on_white(Path(sys.argv[1], f"{name}.png"))
        if kind == "png":  # few colours
            picture = picture.quantize(64, dither=Image.Dither.NONE)
        picture.save(Path(__file__).with_name(f"{name}.{kind}"), optimize=True, quality=88)
