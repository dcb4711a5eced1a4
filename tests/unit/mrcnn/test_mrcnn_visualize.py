"""Pictures: what is drawn lies where the boxes and masks lie."""

import sys

import numpy as np
import pytest

from mrcnn import utils, visualize


@pytest.fixture(autouse=True)
def plt(monkeypatch):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = []
    monkeypatch.setattr(pyplot, "show", lambda *args, **kwargs: shown.append(pyplot.gcf()))
    pyplot.shown = shown
    yield pyplot
    pyplot.close("all")


def scene():
    """A grey image with a lesion inside and a ring in the corner."""
    image = np.random.default_rng(0).integers(0, 255, (50, 70)).astype(np.uint8)
    masks = np.zeros((50, 70, 2), bool)
    masks[10:20, 15:40, 0] = True
    masks[:12, 50:, 1] = True
    masks[4:8, 55:60, 1] = False
    return image, utils.extract_bboxes(masks), masks, np.array([1, 2])


NAMES = ["BG", "benign", "malignant"]


def outlines(ax):
    """The closed polygons of all contours, as (n, 2) arrays of x and y."""
    from matplotlib.contour import QuadContourSet

    sets = [c for c in ax.collections if isinstance(c, QuadContourSet)]
    return [p for c in sets for path in c.get_paths() for p in path.to_polygons(closed_only=False)]


def test_instances_are_drawn_where_they_are(plt):
    image, boxes, masks, class_ids = scene()
    _, ax = plt.subplots()
    visualize.display_instances(
        image, boxes, masks, class_ids, NAMES, np.array([0.25, 0.75]), title="T", ax=ax
    )
    assert not plt.shown  # axes of the caller's: it shows them
    assert [t.get_text() for t in ax.texts] == ["benign 0.250", "malignant 0.750"]
    for patch, (y1, x1, y2, x2) in zip(ax.patches, boxes, strict=True):
        corner = patch.get_xy()
        # A pixel reaches half a pixel to all sides of its coordinate.
        assert corner == (x1 - 0.5, y1 - 0.5)
        assert (patch.get_width(), patch.get_height()) == (x2 - x1, y2 - y1)
    found = outlines(ax)
    assert len(found) == 3  # the lesion, the ring's outer and inner edge
    for polygon in found:
        assert np.array_equal(polygon[0], polygon[-1])  # closed, at the image's border too
    assert found[0].min(axis=0).tolist() == [14.5, 9.5]
    assert found[0].max(axis=0).tolist() == [39.5, 19.5]
    # The pixels of the mask are tinted, the others as they were.
    shown = ax.images[0].get_array()
    assert np.array_equal(shown[~masks.any(-1)][:, 0], image[~masks.any(-1)])
    assert (shown[masks[..., 0]] != image[masks[..., 0]][:, None]).any(axis=-1).mean() > 0.9


def test_a_picture_of_its_own_is_shown(plt):
    image, boxes, masks, class_ids = scene()
    visualize.display_instances(image, boxes[:0], masks[..., :0], class_ids[:0], NAMES)
    assert len(plt.shown) == 1 and "no instances" in plt.shown[0].axes[0].get_title()
    with pytest.raises(ValueError, match="2 boxes, 1 masks, 2 class ids"):
        visualize.display_instances(image, boxes, masks[..., :1], class_ids, NAMES)


def test_differences_name_score_and_overlap(plt):
    image, boxes, masks, class_ids = scene()
    visualize.display_differences(
        image,
        boxes,
        class_ids,
        masks,
        boxes[:1],
        class_ids[:1],
        np.array([0.9]),
        masks[..., :1],
        NAMES,
    )
    texts = {t.get_text() for t in plt.shown[0].axes[0].texts}
    assert texts == {"missed", "0.90, IoU 1.00"}


def test_boxes_and_tints_in_an_array():
    image = np.zeros((20, 30, 3), np.uint8)
    assert visualize.draw_box(image, (2, 3, 12, 25), (9, 8, 7)) is image
    drawn = image.any(axis=-1)
    assert utils.extract_bboxes(drawn[..., None]).tolist() == [[2, 3, 12, 25]]
    assert drawn.sum() == 10 * 22 - 6 * 18 and image[2, 3].tolist() == [9, 8, 7]
    image[:] = 100
    visualize.apply_mask(image, np.eye(20, 30), (1.0, 0.0, 0.5), alpha=0.5)
    assert image[4, 4].tolist() == [177, 50, 113] and image[4, 5].tolist() == [100] * 3


def test_colours_differ():
    colors = visualize.random_colors(12)
    assert len(set(colors)) == 12 and np.ptp(colors) == 1
    assert max(map(max, visualize.random_colors(5, bright=False))) == pytest.approx(0.7)


def test_the_other_pictures(plt, capsys):
    image, boxes, masks, class_ids = scene()
    small = utils.minimize_mask(boxes, masks, (14, 14)).transpose(2, 0, 1)
    visualize.draw_rois(image, boxes - 4, boxes - np.array([30, 0, 0, 0]), small, class_ids, NAMES)
    visualize.draw_boxes(image, boxes, boxes + 2, masks, ["a", "b"], [0, 2], "title")
    visualize.display_top_masks(image, masks, class_ids, NAMES, limit=2)
    visualize.plot_precision_recall(0.5, np.array([1, 1, 0.5, 0]), np.array([0, 0.5, 1, 1]))
    overlaps = np.array([[0.9, 0.6]])
    visualize.plot_overlaps(class_ids, class_ids[:1], np.array([0.8]), overlaps, NAMES)
    assert len(plt.shown) == 5
    titles = [ax.get_title() for ax in plt.shown[2].axes]
    # 250 px of the one class, 240 − 20 px of the other.
    assert titles == ["H x W = 50 x 70", "benign", "malignant"]
    notes = [t.get_text() for t in plt.shown[4].axes[0].texts]
    assert notes == ["0.90\nmatch", "0.60\nwrong"]
    with pytest.raises(ValueError, match="needs boxes"):
        visualize.draw_boxes(image)
    visualize.display_table([["a", "bc"], ["long", 1]])
    assert capsys.readouterr().out == "a     bc\nlong  1\n"


def test_without_matplotlib_an_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"mrcnn-keras3\[pictures\]"):
        visualize.display_images([np.zeros((4, 4))])


@pytest.mark.parametrize("dtype", [bool, np.uint8])
def test_top_masks_of_any_type_are_shown(dtype):
    masks = np.zeros((40, 40, 2), dtype)
    masks[:30, :, 0] = masks[:5, :, 1] = 1
    image = np.zeros((40, 40, 3), np.uint8)
    visualize.display_top_masks(image, masks, [1, 2], ["BG", "small", "large"])
