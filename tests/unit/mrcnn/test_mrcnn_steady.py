"""Odd images, odd lesions, odd files: trained and read without NaN, refused with the reason."""

import ast
import json
import marshal
import pickle
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

import mrcnn
from discs import Small
from mrcnn import torch_files
from mrcnn.config import Config
from mrcnn.data import BatchLoader, load_image_gt
from mrcnn.dataset import Dataset
from mrcnn.images import as_8_bit_range, read_image, resize_image, resize_mask, with_channels
from mrcnn.molding import mold, unmold


class Tiny(Small):
    TRAIN_EMPTY_IMAGES = True
    USE_GT_ROIS = True
    EVERY_REGION = True
    STEPS_PER_EPOCH = None
    VALIDATION_STEPS = None


def noise(*shape, dtype=np.uint8, seed=0):
    high = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, high, shape, endpoint=True).astype(dtype)


def boxes_as_masks(shape, boxes):
    masks = np.zeros((*shape[:2], len(boxes)), bool)
    for i, (y1, x1, y2, x2) in enumerate(boxes):
        masks[y1:y2, x1:x2, i] = True
    return masks


# Name: image, boxes of the lesions.
ODD = {
    "no lesion": (noise(64, 64, 3), []),
    "more lesions than the model takes": (
        noise(80, 80, 3),
        [(y, x, y + 15, x + 20) for y in (0, 20, 40) for x in (0, 30)],
    ),
    "one pixel": (noise(64, 64, 3), [(31, 40, 32, 41)]),
    "one pixel, lost when the image shrinks": (noise(500, 500, 3), [(31, 40, 32, 41)]),
    "the whole image": (noise(64, 64, 3), [(0, 0, 64, 64)]),
    "one row": (noise(1, 300, 3), [(0, 10, 1, 200)]),
    "two columns": (noise(700, 2, 3), [(30, 0, 90, 2)]),
    "grey": (noise(70, 50), [(10, 10, 30, 30)]),
    "grey, 16-bit": (noise(70, 50, dtype=np.uint16), [(10, 10, 30, 30)]),
    "colour, 16-bit": (noise(50, 70, 3, dtype=np.uint16), [(10, 10, 30, 30)]),
    "colour and alpha": (noise(50, 70, 4), [(10, 10, 30, 30)]),
    "black": (np.zeros((64, 64, 3), np.uint8), [(10, 10, 30, 30)]),
    "black and white": (noise(64, 64) > 127, [(10, 10, 30, 30)]),
    "white, 16-bit": (np.full((64, 64), 65535, np.uint16), [(10, 10, 30, 30)]),
}


class Odd(Dataset):
    def __init__(self, names):
        super().__init__()
        self.add_class("odd", 1, "benign")
        self.add_class("odd", 2, "malignant")
        for name in names:
            self.add_image("odd", name, path=None)
        self.prepare()

    def load_image(self, image_id):
        return ODD[self.image_info[image_id]["id"]][0]

    def load_mask(self, image_id):
        image, boxes = ODD[self.image_info[image_id]["id"]]
        masks = boxes_as_masks(image.shape, boxes)
        return masks, np.array([1 + i % 2 for i in range(len(boxes))], np.int32)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One epoch over all of ODD; then the losses of images without a lesion."""
    pytest.importorskip("tensorflow")
    from mrcnn.model import MaskRCNN

    model = MaskRCNN("training", Tiny(), seed=2)
    row = model.train(Odd(ODD), None, 1e-3, 1, workers=2)[0]
    path = tmp_path_factory.mktemp("steady") / "weights.h5"
    model.save_weights(path)
    batch = next(BatchLoader(Odd(["no lesion"] * 2), Tiny()).epoch(0, 1))
    batch.pop("case_ids")
    losses = {name: float(value) for name, value in model.keras_model(batch).items()}
    return row, path, losses


def test_odd_images_are_trained_on_without_nan(trained):
    row, path, losses = trained
    assert all(np.isfinite(value) for value in [*row.values(), *losses.values()])
    # Without lesions there is no box and no mask to learn.
    for name in ("rpn_bbox_loss", "mrcnn_bbox_loss", "mrcnn_mask_loss"):
        assert losses[name] == 0 and row[name] > 0
    assert losses["rpn_class_loss"] > 0
    with h5py.File(path) as file:
        for layer in file.values():
            layer.visititems(lambda _, x: assert_finite(x))


def assert_finite(item):
    assert not isinstance(item, h5py.Dataset) or np.isfinite(item[()]).all()


@pytest.fixture(scope="module")
def reader(trained):
    from mrcnn.model import MaskRCNN

    model = MaskRCNN("inference", Tiny())
    model.load_weights(trained[1])
    return model


def test_odd_images_are_read_without_nan(reader):
    for (image, _), found in zip(
        ODD.values(), reader.detect([i for i, _ in ODD.values()]), strict=True
    ):
        count = len(found["rois"])
        assert count
        assert found["masks"].shape == (*image.shape[:2], count)
        assert np.isfinite(found["scores"]).all() and np.isfinite(found["probabilities"]).all()
        y1, x1, y2, x2 = found["rois"].T
        assert (y1 >= 0).all() and (y2 <= image.shape[0]).all() and (y1 < y2).all()
        assert (x1 >= 0).all() and (x2 <= image.shape[1]).all() and (x1 < x2).all()


@pytest.mark.parametrize("height", [1, 9])
def test_a_thin_image_has_boxes_from_edge_to_edge(height):
    """Its window is one row of the input, which a normalised box cannot tell apart."""
    detections = np.array([[31 / 63, 10 / 63, 31 / 63, 29 / 63, 1, 0.9]])
    found = unmold(
        detections, np.ones((1, 28, 28, 2)), (height, 640, 3), (64, 64, 3), (31, 0, 32, 64)
    )
    (y1, x1, y2, x2), *_ = found["rois"].tolist()
    assert (y1, y2) == (0, height) and abs(x1 - 100) <= 10 and abs(x2 - 300) <= 10
    assert found["masks"][:, x1 + 9 : x2 - 9, 0].all() and not found["masks"][:, : x1 - 9].any()


def test_16_bit_images_are_read_as_their_8_bit_selves(reader):
    grey = noise(64, 64)
    colour = np.repeat(grey[..., None], 3, axis=-1)
    # The level v of 8 bits is v · 257 of 16 bits: 255 is 65,535.
    wide = grey.astype(np.uint16) * 257
    expected, *others = reader.detect([colour, grey, wide, colour.astype(np.uint16) * 257])
    for other in others:
        for key, value in expected.items():
            assert np.array_equal(value, other[key]), key
    molded = reader.mold_inputs([wide])[0]
    assert np.abs(molded[0] - (colour - reader.config.MEAN_PIXEL)).max() < 1e-3


def test_every_level_of_16_bits_is_kept():
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    for image in (levels, levels.astype(">u2")):
        shown = as_8_bit_range(image)
        assert shown.min() == 0 and shown.max() == 255
        assert len(np.unique(shown)) == 65536
    assert as_8_bit_range(noise(4, 4)).dtype == np.uint8


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint32", "float32"])
def test_the_range_is_told_by_the_data_type_and_not_by_a_pixel(dtype):
    """0…250 stays, and so does 0…262: no image is rescaled by its largest value."""
    for top in (250, 262, 70000 if dtype != "int16" else 30000):
        image = np.linspace(0, top, 64).astype(dtype).reshape(8, 8)
        assert np.array_equal(as_8_bit_range(image), image)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "I;16", "CMYK", "I"])
def test_files_of_every_mode_show_the_same_picture(tmp_path, mode):
    """A ramp in two halves, saved as each kind of file; Pillow's own conversion is the oracle."""
    levels = np.tile(np.repeat([0, 255], 8).astype(np.uint8), (6, 1))
    grey = Image.fromarray(levels)
    if mode in ("I;16", "I"):
        file = Image.fromarray(levels.astype(np.uint16 if mode == "I;16" else np.int32) * 257)
    else:
        file = grey.convert("RGB").convert(mode) if mode in ("CMYK", "RGBA") else grey.convert(mode)
    path = tmp_path / ("picture.tif" if mode in ("CMYK", "I") else "picture.png")
    file.save(path)
    image = read_image(path)
    assert image.shape == (6, 16, 3)
    assert np.array_equal(image, np.asarray(grey.convert("RGB")))


def test_a_file_of_32_bits_holds_16_bit_levels_or_is_refused(tmp_path):
    path = tmp_path / "picture.tif"
    Image.fromarray(np.full((4, 4), 100, np.int32)).save(path)
    assert np.allclose(read_image(path), 100 / 257)
    Image.fromarray(np.full((4, 4), 70000, np.int32)).save(path)
    with pytest.raises(ValueError, match="levels of 70000 to 70000"):
        read_image(path)


def test_a_mean_pixel_in_the_images_own_units_keeps_them():
    """A satellite's: 16-bit levels, MEAN_PIXEL 569, 851, 894 (a public configuration)."""
    satellite = type("Satellite", (Config,), {"MEAN_PIXEL": np.array([569.0, 851.0, 894.0])})()
    levels = np.random.default_rng(1).integers(0, 3000, (1024, 1024, 3))
    for dtype in (np.uint16, np.int16, np.int32, np.float32):
        molded, _, _ = mold([levels.astype(dtype)], satellite)
        assert np.allclose(molded[0], levels - satellite.MEAN_PIXEL)


def test_values_out_of_the_mean_pixels_units_are_said():
    levels = np.random.default_rng(1).integers(0, 3000, (64, 64, 3)).astype(np.int16)
    small = type("Small", (Config,), {"IMAGE_MIN_DIM": 64, "IMAGE_MAX_DIM": 64})()
    with pytest.warns(UserWarning, match="values up to 2999, MEAN_PIXEL is 123.7"):
        molded, _, _ = mold([levels], small)
    assert np.allclose(molded[0], levels - small.MEAN_PIXEL, atol=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (5, 6, 2), (5, 6, 3), (5, 6, 4)])
def test_images_get_the_networks_channels(shape, channels):
    image = with_channels(np.full(shape, 77, np.uint8), channels)
    assert image.shape == (5, 6, channels) and (image == 77).all()


def test_colour_becomes_grey_by_its_luma():
    image = noise(9, 9, 3)
    expected = np.asarray(Image.fromarray(image).convert("L"), float)
    assert np.abs(with_channels(image, 1)[..., 0] - expected).max() <= 1
    with pytest.raises(ValueError, match=r"shape \(4, 4, 5\) cannot have 3 channels"):
        with_channels(np.zeros((4, 4, 5)), 3)


@pytest.mark.parametrize("name", ODD)
def test_lesions_keep_their_place(name):
    """Every mask lies in its box, and in the part of the image that is no padding."""
    dataset = Odd([name])
    config = Tiny()
    image, meta, class_ids, boxes, masks = load_image_gt(dataset, config, 0)
    assert image.shape == (64, 64, 3) and len(class_ids) == len(boxes) == masks.shape[-1]
    top, left, bottom, right = meta[7:11]
    for i, (y1, x1, y2, x2) in enumerate(boxes):
        assert masks[y1:y2, x1:x2, i].any() and masks[:, :, i].sum() <= (y2 - y1) * (x2 - x1)
        assert top <= y1 < y2 <= bottom and left <= x1 < x2 <= right
    gone = name.startswith(("no lesion", "one pixel, lost"))
    assert (len(boxes) == 0) == gone
    batch = next(BatchLoader(dataset, config).epoch(0, 1))
    assert all(np.isfinite(v).all() for k, v in batch.items() if k != "case_ids")
    assert batch["case_ids"].tolist() == [name, name]
    assert (batch["input_rpn_match"] == 1).any() != gone


class Broken(Odd):
    """Its second image's masks do not fit; its images are known by something that is no text."""

    def image_reference(self, image_id):
        return [("disc", image_id), ("bar", 1, 2)][: image_id + 1]

    def load_mask(self, image_id):
        masks, class_ids = super().load_mask(image_id)
        return (masks[:5], class_ids) if image_id == 1 else (masks, class_ids)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failing_worker_shows_error_and_case(workers):
    loader = BatchLoader(Broken(["grey", "the whole image"]), Tiny(), workers=workers)
    with pytest.raises(RuntimeError, match=r"case the whole image .*do not fit an image") as error:
        list(loader.epoch(0, 4))
    assert isinstance(error.value.__cause__, ValueError)


def test_a_data_set_that_does_not_suit_is_refused(trained):
    from mrcnn.model import MaskRCNN

    model = MaskRCNN.__new__(MaskRCNN)
    model.mode, model.config = "training", Tiny()
    dataset = Odd(["grey"])
    dataset.add_class("odd", 3, "other")
    dataset.prepare()
    with pytest.raises(ValueError, match=r"4 classes .* NUM_CLASSES is 3"):
        model.train(dataset, None, 1e-3, 1)
    with pytest.raises(ValueError, match=r"prepare\(\)"):
        model.train(Dataset(), None, 1e-3, 1)


@pytest.mark.parametrize("shape", [(40, 200, 3), (64, 64, 3), (300, 70, 3), (3, 500, 3)])
def test_crops_are_of_image_and_masks_alike(shape):
    image = np.zeros(shape, np.uint8)
    image[: shape[0] // 2, : shape[1] // 2] = 200
    mask = (image[..., :1] > 0).astype(bool)
    draws = []
    for seed in (1, 1, 2, 3, 4, 5):
        rng = np.random.default_rng(seed)
        cut, window, scale, padding, crop = resize_image(image, min_dim=64, mode="crop", rng=rng)
        assert cut.shape == (64, 64, 3) and window == (0, 0, 64, 64) and crop[2:] == (64, 64)
        same = resize_mask(mask, scale, padding, crop)[..., 0] == (cut[..., 0] >= 100)
        assert same.mean() > 0.9
        draws.append(crop)
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1 or min(shape[:2]) == max(shape[:2])


def test_cropped_batches_do_not_depend_on_threads():
    config = type("C", (Tiny,), {"IMAGE_RESIZE_MODE": "crop"})()
    names = ["grey", "colour, 16-bit", "the whole image", "more lesions than the model takes"]
    runs = [list(BatchLoader(Odd(names), config, workers=n).epoch(1, 3)) for n in (1, 3)]
    for one, two in zip(*runs, strict=True):
        for key, value in one.items():
            assert np.array_equal(value, two[key]), key


def test_weights_are_read_as_arrays_only(trained, reader, monkeypatch, tmp_path):
    """A whole Keras model in a file, code included: its arrays are taken, its code is not read."""
    import keras

    path = trained[1]
    with h5py.File(path) as weights, h5py.File(tmp_path / "whole.h5", "w") as whole:
        group = whole.create_group("model_weights")
        for key, value in weights.attrs.items():
            group.attrs[key] = value
        for name in weights:
            weights.copy(name, group)
        layer = {"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}}
        whole.attrs["model_config"] = json.dumps({"class_name": "Model", "config": [layer]})

    def refuse(*args, **kwargs):
        raise AssertionError("code was read from a weight file")

    for module, name in [
        (pickle, "loads"),
        (pickle, "load"),
        (pickle, "Unpickler"),
        (marshal, "loads"),
        (keras.models, "load_model"),
        (keras.models, "model_from_json"),
        (np, "load"),
    ]:
        monkeypatch.setattr(module, name, refuse)
    assert reader.load_weights(tmp_path / "whole.h5") == reader.load_weights(path)


def test_a_file_with_a_part_of_the_layers(trained, reader, tmp_path):
    """Refused, loaded by name, or refused because it has none of them."""
    from mrcnn.weights import WeightError

    with h5py.File(trained[1]) as whole, h5py.File(tmp_path / "part.h5", "w") as part:
        part.attrs["layer_names"] = [b"fpn_c5p5"]
        whole.copy("fpn_c5p5", part)
    with pytest.raises(WeightError, match="conv1: not in the file"):
        reader.load_weights(tmp_path / "part.h5")
    loaded = reader.load_weights(tmp_path / "part.h5", by_name=True)
    assert loaded == ["fpn_c5p5/kernel:0", "fpn_c5p5/bias:0"]
    with h5py.File(tmp_path / "part.h5", "a") as part:
        part.move("fpn_c5p5", "another_layer")
    with pytest.raises(WeightError, match="none of the model's layers"):
        reader.load_weights(tmp_path / "part.h5", by_name=True)
    reader.load_weights(trained[1])


def test_class_ids_that_do_not_exist_are_refused():
    class Wrong(Odd):
        def load_mask(self, image_id):
            masks, class_ids = super().load_mask(image_id)
            return masks, class_ids + 2

    with pytest.raises(ValueError, match=r"class ids \[3\]; the data set has 0 to 2"):
        load_image_gt(Wrong(["grey"]), Tiny(), 0)


def test_no_module_can_run_what_a_file_holds():
    """`mrcnn.torch_files` alone knows pickle: its subclass refuses all that could run something."""
    forbidden = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
    calls = {
        "eval",
        "exec",
        "Lambda",
        "load_model",
        "model_from_json",
        "enable_unsafe_deserialization",
    }
    restricted = Path(torch_files.__file__)
    used = re.findall(r"\bpickle\.(\w+)", restricted.read_text(encoding="utf-8"))
    assert used == ["Unpickler"] and "find_class" in vars(torch_files._Table)
    for path in Path(mrcnn.__file__).parent.glob("*.py"):
        known = {"pickle"} if path == restricted else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not (forbidden - known) & {a.name.split(".")[0] for a in node.names}, (
                    path.name
                )
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in forbidden, path.name
            elif isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", None))
                assert name not in calls, f"{path.name}: {name}"
