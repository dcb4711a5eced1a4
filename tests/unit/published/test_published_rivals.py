"""A study's rivals, published: the table that is made of them is the study's own."""

from dataclasses import asdict

import pandas as pd
import pytest

from readers import drawn
from smallmass.errors import UserError
from smallmass.files import read_csv, write_csv, write_json
from smallmass.paper.page_notes import PageNotes
from smallmass.published.__main__ import main
from smallmass.published.rivals import publish, read_rivals
from smallmass.rivals.birads import birads_part
from smallmass.rivals.comparison import rivals
from smallmass.rivals.rival import write_part
from study_settings import study_settings

SETTINGS = study_settings({"cross_fitting.folds": 3, "cross_fitting.repeats": 1})
COSTS = {"study": 12.5, "birads": 0.25}


@pytest.fixture
def results(tmp_path):
    """A finished study with readers as rivals."""
    folder = tmp_path / "breast_study"
    for name, table in zip(("predictions.csv", "cohort/cohort.csv"), drawn(n=80), strict=True):
        write_csv(folder / name, table.assign(cohort="breast"))
    predictions, cohort = (
        read_csv(folder / "predictions.csv"),
        read_csv(folder / "cohort/cohort.csv"),
    )
    part = birads_part(predictions, cohort, SETTINGS)
    write_part(part, scores=folder / "rivals/birads.csv", record=folder / "rivals/birads.json")
    given = {"predictions": predictions, "cohort": cohort, "settings": SETTINGS}
    write_csv(folder / "rivals.csv", rivals([part], costs=COSTS, **given))
    git = {"commit": "abc", "dirty": False}
    run = {"study": "breast_study", "settings": SETTINGS.plain(), "git": git}
    write_json(folder / "run.json", run)
    notes = PageNotes(["Simulated."], [], [], [], [])
    write_json(folder / "notes.json", asdict(notes))
    return folder


def test_the_table_is_the_study_s_own(results, tmp_path, capsys):
    folder = tmp_path / "published"
    main([str(folder), str(results), "--of", "rivals"])
    assert "test cases of breast_study" in capsys.readouterr().out
    known = read_rivals(folder)
    table = rivals(
        known.parts,
        predictions=known.predictions,
        cohort=known.predictions[["case_id", "diameter_cm"]],
        settings=known.settings,
        costs=known.costs,
    )
    write_csv(tmp_path / "again.csv", table)
    again, own = read_csv(tmp_path / "again.csv"), read_csv(results / "rivals.csv")
    pd.testing.assert_frame_equal(again, own, rtol=1e-5)
    assert known.notes[0] == "Simulated." and "CC BY 4.0" in known.notes[1]
    assert set(known.predictions["split"]) == {"test"}


def test_a_hospitals_own_cases_and_a_study_without_rivals_are_refused(results, tmp_path):
    predictions = read_csv(results / "predictions.csv")
    write_csv(results / "predictions.csv", predictions.assign(cohort="own"))
    with pytest.raises(UserError, match="own patients: its terms are not known"):
        publish(tmp_path / "published", results)
    write_csv(results / "predictions.csv", predictions)
    trained = pd.DataFrame({"case_id": ["u1"], "cohort": ["udiat"]})
    write_csv(results / "rivals/scanners/cases.csv", trained)
    with pytest.raises(UserError, match="UDIAT: its terms are not known"):
        publish(tmp_path / "published", results)
    (results / "rivals.csv").unlink()
    with pytest.raises(UserError, match=r"rivals.csv is missing. Make them: uv run snakemake"):
        publish(tmp_path / "published", results)
    assert not (tmp_path / "published").exists()
