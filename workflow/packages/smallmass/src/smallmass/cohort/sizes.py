"""Lesion sizes: in centimetres, in agreement with the outlines, and within the study's limit."""

import numpy as np
import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.counts import number_of
from smallmass.settings import CohortSettings

# An ultrasound image never shows more than this, along its longer side.
_WIDEST_VIEW_CM = 30.0
# A diameter and an outline that differ by a factor of about ten differ by a unit.
_TENFOLD = (6.0, 16.0)
# Callipers and outlines agree better than this.
_AGREE = (0.5, 2.0)
# A transducer is wider, so an image that shows less was cut to its lesion.
_NARROWEST_VIEW_CM = 1.0
# Half of the lesions that ultrasound finds in a breast are far smaller than this.
_LARGE_MEDIAN_CM = 4.0
_ENOUGH_CASES = 5
# Depths of view differ less between images of one cohort; a slip of the unit is tenfold.
_APART = 5.0
# Ultrasound hardly shows a lesion under it; under the other, `table.check` refuses it.
_SMALLEST_CM, _LEAST_CM = 0.3, 0.05


def check_units(
    table: pd.DataFrame,
    diameter_px: np.ndarray,
    side_px: np.ndarray,
    max_diameter_cm: float,
) -> list[Finding]:
    """Return which diameters cannot be centimetres, or contradict the outline.

    A diameter looks like millimetres where it is about ten times what outline and pixel size
    tell; where, pixel size unknown, the image would show more than any scanner can; and where,
    without any outline, half of a cohort's lesions would be very large. Diameters look like
    centimetres that were taken for millimetres where half of the images would show less than any
    scanner does.

    Args:
        table: Cases with ``diameter_cm`` and ``pixel_cm``, numbers.
        diameter_px: (cases,), the outline's longest diameter in px, or NaN.
        side_px: (cases,), the image's longer side in px, or NaN.
        max_diameter_cm: The study's limit.
    """
    given = table["diameter_cm"].to_numpy(dtype=float)
    pixel = table["pixel_cm"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = given / (diameter_px * pixel)
        view = given / diameter_px * side_px
        tenfold = (ratio >= _TENFOLD[0]) & (ratio <= _TENFOLD[1])
        too_wide = np.isnan(ratio) & (view > _WIDEST_VIEW_CM)
        apart = ((ratio < _AGREE[0]) | (ratio > _AGREE[1])) & ~tenfold
    findings = _large_median(table["diameter_cm"], max_diameter_cm)
    findings += _narrow_views(view[np.isfinite(view)])
    other = _other_unit(view, ratio) & ~too_wide
    for row in np.flatnonzero(other):
        message = (
            f"diameter_cm is {given[row]:g}, by which the image would show {view[row]:.2g} cm of "
            f"tissue; half of the images show {np.nanmedian(view):.2g} cm or more"
        )
        findings.append(Finding.of("L010", table["case_id"].iloc[row], message))
    # Where all of them are so small, that was said of the whole column.
    small = np.isnan(ratio) & (given < _SMALLEST_CM) & (given >= _LEAST_CM) & ~other
    for row in np.flatnonzero(small) if not small.all() else ():
        message = f"diameter_cm is {given[row]:g}"
        findings.append(Finding.of("L011", table["case_id"].iloc[row], message))
    for row in np.flatnonzero(tenfold | too_wide):
        reason = (
            f"outline and pixel size make it {given[row] / ratio[row]:.2g} cm"
            if tenfold[row]
            else f"the image would then show {view[row]:.0f} cm of tissue"
        )
        message = f"diameter_cm is {given[row]:g}, which looks like mm: {reason}"
        findings.append(Finding.of("L001", table["case_id"].iloc[row], message))
    for row in np.flatnonzero(apart):
        message = (
            f"diameter_cm is {given[row]:g}, but outline and pixel size make it "
            f"{given[row] / ratio[row]:.2g} cm"
        )
        findings.append(Finding.of("L002", table["case_id"].iloc[row], message))
    return findings


def _other_unit(view_cm: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return which images would show far more or less than the others: their row's unit differs.

    Where the pixel size is known, the outline tells it (`check_units`).
    """
    known = np.isfinite(view_cm)
    if not known.any():
        return known
    times = view_cm / np.median(view_cm[known])
    return known & np.isnan(ratio) & ((times < 1 / _APART) | (times > _APART))


def _large_median(diameter_cm: pd.Series, max_diameter_cm: float) -> list[Finding]:
    known = diameter_cm.dropna()
    if len(known) < _ENOUGH_CASES or known.median() <= _LARGE_MEDIAN_CM:
        return []
    # A study of large lesions is possible; one of small lesions whose patients have large ones not.
    contradicts = max_diameter_cm < known.median()
    message = (
        f"half of the {len(known)} lesions would measure {known.median():.3g} cm or more, "
        f"which looks like mm"
    )
    return [Finding.of("L003" if contradicts else "L004", "", message)]


def _narrow_views(view_cm: np.ndarray) -> list[Finding]:
    if len(view_cm) < _ENOUGH_CASES or (median := float(np.median(view_cm))) >= _NARROWEST_VIEW_CM:
        return []
    message = (
        f"half of the {len(view_cm)} images with an outline would show {median:.2g} cm of "
        "tissue or less: diameters that were given in cm may have been taken for mm"
    )
    return [Finding.of("L005", "", message)]


def check_limit(table: pd.DataFrame, settings: CohortSettings) -> list[Finding]:
    """Return which lesions are too large for the cohort (A04); those of unknown size stay.

    Args:
        table: Cases with ``diameter_cm``.
        settings: ``max_diameter_cm``, ``inclusive`` and ``larger_lesions``.
    """
    known = table["diameter_cm"].notna()
    if not known.any():
        message = (
            f"cohort of all sizes: no lesion's size is known, so the limit of "
            f"{settings.max_diameter_cm} cm was not applied"
        )
        return [Finding.of("L006", "", message)]
    sizes, limit_cm = table["diameter_cm"], settings.max_diameter_cm
    limit = f"{'at most' if settings.inclusive else 'less than'} {limit_cm} cm"
    fits = sizes <= limit_cm if settings.inclusive else sizes < limit_cm
    if settings.larger_lesions == "keep":
        message = (
            f"{limit}: {number_of(int((known & fits).sum()), 'lesion')}; larger: "
            f"{(known & ~fits).sum()}; of unknown size: {(~known).sum()}. All stay, and the first "
            "are reported as a set of their own"
        )
        return [Finding.of("L008", "", message)]
    large = table.loc[known & ~fits, ["case_id", "diameter_cm"]]
    findings = [
        Finding.of(
            "L009",
            case_id,
            f"the longest diameter is {size:.3g} cm, not {limit}",
        )
        for case_id, size in large.itertuples(index=False)
    ]
    findings += [
        Finding.of("L007", case_id, "the lesion's size is unknown, so it stays in the cohort")
        for case_id in table.loc[~known, "case_id"]
    ]
    return findings
