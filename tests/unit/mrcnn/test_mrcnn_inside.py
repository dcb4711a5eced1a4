"""What Matterport's notebooks and serving scripts ask of a built network."""

import numpy as np
import pytest

import mrcnn.model as modellib
from discs import Discs, Small


class Reading(Small):
    IMAGES_PER_GPU = 1
    DETECTION_MIN_CONFIDENCE = 0


@pytest.fixture(scope="module")
def reader():
    return modellib.MaskRCNN("inference", Reading(), seed=3)


@pytest.fixture(scope="module")
def image():
    return np.repeat(Discs(1).load_image(0), 3, axis=-1)


@pytest.fixture(scope="module")
def run(reader, image):
    layer = reader.keras_model.get_layer
    pillar = layer("ROI").output
    suppression = reader.ancestor(pillar, "ROI/rpn_non_max_suppression/NonMaxSuppressionV3:0")
    names = ("pre_nms_anchors", "refined_anchors", "refined_anchors_clipped")
    return reader.run_graph(
        [image],
        [
            ("proposals", pillar),
            ("probs", layer("mrcnn_class").output),
            ("logits", layer("mrcnn_class_logits").output),
            ("deltas", layer("mrcnn_bbox").output),
            ("masks", layer("mrcnn_mask").output),
            ("detections", layer("mrcnn_detection").output),
            ("rpn_class", layer("rpn_class").output),
            ("features", layer("res4b_out").output),
            *[(name, reader.ancestor(pillar, f"ROI/{name}:0")) for name in names],
            ("post_nms_anchor_ix", suppression),
        ],
    )


def test_outputs_of_run_graph_have_matterports_shapes(run):
    config = Reading()
    regions, classes = config.POST_NMS_ROIS_INFERENCE, config.NUM_CLASSES
    assert run["proposals"].shape == (1, regions, 4)
    assert run["probs"].shape == run["logits"].shape == (1, regions, classes)
    assert run["deltas"].shape == (1, regions, classes, 4)
    assert run["detections"].shape == (1, config.DETECTION_MAX_INSTANCES, 6)
    found = int((run["detections"][0, :, 4] > 0).sum())
    assert run["masks"].shape == (1, max(1, found), 28, 28, classes)
    assert run["features"].shape[:3] == (1, 4, 4)


def test_steps_of_the_choice_of_regions(run):
    limit = Reading.PRE_NMS_LIMIT
    for name in ("pre_nms_anchors", "refined_anchors", "refined_anchors_clipped"):
        assert run[name].shape == (1, limit, 4)
    clipped = run["refined_anchors_clipped"]
    assert np.array_equal(clipped, np.clip(run["refined_anchors"], 0, 1))
    kept = run["post_nms_anchor_ix"]
    assert kept.ndim == 1 and kept[0] == 0
    # What is kept of the clipped anchors are the proposals.
    real = run["proposals"][0].any(axis=1)
    assert np.array_equal(clipped[0, kept][: real.sum()], run["proposals"][0][real])


def test_pre_nms_anchors_are_the_likeliest_anchors(reader, run, image):
    anchors = reader.get_anchors(image.shape)
    best = np.argsort(-run["rpn_class"][0, :, 1], kind="stable")[: Reading.PRE_NMS_LIMIT]
    assert np.allclose(run["pre_nms_anchors"][0], anchors[best], atol=1e-6)


def test_what_is_not_there_is_none(reader):
    pillar = reader.keras_model.get_layer("mrcnn_detection").output
    assert reader.ancestor(pillar, "ROI/no_such_step:0") is None
    assert reader.ancestor(pillar, "no_such_layer") is None
    assert reader.ancestor(pillar, "ROI") is not None
    image_tensor = reader.keras_model.get_layer("input_image").output
    assert reader.ancestor(image_tensor, "ROI/refined_anchors:0") is None


def test_predict_takes_images_metas_and_anchors(reader, image):
    """The call of serving scripts, with what `detect` gives."""
    molded, metas, windows = reader.mold_inputs([image])
    anchors = np.stack([reader.get_anchors(molded[0].shape)])
    answers = reader.keras_model.predict([molded, metas, anchors], verbose=0)
    detections, mrcnn_class, mrcnn_bbox, mrcnn_mask, rpn_rois, rpn_class, rpn_bbox = answers
    config = reader.config
    regions, classes = config.POST_NMS_ROIS_INFERENCE, config.NUM_CLASSES
    assert mrcnn_class.shape == (1, regions, classes)
    assert mrcnn_bbox.shape == (1, regions, classes, 4)
    assert mrcnn_mask.shape == (1, config.DETECTION_MAX_INSTANCES, 28, 28, classes)
    assert rpn_rois.shape == (1, regions, 4)
    assert rpn_class.shape == (1, anchors.shape[1], 2) and rpn_bbox.shape == anchors.shape
    rois, class_ids, scores, masks = reader.unmold_detections(
        detections[0], mrcnn_mask[0], image.shape, molded[0].shape, windows[0]
    )
    (found,) = reader.detect([image])
    assert np.array_equal(rois, found["rois"]) and np.array_equal(class_ids, found["class_ids"])
    assert np.allclose(scores, found["scores"]) and np.array_equal(masks, found["masks"])
    assert len(reader.keras_model.predict_on_batch([molded, metas, anchors])) == 7


def test_a_step_takes_the_generators_list():
    config = Small()
    model = modellib.MaskRCNN("training", config, seed=1)
    model.compile(0.001, 0.9)
    inputs, outputs = next(modellib.data_generator(Discs(4), config, batch_size=2))
    by_list = model.keras_model.test_on_batch(inputs, outputs, return_dict=True)
    names = [
        *("input_image", "input_image_meta", "input_rpn_match", "input_rpn_bbox"),
        *("input_gt_class_ids", "input_gt_boxes", "input_gt_masks"),
    ]
    by_name = model.keras_model.test_on_batch(
        dict(zip(names, inputs, strict=True)), return_dict=True
    )
    assert by_list["rpn_class_loss"] == pytest.approx(by_name["rpn_class_loss"])
    assert np.isfinite(model.keras_model.train_on_batch(inputs, [])).all()


@pytest.mark.parametrize(
    "name", ["conv1", "bn_conv1", "res2a_branch2a", "mrcnn_class_conv1", "mrcnn_class_bn1"]
)
def test_layers_by_matterports_names(reader, name):
    layer = reader.keras_model.get_layer(name)
    assert layer.name == name and layer.get_weights()[0].shape[-1] in (16, 64)
    with pytest.raises(ValueError, match="No such layer: no_such_layer"):
        reader.keras_model.get_layer("no_such_layer")


class Padded(Reading):
    IMAGE_RESIZE_MODE = "pad64"


@pytest.mark.parametrize("shape", [(100, 140, 3), (64, 64, 3), (130, 60, 3)])
def test_images_are_read_at_their_own_size_padded_to_multiples_of_64(reader, shape):
    model = modellib.MaskRCNN("inference", Padded(), seed=3)
    image = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    molded, metas, _ = model.mold_inputs([image])
    assert molded.shape[1] % 64 == molded.shape[2] % 64 == 0
    (found,) = model.detect([image])
    assert found["masks"].shape == (*shape[:2], len(found["rois"]))
    # The network built for this size is the model's own: a fixed network of this size agrees.
    size = molded.shape[1:3]
    fixed = type("Fixed", (Reading,), {"IMAGE_RESIZE_MODE": "none"})()
    fixed.IMAGE_SHAPE = np.array([*size, 3])
    other = modellib.MaskRCNN("inference", fixed, seed=3)
    (same,) = other.detect_molded(molded, metas)
    whole = model.detect_molded(molded, metas)[0]
    assert np.array_equal(same["rois"], whole["rois"])
    assert np.array_equal(same["scores"], whole["scores"])


def test_images_of_several_sizes_are_read_in_one_call():
    config = type("None_", (Reading,), {"IMAGE_RESIZE_MODE": "none", "IMAGES_PER_GPU": 2})()
    model = modellib.MaskRCNN("inference", config, seed=3)
    images = [np.zeros((n, 96, 3), np.uint8) for n in (64, 96, 64)]
    assert [r["masks"].shape[:2] for r in model.detect(images)] == [(64, 96), (96, 96), (64, 96)]
    with pytest.raises(ValueError, match="several sizes"):
        model.mold_inputs(images)
    with pytest.raises(ValueError, match="70 x 96 px: the pyramid needs multiples of 32"):
        model.detect([np.zeros((70, 96, 3), np.uint8)])


def test_weights_loaded_later_count_at_every_size(tmp_path):
    model = modellib.MaskRCNN("inference", Padded(), seed=3)
    image = np.random.default_rng(1).integers(0, 255, (100, 100, 3)).astype(np.uint8)
    before = model.detect([image])[0]
    modellib.MaskRCNN("inference", Padded(), seed=4).save_weights(tmp_path / "other.h5")
    model.load_weights(tmp_path / "other.h5")
    after = model.detect([image])[0]
    assert not np.array_equal(before["scores"], after["scores"])


class Plain:
    """A configuration for reading that is no `Config`, as serving scripts carry one."""

    NAME, GPU_COUNT, IMAGES_PER_GPU, NUM_CLASSES = "plain", 1, 1, 3
    BACKBONE, TOP_DOWN_PYRAMID_SIZE, FPN_CLASSIF_FC_LAYERS_SIZE = "resnet18", 16, 16
    IMAGE_MIN_DIM = IMAGE_MAX_DIM = 64
    RPN_ANCHOR_SCALES = (8, 16, 24, 32, 48)

    def __init__(self):
        self.BATCH_SIZE = 1
        self.IMAGE_SHAPE = np.array([64, 64, 3])


def test_a_configuration_that_is_no_subclass(image):
    config = Plain()
    model = modellib.MaskRCNN("inference", config)
    assert model.config is config and config.IMAGE_META_SIZE == 12 + 3
    assert "rois" in model.detect([image])[0]


def test_what_this_library_cannot_do_is_said_before_a_network_is_built(tmp_path):
    two = type("Two", (Small,), {"GPU_COUNT": 2})()
    with pytest.raises(ValueError, match="GPU_COUNT = 2: this library computes on one device"):
        modellib.MaskRCNN("training", two)
    from mrcnn.parallel_model import ParallelModel

    with pytest.raises(ValueError, match="GPU_COUNT = 2"):
        ParallelModel(None, 2)
    grey = type("Grey", (Small,), {"IMAGE_CHANNEL_COUNT": 1})()
    with pytest.raises(ValueError, match="MEAN_PIXEL has 3 values, IMAGE_CHANNEL_COUNT is 1"):
        modellib.MaskRCNN("inference", grey)


def test_model_dir_is_a_text(reader, tmp_path):
    from mrcnn.parallel_model import ParallelModel

    model = modellib.MaskRCNN("inference", Reading(), tmp_path)
    assert model.model_dir + "/x" == f"{tmp_path}/x"
    assert ParallelModel(reader.keras_model, 1) is reader.keras_model
