"""Matching, average precision, overlaps, and the free-response ROC."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, jaccard_score, precision_recall_curve

from mrcnn import metrics, utils
from mrcnn.free_response import assign_marks, free_response

SIZE = 40
LESION = (4, 4, 20, 20)


def masks(boxes):
    full = np.zeros((SIZE, SIZE, len(boxes)), bool)
    for i, (y1, x1, y2, x2) in enumerate(boxes):
        full[y1:y2, x1:x2, i] = True
    return full


def instances(boxes, class_ids, scores=None):
    boxes = np.array(boxes, int).reshape(-1, 4)
    found = boxes, np.array(class_ids, int), masks(boxes)
    return found if scores is None else (*found[:2], np.array(scores, float), found[2])


# A grid of places for lesions that do not touch, so that no detection can overlap two by half.
PLACES = [(y, x) for y in (0, 13, 26) for x in (0, 13, 26)]


@st.composite
def scenes(draw):
    """Truth, and detections near it or elsewhere, with distinct scores."""
    chosen = draw(st.lists(st.sampled_from(PLACES), max_size=4, unique=True))
    truth = [(y + 2, x + 2, y + 11, x + 11) for y, x in chosen]
    gt_ids = [draw(st.integers(1, 2)) for _ in truth]
    count = draw(st.integers(0, 7))
    found, ids = [], []
    for _ in range(count):
        y, x = draw(st.sampled_from(PLACES))
        dy, dx = draw(st.integers(0, 4)), draw(st.integers(0, 4))
        found.append((y + dy, x + dx, y + dy + 9, x + dx + 9))
        ids.append(draw(st.integers(1, 2)))
    scores = draw(st.permutations([0.1 * (i + 1) for i in range(count)]))
    return instances(truth, gt_ids), instances(found, ids, scores)


def duplicated(found, place, score):
    boxes, ids, scores, planes = found
    return (
        np.concatenate([boxes, boxes[place : place + 1]]),
        np.append(ids, ids[place]),
        np.append(scores, score),
        np.concatenate([planes, planes[..., place : place + 1]], axis=-1),
    )


@settings(deadline=None, max_examples=60)
@given(scenes(), st.data())
def test_average_precision_is_sane(scene, data):
    truth, found = scene
    ap, precisions, recalls, overlaps = metrics.compute_ap(*truth, *found, iou_threshold=0.6)
    assert 0 <= ap <= 1 and overlaps.shape == (len(found[0]), len(truth[0]))
    assert (np.diff(precisions) <= 0).all() and (np.diff(recalls) >= 0).all()
    assert len(precisions) == len(recalls)

    # The order in which either is listed does not matter.
    n, m = len(found[0]), len(truth[0])
    p, q = data.draw(st.permutations(range(n))), data.draw(st.permutations(range(m)))
    p, q = np.array(p, int), np.array(q, int)
    shuffled = truth[0][q], truth[1][q], truth[2][..., q]
    others = found[0][p], found[1][p], found[2][p], found[3][..., p]
    assert metrics.compute_ap(*shuffled, *others, iou_threshold=0.6)[0] == pytest.approx(ap)

    # Saying the same twice never helps, whatever its score.
    if n:
        place = data.draw(st.integers(0, n - 1))
        score = data.draw(st.floats(0, found[2][place]))
        twice = duplicated(found, place, score)
        assert metrics.compute_ap(*truth, *twice, iou_threshold=0.6)[0] <= ap + 1e-12

    # A lesion is matched at most once, by a detection of its class that overlaps it.
    gt_match, pred_match, overlaps = metrics.compute_matches(*truth, *found, iou_threshold=0.6)
    taken = pred_match[pred_match >= 0].astype(int)
    assert len(set(taken)) == len(taken)
    order = np.argsort(-found[2], kind="stable")
    for i, j in enumerate(pred_match.astype(int)):
        if j >= 0:
            assert gt_match[j] == i and overlaps[i, j] >= 0.6
            assert found[1][order][i] == truth[1][j]


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_average_precision_against_scikit_learn(scene):
    truth, found = scene
    ap = metrics.compute_ap(*truth, *found, iou_threshold=0.6)[0]
    hit = metrics.compute_matches(*truth, *found, iou_threshold=0.6)[1] >= 0
    if not hit.any():
        assert ap == (1.0 if not len(truth[0]) and not len(hit) else 0.0)
        return
    precision, recall, _ = precision_recall_curve(hit, np.sort(found[2])[::-1])
    # From recall 1 down to 0; of what is found, so that lesions never found are put back.
    precision = np.maximum.accumulate(precision[:-1])
    widths = -np.diff(recall) * hit.sum() / len(truth[0])
    assert ap == pytest.approx(float((precision * widths).sum()))


def test_average_precision_of_a_published_example():
    """24 detections, 15 objects, 7 images: AP 24.56 % with every recall level.

    Padilla, Netto & da Silva 2020, "A survey on performance metrics for object-detection
    algorithms" (and its toolkit's README): true and false positives by falling confidence.
    """
    hits = [c == "T" for c in "TFTFFFFFFTFTTTFFFFFFFFTF"]
    assert sum(hits) == 7
    ap, precisions, recalls = metrics.average_precision(np.array(hits), 15)
    assert ap == pytest.approx(0.2456, abs=1e-4)
    assert recalls[-2] == pytest.approx(7 / 15) and precisions[3] == pytest.approx(2 / 3)


def test_one_lesion_found_twice():
    truth = instances([LESION], [1])
    found = instances([LESION, (5, 4, 20, 20)], [1, 1], [0.9, 0.8])
    gt_match, pred_match, overlaps = utils.compute_matches(*truth, *found)
    assert gt_match.tolist() == [0] and pred_match.tolist() == [0, -1]
    assert overlaps[:, 0] == pytest.approx([1, 15 / 16])
    ap, precisions, recalls, _ = utils.compute_ap(*truth, *found)
    assert ap == 1 and precisions.tolist() == [1, 1, 0.5, 0] and recalls.tolist() == [0, 1, 1, 1]


def test_a_detection_takes_the_lesion_it_overlaps_most():
    truth = instances([(0, 0, 10, 10), (0, 4, 10, 14)], [1, 1])
    found = instances([(0, 3, 10, 13), (0, 0, 10, 9)], [1, 1], [0.9, 0.8])
    gt_match, pred_match, _ = metrics.compute_matches(*truth, *found)
    assert pred_match.tolist() == [1, 0] and gt_match.tolist() == [1, 0]
    # Another class is no match, however well it fits, nor is a score below the threshold.
    other = found[0], np.array([2, 1]), found[2], found[3]
    assert metrics.compute_matches(*truth, *other)[1].tolist() == [-1, 0]
    assert metrics.compute_matches(*truth, *found, score_threshold=0.85)[1].tolist() == [1, -1]


def test_nothing_found_and_nothing_to_find():
    nothing, lesion = instances([], []), instances([LESION], [1])
    none, one = instances([], [], []), instances([LESION], [1], [0.9])
    assert metrics.compute_ap(*lesion, *none)[0] == 0
    assert metrics.compute_ap(*nothing, *one)[0] == 0
    assert metrics.compute_ap(*nothing, *none)[0] == 1
    # Without masks of the image's size, as a reader without detections may return them.
    empty = np.zeros((0, 4)), np.zeros(0), np.zeros(0), np.zeros((0, 0, 0))
    assert metrics.compute_ap(*lesion, *empty)[0] == 0
    assert metrics.compute_recall(np.zeros((0, 4)), lesion[0], 0.5)[0] == 0
    share, places = metrics.compute_recall(one[0], np.zeros((0, 4)), 0.5)
    assert share == 1 and len(places) == 0
    assert metrics.compute_overlaps_masks(masks([]), masks([LESION])).shape == (0, 1)


def test_padding_is_no_truth_and_no_detection():
    truth = instances([LESION, (0, 0, 0, 0)], [1, 0])
    found = instances([LESION, (0, 0, 0, 0)], [1, 0], [0.9, 0.0])
    ap, _, _, overlaps = metrics.compute_ap(*truth, *found)
    assert ap == 1 and overlaps.shape == (1, 1)
    assert metrics.trim_zeros(np.array([[0, 0], [0, 3], [0, 0]])).tolist() == [[0, 3]]


def test_average_precision_over_a_range(capsys):
    # 15 of 16 rows: an overlap of 0.9375 passes nine of the ten thresholds 0.50, 0.55 … 0.95.
    truth, found = instances([LESION], [1]), instances([(5, 4, 20, 20)], [1], [0.9])
    assert utils.compute_ap_range(*truth, *found) == pytest.approx(0.9)
    assert "AP @0.50-0.95:\t 0.900" in capsys.readouterr().out
    several = np.array([0.5, 0.95])
    assert metrics.compute_ap_range(*truth, *found, iou_thresholds=several, verbose=0) == 0.5
    assert capsys.readouterr().out == ""


def test_recall_of_boxes():
    truth = np.array([LESION, (24, 24, 36, 38)])
    found = np.array([(4, 4, 20, 19), (5, 4, 20, 20), (0, 30, 10, 40)])
    share, places = utils.compute_recall(found, truth, 0.5)
    assert share == 0.5 and places.tolist() == [0, 1]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_overlaps_of_masks_against_scikit_learn(seed, share1, share2):
    rng = np.random.default_rng(seed)
    one, two = rng.random((6, 7)) < share1, rng.random((6, 7)) < share2
    if one.any() or two.any():
        assert metrics.iou(one, two) == pytest.approx(
            jaccard_score(one.ravel(), two.ravel(), zero_division=0)
        )
        assert metrics.dice(one, two) == pytest.approx(
            f1_score(one.ravel(), two.ravel(), zero_division=0)
        )
        matrix = metrics.compute_overlaps_masks(one[..., None], np.stack([two, one], axis=-1))
        assert matrix[0, 0] == pytest.approx(metrics.iou(one, two))
        assert matrix[0, 1] == float(one.any())
    else:
        assert metrics.iou(one, two) == metrics.dice(one, two) == 1


# Results of Matterport's master (3deaec5; Python 3.7, NumPy 1.18.5) for the same boxes, filled as
# masks on 40 x 40 px: gt_match and pred_match of compute_matches, first number of compute_ap and
# compute_ap_range(verbose=0).
RANDOM_TRUTH = [
    (10, 10, 21, 21),
    (3, 11, 8, 18),
    (8, 9, 17, 16),
    (0, 10, 12, 16),
    (21, 21, 34, 29),
    (19, 23, 25, 33),
]
RANDOM_FOUND = [
    (8, 9, 21, 19),
    (4, 9, 9, 17),
    (9, 7, 19, 15),
    (2, 12, 10, 14),
    (20, 21, 36, 27),
    (17, 22, 24, 32),
    (10, 11, 23, 23),
    (4, 12, 6, 16),
    (6, 7, 17, 16),
    (1, 8, 10, 15),
    (23, 20, 36, 29),
    (19, 25, 27, 33),
    (8, 22, 18, 34),
    (12, 16, 18, 21),
    (16, 4, 29, 9),
    (10, 17, 23, 23),
]
RANDOM_SCORES = [0.026, 0.5056, 0.918, 0.207, 0.9257, 0.2773, 0.1761, 0.9903]
RANDOM_SCORES += [0.6927, 0.7521, 0.1162, 0.086, 0.6656, 0.3296, 0.3617, 0.5261]
OTHER = (24, 24, 36, 38)
MATTERPORT = {
    "two on one": (
        ([LESION], [1]),
        ([LESION, (5, 4, 20, 20)], [1, 1], [0.9, 0.8]),
        ([0], [0, -1], 1.0, 1.0),
    ),
    "three on one": (
        ([LESION], [1]),
        ([LESION, (5, 4, 20, 20), (4, 5, 20, 20)], [1, 1, 1], [0.9, 0.8, 0.7]),
        ([0], [0, -1, -1], 1.0, 1.0),
    ),
    "two lesions": (
        ([LESION, OTHER], [1, 2]),
        (
            [(24, 24, 36, 37), LESION, (4, 5, 20, 20), (24, 25, 36, 38)],
            [2, 1, 1, 2],
            [0.9, 0.8, 0.7, 0.6],
        ),
        ([1, 0], [1, 0, -1, -1], 1.0, 0.925),
    ),
    "wrong class": (
        ([LESION, OTHER], [1, 2]),
        ([LESION, OTHER], [2, 2], [0.9, 0.8]),
        ([-1, 1], [-1, 1], 0.25, 0.25),
    ),
    "padding": (
        ([LESION, (0, 0, 0, 0)], [1, 0]),
        ([LESION, (5, 4, 20, 20), (0, 0, 0, 0)], [1, 1, 0], [0.9, 0.8, 0.0]),
        ([0], [0, -1], 1.0, 1.0),
    ),
    "random": (
        (RANDOM_TRUTH, [2, 2, 1, 1, 2, 2]),
        (RANDOM_FOUND, [2, 2, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 1, 1, 1, 1], RANDOM_SCORES),
        (
            [12, -1, 2, 3, 1, 10],
            [-1, 4, 2, 3, -1, -1, -1, -1, -1, -1, 5, -1, 0, -1, -1, -1],
            0.503205121,
            0.102860196,
        ),
    ),
}


@pytest.mark.parametrize("name", MATTERPORT)
def test_matching_is_matterports(name):
    truth, found, (gt_match, pred_match, ap, ap_range) = MATTERPORT[name]
    arguments = *instances(*truth), *instances(*found)
    ours = metrics.compute_matches(*arguments)
    assert ours[0].tolist() == gt_match and ours[1].tolist() == pred_match
    assert metrics.compute_ap(*arguments)[0] == pytest.approx(ap, abs=1e-6)
    means = [metrics.compute_ap(*arguments, iou_threshold=t)[0] for t in metrics.IOU_THRESHOLDS]
    assert np.mean(means) == pytest.approx(ap_range, abs=1e-6)
    assert ap <= 1


def test_hit_criteria():
    truth = np.array([LESION, (24, 24, 36, 38)])
    found = np.array([(10, 10, 14, 14), (4, 4, 20, 19), (24, 24, 36, 37), (0, 30, 4, 40)])
    outline = masks(truth)
    outline[10:14, 10:14, 0] = False  # a ring
    assert assign_marks("box", found, truth).tolist() == [-1, 0, 1, -1]
    assert assign_marks("box", found, truth, iou_threshold=0.01).tolist() == [0, 0, 1, -1]
    planes = masks(found)
    assert assign_marks("mask", found, truth, planes, outline).tolist() == [-1, 0, 1, -1]
    # Both marks on the first lesion have their centres in its hole.
    assert assign_marks("centre", found, truth, gt_masks=outline).tolist() == [-1, -1, 1, -1]
    assert assign_marks("centre", found, truth, gt_masks=masks(truth)).tolist() == [0, 0, 1, -1]
    outside = np.array([(-20, 0, 2, 10), (30, 30, 60, 60)])
    assert assign_marks("centre", outside, truth, gt_masks=masks(truth)).tolist() == [-1, -1]
    assert assign_marks("box", found[:0], truth).shape == (0,)
    with pytest.raises(ValueError, match="needs masks"):
        assign_marks("mask", found, truth)
    with pytest.raises(ValueError, match="known: box, mask, centre"):
        assign_marks("hope", found, truth)


def test_free_response_by_hand():
    """Three images, three lesions (none in the last), seven marks; counted on paper."""
    assigned = [np.array([0, -1, 0]), np.array([1, -1]), np.array([-1, -1])]
    scores = [np.array([0.9, 0.8, 0.7]), np.array([0.6, 0.5]), np.array([0.85, 0.1])]
    curve = free_response(assigned, scores, [1, 2, 0])
    assert curve.thresholds.tolist() == [np.inf, 0.9, 0.85, 0.8, 0.6, 0.5, 0.1]
    assert curve.sensitivity * 3 == pytest.approx([0, 1, 1, 1, 2, 2, 2])
    assert curve.false_positives * 3 == pytest.approx([0, 0, 1, 2, 2, 3, 4])
    assert curve.sensitivity_at(0) == pytest.approx(1 / 3)
    assert curve.sensitivity_at(0.67) == pytest.approx(2 / 3)
    counted = free_response(assigned, scores, [1, 2, 0], repeats="false")
    assert counted.false_positives * 3 == pytest.approx([0, 0, 1, 2, 3, 3, 4, 5])
    with pytest.raises(ValueError, match="at least one image and one lesion"):
        free_response([np.array([-1])], [np.array([0.5])], [0])
    with pytest.raises(ValueError, match="one finite score"):
        free_response([np.array([-1])], [np.array([np.nan])], [1])
    with pytest.raises(ValueError, match="lesion 1 of 1"):
        free_response([np.array([1])], [np.array([0.5])], [1])


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_free_response_is_monotone_and_needs_no_order(data):
    lesions = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=4))
    lesions[0] += 1
    assigned = [
        np.array(data.draw(st.lists(st.integers(-1, n - 1), max_size=4)), int) for n in lesions
    ]
    scores = [
        np.array(data.draw(st.lists(st.sampled_from([0.1, 0.3, 0.5]), min_size=n, max_size=n)))
        for n in map(len, assigned)
    ]
    curve = free_response(assigned, scores, lesions)
    assert (np.diff(curve.sensitivity) >= 0).all() and (np.diff(curve.false_positives) >= 0).all()
    assert curve.sensitivity[0] == 0 and curve.sensitivity[-1] <= 1
    reverse = free_response(
        [a[::-1] for a in assigned[::-1]], [s[::-1] for s in scores[::-1]], lesions[::-1]
    )
    assert np.array_equal(curve.sensitivity, reverse.sensitivity)
    assert np.array_equal(curve.false_positives, reverse.false_positives)
    # At the lowest threshold: the lesions that have a mark, and all marks that lie on none.
    marked = sum(len(set(a[a >= 0])) for a in assigned)
    assert curve.sensitivity[-1] * sum(lesions) == pytest.approx(marked)
    false = sum((a < 0).sum() for a in assigned)
    assert curve.false_positives[-1] * len(lesions) == pytest.approx(false)


def test_non_max_suppression_by_hand():
    boxes = np.array([(0, 0, 10, 10), (0, 1, 10, 11), (0, 20, 10, 30), (0, 22, 10, 32)])
    # Overlaps 9/11 and 8/12; the best of each pair stays, best score first.
    assert utils.non_max_suppression(boxes, np.arange(4), 0.3).tolist() == [3, 1]
    assert utils.non_max_suppression(boxes, np.arange(4), 0.7).tolist() == [3, 2, 1]
    assert utils.non_max_suppression(boxes[:0], [], 0.3).tolist() == []
    areas = np.full(4, 100)
    assert utils.compute_iou(boxes[0], boxes, 100, areas) == pytest.approx([1, 9 / 11, 0, 0])
