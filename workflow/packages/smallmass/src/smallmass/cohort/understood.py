"""A page of what was understood of a cohort: what is wrong, what the columns mean, and images.

No rule finds an outline on the wrong lesion, or a column that means something else. A person sees
both in a minute, if image, outline, label and words stand beside each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.parallel import Progress, map_images
from smallmass.cohort.roles import HOSPITALS, SOURCES
from smallmass.cohort.rules.rule import Severity
from smallmass.cohort.understood_cards import Card, card
from smallmass.cohort.understood_columns import Column, of_own_table, of_set
from smallmass.counts import number_of
from smallmass.options import Pictures
from smallmass.settings import Settings
from smallmass.sheet import render
from smallmass.words import cohort_name

TEMPLATE = "understood.html.j2"
# A browser shows no more in good time; the table of columns is of all.
MOST_CASES = 2000
SAMPLE = 200
"""So many cases of a set whose outlines nobody here can put right are looked at."""
CASES_OF_A_CHECK = 12
WORDS = {
    Severity.ERROR: "must be put right",
    Severity.DROPPED: "left out of the study",
    Severity.WARNING: "worth knowing",
}


@dataclass(frozen=True)
class Part:
    """A cohort of the study as the page is to show it.

    Args:
        cohort: Its name in the column ``cohort``.
        folder: The folder that images and outlines are relative to.
        columns: What its columns mean.
        own: Whether it is a hospital's: every case is shown, up to `MOST_CASES`, and not a sample.
        why: Why it has no pictures; empty if it has them.
    """

    cohort: str
    folder: Path
    columns: list[Column]
    own: bool
    why: str = ""


@dataclass(frozen=True)
class Set:
    """A cohort as the page shows it.

    Args:
        name: For people.
        counts: Images, patients, labels, outlines.
        columns: What its columns mean.
        cards: Its cases.
        shown: Which of its cases these are; empty if all.
        own: Whether it is a hospital's.
        why: Why it has no pictures; empty if it has them.
    """

    name: str
    counts: str
    columns: list[Column]
    cards: list[Card]
    shown: str
    own: bool
    why: str


@dataclass(frozen=True)
class Check:
    """What one rule found, as the page shows it.

    Args:
        code: The rule's.
        name: Its title.
        severity: How grave it is.
        words: The same in words.
        remedy: What to do; empty where that differs between cases.
        number: How many cases it is about.
        cases: The same in words.
        texts: What was found of the whole cohort, and of cases that have no card.
        cards: The first cases that it is about.
    """

    code: str
    name: str
    severity: str
    words: str
    remedy: str
    number: int
    cases: str
    texts: list[str]
    cards: list[Card]


def parts_of(
    cases: pd.DataFrame,
    folders: Mapping[str, str],
    table: Path | None,
    settings: Settings,
) -> list[Part]:
    """Return the study's cohorts as the page is to show them.

    Args:
        cases: candidates.csv.
        folders: The folder of each source of the study.
        table: A hospital's table, or None.
        settings: ``cohort`` as far as a table is read by it, and what `why_no_pictures` needs.
    """
    return [
        Part(
            cohort=SOURCES[source].cohort,
            folder=Path(folder),
            columns=(
                of_own_table(table, settings.cohort)
                if source == "folder"
                else of_set(cases[cases["cohort"] == SOURCES[source].cohort])
            ),
            own=source in HOSPITALS,
            why=why_no_pictures(source, settings),
        )
        for source, folder in folders.items()
    ]


def why_no_pictures(source: str, settings: Settings) -> str:
    """Return why the pictures of a source are not on the page; an empty text if they are.

    A hospital's folder is shown to who keeps it, unless ``cohort.thumbnails`` says otherwise; its
    DICOM files first on the contact sheet that is to be signed off.

    Args:
        source: One of `roles.SOURCES`.
        settings: ``cohort.read_pixels``, ``page.pictures``, and of a folder ``cohort.thumbnails``.
    """
    if not settings.cohort.read_pixels:
        return "Without pictures: cohort.read_pixels is false."
    if source == "folder":
        return "" if settings.cohort.thumbnails else "Without pictures: cohort.thumbnails is false."
    if source in HOSPITALS and settings.page.pictures != Pictures.ALL:
        return (
            "Without pictures: those of DICOM files are on the contact sheet "
            "(import/contact_sheet), and here if page.pictures is all."
        )
    if settings.page.pictures == Pictures.NONE:
        return "Without pictures: page.pictures is none."
    return ""


def page(
    cases: pd.DataFrame,
    left_out: pd.DataFrame,
    findings: pd.DataFrame,
    parts: Sequence[Part],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> str:
    """Return the page as HTML that needs no other file.

    Args:
        cases: candidates.csv.
        left_out: left_out.csv: cases that were read and do not stay.
        findings: integrity.csv.
        parts: The cohorts of the study.
        workers: How many images are read at once.
        progress: Told how far it is.
    """
    cases, left_out = (
        table.assign(case_id=table["case_id"].fillna("")) for table in (cases, left_out)
    )
    first = _first_cases(findings)
    chosen = {part.cohort: _chosen(cases[cases["cohort"] == part.cohort], part) for part in parts}
    wanted = {case_id for rows in chosen.values() for case_id in rows["case_id"]}
    wanted |= {case_id for names in first.values() for case_id in names}
    # Not those that were left out as copies of a row that stays.
    everyone = pd.concat([cases, left_out[~left_out["case_id"].isin(cases["case_id"])]])
    shown = everyone[everyone["case_id"].isin(wanted)]
    cards = _cards(shown, findings, parts, workers, progress)
    return render(
        "smallmass.cohort",
        TEMPLATE,
        checks=_checks(findings, first, cards),
        images=number_of(len(cases), "image"),
        sets=[
            _set(part, cases[cases["cohort"] == part.cohort], chosen[part.cohort], cards)
            for part in parts
        ],
    )


def _chosen(cases: pd.DataFrame, part: Part) -> pd.DataFrame:
    """Return the cases that are shown: the first of a hospital's, an even sample of others."""
    if part.own:
        return cases.head(MOST_CASES)
    ordered = cases.sort_values(["label", "case_id"])
    places = np.linspace(0, len(ordered) - 1, min(SAMPLE, len(ordered))).round().astype(int)
    return ordered.iloc[places]


def _first_cases(findings: pd.DataFrame) -> dict[tuple, list[str]]:
    """Return the first cases that each rule is about, in the order of the findings."""
    rules = findings.dropna(subset=["case_id"]).groupby(["severity", "code", "check"], sort=False)
    return {rule: list(dict.fromkeys(rows["case_id"]))[:CASES_OF_A_CHECK] for rule, rows in rules}


def _cards(
    cases: pd.DataFrame,
    findings: pd.DataFrame,
    parts: Sequence[Part],
    workers: int,
    progress: Progress | None,
) -> dict[str, list[Card]]:
    """Return the cards of cases by name, one a row; with pictures where their cohort has them."""
    told = {
        case_id: [f"{row.code}: {row.message}" for row in rows.itertuples()]
        for case_id, rows in findings.dropna(subset=["case_id"]).groupby("case_id")
    }
    roots = {part.cohort: None if part.why else part.folder for part in parts}
    made = map_images(
        lambda case: card(case, roots[case["cohort"]], told.get(case["case_id"], [])),
        cases.to_dict("records"),
        workers=workers,
        progress=progress,
    )
    cards: dict[str, list[Card]] = {}
    for item in made:
        cards.setdefault(item.case_id, []).append(item)
    return cards


def _checks(
    findings: pd.DataFrame, first: dict[tuple, list[str]], cards: dict[str, list[Card]]
) -> list[Check]:
    """Return what was found, by rule, the gravest first, as the table has it."""
    checks = []
    for rule, rows in findings.groupby(["severity", "code", "check"], sort=False):
        severity, code, name = map(str, rule)
        named = first.get(rule, [])
        # What has no card: the whole cohort, and files without a row.
        bare = rows[rows["case_id"].isna() | rows["case_id"].isin({*named} - {*cards})]
        texts = [
            row.message if pd.isna(row.case_id) else f"{row.case_id}: {row.message}"
            for row in bare.head(CASES_OF_A_CHECK).itertuples()
        ]
        remedies = rows["remedy"].dropna().unique()
        number = rows["case_id"].nunique()
        checks.append(
            Check(
                code=code,
                name=name,
                severity=severity,
                words=WORDS[Severity(severity)],
                remedy=remedies[0] if len(remedies) == 1 else "",
                number=number,
                cases=number_of(number, "case"),
                texts=texts,
                cards=_of(cards, named),
            )
        )
    return checks


def _of(cards: dict[str, list[Card]], names: Iterable[str]) -> list[Card]:
    """Return the cards of some cases, in their order."""
    return [item for name in dict.fromkeys(names) for item in cards.get(name, [])]


def _set(
    part: Part, cases: pd.DataFrame, chosen: pd.DataFrame, cards: dict[str, list[Card]]
) -> Set:
    """Return a cohort as the page shows it."""
    labels = cases["label"].fillna("without a label").value_counts()
    counts = [
        f"{number_of(len(cases), 'image')} of "
        f"{number_of(cases['patient_id'].nunique(), 'known patient')}",
        *(f"{number:,} {label}" for label, number in labels.items()),
        f"{cases['outline'].notna().sum():,} with an outline",
    ]
    shown = ""
    if len(chosen) < len(cases):
        which = "the first" if part.own else "evenly drawn from those of each label"
        shown = f"{len(chosen):,} of {len(cases):,}, {which}"
    return Set(
        name=cohort_name(part.cohort),
        counts="; ".join(counts),
        columns=part.columns,
        cards=_of(cards, chosen["case_id"]),
        shown=shown,
        own=part.own,
        why=part.why,
    )
