"""Every check of a cohort, before anything is trained on it: all problems at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort import table as columns
from smallmass.cohort.findings import DROPPED, ERROR, WARNING, Finding, dropped_cases
from smallmass.cohort.groups import join
from smallmass.cohort.images import ImageProblem, pixel_sha256, read_grey, read_outline
from smallmass.cohort.outlines import longest_diameter_px
from smallmass.cohort.parallel import Progress, map_images

LOOK_AT_FILE = "Restore the file from the original, or take the case out of the table"


@dataclass
class Inspection:
    """What the files of one case say.

    Args:
        pixel_sha256: The identity of the image's pixels, empty if it could not be read.
        diameter_px: The outline's longest diameter in pixels, where ``pixel_cm`` is known and
            ``diameter_cm`` is not; else NaN.
        findings: What is wrong with the files.
    """

    pixel_sha256: str = ""
    diameter_px: float = float("nan")
    findings: list[Finding] = field(default_factory=list)


def check_cohort(
    table: pd.DataFrame,
    root: Path,
    settings: dict,
    *,
    public: bool,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check a completed table and its files.

    Args:
        table: Cases with every column of cohort.csv (see `table.complete`).
        root: The folder that ``image`` and ``outline`` are relative to.
        settings: The study's settings under ``cohort``: ``max_diameter_cm`` and ``inclusive``.
        public: Whether the cohort is a public dataset: what only its authors could put right is
            then dropped and listed, and does not stop the study.
        workers: How many images are read at once.
        progress: Told how far the reading is.

    Returns:
        tuple: The cases that stay, with ``pixel_sha256``, ``group_id`` and, where an outline and
        ``pixel_cm`` tell it, ``diameter_cm``; and what was found. Where findings hold an error,
        the table is not fit for use.
    """
    beyond_repair = DROPPED if public else ERROR
    findings = columns.check(table)
    inspections = map_images(
        lambda case: inspect(case, root, beyond_repair),
        table.to_dict("records"),
        workers=workers,
        progress=progress,
    )
    for inspection in inspections:
        findings += inspection.findings

    table = columns.typed(table)
    table["pixel_sha256"] = [inspection.pixel_sha256 for inspection in inspections]
    measured = np.array([inspection.diameter_px for inspection in inspections], dtype=float)
    table["diameter_cm"] = table["diameter_cm"].fillna(pd.Series(measured) * table["pixel_cm"])

    findings += check_sizes(table, settings.get("max_diameter_cm"), settings["inclusive"])
    findings += check_duplicates(table, beyond_repair)
    table = table[~table["case_id"].isin(dropped_cases(findings))].reset_index(drop=True)
    table["group_id"] = join(table, [["group_id"], ["image", "frame"], ["pixel_sha256"]])
    if table.empty:
        findings.append(
            Finding(ERROR, "empty cohort", "", "no case is left", "Look at what was dropped")
        )
    return table, findings


def inspect(case: dict, root: Path, beyond_repair: str = ERROR) -> Inspection:
    """Read a case's image and outline.

    Args:
        case: A row of the completed table.
        root: The folder that its paths are relative to.
        beyond_repair: The severity of what only the authors of a dataset could put right.
    """
    found = Inspection()

    def note(severity: str, check: str, message: str, remedy: str) -> None:
        found.findings.append(Finding(severity, check, case["case_id"], message, remedy))

    grey = outline = None
    if case["image"]:
        try:
            grey = read_grey(root / case["image"], _frame(case))
        except ImageProblem as problem:
            note(ERROR, "image", f"image: {problem}", LOOK_AT_FILE)
    if case["outline"]:
        try:
            outline = read_outline(root / case["outline"])
        except ImageProblem as problem:
            note(ERROR, "outline", f"outline: {problem}", LOOK_AT_FILE)
    else:
        note(
            WARNING,
            "no outline",
            "no outline is named",
            "Draw one: without it the case cannot be trained on or count for Dice",
        )
    if grey is not None:
        found.pixel_sha256 = pixel_sha256(grey)
        if grey.min() == grey.max():
            note(
                beyond_repair,
                "blank image",
                f"every pixel of {case['image']} is {grey.min()}",
                LOOK_AT_FILE,
            )
    if outline is not None and not outline.any():
        note(
            beyond_repair,
            "empty outline",
            f"no pixel of {case['outline']} belongs to a lesion",
            "Draw the outline, or leave the column empty",
        )
    elif outline is not None and _unmeasured(case):
        found.diameter_px = longest_diameter_px(outline)
    if grey is not None and outline is not None and grey.shape != outline.shape:
        note(
            beyond_repair,
            "outline size",
            f"the outline is {_size(outline)} px, the image {_size(grey)} px",
            "Export the outline at the image's own size",
        )
    return found


def check_sizes(
    table: pd.DataFrame, max_diameter_cm: float | None, inclusive: bool
) -> list[Finding]:
    """Return which lesions are too large for the cohort (A04); those of unknown size stay.

    Args:
        table: Cases with ``diameter_cm``.
        max_diameter_cm: The limit on the longest diameter in cm; ``None`` is no limit.
        inclusive: Whether a lesion of exactly the limit belongs to the cohort.
    """
    if max_diameter_cm is None:
        return []
    known = table["diameter_cm"].notna()
    if not known.any():
        return [
            Finding(
                WARNING,
                "sizes unknown",
                "",
                f"cohort of all sizes: no lesion's size is known, so the limit of "
                f"{max_diameter_cm} cm was not applied",
                "Give diameter_cm or pixel_cm where they are known",
            )
        ]
    limit = "at most" if inclusive else "less than"
    fits = (
        table["diameter_cm"] <= max_diameter_cm
        if inclusive
        else table["diameter_cm"] < max_diameter_cm
    )
    findings = [
        Finding(
            DROPPED,
            "diameter over the limit",
            case.case_id,
            f"the longest diameter is {case.diameter_cm:.3g} cm, not {limit} {max_diameter_cm} cm",
            "Nothing: cohort.max_diameter_cm says so",
        )
        for case in table[known & ~fits].itertuples()
    ]
    findings += [
        Finding(
            WARNING,
            "size unknown",
            case_id,
            "the lesion's size is unknown, so it stays in the cohort",
            "Give diameter_cm or pixel_cm",
        )
        for case_id in table.loc[~known, "case_id"]
    ]
    return findings


def check_duplicates(table: pd.DataFrame, beyond_repair: str = ERROR) -> list[Finding]:
    """Return which images have the same pixels as another.

    Copies with different labels cannot be believed, whichever; copies of one label but of
    different patients count once (``dropped``) or stop the study. Copies of one patient stay, and
    form a group that no split tears apart.

    Args:
        table: Cases with ``pixel_sha256``.
        beyond_repair: The severity of contradictions.
    """
    readable = table[table["pixel_sha256"] != ""]
    findings: list[Finding] = []
    for _, rows in readable.groupby("pixel_sha256", sort=False):
        copies = list(rows.groupby(["image", "frame"], sort=False, dropna=False))
        if len(copies) > 1:
            findings += _judge_copies([copy for _, copy in copies], beyond_repair)
    return findings


def _judge_copies(copies: list[pd.DataFrame], beyond_repair: str) -> Iterator[Finding]:
    """Yield what is wrong with images of the same pixels, each given as its cases."""
    cases = pd.concat(copies)
    names = " = ".join(copy["image"].iloc[0] for copy in copies)
    labels = {tuple(sorted(copy["label"])) for copy in copies}
    if len(labels) > 1:
        check, affected, severity = "duplicate with another label", cases, beyond_repair
        remedy = "Find out which label is right"
    elif cases.loc[cases["patient_id"] != "", "patient_id"].nunique() > 1:
        affected = pd.concat(copies[1:]) if beyond_repair == DROPPED else cases
        check, severity = "duplicate of another patient", beyond_repair
        remedy = "Find out whose image it is; the first copy alone is kept where the study goes on"
    else:
        check, affected, severity = "duplicate image", cases, WARNING
        remedy = "Nothing: copies stay in the same split"
    for case_id in affected["case_id"]:
        yield Finding(severity, check, case_id, f"images of identical pixels: {names}", remedy)


def _frame(case: dict) -> int | None:
    """Return the place of a case's frame in its file; None for files of a single one."""
    frame = pd.to_numeric(case["frame"], errors="coerce")
    return None if pd.isna(frame) else int(frame)


def _unmeasured(case: dict) -> bool:
    """Return whether the outline must tell the lesion's size, and can."""
    return _unknown(case["diameter_cm"]) and not _unknown(case["pixel_cm"])


def _unknown(value: object) -> bool:
    return pd.isna(value) or value == ""


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]} x {array.shape[0]}"
