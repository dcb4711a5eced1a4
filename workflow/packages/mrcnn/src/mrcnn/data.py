"""Batches for training: images with their targets, prepared ahead of the network by threads.

Every random draw comes from a seed made of (seed, epoch, step, position in the batch), so that
batches do not depend on threads, and a resumed training sees what the undisturbed one would have
seen.
"""

import copy
import itertools
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mrcnn.anchors import build_anchors
from mrcnn.augmentation import augment as apply_augmentation
from mrcnn.boxes import extract_bboxes
from mrcnn.config import Config
from mrcnn.dataset import Dataset
from mrcnn.images import (
    compose_image_meta,
    minimize_mask,
    mold_image,
    resize_image,
    resize_mask,
    with_channels,
)
from mrcnn.targets import build_rpn_targets


def load_image_gt(
    dataset: Dataset,
    config: Config,
    image_id: int,
    augment: bool = False,
    augmentation=None,
    use_mini_mask: bool = False,
    *,
    rng: np.random.Generator | None = None,
):
    """Load an image with what is known of its lesions, resized for the network.

    Args:
        dataset: A prepared `Dataset`.
        config: Gives size, resize mode, channels and the size of mini-masks.
        image_id: The image's number.
        augment: Deprecated; flip half of the images from left to right.
        augmentation: See `mrcnn.augmentation.augment`.
        use_mini_mask: Return masks cropped to their boxes and resized to MINI_MASK_SHAPE.
        rng: Draws the place of resize mode "crop" and the flips of ``augment``.

    Returns:
        tuple: image (h, w, c), meta, class ids (n,) int32, boxes (n, 4) int32 px, masks (h, w, n)
        bool or mini-masks (h', w', n). Lesions of which nothing is left are dropped.

    Raises:
        ValueError: If masks do not fit their image or their class ids.
    """
    image = with_channels(dataset.load_image(image_id), config.IMAGE_CHANNEL_COUNT)
    mask, class_ids = _outlines(dataset, image_id, image.shape)
    original_shape = image.shape
    rng = np.random.default_rng() if rng is None else rng
    image, window, scale, padding, crop = resize_image(
        image,
        min_dim=config.IMAGE_MIN_DIM,
        max_dim=config.IMAGE_MAX_DIM,
        min_scale=config.IMAGE_MIN_SCALE,
        mode=config.IMAGE_RESIZE_MODE,
        rng=rng,
    )
    mask = resize_mask(mask, scale, padding, crop)
    if augment:
        warnings.warn("'augment' is deprecated; use 'augmentation'", FutureWarning, stacklevel=2)
        if rng.random() < 0.5:
            image, mask = image[:, ::-1], mask[:, ::-1]
    if augmentation is not None:
        image, mask = apply_augmentation(image, mask, augmentation)

    # A lesion can vanish through cropping or resizing; an empty mask has no box to learn.
    seen = mask.any(axis=(0, 1))
    mask, class_ids = mask[:, :, seen], class_ids[seen]
    boxes = extract_bboxes(mask)
    active = np.zeros(dataset.num_classes, np.int32)
    active[dataset.source_class_ids[dataset.image_info[image_id]["source"]]] = 1
    if use_mini_mask:
        mask = minimize_mask(boxes, mask, config.MINI_MASK_SHAPE)
    meta = compose_image_meta(image_id, original_shape, image.shape, window, scale, active)
    return image, meta, class_ids, boxes, mask


def _outlines(dataset: Dataset, image_id: int, shape) -> tuple[np.ndarray, np.ndarray]:
    """Return an image's masks (h, w, n) bool and class ids (n,) int32."""
    mask, class_ids = dataset.load_mask(image_id)
    mask, class_ids = np.asarray(mask), np.asarray(class_ids).astype(np.int32).reshape(-1)
    if mask.size == 0 and not len(class_ids):
        return np.zeros((*shape[:2], 0), bool), class_ids
    if mask.ndim != 3 or mask.shape[:2] != shape[:2] or mask.shape[2] != len(class_ids):
        raise ValueError(
            f"masks of shape {mask.shape} with {len(class_ids)} class ids do not fit an image of "
            f"{shape[0]} x {shape[1]} px; load_mask must return (height, width, n) and (n,)"
        )
    unknown = sorted(set(class_ids[np.abs(class_ids) >= dataset.num_classes].tolist()))
    if unknown:
        raise ValueError(f"class ids {unknown}; the data set has 0 to {dataset.num_classes - 1}")
    return mask.astype(bool), class_ids


def check_classes(dataset: Dataset | None, config: Config) -> None:
    """Refuse a data set that is not prepared, is empty, or has not the configuration's classes.

    Raises:
        ValueError: In these cases.
    """
    if dataset is None:
        return
    if not hasattr(dataset, "num_classes"):
        raise ValueError("call the data set's prepare() before training")
    if not len(dataset.image_ids):
        raise ValueError("the data set has no images; call add_image, and prepare() after it")
    if dataset.num_classes != config.NUM_CLASSES:
        raise ValueError(
            f"the data set has {dataset.num_classes} classes ({', '.join(dataset.class_names)}), "
            f"the configuration's NUM_CLASSES is {config.NUM_CLASSES}"
        )


def case_name(dataset: Dataset, image_id: int) -> str:
    """Return how messages name an image: its reference if that is a text, or else its id."""
    reference = dataset.image_reference(image_id)
    if isinstance(reference, str) and reference:
        return reference
    return str(dataset.image_info[image_id]["id"])


class BatchLoader:
    """The batches of a training, epoch by epoch.

    Args:
        dataset: A prepared `Dataset`.
        config: Model configuration.
        augmentation: See `mrcnn.augmentation.augment`; an object with ``seeded(seed)`` is asked
            for the draw of that seed, so that augmentation can be repeated.
        seed: Seed of order, sampling and augmentation.
        shuffle: Draw a new order each epoch.
        workers: Threads that prepare batches.
        no_augmentation_sources: Sources (see `Dataset.add_image`) whose images are not augmented.
    """

    def __init__(
        self,
        dataset: Dataset,
        config: Config,
        augmentation=None,
        seed: int = 0,
        shuffle: bool = True,
        workers: int = 1,
        no_augmentation_sources: Iterable[str] = (),
    ):
        self.dataset = dataset
        self.config = config
        self.augmentation = augmentation
        self.seed = seed
        self.shuffle = shuffle
        self.workers = workers
        self.no_augmentation_sources = frozenset(no_augmentation_sources or ())
        self.anchors = build_anchors(config)

    def steps(self) -> int:
        """Return the number of batches that one pass over the images takes."""
        return -(-len(self.dataset.image_ids) // self.config.BATCH_SIZE)

    def epoch(self, epoch: int, steps: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield ``steps`` batches of inputs by name, and under "case_ids" the images' names.

        Raises:
            RuntimeError: If an image could not be prepared; the message names it.
        """
        order = self._order(epoch, steps)
        with ThreadPoolExecutor(self.workers) as pool:
            waiting: deque = deque()
            try:
                for step in range(steps):
                    waiting.append(pool.submit(self.batch, epoch, order[step], step))
                    if len(waiting) > 2 * self.workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _order(self, epoch: int, steps: int) -> np.ndarray:
        """Return the images of each batch of an epoch, (steps, batch size)."""
        size = self.config.BATCH_SIZE
        ids = self.dataset.image_ids
        needed = steps * size
        rng = np.random.default_rng([self.seed, epoch])
        # A last batch that is not full, and epochs longer than one pass, go on with a new order.
        passes = -(-needed // len(ids))
        order = [rng.permutation(ids) if self.shuffle else ids for _ in range(passes)]
        return np.concatenate(order)[:needed].reshape(steps, size)

    def batch(self, epoch: int, image_ids: np.ndarray, step: int) -> dict[str, np.ndarray]:
        """Prepare one batch; a failure names the image."""
        rows = []
        for position, image_id in enumerate(image_ids):
            try:
                seed = [self.seed, epoch, step, position]
                rows.append(self._image(int(image_id), np.random.default_rng(seed)))
            except Exception as error:
                name = case_name(self.dataset, int(image_id))
                raise RuntimeError(f"case {name} could not be prepared: {error}") from error
        batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        batch["case_ids"] = np.array([case_name(self.dataset, int(i)) for i in image_ids])
        return batch

    def _image(self, image_id: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the inputs of one image, without batch axis."""
        config = self.config
        augmentation = self.augmentation
        if hasattr(augmentation, "seeded"):
            augmentation = augmentation.seeded(int(rng.integers(2**63)))
        if self.dataset.image_info[image_id]["source"] in self.no_augmentation_sources:
            augmentation = None
        image, meta, class_ids, boxes, masks = load_image_gt(
            self.dataset,
            config,
            image_id,
            augmentation=augmentation,
            use_mini_mask=config.USE_MINI_MASK,
            rng=rng,
        )
        match, deltas = build_rpn_targets(self.anchors, class_ids, boxes, config, rng)
        most = config.MAX_GT_INSTANCES
        if len(class_ids) > most:
            chosen = rng.choice(len(class_ids), most, replace=False)
            class_ids, boxes, masks = class_ids[chosen], boxes[chosen], masks[:, :, chosen]
        return {
            "input_image": mold_image(image, config),
            "input_image_meta": meta,
            "input_rpn_match": match[:, None],
            "input_rpn_bbox": deltas,
            "input_gt_class_ids": _padded(class_ids, most, axis=0),
            "input_gt_boxes": _padded(boxes.astype(np.float32), most, axis=0),
            "input_gt_masks": _padded(masks, most, axis=2),
        }


def _padded(values: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Pad ``values`` with zeros to ``length`` along ``axis``."""
    padding = [(0, 0)] * values.ndim
    padding[axis] = (0, length - values.shape[axis])
    return np.pad(values, padding)


def data_generator(
    dataset: Dataset,
    config: Config,
    shuffle: bool = True,
    augment: bool = False,
    augmentation=None,
    random_rois: int = 0,
    batch_size: int = 1,
    detection_targets: bool = False,
) -> Iterator[tuple[list[np.ndarray], list]]:
    """Yield batches without end, as lists in Matterport's order.

    `BatchLoader` is what training uses; this is for looking at its batches.

    Args:
        dataset: A prepared `Dataset`.
        config: Model configuration; its batch size is not used.
        shuffle: Draw a new order each epoch.
        augment: Must be False; use ``augmentation``.
        augmentation: See `mrcnn.augmentation.augment`.
        random_rois: Must be 0: regions are proposed and chosen within the network.
        batch_size: Images a batch.
        detection_targets: Must be False, as ``random_rois``.

    Yields:
        tuple: [images (b, h, w, c) molded, metas, RPN match (b, anchors, 1), RPN deltas
        (b, n, 4), class ids (b, m), boxes (b, m, 4) px, masks (b, h', w', m)], and [].

    Raises:
        ValueError: If an argument has a value that is not supported.
    """
    if augment or random_rois or detection_targets:
        raise ValueError("augment, random_rois and detection_targets are not supported")
    config = copy.copy(config)
    config.BATCH_SIZE = batch_size
    loader = BatchLoader(dataset, config, augmentation, shuffle=shuffle)
    for epoch in itertools.count():
        for batch in loader.epoch(epoch, loader.steps()):
            batch.pop("case_ids")
            yield list(batch.values()), []
