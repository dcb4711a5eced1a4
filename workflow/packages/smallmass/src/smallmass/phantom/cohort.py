"""The phantoms as a cohort on disk: table, pictures, outlines, and a manifest of their pixels."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.columns import COLUMNS
from smallmass.errors import UserError
from smallmass.files import write_bytes, write_csv
from smallmass.phantom import png
from smallmass.phantom.picture import Order, draw
from smallmass.phantom.random import SD
from smallmass.phantom.scanners import SCANNERS
from smallmass.phantom.table import make_table

SMALLEST_PX = 48  # a lesion of 0.2 cm still covers several pixels


def make_cohort(
    root: Path,
    *,
    n: int = 1041,
    image_px: int = 512,
    seed: int,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw a cohort of phantoms; the same settings give the same files on every machine.

    Writes ``images/{case_id}.png`` (8-bit grey), ``outlines/{case_id}.png`` (1 bit: 0 or 255 as
    grey), ``manifest.csv`` (case_id, image_sha256, outline_sha256 of the decoded grey pixels,
    row by row) and, last, ``cohort.csv``. Columns with the prefix ``x_`` hold what went into a
    lesion and are for audits: no model reads them.

    Args:
        root: The cohort's folder; phantoms of an earlier call that are not in this one are
            removed.
        n: Lesions; 1,041 reproduces the counts of Table 1.
        image_px: Side of the square pictures, px.
        seed: Everything random descends from it; 0 or more.
        workers: Processes; has no influence on the result.
        progress: Called with (pictures done, all pictures).

    Raises:
        UserError: Settings that no cohort can have.
    """
    _check(n, image_px, seed)
    root, table = Path(root), make_table(n, seed)
    digits = max(4, len(str(n)))
    table["case_id"] = [f"p{number:0{digits}}" for number in table.index]
    orders = [
        Order(
            seed=seed,
            number=int(number),
            malignant=row.label == "malignant",
            diameter_um=round(row.diameter_cm * 100) * 100,
            scanner=int(row.scanner),
            depth_um=int(row.depth_um),
            image_px=image_px,
        )
        for number, row in zip(table.index, table.itertuples(), strict=True)
    ]
    (root / "cohort.csv").unlink(missing_ok=True)  # never beside pictures that are not its own
    drawn = _draw_all(root, list(zip(table["case_id"], orders, strict=True)), workers, progress)
    _remove_others(root, set(table["case_id"]))
    truth = pd.DataFrame(drawn).set_index("case_id").loc[table["case_id"]].reset_index()
    write_csv(root / "manifest.csv", truth[["case_id", "image_sha256", "outline_sha256"]])
    write_csv(root / "cohort.csv", _cohort(table.reset_index(drop=True), truth, image_px))


def _check(n: int, image_px: int, seed: int) -> None:
    """Gather what is wrong with the settings."""
    problems = []
    if image_px < SMALLEST_PX:
        problems.append(
            f"cohort.image_px is {image_px}: lesions of 0.2 cm vanish; set it to "
            f"{SMALLEST_PX} or more"
        )
    if not 0 <= seed < 2**64:
        problems.append(f"seed is {seed}: set it to a whole number from 0 to 2**64 - 1")
    if n >= 10**6:
        problems.append(f"cohort.n is {n}: set it to less than a million")
    if problems:
        raise UserError(problems)


def _draw_all(
    root: Path,
    jobs: list[tuple[str, Order]],
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[dict[str, object]]:
    """Draw and write every picture; return what is known of each, in any order."""
    # joblib's processes are fresh ones (no fork of a process that may run threads) that do not
    # import the caller's main module, as multiprocessing's would: a Snakemake script is not
    # guarded against being imported and would start again in every worker.
    from joblib import Parallel, delayed, parallel_config

    # Snakemake sets OMP_NUM_THREADS to the rule's threads, which every process would take for
    # itself: twice the processor time, spent on waiting for each other.
    with parallel_config(backend="loky", n_jobs=max(1, workers), inner_max_num_threads=1):
        results = Parallel(return_as="generator_unordered", batch_size=4)(
            delayed(_draw_one)(root, case_id, order) for case_id, order in jobs
        )
        drawn = []
        for result in results:
            drawn.append(result)
            if progress:
                progress(len(drawn), len(jobs))
    return drawn


def _draw_one(root: Path, case_id: str, order: Order) -> dict[str, object]:
    """Draw and write one picture; return its hashes and what went into it."""
    phantom = draw(order)
    write_bytes(root / "images" / f"{case_id}.png", png.encode(phantom.image))
    write_bytes(root / "outlines" / f"{case_id}.png", png.encode(phantom.outline))
    grey = phantom.outline.astype(np.uint8) * 255
    return {
        "case_id": case_id,
        "image_sha256": hashlib.sha256(phantom.image.tobytes()).hexdigest(),
        "outline_sha256": hashlib.sha256(grey.tobytes()).hexdigest(),
        "x_severity": phantom.lesion.severity / SD,
        **{f"x_{name}": word for name, word in phantom.lesion.words.items()},
    }


def _remove_others(root: Path, kept: set[str]) -> None:
    """Remove phantoms of an earlier cohort, and nothing else, from the folder."""
    for folder in (root / "images", root / "outlines"):
        for path in folder.glob("p[0-9]*.png"):
            if path.stem[1:].isdigit() and path.stem not in kept:
                path.unlink()


def _cohort(table: pd.DataFrame, truth: pd.DataFrame, image_px: int) -> pd.DataFrame:
    """Return cohort.csv: the clinical table with the files and the truth of each picture."""
    case_id = table["case_id"]
    table = table.assign(
        cohort="phantom",
        patient_id="pt" + case_id.str[1:],
        image="images/" + case_id + ".png",
        outline="outlines/" + case_id + ".png",
        device=[SCANNERS[index].name for index in table["scanner"]],
        pixel_cm=[depth / (10_000 * image_px) for depth in table["depth_um"]],
        pixel_sha256=truth["image_sha256"],
    )
    extra = [name for name in truth.columns if name.startswith("x_")]
    return table.reindex(columns=list(COLUMNS)).join(truth[extra])
