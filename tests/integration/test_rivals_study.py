"""`snakemake rivals` of the study `tiny`, with another model's predictions, and its exports."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from smallmass.files import read_csv
from tiny import CONFIG, jobs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(built, snakemake, tmp_path_factory) -> tuple[Path, str]:
    """The results of `tiny` with rivals: readers' own outlines are the other model's masks."""
    folder = Path(shutil.copytree(built[0], tmp_path_factory.mktemp("rivals"), dirs_exist_ok=True,
                                  symlinks=True))  # fmt: skip
    results = folder / "results/tiny"
    masks = folder / "others/perfect"
    masks.mkdir(parents=True)
    for case in read_csv(results / "cohort/cohort.csv").itertuples():
        with Image.open(results / "phantoms" / case.outline) as file:
            lesion = np.asarray(file) > 0
        level = 2 if case.label == "malignant" else 1
        Image.fromarray((lesion * level).astype(np.uint8)).save(masks / f"{case.case_id}.png")
    targets = ("rivals", "export_nnunet", "export_coco")
    config = (*CONFIG, "predictions=others")
    done = snakemake(folder, *targets, "--cores", "2", *config)
    assert done.returncode == 0, done.stdout[-8000:]
    again = snakemake(folder, "rivals", "-n", "--cores", "2", *config)
    assert "Nothing to be done" in again.stdout, again.stdout[-4000:]
    # A plain run keeps the section, and makes no model anew.
    plain = jobs(snakemake(folder, "-n", "--cores", "2", *CONFIG).stdout)
    assert not {name for name in plain if name.startswith(("train", "read", "bootstrap"))}
    return results, done.stdout


def test_each_rival_is_read_on_the_test_cases(run):
    results, text = run
    table = read_csv(results / "rivals.csv")
    table = table[table["subset"] == "all"]
    beside = table[table["beside"] == "image"].set_index("rival")
    assert list(beside.index) == [
        "plain_predicted", "plain_true", "weak", "folds", "scanners", "imported_perfect",
    ]  # fmt: skip
    predictions = read_csv(results / "predictions.csv")
    tested = predictions[predictions["split"] == "test"]
    for part in ("plain", "weak", "imported"):
        for name, cases in read_csv(results / f"rivals/{part}.csv").groupby("rival"):
            both = cases.merge(tested, on="case_id")
            area = roc_auc_score(both["label"] == "malignant", both["score"])
            assert beside.loc[name, "n"] == len(tested) == len(both)
            assert beside.loc[name, "auroc"] == pytest.approx(area, abs=1e-6)
    perfect = beside.loc["imported_perfect"]
    assert perfect["auroc"] == perfect["sensitivity"] == perfect["specificity"] == 1
    own = table[table["rival"] == "image"].iloc[0]
    assert own["core_minutes"] > beside.loc["plain_true", "core_minutes"] > 0
    assert beside.loc["weak", "core_minutes"] > 0
    maps = read_csv(results / "rivals/weak_maps.csv").set_index(["subset", "group", "metric"])
    pointing = maps.loc[("all", "all", "pointing")]
    lesions = read_csv(results / "rivals/weak_lesions.csv")
    tested_lesions = lesions[lesions["split"] == "test"]
    assert pointing["n"] == len(tested) == len(tested_lesions)
    assert pointing["estimate"] == pytest.approx(tested_lesions["pointing"].mean(), abs=1e-6)
    outlines = read_csv(results / "rivals/outlines.csv").set_index(["rival", "metric"])
    assert (outlines.loc["imported_perfect", "estimate"] == 1).all()
    assert "Radiologists: no test case has a BI-RADS category" in text


def test_every_case_is_read_once_out_of_fold_and_once_by_a_model_without_its_scanner(run):
    results, text = run
    cohort = read_csv(results / "cohort/cohort.csv")
    cases = read_csv(results / "rivals/folds/cases.csv")
    assert sorted(cases["case_id"]) == sorted(cohort["case_id"])
    # Of the five scanners one has 8 cases, and one a single malignant patient.
    numbers = read_csv(results / "rivals/scanners/numbers.csv")
    judged = set(numbers.loc[numbers["by"] == "device", "group"])
    assert judged == {"ARIETTA 850", "HI VISION Ascendus", "ACUSON S2000"}
    assert "RS80 A is not left out: cases: 8 of 10 that are needed" in text
    assert "Philips IU22 is not left out: malignant patients: 1 of 2 that are needed" in text
    cases = read_csv(results / "rivals/scanners/cases.csv")
    assert sorted(cases["case_id"]) == sorted(cohort["case_id"][cohort["device"].isin(judged)])
    differ = read_csv(results / "rivals/scanners/heterogeneity.csv")
    assert list(differ["read"]) == ["out_of_fold", "never_seen", "lost"]
    assert not list(results.glob("rivals/*/*/seed*/full/weights.h5"))


def test_the_learning_curve_has_the_study_s_own_model_at_its_end(run):
    results, _ = run
    numbers = read_csv(results / "rivals/learning/numbers.csv")
    numbers = numbers[numbers["metric"] == "auroc"].astype({"size": str, "draw": str})
    assert set(zip(numbers["size"], numbers["draw"], strict=True)) == {
        (size, draw) for size in ("16", "all") for draw in ("0", "mean")
    }
    scores = read_csv(results / "image_model/scores.csv").set_index("case_id")["image_score"]
    cases = read_csv(results / "rivals/learning/cases.csv").astype({"size": str})
    own = cases[(cases["size"] == "all") & (cases["draw"] == 0)]
    assert own["image_score"].tolist() == scores[own["case_id"]].tolist()


def test_tables_picture_and_page_show_them(run):
    results, _ = run
    page = (results / "report.html").read_text(encoding="utf-8")
    printed = (results / "tables/rivals.md").read_text(encoding="utf-8")
    for words in (
        "Plain features, predicted outline",
        "perfect",
        "no test case has a BI-RADS",
        "Labels alone",
    ):
        assert words in page and words in printed
    for name in ("forest", "maps", "folds", "scanners", "learning-curve", "learning"):
        assert f'id="rivals-{name}"' in page
    assert "sixteen plain features of its own outlines" in page
    assert (results / "figures/rivals.png").stat().st_size > 10_000
    assert len(read_csv(results / "rivals/patients_needed.csv"))


def test_the_cohort_is_there_for_other_tools(run):
    results, _ = run
    split = read_csv(results / "cohort/split.csv")["split"].value_counts()
    nnunet = results / "export/nnunet/Dataset500_tiny"
    described = json.loads((nnunet / "dataset.json").read_text())
    learnt = split["training"] + split["validation"]
    assert described["numTraining"] == learnt == len(list((nnunet / "imagesTr").iterdir()))
    coco = json.loads((results / "export/coco/annotations/instances_test.json").read_text())
    assert len(coco["images"]) == len(coco["annotations"]) == split["test"]
