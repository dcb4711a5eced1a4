"""The TRIPOD checklist, filled in from a run.

The items are those of TRIPOD 2015 for studies that develop and validate a model (Collins et al.,
BMJ 2015;350:g7594; explained by Moons et al., Ann Intern Med 2015;162:W1-W73): 22 items, 37 with
their letters. Their numbers, letters and marks (D: development, V: validation) were compared with
public copies of the checklist; the topics are in our own words. TRIPOD 2015 has no item for the
registration of a study: it stands under 21.
"""

from dataclasses import dataclass

from diagnostic_accuracy.printing import Heading, PrintedTable, Row
from smallmass.paper import labels
from smallmass.paper.tripod_answers import answers
from smallmass.paper.tripod_crossed import WEIGHTS
from smallmass.paper.tripod_run import RunFiles

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
    """

    number: str
    marks: str
    topic: str
    where: str = ""


ITEMS = (
    Item("1", "D;V", "Title: kind of study, in whom, which outcome", "report: What this is"),
    Item("2", "D;V", "Abstract", "report: What this is"),
    Item("3a", "D;V", "Clinical background, earlier models"),
    Item("3b", "D;V", "Aim: a new model, a test of one, or both", "report: What this is"),
    Item("4a", "D;V", "Source of the data", "cohort/cohort.csv; report: Settings"),
    Item("4b", "D;V", "Dates of the study"),
    Item("5a", "D;V", "Setting: places, centres, machines", "cohort/cohort.csv"),
    Item("5b", "D;V", "Who was eligible", "cohort/integrity.csv; report: Flow of cases"),
    Item("5c", "D;V", "Treatments"),
    Item("6a", "D;V", "Outcome and how it was established", "cohort/cohort.csv"),
    Item("6b", "D;V", "Blinding of whoever judged the outcome"),
    Item("7a", "D;V", "Predictors and how they were measured", "tables/table1.md; report: Model"),
    Item("7b", "D;V", "Blinding of whoever measured the predictors"),
    Item("8", "D;V", "Sample size and its reason", "cohort/split.csv; report: Flow of cases"),
    Item("9", "D;V", "Missing values", "clinical_model/model.json; report: Patients"),
    Item("10a", "D", "How predictors enter the models", "clinical_model/model.json"),
    Item("10b", "D", "Kinds of model, how they were built and checked internally",
         "image_model/seed0/full/model.json; clinical_model/trials.csv; report: Settings"),
    Item("10c", "V", "How the test set’s predictions were computed", "predictions.csv"),
    Item("10d", "D;V", "Measures of performance, comparison of models",
         "evaluation/performance.csv; evaluation/comparisons.csv"),
    Item("10e", "V", "Updating of a model: method"),
    Item("11", "D;V", "Risk groups", "operating_points.json"),
    Item("12", "V", "How the test set differs from the development data", "cohort/split.csv"),
    Item("13a", "D;V", "Flow of participants", "cohort/integrity.csv; report: Flow of cases"),
    Item("13b", "D;V", "Characteristics of participants", "tables/table1.md; report: Patients"),
    Item("13c", "V", "Test set beside the development data", "tables/table1.md; report: Patients"),
    Item("14a", "D", "Participants and outcomes in each analysis",
         "clinical_model/model.json; combined/regression.json; combined/tree.json"),
    Item("14b", "D", "Each predictor alone against the outcome"),
    Item("15a", "D", "The models in full",
         "combined/regression.json; combined/tree.json; clinical_model/weights.h5; "
         "image_model/seed0/full/weights.h5"),
    Item("15b", "D", "How to use the models", "operating_points.json"),
    Item("16", "D;V", "Performance, with intervals",
         "tables/table2.md; report: Performance in full; report: Calibration"),
    Item("17", "V", "Updating of a model: results"),
    Item("18", "D;V", "Limitations",
         "report: Every choice; report: Two nulls of the second reading"),
    Item("19a", "V", "Test results beside those of development", "tables/table2.md"),
    Item("19b", "D;V", "Interpretation as a whole", "scorecard.csv; report: Scorecard"),
    Item("20", "D;V", "Clinical use, further research"),
    Item("21", "D;V", "Protocol, registration, code and data", "run.json; report: Provenance"),
    Item("22", "D;V", "Funding and the funders’ part"),
)  # fmt: skip


def tripod(run: RunFiles) -> PrintedTable:
    """Return the checklist: a row an item, in the order of its numbers.

    Args:
        run: The files of a run, read.
    """
    found = answers(run)
    rows = tuple(
        Row((item.number, item.marks, item.topic, where(item, run), found[item.number]))
        for item in ITEMS
    )
    notes = (*labels.page_notes(run.cohort, run.study, run.settings), *NOTES)
    header = (tuple(Heading(name) for name in HEADER),)
    return PrintedTable("TRIPOD", f"{TITLE}: study {run.study}", header, rows, notes, len(HEADER))


def where(item: Item, run: RunFiles) -> str:
    """Return where an item's answer is found: cross-fitted clinical networks leave no weights."""
    return item.where.replace(WEIGHTS, "") if run.crossed else item.where
