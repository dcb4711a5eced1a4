"""Batches without end in Matterport's lists, for looking at them and for loops of one's own."""

import copy
import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from mrcnn.config import Config
from mrcnn.data import BatchLoader
from mrcnn.dataset import Dataset
from mrcnn.given_regions import build_detection_targets, generate_random_rois
from mrcnn.seeding import fresh_seed


def data_generator(
    dataset: Dataset,
    config: Config,
    shuffle: bool = True,
    augment: bool = False,
    augmentation=None,
    random_rois: int = 0,
    batch_size: int = 1,
    detection_targets: bool = False,
    no_augmentation_sources: Iterable[str] | None = None,
    *,
    seed: int | None = None,
) -> Iterator[tuple[list[np.ndarray], list]]:
    """Yield batches without end, as lists in Matterport's order.

    `BatchLoader` is what training uses; this is for looking at its batches.

    Args:
        dataset: A prepared `Dataset`.
        config: Model configuration; its batch size is not used.
        shuffle: Draw a new order each epoch.
        augment: Deprecated; flip half of the images from left to right.
        augmentation: See `mrcnn.augmentation.augment`.
        random_rois: How many random regions of each image to add (`generate_random_rois`).
        batch_size: Images a batch.
        detection_targets: With ``random_rois``: add what the heads should say of some of these
            (`build_detection_targets`).
        no_augmentation_sources: Sources whose images are not augmented.
        seed: Of order, sampling and augmentation; None: each generator draws anew.

    Yields:
        tuple: [images (b, h, w, c) molded, metas, RPN match (b, anchors, 1), RPN deltas
        (b, n, 4), class ids (b, m), boxes (b, m, 4) int32 px, masks (b, h', w', m)], and []. With
        ``random_rois`` the inputs end with these regions (b, n, 4) px, with ``detection_targets``
        also with the chosen ones (b, r, 4), and the outputs are their class ids (b, r, 1), deltas
        (b, r, classes, 4) and masks (b, r, h, w, classes).
    """
    config = copy.copy(config)
    config.BATCH_SIZE = batch_size
    seed = fresh_seed() if seed is None else seed
    loader = BatchLoader(
        dataset,
        config,
        augmentation,
        seed,
        shuffle,
        no_augmentation_sources=no_augmentation_sources or (),
        flip=augment,
    )
    rng = np.random.default_rng(seed)
    for epoch in itertools.count():
        for batch in loader.epoch(epoch, loader.steps()):
            batch.pop("case_ids")
            batch["input_gt_boxes"] = batch["input_gt_boxes"].astype(np.int32)
            outputs = []
            if random_rois:
                regions, outputs = _given_regions(
                    batch, config, random_rois, detection_targets, rng
                )
                batch |= regions
            yield list(batch.values()), outputs


def _given_regions(batch: dict, config: Config, count: int, with_targets: bool, rng):
    """Return random regions of a batch by name and, if asked for, what the heads should say."""
    lesions = [
        (class_ids[class_ids != 0], boxes[class_ids != 0], masks[..., class_ids != 0])
        for class_ids, boxes, masks in zip(
            batch["input_gt_class_ids"],
            batch["input_gt_boxes"],
            batch["input_gt_masks"],
            strict=True,
        )
    ]
    shape = batch["input_image"].shape[1:]
    rois = [generate_random_rois(shape, count, ids, boxes, rng) for ids, boxes, _ in lesions]
    inputs = {"rpn_rois": np.stack(rois)}
    if not with_targets:
        return inputs, []
    targets = [
        build_detection_targets(regions, *known, config, rng)
        for regions, known in zip(rois, lesions, strict=True)
    ]
    chosen, class_ids, deltas, masks = (np.stack(arrays) for arrays in zip(*targets, strict=True))
    return {**inputs, "rois": chosen}, [class_ids[..., None], deltas, masks]
