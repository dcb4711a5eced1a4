"""Pictures of images, boxes, outlines and measures, under Matterport's names (matplotlib).

Images are (h, w), (h, w, 1) or (h, w, 3), 0 to 255; boxes (n, 4) of (y1, x1, y2, x2) px, y2 and x2
just outside; masks (h, w, n); colours RGB in [0, 1]. Where ``ax`` is None a figure is shown.
"""

import colorsys
import random

import numpy as np

from mrcnn import incidental_names
from mrcnn.images import unmold_mask, with_channels
from mrcnn.metrics import compute_matches, sort_detections, trim_truth
from mrcnn.tables import display_table, display_weight_stats

__all__ = [
    "apply_mask",
    "display_differences",
    "display_images",
    "display_instances",
    "display_table",
    "display_top_masks",
    "display_weight_stats",
    "draw_box",
    "draw_boxes",
    "draw_rois",
    "plot_overlaps",
    "plot_precision_recall",
    "random_colors",
    *incidental_names.installed(__name__),
]
__getattr__ = incidental_names.getter(__name__)

GREEN, RED, GREY = (0.1, 0.8, 0.2), (0.95, 0.15, 0.1), (0.6, 0.6, 0.6)


def random_colors(N: int, bright: bool = True) -> list[tuple[float, float, float]]:
    """Return ``N`` well separated colours in random order."""
    colors = [colorsys.hsv_to_rgb(i / N, 1, 1.0 if bright else 0.7) for i in range(N)]
    random.shuffle(colors)
    return colors


def apply_mask(image: np.ndarray, mask: np.ndarray, color, alpha: float = 0.5) -> np.ndarray:
    """Tint the pixels of a mask (h, w), in place; return the image (h, w, 3)."""
    inside = np.asarray(mask, bool)
    tint = np.asarray(color, float) * 255
    image[inside] = (image[inside] * (1 - alpha) + tint * alpha).astype(image.dtype)
    return image


def draw_box(image: np.ndarray, box, color) -> np.ndarray:
    """Draw a box (4,) into an image (h, w, 3), two pixels wide, in place; return the image.

    ``color`` is in the image's own units.
    """
    y1, x1, y2, x2 = (int(v) for v in box)
    for edge in (np.s_[y1 : y1 + 2], np.s_[max(y1, y2 - 2) : y2]):
        image[edge, x1:x2] = color
    for edge in (np.s_[x1 : x1 + 2], np.s_[max(x1, x2 - 2) : x2]):
        image[y1:y2, edge] = color
    return image


def display_images(images, titles=None, cols=4, cmap=None, norm=None, interpolation=None) -> None:
    """Show images in rows of ``cols``; planes (h, w) are grey unless ``cmap`` says otherwise."""
    plt = _import_pyplot()
    titles = [""] * len(images) if titles is None else titles
    rows = max(1, -(-len(images) // cols))
    plt.figure(figsize=(14, 14 * rows / cols))
    for number, (image, title) in enumerate(zip(images, titles, strict=False), start=1):
        ax = plt.subplot(rows, cols, number)
        ax.set_title(title, fontsize=9)
        ax.axis("off")
        shown = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
        shown = shown.astype(np.uint8) if shown.ndim == 3 else shown
        ax.imshow(shown, cmap=cmap or "gray", norm=norm, interpolation=interpolation)
    plt.show()


def display_instances(
    image,
    boxes,
    masks,
    class_ids,
    class_names,
    scores=None,
    title="",
    figsize=(16, 16),
    ax=None,
    show_mask=True,
    show_bbox=True,
    colors=None,
    captions=None,
) -> None:
    """Show an image with its detections, or its truth: box, outline, class and score each.

    Args:
        image: (h, w, c).
        boxes: (n, 4) px; a row of zeros is not drawn.
        masks: (h, w, n).
        class_ids: (n,).
        class_names: Names by class id.
        scores: (n,), or None.
        title: Of the picture.
        figsize: Inches, of a figure of its own.
        ax: Axes to draw on.
        show_mask: Tint the masks; their outlines are drawn always.
        show_bbox: Draw the boxes.
        colors: One colour an instance.
        captions: One text an instance, instead of class and score.

    Raises:
        ValueError: If boxes, masks and class ids differ in number.
    """
    boxes, class_ids = np.asarray(boxes), np.asarray(class_ids)
    count = len(boxes)
    if not count == masks.shape[-1] == len(class_ids):
        raise ValueError(f"{count} boxes, {masks.shape[-1]} masks, {len(class_ids)} class ids")
    ax, is_new = _axes(ax, figsize)
    colors = colors or random_colors(count)
    shown = _rgb(image)
    for i in range(count if show_mask else 0):
        apply_mask(shown, masks[:, :, i], colors[i], 0.3)
    _show(ax, shown, title if count else f"{title} (no instances)".strip())
    for i in range(count):
        if not boxes[i].any():
            continue
        if captions:
            caption = captions[i]
        else:
            caption = class_names[class_ids[i]] + ("" if scores is None else f" {scores[i]:.3f}")
        if show_bbox:
            _rectangle(ax, boxes[i], colors[i], "--")
        _outline(ax, masks[:, :, i], colors[i])
        _caption(ax, boxes[i], caption, colors[i])
    _finish(is_new)


def display_differences(
    image,
    gt_box,
    gt_class_id,
    gt_mask,
    pred_box,
    pred_class_id,
    pred_score,
    pred_mask,
    class_names,
    title="",
    ax=None,
    show_mask=True,
    show_box=True,
    iou_threshold=0.5,
    score_threshold=0.5,
) -> None:
    """Show truth (green) and detections (red, with score and overlap, matched or not)."""
    gt_match, pred_match, overlaps = compute_matches(
        gt_box,
        gt_class_id,
        gt_mask,
        pred_box,
        pred_class_id,
        pred_score,
        pred_mask,
        iou_threshold=iou_threshold,
        score_threshold=score_threshold,
    )
    truth = trim_truth(gt_box, gt_class_id, gt_mask)
    detections = sort_detections(pred_box, pred_class_id, pred_score, pred_mask)
    captions = ["" if match >= 0 else "missed" for match in gt_match]
    for i, match in enumerate(pred_match):
        best = overlaps[i].max(initial=0) if match < 0 else overlaps[i, int(match)]
        captions.append(
            f"{detections[2][i]:.2f}, IoU {best:.2f}{'' if match >= 0 else ', no match'}"
        )
    display_instances(
        image,
        np.concatenate([truth[0], detections[0]]),
        np.concatenate([truth[2], detections[3]], axis=-1),
        np.concatenate([truth[1], detections[1]]),
        class_names,
        title=title or "Truth (green) and detections (red: score, IoU)",
        ax=ax,
        show_mask=show_mask,
        show_bbox=show_box,
        colors=[GREEN] * len(truth[0]) + [RED] * len(detections[0]),
        captions=captions,
    )


def draw_rois(image, rois, refined_rois, mask, class_ids, class_names, limit=10) -> None:
    """Show regions (dashed), what their deltas made of them, and their mini-masks.

    Args:
        image: (h, w, c).
        rois: (n, 4) px.
        refined_rois: (n, 4) px.
        mask: (n, h', w') masks within the refined regions.
        class_ids: (n,), 0 for a negative region.
        class_names: Names by class id.
        limit: Regions to show, drawn at random if there are more.
    """
    ids = np.asarray(class_ids)
    chosen = sorted(random.sample(range(len(ids)), min(limit, len(ids))))
    ax, is_new = _axes(None, (12, 12))
    shown = _rgb(image)
    colors = random_colors(max(1, len(chosen)))
    for i, color in zip(chosen, colors, strict=False):
        box = np.asarray(refined_rois[i]).astype(int)
        if ids[i] > 0 and box[2] > box[0] and box[3] > box[1]:
            apply_mask(shown, _paste(mask[i], box, shown.shape), color, 0.3)
    _show(ax, shown, f"{len(chosen)} of {len(ids)} regions, {(ids > 0).sum()} positive")
    for i, color in zip(chosen, colors, strict=False):
        _rectangle(ax, rois[i], color if ids[i] > 0 else GREY, "--")
        if ids[i] > 0:
            _rectangle(ax, refined_rois[i], color, "-")
            (y1, x1), (v1, u1) = rois[i][:2], refined_rois[i][:2]
            ax.plot([x1 - 0.5, u1 - 0.5], [y1 - 0.5, v1 - 0.5], color=color, linewidth=1)
            _caption(ax, rois[i], class_names[ids[i]], color)
    _finish(is_new)


def draw_boxes(
    image,
    boxes=None,
    refined_boxes=None,
    masks=None,
    captions=None,
    visibilities=None,
    title="",
    ax=None,
) -> None:
    """Show boxes (dashed), refined boxes (solid) and masks.

    Args:
        image: (h, w, c).
        boxes: (n, 4) px, or None.
        refined_boxes: (n, 4) px, or None.
        masks: (h, w, n), or None.
        captions: One text a box, or None.
        visibilities: One a box: 0: grey and dotted, 1: colour and dotted, 2: dashed.
        title: Of the picture.
        ax: Axes to draw on.

    Raises:
        ValueError: If neither boxes nor refined boxes are given.
    """
    if boxes is None and refined_boxes is None:
        raise ValueError("draw_boxes needs boxes or refined_boxes")
    count = len(boxes if boxes is not None else refined_boxes)
    ax, is_new = _axes(ax, (12, 12))
    shown, colors = _rgb(image), random_colors(max(1, count))
    seen = [1] * count if visibilities is None else visibilities
    if masks is not None:
        for i in range(count):
            apply_mask(shown, masks[:, :, i], colors[i], 0.3)
    _show(ax, shown, title)
    for i in range(count):
        color = GREY if seen[i] == 0 else colors[i]
        if boxes is not None and np.any(boxes[i]):
            _rectangle(ax, boxes[i], color, "--" if seen[i] == 2 else ":")
        if refined_boxes is not None and seen[i] > 0:
            _rectangle(ax, refined_boxes[i], color, "-")
        if masks is not None:
            _outline(ax, masks[:, :, i], color)
        if captions is not None:
            where = boxes if refined_boxes is None else refined_boxes
            _caption(ax, where[i], captions[i], color)
    _finish(is_new)


def display_top_masks(image, mask, class_ids, class_names, limit=4) -> None:
    """Show an image and, for the classes that cover most of it, their masks."""
    image, ids = _rgb(image), np.asarray(class_ids)
    areas = {i: int(np.count_nonzero(mask[:, :, ids == i])) for i in np.unique(ids)}
    top = sorted((i for i in areas if areas[i]), key=lambda i: -areas[i])[:limit]
    planes = [image, *(mask[:, :, ids == i].any(axis=-1).astype(float) for i in top)]
    titles = [f"H x W = {image.shape[0]} x {image.shape[1]}", *(class_names[i] for i in top)]
    planes += [np.zeros(image.shape[:2])] * (limit - len(top))
    titles += ["-"] * (limit - len(top))
    display_images(planes, titles=titles, cols=limit + 1, cmap="Blues_r")


def plot_precision_recall(AP, precisions, recalls) -> None:
    """Plot a precision-recall curve as of `mrcnn.metrics.compute_ap`."""
    plt = _import_pyplot()
    _, ax = plt.subplots(figsize=(5, 5))
    ax.step(recalls, precisions, where="pre")
    ax.set(title=f"Precision-recall curve, AP@50 = {AP:.3f}", xlabel="recall", ylabel="precision")
    ax.set(xlim=(0, 1.02), ylim=(0, 1.05))
    plt.show()


def plot_overlaps(
    gt_class_ids, pred_class_ids, pred_scores, overlaps, class_names, threshold=0.5
) -> None:
    """Plot the overlaps (detections, truth) as a table of colours and numbers.

    Overlaps above ``threshold`` are marked "match" if the classes agree, or else "wrong".
    """
    plt = _import_pyplot()
    pred_class_ids, gt_class_ids = np.asarray(pred_class_ids), np.asarray(gt_class_ids)
    pred_class_ids = pred_class_ids[pred_class_ids != 0]
    gt_class_ids = gt_class_ids[gt_class_ids != 0]
    size = 2 + 0.9 * len(gt_class_ids), 2 + 0.5 * len(pred_class_ids)
    _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.imshow(overlaps, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    names = [f"{class_names[i]} {s:.2f}" for i, s in zip(pred_class_ids, pred_scores, strict=False)]
    ax.set_yticks(range(len(names)), names)
    ax.set_xticks(range(len(gt_class_ids)), [class_names[i] for i in gt_class_ids], rotation=90)
    for (i, j), value in np.ndenumerate(np.asarray(overlaps)):
        note = ""
        if value > threshold:
            note = "\nmatch" if gt_class_ids[j] == pred_class_ids[i] else "\nwrong"
        color = "white" if value > 0.6 else "black"
        ax.text(j, i, f"{value:.2f}{note}", ha="center", va="center", fontsize=8, color=color)
    ax.set(xlabel="truth", ylabel="detections")
    plt.show()


def _import_pyplot():
    """Return matplotlib's pyplot, or say how to get it."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        message = 'pictures need matplotlib: pip install "mrcnn-keras3[pictures]"'
        raise ImportError(message) from error
    return pyplot


def _axes(ax, figsize):
    """Return axes to draw on and whether they are ours to show."""
    if ax is not None:
        return ax, False
    return _import_pyplot().subplots(figsize=figsize, layout="constrained")[1], True


def _finish(is_new: bool) -> None:
    """Show a figure that was made here."""
    if is_new:
        _import_pyplot().show()


def _rgb(image: np.ndarray) -> np.ndarray:
    """Return a copy of an image as (h, w, 3) uint8."""
    return np.clip(np.rint(with_channels(image, 3)), 0, 255).astype(np.uint8).copy()


def _show(ax, image: np.ndarray, title: str) -> None:
    """Show an image with a little room around it for captions."""
    height, width = image.shape[:2]
    room = 0.02 * max(height, width)
    ax.imshow(image)
    ax.set(xlim=(-0.5 - room, width - 0.5 + room), ylim=(height - 0.5 + room, -0.5 - room))
    ax.set_title(title)
    ax.axis("off")


def _paste(mask: np.ndarray, box: np.ndarray, shape) -> np.ndarray:
    """Paste a small mask (h', w') into a box that may stick out of an image: (h, w) bool."""
    before = np.maximum(0, -box[:2])
    after = np.maximum(0, box[2:] - np.asarray(shape[:2]))
    canvas = np.asarray(shape[:2]) + before + after
    full = unmold_mask(mask, np.concatenate([box[:2] + before, box[2:] + before]), canvas)
    return full[before[0] : before[0] + shape[0], before[1] : before[1] + shape[1]]


def _rectangle(ax, box, color, style: str) -> None:
    """Draw a box along the outer edges of its pixels."""
    from matplotlib.patches import Rectangle

    y1, x1, y2, x2 = (float(v) for v in box)
    look = {"edgecolor": color, "facecolor": "none", "linestyle": style, "alpha": 0.8}
    ax.add_patch(Rectangle((x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, linewidth=1.5, **look))


def _outline(ax, mask: np.ndarray, color) -> None:
    """Draw the closed outlines of a mask (h, w), holes included, also at the image's border."""
    inside = np.pad(np.asarray(mask, float), 1)
    if not inside.any():
        return
    height, width = inside.shape
    x, y = np.arange(width) - 1, np.arange(height) - 1
    ax.contour(x, y, inside, levels=[0.5], colors=[color], linewidths=2)


def _caption(ax, box, text: str, color) -> None:
    """Write a text at a box's upper left corner, on a dark ground that keeps it legible."""
    if text:
        ax.text(
            float(box[1]) - 0.5,
            float(box[0]) - 0.5,
            text,
            color="white",
            fontsize=10,
            va="bottom",
            bbox={"facecolor": "black", "edgecolor": color, "alpha": 0.6, "pad": 1.5},
        )
