"""How far reading in bfloat16 is from reading in float32, with a study's trained image model.

    uv run python benchmarks/reading_precision.py results/synthetic [--images 120] [--root FOLDER]

Reads validation images (of the model of seed 0 that was fitted to all training cases) once in each
precision and prints, over the regions, medians and worst cases of: corners of boxes (px of the
image as it came), scores, and Dice of the two outlines; with the readers' outlines (``--root``: the
folder that the cohort's paths start from; of phantoms it is known) also the change of the Dice
with these. A region of float32 is compared with that of bfloat16 whose box overlaps most.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from mrcnn.boxes import compute_overlaps
from mrcnn.metrics import dice
from smallmass.cohort.run_lengths import decode_rle
from smallmass.files import read_csv, read_json
from smallmass.image_model.configuration import make_config
from smallmass.image_model.reading import read_cases
from smallmass.runtime import prepare_runtime
from smallmass.settings import ImageModelSettings
from smallmass.settings.picking import typed

PRECISIONS = ("float32", "bfloat16")
SAME = 0.5  # overlap of boxes from which two regions are one
CORNERS = ["y1", "x1", "y2", "x2"]


def validation_cases(results: Path, root: Path | None, count: int) -> pd.DataFrame:
    """Return the first validation cases: case_id, fit, and the outline's path where it is known."""
    split = read_csv(results / "cohort/split.csv")
    chosen = split[split["split"] == "validation"].sort_values("case_id").head(count)
    cohort = read_csv(results / "cohort/cohort.csv")[["case_id", "outline"]]
    cases = chosen[["case_id"]].merge(cohort, on="case_id").assign(fit="validation")
    outlines = cases["outline"].map(lambda name: f"{root}/{name}")
    return cases.assign(outline=outlines if root else None)


def read(results: Path, precision: str, cases: pd.DataFrame) -> pd.DataFrame:
    """Return the regions of the cases, as in detections.csv, with the network in a precision."""
    from mrcnn.model import MaskRCNN

    fitted = results / "image_model/seed0/full"
    recorded = read_json(fitted / "model.json")["settings"]
    model = MaskRCNN(
        "inference",
        make_config(typed(ImageModelSettings, {**recorded, "precision": precision})),
    )
    model.load_weights(fitted / "weights.h5")
    return read_cases(
        model,
        cases,
        root="",
        images=results / "cohort/images",
        transforms=read_csv(results / "cohort/transforms.csv"),
    )


def compare_case(full: pd.DataFrame, mixed: pd.DataFrame) -> list[dict]:
    """Return the distances of each region in float32 to its partner, of one case's regions."""
    full, mixed = (x.dropna(subset="detection").reset_index(drop=True) for x in (full, mixed))
    if full.empty:
        return []
    boxes = [x[CORNERS].to_numpy(float).reshape(-1, 4) for x in (full, mixed)]
    overlaps = compute_overlaps(*boxes)
    rows = []
    for i, region in full.iterrows():
        row = {
            "case_id": region["case_id"],
            "first": region["detection"] == 0,
            "foreground": 1 - region["p_background"],
        }
        best = int(overlaps[i].argmax()) if len(mixed) else 0
        if len(mixed) and overlaps[i, best] >= SAME:
            row |= distances(region, mixed.loc[best])
        rows.append(row)
    return rows


def distances(region: pd.Series, other: pd.Series) -> dict[str, float]:
    """Return how far two readings of a region are apart."""
    outlines = decode_rle(region["outline"]), decode_rle(other["outline"])
    return {
        "corner, px": np.abs((region[CORNERS] - other[CORNERS]).to_numpy(float)).max(),
        "p malignant": abs(region["p_malignant"] - other["p_malignant"]),
        "p foreground": abs(region["p_background"] - other["p_background"]),
        "1 - Dice of the outlines": 1 - dice(*outlines),
        "Dice with the reader's": abs(region["dice"] - other["dice"]),
    }


def summary(rows: pd.DataFrame, name: str) -> str:
    """Return the distances of some regions as a Markdown table."""
    measures = rows.columns.drop(["case_id", "first", "foreground"])
    alone = rows[measures[0]].isna()
    lines = [
        f"{name}: {len(rows)} of {rows['case_id'].nunique()} images; {alone.sum()} without partner",
        "",
        "| | median | 95 % | worst | case |",
        "|---|---|---|---|---|",
    ]
    for measure in measures:
        values = rows[measure].dropna().astype(float)
        if len(values):
            three = values.median(), values.quantile(0.95), values.max()
            numbers = " | ".join(f"{value:.2g}" for value in three)
            lines.append(f"| {measure} | {numbers} | {rows.loc[values.idxmax(), 'case_id']} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished study")
    parser.add_argument("--images", type=int, default=120)
    parser.add_argument("--root", type=Path, help="folder that the outlines' paths start from")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    prepare_runtime(args.threads)
    phantoms = args.results / "phantoms"
    root = args.root or (phantoms if phantoms.is_dir() else None)
    cases = validation_cases(args.results, root, args.images)
    full, mixed = (read(args.results, precision, cases) for precision in PRECISIONS)
    rows = pd.DataFrame(
        row
        for case_id, regions in full.groupby("case_id")
        for row in compare_case(regions, mixed[mixed["case_id"] == case_id])
    )
    print(summary(rows[rows["first"]], "The first region of each image"))
    certain = rows[rows["foreground"] >= 0.5]
    print("\n" + summary(certain, "Regions that are more likely a mass than background"))
    print("\n" + summary(rows, "All regions"))


if __name__ == "__main__":
    main()
