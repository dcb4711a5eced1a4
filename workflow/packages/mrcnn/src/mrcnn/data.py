"""Batches for training: images with their targets, prepared ahead of the network by threads.

Every random draw comes from a seed made of (seed, epoch, step, position in the batch), so that
batches do not depend on threads, and a resumed training sees what the undisturbed one would have
seen.
"""

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
    in_units_of,
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
    image = in_units_of(config.MEAN_PIXEL, np.asarray(dataset.load_image(image_id)))
    image = with_channels(image, config.IMAGE_CHANNEL_COUNT)
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
        anti_aliasing=config.IMAGE_ANTI_ALIASING,
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
        flip: Deprecated; flip half of the images from left to right.
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
        flip: bool = False,
    ):
        self.dataset = dataset
        self.config = config
        self.augmentation = augmentation
        self.seed = seed
        self.shuffle = shuffle
        self.workers = workers
        self.no_augmentation_sources = frozenset(no_augmentation_sources or ())
        self.flip = flip
        self.anchors = build_anchors(config)

    def steps(self) -> int:
        """Return the number of batches that one pass over the images takes."""
        return -(-len(self.dataset.image_ids) // self.config.BATCH_SIZE)

    def epoch(self, epoch: int, steps: int) -> Iterator[dict[str, np.ndarray]]:
        """Yield ``steps`` batches of inputs by name, and under "case_ids" the images' names.

        Images without objects are skipped unless TRAIN_EMPTY_IMAGES asks for them.

        Raises:
            RuntimeError: If an image could not be prepared; the message names it.
            ValueError: If no image has an object.
        """
        size = self.config.BATCH_SIZE
        left, skipped = steps * size, 0
        rows: list[dict] = []
        jobs = enumerate(self._order(epoch))
        with ThreadPoolExecutor(self.workers) as pool:
            waiting: deque = deque()
            try:
                while left > 0:
                    while len(waiting) <= 2 * self.workers and len(waiting) * size < left:
                        step, image_ids = next(jobs)
                        waiting.append(pool.submit(self._prepare, epoch, image_ids, step))
                    new, batch = waiting.popleft().result()
                    skipped = 0 if new else skipped + size
                    if skipped >= len(self.dataset.image_ids):
                        raise ValueError(
                            "no image of the data set has an object (class 0 is background): all "
                            "are skipped"
                        )
                    left -= len(new)
                    if batch is not None and not rows:
                        yield batch
                        continue
                    rows += new
                    if len(rows) >= size:
                        yield _stack(rows[:size])
                        del rows[:size]
            finally:
                for future in waiting:
                    future.cancel()

    def _prepare(self, epoch: int, image_ids: np.ndarray, step: int) -> tuple[list, dict | None]:
        """Prepare a batch's images; without those that are skipped it is no batch yet.

        Returns:
            tuple: The inputs of each image that is not skipped, and the batch or None.
        """
        rows = [row for row in self._rows(epoch, image_ids, step) if row is not None]
        return rows, _stack(rows) if len(rows) == len(image_ids) else None

    def _order(self, epoch: int) -> Iterator[np.ndarray]:
        """Yield the images of each batch of an epoch, (batch size,), without end.

        A last batch that is not full, and epochs longer than one pass, go on with a new order.
        """
        rng = np.random.default_rng([self.seed, epoch])
        waiting = np.zeros(0, int)
        while True:
            while len(waiting) < self.config.BATCH_SIZE:
                waiting = np.concatenate([waiting, self._pass(rng)])
            yield waiting[: self.config.BATCH_SIZE]
            waiting = waiting[self.config.BATCH_SIZE :]

    def _pass(self, rng: np.random.Generator) -> np.ndarray:
        """Return the images of one pass in their order, (images,)."""
        ids, weights = self.dataset.image_ids, self.dataset.image_weights
        if not self.shuffle:
            return ids
        return rng.permutation(ids) if weights is None else draw_weighted(ids, weights, rng)

    def _rows(self, epoch: int, image_ids: np.ndarray, step: int) -> list[dict | None]:
        """Prepare some images; a failure names the image, None stands for one to skip."""
        rows = []
        for position, image_id in enumerate(image_ids):
            name = case_name(self.dataset, int(image_id))
            try:
                seed = [self.seed, epoch, step, position]
                row = self._image(int(image_id), np.random.default_rng(seed))
            except Exception as error:
                raise RuntimeError(f"case {name} could not be prepared: {error}") from error
            rows.append(None if row is None else {**row, "case_ids": name})
        return rows

    def _image(self, image_id: int, rng: np.random.Generator) -> dict[str, np.ndarray] | None:
        """Return the inputs of one image, without batch axis; None if it is to be skipped."""
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
            augment=self.flip,
            augmentation=augmentation,
            use_mini_mask=config.USE_MINI_MASK,
            rng=rng,
        )
        if not (class_ids > 0).any() and not config.TRAIN_EMPTY_IMAGES:
            return None
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


def draw_weighted(
    image_ids: np.ndarray, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return as many images as there are, each drawn in proportion to its weight, shuffled.

    An image is drawn as often as expected, rounded down or up: of images that are to come 0.3
    times, three of ten come.

    Args:
        image_ids: int ``(images,)``.
        weights: float ``(images,)``, more than 0.
        rng: Draws.

    Source: systematic sampling in random order, Madow 1949 (Ann Math Stat 20:333).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> draw_weighted(np.arange(4), np.array([1, 1, 1, 5]), rng).tolist().count(3) in (2, 3)
        True
    """
    order = rng.permutation(len(image_ids))
    expected = weights[order] * (len(image_ids) / np.sum(weights))
    edges = np.floor(np.cumsum(expected) + rng.random()).astype(int)
    edges[-1] = len(image_ids)  # which rounding could miss
    times = np.diff(edges, prepend=0)
    return rng.permutation(np.repeat(image_ids[order], times))


def _stack(rows: list[dict]) -> dict[str, np.ndarray]:
    """Return the inputs of images as a batch of them."""
    return {key: np.stack([row[key] for row in rows]) for key in rows[0]}


def _padded(values: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Pad ``values`` with zeros to ``length`` along ``axis``."""
    padding = [(0, 0)] * values.ndim
    padding[axis] = (0, length - values.shape[axis])
    return np.pad(values, padding)
