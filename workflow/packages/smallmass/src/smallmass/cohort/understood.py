"""A page of what was understood of a hospital's folder: every image, and what each column became.

No rule finds an outline on the wrong lesion, or a column that means something else. A person sees
both in a minute, if image, outline, label and words stand beside each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.columns import WORDED
from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.own_table import OwnTable, read_own_table
from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.problems import ImageProblem
from smallmass.cohort.rule import Severity
from smallmass.cohort.spreadsheet import read_cells
from smallmass.cohort.table import NUMBERS, UNKNOWN
from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.settings import CohortSettings
from smallmass.sheet import data_url, render

TEMPLATE = "understood.html.j2"
THUMBNAIL_PX = 200
# A browser shows no more in good time; the table of columns is of all.
MOST_CASES = 2000
CASES_OF_A_CHECK = 12
WORDS = {
    Severity.ERROR: "must be put right",
    Severity.DROPPED: "left out of the study",
    Severity.WARNING: "worth knowing",
}
_WORDS_SHOWN = 12
_OUTLINE = (255, 214, 10)
_FACTS = ("age_years", "family_history", "brca_mutation", "breast_density", "published_split")


@dataclass(frozen=True)
class Column:
    """What a column of the table became.

    Args:
        name: The column of cohort.csv.
        header: The table's column.
        became: What its words or numbers mean, each in a line.
        unknown: In how many rows it is unknown.
        rows: How many rows there are.
    """

    name: str
    header: str
    became: list[str]
    unknown: int
    rows: int


@dataclass(frozen=True)
class Card:
    """A case as the page shows it.

    Args:
        case_id: The case.
        label: Its label.
        lines: What else is known of it.
        found: Codes and messages of what is wrong with it.
        picture: The image with its outline as a data URL, or empty.
    """

    case_id: str
    label: str
    lines: list[str]
    found: list[str]
    picture: str
    width: int
    height: int


@dataclass(frozen=True)
class Check:
    """What one rule found, as the page shows it.

    Args:
        code: The rule's.
        name: Its title.
        severity: How grave it is.
        words: The same in words.
        remedy: What to do; empty where that differs between cases.
        number: How many cases it is about, in words; empty where it is about none.
        texts: What was found of the whole cohort, and of cases that have no card.
        cards: The first cases that it is about.
    """

    code: str
    name: str
    severity: str
    words: str
    remedy: str
    number: str
    texts: list[str]
    cards: list[Card]


def page(
    cases: pd.DataFrame,
    findings: pd.DataFrame,
    root: Path,
    table: Path | None,
    settings: CohortSettings,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Return the page as HTML that needs no other file.

    Args:
        cases: The cohort's candidates.
        findings: integrity.csv.
        root: The folder that images and outlines are relative to.
        table: The hospital's table, or None where there is none.
        settings: The study's settings under ``cohort``; with ``thumbnails: false`` there is no
            picture on the page.
        workers: How many images are read at once.
        progress: Told how far it is.
    """
    told = {
        case_id: [f"{row.code}: {row.message}" for row in rows.itertuples()]
        for case_id, rows in findings.dropna(subset=["case_id"]).groupby("case_id")
    }
    shown = cases.head(MOST_CASES).to_dict("records")
    pictures = settings.thumbnails and settings.read_pixels
    cards = map_images(
        lambda case: _card(case, root, told.get(case["case_id"], []), pictures=pictures),
        shown,
        workers=workers,
        progress=progress,
    )
    return render(
        "smallmass.cohort",
        TEMPLATE,
        cards=cards,
        checks=_checks(findings, {card.case_id: card for card in cards}),
        count=len(cases),
        cases=number_of(len(cases), "case"),
        columns=_columns(table, settings),
        pictures=pictures,
        labels=cases["label"].value_counts().to_dict(),
        patients=number_of(cases["patient_id"].nunique(), "patient"),
        outlines=int(cases["outline"].notna().sum()),
    )


def _checks(findings: pd.DataFrame, cards: dict[str, Card]) -> list[Check]:
    """Return what was found, by rule, the gravest first, as the table has it."""
    checks = []
    for (severity, code, name), rows in findings.groupby(["severity", "code", "check"], sort=False):
        known = rows["case_id"].isin(list(cards))
        remedies = rows["remedy"].dropna().unique()
        texts = [
            row.message if pd.isna(row.case_id) else f"{row.case_id}: {row.message}"
            for row in rows[~known].head(CASES_OF_A_CHECK).itertuples()
        ]
        shown = dict.fromkeys(rows.loc[known, "case_id"])
        checks.append(
            Check(
                code=str(code),
                name=str(name),
                severity=str(severity),
                words=WORDS[Severity(str(severity))],
                remedy=remedies[0] if len(remedies) == 1 else "",
                number=number_of(count, "case") if (count := rows["case_id"].nunique()) else "",
                texts=texts,
                cards=[cards[case_id] for case_id in list(shown)[:CASES_OF_A_CHECK]],
            )
        )
    return checks


def picture(grey: np.ndarray, outline: np.ndarray | None) -> Image.Image:
    """Return a small image in colours with the border of its outline.

    Args:
        grey: uint8 (height, width).
        outline: bool (height, width), or None.
    """
    scale = THUMBNAIL_PX / max(grey.shape)
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    small = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BILINEAR).convert("RGB"))
    small = small.copy()
    if outline is not None and outline.shape == grey.shape:
        filled = Image.fromarray(outline).resize(size, Image.Resampling.NEAREST)
        small[_border(np.asarray(filled))] = _OUTLINE
    return Image.fromarray(small)


def _border(mask: np.ndarray) -> np.ndarray:
    """Return the pixels around a mask, bool (height, width)."""
    wide = np.pad(mask, 1)
    around = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    return around & ~mask


def _card(case: dict, root: Path, found: list[str], *, pictures: bool) -> Card:
    lines = [f"patient {case['patient_id']}"] if pd.notna(case["patient_id"]) else ["no patient"]
    lines += (
        [f"{case['diameter_cm']:.2g} cm"] if pd.notna(case["diameter_cm"]) else ["size unknown"]
    )
    lines += [
        f"{name}: {_plain(case[name])}"
        for name in _FACTS
        if pd.notna(case[name]) and case[name] != UNKNOWN
    ]
    url, shape = "", (0, 0)
    if pictures:
        try:
            url, size, shape = _data_url(case, root)
            lines.insert(0, size)
        except ImageProblem as problem:
            lines.insert(0, f"no picture: {problem}".replace(f"{root}/", ""))
    label = case["label"] if pd.notna(case["label"]) else "no label"
    return Card(case["case_id"], label, lines, found, url, *shape)


def _data_url(case: dict, root: Path) -> tuple[str, str, tuple[int, int]]:
    """Return the picture of a case as a data URL, its size in words, and that of the picture."""
    frame = None if pd.isna(case["frame"]) else int(case["frame"])
    grey = read_grey(root / case["image"], frame)
    size = f"{grey.shape[1]} x {grey.shape[0]} px"
    outline = None
    if pd.notna(case["outline"]):
        try:
            outline = read_outline(root, case["outline"], grey.shape)
        except ImageProblem:
            size += ", no outline that can be read"
        else:
            size += f", outline {outline.mean():.1%} of it"
    else:
        size += ", no outline"
    small = picture(grey, outline)
    return data_url(small), size, small.size


def _columns(table: Path | None, settings: CohortSettings) -> list[Column]:
    """Return what each column became; none where the table cannot be read."""
    if table is None:
        return []
    try:
        own = read_own_table(table, settings, ())
        known = {*settings.columns.values(), *own.cases}
        cells = read_cells(table, sheet=settings.sheet, known=known).cells
    except UserError:
        return []
    return [
        _column(name, own, cells[header]) for name, header in own.homes.items() if header in cells
    ]


def _column(name: str, own: OwnTable, written: pd.Series) -> Column:
    values = own.cases[name]
    unknown = values.isna() | values.astype(str).isin(["", UNKNOWN, "nan"])
    if name in WORDED:
        pairs = pd.DataFrame({"written": written, "meaning": values.where(~unknown, UNKNOWN)})
        counts = pairs.value_counts(sort=True)
        became = [f"{word or '(empty)'} → {meaning} ({n})" for (word, meaning), n in counts.items()]
    elif name in NUMBERS:
        numbers = pd.to_numeric(values, errors="coerce").dropna()
        became = _range(numbers) if len(numbers) else []
    else:
        different = values[~unknown]
        became = [f"{different.nunique()} different, such as {_some(different)}"]
    if len(became) > _WORDS_SHOWN:
        became = [*became[:_WORDS_SHOWN], f"and {len(became) - _WORDS_SHOWN} more"]
    return Column(name, own.homes[name], became, int(unknown.sum()), len(values))


def _range(numbers: pd.Series) -> list[str]:
    low, middle, high = numbers.quantile([0, 0.5, 1])
    return [f"from {low:g} to {high:g}, half of them up to {middle:g}"]


def _some(values: Sequence[object] | pd.Series) -> str:
    return ", ".join(str(value) for value in list(dict.fromkeys(values))[:3])


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
