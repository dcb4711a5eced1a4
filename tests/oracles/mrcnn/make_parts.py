"""Parts of Matterport's library by themselves, for `make.py`."""

import inputs
import numpy as np
import tensorflow as tf

import mrcnn.model as modellib
from mrcnn import utils

suppress = tf.image.non_max_suppression


def suppress_without_defect(boxes, scores, max_output_size, *args, **kwargs):
    """Suppress as TensorFlow does; boxes without area, which overlap with nothing, all stay."""
    real = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) > 0
    inner, flat = tf.where(real)[:, 0], tf.where(tf.logical_not(real))[:, 0]
    kept = suppress(
        tf.gather(boxes, inner), tf.gather(scores, inner), max_output_size, *args, **kwargs
    )
    kept = tf.concat([tf.gather(inner, kept), flat], axis=0)
    count = tf.minimum(tf.shape(kept)[0], max_output_size)
    best = tf.nn.top_k(tf.gather(scores, kept), count).indices
    return tf.cast(tf.gather(kept, best), tf.int32)


def mend_suppression():
    """Let Matterport's library use `suppress_without_defect`."""
    modellib.tf.image.non_max_suppression = suppress_without_defect


class Cases(utils.Dataset):
    """The images and lesions of `inputs.CASES`."""

    def __init__(self):
        super().__init__()
        self.add_class("cases", 1, "benign")
        self.add_class("cases", 2, "malignant")
        for i in range(len(inputs.CASES)):
            self.add_image("cases", f"case{i}", path=None)
        self.prepare()

    def load_image(self, image_id):
        """Return an image, (h, w, 3) uint8."""
        return inputs.case(image_id)[0]

    def load_mask(self, image_id):
        """Return masks, (h, w, n) bool, and class ids."""
        return inputs.case(image_id)[1:]


def everything(config):
    """Return the results of all parts by name."""
    results = {}
    parts = (boxes, images, masks, metas, rpn_targets, detection_targets, detections)
    for part in (*parts, matches, given_regions):
        results.update(part(config))
    return results


def boxes(config):
    """Anchors, overlaps, normalised boxes, deltas and bounding boxes."""
    shapes = modellib.compute_backbone_shapes(config, config.IMAGE_SHAPE)
    arguments = (config.RPN_ANCHOR_SCALES, config.RPN_ANCHOR_RATIOS, shapes)
    anchors = utils.generate_pyramid_anchors(*arguments, config.BACKBONE_STRIDES, 1)
    second = utils.generate_pyramid_anchors(*arguments, config.BACKBONE_STRIDES, 2)
    some, others = inputs.random_boxes("some", 40, 128), inputs.random_boxes("others", 7, 128)
    normalised = utils.norm_boxes(some, (128, 100))
    deltas = utils.box_refinement(some[:7].astype(np.float32), others.astype(np.float32))
    return {
        "anchors": anchors,
        "anchors_stride2": second,
        "overlaps": utils.compute_overlaps(some, others),
        "norm_boxes": normalised,
        "denorm_boxes": utils.denorm_boxes(normalised, (200, 100)),
        "box_refinement": deltas,
        "apply_box_deltas": utils.apply_box_deltas(some[:7].astype(np.float32), deltas),
        "extract_bboxes": utils.extract_bboxes(inputs.case(0)[1]),
    }


def images(config):
    """Images resized in each mode, and their masks."""
    results = {}
    for name, shape, arguments in inputs.RESIZES:
        image = inputs.image(name, (*shape, 3))
        resized, window, scale, padding, crop = utils.resize_image(image, **arguments)
        mask = inputs.ellipse(shape, (shape[0] / 2, shape[1] / 3), (shape[0] / 3, shape[1] / 4))
        key = "resize_image/" + name
        results[key] = resized
        results[key + "/window"] = np.array(window)
        results[key + "/scale"] = np.array(scale)
        results[key + "/padding"] = np.array(padding)
        results[key + "/mask"] = utils.resize_mask(mask[..., None], scale, padding, crop)
    for name, shape, output in inputs.SMOOTHED:
        image = inputs.image(name, (*shape, 3))
        options = {"preserve_range": True, "anti_aliasing": True}
        results["smoothed/" + name] = utils.resize(image, output, **options).astype(np.uint8)
    return results


def masks(config):
    """Mini-masks, their return to the image, and predicted masks pasted into an image."""
    _, full, _ = inputs.case(0)
    bbox = utils.extract_bboxes(full)
    small = utils.minimize_mask(bbox, full, (56, 56))
    tiny = utils.minimize_mask(bbox, full, (14, 20))
    results = {
        "minimize_mask": small,
        "minimize_mask_tiny": tiny,
        "expand_mask": utils.expand_mask(bbox, small, (128, 128)),
        "expand_mask_tiny": utils.expand_mask(bbox, tiny, (128, 128)),
    }
    for i, box in enumerate(inputs.PASTED_BOXES):
        mask = inputs.predicted_mask(i)
        pasted = utils.unmold_mask(mask, np.array(box), (128, 128, 3))
        results[f"unmold_mask/{i}"] = pasted
        y1, x1, y2, x2 = box
        probability = utils.resize(mask, (y2 - y1, x2 - x1))
        results[f"unmold_mask/{i}/probability"] = probability
    return results


def metas(config):
    """An image's meta array, packed and unpacked."""
    meta = modellib.compose_image_meta(
        7, (96, 128, 3), (128, 128, 3), (16, 0, 112, 128), 1.5, [1, 0, 1]
    )
    parsed = modellib.parse_image_meta(meta[None])
    results = {"meta": meta}
    results.update({"parse_meta/" + key: value for key, value in parsed.items()})
    return results


def rpn_targets(config):
    """Labelled anchors of several sets of lesions, with draws of a seeded generator."""
    shapes = modellib.compute_backbone_shapes(config, config.IMAGE_SHAPE)
    anchors = utils.generate_pyramid_anchors(
        config.RPN_ANCHOR_SCALES, config.RPN_ANCHOR_RATIOS, shapes, config.BACKBONE_STRIDES, 1
    )
    results = {}
    for name, (class_ids, gt_boxes, seed) in inputs.RPN_CASES.items():
        np.random.seed(seed)  # noqa: NPY002
        match, deltas = modellib.build_rpn_targets(
            (128, 128, 3), anchors, np.array(class_ids), np.array(gt_boxes), config
        )
        results[f"rpn_targets/{name}/match"] = match
        results[f"rpn_targets/{name}/deltas"] = deltas
    return results


def detection_targets(config):
    """Regions to train the heads on, of several sets of lesions."""
    results = {}
    for name in inputs.TARGET_CASES:
        case = inputs.target_case(name)
        config.USE_MINI_MASK, config.TRAIN_ROIS_PER_IMAGE = case["mini"], case["regions"]
        with tf.Graph().as_default(), tf.Session() as session:
            arrays = [case[k] for k in ("proposals", "class_ids", "boxes", "masks")]
            graph = modellib.detection_targets_graph(*map(tf.constant, arrays), config)
            answers = session.run(graph)
        answers = [*answers[:3], answers[3].astype(bool)]
        for i, key in enumerate(("rois", "class_ids", "deltas", "masks")):
            results[f"detection_targets/{name}/{key}"] = answers[i]
    config.USE_MINI_MASK = True
    config.TRAIN_ROIS_PER_IMAGE = inputs.NARROW["TRAIN_ROIS_PER_IMAGE"]
    return results


def detections(config):
    """Detections among random regions, at several floors of confidence."""
    results = {}
    for floor in inputs.FLOORS:
        config.DETECTION_MIN_CONFIDENCE = floor
        with tf.Graph().as_default(), tf.Session() as session:
            arrays = [tf.constant(array) for array in inputs.head_answers()]
            window = tf.constant(np.array([0.1, 0.0, 0.9, 1.0], np.float32))
            graph = modellib.refine_detections_graph(*arrays, window, config)
            results[f"detections/{floor}"] = session.run(graph)
    config.DETECTION_MIN_CONFIDENCE = 0.7
    return results


def matches(config):
    """Matches and average precision of random scenes, with two detections of one lesion in some."""
    results = {}
    for i in range(inputs.SCENES):
        truth, detections = inputs.scene(i)
        gt_match, pred_match, overlaps = utils.compute_matches(*truth, *detections)
        ap, precisions, recalls, _ = utils.compute_ap(*truth, *detections)
        values = {"gt_match": gt_match, "pred_match": pred_match, "overlaps": overlaps}
        values.update(ap=np.array(ap), precisions=precisions, recalls=recalls)
        results.update({f"matches/{i}/{key}": value for key, value in values.items()})
    return results


def given_regions(config):
    """Targets of given regions in NumPy, of both kinds of masks; few enough that none is drawn."""
    results = {}
    for mini in (True, False):
        config.USE_MINI_MASK = mini
        arrays = inputs.given_regions(mini)
        answers = modellib.build_detection_targets(*arrays, config)
        for key, value in zip(("rois", "class_ids", "deltas", "masks"), answers):  # noqa: B905
            name = "mini" if mini else "whole"
            results[f"given_regions/{name}/{key}"] = value
    config.USE_MINI_MASK = True
    return results
