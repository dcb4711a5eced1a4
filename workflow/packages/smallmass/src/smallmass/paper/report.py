"""The report: the whole study on one page that needs no other file and no network."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from diagnostic_accuracy.clustered_paired import of_counts
from smallmass.counts import number_of
from smallmass.evaluation.cases import main_cases, main_set
from smallmass.evaluation.published import Published
from smallmass.evaluation.simulated_studies import STRUCTURES
from smallmass.options import Backbone
from smallmass.paper import (
    answer,
    calibration_curves,
    case_browser,
    case_pictures,
    cell_links,
    choices_data,
    cutoffs,
    decision_plot,
    figure1,
    figure2,
    figure3,
    forest_plot,
    found_pictures,
    further_tables,
    gate_controls,
    page_index,
    page_notes,
    record_tables,
    report_tables,
    rivals_section,
    specification_curve,
    training_curves,
)
from smallmass.paper.checklists import CHECKLISTS
from smallmass.paper.citation import citation
from smallmass.paper.estimates import OUT_OF_FOLD, any_out_of_fold, model_names, test_set
from smallmass.paper.flow import flow
from smallmass.paper.glossary import GLOSSARY
from smallmass.paper.page_notes import PageNotes
from smallmass.paper.phantom_inputs import phantom_inputs
from smallmass.paper.settings_table import settings_table
from smallmass.paper.table1 import table1
from smallmass.paper.table2 import interval_method, table2, with_intervals
from smallmass.paper.writing import template
from smallmass.settings import Settings
from smallmass.start.kinds import in_words
from smallmass.words import Split, cohort_name

TEMPLATE = "report.html.j2"
STYLES = ("style", "browser", "print")
SCRIPTS = ("page", "cases", "cutoff", "explorer")
TITLE = (
    "Deep learning algorithm and clinical factors for breast masses smaller than 1 cm "
    "on ultrasonography"
)
PAPER = "Quant Imaging Med Surg 2023;13(4):2486–2495, doi 10.21037/qims-22-880"
TABLES = ("cohort", "split", "integrity", "performance", "bootstrap", "intervals", "comparisons",
          "calibration", "choices", "gate_null", "simulated_studies", "published", "scorecard",
          "audit", "predictions", "image_scores", "roc", *CHECKLISTS,
          *further_tables.FILES)  # fmt: skip
FIGURES = ("figure1", "figure2", "figure3", "specification_curve", "gate_controls")


@dataclass(frozen=True)
class Run:
    """The files of a run, read.

    Args:
        study: Name of the study.
        settings: Resolved settings.
        config_text: Text of ``config.yaml``, for the ids in its comments.
        citation: Text of ``CITATION.cff``.
        tables: DataFrames by the names in `TABLES`.
        operating_points: ``operating_points.json``.
        notes: ``notes.json``.
        run: ``run.json``.
        figures: SVG files by the names in `FIGURES`.
        histories: ``history.csv`` of each training of the image model, by its name.
        pictures: The folder of the cases' pictures, of `case_pictures.write_pictures`.
        rivals: What was made of rivals, where it was.
    """

    study: str
    settings: Settings
    config_text: str
    citation: str
    tables: dict[str, pd.DataFrame]
    operating_points: list[dict]
    notes: PageNotes
    run: dict[str, Any]
    figures: dict[str, Path]
    pictures: Path
    histories: dict[str, pd.DataFrame]
    rivals: rivals_section.RivalFiles | None = None


def render(run: Run) -> str:
    """Return the report as HTML: one page, styles, scripts and figures inside, no link out."""
    page = template(TEMPLATE).render(
        title=TITLE,
        paper=PAPER,
        study=run.study,
        settings=settings_table(run.settings, run.config_text),
        run=run.run,
        citation=citation(
            run.citation, run.tables["cohort"]["cohort"].unique(), run.run["versions"]["smallmass"]
        ),
        contents=page_index.CONTENTS,
        glossary=GLOSSARY,
        INDEX_MARK=page_index.MARK,
        styles=_assets(STYLES, "css"),
        scripts=_assets(SCRIPTS, "js"),
        rivals=rivals_section.section(run.rivals, _embedded),
        **_cohort(run),
        **_results(run),
        **_choices(run),
        **_cases(run),
        **_records(run),
    )
    return page_index.with_index(page)


def model_card(run: Run) -> str:
    """Return ``model_card.md``: what the models are for, learnt from, do and cannot do."""
    cohort = _cohort(run)
    return template("model_card.md.j2").render(
        study=run.study, answer=_choices(run)["answer"], **cohort
    )


def _assets(names: tuple[str, ...], kind: str) -> Markup:
    """Return files of the page's own folder as they stand in it."""
    folder = Path(__file__).parent / "page"
    texts = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for name in names)
    return Markup("\n".join(texts))  # the project's own text, not a value


def _cohort(run: Run) -> dict[str, Any]:
    """Return what the page says of the cohort, and Table 1."""
    cohort, split = run.tables["cohort"], run.tables["split"]
    names, notes = cohort["cohort"].unique(), run.notes
    first = table1(cohort, split, notes=notes, limits=run.settings.cohort)
    method, method_anchors = cell_links.table1_method()
    return {
        "cohorts": ", ".join(map(cohort_name, names)),
        "simulated": page_notes.is_simulated(names),
        "notes": notes.every + notes.factors + notes.density + notes.cross_fitting,
        "phantom_inputs": phantom_inputs(),
        "facts": _facts(run),
        "found": found_pictures.found(run.tables["integrity"], run.pictures),
        "flow": flow(cohort=cohort, split=split, integrity=run.tables["integrity"]),
        "table1": first,
        "table1_links": cell_links.table1_links(first),
        "table1_method": method,
        "table1_anchors": method_anchors,
    }


def _cases(run: Run) -> dict[str, Any]:
    """Return the cases of the browser."""
    tables = run.tables
    simulated = page_notes.is_simulated(tables["cohort"]["cohort"])
    browser = case_browser.browser(
        predictions=tables["predictions"],
        cohort=tables["cohort"],
        scores=tables["image_scores"],
        points=run.operating_points,
        pictures=case_pictures.read_pictures(run.pictures),
        folder=run.pictures,
    )
    wrong = case_browser.failures(browser, run.operating_points)
    return {
        "cases": browser,
        "failures": wrong[: case_browser.FAILURES],
        "failures_in_all": len(wrong),
        "training": _drawn(training_curves.draw(run.histories)),
        "cutoffs": cutoffs.cutoffs(
            main_cases(tables["predictions"], tables["cohort"], run.settings.cohort),
            run.operating_points,
            main_set(tables["roc"]),
            run.settings,
        ),
        "outcomes": case_browser.MEANINGS,
        "whose": "true outline" if simulated else "reader’s outline",
    }


def _results(run: Run) -> dict[str, Any]:
    """Return the results of the models: Table 2, the figures, and every other table of them."""
    tables = run.tables
    performance = tables["performance"]
    main = main_set(performance)
    method = interval_method(run.settings)
    second = table2(
        performance=with_intervals(performance, tables["intervals"], method),
        comparisons=tables["comparisons"],
        operating_points=run.operating_points,
        settings=run.settings,
        notes=run.notes,
    )
    in_full = report_tables.performance_tables(performance, tables["bootstrap"])
    known = cell_links.anchors(in_full)
    compared = report_tables.comparisons_table(tables["comparisons"])
    return {
        "table2": second,
        "table2_links": cell_links.table2_links(second, known, compared),
        "figures": _figures(run),
        "performance": list(zip(in_full, known, strict=True)),
        "intervals": report_tables.intervals_table(tables["intervals"]),
        "comparisons": compared,
        "compared_rows": cell_links.comparison_anchors(compared),
        "test_set": test_set(main),
        "out_of_fold": OUT_OF_FOLD if any_out_of_fold(main) else "",
        "calibration": _drawn(calibration_curves.draw(tables["calibration"])),
        "decision": _drawn(decision_plot.draw(tables["decision_curves"])),
        "subgroups": _drawn(forest_plot.draw(tables["subgroups"])),
        "further": further_tables.further_tables(tables),
        "scorecard": report_tables.scorecard_table(tables["scorecard"]),
        "key_claims": report_tables.key_claims_table(tables["scorecard"]),
        "claims_left": len(tables["scorecard"])
        - int(tables["scorecard"]["id"].isin(answer.KEY_CLAIMS).sum()),
    }


def _choices(run: Run) -> dict[str, Any]:
    """Return what other choices, the gate alone and the printed margins would give."""
    tables = run.tables
    variant = _mcnemar(run)
    spread = specification_curve.summary(tables["choices"], Published(tables["published"]), variant)
    names = model_names(main_set(tables["performance"]))
    image = run.settings.image_model
    return {
        "answer": answer.answer(
            tables["performance"],
            tables["comparisons"],
            tables["gate_null"],
            spread,
            f"{number_of(image.seeds, 'training')} of the image model",
            run.settings.evaluation.confidence,
        ),
        "choices": report_tables.choices_table(spread),
        "explorer": choices_data.explorer(tables["choices"]),
        "option_effects": choices_data.options_table(tables["choices"]),
        "why_no_choices": specification_curve.why_empty(tables["choices"]),
        "nulls": report_tables.null_table(tables["gate_null"], names),
        "simulated_studies": report_tables.simulated_studies_table(
            tables["simulated_studies"], variant
        ),
        "structures": STRUCTURES,
    }


def _records(run: Run) -> dict[str, Any]:
    """Return the audit of the paper, the checklists, and what the run cost."""
    lists = {name: run.tables[name] for name in CHECKLISTS}
    return {
        "audit": record_tables.audit_table(run.tables["audit"]),
        "checklist_counts": record_tables.counts_table(lists),
        "checklists": [
            {
                "key": name,
                "name": kind.name,
                "source": kind.source,
                "table": record_tables.checklist_table(lists[name], name),
            }
            for name, kind in CHECKLISTS.items()
        ],
        "times": record_tables.times_table(run.run["times"]),
        "costs": record_tables.costs(run.run["times"]),
    }


def _facts(run: Run) -> list[tuple[str, str]]:
    """Return the few lines that say what was run."""
    image, clinical = run.settings.image_model, run.settings.clinical_model
    cases = run.tables["cohort"]
    lesions = cases["label"].value_counts()
    backbone = Backbone(image.backbone).printed
    seeds = number_of(image.seeds, "seed")
    epochs = number_of(image.epochs, "epoch")
    folds = f"{image.folds} folds" if image.folds else "no folds"
    combined = run.settings.combined_model
    crossed = cohort_name(run.settings.cross_fitting.cohort or "")
    main = test_set(main_set(run.tables["performance"]))
    return [
        *([("Main analysis", main)] if main != Split.TEST.printed else []),
        ("Lesions", f"{len(cases):,} of {number_of(cases['patient_id'].nunique(), 'patient')}: "
                    f"{lesions.get('benign', 0):,} benign, {lesions.get('malignant', 0):,} "
                    "malignant"),
        ("Image model", f"Mask R-CNN, {backbone} with feature pyramid, {image.size_px:,} px, "
                        f"{epochs}, {seeds}, {folds}"),
        ("Pretraining", f"{in_words(image.weights)} (A40)"),
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


def _figures(run: Run) -> dict[str, dict[str, str]]:
    """Return what the page shows of every figure; its legend is its alternative text, too."""
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
    why = case_pictures.read_pictures(run.pictures)["why"]
    shows_case = {"figure1", "figure3"}
    return {
        name: {
            "number": name.removeprefix("figure") if name.startswith("figure") else "",
            "legend": legend,
            "absent": why if name in shows_case else "",
            **({} if why and name in shows_case else _embedded(run.figures[name].read_bytes())),
        }
        for name, legend in legends.items()
    }


def _drawn(svg: bytes | None) -> dict[str, str] | None:
    """Return a figure for the page, or None where there is nothing to draw."""
    return _embedded(svg) if svg else None


def _embedded(svg: bytes) -> dict[str, str]:
    """Return an SVG file as a data URI, so that the page needs no other file, and its size.

    Without the size the page would move under its reader when the figure is there.
    """
    box = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (f"{float(side):.0f}" for side in box.groups()) if box else ("800", "600")
    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
    return {"source": source, "width": width, "height": height}
