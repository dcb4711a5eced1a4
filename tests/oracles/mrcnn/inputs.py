"""What Matterport's library and ours both start from: settings, weights and odd inputs.

Weight files are too large to be kept (100 MB), so both sides make each tensor from its name. The
module runs under Python 3.7 with NumPy 1.18 and under today's: `numpy.random.RandomState` draws
the same numbers in all of them.
"""

import zlib

import numpy as np

# Attributes of a `Config`. The regions are few and the pyramid is thin, so that fixtures are small.
NARROW = {
    "NAME": "narrow",
    "IMAGES_PER_GPU": 2,
    "NUM_CLASSES": 3,
    "IMAGE_MIN_DIM": 96,
    "IMAGE_MAX_DIM": 128,
    "RPN_ANCHOR_SCALES": (16, 32, 48, 64, 96),
    "RPN_TRAIN_ANCHORS_PER_IMAGE": 64,
    "TOP_DOWN_PYRAMID_SIZE": 32,
    "FPN_CLASSIF_FC_LAYERS_SIZE": 64,
    "POST_NMS_ROIS_TRAINING": 300,
    "POST_NMS_ROIS_INFERENCE": 48,
    "TRAIN_ROIS_PER_IMAGE": 24,
    "MAX_GT_INSTANCES": 5,
    "DETECTION_MAX_INSTANCES": 30,
}
LEARNING_RATE, MOMENTUM, STEPS = 0.02, 0.9, 2

# Factors on a tensor's usual scale, by the end of its name, that keep activations near 1 and let
# regions differ.
SCALES = {
    "conv1/kernel": 1 / 60,  # the image comes in grey levels
    "branch2c/gamma": 0.2,  # 33 residual blocks add up
    "fpn_c2p2/kernel": 0.25,
    "fpn_c3p3/kernel": 0.3,
    "fpn_c4p4/kernel": 0.3,
    "fpn_c5p5/kernel": 0.3,
    "rpn_class_raw/kernel": -0.15,
    "rpn_bbox_pred/kernel": 0.05,
    "mrcnn_class_conv1/kernel": 1.0,
    "mrcnn_class_logits/kernel": 4.0,
    "mrcnn_bbox_fc/kernel": 0.7,
    "mrcnn_mask/kernel": 0.2,
}


def stream(name):
    """Return the generator that belongs to a name."""
    return np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)


def tensor(name, shape):
    """Return the weight tensor of a name such as ``conv1/kernel:0``, float32.

    Kernels are uniform with He et al.'s (2015) variance; gamma and the moving variance lie around
    1, biases, beta and moving means around 0.
    """
    name = "/".join(name.split(":")[0].split("/")[-2:])
    kind = name.split("/")[-1]
    uniform = stream(name).random_sample(shape) * 2 - 1
    if kind == "kernel":
        fan_in = np.prod(shape[:-1]) if "deconv" not in name else shape[-1]
        if "class_conv1" in name:  # what regions have in common must not decide their class
            uniform = uniform - uniform.mean(axis=(0, 1), keepdims=True)
        elif "class_conv2" in name or "class_logits" in name:
            uniform = uniform - uniform.mean(axis=-2, keepdims=True)
        values = uniform * np.sqrt(3 * 2.0 / fan_in)
    elif kind in ("gamma", "moving_variance"):
        values = 1 + 0.3 * uniform
    else:
        values = 0.2 * uniform
    if kind in ("kernel", "gamma"):
        for ending in SCALES:
            if ("/" + name).endswith(("/" if "/k" in ending else "") + ending):
                values = values * SCALES[ending]
    return values.astype(np.float32)


def summary(name, array):
    """Return a short account of an array: norm, two projections, and its first five values, (8,).

    The projections are on vectors of uniform numbers in [-1, 1] that the name gives.
    """
    flat = np.asarray(array, np.float64).ravel()
    draw = stream("summary of " + name)
    dots = [np.dot(flat, draw.random_sample(flat.size) * 2 - 1) for _ in range(2)]
    first = np.zeros(5)
    first[: min(5, flat.size)] = flat[:5]
    return np.concatenate([[np.sqrt(np.dot(flat, flat))], dots, first])


def image(name, shape):
    """Return a smooth RGB image of random blobs and grain, (height, width, 3) uint8."""
    draw = stream("image " + name)
    result = np.zeros(shape)
    for cells in (4, 9, 23):
        coarse = draw.random_sample((cells + 1, cells + 1, 3))
        result = result + _stretch(_stretch(coarse, shape[0], 0), shape[1], 1)
    result = result / 3 * 255 + draw.random_sample(shape) * 30 - 15
    return np.clip(result, 0, 255).astype(np.uint8)


def _stretch(values, length, axis):
    """Interpolate linearly to ``length`` along an axis."""
    place = np.linspace(0, values.shape[axis] - 1, length)
    low = np.minimum(place.astype(int), values.shape[axis] - 2)
    weight = (place - low).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    return np.take(values, low, axis) * (1 - weight) + np.take(values, low + 1, axis) * weight


def ellipse(shape, centre, radii):
    """Return a filled ellipse as (height, width) bool."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return ((y - centre[0]) / radii[0]) ** 2 + ((x - centre[1]) / radii[1]) ** 2 <= 1.0


# Height and width of an image, and of its lesions class, centre and radii, px.
CASES = [
    ((128, 128), [(1, (44.0, 40.0), (19.0, 24.0)), (2, (92.0, 90.0), (12.5, 9.0))]),
    ((116, 128), [(2, (60.0, 66.0), (14.0, 21.0))]),
]


def case(index):
    """Return image (h, w, 3) uint8, masks (h, w, n) bool and class ids (n,) int32 of a case."""
    shape, lesions = CASES[index]
    masks = np.stack([ellipse(shape, *place) for _, *place in lesions], axis=-1)
    picture = image(f"case {index}", (*shape, 3))
    for i in range(masks.shape[-1]):
        picture[masks[..., i]] //= 3
    return picture, masks, np.array([lesion[0] for lesion in lesions], np.int32)


# Name, shape (h, w) and arguments of `resize_image`.
RESIZES = [
    ("enlarged", (64, 48), {"min_dim": 96, "max_dim": 128, "mode": "square"}),
    ("shrunk", (200, 150), {"min_dim": 96, "max_dim": 128, "mode": "square"}),
    ("thin", (30, 117), {"min_dim": 96, "max_dim": 128, "min_scale": 1, "mode": "square"}),
    ("padded", (97, 128), {"min_dim": 96, "max_dim": 128, "mode": "square"}),
    ("pad64", (50, 70), {"min_dim": 64, "min_scale": 1.5, "mode": "pad64"}),
    ("none", (50, 70), {"mode": "none"}),
]

# Name, shape (h, w) and size of an image that is smoothed before it is shrunk.
SMOOTHED = [("halved", (128, 96), (64, 48)), ("thirds", (150, 200), (50, 128))]

# Where predicted masks of 28 x 28 px are pasted: enlarged, shrunk, a line, the whole image.
PASTED_BOXES = [(10, 20, 70, 64), (3, 5, 20, 15), (60, 8, 61, 90), (0, 0, 128, 128), (5, 9, 33, 37)]


def predicted_mask(index):
    """Return a smooth mask of probabilities, (28, 28) float32."""
    coarse = stream(f"mask {index}").random_sample((6, 6))
    return _stretch(_stretch(coarse, 28, 0), 28, 1).astype(np.float32)


def random_boxes(name, count, size):
    """Return boxes (count, 4) int32 px in an image of ``size`` px."""
    corners = stream("boxes " + name).randint(0, size - 12, (count, 2))
    sides = stream("sides " + name).randint(3, 60, (count, 2))
    return np.concatenate([corners, np.minimum(corners + sides, size)], axis=1).astype(np.int32)


# Class ids, boxes (px) and seed of the draws: usual lesions; one whose best anchors tie; crowds
# (negative ids); so many good anchors that positives are drawn too; a lesion of one pixel.
RPN_CASES = {
    "usual": ([1, 2], [(25, 16, 64, 65), (79, 81, 105, 100)], 11),
    "tie": ([2], [(38, 38, 46, 46)], 12),
    "crowd": ([1, -1, 2], [(20, 30, 60, 70), (70, 0, 128, 60), (90, 90, 120, 125)], 13),
    "crowded": ([1] * 54, [(4 * i, 3 * i, 4 * i + 17, 3 * i + 16) for i in range(27)] * 2, 14),
    "pixel": ([1], [(70, 31, 71, 32)], 15),
}
TARGET_CASES = ["mini", "whole", "crowd", "none", "few", "many"]


def target_case(name):
    """Return what `DetectionTargetLayer` is called with for one image, and whether masks are mini.

    Proposals are lesions moved about and random boxes, zero-padded; boxes are normalised. "many"
    has 100 regions an image and 33 positives, whose quotient by the ratio is not exact in float32.
    """
    draw = stream("targets " + name)
    mask_shape = (128, 128) if name == "whole" else (56, 56)
    class_ids = {"none": [], "crowd": [1, -2, 2]}.get(name, [2, 1])
    gt = [(20, 18, 70, 64), (60, 80, 100, 120), (90, 10, 125, 40)][: len(class_ids)]
    full = np.zeros((5, 4), np.float32)
    scale = np.array([127, 127, 127, 127], np.float32)
    full[:] = -np.array([0, 0, 1, 1], np.float32) / scale  # padding, normalised as boxes are
    for i, box in enumerate(gt):
        full[i] = (np.array(box) - np.array([0, 0, 1, 1])) / scale
    by = 0.03 if name == "many" else 0.1
    moved = [full[i % max(1, len(gt))] + (draw.random_sample(4) * 2 - 1) * by for i in range(60)]
    count = 6 if name == "few" else 60
    other = random_boxes("proposals " + name, 110, 128) / 128.0
    proposals = np.zeros((180, 4), np.float32)
    proposals[:count] = moved[:count]
    proposals[count : count + 110] = other
    masks = np.zeros((*mask_shape, 5), bool)
    for i in range(len(gt)):
        centre = [n * (0.45 + 0.05 * i) for n in mask_shape]
        masks[..., i] = ellipse(mask_shape, centre, [n * 0.4 for n in mask_shape])
    ids = np.zeros(5, np.int32)
    ids[: len(class_ids)] = class_ids
    return {
        "proposals": np.clip(proposals, 0, 1),
        "class_ids": ids,
        "boxes": full,
        "masks": masks,
        "mini": name != "whole",
        "regions": 100 if name == "many" else 24,
    }


FLOORS = [0.7, 0.5, 0]  # of a detection's confidence; 0 is no floor


def head_answers():
    """Return rois (40, 4), class probabilities (40, 3) and deltas (40, 3, 4), float32."""
    draw = stream("heads")
    rois = random_boxes("heads", 40, 128) / 128.0
    logits = draw.random_sample((40, 3)) * 3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    deltas = draw.random_sample((40, 3, 4)) * 2 - 1
    return [a.astype(np.float32) for a in (rois, probabilities, deltas)]


SCENES = 24


def scene(index):
    """Return the truth and the detections of an image of 40 px, as `compute_matches` takes them.

    Each is boxes (n, 4) int32, class ids (n,), scores (n,) (detections only), masks (40, 40, n)
    bool. Detections are lesions moved a little, in part twice, and boxes of nothing.
    """
    draw = stream(f"scene {index}")
    count = 1 + index % 4
    corners = draw.randint(0, 22, (count, 2))
    truth = np.concatenate([corners, corners + draw.randint(8, 16, (count, 2))], axis=1)
    class_ids = draw.randint(1, 3, count)
    chosen = draw.randint(0, count, 1 + index % 6)
    moved = truth[chosen] + draw.randint(-2, 3, (len(chosen), 4))
    moved = np.clip(moved, 0, 40)
    guesses = np.where(draw.random_sample(len(chosen)) < 0.8, class_ids[chosen], 1)
    scores = draw.permutation(len(chosen)) / 10.0 + 0.1
    return (
        (truth.astype(np.int32), class_ids, _filled(truth)),
        (moved.astype(np.int32), guesses, scores, _filled(moved)),
    )


def _filled(boxes):
    """Return masks (40, 40, n) bool that fill their boxes."""
    masks = np.zeros((40, 40, len(boxes)), bool)
    for i, (y1, x1, y2, x2) in enumerate(boxes):
        masks[y1:y2, x1:x2, i] = True
    return masks


def given_regions(mini):
    """Return regions (24, 4) px, and class ids, boxes and masks of lesions in an image of 128 px.

    Six regions lie on lesions and 18 elsewhere: as many as are trained, so that none is drawn.
    """
    draw = stream("given regions")
    boxes = np.array([(20, 18, 70, 64), (60, 80, 100, 120)], np.int32)
    near = boxes[[0, 1, 0, 1, 0, 1]] + draw.randint(-3, 4, (6, 4))
    far = np.array([(4 * i, 0, 4 * i + 20, 12) for i in range(18)])
    full = np.stack(
        [
            ellipse((128, 128), ((y1 + y2) / 2, (x1 + x2) / 2), ((y2 - y1) / 2, (x2 - x1) / 2))
            for y1, x1, y2, x2 in boxes
        ],
        axis=-1,
    )
    small = np.stack([ellipse((56, 56), (27.5, 27.5), (28, 28))] * 2, axis=-1)
    regions = np.concatenate([near, far]).astype(np.int32)
    return regions, np.array([2, 1], np.int32), boxes, small if mini else full
