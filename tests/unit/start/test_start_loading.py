"""Networks filled with a start's weights, from files in the published layouts."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from mrcnn.model import MaskRCNN
from smallmass.errors import UserError
from smallmass.files import sha256, write_json
from smallmass.image_model.configuration import make_config
from smallmass.start.form import COLOUR, GREY
from smallmass.start.loading import HEADS, fill, open_start
from study_settings import study_settings
from torch_file import write_torch_file

SMALL = study_settings(study="tiny").image_model
FILE = {"name": "own.h5", "kind": "file"}


def network(form, seed, classes=3):
    """Return a network of tiny's size; its weights go by the seed."""
    config = make_config(SMALL, form)
    config.NUM_CLASSES = classes
    config.__init__()  # works out what depends on it
    return MaskRCNN("training", config, seed=seed)


def tensors(model) -> dict[str, np.ndarray]:
    """Return a network's weights by layer and name."""
    return {v.path: v.numpy() for v in model.keras_model.weights if "seed_gen" not in v.path}


def head(name: str) -> bool:
    return any(part in HEADS for part in name.split("/"))


@pytest.fixture(scope="module")
def coco(tmp_path_factory):
    """A file in Matterport's layout, of 81 classes as COCO's is, and its tensors."""
    model = network(COLOUR, seed=1, classes=81)
    path = tmp_path_factory.mktemp("coco") / "mask_rcnn_coco.h5"
    model.save_weights(path)
    with h5py.File(path) as file:
        assert file["mrcnn_class_logits/mrcnn_class_logits/kernel:0"].shape[-1] == 81
    return path, tensors(model)


def test_of_coco_all_but_the_heads_is_taken(coco):
    """The heads depend on the number of classes; they keep their own random weights."""
    path, theirs = coco
    settings = SMALL.changed({"weights": str(path), "weights_sha256": sha256(path)})
    start = open_start(FILE, {"weights": str(path), "description": None}, settings)
    assert start.form == COLOUR and start.taught is None
    assert start.record == {"name": "own.h5", "kind": "file", "sha256": sha256(path)}
    model = network(COLOUR, seed=2)
    before = tensors(model)
    fill(model, start)
    after = tensors(model)
    assert after.keys() == theirs.keys() and any(map(head, after))
    for name, value in after.items():
        assert np.array_equal(value, (before if head(name) else theirs)[name]), name


def test_a_file_of_other_widths_is_refused_with_both_shapes(coco):
    path, _ = coco
    settings = SMALL.changed({"weights": str(path), "weights_sha256": sha256(path)})
    start = open_start(FILE, {"weights": str(path), "description": None}, settings)
    with pytest.raises(UserError, match=r"\(7, 7, 3, 64\), the model \(7, 7, 1, 64\)"):
        fill(network(GREY, seed=2), start)


def test_of_a_study_all_is_taken_with_its_form(tmp_path):
    trained = network(GREY, seed=1)
    path = tmp_path / "weights.h5"
    trained.save_weights(path)
    description = path.with_name("model.json")
    record = {"configuration": trained.config.to_dict(), "fit": "full", "seed": 1, "start": None}
    write_json(description, record | {"weights_sha256": sha256(path)})
    files = {"weights": str(path), "description": str(description)}
    start = open_start({"name": "study:a", "kind": "study"}, files, SMALL)
    assert start.form == GREY and start.record["fit"] == "full"
    model = network(start.form, seed=2)
    fill(model, start)
    theirs = tensors(trained)
    assert all(np.array_equal(value, theirs[name]) for name, value in tensors(model).items())
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(UserError, match="is not the recorded file"):
        open_start({"name": "study:a", "kind": "study"}, files, SMALL)


def test_published_weights_are_read_by_the_published_hash_or_the_users(tmp_path):
    path = tmp_path / "notop.h5"
    path.write_bytes(b"weights")
    files, imagenet = {"weights": str(path), "description": None}, {"kind": "imagenet"}
    settings = SMALL.changed({"weights": "imagenet", "backbone": "resnet50"})
    with pytest.raises(UserError, match="4d473c1dd8becc155b73f8504c6f6626"):
        open_start(imagenet | {"name": "imagenet"}, files, settings)
    settings = settings.changed({"weights_sha256": sha256(path)})
    start = open_start(imagenet | {"name": "imagenet"}, files, settings)
    assert start.form == COLOUR and not start.whole


def test_a_transformers_published_weights_fill_its_backbone(tmp_path):
    """In torchvision's layout; of its published hash the first eight digits are known."""
    path = tmp_path / "swin_t-704ceda3.pth"
    write_torch_file(path, random_swin())
    settings = SMALL.changed({"weights": "imagenet", "backbone": "swin_tiny"})
    imagenet = {"kind": "imagenet", "name": "imagenet"}
    files = {"weights": str(path), "description": None}
    with pytest.raises(
        UserError, match=r"SHA-256's beginning is [0-9a-f]{8}, recorded is 704ceda3"
    ):
        open_start(imagenet, files, settings)
    start = open_start(imagenet, files, settings.changed({"weights_sha256": sha256(path)}))
    assert start.form == COLOUR and not start.whole and start.taught is None
    model = MaskRCNN("training", make_config(settings, start.form), seed=1)
    before = tensors(model)
    with pytest.warns(UserWarning, match="not in the model: norm.weight, norm.bias"):
        fill(model, start)
    after = tensors(model)
    same = {name for name, value in after.items() if np.array_equal(value, before[name])}
    assert same == {name for name in after if "swin" not in name or "_out/" in name}


def random_swin() -> dict[str, np.ndarray]:
    """Return random tensors by torchvision's names, in its shapes."""
    table = Path(__file__).parents[2] / "oracles/swin/swin_t.csv"
    rng = np.random.default_rng(3)
    return {
        row.name: rng.random(tuple(map(int, row.shape.split())), np.float32)
        for row in pd.read_csv(table).itertuples()
        if row.dtype == "float32"
    }
