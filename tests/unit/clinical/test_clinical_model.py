"""The clinical network, its search, its files."""

import logging

import numpy as np
import pandas as pd
import pytest

from model_settings import CLINICAL as SETTINGS
from smallmass.clinical.mlp import Cases, Mlp, Training, cross_entropy
from smallmass.clinical.model import load_clinical_model, write_clinical
from smallmass.clinical.study import run_clinical
from smallmass.errors import UserError
from smallmass.status import NO_FACTORS, read_record

LOG = logging.getLogger("test")
FACTORS = ["age_years", "family_history", "brca_mutation", "breast_density"]
# Table 1 of the paper: n, family history yes, BRCA yes, composition from fatty to extreme,
# mean and SD of age in years.
TABLE_1 = {
    ("training", "benign"): (513, 16, 0, (7, 72, 257, 177), 46.4, 8.6),
    ("training", "malignant"): (288, 34, 7, (14, 95, 133, 46), 51.73, 9.1),
    ("validation", "benign"): (60, 0, 0, (3, 7, 33, 17), 45.48, 10.04),
    ("validation", "malignant"): (60, 7, 0, (2, 13, 29, 16), 50.62, 8.5),
    ("test", "benign"): (60, 1, 0, (0, 6, 40, 14), 45.5, 9.11),
    ("test", "malignant"): (60, 9, 0, (3, 11, 27, 19), 52.2, 8.34),
}
DENSITIES = ["fatty", "scattered", "heterogeneous", "extreme"]


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    """A table with Table 1's counts, factors independent of each other given the label."""
    rng = np.random.default_rng(0)
    parts = []
    for (split, label), (n, family, brca, density, mean, sd) in TABLE_1.items():
        age = rng.normal(size=n)
        age = mean + sd * (age - age.mean()) / age.std(ddof=1)
        parts.append(
            pd.DataFrame(
                {
                    "split": split,
                    "label": label,
                    "age_years": np.round(age, 1),
                    "family_history": rng.permutation(["yes"] * family + ["no"] * (n - family)),
                    "brca_mutation": rng.permutation(["yes"] * brca + ["no"] * (n - brca)),
                    "breast_density": rng.permutation(np.repeat(DENSITIES, density)),
                }
            )
        )
    cases = pd.concat(parts, ignore_index=True)
    cases.insert(0, "case_id", [f"c{i:04d}" for i in range(len(cases))])
    return cases


@pytest.fixture(scope="module")
def run(cohort):
    return run_clinical(cohort, SETTINGS, seed=1, log=LOG)


def test_the_network_is_the_printed_one():
    hidden = [30, 60, 120, 60, 30]
    network = Mlp(columns=4, hidden=hidden).network
    kinds = [type(layer).__name__ for layer in network.layers]
    dense = [layer for layer in network.layers if type(layer).__name__ == "Dense"]
    assert [layer.units for layer in dense] == [*hidden, 2]
    assert [layer.activation.__name__ for layer in dense] == ["relu"] * 5 + ["softmax"]
    assert kinds.count("BatchNormalization") == 4  # between five hidden layers
    assert kinds.index("Dense") < kinds.index("BatchNormalization")
    # Kernels and biases 4*30+30, 30*60+60, 60*120+120, 120*60+60, 60*30+30, 30*2+2; gamma and
    # beta of 30+60+120+60 units; the same number of running means and variances, not trained.
    assert sum(np.prod(w.shape) for w in network.trainable_weights) == 18482 + 540
    running = [w for w in network.non_trainable_weights if "moving" in w.name]
    assert sum(np.prod(w.shape) for w in running) == 540


def test_classes_weigh_alike():
    cases = Cases(np.zeros((5, 1), np.float32), np.array([True, False, False, False, False]))
    np.testing.assert_allclose(cases.weights, [2.5, 0.625, 0.625, 0.625, 0.625])
    # -(2.5 ln 0.5 + 4 * 0.625 ln 0.5) / 5 = ln 2
    half = cross_entropy(cases.malignant, np.full(5, 0.5), cases.weights)
    assert half == pytest.approx(np.log(2))


def test_weight_decay_and_dropout_reach_the_training_step():
    rng = np.random.default_rng(0)
    cases = Cases(rng.normal(size=(64, 2)).astype(np.float32), rng.random(64) < 0.5)
    network = Mlp(columns=2, hidden=(8, 8))

    def norm(how):
        network.train(cases, cases, how=how, epochs=8, seed=3)
        return sum(float((v**2).sum()) for k, v in network.arrays().items() if "kernel" in k)

    plain = norm(Training(learning_rate=0.01))
    assert norm(Training(learning_rate=0.01)) == plain
    assert norm(Training(learning_rate=0.01, l2=0.1)) < 0.8 * plain
    assert norm(Training(learning_rate=0.01, dropout=0.5)) != plain


def test_the_first_trial_is_the_printed_network_and_all_are_kept(run):
    trials = run.trials
    first = trials.iloc[0]
    assert len(trials) == 2 and trials["chosen"].sum() == 1
    assert (first["hidden"], first["learning_rate"], first["dropout"]) == ("8-8", 0.001, 0)
    assert (
        trials.loc[trials["chosen"] == 1, "cross_entropy"].item() == trials["cross_entropy"].min()
    )


def test_scores_are_probabilities_of_every_case_that_carry_information(run, cohort):
    from sklearn.metrics import roc_auc_score

    scores = cohort.merge(run.scores, on="case_id", validate="one_to_one")
    assert scores["clinical_score"].between(0, 1).all()
    assert set(scores.loc[scores["split"] == "test", "fit"]) == {"held_out"}
    assert set(scores.loc[scores["split"] != "test", "fit"]) == {"in_sample"}
    validation = scores[scores["split"] == "validation"]
    # Age alone, two normals with Table 1's means and SDs, gives 0.65.
    assert roc_auc_score(validation["label"] == "malignant", validation["clinical_score"]) > 0.58


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(run, cohort, tmp_path):
    write_clinical(run, tmp_path / "a")
    write_clinical(run_clinical(cohort, SETTINGS, seed=1, log=LOG), tmp_path / "b")
    write_clinical(run_clinical(cohort, SETTINGS, seed=2, log=LOG), tmp_path / "c")
    for name in ("weights.h5", "scores.csv", "trials.csv", "model.json"):
        first = (tmp_path / "a" / name).read_bytes()
        assert first == (tmp_path / "b" / name).read_bytes()
        assert first != (tmp_path / "c" / name).read_bytes()


def test_a_loaded_model_scores_as_the_run_did(run, cohort, tmp_path):
    write_clinical(run, tmp_path)
    model = load_clinical_model(tmp_path)
    np.testing.assert_array_equal(model.score(cohort), run.scores["clinical_score"])
    unknown = pd.DataFrame({"case_id": ["new"]})
    assert 0 <= model.score(unknown)[0] <= 1


def test_foreign_weights_are_refused(run, tmp_path):
    write_clinical(run, tmp_path)
    with open(tmp_path / "weights.h5", "ab") as file:
        file.write(b"\0")
    with pytest.raises(UserError, match="sha256"):
        load_clinical_model(tmp_path)


def test_out_of_fold_scores_come_from_models_that_never_saw_the_case(cohort):
    training = cohort[cohort["split"] == "training"]
    folds = training[["case_id"]].assign(arm="image_model", repeat=0)
    folds["fold"] = np.arange(len(folds)) % 2
    settings = SETTINGS.changed({"trials": 0, "epochs": 1})
    held = run_clinical(cohort, settings, seed=1, log=LOG, folds=folds).scores
    held = held[held["fit"] == "out_of_fold"].set_index("case_id")["clinical_score"]
    assert len(held) == len(training) and held.notna().all()
    # Labels of fold 0 turned round: the models that score fold 0 never saw them.
    first = folds.loc[folds["fold"] == 0, "case_id"]
    turned = cohort.copy()
    rows = turned["case_id"].isin(first)
    turned.loc[rows, "label"] = turned.loc[rows, "label"].map(
        {"benign": "malignant", "malignant": "benign"}
    )
    again = run_clinical(turned, settings, seed=1, log=LOG, folds=folds).scores
    again = again[again["fit"] == "out_of_fold"].set_index("case_id")["clinical_score"]
    np.testing.assert_array_equal(again[first], held[first])
    assert (again.drop(first) != held.drop(first)).any()


def test_a_cohort_without_clinical_factors_says_so(cohort, tmp_path):
    run = run_clinical(cohort.drop(columns=FACTORS), SETTINGS, seed=1, log=LOG)
    write_clinical(run, tmp_path)
    assert read_record(tmp_path / "model.json")["status"] == NO_FACTORS
    assert run.scores["clinical_score"].isna().all() and len(run.scores) == len(cohort)
    assert (tmp_path / "trials.csv").read_text().startswith("trial,state,")
    with pytest.raises(UserError, match="nothing to load"):
        load_clinical_model(tmp_path)


def test_complete_cases_leave_the_others_without_a_score(cohort):
    partly = cohort.assign(age_years=cohort["age_years"].where(cohort.index % 3 > 0))
    settings = SETTINGS.changed({"missing": "complete", "trials": 0, "epochs": 1})
    scores = run_clinical(partly, settings, seed=1, log=LOG).scores["clinical_score"]
    assert scores.isna().tolist() == partly["age_years"].isna().tolist()
