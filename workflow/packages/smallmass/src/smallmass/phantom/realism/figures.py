"""The figures of the comparison: each shows phantoms and real scans together."""

from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.phantom.realism import statistics
from smallmass.phantom.realism.pictures import PHANTOMS, REAL
from smallmass.phantom.realism.scanners import same_lesion
from smallmass.phantom.scanners import SCANNERS
from smallmass.style import BLUE, INK, ORANGE, drawing, save

COLOURS = {PHANTOMS: BLUE, REAL: ORANGE}
BINS = 30


def speckle(of_pictures: pd.DataFrame, out: Path) -> None:
    """Draw the speckle statistics of both sources."""
    _histograms(of_pictures, statistics.SPECKLE, out / "speckle", "Speckle outside the lesion")


def lesion_size(of_pictures: pd.DataFrame, out: Path) -> None:
    """Draw the lesions' sizes in both sources."""
    names = ("diameter_file_px", "diameter_share", "area_share")
    titles = {name: statistics.LESION[name] for name in names}
    _histograms(of_pictures, titles, out / "lesion_size", "Lesion size in the picture")


def contrast(of_pictures: pd.DataFrame, out: Path) -> None:
    """Draw the contrast of lesions to their surround in both sources."""
    titles = {name: statistics.LESION[name] for name in ("contrast", "cnr")}
    _histograms(of_pictures, titles, out / "contrast", "Lesion against its surround")


def depth(shares: dict[str, np.ndarray], out: Path) -> None:
    """Draw the grey-level histogram by depth of both sources, side by side."""
    with drawing():
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
        most = max(float(share.max()) for share in shares.values())
        middles = (np.arange(statistics.LEVELS) + 0.5) * 256 / statistics.LEVELS
        for ax, (source, share) in zip(axes, shares.items(), strict=False):
            ax.imshow(
                np.maximum(share, most / 300),
                extent=(0, 256, 1, 0),
                aspect="auto",
                cmap="viridis",
                norm="log",
                vmin=most / 300,
                vmax=most,
            )
            ax.set(title=source, xlabel="grey level", ylabel="depth / depth of the picture")
        for source, share in shares.items():
            at = (np.arange(statistics.BANDS) + 0.5) / statistics.BANDS
            lines = [
                [np.interp(part, np.cumsum(row), middles) for row in share]
                for part in (0.25, 0.5, 0.75)
            ]
            axes[2].fill_betweenx(at, lines[0], lines[2], color=COLOURS[source], alpha=0.25, lw=0)
            axes[2].plot(lines[1], at, color=COLOURS[source], label=source)
        axes[2].set(title="median and quartiles", xlabel="grey level", xlim=(0, 256), ylim=(1, 0))
        axes[2].legend()
        figure.suptitle(
            "Grey levels by depth (colour: share of the pixels, logarithmic)", fontsize=10
        )
        save(figure, out / "depth.svg", out / "depth.png")


def scanners(seed: int, out: Path) -> None:
    """Draw two breasts with their lesions as each of the five scanners shows them."""
    with drawing():
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(2, len(SCANNERS), figsize=(10, 4.3), layout="constrained")
        for number, row in enumerate(axes, 1):
            images = same_lesion(number, seed=seed, malignant=number == 2)
            for ax, image, scanner in zip(row, images, SCANNERS, strict=True):
                ax.imshow(image, cmap="gray", vmin=0, vmax=255)
                ax.set_axis_off()
                if number == 1:
                    ax.set_title(scanner.name, fontsize=9)
        figure.suptitle(
            "Simulated: a benign and a malignant lesion as each of the five scanners shows them",
            fontsize=9,
            color=INK,
        )
        save(figure, out / "scanners.svg", out / "scanners.png")


def _histograms(of_pictures: pd.DataFrame, titles: dict[str, str], path: Path, name: str) -> None:
    """Draw a histogram of both sources for every statistic, and save the figure."""
    with drawing():
        import matplotlib.pyplot as plt

        across = min(4, len(titles))
        down = -(-len(titles) // across)
        figure, axes = plt.subplots(
            down, across, figsize=(2.7 * across, 2.3 * down + 0.4), layout="constrained"
        )
        flat = np.atleast_1d(axes).ravel()
        for ax, (column, title) in zip(flat, titles.items(), strict=False):
            values = of_pictures[column].dropna()
            low, high = np.quantile(values, [0.005, 0.995])
            edges = np.linspace(low, high, BINS + 1)
            for source, colour in COLOURS.items():
                own = of_pictures.loc[of_pictures["source"] == source, column].dropna()
                ax.hist(
                    np.clip(own, edges[0], edges[-1]),
                    edges,
                    density=True,
                    color=colour,
                    alpha=0.55,
                    label=f"{source} (n = {len(own)})",
                )
            ax.set_xlabel(title)
            ax.set_yticks([])
        for ax in flat[len(titles) :]:
            ax.set_axis_off()
        figure.legend(*flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(name, fontsize=10)
        save(figure, path.with_suffix(".svg"), path.with_suffix(".png"))
