"""Sets across one another: what trains, what is tested, each cell against a direct computation."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from scipy import stats
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy.printing import as_markdown
from smallmass import style
from smallmass.across import heat_map
from smallmass.across.cells import cells
from smallmass.across.printed import across_table, notes
from smallmass.across.sources import without_missing
from smallmass.across.train_sets import split_of, train_sets
from smallmass.errors import UserError

NAMES = ["busbra", "busi", "breast"]
PARTS = ["training", "training", "validation", "test"]


def made_sets() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return cohort and split: 40 lesions a set, two a patient, but none known in BUSI."""
    rows = []
    for name in NAMES:
        for i in range(40):
            rows.append(
                {
                    "case_id": f"{name}{i}",
                    "cohort": name,
                    "patient_id": np.nan if name == "busi" else f"p{i // 2}",
                    "group_id": None,
                    "image": f"{name}/{i}.png",
                    "frame": np.nan,
                    "pixel_sha256": f"{name}{i}",
                    "label": ["benign", "malignant"][i // 8 % 2],
                    "split": PARTS[i // 2 % 4],
                }
            )
    table = pd.DataFrame(rows)
    return table.drop(columns="split"), table[["case_id", "split"]]


def drawn_scores(cohort: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return two seeds' scores of every case."""
    rng = np.random.default_rng(seed)
    tables = []
    for number in range(2):
        found = rng.random(len(cohort)) < 0.8
        tables.append(
            pd.DataFrame(
                {
                    "case_id": cohort["case_id"],
                    "seed": number,
                    "fit": "held_out",
                    "image_score": rng.random(len(cohort)).round(2),
                    "found": found.astype(int),
                    "dice": found * rng.random(len(cohort)),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def run() -> dict:
    """Everything that goes into the cells of three sets, and the cells."""
    cohort, split = made_sets()
    models = train_sets(NAMES)
    scores = {model.name: drawn_scores(cohort, i) for i, model in enumerate(models)}
    splits = {model.name: split_of(model, cohort, split) for model in models}
    table = cells(models, scores, splits, cohort=cohort, split=split, confidence=0.9)
    return {"cohort": cohort, "split": split, "models": models, "scores": scores, "table": table}


def cell(run: dict, train: str, test: str, metric: str) -> pd.Series:
    table = run["table"]
    chosen = (table["train"] == train) & (table["test"] == test) & (table["metric"] == metric)
    return table[chosen].squeeze()


def lesions(run: dict, train: str, test: str, held_out: bool) -> pd.DataFrame:
    """Return a set's lesions with the mean of what a model's two seeds read."""
    means = run["scores"][train].drop(columns="fit").groupby("case_id").mean()
    table = run["cohort"].merge(run["split"]).merge(means, on="case_id")
    table = table[table["cohort"] == test]
    return table[table["split"] == "test"] if held_out else table


def test_each_set_trains_alone_and_all_but_each_together():
    names = [model.name for model in train_sets(NAMES)]
    assert names == [
        *("only_busbra", "only_busi", "only_breast"),
        *("without_busbra", "without_busi", "without_breast"),
    ]
    assert train_sets(NAMES)[4].cohorts == ("busbra", "breast")
    assert train_sets(NAMES)[4].printed == "all but BUSI"
    assert [model.name for model in train_sets(NAMES[:2])] == ["only_busbra", "only_busi"]


def test_a_set_that_does_not_train_is_tested_whole_and_one_that_does_on_its_test_part():
    cohort, split = made_sets()
    own = split_of(train_sets(NAMES)[0], cohort, split).merge(cohort)
    parts = own.groupby("cohort")["split"].value_counts().to_dict()
    assert parts == {
        ("busbra", "training"): 20,
        ("busbra", "validation"): 10,
        ("busbra", "test"): 10,
        ("busi", "test"): 40,
        ("breast", "test"): 40,
    }


@pytest.mark.parametrize("column", ["group_id", "pixel_sha256"])
def test_nothing_is_tested_on_that_the_model_has_seen(column):
    """A copy in another set, and every image of its patient."""
    cohort, split = made_sets()
    seen, copy = "busbra0", "breast6"
    cohort.loc[cohort["case_id"].isin([seen, copy]), column] = "same"
    own = split_of(train_sets(NAMES)[0], cohort, split)
    assert set(cohort["case_id"]) - set(own["case_id"]) == {copy, "breast7"}
    # What only the test part has is no reason to leave anything out.
    cohort.loc[cohort["case_id"] == seen, column] = "other"
    cohort.loc[cohort["case_id"] == "busbra6", column] = "same"
    assert len(split_of(train_sets(NAMES)[0], cohort, split)) == len(cohort)


@pytest.mark.parametrize(
    ("train", "test", "held_out"),
    [
        ("only_busbra", "busbra", True),
        ("only_busbra", "busi", False),
        ("without_busi", "busi", False),
        ("without_busi", "breast", True),
    ],
)
def test_a_cell_is_what_a_direct_computation_gives(run, train, test, held_out):
    table = lesions(run, train, test, held_out)
    auroc = cell(run, train, test, "auroc")
    assert auroc["part"] == ("held_out" if held_out else "all")
    assert (auroc["lesions"], auroc["malignant"]) == (
        len(table),
        (table["label"] == "malignant").sum(),
    )
    assert auroc["patients"] == (len(table) if test == "busi" else len(table) / 2)
    expected = roc_auc_score(table["label"] == "malignant", table["image_score"])
    assert auroc["estimate"] == pytest.approx(expected, abs=1e-6)
    assert auroc["ci_low"] < expected < auroc["ci_high"]
    for metric in ("dice", "found"):
        result, values = cell(run, train, test, metric), table[metric].to_numpy()
        assert result["estimate"] == pytest.approx(values.mean(), abs=1e-6)
        # Of a patient's sums: with clusters of one size the t interval of the patients' means.
        size = 1 if test == "busi" else 2
        means = values.reshape(-1, size).mean(axis=1)
        reach = stats.t.isf(0.05, len(means) - 1) * means.std(ddof=1) / np.sqrt(len(means))
        assert result["ci_high"] == pytest.approx(min(values.mean() + reach, 1), abs=1e-6)


def test_a_loss_compares_both_models_on_the_sets_own_test_part(run):
    own, other = (lesions(run, train, "breast", True) for train in ("only_breast", "only_busbra"))
    loss = cell(run, "only_busbra", "breast", "auroc_loss")
    malignant = own["label"] == "malignant"
    expected = [roc_auc_score(malignant, table["image_score"]) for table in (own, other)]
    assert loss["estimate"] == pytest.approx(expected[0] - expected[1], abs=1e-6)
    assert (loss["part"], loss["lesions"]) == ("held_out", len(own))
    loss = cell(run, "only_busbra", "breast", "dice_loss")
    assert loss["estimate"] == pytest.approx(own["dice"].mean() - other["dice"].mean(), abs=1e-6)
    # A model is not compared with itself.
    assert cell(run, "only_busbra", "busbra", "auroc_loss").empty


def test_unknown_patients_are_said(run):
    assert "40 lesions of unknown patients" in cell(run, "only_busbra", "busi", "auroc")["note"]
    assert "unknown" not in cell(run, "only_busbra", "breast", "auroc")["note"]


def test_what_cannot_be_had_says_why_and_prints_as_a_dash(run):
    cohort, split = run["cohort"].copy(), run["split"]
    cohort.loc[cohort["cohort"] == "busi", "label"] = "benign"
    models = train_sets(NAMES)[:1]
    scores = {name: table.copy() for name, table in run["scores"].items()}
    scores["only_busbra"] = scores["only_busbra"].assign(found=np.nan, dice=np.nan)
    splits = {"only_busbra": split_of(models[0], cohort, split)}
    table = cells(models, scores, splits, cohort=cohort, split=split, confidence=0.95)
    rows = table[table["test"] == "busi"].set_index("metric")
    assert rows["estimate"].isna().all()
    assert "not both labels" in rows.loc["auroc", "note"]
    assert "no outlines" in rows.loc["dice", "note"]
    assert "| BUSI | all | 40 (0) | 40 | – | – | – | – | – | – |" in as_markdown(
        across_table(table, models, [])
    )


def test_the_picture_has_every_number_and_frames_the_sets_own_part(run):
    beneath = notes(["udiat"], "root", 2, 0.9)
    with style.drawing():
        figure = heat_map.heat_map(run["table"], run["models"], beneath)
    shown = {text.get_text() for axes in figure.axes for text in axes.texts}
    first = cell(run, "without_busi", "breast", "auroc")
    assert f"{first['estimate']:.2f}" in shown
    assert f"{first['ci_low']:.2f}–{first['ci_high']:.2f}" in shown
    frames = [patch for patch in figure.axes[0].patches if not patch.get_fill()]
    assert len(frames) == 3 + 3 * 2
    assert "UDIAT" in figure.texts[-1].get_text() and "2 models" in figure.texts[-1].get_text()


def test_nothing_is_said_of_sets_that_train_together_where_none_do():
    assert "train together" in " ".join(notes([], "root", 1, 0.95))
    assert "train together" not in " ".join(notes([], None, 1, 0.95))


def test_every_number_in_the_picture_can_be_read(run):
    """WCAG 2.1: a contrast of at least 4.5 of ink on every colour of the map."""

    def luminance(colour) -> float:
        parts = np.array(to_rgb(colour))
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    with style.drawing():
        figure = heat_map.heat_map(run["table"], run["models"], [])
    fills = [patch.get_facecolor() for axes in figure.axes for patch in axes.patches
             if patch.get_fill()]  # fmt: skip
    assert len(fills) == 3 * 6 * 3
    assert min((luminance(fill) + 0.05) / (luminance(style.INK) + 0.05) for fill in fills) >= 4.5


SOURCES = {"busbra": "published", "busi": "dealt", "breast": "dealt"}


def test_a_set_whose_folder_is_not_there_is_left_out_and_named(tmp_path):
    for folder in ("BUS-BRA", "BrEaST"):
        (tmp_path / folder).mkdir()
    here, missing = without_missing(SOURCES, tmp_path)
    assert (list(here), missing) == (["busbra", "breast"], ["busi"])


def test_own_patients_are_never_left_out(tmp_path):
    (tmp_path / "BUS-BRA").mkdir()
    here, missing = without_missing({"busbra": "published", "folder": "dealt"}, tmp_path)
    assert (list(here), missing) == (["busbra", "folder"], [])


def test_fewer_than_two_sets_are_refused_with_where_was_looked(tmp_path):
    (tmp_path / "BrEaST").mkdir()
    with pytest.raises(UserError) as caught:
        without_missing(SOURCES, tmp_path)
    (text,) = caught.value.problems
    assert "has breast" in text and "BUS-BRA/" in text and "Dataset_BUSI_with_GT/" in text


def test_without_a_folder_of_sets_the_sources_stay_and_are_refused_as_in_any_study():
    assert without_missing(SOURCES, None) == (SOURCES, [])
