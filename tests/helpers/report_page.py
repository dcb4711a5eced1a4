"""The report of a made-up run, for tests."""

from pathlib import Path

import pandas as pd

import paper_run
from smallmass import provenance
from smallmass.files import read_csv, read_json, write_json, write_text
from smallmass.paper import report
from smallmass.paper.case_pictures import write_pictures
from smallmass.paper.found_pictures import write_found
from smallmass.paper.page_notes import page_notes
from smallmass.settings import Settings
from study_settings import study_settings

HISTORY = {"epoch": [1, 2], "loss": [3.0, 2.0], "val_loss": [4.0, 3.5]}


def made_page(folder: Path, *, clinical: bool, name: str) -> tuple[dict[str, Path], str]:
    """Write a made-up run and return its paths and its page."""
    paths = paper_run.write_run(folder, clinical=clinical, name=name)
    settings = study_settings()
    run = provenance.describe(
        study="synthetic", settings=settings, files={"cohort.csv": paths["cohort"]},
        benchmarks=paths["benchmarks"], repository=paper_run.REPOSITORY,
    )  # fmt: skip
    write_json(folder / "run.json", run)
    for name in report.FIGURES:
        write_text(folder / f"{name}.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    cohort = read_csv(paths["cohort"])
    root = paths["root"].as_posix()
    placed = cohort.assign(**{name: f"{root}/" + cohort[name] for name in ("image", "outline")})
    (folder / "cases").mkdir()
    write_pictures(
        folder / "cases", predictions=read_csv(paths["predictions"]), cohort=placed,
        detections=read_csv(paths["detections"]), scores=read_csv(paths["image_scores"]),
        pictures="public",
    )  # fmt: skip
    write_found(
        folder / "cases", integrity=read_csv(paths["integrity"]), cohort=placed,
        left_out=placed.iloc[:1].assign(case_id="caseX"), pictures="public",
    )  # fmt: skip
    return paths, rendered(paths, settings)


def rendered(paths: dict[str, Path], settings: Settings) -> str:
    """Return the page of a made-up run under some settings."""
    folder = paths["operating_points"].parent
    return report.render(
        report.Run(
            study="synthetic",
            settings=settings,
            config_text=(paper_run.REPOSITORY / "config.yaml").read_text(encoding="utf-8"),
            citation=(paper_run.REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"),
            tables={key: read_csv(paths[key]) for key in report.TABLES},
            notes=page_notes(read_csv(paths["cohort"]), "synthetic", settings),
            operating_points=read_json(paths["operating_points"]),
            run=read_json(folder / "run.json"),
            figures={name: folder / f"{name}.svg" for name in report.FIGURES},
            pictures=folder / "cases",
            histories={"seed 1, all training cases": pd.DataFrame(HISTORY)},
        )
    )
