"""Scripts as Matterport's users write them, after its two samples: shapes drawn, outlines in JSON.

They import Matterport's modules, subclass its classes and call its functions by position; only
the network is made small, by configuration. Our own code, nothing copied.
"""

import errno
import json
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

import mrcnn.model as modellib
from discs import Small
from mrcnn import utils, visualize
from mrcnn.model import log


class FigureConfig(Small):
    NAME = "Figures"
    GPU_COUNT = 1
    IMAGES_PER_GPU = 2
    NUM_CLASSES = 1 + 2
    IMAGE_MIN_DIM = 64
    IMAGE_MAX_DIM = 64
    RPN_ANCHOR_SCALES = (8, 16, 24, 32, 48)
    TRAIN_ROIS_PER_IMAGE = 8
    STEPS_PER_EPOCH = 2
    VALIDATION_STEPS = 1


class ReadingConfig(FigureConfig):
    IMAGES_PER_GPU = 1
    DETECTION_MIN_CONFIDENCE = 0  # an untrained network is sure of nothing


class FigureDataset(utils.Dataset):
    """Discs and bars on one grey, later ones in front."""

    def load_figures(self, count, height, width):
        self.add_class("figures", 1, "disc")
        self.add_class("figures", 2, "bar")
        for i in range(count):
            rng = random.Random(i)
            figures = [
                (rng.choice(["disc", "bar"]), rng.randint(14, 50), rng.randint(14, 50), 10)
                for _ in range(3)
            ]
            boxes = np.array([[y - r, x - r, y + r, x + r] for _, x, y, r in figures])
            kept = utils.non_max_suppression(boxes, np.arange(len(boxes)), 0.3)
            self.add_image(
                "figures",
                image_id=i,
                path=None,
                width=width,
                height=height,
                figures=[figures[k] for k in sorted(kept)],
            )

    def draw(self, canvas, figure, value):
        name, x, y, r = figure
        box = (x - r, y - r // (1 if name == "disc" else 3), x + r, y + r)
        (canvas.ellipse if name == "disc" else canvas.rectangle)(box, fill=value)

    def load_image(self, image_id):
        info = self.image_info[image_id]
        image = Image.new("RGB", (info["width"], info["height"]), (90, 90, 90))
        for i, figure in enumerate(info["figures"]):
            self.draw(ImageDraw.Draw(image), figure, (200, 40 * i, 30))
        return np.array(image)

    def image_reference(self, image_id):
        info = self.image_info[image_id]
        if info["source"] == "figures":
            return info["figures"]
        super(self.__class__).image_reference(self, image_id)

    def load_mask(self, image_id):
        info = self.image_info[image_id]
        masks = []
        for figure in info["figures"]:
            plane = Image.new("L", (info["width"], info["height"]))
            self.draw(ImageDraw.Draw(plane), figure, 1)
            masks.append(np.array(plane))
        mask = np.stack(masks, axis=-1)
        for i in range(mask.shape[-1] - 1):
            mask[:, :, i] *= 1 - mask[:, :, i + 1 :].max(axis=-1)
        class_ids = np.array([self.class_names.index(f[0]) for f in info["figures"]])
        return mask.astype(bool), class_ids.astype(np.int32)


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")


def figures(count):
    dataset = FigureDataset()
    dataset.load_figures(count, 64, 64)
    dataset.prepare()
    return dataset


def test_a_script_in_the_style_of_the_shapes_sample(tmp_path, capsys):
    import os

    import keras
    import matplotlib.pyplot as plt

    MODEL_DIR = os.path.join(tmp_path, "logs")
    config = FigureConfig()
    config.display()
    assert "IMAGE_META_SIZE" in capsys.readouterr().out

    dataset_train, dataset_val = figures(6), figures(2)
    for image_id in np.random.choice(dataset_train.image_ids, 2):  # noqa: NPY002 (as users do)
        image = dataset_train.load_image(image_id)
        mask, class_ids = dataset_train.load_mask(image_id)
        visualize.display_top_masks(image, mask, class_ids, dataset_train.class_names)

    model = modellib.MaskRCNN(mode="training", config=config, model_dir=MODEL_DIR)
    with pytest.raises(FileNotFoundError) as missing:
        model.find_last()
    assert missing.value.errno == errno.ENOENT

    before = weights(model, "conv1", "mrcnn_class_conv1")
    seen = []

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((epoch, logs))
            self.model.stop_training = True

    model.train(
        dataset_train,
        dataset_val,
        learning_rate=config.LEARNING_RATE,
        epochs=9,
        layers="heads",
        custom_callbacks=[Stop()],
    )
    assert model.epoch == 1
    after = weights(model, "conv1", "mrcnn_class_conv1")
    assert np.array_equal(before[0], after[0]) and not np.array_equal(before[1], after[1])
    assert [epoch for epoch, _ in seen] == [0] and np.isfinite(seen[0][1]["val_loss"])

    model.train(
        dataset_train, None, learning_rate=config.LEARNING_RATE / 10, epochs=2, layers="all"
    )
    assert not np.array_equal(after[0], weights(model, "conv1")[0])
    last = model.find_last()
    assert last.endswith("mask_rcnn_figures_0002.h5") and os.path.dirname(last) == model.log_dir
    written = sorted(os.listdir(model.log_dir))
    assert [name for name in written if not name.startswith("events.out.tfevents.")] == [
        "mask_rcnn_figures_0001.h5",
        "mask_rcnn_figures_0002.h5",
    ]

    # A new session goes on from the file: the epoch is known from its name.
    model.load_weights(last, by_name=True)
    assert model.epoch == 2 and os.path.dirname(last) == model.log_dir
    with pytest.warns(UserWarning, match="nothing to train: epochs=2 counts all epochs, and 2 are"):
        assert model.train(dataset_train, dataset_val, 0.001, 2, "all") == []

    inference_config = ReadingConfig()
    model = modellib.MaskRCNN(mode="inference", config=inference_config, model_dir=MODEL_DIR)
    model.load_weights(model.find_last(), by_name=True)
    original_image, image_meta, gt_class_id, gt_bbox, gt_mask = modellib.load_image_gt(
        dataset_val, inference_config, 0, use_mini_mask=False
    )
    log("original_image", original_image)
    log("gt_mask", gt_mask)
    assert gt_mask.shape == (64, 64, len(gt_class_id)) and len(image_meta) == 12 + 3
    visualize.display_instances(
        original_image, gt_bbox, gt_mask, gt_class_id, dataset_train.class_names, figsize=(8, 8)
    )
    results = model.detect([original_image], verbose=1)
    r = results[0]
    _, ax = plt.subplots(1, figsize=(4, 4))
    visualize.display_instances(
        original_image,
        r["rois"],
        r["masks"],
        r["class_ids"],
        dataset_val.class_names,
        r["scores"],
        ax=ax,
    )
    APs = []
    for image_id in dataset_val.image_ids:
        image, image_meta, gt_class_id, gt_bbox, gt_mask = modellib.load_image_gt(
            dataset_val, inference_config, image_id, use_mini_mask=False
        )
        molded_images = np.expand_dims(modellib.mold_image(image, inference_config), 0)
        r = model.detect([image], verbose=0)[0]
        AP, precisions, recalls, overlaps = utils.compute_ap(
            gt_bbox, gt_class_id, gt_mask, r["rois"], r["class_ids"], r["scores"], r["masks"]
        )
        APs.append(AP)
        assert overlaps.shape == (len(r["rois"]), len(gt_bbox))
    assert 0 <= np.mean(APs) <= 1
    visualize.plot_precision_recall(AP, precisions, recalls)
    check_the_insides(model, image, molded_images, image_meta, r)


def weights(model, *names):
    from mrcnn.normalisation import leaf_layers

    layers = {layer.name: layer for layer in leaf_layers(model.keras_model)}
    return [np.array(layers[name].get_weights()[0]) for name in names]


def check_the_insides(model, image, molded_images, image_meta, r):
    """What Matterport's notebooks do with a model that reads."""
    # An image that fills the network's input is the same molded and not.
    molded = model.detect_molded(molded_images, image_meta[None])[0]
    assert np.array_equal(molded["rois"], r["rois"])
    assert np.array_equal(molded["masks"], r["masks"])

    rpn_class = model.keras_model.get_layer("rpn_class").output
    detections = model.keras_model.get_layer("mrcnn_detection").output[0]
    found = model.run_graph(
        [image],
        [
            ("rpn_class", rpn_class),
            ("detections", detections),
            ("roi", model.ancestor(detections, "ROI")),
        ],
    )
    assert list(found) == ["rpn_class", "detections", "roi"]
    anchors = model.get_anchors(image.shape)
    assert found["rpn_class"].shape == (1, len(anchors), 2)
    assert np.allclose(found["rpn_class"].sum(axis=-1), 1, atol=1e-5)
    assert np.allclose(utils.denorm_boxes(anchors, (64, 64)), np.around(model.anchors))
    with pytest.raises(ValueError, match="no tensor is given for: bad"):
        model.run_graph([image], [("bad", model.ancestor(detections, "no_such_layer"))])
    by_hand = model.unmold_detections(
        found["detections"][0], np.ones((4, 28, 28, 3)), image.shape, image.shape, (0, 0, 64, 64)
    )
    assert len(by_hand) == 4 and np.array_equal(by_hand[0], r["rois"])
    assert len(model.get_trainable_layers()) > 60


class BlobDataset(utils.Dataset):
    """Outlines in the JSON of the VGG Image Annotator, first version: polygons by region."""

    def load_blobs(self, folder, subset):
        self.add_class("blob", 1, "blob")
        annotations = json.loads((folder / subset / "via_region_data.json").read_text())
        for a in [a for a in annotations.values() if a["regions"]]:
            polygons = [r["shape_attributes"] for r in a["regions"].values()]
            path = folder / subset / a["filename"]
            width, height = Image.open(path).size
            self.add_image(
                "blob", a["filename"], str(path), width=width, height=height, polygons=polygons
            )

    def load_mask(self, image_id):
        info = self.image_info[image_id]
        if info["source"] != "blob":
            return super(self.__class__, self).load_mask(image_id)
        mask = np.zeros([info["height"], info["width"], len(info["polygons"])], dtype=np.uint8)
        for i, p in enumerate(info["polygons"]):
            plane = Image.new("L", (info["width"], info["height"]))
            points = list(zip(p["all_points_x"], p["all_points_y"], strict=True))
            ImageDraw.Draw(plane).polygon(points, fill=1)
            mask[:, :, i] = np.array(plane)
        return mask.astype(bool), np.ones([mask.shape[-1]], dtype=np.int32)

    def image_reference(self, image_id):
        info = self.image_info[image_id]
        if info["source"] == "blob":
            return info["path"]
        super(self.__class__, self).image_reference(image_id)


class BlobConfig(FigureConfig):
    NAME = "blob"
    NUM_CLASSES = 1 + 1
    STEPS_PER_EPOCH = 1
    DETECTION_MIN_CONFIDENCE = 0


def blobs(folder, subset):
    """Write two photographs with polygons, and one without, as an annotator would."""
    (folder / subset).mkdir(parents=True)
    annotations = {}
    for i, (width, height) in enumerate([(90, 60), (50, 120), (64, 64)]):
        rng = np.random.default_rng(i)
        name = f"{i}.png"
        pixels = rng.integers(0, 255, (height, width, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / subset / name)
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        regions = {}
        for k, share in enumerate([0.3, 0.7]):
            shape = {
                "name": "polygon",
                "all_points_x": (width * share + 9 * np.cos(angles)).astype(int).tolist(),
                "all_points_y": (height * share + 9 * np.sin(angles)).astype(int).tolist(),
            }
            regions[str(k)] = {"shape_attributes": shape, "region_attributes": {}}
        annotations[name] = {"filename": name, "regions": regions if i < 2 else {}}
    (folder / subset / "via_region_data.json").write_text(json.dumps(annotations))


def test_a_data_set_in_the_style_of_the_balloon_sample(tmp_path):
    blobs(tmp_path, "train")
    dataset = BlobDataset()
    dataset.load_blobs(tmp_path, "train")
    dataset.prepare()
    assert dataset.num_images == 2 and dataset.class_names == ["BG", "blob"]
    assert dataset.source_image_link(0) == str(tmp_path / "train" / "0.png")
    config = BlobConfig()
    image, meta, class_ids, bbox, mask = modellib.load_image_gt(dataset, config, 1)
    assert image.shape == (64, 64, 3) and mask.shape == (64, 64, 2) and mask.dtype == bool
    # 50 x 120 px shrink to 27 x 64 px, centred: 18 px of padding at the left.
    assert meta[7:11].tolist() == [0, 18, 64, 45] and meta[1:4].tolist() == [120, 50, 3]
    assert class_ids.tolist() == [1, 1]
    # A disc of radius 9 px at 30 % of the height, shrunk by 64 / 120.
    y1, _, y2, _ = bbox[0]
    assert abs((y1 + y2) / 2 - 0.3 * 64) < 1 and abs((y2 - y1) - 18 * 64 / 120) < 2
    inputs, outputs = next(modellib.data_generator(dataset, config, shuffle=False, batch_size=2))
    assert outputs == [] and len(inputs) == 7
    assert np.array_equal(inputs[0][1], modellib.mold_image(image, config))
    assert np.array_equal(inputs[1][1], meta) and inputs[5][1, :2].tolist() == bbox.tolist()
    small = modellib.load_image_gt(dataset, config, 1, use_mini_mask=True)[4]
    assert small.shape == (*config.MINI_MASK_SHAPE, 2)
    # The mini-masks are the masks, cropped and resized: put back, they agree but for the rim.
    whole = utils.expand_mask(bbox, small, image.shape)
    assert utils.compute_overlaps_masks(whole, mask).diagonal().min() > 0.85


@pytest.mark.slow
@pytest.mark.parametrize(("backbone", "layers"), [("resnet18", "3+"), ("resnet50", "all")])
def test_a_script_in_the_style_of_the_balloon_sample(tmp_path, backbone, layers):
    config = type("C", (BlobConfig,), {"BACKBONE": backbone})()
    datasets = []
    for subset in ("train", "val"):
        blobs(tmp_path, subset)
        dataset = BlobDataset()
        dataset.load_blobs(tmp_path, subset)
        dataset.prepare()
        datasets.append(dataset)
    model = modellib.MaskRCNN(mode="training", config=config, model_dir=str(tmp_path / "logs"))
    model.train(
        datasets[0], datasets[1], learning_rate=config.LEARNING_RATE, epochs=1, layers=layers
    )
    coco = str(tmp_path / "mask_rcnn_coco.h5")
    model.save_weights(coco)

    class EightyOne(BlobConfig):
        BACKBONE = backbone
        NUM_CLASSES = 81

    other = modellib.MaskRCNN(mode="inference", config=EightyOne(), model_dir=str(tmp_path))
    heads = ["mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_bbox", "mrcnn_mask"]
    with pytest.raises(ValueError, match=r"mrcnn_class_logits/kernel:0: the file has \(16, 2\)"):
        other.load_weights(coco, by_name=True)
    other.load_weights(coco, by_name=True, exclude=heads)
    image = datasets[1].load_image(0)
    r = other.detect([image], verbose=1)[0]
    assert r["masks"].shape == (*image.shape[:2], len(r["rois"]))
    # The sample's colour splash: grey where no instance is.
    mask = np.sum(r["masks"], -1, keepdims=True) >= 1
    assert mask.shape == (60, 90, 1)
