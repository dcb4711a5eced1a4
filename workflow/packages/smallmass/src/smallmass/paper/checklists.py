"""Three more checklists of reporting, filled in from a run as TRIPOD 2015's is.

TRIPOD+AI (2024) is what a study of a prediction model is reported by now. What an item has in
common with one of TRIPOD 2015 is said there alone.
"""

from dataclasses import dataclass

from diagnostic_accuracy.printing import Heading, PrintedTable, Row
from smallmass.paper.run_files import RunFiles
from smallmass.paper.tripod import HEADER, NOTES, Item, as_items, items
from smallmass.paper.tripod_values import values
from smallmass.paper.writing import template


@dataclass(frozen=True)
class Checklist:
    """A checklist of reporting.

    Attributes:
        name: As it is called.
        title: What stands above it.
        source: Where its items come from.
    """

    name: str
    title: str
    source: str


CHECKLISTS = {
    "tripod_ai": Checklist(
        "TRIPOD+AI",
        "Checklist for a prediction model with machine learning, filled in from this run",
        "Items of TRIPOD+AI, Collins et al., BMJ 2024;385:e078378. D: for the development of a "
        "model; E: for its evaluation.",
    ),
    "claim": Checklist(
        "CLAIM",
        "Checklist for artificial intelligence in medical imaging, filled in from this run",
        "Items of the 2024 update of CLAIM, Tejani et al., Radiol Artif Intell 2024;6:e240300.",
    ),
    "stard": Checklist(
        "STARD",
        "Checklist for a study of diagnostic accuracy, filled in from this run",
        "Items of STARD 2015, Bossuyt et al., BMJ 2015;351:h5527.",
    ),
}
OWN_WORDS = "Topics are in our own words. Files are those of the run’s folder."


def checklist(run: RunFiles, name: str) -> PrintedTable:
    """Return a checklist: a row an item.

    Args:
        run: The files of a run, read.
        name: One of `CHECKLISTS`.
    """
    kind = CHECKLISTS[name]
    rows = tuple(
        Row((item.number, item.marks, item.topic, item.where, item.answer))
        for item in checklist_items(run, name)
    )
    notes = (*run.notes.every, f"{kind.source} {OWN_WORDS}", NOTES[1])
    header = (tuple(Heading(text) for text in HEADER),)
    return PrintedTable(kind.name, f"{kind.title}: study {run.study}", header, rows, notes,
                        len(HEADER))  # fmt: skip


def checklist_items(run: RunFiles, name: str) -> list[Item]:
    """Return the items of a checklist, with what it says of a run.

    Args:
        run: The files of a run, read.
        name: One of `CHECKLISTS`.
    """
    known = {item.number: item for item in items(run)}
    of_run = values(run) | {
        "same": lambda number: known[number].answer,
        "where": lambda number: known[number].where,
    }
    return as_items(template(f"{name}.md.j2").render(of_run))
