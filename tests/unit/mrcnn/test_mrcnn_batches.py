"""Batches: images without objects, and what Matterport's generator takes and gives."""

import numpy as np
import pytest

from discs import Discs, Small
from mrcnn.boxes import compute_overlaps
from mrcnn.data import BatchLoader, draw_weighted
from mrcnn.generator import data_generator
from mrcnn.given_regions import build_detection_targets, generate_random_rois


class All(Small):
    TRAIN_EMPTY_IMAGES = True


class Empty(Discs):
    def load_mask(self, image_id):
        return np.zeros((64, 64, 0), bool), np.zeros(0, np.int32)


class Crowds(Discs):
    """Images whose only objects are crowds: negative class ids."""

    def load_mask(self, image_id):
        masks, class_ids = Discs(9).load_mask(0)
        return masks, -class_ids


def names(loader, epoch, steps):
    return [name for batch in loader.epoch(epoch, steps) for name in batch["case_ids"].tolist()]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("shuffle", [True, False])
def test_images_without_objects_are_skipped_unless_asked_for(workers, shuffle):
    """Every fourth image of the discs has none."""
    every = BatchLoader(Discs(9), All(), seed=3, shuffle=shuffle, workers=workers)
    fewer = BatchLoader(Discs(9), Small(), seed=3, shuffle=shuffle, workers=workers)
    whole, skipped = names(every, 2, 9), names(fewer, 2, 7)
    assert {"case3", "case7"} <= set(whole)
    # The same images in the same order, without those that have no object.
    wanted = [name for name in whole if name not in ("case3", "case7")]
    assert skipped == wanted[: len(skipped)] and len(skipped) == 14


def test_batches_without_a_skipped_image_are_the_same_either_way():
    """What a study trains on does not depend on the setting where every image has an object."""
    data = Discs(3)
    for ours, others in zip(
        BatchLoader(data, All(), seed=1).epoch(0, 5),
        BatchLoader(data, Small(), seed=1).epoch(0, 5),
        strict=True,
    ):
        assert all(np.array_equal(ours[key], others[key]) for key in ours)


@pytest.mark.parametrize("kind", [Empty, Crowds])
def test_a_data_set_without_any_object_is_an_error(kind):
    with pytest.raises(ValueError, match="no image of the data set has an object"):
        next(BatchLoader(kind(5), Small()).epoch(0, 1))


def test_images_are_drawn_in_proportion_to_their_weights():
    """In each pass as often as expected, rounded; over many passes exactly in proportion."""
    data = Discs(12)
    data.image_weights = np.array([0.25] * 8 + [2.5] * 4)
    loader = BatchLoader(data, All(), seed=5)
    passes = [names(loader, epoch, 6) for epoch in range(400)]
    counts = np.array([[done.count(f"case{i}") for i in range(12)] for done in passes])
    assert (counts.sum(axis=1) == 12).all()
    assert set(counts[:, :8].ravel()) == {0, 1} and set(counts[:, 8:].ravel()) == {2, 3}
    assert counts.mean(axis=0) == pytest.approx(data.image_weights, rel=0.2)
    assert names(loader, 7, 6) == passes[7]


def test_equal_weights_draw_each_image_once():
    ids = np.arange(50)
    drawn = draw_weighted(ids, np.full(50, 0.1), np.random.default_rng(1))
    assert sorted(drawn) == ids.tolist() and drawn.tolist() != ids.tolist()


def test_the_generator_goes_on_with_the_next_image():
    generator = data_generator(Discs(6), Small(), shuffle=False)
    assert [int(next(generator)[0][1][0, 0]) for _ in range(5)] == [0, 1, 2, 4, 5]


def test_two_generators_draw_differently_unless_seeded():
    def order(**seed):
        generator = data_generator(Discs(9), All(), batch_size=9, **seed)
        return next(generator)[0][1][:, 0].tolist()

    assert len({tuple(order()) for _ in range(4)}) > 1
    assert order(seed=1) == order(seed=1)


def test_the_generator_gives_random_regions_and_their_targets():
    """The call of Matterport's notebooks that look at data."""
    config = Small()
    generator = data_generator(
        Discs(8), config, shuffle=True, random_rois=40, batch_size=2, detection_targets=True
    )
    inputs, outputs = next(generator)
    assert len(inputs) == 9 and len(outputs) == 3
    images, metas, rpn_match, _, _, gt_boxes, _, rpn_rois, rois = inputs
    class_ids, deltas, masks = outputs
    regions = config.TRAIN_ROIS_PER_IMAGE
    assert images.shape == (2, 64, 64, 3) and metas.shape == (2, config.IMAGE_META_SIZE)
    assert rpn_match.shape[2] == 1 and gt_boxes.dtype == np.int32
    assert rpn_rois.shape == (2, 40, 4) and rois.shape == (2, regions, 4)
    assert class_ids.shape == (2, regions, 1) and deltas.shape == (2, regions, 3, 4)
    assert masks.shape == (2, regions, 28, 28, 3)
    inputs, outputs = next(data_generator(Discs(8), config, random_rois=10))
    assert len(inputs) == 8 and outputs == []


def test_sources_that_are_not_augmented():
    class Black:
        def to_deterministic(self):
            return self

        def augment_image(self, image):
            return np.zeros_like(image) if image.ndim == 3 else image

    def mean(**options):
        generator = data_generator(Discs(3), All(), augmentation=Black(), shuffle=False, **options)
        return next(generator)[0][0].mean()

    assert np.isclose(mean(), -All.MEAN_PIXEL.mean())
    assert mean(no_augmentation_sources=["discs"]) > -60


def test_the_old_flip_is_deprecated_and_works():
    with pytest.warns(FutureWarning, match="'augment' is deprecated"):
        flips = [
            next(data_generator(Discs(1), All(), augment=True, seed=s))[0][0] for s in range(9)
        ]
    plain = next(data_generator(Discs(1), All()))[0][0]
    same = [np.array_equal(image, plain) for image in flips]
    mirrored = [np.array_equal(image, plain[:, :, ::-1]) for image in flips]
    assert all(a != b for a, b in zip(same, mirrored, strict=True))
    assert any(same) and any(mirrored)


@pytest.mark.parametrize("seed", range(5))
def test_random_regions_lie_around_lesions_and_are_never_empty(seed):
    boxes = np.array([[10, 12, 30, 40], [0, 0, 1, 1], [60, 60, 64, 64]])
    rois = generate_random_rois((64, 64, 3), 100, None, boxes, np.random.default_rng(seed))
    assert rois.shape == (100, 4) and rois.dtype == np.int32
    assert (rois[:, :2] >= 0).all() and (rois[:, 2:] <= 64).all()
    assert (rois[:, 2:] > rois[:, :2]).all()
    # 30 regions a lesion, none further from it than its own size; 10 anywhere.
    around = np.array([0, 0, 50, 64])
    assert (rois[:30, :2] >= around[:2]).all() and (rois[:30, 2:] <= around[2:]).all()
    assert len(generate_random_rois((64, 64), 10, None, np.zeros((0, 4)))) == 10


def test_positive_regions_are_as_many_as_the_ratio_allows():
    config = Small()
    boxes, rng = np.array([[10, 10, 30, 30]]), np.random.default_rng(0)
    near = boxes[0] + rng.integers(-2, 3, (20, 4))
    far = np.tile([40, 40, 60, 60], (3, 1))
    masks = np.ones((*config.MINI_MASK_SHAPE, 1), bool)
    rois, class_ids, *_ = build_detection_targets(
        np.concatenate([near, far]), np.array([2]), boxes, masks, config, rng
    )
    positives = int(config.TRAIN_ROIS_PER_IMAGE * config.ROI_POSITIVE_RATIO)
    assert class_ids.tolist() == [2] * positives + [0] * (config.TRAIN_ROIS_PER_IMAGE - positives)
    assert (compute_overlaps(rois, boxes)[:positives] > 0.5).all()
    with pytest.raises(ValueError, match="no negative one"):
        build_detection_targets(near, np.array([2]), boxes, masks, config, rng)
    with pytest.raises(ValueError, match="no lesion"):
        build_detection_targets(near, np.array([0]), boxes, masks, config, rng)
