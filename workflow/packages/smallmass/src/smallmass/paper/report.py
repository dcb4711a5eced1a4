"""The report: the whole study on one page that needs no other file and no network."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from diagnostic_accuracy.clustered_paired import of_counts
from smallmass.evaluation.cases import main_cases, main_set
from smallmass.evaluation.published import Published
from smallmass.evaluation.simulated_studies import STRUCTURES
from smallmass.options import Backbone
from smallmass.paper import (
    calibration_curves,
    figure1,
    figure2,
    figure3,
    gate_controls,
    page_notes,
    report_tables,
    specification_curve,
)
from smallmass.paper.estimates import OUT_OF_FOLD, any_out_of_fold, model_names, test_set
from smallmass.paper.flow import flow
from smallmass.paper.page_notes import PageNotes
from smallmass.paper.phantom_inputs import phantom_inputs
from smallmass.paper.settings_table import settings_table
from smallmass.paper.table1 import table1
from smallmass.paper.table2 import interval_method, table2, with_intervals
from smallmass.paper.writing import template
from smallmass.settings import Settings
from smallmass.words import Split, cohort_name

TEMPLATE = "report.html.j2"
TITLE = (
    "Deep learning algorithm and clinical factors for breast masses smaller than 1 cm "
    "on ultrasonography"
)
PAPER = "Quant Imaging Med Surg 2023;13(4):2486–2495, doi 10.21037/qims-22-880"
TABLES = ("cohort", "split", "integrity", "performance", "bootstrap", "intervals", "comparisons",
          "calibration", "choices", "gate_null", "simulated_studies", "published", "scorecard",
          "tripod", "predictions")  # fmt: skip
FIGURES = ("figure1", "figure2", "figure3", "specification_curve", "gate_controls")


@dataclass(frozen=True)
class Run:
    """The files of a run, read.

    Args:
        study: Name of the study.
        settings: Resolved settings.
        config_text: Text of ``config.yaml``, for the ids in its comments.
        tables: DataFrames by the names in `TABLES`.
        operating_points: ``operating_points.json``.
        notes: ``notes.json``.
        run: ``run.json``.
        figures: SVG files by the names in `FIGURES`.
    """

    study: str
    settings: Settings
    config_text: str
    tables: dict[str, pd.DataFrame]
    operating_points: list[dict]
    notes: PageNotes
    run: dict[str, Any]
    figures: dict[str, Path]


def render(run: Run) -> str:
    """Return the report as HTML: one page, styles and figures inside, no script, no link out."""
    return template(TEMPLATE).render(
        title=TITLE,
        paper=PAPER,
        study=run.study,
        settings=settings_table(run.settings, run.config_text),
        run=run.run,
        times=report_tables.times_table(run.run["times"]),
        **_cohort(run),
        **_results(run),
        **_choices(run),
    )


def _cohort(run: Run) -> dict[str, Any]:
    """Return what the page says of the cohort, and Table 1."""
    cohort, split = run.tables["cohort"], run.tables["split"]
    names, notes = cohort["cohort"].unique(), run.notes
    return {
        "cohorts": ", ".join(map(cohort_name, names)),
        "simulated": page_notes.is_simulated(names),
        "notes": notes.every + notes.factors + notes.density + notes.cross_fitting,
        "phantom_inputs": phantom_inputs(),
        "facts": _facts(run),
        "flow": flow(cohort=cohort, split=split, integrity=run.tables["integrity"]),
        "table1": table1(cohort, split, notes=notes, limits=run.settings.cohort),
    }


def _results(run: Run) -> dict[str, Any]:
    """Return the results of the models: Table 2, the figures, and every other table of them."""
    tables = run.tables
    performance = tables["performance"]
    main = main_set(performance)
    method = interval_method(run.settings)
    return {
        "table2": table2(
            performance=with_intervals(performance, tables["intervals"], method),
            comparisons=tables["comparisons"],
            operating_points=run.operating_points,
            settings=run.settings,
            notes=run.notes,
        ),
        "figures": _figures(run),
        "performance": report_tables.performance_tables(performance, tables["bootstrap"]),
        "intervals": report_tables.intervals_table(tables["intervals"]),
        "comparisons": report_tables.comparisons_table(tables["comparisons"]),
        "test_set": test_set(main),
        "out_of_fold": OUT_OF_FOLD if any_out_of_fold(main) else "",
        "calibration": _embedded(calibration_curves.draw(tables["calibration"])),
        "scorecard": report_tables.scorecard_table(tables["scorecard"]),
        "tripod": report_tables.tripod_table(tables["tripod"]),
    }


def _choices(run: Run) -> dict[str, Any]:
    """Return what other choices, the gate alone and the printed margins would give."""
    tables = run.tables
    variant = _mcnemar(run)
    spread = specification_curve.summary(tables["choices"], Published(tables["published"]), variant)
    names = model_names(main_set(tables["performance"]))
    return {
        "choices": report_tables.choices_table(spread),
        "why_no_choices": specification_curve.why_empty(tables["choices"]),
        "nulls": report_tables.null_table(tables["gate_null"], names),
        "simulated_studies": report_tables.simulated_studies_table(
            tables["simulated_studies"], variant
        ),
        "structures": STRUCTURES,
    }


def _facts(run: Run) -> list[tuple[str, str]]:
    """Return the few lines that say what was run."""
    image, clinical = run.settings.image_model, run.settings.clinical_model
    cases = run.tables["cohort"]
    lesions = cases["label"].value_counts()
    weights = image.weights
    backbone = Backbone(image.backbone).printed
    seeds = f"{image.seeds} seed{'s' if image.seeds > 1 else ''}"
    epochs = f"{image.epochs} epoch{'s' if image.epochs > 1 else ''}"
    folds = f"{image.folds} folds" if image.folds else "no folds"
    combined = run.settings.combined_model
    crossed = cohort_name(run.settings.cross_fitting.cohort or "")
    main = test_set(main_set(run.tables["performance"]))
    return [
        *([("Main analysis", main)] if main != Split.TEST.printed else []),
        ("Lesions", f"{len(cases):,} of {cases['patient_id'].nunique():,} patients: "
                    f"{lesions.get('benign', 0):,} benign, {lesions.get('malignant', 0):,} "
                    "malignant"),
        ("Image model", f"Mask R-CNN, {backbone} with feature pyramid, {image.size_px:,} px, "
                        f"{epochs}, {seeds}, {folds}"),
        ("Pretraining", f"from {weights}" if weights else "none: not pretrained (A40)"),
        ("Clinical model", "multilayer perceptron " + "-".join(map(str, clinical.hidden))),
        ("Combined models", (f"cross-fitted in {crossed}" if crossed else
                             f"fitted on {combined.fitted_on.printed}")
                            + f", applied to {combined.applied_to.short}"),
        ("Operating point", "Youden index, "
                            "chosen on " + run.settings.operating_point.chosen_on),
    ]  # fmt: skip


def _mcnemar(run: Run) -> str:
    """Return the variant of McNemar's test by which counts alone are tested (A25)."""
    return of_counts(run.settings.evaluation.mcnemar)


def _figures(run: Run) -> dict[str, dict[str, str | None]]:
    """Return number, legend and data URI of every figure; the legend is its alternative text."""
    tables = run.tables
    where = test_set(main_set(tables["performance"]))
    legends = {
        "figure1": figure1.caption(run.settings, figure1.unknown(tables["cohort"], run.settings)),
        "figure2": figure2.caption(tables["performance"]),
        "figure3": figure3.caption(
            main_cases(tables["predictions"], tables["cohort"], run.settings.cohort),
            tables["cohort"],
            run.operating_points,
            where if where != Split.TEST.printed else "",
        ),
        "specification_curve": specification_curve.caption(
            tables["choices"], Published(tables["published"]), _mcnemar(run)
        ),
        "gate_controls": gate_controls.caption(tables["gate_null"], tables["performance"]),
    }
    return {
        name: {
            "number": name.removeprefix("figure") if name.startswith("figure") else "",
            "legend": legend,
            "source": _embedded(run.figures[name].read_bytes()),
        }
        for name, legend in legends.items()
    }


def _embedded(svg: bytes | None) -> str | None:
    """Return an SVG file as a data URI, so that the page needs no other file."""
    if svg is None:
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
