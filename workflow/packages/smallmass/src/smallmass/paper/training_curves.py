"""The image model's training: its losses by epoch, a panel a seed and fit, for the report."""

from collections.abc import Mapping

import pandas as pd

from smallmass import style

COLUMNS = 4


def training_name(seed: str, fit: str) -> str:
    """Return what readers call a training.

    >>> training_name("seed0", "full"), training_name("seed1", "fold2")
    ('seed 1, all training cases', 'seed 2, without fold 2')

    Args:
        seed: Its folder, ``seed`` and a number from 0.
        fit: ``full``, or ``fold`` and the number of what is left out.
    """
    cases = "all training cases" if fit == "full" else f"without fold {fit.removeprefix('fold')}"
    return f"seed {int(seed.removeprefix('seed')) + 1}, {cases}"


def draw(histories: Mapping[str, pd.DataFrame]) -> bytes | None:
    """Return an SVG with a panel a training, or None without any.

    Args:
        histories: ``history.csv`` by the training's name: epoch, loss, val_loss.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import ScalarFormatter

    if not histories:
        return None
    columns = min(COLUMNS, len(histories))
    rows = -(-len(histories) // columns)
    with style.drawing():
        figure, grid = plt.subplots(
            rows, columns, figsize=(max(2.6 * columns, 4.4), 2.4 * rows + 0.3), squeeze=False
        )
        for axes in grid.flat[len(histories) :]:
            axes.set_visible(False)
        for axes, (name, history) in zip(grid.flat, histories.items(), strict=False):
            axes.plot(history["epoch"], history["loss"], color=style.BLUE, marker="o", ms=3,
                      label="training cases")  # fmt: skip
            axes.plot(history["epoch"], history["val_loss"], color=style.VERMILION, marker="s",
                      ms=3, ls=(0, (5, 1.5)), label="validation cases")  # fmt: skip
            axes.set_title(name, fontsize=9)
            axes.set_yscale("log")
            for axis in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
                axis(ScalarFormatter())  # 2 and 3, not powers of ten
            axes.set_xlabel("Epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
        grid[0, 0].set_ylabel("Loss")
        grid[0, 0].legend(fontsize=7.5)
        figure.tight_layout()
        return style.as_svg(figure)
