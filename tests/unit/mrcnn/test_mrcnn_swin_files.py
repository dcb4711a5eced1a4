"""torchvision's Swin weights fill the backbone, every tensor of it, and what does not fit is named.

The oracle is torchvision's list of the tensors of the published file's network, and a small file of
its own (tests/oracles/swin/make.py). That the maps are torchvision's: test_mrcnn_swin.py.
"""

import csv
import math
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from discs import Tiny
from mrcnn.architectures import TRANSFORMERS, Transformer
from mrcnn.config import Config
from mrcnn.model import MaskRCNN
from mrcnn.swin import build_swin
from mrcnn.swin_files import MEAN, STD, load_swin_weights, torchvision_name
from mrcnn.torch_files import read_tensors
from mrcnn.weights import WeightError
from torch_file import write_torch_file

FOLDER = Path(__file__).parents[2] / "oracles/swin"
SMALL = Transformer(4, (2, 2, 2, 2), (1, 1, 2, 2), 3)


def backbone(form=SMALL, channels=3, side=32):
    """Return a transformer alone."""
    image = layers.Input((side, side, channels))
    return keras.Model(image, build_swin(image, form)[1:])


def values(model) -> dict[str, np.ndarray]:
    """Return a model's weights by layer and name."""
    named = {f"{x.name}/{w.name}:0": w for x in model.layers for w in x.weights}
    return {name: keras.ops.convert_to_numpy(weight) for name, weight in named.items()}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A file with the names, types and shapes of the published one, and its tensors."""
    rng = np.random.default_rng(3)
    tensors = {}
    index = read_index(7)
    with open(FOLDER / "swin_t.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            shape = tuple(map(int, row["shape"].split()))
            if row["dtype"] == "int64":
                tensors[row["name"]] = index
            else:
                tensors[row["name"]] = rng.random(shape, np.float32)
    path = tmp_path_factory.mktemp("published") / "swin_t.pth"
    return write_torch_file(path, tensors), tensors


def read_index(window: int) -> np.ndarray:
    """Return the rows of the bias table for two cells of a window, by counting pairs of cells."""
    cells = [(y, x) for y in range(window) for x in range(window)]
    wide = 2 * window - 1
    rows = [(y - v + window - 1) * wide + (x - u + window - 1) for y, x in cells for v, u in cells]
    return np.array(rows)


def test_every_tensor_of_swin_tiny_is_filled_and_equal(published):
    """28,288,354 numbers, less the classifier's head and last normalisation."""
    path, theirs = published
    numbers = sum(array.size for array in theirs.values() if array.dtype == np.float32)
    assert numbers == 28_288_354
    model = backbone(TRANSFORMERS["swin_tiny"], side=224)
    fresh = values(model)
    with pytest.warns(UserWarning) as told:
        loaded = load_swin_weights(model, path)
    (warning,) = told
    assert "that they keep their weights: swin2_out, swin3_out, swin4_out, swin5_out" in str(
        warning.message
    )
    assert "not in the model: norm.weight, norm.bias, head.weight, head.bias" in str(
        warning.message
    )
    after = values(model)
    kept = {name for name in after if "_out/" in name}
    assert set(loaded) == set(after) - kept and len(kept) == 8
    assert sum(math.prod(after[name].shape) for name in loaded) == 28_288_354 - 769_000 - 1536
    for name in kept:
        np.testing.assert_array_equal(after[name], fresh[name])
    # Every tensor of the file's is somewhere, turned round, as often as it is there.
    used = {name: array for name, array in theirs.items() if name.startswith("features.")}
    used = {name: array for name, array in used.items() if not name.endswith("_index")}
    patches = {name for name in used if name.startswith("features.0.0.")}
    sums = sorted(float(used[name].sum(dtype=np.float64)) for name in set(used) - patches)
    ours = [name for name in loaded if not name.startswith("swin_patches/")]
    np.testing.assert_array_equal(
        sorted(float(after[name].sum(dtype=np.float64)) for name in ours), sums
    )
    for layer, tensor, name in (
        ("swin4_6_fc1", "kernel", "features.5.5.mlp.0.weight"),
        ("swin5_1_attention", "proj_kernel", "features.7.0.attn.proj.weight"),
        ("swin3_merge_fc", "kernel", "features.2.reduction.weight"),
    ):
        np.testing.assert_array_equal(after[f"{layer}/{tensor}:0"], theirs[name].T)
    table = after["swin2_2_attention/relative_position_bias:0"]
    np.testing.assert_array_equal(table, theirs["features.1.1.attn.relative_position_bias_table"])


def test_the_patches_see_grey_levels(published):
    """One image of one colour, in torchvision's units and in ours, gives the same sums."""
    path, theirs = published
    model = backbone(TRANSFORMERS["swin_tiny"], side=32)
    with pytest.warns(UserWarning):
        load_swin_weights(model, path)
    colour = np.array([200.0, 17.0, 96.0])
    kernel, bias = theirs["features.0.0.weight"], theirs["features.0.0.bias"]
    expected = kernel.sum(axis=(2, 3)) @ ((colour / 255 - MEAN) / STD) + bias
    weights = model.get_layer("swin_patches").get_weights()
    found = weights[0].sum(axis=(0, 1)).T @ (colour - Config.MEAN_PIXEL) + weights[1]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_names():
    assert torchvision_name("swin_patches") == "features.0.0"
    assert torchvision_name("swin_patches_norm") == "features.0.2"
    assert torchvision_name("swin5_merge_fc") == "features.6.reduction"
    assert torchvision_name("swin2_1_attention") == "features.1.0.attn"
    for name in ("swin3_out", "swin3_merge", "swin2_1_added", "fpn_c5p5", "conv1"):
        assert torchvision_name(name) is None


@pytest.fixture
def small() -> dict[str, np.ndarray]:
    return read_tensors(FOLDER / "swin.pth")


@pytest.mark.filterwarnings("ignore:swin.pth")
def test_a_detector_takes_the_backbone_alone(tmp_path):
    """By the same call as a ResNet's file; excluded layers keep their own weights."""

    class Narrow(Tiny):
        BACKBONE = "swin_nano"
        IMAGE_CHANNEL_COUNT = 3
        MEAN_PIXEL = np.array([100.0, 20.0, 150.0])

    model = MaskRCNN("inference", Narrow())
    source = backbone(TRANSFORMERS["swin_nano"])
    rng = np.random.default_rng(3)
    tensors = {}
    for layer in source.layers:
        name = torchvision_name(layer.name)
        for weight in layer.weights if name else ():
            tensors[f"{name}.{THEIRS[weight.name]}"] = turned(weight, rng)
    path = write_torch_file(tmp_path / "swin.pth", tensors)
    before = values(model.keras_model)
    loaded = model.load_weights(path, by_name=True, exclude=["swin4_1_fc1", "mrcnn_mask"])
    after = values(model.keras_model)
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    assert changed == set(loaded) and "swin4_1_fc2/kernel:0" in changed
    assert not any("swin4_1_fc1" in name or "_out/" in name for name in changed)
    np.testing.assert_array_equal(
        after["swin3_2_attention/qkv_kernel:0"], tensors["features.3.1.attn.qkv.weight"].T
    )
    # The model's own mean pixel: of black and white images the difference is the file's.
    kernel, bias = (tensors[f"features.0.0.{name}"] for name in ("weight", "bias"))
    black = kernel.sum(axis=(2, 3)) @ (-MEAN / STD) + bias
    ours = [after[f"swin_patches/{name}:0"] for name in ("kernel", "bias")]
    found = ours[0].sum(axis=(0, 1)).T @ -Narrow.MEAN_PIXEL + ours[1]
    np.testing.assert_allclose(found, black, rtol=1e-4)


# torchvision's names of tensors, by hand: not those of the package that is tested.
THEIRS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "qkv_kernel": "qkv.weight",
    "qkv_bias": "qkv.bias",
    "proj_kernel": "proj.weight",
    "proj_bias": "proj.bias",
    "relative_position_bias": "relative_position_bias_table",
}


def turned(weight, rng) -> np.ndarray:
    """Return random numbers in the shape that PyTorch has of a weight."""
    shape = tuple(weight.shape)
    if weight.name.endswith("kernel"):
        shape = (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape[::-1]
    return rng.random(shape, np.float32)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"features.5.1.mlp.3.bias": None},
            "swin4_2_fc2/bias:0: the file has no features.5.1.mlp.3.bias",
        ),
        (
            {"features.1.0.attn.relative_position_bias_table": np.zeros((169, 1), "f4")},
            "swin2_1_attention/relative_position_bias:0: the file has (169, 1), the model (25, 1)",
        ),
        (
            {"features.5.2.norm1.weight": np.zeros(16, "f4")},
            "features.5.2.norm1.weight: not in the model",
        ),
    ],
    ids=["missing", "window", "deeper"],
)
def test_what_does_not_fit_is_named_and_nothing_is_loaded(tmp_path, small, change, words):
    tensors = {name: array for name, array in (small | change).items() if array is not None}
    path = write_torch_file(tmp_path / "w.pth", tensors)
    model = backbone()
    before = values(model)
    with pytest.raises(WeightError) as error:
        load_swin_weights(model, path)
    assert "w.pth does not fit the model:" in str(error.value) and words in str(error.value)
    for name, value in values(model).items():
        np.testing.assert_array_equal(value, before[name])


def test_windows_that_count_their_cells_otherwise_are_refused(tmp_path, small):
    name = "features.3.1.attn.relative_position_index"
    path = write_torch_file(tmp_path / "w.pth", small | {name: small[name][::-1]})
    with pytest.raises(WeightError, match=rf"{name} counts the cells of a window otherwise"):
        load_swin_weights(backbone(), path)


def test_other_networks_are_refused(tmp_path, small):
    residual = {"conv1.weight": np.zeros((64, 3, 7, 7), "f4")}
    path = write_torch_file(tmp_path / "w.pth", residual)
    with pytest.raises(WeightError, match=r"w.pth is no Swin transformer of torchvision"):
        load_swin_weights(backbone(), path)
    image = layers.Input((32, 32, 3))
    other = keras.Model(image, layers.Conv2D(4, 3, name="conv1")(image))
    with pytest.raises(WeightError, match="is a Swin transformer, and the model's backbone is no"):
        load_swin_weights(other, FOLDER / "swin.pth")
    with pytest.raises(WeightError, match=r"has \(4, 4, 3, 4\), the model \(4, 4, 1, 4\)"):
        load_swin_weights(backbone(channels=1), FOLDER / "swin.pth")
    (tmp_path / "w.pth").write_bytes((FOLDER / "swin.pth").read_bytes()[:5000])
    with pytest.raises(WeightError, match=r"w.pth is broken"):
        load_swin_weights(backbone(), tmp_path / "w.pth")
