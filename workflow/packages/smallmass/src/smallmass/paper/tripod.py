"""The TRIPOD checklist, filled in from a run: its template's items as a printed table."""

from dataclasses import dataclass

from diagnostic_accuracy.printing import Heading, PrintedTable, Row
from smallmass.paper.run_files import RunFiles
from smallmass.paper.tripod_values import values
from smallmass.paper.writing import template

TITLE = "Checklist for a prediction model, filled in from this run (TRIPOD 2015)"
HEADER = ("Item", "For", "Topic", "Where", "In this run")
NOTES = (
    "Items of Collins et al., BMJ 2015;350:g7594, their topics in our own words. D: for the "
    "development of a model; V: for its validation. Files are those of the run’s folder; “report” "
    "is its report.html.",
    "“For the authors”: the run cannot know it. A filled line is no judgement that a study is "
    "sound.",
)


@dataclass(frozen=True)
class Item:
    """One line of the checklist.

    Attributes:
        number: "4a".
        marks: "D", "V" or "D;V": what the item is for.
        topic: What it asks for, in our own words.
        where: Files of the run, and sections of the report ("report: Flow of cases"), joined by
            "; "; empty where the run holds nothing.
        answer: What this run says.
    """

    number: str
    marks: str
    topic: str
    where: str
    answer: str


def tripod(run: RunFiles) -> PrintedTable:
    """Return the checklist: a row an item, in the order of its numbers.

    Args:
        run: The files of a run, read.
    """
    rows = tuple(
        Row((item.number, item.marks, item.topic, item.where, item.answer)) for item in items(run)
    )
    notes = (*run.notes.every, *NOTES)
    header = (tuple(Heading(name) for name in HEADER),)
    return PrintedTable("TRIPOD", f"{TITLE}: study {run.study}", header, rows, notes, len(HEADER))


def items(run: RunFiles) -> list[Item]:
    """Return the items of the template, with what it says of a run."""
    return as_items(template("tripod.md.j2").render(values(run)))


def as_items(text: str) -> list[Item]:
    """Return the items of a rendered template.

    Args:
        text: Each begins with a line ``# number | for | topic | where``.
    """
    _, *sections = f"\n{text}".split("\n# ")
    parts = (section.partition("\n") for section in sections)
    return [_item(head, answer) for head, _, answer in parts]


def _item(head: str, answer: str) -> Item:
    number, marks, topic, where = (part.strip() for part in head.split("|"))
    return Item(number, marks, topic, where, answer=" ".join(answer.split()))
