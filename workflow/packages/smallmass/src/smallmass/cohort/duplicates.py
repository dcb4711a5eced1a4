"""Images that are there more than once, pixel by pixel or nearly: whose they are, and as what."""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.groups import join
from smallmass.cohort.near_duplicates import find
from smallmass.counts import first_of, number_of

_IMAGE = ["cohort", "image", "frame"]
_SHOWN = 5


def check_identical(table: pd.DataFrame, *, public: Collection[str] = ()) -> list[Finding]:
    """Return which images have the same pixels as another.

    Copies with different labels cannot be believed, whichever; copies of one label but of
    different patients count once (``dropped``) or stop the study. Copies of one patient stay, and
    form a group that no split tears apart; so do those in several sets, see `joining`.

    Args:
        table: Cases with ``pixel_sha256``.
        public: The cohorts that are public datasets, which only their authors could put right.
    """
    readable = table[table["pixel_sha256"] != ""]
    images = readable.drop_duplicates(["pixel_sha256", *_IMAGE])
    copied = images.loc[images["pixel_sha256"].duplicated(), "pixel_sha256"]
    readable = readable[readable["pixel_sha256"].isin(copied)]
    findings: list[Finding] = []
    for _, rows in readable.groupby("pixel_sha256", sort=False):
        copies = [copy for _, copy in rows.groupby(_IMAGE, sort=False, dropna=False)]
        findings += _judge_copies(copies, public=rows["cohort"].isin(list(public)).all())
    return findings


def check_outlines_apart(table: pd.DataFrame, outline: str) -> list[Finding]:
    """Return which outlines stand on several images: a mask that was saved again and again.

    Args:
        table: Cases with ``pixel_sha256``.
        outline: The column that holds the identity of an outline's pixels.
    """
    drawn = table[(table[outline] != "") & (table["pixel_sha256"] != "")]
    images = drawn.groupby(outline)["pixel_sha256"].transform("nunique")
    findings = []
    for _, rows in drawn[images > 1].groupby(outline, sort=False):
        count, names = rows["pixel_sha256"].nunique(), first_of(rows["case_id"], _SHOWN)
        message = f"the same outline, pixel by pixel, is on {number_of(count, 'image')}: {names}"
        findings += [Finding.of("O033", case_id, message) for case_id in rows["case_id"]]
    return findings


def check_near(
    table: pd.DataFrame, thumbnails: list[np.ndarray | None], *, public: Collection[str] = ()
) -> tuple[list[Finding], pd.Series]:
    """Return which images are nearly the same as another, and what thereby belongs together.

    Different labels cannot be believed. The same label for different patients stops a hospital's
    own study; of a public set, whose patients are often not known well, both stay and are grouped.
    Copies of one patient, or of an unknown one, stay and are grouped. Frames of one file are alike
    by nature: nothing is said of them.

    Args:
        table: Cases with ``pixel_sha256``, image, label and patient_id.
        thumbnails: One a case, from `thumbnails.thumbnail`, or None.
        public: The cohorts that are public datasets, which only their authors could put right.

    Returns:
        tuple: The findings; and for every case a name that it shares with its near-duplicates,
        empty where it has none.
    """
    shared = pd.Series("", index=table.index)
    seen = np.array([square is not None for square in thumbnails], dtype=bool)
    images = table[seen].drop_duplicates("pixel_sha256")
    wanted = table.index.isin(images.index)
    squares = [
        square for square, use in zip(thumbnails, wanted, strict=True) if use and square is not None
    ]
    if len(squares) < 2:
        return [], shared
    files = pd.factorize(images["cohort"] + " " + images["image"])[0]
    pairs = find(np.stack(squares), apart=files)
    if not pairs:
        return [], shared
    by_pixels = dict(tuple(table[seen].groupby("pixel_sha256", sort=False)))
    hashes = images["pixel_sha256"].tolist()
    findings: list[Finding] = []
    links = []
    for pair in pairs:
        one, other = by_pixels[hashes[pair.first]], by_pixels[hashes[pair.second]]
        cohorts = {*one["cohort"], *other["cohort"]}
        findings += _judge_pair(one, other, pair.similarity, public=cohorts <= set(public))
        links.append((hashes[pair.first], hashes[pair.second]))
    groups = _linked(links)
    return _once(findings), table["pixel_sha256"].map(groups).fillna("")


def _judge_copies(copies: list[pd.DataFrame], *, public: bool) -> Iterator[Finding]:
    """Yield what is wrong with images of the same pixels, each given as its cases."""
    cases = pd.concat(copies)
    names = " = ".join(copy["image"].iloc[0] for copy in copies)
    labels = {tuple(sorted(set(copy["label"]))) for copy in copies}
    if len(labels) > 1:
        code, affected = "C003" if public else "C002", cases
    elif _several_patients(cases):
        code, affected = ("C005", _further(copies)) if public else ("C004", cases)
    elif cases["cohort"].nunique() > 1:
        code, affected = "C021", cases
    else:
        code, affected = "C001", cases
    for case_id in affected["case_id"]:
        yield Finding.of(code, case_id, f"images of identical pixels: {names}")


def _several_patients(cases: pd.DataFrame) -> bool:
    """Return whether copies are of several patients of one set; of other sets they always are."""
    known = cases[cases["patient_id"] != ""]
    return bool((known.groupby("cohort")["patient_id"].nunique() > 1).any())


def _further(copies: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the cases of all copies but the first of each set."""
    cohorts = pd.Series([copy["cohort"].iloc[0] for copy in copies])
    return pd.concat([copies[place] for place in cohorts.index[cohorts.duplicated()]])


def _judge_pair(
    one: pd.DataFrame, other: pd.DataFrame, similarity: float, *, public: bool
) -> Iterator[Finding]:
    """Yield what is wrong with two images that are nearly the same, each given as its cases."""
    labels = {tuple(sorted(set(image["label"]))) for image in (one, other)}
    patients = set(one["patient_id"]) | set(other["patient_id"])
    if len(labels) > 1:
        code = "C013" if public else "C012"
    elif len({*one["cohort"], *other["cohort"]}) > 1:
        code = "C022"
    elif len(patients - {""}) > 1:
        code = "C015" if public else "C014"
    else:
        code = "C011"
    for mine, others in ((one, other), (other, one)):
        twin = others.iloc[0]
        for case in mine.itertuples():
            message = (
                f"{case.image} ({case.label}) is nearly the same image as {twin['image']} "
                f"({twin['label']}) of case {twin['case_id']}: correlation {similarity:.2f}"
            )
            yield Finding.of(code, case.case_id, message)


def _once(findings: list[Finding]) -> list[Finding]:
    """Return one finding a check and case: of many copies each is named with the nearest place."""
    seen: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.check, finding.case_id), finding)
    return list(seen.values())


def _linked(links: list[tuple[str, str]]) -> dict[str, str]:
    """Return the first name of each group of names that links join, directly or through others."""
    ends = pd.DataFrame(
        {
            "case_id": [name for link in links for name in link],
            "name": [name for link in links for name in link],
            "link": [str(number) for number in range(len(links)) for _ in range(2)],
        }
    )
    return dict(zip(ends["name"], join(ends, [["name"], ["link"]]), strict=True))
