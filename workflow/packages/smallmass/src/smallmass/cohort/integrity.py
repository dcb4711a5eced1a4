"""Every check of a cohort, before anything is trained on it: all problems at once."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort import pictures
from smallmass.cohort import table as columns
from smallmass.cohort.duplicates import check_identical, check_near, check_outlines_apart
from smallmass.cohort.findings import Finding, dropped_cases
from smallmass.cohort.groups import join
from smallmass.cohort.inspection import Inspection, inspect
from smallmass.cohort.joining import without_copies
from smallmass.cohort.outline_fit import check_fit
from smallmass.cohort.outline_shapes import CERTAIN_PX
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.paths import check_inside, check_present
from smallmass.cohort.roles import HOSPITALS, SOURCES, entries
from smallmass.cohort.sizes import check_limit, check_units
from smallmass.settings import CohortSettings

# Beside the image's identity, so that an outline that was drawn again is not mistaken for the old.
OUTLINE_SHA256 = "x_outline_sha256"


def check_cohort(
    table: pd.DataFrame,
    folders: Mapping[str, Path],
    settings: CohortSettings,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check a completed table and its files.

    Args:
        table: Cases with every column of cohort.csv (see `table.complete`).
        folders: The folder that ``image`` and ``outline`` are relative to, by the case's cohort.
        settings: The study's settings under ``cohort``: ``max_diameter_cm``, ``inclusive`` and
            ``larger_lesions``; ``read_pixels: false`` looks at the table and the files' names
            alone; ``sources``: of a public dataset, what only its authors could put right is
            dropped and listed, and does not stop the study.
        workers: How many images are read at once.
        progress: Told how far the reading is.

    Returns:
        tuple: The cases that stay, with ``pixel_sha256``, ``group_id``, the identity of the
        outline and, where an outline and ``pixel_cm`` tell it, ``diameter_cm``; and what was
        found. Where findings hold an error, the table is not fit for use.
    """
    sources = entries(settings.sources)
    public = {entry.cohort for entry in sources if entry.public}
    findings = [*columns.check(table), *check_inside(table)]
    if settings.read_pixels:
        inspections = map_images(
            lambda case: inspect(case, folders[case["cohort"]], public=case["cohort"] in public),
            table.to_dict("records"),
            workers=workers,
            progress=progress,
        )
        table, problems = _with_pixels(
            columns.typed(table), inspections, settings.max_diameter_cm, public=public
        )
    else:
        table, problems = _without_pixels(columns.typed(table), folders)
    findings += problems
    findings += check_limit(table, settings)
    table = table[~table["case_id"].isin(dropped_cases(findings))].reset_index(drop=True)
    # Frames of one file are of one examination.
    table["group_id"] = join(
        table, [["group_id"], ["cohort", "image"], ["pixel_sha256"], ["_alike"]]
    )
    table = table.drop(columns="_alike")
    copies = without_copies(table, sources)
    table = table[~table["case_id"].isin(dropped_cases(copies))].reset_index(drop=True)
    findings += copies
    if table.empty:
        findings.append(Finding.of("F013", "", "no case is left"))
    return table, findings


def _with_pixels(
    table: pd.DataFrame, inspections: list[Inspection], limit_cm: float, *, public: Collection[str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Add what the files say to the table, and check what it means."""
    findings = [finding for inspection in inspections for finding in inspection.findings]
    table["pixel_sha256"] = [inspection.pixel_sha256 for inspection in inspections]
    table[OUTLINE_SHA256] = [inspection.outline_sha256 for inspection in inspections]
    outline_px = np.array([inspection.diameter_px for inspection in inspections], dtype=float)
    side_px = np.array([inspection.longest_side_px for inspection in inspections], dtype=float)
    findings += check_units(table, outline_px, side_px, limit_cm)
    measured = pd.Series(outline_px, index=table.index) * table["pixel_cm"]
    table["diameter_cm"] = table["diameter_cm"].fillna(measured)
    area = np.array([inspection.outline_px for inspection in inspections])
    findings += _looks(table, inspections)
    findings += check_outlines_apart(table[area >= CERTAIN_PX], OUTLINE_SHA256)
    # Of blank images it was said that they are blank.
    shown = np.array([inspection.thumbnail is not None for inspection in inspections], dtype=bool)
    findings += check_identical(table[shown], public=public)
    near, table["_alike"] = check_near(
        table, [inspection.thumbnail for inspection in inspections], public=public
    )
    return table, [*findings, *near]


def _looks(table: pd.DataFrame, inspections: list[Inspection]) -> Iterator[Finding]:
    """Yield what a hospital's images tell together, one case an image.

    Public sets were looked at when their readers were written.
    """
    hospitals = [SOURCES[source].cohort for source in HOSPITALS]
    images = {
        inspection.pixel_sha256: (case_id, inspection)
        for case_id, own, inspection in zip(
            table["case_id"], table["cohort"].isin(hospitals), inspections, strict=True
        )
        if own and inspection.thumbnail is not None
    }
    drawn = [(case_id, i.small) for case_id, i in images.values() if i.small is not None]
    yield from check_fit(drawn)
    bare = [i.thumbnail for _, i in images.values() if i.small is None and i.thumbnail is not None]
    if message := pictures.inverted(bare):
        yield Finding.of("I009", "", message)


def _without_pixels(
    table: pd.DataFrame, folders: Mapping[str, Path]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check that the files are there, and say that none was read."""
    table["pixel_sha256"] = table["_alike"] = ""
    message = (
        "cohort.read_pixels is false: no image and no outline was opened, so damaged files, wrong "
        "outlines and duplicates are not found, and nothing can be trained"
    )
    return table, [Finding.of("F012", "", message), *check_present(table, folders)]
