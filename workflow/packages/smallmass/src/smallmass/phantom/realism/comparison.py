"""Phantoms and BUS-BRA, compared: the tables and figures of the folder ``realism``."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.sources import busbra
from smallmass.errors import UserError
from smallmass.files import read_csv, write_csv, write_text
from smallmass.phantom.realism import figures, patches, statistics
from smallmass.phantom.realism.pictures import (
    HEIGHT,
    PHANTOMS,
    REAL,
    Picture,
    chosen,
    read_picture,
)
from smallmass.phantom.traits import traits_table
from smallmass.settings import CohortSettings
from smallmass.settings.picking import typed

FOLDS = ("3", "4", "5")  # BUS-BRA's training folds: validation and test stay untouched
TITLES = statistics.SPECKLE | statistics.LESION


def compare(
    phantoms: Path,
    datasets: Path | None,
    out: Path,
    *,
    seed: int,
    pictures: int = 300,
    workers: int = 2,
    progress: Progress | None = None,
) -> None:
    """Compare the phantoms with BUS-BRA's training folds, and write what comes out.

    Writes ``pictures.csv`` (the statistics of each picture), ``statistics.csv`` (of each source),
    ``depth.csv`` (grey levels by depth), ``patches.csv`` (how well patches are told apart),
    ``traits.csv`` (what went into the lesions), ``realism.md``, and the figures ``speckle``,
    ``depth``, ``lesion_size``, ``contrast`` and ``scanners`` as SVG and PNG.

    Args:
        phantoms: The phantoms' folder.
        datasets: The folder of public datasets.
        out: The folder to write to.
        seed: Chooses patches and folds.
        pictures: At most so many of each source, evenly spread over their tables.
        workers: Threads.
        progress: Called with (pictures read, all pictures).

    Raises:
        UserError: If one of the two is missing or unreadable.
    """
    read = _read_all(_listed(phantoms, datasets, pictures), workers, progress)
    of_pictures = pd.DataFrame(map_images(_measured, read, workers=workers))
    depth = {
        source: np.mean(
            [statistics.depth_histogram(one.image) for one in read if one.source == source], axis=0
        )
        for source in (PHANTOMS, REAL)
    }
    separation = patches.told_apart(patches.gather(read, REAL, seed), seed)
    summary = summarise(of_pictures)
    write_csv(out / "pictures.csv", _digits(of_pictures))
    write_csv(out / "statistics.csv", _digits(summary))
    write_csv(out / "depth.csv", _digits(_by_depth(depth)))
    write_csv(out / "patches.csv", _digits(separation))
    write_csv(out / "traits.csv", traits_table())
    figures.speckle(of_pictures, out)
    figures.depth(depth, out)
    figures.lesion_size(of_pictures, out)
    figures.contrast(of_pictures, out)
    figures.scanners(seed, out)
    write_text(out / "realism.md", page(summary, separation, of_pictures))


def summarise(of_pictures: pd.DataFrame) -> pd.DataFrame:
    """Return the distribution of every statistic in both sources.

    Returns:
        One row a statistic: statistic, title, for each source n, p10, median and p90, and
        separation, the probability that a real scan has the larger value than a phantom (0.5: the
        same; ties count one half).
    """
    rows = []
    for name, title in TITLES.items():
        known = of_pictures.dropna(subset=[name])
        row: dict[str, object] = {"statistic": name, "title": title}
        for source, short in ((PHANTOMS, "phantoms"), (REAL, "busbra")):
            values = known.loc[known["source"] == source, name]
            row[f"{short}_n"] = len(values)
            for label, share in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
                row[f"{short}_{label}"] = values.quantile(share)
        row["separation"] = roc_auc_score(known["source"] == REAL, known[name])
        rows.append(row)
    return pd.DataFrame(rows)


def page(summary: pd.DataFrame, separation: pd.DataFrame, of_pictures: pd.DataFrame) -> str:
    """Return the comparison as Markdown."""
    counts = of_pictures["source"].value_counts()
    best = separation.loc[separation["auroc_patch"].idxmax()]
    lines = [
        "# Phantoms beside real scans",
        "",
        f"{counts[PHANTOMS]} phantoms and {counts[REAL]} images of BUS-BRA's folds "
        f"{', '.join(FOLDS)} (training), all resized to {HEIGHT} px in height. The phantoms were "
        "not fitted to these numbers. BUS-BRA holds lesions of all sizes, burned-in text, and "
        "other scanners than the five that the phantoms imitate.",
        "",
        "| statistic | phantoms: median (10–90 %) | BUS-BRA: median (10–90 %) | separation |",
        "|---|---|---|---|",
    ]
    for row in summary.itertuples():
        lines.append(
            f"| {row.title} | {_span(row, 'phantoms')} | {_span(row, 'busbra')} "
            f"| {row.separation:.2f} |"
        )
    lines += [
        "",
        "Separation: the probability that a real scan has the larger value (0.50: alike).",
        "",
        f"## Told apart by patches of {patches.SIDE} px",
        "",
        "AUROC of telling a real patch from a simulated one, cross-validated by patient; 0.50 "
        "would be patches that cannot be told apart. Texture: each patch brought to mean 0 and "
        "SD 1.",
        "",
        "| classifier | features | a patch (lowest–highest fold) | mean of a picture's patches |",
        "|---|---|---|---|",
    ]
    for row in separation.itertuples():
        lines.append(
            f"| {row.classifier} | {row.features} | {row.auroc_patch:.3f} "
            f"({row.lowest_fold:.3f}–{row.highest_fold:.3f}) | {row.auroc_picture:.3f} |"
        )
    lines += ["", _verdict(best["auroc_patch"]), ""]
    return "\n".join(lines)


def _verdict(auroc: float) -> str:
    """Return in words what an AUROC of telling patches apart means."""
    if auroc < 0.6:
        return "Small patches can hardly be told apart."
    degree = "often" if auroc < 0.8 else "mostly" if auroc < 0.95 else "nearly always"
    return (
        f"Small patches of phantoms and of real scans can {degree} be told apart: the phantoms are "
        "no substitute for real images, and a model that was trained on them knows phantoms."
    )


def _span(row, source: str) -> str:
    low, middle, high = (getattr(row, f"{source}_{name}") for name in ("p10", "median", "p90"))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"


def _listed(phantoms: Path, datasets: Path | None, most: int) -> list[dict]:
    """Return the pictures to read, as keyword arguments of `read_picture`."""
    problems = []
    if not (phantoms / "cohort.csv").is_file():
        problems.append(f"no phantoms in {phantoms}: make them first with snakemake --cores all")
    problems += busbra.SOURCE.folder_problems(datasets)
    if problems or datasets is None:
        raise UserError(problems)
    drawn = read_csv(phantoms / "cohort.csv")
    real = busbra.read(datasets, typed(CohortSettings, {})).cases  # it needs none
    real = real[real["x_fold"].isin(FOLDS)].sort_values("case_id")
    jobs = []
    for source, root, table in ((PHANTOMS, phantoms, drawn), (REAL, datasets, real)):
        for row in chosen(table, most).itertuples():
            jobs.append(
                {
                    "image": root / row.image,
                    "outline": root / row.outline,
                    "source": source,
                    "group": str(row.patient_id),
                    "device": row.device,
                }
            )
    return jobs


def _read_all(jobs: list[dict], workers: int, progress: Progress | None) -> list[Picture]:
    """Read pictures; what cannot be read is one error for all."""

    def read(job: dict) -> Picture | str:
        try:
            return read_picture(**job)
        except ImageProblem as problem:
            return str(problem)

    pictures = map_images(read, jobs, workers=workers, progress=progress)
    problems = [one for one in pictures if isinstance(one, str)]
    if problems:
        raise UserError([f"{problem}. Restore the file" for problem in problems])
    return [one for one in pictures if isinstance(one, Picture)]


def _measured(picture: Picture) -> dict[str, object]:
    """Return the statistics of a picture."""
    return {
        "source": picture.source,
        "group": picture.group,
        "device": picture.device,
        **statistics.speckle(picture.image, picture.outline),
        **statistics.lesion(picture.image, picture.outline, picture.scale),
    }


def _by_depth(depth: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return median, quartiles and mean of the grey levels in each band of depth."""
    rows = []
    middles = (np.arange(statistics.LEVELS) + 0.5) * 256 / statistics.LEVELS
    for source, shares in depth.items():
        for band, share in enumerate(shares):
            upto = np.cumsum(share)
            rows.append(
                {
                    "source": source,
                    "depth": (band + 0.5) / statistics.BANDS,
                    "mean": float(share @ middles),
                    **{
                        name: float(middles[int(np.searchsorted(upto, part - 1e-12))])
                        for name, part in (("p25", 0.25), ("median", 0.5), ("p75", 0.75))
                    },
                }
            )
    return pd.DataFrame(rows)


def _digits(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with five significant digits: what lies beyond differs between machines."""
    numbers = table.select_dtypes("float").columns
    return table.assign(
        **{name: [float(f"{value:.5g}") for value in table[name]] for name in numbers}
    )
