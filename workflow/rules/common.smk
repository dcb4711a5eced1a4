"""What the rules share: the study that was asked for, its settings, its files."""

import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

# The packages are found beside the rules, also where they are not installed (conda).
PACKAGES = Path(workflow.basedir, "workflow", "packages")
ROOTS = sorted(PACKAGES.glob("*/src"))
sys.path[:0] = map(str, ROOTS)

from smallmass.cohort.roles import HOSPITALS, Role, as_read, entries
from smallmass.errors import UserError
from smallmass.modules import closure, digest
from smallmass.screen import without_noise
from smallmass.settings import picking
from smallmass.settings.resolve import Contradictory, merge, resolve, shown

# The study whose sets are left out where they are not here.
ACROSS = "across"


def chosen_study():
    """Return the study that was asked for, or end with every problem listed, before any job.

    New images are read and the paper is audited without the study's cohort: that it is not here
    waits, as the second value, until a rule needs it. The third are the sets that are left out.
    """
    absent, missing = None, []
    try:
        study = resolve(config)
        if study.name == ACROSS:
            from smallmass.across.sources import without_missing

            sources, missing = without_missing(study.settings.cohort.sources, study.datasets)
            settings = study.settings.changed({"cohort.sources": sources})
            study = replace(study, settings=settings)
        problems = problems_of_folders(study)
        absent = UserError(problems) if problems else None
    except Contradictory as error:
        # No rule is reached, so what is wrong with the files is told here.
        files = [*problems_of_folders(error.study), *problems_of_start(error.study)]
        sys.exit(UserError([*error.problems, *files]).report())
    except UserError as error:
        sys.exit(error.report())  # not WorkflowError: it would add a file and a line
    if missing and workflow.is_main_process:
        print(f"Not in {study.datasets}, and left out: {', '.join(missing)}.", file=sys.stderr)
    return study, absent, missing


def problems_of_folders(study):
    """Return what is wrong with the folders that a study's sources are read from."""
    settings, problems = study.settings.cohort, []
    for entry in entries(settings.sources):
        if entry.source != "phantom":  # the phantoms are made by a rule
            from smallmass.cohort.sources import folder_problems

            root = entry.root or settings.root
            problems += folder_problems(entry.source, root, study.datasets, settings)
    return problems


def start_of(study):
    """Return what a study's image model starts from; None: random weights."""
    from smallmass.start.finding import find_start

    return find_start(
        study.settings.image_model,
        study=study.name,
        config=config,
        results=Path("results"),
        models=Path(own_file("models")),
        mirror=study.mirror,
    )


def problems_of_start(study):
    """Return what is wrong with a start's files, where the settings name a start."""
    from smallmass.start.finding import check
    from smallmass.start.kinds import problems

    image_model = study.settings.image_model
    start = None if any(problems(image_model)) else start_of(study)
    return check(start, image_model, config["studies"]) if start else []


def folder_of(entry):
    """Return the folder that a source's paths are relative to."""
    if entry.source == "dicom":
        return IMPORTED
    own = entry.root or S.cohort.root
    if entry.source == "phantom":
        return own
    return str(DATASETS if entry.public else Path(own).expanduser())


def templates_of_sheet(name):
    """Return the templates of a page in the report's looks, by its own one below the study's code."""
    folder = "workflow/packages/smallmass/src/smallmass"
    looks = (f"paper/page/{style}.css" for style in ("style", "browser", "print"))
    return [own_file(f"{folder}/{file}") for file in (name, "sheet.html.j2", *looks)]


def own_file(name):
    """Return the path of one of the project's own files from here: if both move, it stays the same."""
    return os.path.relpath(Path(workflow.basedir, name))


def code(script, *modules):
    """Return a digest of what a script and its modules do: as a parameter, edits re-run its rule.

    Args:
        script: The script; what it imports counts, and what that imports.
        modules: Modules of the study that a setting chooses, which no import names.
    """
    starts = [Path(workflow.basedir, script), *(STUDY_CODE / module for module in modules)]
    roots = [*ROOTS, starts[0].parent]
    files = {file for start in starts for file in closure(start, roots, skipped=NOT_READ)}
    return digest(files | {start.resolve() for start in starts}, roots)


without_noise(logger)
# Results that are older were made by another run, and are not its end.
BEGUN = time.time()
STUDY_CODE = PACKAGES / "smallmass/src/smallmass"
study, ABSENT, MISSING = chosen_study()
STUDY = study.name
S = study.settings
DATASETS = study.datasets
R = f"results/{STUDY}"
IMPORTED = f"{R}/import"
SOURCES = {entry.source: entry for entry in entries(S.cohort.sources)}
# The folder that a cohort's paths are relative to, by its name; nothing where it is not here.
FOLDERS = {} if ABSENT else {entry.cohort: folder_of(entry) for entry in SOURCES.values()}
UNDERSTOOD = [] if ABSENT else [f"{R}/cohort/understood.html"]
PHANTOMS = folder_of(SOURCES["phantom"]) if "phantom" in SOURCES else None
DICOM = "dicom" in SOURCES and not ABSENT


# In the rules' paths: <results>/cohort/cohort.csv.
pathvars:
    results=R,
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


# What settings may be: a job has those that it uses as a parameter, checked already. And what a job
# tells while it runs, which changes no result.
NOT_READ = {
    path.resolve()
    for path in (
        *STUDY_CODE.glob("settings/*.py"),
        STUDY_CODE / "progress.py",
        STUDY_CODE / "image_model/telling.py",
        STUDY_CODE / "image_model/class_auroc.py",
    )
}
# Outlines in JSON files are a hospital's own: for other sources nothing that reads them is run.
if not SOURCES.keys() & set(HOSPITALS):
    NOT_READ |= {
        Path(STUDY_CODE, "cohort", name).resolve()
        for name in ("annotations.py", "annotation_files.py")
    }


def tables_of_source(name):
    """Return the tables that a source is read from."""
    if name == "phantom":
        return [f"{PHANTOMS}/cohort.csv", f"{PHANTOMS}/manifest.csv"]
    if name == "dicom":
        return [f"{IMPORTED}/{name}" for name in ("cohort.csv", "findings.csv", "import.json")]
    from smallmass.cohort.sources import watched_files

    return watched_files(name, FOLDERS[SOURCES[name].cohort], DATASETS, S.cohort)


def tables_of_cohort():
    """Return the tables that the cohort is read from: a change re-reads it."""
    if ABSENT:
        return lambda wildcards: sys.exit(UserError([*ABSENT.problems, *start_problems()]).report())
    return [table for name in SOURCES for table in tables_of_source(name)]


def busbra_tables():
    """Return BUS-BRA's tables as far as they are there; without them the job says what to do."""
    from smallmass.cohort.sources import watched_files

    return watched_files("busbra", None, DATASETS, S.cohort)


def files_of_cohort():
    """Return a text a source that changes when a file of it does; what is made has its tables."""
    names = [] if ABSENT else SOURCES.keys() - {"phantom", "dicom"}
    if not names:
        return None
    from smallmass.cohort.listing import fingerprint
    from smallmass.cohort.sources import get

    folders = {name: FOLDERS[SOURCES[name].cohort] for name in names}
    return {name: fingerprint(folders[name], get(name).expected) for name in sorted(names)}


def show_refusal(logs):
    """Show what is wrong with the cohort as the last thing of a run that it stopped.

    Args:
        logs: Snakemake's own log files of this run.
    """
    text = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs)
    stopped = set(re.findall(r"Error in rule\s(\w+):", text))
    if "read_new_images" in stopped:
        show_problems()
    if not stopped & {"check", "cohort", "split"}:
        return
    from smallmass.cohort.findings import from_table, grouped
    from smallmass.files import read_csv

    # What was asked for may not have needed the whole list.
    lists = [Path(R, "cohort", f"{name}.csv") for name in ("inspection", "integrity")]
    lists = [path for path in lists if path.exists()]
    if not lists:  # a cluster's job failed as a whole, and what it had made was deleted
        return
    path = max(lists, key=lambda path: path.stat().st_mtime_ns)
    print("", grouped(from_table(read_csv(path)), csv=path), "", sep="\n", file=sys.stderr)


def show_results():
    """Say where the page is and five numbers of it, as the last thing of a run that made it."""
    page = Path(R, "report.html")
    if page.exists() and page.stat().st_mtime >= BEGUN:
        from smallmass.paper.closing import closing

        print("", *closing(Path(R)), "", sep="\n", file=sys.stderr)


def grows(amount):
    """Return a rule's memory (MB) or time (minutes): doubled each time that a job is retried."""
    return lambda wildcards, attempt: amount * 2 ** (attempt - 1)


def pick(*names):
    """Return settings by dotted name, so that no other setting's change re-runs a rule.

    The place of a hospital's files is not among them: results may show what is.
    """
    return picking.pick(shown(S), *names)


def no_published(wildcards):
    """End with what is missing, once the rule `published` was asked for."""
    sys.exit(
        "published: docs/published/ has no CSV file. Write one from a finished study: uv run python "
        "-m smallmass.published docs/published/NAME.csv results/STUDY"
    )


def with_inputs(rule, **others):
    """Return the inputs of a rule by name, with others for some of them."""
    return dict(rule.input.items()) | others


# Folds and repeats are of use only where a cohort is named.
CROSS = "cross_fitting" if S.cross_fitting.cohort else "cross_fitting.cohort"
# Searches of a cross-fitted clinical model: one for each repeat, left-out fold and validation fold.
CROSS_FITS = (
    S.cross_fitting.repeats * S.cross_fitting.folds * (S.cross_fitting.folds - 1)
    if S.cross_fitting.cohort
    else 0
)
SEEDS = range(S.image_model.seeds)
FITS = ["full", *(f"fold{k}" for k in range(S.image_model.folds))]
FILES = {
    "check": expand(
        "<results>/cohort/{name}.csv", name=["cohort", "integrity", "split", "folds", "transforms"]
    ),
    "models": [
        expand(
            "<results>/image_model/seed{seed}/{fit}/{file}",
            seed=SEEDS,
            fit=FITS,
            file=["weights.h5", "model.json", "history.csv", "detections.csv"],
        ),
        "<results>/image_model/scores.csv",
        "<results>/image_model/likeness.json",
        expand(
            "<results>/clinical_model/{file}",
            file=["trials.csv", "weights.h5", "model.json", "scores.csv", "cross_scores.csv"],
        ),
        "<results>/operating_points.json",
        expand("<results>/combined/{model}.json", model=["regression", "tree"]),
        "<results>/combined/cross_calls.csv",
        "<results>/predictions.csv",
    ],
    "evaluation": expand(
        "<results>/evaluation/{name}.csv",
        name=[
            "performance",
            "intervals",
            "bootstrap",
            "comparisons",
            "roc",
            "calibration",
            "choices",
            "gate_null",
            "simulated_studies",
            "cross_tables",
            "at_prevalence",
            "decision_curves",
            "auroc_differences",
            "transfer",
            "subgroups",
            "precision",
            "calibration_summary",
            "calibration_smooth",
        ],
    ),
    "tables": [
        expand("<results>/tables/table{n}.{kind}", n=[1, 2], kind=["csv", "md", "tex"]),
        "<results>/tables/table2_long.csv",
    ],
    "figures": expand(
        "<results>/figures/{name}.{kind}",
        name=[
            "figure1_architecture",
            "figure2_roc",
            "figure3_cases",
            "specification_curve",
            "gate_controls",
        ],
        kind=["svg", "png"],
    ),
    "report": [
        "<results>/scorecard.csv",
        "<results>/tripod.csv",
        "<results>/tripod.md",
        *expand(
            "<results>/checklists/{name}.{kind}",
            name=["tripod_ai", "claim", "stard"],
            kind=["csv", "md"],
        ),
        "<results>/report.html",
        "<results>/model_card.md",
        "<results>/run.json",
    ],
}


def paper_files(wildcards):
    """Return the table and the relations of the paper; of an empty folder say what to do."""
    if not study.paper:
        return {
            "numbers": f"{AUDIT}/data/published_numbers.csv",
            "relations": f"{AUDIT}/data/relations.yaml",
        }
    from printed_numbers.folders import missing, paths

    if words := missing(study.paper, write=not workflow.dryrun):
        sys.exit(words)
    return dict(zip(("numbers", "relations"), map(str, paths(study.paper))))


def predicted_files(wildcards):
    """Return other models' predictions as files: a change of one re-reads them."""
    from smallmass.exchange.predictions import files

    try:
        return list(map(str, files(study.predictions)))
    except UserError as error:
        sys.exit(error.report())


def rivals_of_page(wildcards):
    """Return what the report shows of rivals: nothing, unless they are asked for or made."""
    asked = "rivals" in sys.argv[1:] or S.rivals.in_all
    wanted = asked or Path(RIVAL_RESULTS["rivals"]).exists()
    return RIVAL_RESULTS if wanted else {}
