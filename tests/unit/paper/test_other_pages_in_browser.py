"""The pages of the audit, of `check` and of `predict`: axe finds nothing, nothing is cut off."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import browser
import small_cohort
from printed_numbers import audit, read_paper
from printed_numbers.folders import EXAMPLE, paths
from printed_numbers.page import render
from smallmass.cohort.build import survey_cohort
from smallmass.cohort.findings import Finding, to_table
from smallmass.cohort.understood import page as understood
from smallmass.cohort.understood import parts_of
from smallmass.prediction.page import page as predictions
from smallmass.settings import Settings
from smallmass.settings.picking import typed

NAMES = [f"a rather long name of a case {number}" for number in range(6)]


def of_predict(folder) -> str:
    """Six images, with pictures and warnings."""
    (folder / "overlays").mkdir()
    for name in NAMES:
        Image.new("L", (900, 400), 90).save(folder / f"overlays/{name}.png")
    table = pd.DataFrame({
        "case_id": NAMES, "image": NAMES, "image_score": np.linspace(0.1, 0.9, 6),
        "image_call": 1, "image_probability": 0.5, "clinical_score": 0.5, "regression_score": 0.5,
        "regression_call": 1, "tree_score": np.nan, "tree_call": np.nan,
        "note": "age_years is unknown, and was read as 48 as in the study; no region found",
        "use": "for research, not for diagnosis",
    })  # fmt: skip
    problems = pd.DataFrame({"case_id": [np.nan], "check": ["a check"], "message": ["words"]})
    return predictions(table, problems, folder, study="tiny", pictures="all")


def of_check(folder) -> str:
    """Eight images in the phantoms' layout, of which one has something that must be put right."""
    small_cohort.write(folder)
    cases = survey_cohort(small_cohort.SETTINGS, folder, None).cases
    cases = cases.mask(cases == "").infer_objects()
    found = [Finding.of("O024", "case1", "its outline is all of it"), Finding.of("F013", "", "no")]
    table = to_table(found).replace("", np.nan)
    settings = typed(
        Settings, {"cohort": small_cohort.SETTINGS.plain(), "page": {"pictures": "public"}}
    )
    cohorts = parts_of(cases, {"phantom": str(folder)}, None, settings)
    return understood(cases, cases.iloc[:0], table, cohorts)


def of_audit(folder) -> str:
    """The invented paper with an error of every kind."""
    return render(audit(read_paper(*paths(EXAMPLE))))


@pytest.fixture(scope="module")
def program():
    """A browser."""
    with browser.running() as program:
        yield program


@pytest.mark.parametrize("made", [of_predict, of_check, of_audit])
def test_a_page_beside_the_report_is_as_good_as_it(program, tmp_path, made):
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "page.html"
    file.write_text(made(tmp_path), encoding="utf-8")
    for scheme in ("light", "dark"):
        with browser.opened(program, file, color_scheme=scheme) as page:
            found = Axe().run(page).response["violations"]
            told = [(item["id"], [n["html"][:90] for n in item["nodes"][:3]]) for item in found]
            assert told == [], scheme
            for width in browser.WIDTHS:
                page.set_viewport_size({"width": width, "height": 850})
                assert browser.cut_off(page) == [], width
            assert page.complaints == []
