"""What may be found in the tables of a cohort."""

from smallmass.cohort.rules.rule import dropped, error, warning

_CORRECT_OTHER = "Find out which is right, and correct the other"

RULES = {
    "T001": error("duplicate case_id", "Give every lesion in every image an identifier of its own"),
    "T002": error(
        "case_id", 'Begin with a letter or digit, and leave out / \\ : * ? " < > | % # and the like'
    ),
    "T003": error(
        "missing column", "Add the column {name}, or say in config.yaml which column of yours it is"
    ),
    "T004": error("missing {name}", "Fill in {name}"),
    "T005": error("missing case_id", "Fill it in, or delete the row"),
    "T006": error("unknown {name}", "Use one of: {words}"),
    "T007": error(
        "{name} out of range",
        "It {meaning}, between {low} and {high}; write unknown where it is not known",
    ),
    "T008": error("contradicting labels", "Keep the right label"),
    "T009": error("contradicting labels", _CORRECT_OTHER),
    "T010": error(
        "label against folder", "Find out which is right; correct the table, or move the image"
    ),
    "T011": dropped("normal", "Nothing: the study is of lesions"),
    "T012": error(
        "word without a meaning",
        "Correct the table, or say what it means: cohort.words: {{{name}: {{{word!r}: "
        "{options}}}}}",
    ),
    "T013": warning(
        "column may name persons",
        "Take it out of cohort.further, and such columns out of the table",
    ),
    "T014": warning("several sheets", "Name another with cohort.sheet if that is the wrong one"),
    "T015": warning(
        "patients unknown",
        "If a patient can have several images, name the column: cohort.columns: {{patient_id: "
        "NAME}}; else a patient may be both trained and tested on",
    ),
    "T016": warning(
        "patients unknown",
        "Fill it in where a patient has several images; else a patient may be both trained and "
        "tested on",
    ),
    "T017": warning(
        "factors unknown", "If one of its columns holds it, name that one under cohort.columns"
    ),
    "T018": warning(
        "one patient in several spellings",
        "Write each patient alike, or the same person may be trained and tested on",
    ),
    "T019": warning("rows of a patient contradict", _CORRECT_OTHER),
    "T020": warning(
        "column hardly filled",
        "Nothing, if it is not known; else look whether cells are merged, formulas have no stored "
        "result, or an instrument repeats",
    ),
    "T021": error(
        "a code for unknown",
        "Say what it means: cohort.words: {{{name}: {{{word!r}: unknown}}}}, or {word!r} itself in "
        "place of unknown if it is real",
    ),
    "T022": warning("merged cells", "Nothing, or write the value into each cell"),
    "T024": warning("rows above the header", "Nothing, or take them out of the table"),
    "T025": warning("rows under the table", "Nothing, or take them out of the table"),
    "T026": warning(
        "encoding", "Nothing if words look right; else save the table as CSV UTF-8 or .xlsx"
    ),
    "T027": warning(
        "further columns not read", "Name those that are to come along: cohort.further: [NAME]"
    ),
    "T028": warning("row of units", "Nothing, or take the row out of the table"),
    "T029": warning(
        "both labels in one patient",
        "Nothing, if each has several lesions; else find out which label is right",
    ),
    "T030": warning("header repeated", "Nothing, or take the row out of the table"),
    "T031": error(
        "one patient for all",
        "Give each patient a number of her own; where patients are not known, leave the column "
        "out. Of DICOM, cohort.dicom.patient: table takes the table's",
    ),
    "T032": warning("hidden rows", "Delete the rows that are no cases; nothing, if they are cases"),
    "T033": error(
        "shortened identifier",
        "Format the column as text in the program that wrote it, and save it anew",
    ),
    "T034": warning("one age for all", "Look whether the column was filled down by mistake"),
}
