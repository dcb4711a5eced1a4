"""A study starts from a model of phantoms that its own run makes."""

import pytest

from smallmass.files import read_csv, read_json, sha256

pytestmark = pytest.mark.slow
# `phantoms` as small as `tiny`, of another seed; its phantoms are larger, so that none is a speck.
STUDIES = """
studies:
  phantoms:
    cohort: {n: 60, image_px: 128}
    image_model: {size_px: 64, epochs: 1, precision: float32}
"""
TINY = "cohort: {image_px: 128}, image_model: {weights: phantoms, epochs: 1}"
MODEL = "image_model/seed0/full/model.json"


def test_a_start_of_phantoms_is_made_once_and_not_judged(working_copy, snakemake):
    folder = working_copy("phantom_start")
    (folder / "mine.yaml").write_text(STUDIES, encoding="utf-8")
    common = (f"results/tiny/{MODEL}", "--cores", "2", "--configfile", "mine.yaml", "--config")
    config = (*common, "study=tiny", f"override={{{TINY}}}")
    run = snakemake(folder, *config)
    assert run.returncode == 0, run.stdout[-8000:]
    made, model = (read_json(folder / f"results/{name}/{MODEL}") for name in ("phantoms", "tiny"))
    assert made["start"] is None and model["start"]["name"] == "phantoms"
    weights = folder / "results/phantoms" / MODEL.replace("model.json", "weights.h5")
    assert model["start"]["sha256"] == sha256(weights) == made["weights_sha256"]
    # What taught either stage is written down, and none of it is tested.
    cohort = read_csv(folder / "results/tiny/cohort/cohort.csv")
    split = read_csv(folder / "results/tiny/cohort/split.csv").merge(cohort)
    own = set(split.loc[split["split"] == "training", "pixel_sha256"])
    assert set(model["taught"]["training"]) == set(made["taught"]["training"]) | own
    again = snakemake(folder, *config, "-n")
    assert "Nothing to be done" in again.stdout, again.stdout[-8000:]

    # The same phantoms as those that taught the start, dealt out otherwise: refused by name.
    same = TINY.replace(
        "image_px: 128", "image_px: 128, root: results/tiny/same, sources: {phantom: dealt}"
    )
    refused = snakemake(folder, *common, "study=tiny", f"override={{seed: 20230402, {same}}}")
    assert refused.returncode == 1
    assert "was taught by images of" in refused.stdout
    ours, theirs = (
        read_csv(folder / f"results/{name}/cohort/split.csv").set_index("case_id")["split"]
        for name in ("tiny", "phantoms")
    )
    both = set(ours.index[ours == "test"]) & set(theirs.index[theirs != "test"])
    assert both and all(name in refused.stdout for name in both)
