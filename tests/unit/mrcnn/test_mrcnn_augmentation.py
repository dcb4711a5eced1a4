"""Augmentation by anything that has imgaug's interface, and by what has only a part of it."""

import numpy as np
import pytest

from discs import Small
from mrcnn.augmentation import MaskHooks, augment
from mrcnn.data import BatchLoader, load_image_gt
from mrcnn.dataset import Dataset


class Augmenter:
    """imgaug's way: a tree of augmenters, each of which asks the hooks whether it is active."""

    def __init__(self, children=()):
        self.children = children

    def to_deterministic(self):
        return self

    def augment_image(self, image, hooks=None):
        return self.apply(image, hooks, [])

    def apply(self, image, hooks, parents):
        if hooks is not None:
            if not hooks.is_activated([image], self, parents, True):
                return image
            image = hooks.preprocess([image], self, parents)[0]
        image = self.own(image)
        if hooks is None or hooks.is_propagating([image], self, parents, True):
            for child in self.children:
                image = child.apply(image, hooks, [*parents, self])
        return image if hooks is None else hooks.postprocess([image], self, parents)[0]

    def own(self, image):
        return image


class Sequential(Augmenter):
    pass


class Affine(Augmenter):
    pass


class TranslateX(Affine):  # a subclass of a geometric augmenter is geometric
    def own(self, image):
        return np.roll(image, 3, axis=1)


class Fliplr(Augmenter):
    def own(self, image):
        return image[:, ::-1]


class Multiply(Augmenter):
    def own(self, image):
        return image // 2


class Plain:
    """No hooks: it tells masks from images itself."""

    def to_deterministic(self):
        return self

    def augment_image(self, image):
        moved = image[::-1]
        return moved if image.ndim == 2 else moved // 2


class Halves(Dataset):
    def __init__(self):
        super().__init__()
        self.add_class("near", 1, "bright")
        for source in ("near", "far"):
            self.add_image(source, source, path=None)
        self.source_class_ids["far"] = [0]
        self.prepare()
        self.source_class_ids["far"] = [0, 1]

    def load_image(self, image_id):
        image = np.full((64, 64, 3), 20, np.uint8)
        image[5:20, 4:30] = 200
        return image

    def load_mask(self, image_id):
        return self.load_image(image_id)[..., :1] > 100, np.array([1])


class One(Small):
    IMAGES_PER_GPU = 1


def picture():
    rng = np.random.default_rng(0)
    mask = np.zeros((20, 30, 2), bool)
    mask[3:9, 2:11, 0] = mask[10:19, 20:30, 1] = True
    return rng.integers(0, 255, (20, 30, 3)).astype(np.uint8), mask


def test_masks_follow_geometry_and_nothing_else():
    image, mask = picture()
    tree = Sequential([Multiply(), Sequential([TranslateX(), Multiply()]), Fliplr()])
    new_image, new_mask = augment(image, mask, tree)
    assert np.array_equal(new_image, np.roll(image, 3, axis=1)[:, ::-1] // 2 // 2)
    assert np.array_equal(new_mask, np.roll(mask, 3, axis=1)[:, ::-1]) and new_mask.dtype == bool


def test_an_object_without_hooks_will_do():
    image, mask = picture()
    new_image, new_mask = augment(image, mask, Plain())
    assert np.array_equal(new_image, image[::-1] // 2) and np.array_equal(new_mask, mask[::-1])
    new_image, new_mask = augment(image, mask[..., :0], Plain())
    assert new_mask.shape == (20, 30, 0)


def test_a_change_of_size_is_refused():
    class Crop(Augmenter):
        def own(self, image):
            return image[1:]

    with pytest.raises(ValueError, match="must not change the size"):
        augment(*picture(), Crop())


def test_hooks_answer_by_class_name():
    hooks = MaskHooks()
    assert hooks.is_activated([], TranslateX(), [], True)
    assert not hooks.is_activated([], Multiply(), [], True)
    assert not hooks.is_activated([], Fliplr(), [], False)


def test_boxes_and_mini_masks_follow():
    dataset, config = Halves(), One()
    for use_mini_mask in (False, True):
        image, _, _, boxes, masks = load_image_gt(
            dataset, config, 0, augmentation=Fliplr(), use_mini_mask=use_mini_mask
        )
        assert boxes.tolist() == [[5, 34, 20, 60]]
        shape = (56, 56, 1) if use_mini_mask else (64, 64, 1)
        assert masks.shape == shape
    assert np.array_equal(image, dataset.load_image(0)[:, ::-1])


def test_the_old_flag_flips_half_of_the_images():
    dataset, config = Halves(), One()
    seen = set()
    for seed in range(20):
        with pytest.warns(FutureWarning, match="'augment' is deprecated"):
            boxes = load_image_gt(
                dataset, config, 0, augment=True, rng=np.random.default_rng(seed)
            )[3]
        seen.add(tuple(boxes[0]))
    assert seen == {(5, 34, 20, 60), (5, 4, 20, 30)}


def test_sources_can_be_left_alone():
    loader = BatchLoader(Halves(), One(), Fliplr(), shuffle=False, no_augmentation_sources=["far"])
    batches = {b["case_ids"][0]: b["input_gt_boxes"][0, 0].tolist() for b in loader.epoch(0, 2)}
    assert batches == {"near": [5, 34, 20, 60], "far": [5, 4, 20, 30]}
