"""Batches for training: images with their targets, prepared ahead of the network by threads.

Every random draw comes from a seed made of (seed, epoch, place in the epoch), so that batches do
not depend on threads, and a resumed training sees what the undisturbed one would have seen.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mrcnn.anchors import anchors_of
from mrcnn.boxes import extract_bboxes
from mrcnn.config import Config
from mrcnn.dataset import Dataset
from mrcnn.images import (
    compose_image_meta,
    minimize_mask,
    mold_image,
    resize_image,
    resize_mask,
)
from mrcnn.targets import build_rpn_targets


def load_image_gt(dataset: Dataset, config: Config, image_id: int, augmentation=None):
    """Load an image with what is known of its lesions, resized for the network.

    Args:
        dataset: A prepared `Dataset`.
        config: Gives size, resize mode and mini-masks.
        image_id: The image's number.
        augmentation: Any object with imgaug's ``to_deterministic()`` and ``augment_image(image)``;
            the deterministic object must treat the mask (uint8) as it treated the image.

    Returns:
        tuple: image (h, w, c), meta, class ids (n,), boxes (n, 4) px, masks (h, w, n) or
        mini-masks.
    """
    image = dataset.load_image(image_id)
    mask, class_ids = dataset.load_mask(image_id)
    original_shape = image.shape
    if mask.size == 0:
        mask = np.zeros((*image.shape[:2], 0), bool)
    image, window, scale, padding = resize_image(
        image,
        min_dim=config.IMAGE_MIN_DIM,
        max_dim=config.IMAGE_MAX_DIM,
        min_scale=config.IMAGE_MIN_SCALE,
        mode=config.IMAGE_RESIZE_MODE,
    )
    mask = resize_mask(mask, scale, padding)
    if augmentation is not None:
        image, mask = _augment(image, mask, augmentation)

    # A lesion can vanish through cropping or resizing; an empty mask has no box to learn.
    seen = mask.any(axis=(0, 1))
    mask, class_ids = mask[:, :, seen], np.asarray(class_ids)[seen].astype(np.int32)
    boxes = extract_bboxes(mask)
    active = np.zeros(dataset.num_classes, np.int32)
    active[dataset.source_class_ids[dataset.image_info[image_id]["source"]]] = 1
    if config.USE_MINI_MASK:
        mask = minimize_mask(boxes, mask, config.MINI_MASK_SHAPE)
    meta = compose_image_meta(image_id, original_shape, image.shape, window, scale, active)
    return image, meta, class_ids, boxes, mask


def _augment(image: np.ndarray, mask: np.ndarray, augmentation):
    """Apply one draw of an augmentation to an image and its masks."""
    fixed = augmentation.to_deterministic()
    shape = image.shape
    image = fixed.augment_image(image)
    if image.shape != shape:
        raise ValueError("augmentation must not change the size of an image")
    planes = [fixed.augment_image(mask[:, :, i].astype(np.uint8)) for i in range(mask.shape[-1])]
    return image, np.stack(planes, axis=-1).astype(bool) if planes else mask


class BatchLoader:
    """The batches of a training, epoch by epoch.

    Args:
        dataset: A prepared `Dataset`.
        config: Model configuration.
        augmentation: As in `load_image_gt`; an object with ``seeded(seed)`` is asked for the draw
            of that seed, so that augmentation can be repeated.
        seed: Seed of order, sampling and augmentation.
        shuffle: Draw a new order each epoch.
        workers: Threads that prepare batches.
    """

    def __init__(self, dataset, config, augmentation=None, seed=0, shuffle=True, workers=1):
        self.dataset = dataset
        self.config = config
        self.augmentation = augmentation
        self.seed = seed
        self.shuffle = shuffle
        self.workers = workers
        self.anchors = anchors_of(config)

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
        for place, image_id in enumerate(image_ids):
            try:
                seed = [self.seed, epoch, step, place]
                rows.append(self._image(int(image_id), np.random.default_rng(seed)))
            except Exception as error:
                name = self.dataset.image_reference(int(image_id))
                raise RuntimeError(f"case {name} could not be prepared: {error}") from error
        batch = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
        batch["case_ids"] = np.array([self.dataset.image_reference(int(i)) for i in image_ids])
        return batch

    def _image(self, image_id: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the inputs of one image, without batch axis."""
        config = self.config
        augmentation = self.augmentation
        if hasattr(augmentation, "seeded"):
            augmentation = augmentation.seeded(int(rng.integers(2**63)))
        image, meta, class_ids, boxes, masks = load_image_gt(
            self.dataset, config, image_id, augmentation
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
