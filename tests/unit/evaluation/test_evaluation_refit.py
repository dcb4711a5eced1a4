"""Choices and nulls: what refitting must and cannot change."""

import itertools
import math
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar
from smallmass.clinical.encoding import FACTORS
from smallmass.combined.data import sort_table
from smallmass.combined.operating_point import image_operating_point
from smallmass.combined.parts import study_parts
from smallmass.evaluation import choices as module
from smallmass.evaluation.choices import (
    COLUMNS,
    allowed,
    choices,
    own_choice,
    rescored,
    with_choice,
)
from smallmass.evaluation.comparisons import comparisons, right_calls
from smallmass.evaluation.nulls import exchanged, gate_null, permuted, second_look
from smallmass.evaluation.refit import fitting_table, pairs_in_test, refit, share
from smallmass.seeds import derive
from smallmass.settings import EvaluationSettings
from smallmass.settings.picking import chosen, typed
from smallmass.status import FITTED, NO_FACTORS
from study_settings import study_settings

SETTINGS = study_settings(
    {"seed": 7, "combined_model.tree_min_leaf": 8, "evaluation.null_draws": 30}
)
POINTS = [{"model": model, "status": FITTED} for model in ("image", "regression", "tree")]


FOLDS = pd.DataFrame(columns=["case_id", "arm", "repeat", "fold"])


class Study(NamedTuple):
    """What refitting starts from."""

    predictions: pd.DataFrame
    regions: pd.DataFrame
    cohort: pd.DataFrame

    @property
    def table(self):
        """What the combined models are fitted from."""
        return fitting_table(predictions=self.predictions, cohort=self.cohort, folds=FOLDS)

    def null(self):
        """Return gate_null.csv."""
        return gate_null(
            predictions=self.predictions,
            cohort=self.cohort,
            folds=FOLDS,
            operating_points=POINTS,
            settings=SETTINGS,
            cross_scores=FOLDS,
        )

    def choices(self):
        return choices(
            predictions=self.predictions,
            detections=[self.regions],
            cohort=self.cohort,
            folds=FOLDS,
            operating_points=POINTS,
            settings=SETTINGS,
        )


@pytest.fixture(scope="module")
def study():
    """Predictions of 300 made-up cases with one region each, and the regions."""
    rng = np.random.default_rng(11)
    n = 300
    malignant = np.arange(n) % 2 == 0
    split = np.repeat(["training", "validation", "test"], n // 3)
    benign_share = np.clip(rng.beta(3, 2, n) - 0.15 * malignant, 0.01, 0.99)
    foreground = rng.uniform(0.3, 1, n).round(3)
    regions = pd.DataFrame({
        "case_id": [f"c{i:03d}" for i in range(n)],
        "fit": np.where(split == "test", "held_out", "in_sample"),
        "detection": 0.0,
        "p_background": 1 - foreground,
        "p_benign": benign_share * foreground,
        "p_malignant": (1 - benign_share) * foreground,
        "area_px": 100.0,
    })  # fmt: skip
    cohort = pd.DataFrame({
        "diameter_cm": np.nan,
        "case_id": regions["case_id"],
        "age_years": (rng.normal(46, 9, n) + 6 * malignant).round(),
        "family_history": np.where(rng.random(n) < 0.1 + 0.1 * malignant, "yes", "no"),
        "brca_mutation": "no",
        "breast_density": rng.choice(["fatty", "scattered", "heterogeneous", "extreme"], n),
    })  # fmt: skip
    predictions = regions[["case_id", "fit"]].assign(
        patient_id=regions["case_id"],
        cohort="clinic",
        split=split,
        label=np.where(malignant, "malignant", "benign"),
        image_score=1 - benign_share,
        clinical_score=np.clip(rng.beta(2, 2, n) * 0.7 + 0.25 * malignant, 0, 1),
    )
    calls = dict.fromkeys(["image_call", "regression_call", "tree_call"], np.nan)
    table = fitting_table(predictions=predictions.assign(**calls), cohort=cohort, folds=FOLDS)
    found = refit(table, SETTINGS).predictions
    return Study(found, regions, cohort)


def parts_of(study, settings):
    """The study's one part, and its table."""
    table = sort_table(study.table)
    point = image_operating_point(table, settings.operating_point)
    return table, study_parts(
        table, folds=FOLDS, part_scores=FOLDS, point=point, settings=settings, seed=7
    )


def test_permutation_moves_clinical_inputs_of_image_negatives_alone(study):
    for inputs in ("scores", "factors"):
        settings = SETTINGS.changed({"combined_model.inputs": inputs})
        table, parts = parts_of(study, settings)
        (data,) = (part.data for part in parts)
        negative = data.image_call == 0
        source = permuted(table, negative, np.random.default_rng(0))
        (moved,) = (part.data for part in exchanged(parts, source))
        names = [name for name in data.inputs if name != "image_score"]
        before, after = (np.array([d.inputs[n] for n in names]) for d in (data, moved))
        assert (before[:, ~negative] == after[:, ~negative]).all()
        assert (before[:, negative] != after[:, negative]).any()
        for places in data.table.groupby(["split", "fit"]).indices.values():
            # A lesion gets all inputs of one other lesion of its own set.
            rows = [sorted(map(tuple, part[:, places].T)) for part in (before, after)]
            assert rows[0] == rows[1]
        np.testing.assert_array_equal(moved.inputs["image_score"], data.inputs["image_score"])


def test_permuting_nothing_gives_the_studys_own_calls(study):
    class Still:
        def permutation(self, places):
            return places

    table, parts = parts_of(study, SETTINGS)
    source = permuted(table, parts[0].data.image_call == 0, Still())
    again = second_look(exchanged(parts, source), (table["split"] == "test").to_numpy())
    for model, pair in pairs_in_test(study.predictions).items():
        assert (again[model].gain, again[model].loss) == (pair.gain, pair.loss)


def test_gate_null(study):
    table = study.null()
    assert list(table.columns[:5]) == [
        "null", "draw", "model", "gain_sensitivity", "loss_specificity",
    ]  # fmt: skip
    assert table.groupby(["null", "model"]).size().to_dict() == {
        (null, model): 1 if null == "observed" else 30
        for null in ("observed", "permuted", "coin")
        for model in ("regression", "tree")
    }
    # Behind a gate nothing can fall: that is what the nulls are there to show.
    assert (table["gain_sensitivity"] >= 0).all()
    assert (table["loss_specificity"] >= 0).all()
    for model, pair in pairs_in_test(study.predictions).items():
        rows = table[(table["null"] == "observed") & (table["model"] == model)]
        assert tuple(rows.iloc[0][["gain_sensitivity", "loss_specificity"]]) == (
            pair.gain,
            pair.loss,
        )
        # A coin raises the call of every image-negative by the same rate, whatever the label.
        negative = ~pair.image
        rate = pair.combined[negative].mean()
        coin = table[(table["null"] == "coin") & (table["model"] == model)]
        expected = rate * negative[pair.malignant].mean()
        spread = (
            rate * (1 - rate) * negative[pair.malignant].mean() / pair.malignant.sum() / 30
        ) ** 0.5
        assert coin["gain_sensitivity"].mean() == pytest.approx(expected, abs=4 * spread)
    pd.testing.assert_frame_equal(table, study.null())
    # The permuted draws are what the study's own code gives for a permuted table.
    own, parts = parts_of(study, SETTINGS)
    rng = np.random.default_rng(derive(SETTINGS.seed, "gate_null", "permuted", 3))
    (moved,) = exchanged(parts, permuted(own, parts[0].data.image_call == 0, rng))
    again = own.assign(clinical_score=moved.data.inputs["clinical_score"])
    for model, pair in pairs_in_test(refit(again, SETTINGS).predictions).items():
        row = table[
            (table["null"] == "permuted") & (table["model"] == model) & (table["draw"] == 3)
        ]
        assert row["gain_sensitivity"].item() == pair.gain
        assert row["loss_specificity"].item() == pair.loss


def test_options_hold_the_studys_own_first(study):
    options = allowed(study.table, SETTINGS)
    assert {name: values[0] for name, values in options.items()} == own_choice(SETTINGS)
    # 3 x 4 x 2 scores, 3 x 2 x 3 calls, 2 x 2 x 2 fits without folds, 2 x 3 x 2 ways to apply.
    assert math.prod(map(len, options.values())) == 24 * 18 * 8 * 12
    folded = pd.concat([study.table, study.table.head(100).assign(fit="out_of_fold")])
    assert math.prod(map(len, allowed(folded, SETTINGS).values())) == 24 * 18 * 12 * 12
    unknown = study.table.assign(**dict.fromkeys(FACTORS, np.nan))
    assert allowed(unknown, SETTINGS)["A19"] == ["scores"]


@pytest.fixture
def few(monkeypatch):
    """A product of few options: the full one belongs to a run."""
    kept = {
        "A10": ("top_foreground", "largest"),
        "A12": ("validation", "training", "test"),
        "A13_threshold": ("observed", "midpoint", "above"),
        "A19": ("scores", "factors"),
        "A20_lesions": ("image_negatives", "all"),
        "A21": ("image_negatives", "all"),
        "A22": ("youden_gated", "half", "prevalence"),
    }
    for name in ("SCORED", "CALLED", "FITTED", "APPLIED", "OPTIONS"):
        family = {
            key: (setting, kept.get(key, (attrgetter(setting)(SETTINGS),)))
            for key, (setting, _) in getattr(module, name).items()
        }
        monkeypatch.setattr(module, name, family)


def test_the_product_is_what_refitting_one_by_one_gives(study, few):
    """Brute force: a sample of the combinations through the study's own code, case by case."""
    table = study.choices()
    assert list(table.columns) == COLUMNS
    assert len(table) == 2 * 9 * 4 * 6
    assert not table.duplicated(list(module.OPTIONS)).any()
    assert table["regression_gain_sensitivity"].nunique() > 5  # the options do matter
    rng = np.random.default_rng(3)
    for place in rng.choice(len(table), 40, replace=False):
        row = table.iloc[place]
        chosen = {name: row[name] for name in module.OPTIONS}
        scored = study.table
        if chosen["A10"] != SETTINGS.image_model.image_score:
            scored = scored.assign(image_score=rescored(scored, [study.regions], chosen))
        found = refit(scored, with_choice(SETTINGS, chosen)).predictions
        for model, pair in pairs_in_test(found).items():
            for metric, change in (("sensitivity", pair.gain), ("specificity", pair.loss)):
                kind = "gain" if metric == "sensitivity" else "loss"
                assert row[f"{model}_{kind}_{metric}"] == pytest.approx(change, abs=1e-6)
                rate = share(metric, pair.combined, pair.malignant)
                assert row[f"{model}_{metric}"] == pytest.approx(rate, abs=1e-6)
                right = right_calls(pair.image, pair.combined, pair.malignant, metric)
                counts = PairedTable.of(*right)
                assert row[f"{model}_{metric}_gained"] == counts.gained
                assert row[f"{model}_{metric}_lost"] == counts.lost
                for variant in MCNEMAR_VARIANTS:
                    p = row[f"{model}_p_{metric}_A25_{variant.replace('-', '_')}"]
                    assert p == pytest.approx(mcnemar(counts, variant).p_value, rel=1e-5)


def test_out_of_fold_scores_are_one_more_option(study, few, monkeypatch):
    """With folds, the product has fits on out-of-fold scores, and they too are brute force's."""
    own = study.table[study.table["split"] == "training"]
    held = study.predictions[study.predictions["split"] == "training"].assign(fit="out_of_fold")
    held["image_score"] = (held["image_score"] + 0.05).clip(upper=1)
    predictions = pd.concat([study.predictions, held], ignore_index=True)
    folds = pd.DataFrame({
        "case_id": own["case_id"], "arm": "image_model", "repeat": 0,
        "fold": np.arange(len(own)) % 4,
    })  # fmt: skip
    fitted = (module.FITTED["A20"][0], ("validation", "training_out_of_fold"))
    monkeypatch.setitem(module.FITTED, "A20", fitted)
    monkeypatch.setitem(module.OPTIONS, "A20", fitted)
    for name in ("A10", "A13_threshold", "A19"):  # fewer of the others
        for family in (module.SCORED, module.CALLED, module.FITTED, module.OPTIONS):
            if name in family:
                monkeypatch.setitem(family, name, (family[name][0], family[name][1][:1]))
    table = choices(
        predictions=predictions,
        detections=[study.regions],
        cohort=study.cohort,
        folds=folds,
        operating_points=FITTED,
        settings=SETTINGS,
    )
    assert len(table) == 3 * 4 * 6 and module.left_out(table) == (0, [])
    base = fitting_table(predictions=predictions, cohort=study.cohort, folds=folds)
    rows = table[table["A20"] == "training_out_of_fold"].iloc[::5]
    for row in rows.to_dict("records"):
        chosen = {name: row[name] for name in module.OPTIONS}
        found = pairs_in_test(refit(base, with_choice(SETTINGS, chosen)).predictions)
        for model, pair in found.items():
            assert row[f"{model}_gain_sensitivity"] == pytest.approx(pair.gain, abs=1e-6)
            assert row[f"{model}_loss_specificity"] == pytest.approx(pair.loss, abs=1e-6)


def test_the_main_row_is_what_the_study_reports(study, few):
    table = study.choices()
    assert table["main"].sum() == 1 and table["main"].iloc[0] == 1
    main = table.iloc[0]
    limits = {"max_diameter_cm": 1.0, "inclusive": False}
    cohort = study.cohort.assign(diameter_cm=np.nan)
    points = [{"model": model, "status": FITTED} for model in ("image", "regression", "tree")]
    options = {"mcnemar": "exact", "difference_interval": "newcombe", "confidence": 0.95}
    settings = chosen({"cohort": limits, "evaluation": options})
    reported = comparisons(
        predictions=study.predictions, cohort=cohort, operating_points=points, settings=settings
    )
    reported = reported[(reported["split"] == "test") & (reported["model_a"] == "image")]
    for row in reported[reported["model_b"].isin(["regression", "tree"])].to_dict("records"):
        if row["metric"] not in ("sensitivity", "specificity"):
            continue
        name = f"{row['model_b']}_p_{row['metric']}_A25_exact"
        assert main[name] == pytest.approx(row["p_value"], rel=1e-5)
        assert main[f"{row['model_b']}_{row['metric']}_gained"] == row["gained"]
        assert main[f"{row['model_b']}_{row['metric']}_lost"] == row["lost"]
    # Behind the gate no combination can lose sensitivity or win specificity.
    gated = table[table["A21"] == "image_negatives"]
    assert (gated[["regression_gain_sensitivity", "tree_gain_sensitivity"]] >= 0).all(axis=None)
    assert (gated[["regression_loss_specificity", "tree_loss_specificity"]] >= 0).all(axis=None)
    free = table[table["A21"] == "all"]
    assert (free["regression_sensitivity_lost"] > 0).any()
    # An operating point chosen on the test set itself cannot have a lower Youden index there.
    youden = table["image_sensitivity"] + table["image_specificity"]
    best = (table["A12"] == "test") & (table["A10"] == main["A10"])
    assert (youden[best] >= youden.iloc[0] - 1e-6).all()


def test_what_is_left_out_is_counted(few):
    full = {name: list(values) for name, (_, values) in module.OPTIONS.items()}
    table = pd.DataFrame(list(itertools.product(*full.values())), columns=list(full))
    assert module.left_out(table) == (0, [])
    here = table[table["A19"] == "scores"]
    assert module.left_out(here) == (len(table) - len(here), [module.WHY_LEFT_OUT["factors"]])


@pytest.mark.parametrize("unit", ["lesion", "patient"])
def test_rescoring_by_patient_is_the_highest_score_of_the_patient(study, unit):
    cohort = study.cohort.assign(cohort="clinic", patient_id=np.arange(300) // 2)
    cohort = cohort.assign(label="benign", reference_standard="biopsy")
    chosen = own_choice(SETTINGS) | {"A09": "malignant_probability"}
    options = typed(EvaluationSettings, {"unit": unit, "reference_standard": "as_recorded"})
    found = rescored(study.table, [study.regions], chosen, module._patients(cohort, options))
    alone = study.regions["p_malignant"].to_numpy()
    pairs = alone.reshape(-1, 2).max(axis=1).repeat(2)
    # Two neighbours of one split and fit are one patient.
    np.testing.assert_allclose(found, alone if unit == "lesion" else pairs)


def test_rescoring_with_the_studys_own_options_is_the_image_score(study):
    two_seeds = [study.regions, study.regions]
    own = rescored(study.table, two_seeds, own_choice(SETTINGS))
    np.testing.assert_allclose(own, study.table["image_score"], atol=1e-9)


def test_refitting_with_folds_gives_the_studys_own_calls(study):
    held = study.table[study.table["split"] == "training"].assign(fit="out_of_fold")
    table = pd.concat([study.table, held], ignore_index=True)
    settings = SETTINGS.changed({"combined_model.fitted_on": "training_out_of_fold"})
    table["fold"] = np.where(table["fit"] == "out_of_fold", np.arange(len(table)) % 5, np.nan)
    first = refit(table, settings).predictions
    folds = held[["case_id"]].assign(
        arm="image_model", repeat=0, fold=table["fold"].dropna().to_numpy()
    )
    again = refit(
        fitting_table(predictions=first, cohort=study.cohort, folds=folds), settings
    ).predictions
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize("unknown", [np.nan, "unknown"], ids=["empty", "unknown"])
def test_without_clinical_factors_both_tables_say_so(study, unknown):
    """A public set's table has the word, its age no number."""
    nothing = dict.fromkeys(["clinical_score", "regression_call", "tree_call"], np.nan)
    empty = study._replace(predictions=study.predictions.assign(**nothing))
    points = [{"model": "regression", "threshold": None, "status": NO_FACTORS}]
    rest = {
        "predictions": empty.predictions,
        "cohort": empty.cohort.assign(**(dict.fromkeys(FACTORS, unknown) | {"age_years": np.nan})),
        "folds": FOLDS,
        "operating_points": points,
        "settings": SETTINGS,
    }
    for table in (
        choices(detections=[empty.regions], **rest),
        gate_null(cross_scores=FOLDS, **rest),
    ):
        assert list(table["note"]) == [str(NO_FACTORS)]
        if "main" in table:
            assert module.left_out(table) == (0, [])
        assert table.drop(columns="note").isna().all(axis=None)
