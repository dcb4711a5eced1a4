"""The network for reading: what training never runs is imported here and not in `network`."""

import keras
from keras import layers

from mrcnn.config import Config
from mrcnn.detection import DetectionLayer, FoundRegions
from mrcnn.heads import build_classifier_head, build_mask_head
from mrcnn.network import Network, aligned, features, norm, proposal_layer, regions
from mrcnn.roi_align import FlatPyramid


def build_inference_model(config: Config) -> keras.Model:
    """Build the network that reads images.

    Inputs: images (batch, h, w, c) float32 and normalised windows (batch, 4), the part of each
    image that is not padding. Outputs: detections (batch, d, 6) with normalised boxes,
    probabilities (batch, d, classes), masks (batch, n, h', w', classes), where n is the largest
    number of detections in an image (on JAX d), at least 1.
    """
    height, width, channels = (int(n) for n in config.IMAGE_SHAPE)
    image = layers.Input((height, width, channels), name="input_image")
    window = layers.Input((4,), name="input_window")
    pyramid = features(image, config)
    _, (probabilities, deltas) = regions(pyramid, config)
    pyramid = pyramid[:4]
    flat = FlatPyramid(name="flat_pyramid")(pyramid)
    rois = proposal_layer(config, config.POST_NMS_ROIS_INFERENCE)(probabilities, deltas)
    pooled = aligned(rois, flat, pyramid, config, config.POOL_SIZE, "classifier")
    _, class_probabilities, box_deltas = build_classifier_head(
        pooled, config.NUM_CLASSES, config.FPN_CLASSIF_FC_LAYERS_SIZE, norm(config)
    )
    detections, region_probabilities = DetectionLayer(config, name="mrcnn_detection")(
        rois, class_probabilities, box_deltas, window
    )
    found = FoundRegions(name="found_regions")(detections)
    pooled = aligned(found, flat, pyramid, config, config.MASK_POOL_SIZE, "mask")
    masks = build_mask_head(pooled, config.NUM_CLASSES, config.MASK_CHANNELS, norm(config))
    return Network([image, window], [detections, region_probabilities, masks], name="mask_rcnn")
