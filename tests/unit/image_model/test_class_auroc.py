"""The AUROC that training tells: of the network as it is, without a trace in what is trained."""

import logging

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from diagnostic_accuracy.roc import auroc
from mrcnn.boxes import denorm_boxes
from mrcnn.data import BatchLoader
from mrcnn.graph import run
from mrcnn.model import MaskRCNN
from smallmass.image_model.class_auroc import MOST_OF_A_LABEL, ClassAuroc, build_classifier
from smallmass.image_model.configuration import CLASSES, make_config
from smallmass.image_model.dataset import CohortDataset
from smallmass.image_model.schedule import Schedule
from smallmass.image_model.telling import Told
from study_settings import study_settings

SIDE = 64
CASES = 5


def drawn(folder, n=CASES, malignant=2) -> CohortDataset:
    """Return images of noise with a bright square each, the first ones malignant."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        image = rng.integers(0, 120, (SIDE, SIDE), dtype=np.uint8)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[20 : 30 + i % 20, 20:44] = 255
        for kind, levels in (("images", image + mask // 3), ("masks", mask)):
            (folder / kind).mkdir(exist_ok=True)
            Image.fromarray(levels).save(folder / kind / f"c{i}.png")
        rows.append({"case_id": f"c{i}", "cohort": "drawn", "image": f"c{i}.png", "frame": np.nan,
                     "label": CLASSES[i < malignant]})  # fmt: skip
    return CohortDataset(pd.DataFrame(rows), folder / "images", folder / "masks", CLASSES, 1)


def network(**changes) -> MaskRCNN:
    """Return a small network for training."""
    values = {"image_model.size_px": SIDE, "image_model.batch": 2,
              "image_model.precision": "float32"}  # fmt: skip
    config = make_config(study_settings(values).image_model, None)
    config.STEPS_PER_EPOCH = 2
    for name, value in changes.items():
        setattr(config, name, value)
    return MaskRCNN("training", config, seed=3)


@pytest.mark.parametrize("context", [1, 1.5])
def test_a_given_box_gets_the_logits_that_training_gives_the_same_region(tmp_path, context):
    model = network(CLASS_CONTEXT=context)
    batch = next(iter(BatchLoader(drawn(tmp_path), model.config, None, 0).epoch(0, 1)))
    batch.pop("case_ids")
    layers = {"rois": "proposal_targets", "logits": "mrcnn_class_logits_unfold"}
    outputs = {name: model.keras_model.get_layer(layer).output for name, layer in layers.items()}
    inside = run(model.keras_model, batch, outputs)
    box = denorm_boxes(inside["rois"][:, :1], (SIDE, SIDE)).astype(np.float32)
    given = build_classifier(model.keras_model).predict_on_batch(
        {"input_image": batch["input_image"], "boxes": box}
    )
    # Boxes in whole pixels are those of the network but for their rounding.
    np.testing.assert_allclose(given, inside["logits"][:, 0], atol=0.02)
    assert np.ptp(inside["logits"][:, 0]) > 0.1


def test_nothing_of_the_network_changes_and_the_same_is_told_again(tmp_path):
    model = network()
    model.compile(0.001, 0.9)
    names = [layer.name for layer in model.keras_model.layers]
    state = [*model.keras_model.variables, *model.keras_model.optimizer.variables]
    before = [value.numpy().copy() for value in state]
    of_it = ClassAuroc(model, drawn(tmp_path))
    assert of_it.known and 0 <= of_it() <= 1 and of_it() == of_it()
    assert all(np.array_equal(old, new) for old, new in zip(before, state, strict=True))
    assert [layer.name for layer in model.keras_model.layers] == names


def test_it_is_the_librarys_auroc_of_the_lesions_that_are_read(tmp_path, monkeypatch):
    """Seven lesions in batches of two, with ties; what fills the last batch does not count."""
    model = network()
    of_it = ClassAuroc(model, drawn(tmp_path, 7, 3))
    scores = np.array([0.4, 0.4, 0.1, 0.9, 0.9, 0.4, 0.2])
    left = iter([*scores, 5.0])
    monkeypatch.setattr(
        ClassAuroc, "_scores", lambda self, batch: np.array([next(left), next(left)])
    )
    monkeypatch.setattr("smallmass.image_model.class_auroc.build_classifier", lambda network: True)
    assert of_it() == pytest.approx(auroc(scores, of_it.malignant))


def test_of_many_lesions_as_many_of_each_label_are_read_and_always_the_same(tmp_path):
    model, data = network(), drawn(tmp_path, 3 * MOST_OF_A_LABEL, 2 * MOST_OF_A_LABEL)
    first, second = ClassAuroc(model, data), ClassAuroc(model, data)
    assert first.lesions == second.lesions
    assert first.malignant.sum() == (~first.malignant).sum() == MOST_OF_A_LABEL
    assert len({image for image, _, _ in first.lesions}) == 2 * MOST_OF_A_LABEL


def test_without_a_lesion_of_one_label_nothing_is_told(tmp_path, caplog):
    caplog.set_level(logging.INFO, "job")
    of_it = ClassAuroc(network(), drawn(tmp_path, 4, 0))
    told = Told(logging.getLogger("job"), Schedule(1, 1), tmp_path / "events", of_it)
    told.epoch(1, {"epoch": 1, "loss": 1.0})
    assert caplog.messages == ["epoch 1 of 1: loss 1.000"]


@pytest.mark.slow
def test_a_training_that_tells_it_ends_with_the_same_weights(tmp_path):
    data = drawn(tmp_path)

    def trained(watched: bool) -> list[np.ndarray]:
        model = network()
        of_it = ClassAuroc(model, data)
        hears = (lambda epoch, row: of_it()) if watched else None
        model.train(data, data, 0.001, 2, on_epoch=hears, verbose=0)
        return model.keras_model.get_weights()

    assert all(np.array_equal(*pair) for pair in zip(trained(True), trained(False), strict=True))
