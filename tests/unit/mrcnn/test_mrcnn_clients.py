"""What public scripts do with Matterport's library, one kind of client a test.

Kernels of Kaggle, tutorials, forks and servers; their calls, in our own words, on tiny networks.
What no client can do here stands in the README's table of differences.
"""

import json
import os
import threading

import keras
import numpy as np
import pytest

import mrcnn.model as modellib
from discs import Discs, Small
from mrcnn import utils, visualize


class KaggleConfig(Small):
    """As kernels for chest X-rays and ships have it: four sizes of anchors, eight images a step."""

    NAME = "kaggle"
    NUM_CLASSES = 2
    IMAGES_PER_GPU = 2
    RPN_ANCHOR_SCALES = (8, 16, 24, 32)
    STEPS_PER_EPOCH = 3 / 2
    VALIDATION_STEPS = 1
    DETECTION_MIN_CONFIDENCE = 0


class ReadingConfig(KaggleConfig):
    IMAGES_PER_GPU = 1


class KaggleDataset(utils.Dataset):
    """Boxes of a table; where there is none, an empty mask of class 0, as the kernels write it."""

    def __init__(self, count):
        super().__init__()
        self.discs = Discs(count)
        self.add_class("pneumonia", 1, "Lung Opacity")
        for i in range(count):
            boxes = utils.extract_bboxes(self.discs.load_mask(i)[0])
            self.add_image("pneumonia", image_id=i, path=f"{i}.dcm", annotations=boxes)
        self.prepare()

    def image_reference(self, image_id):
        return self.image_info[image_id]["path"]

    def load_image(self, image_id):
        image = self.discs.load_image(image_id)[..., 0]
        if len(image.shape) != 3 or image.shape[2] != 3:
            image = np.stack((image,) * 3, -1)
        return image

    def load_mask(self, image_id):
        boxes = self.image_info[image_id]["annotations"]
        mask = np.zeros((64, 64, max(1, len(boxes))), dtype=np.uint8)
        class_ids = np.zeros((max(1, len(boxes)),), dtype=np.int32)
        for i, (y1, x1, y2, x2) in enumerate(boxes):
            mask[y1:y2, x1:x2, i] = 255
            class_ids[i] = 1
        return mask.astype(bool), class_ids.astype(np.int32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="module")
def reader(folder):
    return modellib.MaskRCNN(mode="inference", config=ReadingConfig(), model_dir=folder, seed=3)


class MeanPrecision(keras.callbacks.Callback):
    """Evaluates after each epoch with a second model, which reads the weights just written."""

    def __init__(self, train_model, inference_model, dataset):
        super().__init__()
        self.train_model, self.inference_model = train_model, inference_model
        self.dataset, self.values = dataset, []

    def on_epoch_end(self, epoch, logs=None):
        self.inference_model.load_weights(self.train_model.find_last(), by_name=True)
        precisions = []
        for image_id in self.dataset.image_ids:
            image, _, gt_class_id, gt_bbox, gt_mask = modellib.load_image_gt(
                self.dataset, self.inference_model.config, image_id, use_mini_mask=False
            )
            r = self.inference_model.detect(np.expand_dims(image, 0), verbose=0)[0]
            precisions.append(
                utils.compute_ap(
                    gt_bbox,
                    gt_class_id,
                    gt_mask,
                    r["rois"],
                    r["class_ids"],
                    r["scores"],
                    r["masks"],
                )[0]
            )
        self.values.append(np.mean(precisions))
        logs["val_map"] = self.values[-1]


class WarmUp(keras.callbacks.Callback):
    """Sets the rate before each batch, as warm-up schedules do."""

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = 1e-4 * (batch + 1)


@pytest.fixture(scope="module")
def trained(folder, reader):
    """Trained as a kernel does, in two calls whose histories are joined; with its callbacks."""
    dataset_train, dataset_val = KaggleDataset(6), KaggleDataset(4)
    model = modellib.MaskRCNN(mode="training", config=KaggleConfig(), model_dir=folder, seed=3)
    evaluation = MeanPrecision(model, reader, dataset_val)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=0, min_delta=99)
    model.train(
        dataset_train,
        dataset_val,
        learning_rate=0.006 * 2,
        epochs=2,
        layers="heads",
        augmentation=None,
        custom_callbacks=[evaluation, plateau],
    )
    rates = [float(model.keras_model.optimizer.learning_rate)]
    history = model.keras_model.history.history
    model.train(
        dataset_train,
        dataset_val,
        learning_rate=0.006,
        epochs=3,
        layers="all",
        custom_callbacks=[
            WarmUp(),
            keras.callbacks.EarlyStopping(monitor="val_loss", restore_best_weights=True),
            keras.callbacks.CSVLogger(os.path.join(folder, "log.csv")),
        ],
    )
    rates.append(float(model.keras_model.optimizer.learning_rate))
    new_history = model.keras_model.history.history
    for k in new_history:
        history[k] = history[k] + new_history[k]
    return model, history, evaluation.values, rates


def test_a_kernel_joins_histories_and_picks_the_best_epoch(trained, folder):
    model, history, _, _ = trained
    losses = ("loss", "rpn_class_loss", "rpn_bbox_loss", "mrcnn_class_loss", "mrcnn_bbox_loss")
    for name in (*losses, "mrcnn_mask_loss"):
        assert len(history[name]) == len(history[f"val_{name}"]) == 3
    best_epoch = np.argmin(history["val_loss"])
    dir_names = next(os.walk(model.model_dir))[1]
    dir_names = filter(lambda f: f.startswith(model.config.NAME.lower()), dir_names)
    fps = []
    for d in sorted(dir_names):
        dir_name = os.path.join(model.model_dir, d)
        checkpoints = sorted(f for f in next(os.walk(dir_name))[2] if f.startswith("mask_rcnn"))
        fps.append(os.path.join(dir_name, checkpoints[best_epoch]))
    model_path = sorted(fps)[-1]
    assert os.path.basename(model_path) == f"mask_rcnn_kaggle_{best_epoch + 1:04d}.h5"
    assert os.path.exists(os.path.join(folder, "log.csv"))


def test_callbacks_evaluate_and_set_the_learning_rate(trained):
    _, _, precisions, rates = trained
    assert len(precisions) == 2 and all(0 <= value <= 1 for value in precisions)
    # Two epochs on a plateau: a tenth twice, the second after the last step; then two steps.
    assert rates == [pytest.approx(0.012 / 10), pytest.approx(2e-4)]


def test_a_kernel_reads_images_turns_them_and_writes_a_submission(reader):
    """Test-time augmentation, non-maximum suppression across the answers, text of the boxes."""
    image = KaggleDataset(1).load_image(0)
    answers = [reader.detect([turned])[0] for turned in (image, np.fliplr(image), image[::-1])]
    for r in answers:
        assert r["masks"].shape[:2] == image.shape[:2] and r["rois"].shape == (len(r["scores"]), 4)
    boxes = np.concatenate([r["rois"] for r in answers])
    scores = np.concatenate([r["scores"] for r in answers])
    if len(boxes):
        kept = utils.non_max_suppression(boxes, scores, 0.3)
        assert scores[kept[0]] == scores.max()
    r = answers[0]
    out = " ".join(
        f"{score:.2f} {x1} {y1} {x2 - x1} {y2 - y1}"
        for score, (y1, x1, y2, x2) in zip(r["scores"], r["rois"], strict=True)
    )
    assert len(out.split()) == 5 * len(r["rois"])
    rles = [np.concatenate([[0], m.T.flatten(), [0]]) for m in np.moveaxis(r["masks"], -1, 0)]
    runs = [np.flatnonzero(rle[1:] != rle[:-1]) for rle in rles]
    assert [(run[1::2] - run[::2]).sum() for run in runs] == r["masks"].sum(axis=(0, 1)).tolist()
    json.dumps({k: r[k].tolist() for k in ("rois", "class_ids", "scores")})


def test_a_tutorial_detects_on_what_it_molded_itself(reader):
    """A tutorial on kangaroos subtracts the mean pixel, and `detect` does so again."""
    dataset = KaggleDataset(2)
    for image_id in dataset.image_ids:
        scaled_image = modellib.mold_image(dataset.load_image(image_id), reader.config)
        yhat = reader.detect(np.expand_dims(scaled_image, 0), verbose=0)
        assert yhat[0]["class_ids"].dtype.kind == "i"


def test_targets_of_the_anchors_that_a_model_remembers(reader):
    """A notebook looks at ``model.anchors`` after `detect`, and moves them by the targets."""
    dataset = KaggleDataset(1)
    image, _, gt_class_id, gt_bbox, _ = modellib.load_image_gt(dataset, reader.config, 0)
    reader.detect([image])
    match, deltas = modellib.build_rpn_targets(
        image.shape, reader.anchors, gt_class_id, gt_bbox, reader.config
    )
    positive_anchors = reader.anchors[np.where(match[:] == 1)[0]]
    refined = utils.apply_box_deltas(
        positive_anchors, deltas[: len(positive_anchors)] * reader.config.RPN_BBOX_STD_DEV
    )
    assert len(refined) and np.allclose(refined, gt_bbox[0], atol=1)


def test_weights_are_looked_at_by_the_class_of_their_layer(reader):
    """A notebook draws a histogram of each convolution's weights."""
    layers = [x for x in reader.get_trainable_layers() if x.__class__.__name__ in ["Conv2D"]]
    names = [layer.name for layer in layers]
    assert {"conv1", "fpn_c5p5", "mrcnn_class_conv1", "mrcnn_mask"} <= set(names)
    for layer in layers:
        for weight, array in zip(layer.weights, layer.get_weights(), strict=True):
            assert weight.name in ("kernel", "bias") and array.ndim in (1, 4)
    inner = reader.keras_model.get_layer("rpn_model").get_layer("rpn_conv_shared")
    assert inner.__class__.__name__ == "Conv2D"


@pytest.mark.parametrize("name", ["input_anchors", "input_image_meta", "pool_squeeze"])
def test_layers_of_matterports_graph_alone_are_an_error_that_lists_those_there_are(reader, name):
    with pytest.raises(
        ValueError, match=f"No such layer: {name}. Existing layers are.*'conv1_pad'"
    ):
        reader.keras_model.get_layer(name)


def test_what_keras_2_alone_has_is_an_error(trained):
    network = trained[0].keras_model
    for owner, name in ((network, "fit_generator"), (network.optimizer, "lr")):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
            getattr(owner, name)


def test_a_part_of_the_network_is_a_model(reader):
    part = keras.Model(reader.keras_model.input, reader.keras_model.get_layer("res4b_out").output)
    inputs = reader._inputs(np.zeros((1, 64, 64, 3), np.float32), np.array([[0, 0, 64, 64]]))
    assert part.predict(inputs, verbose=0).shape == (1, 4, 4, 256)


def test_a_server_reads_in_threads(reader):
    image, results = KaggleDataset(1).load_image(0), []
    threads = [
        threading.Thread(target=lambda: results.append(reader.detect([image])[0])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert all(np.array_equal(r["rois"], results[0]["rois"]) for r in results)


class Fork(modellib.MaskRCNN):
    """Forks have a `train` of their own, with Keras's generators and callbacks."""

    def train(self, train_dataset, val_dataset, learning_rate, epochs, layers):
        batch_size = self.config.BATCH_SIZE
        train_generator, val_generator = (
            modellib.data_generator(dataset, self.config, shuffle=True, batch_size=batch_size)
            for dataset in (train_dataset, val_dataset)
        )
        self.set_trainable(layers)
        self.compile(learning_rate, self.config.LEARNING_MOMENTUM)
        self.keras_model.fit(
            train_generator,
            initial_epoch=self.epoch,
            epochs=epochs,
            steps_per_epoch=2,
            callbacks=[
                keras.callbacks.ModelCheckpoint(self.checkpoint_path.replace(".h5", ".keras"))
            ],
            validation_data=next(val_generator),
            verbose=0,
        )
        self.epoch = max(self.epoch, epochs)
        return self.keras_model.evaluate(val_generator, steps=1, verbose=0, return_dict=True)


def test_a_fork_trains_with_fit_on_the_generators_lists(folder):
    model = Fork("training", KaggleConfig(), folder, seed=3)
    losses = model.train(KaggleDataset(6), KaggleDataset(4), 0.001, 1, r"mrcnn\_.*")
    history = model.keras_model.history.history
    assert np.isfinite([losses["loss"], *history["loss"], *history["val_mrcnn_mask_loss"]]).all()


class Bands(ReadingConfig):
    """Satellites: eight bands of 16 bits, whose means are in these units."""

    NAME = "bands"
    IMAGE_CHANNEL_COUNT = 8
    MEAN_PIXEL = np.linspace(500, 900, 8)


class BandsDataset(KaggleDataset):
    def load_image(self, image_id):
        grey = self.discs.load_image(image_id).astype(np.int16)
        return np.repeat(grey * 9, 8, axis=-1)


def test_a_satellite_image_keeps_its_bands_and_its_units(reader, folder):
    config = Bands()
    image, meta, *_ = modellib.load_image_gt(BandsDataset(2), config, 0)
    assert image.shape == (64, 64, 8) and image.dtype == np.int16 and image.max() > 255
    molded = modellib.mold_image(image, config)
    assert np.array_equal(molded, image.astype(np.float32) - config.MEAN_PIXEL.astype(np.float32))
    coco = os.path.join(folder, "mask_rcnn_coco.h5")
    reader.keras_model.save_weights(coco)
    model = modellib.MaskRCNN("inference", config, folder)
    model.load_weights(coco, by_name=True, exclude=["conv1"])
    assert "rois" in model.detect([image])[0] and len(meta) == 12 + 2


STARS = {
    "model": "K KE KL KM MaskRCNN OrderedDict datetime keras log logging math multiprocessing np "
    "os random re tf utils",
    "utils": "Dataset logging math np os random shutil sys tf urllib warnings",
    "visualize": "Polygon apply_mask colorsys itertools lines np os patches plt random sys utils",
    "config": "Config np",
}


@pytest.mark.parametrize("module", STARS)
def test_star_imports_bring_what_scripts_use(module):
    if module == "visualize":
        pytest.importorskip("matplotlib")
    space: dict = {}
    exec(f"from mrcnn.{module} import *", space)
    tensorflow = keras.backend.backend() == "tensorflow"  # elsewhere it need not be installed
    missing = {name for name in STARS[module].split() if name not in space}
    assert missing <= (set() if tensorflow else {"tf"})


def test_names_that_modules_hold_by_chance(monkeypatch):
    assert modellib.K is keras.backend and modellib.KL is keras.layers
    assert modellib.KE.Layer is keras.Layer and modellib.utils is utils
    with pytest.raises(AttributeError, match=r"module 'mrcnn\.model' has no attribute 'nothing'"):
        _ = modellib.nothing
    monkeypatch.setitem(utils.incidental_names.NAMES["mrcnn.utils"], "skimage", "no_such_package")
    with pytest.raises(AttributeError, match=r"mrcnn\.utils\.skimage needs no_such_package"):
        _ = utils.skimage
    assert "skimage" not in utils.incidental_names.installed("mrcnn.utils")


def test_a_display_function_of_a_clients_own(monkeypatch):
    """Written after `display_instances`, with the names that the star import brings."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    space: dict = {}
    exec("from mrcnn.visualize import *", space)
    _, ax = space["plt"].subplots(1, figsize=(4, 4))
    (color,) = space["random_colors"](1)
    image = space["np"].zeros((8, 8, 3), np.uint8)
    image = space["apply_mask"](image, np.eye(8, dtype=bool), color, alpha=0.5)
    ax.add_patch(space["patches"].Rectangle((1, 1), 3, 3, edgecolor=color, facecolor="none"))
    ax.add_patch(space["Polygon"]([[0, 0], [3, 0], [3, 3]], facecolor="none", edgecolor=color))
    ax.imshow(image)
    visualize.plt.close("all")
    assert image.any(axis=-1).sum() == 8


def test_trainings_that_start_in_the_same_minute_are_warned_of(trained, folder, monkeypatch):
    """Their folder is called after the minute: the second would write over the first in silence."""
    model = trained[0]
    other = modellib.MaskRCNN("training", KaggleConfig(), folder)
    other.checkpoint_path = model.checkpoint_path
    monkeypatch.setattr(modellib, "fit", lambda *_, **__: [])
    with pytest.warns(UserWarning, match=r"mask_rcnn_kaggle_0001\.h5 is of another training"):
        other.train(KaggleDataset(4), None, 0.001, 1, "heads", verbose=0)
