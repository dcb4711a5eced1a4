"""Masks as COCO's run lengths: an outline in ``detections.csv`` or in a COCO file.

Runs go column by column, beginning with background. Where pycocotools is installed,
``pycocotools.mask.decode(json.loads(text))`` reads what `encode_rle` writes.
"""

import json
from collections.abc import Sequence

import numpy as np


def encode_rle(mask: np.ndarray) -> str:
    """Return a mask as COCO's compressed run lengths.

    Args:
        mask: bool (height, width).

    Returns:
        str: JSON of ``size``, [height, width] in px, and ``counts``, text.
    """
    mask = np.asarray(mask, dtype=bool)
    return json.dumps({"size": list(mask.shape), "counts": compress(runs_of(mask))})


def decode_rle(text: str) -> np.ndarray:
    """Return the mask that `encode_rle` wrote, bool (height, width).

    Raises:
        ValueError: If the text is damaged.
    """
    outline = json.loads(text)
    height, width = outline["size"]
    return mask_of(decompress(outline["counts"]), height, width)


def runs_of(mask: np.ndarray) -> list[int]:
    """Return the lengths of a mask's runs of background and lesion in turn; the first may be 0."""
    flat = np.asarray(mask, dtype=bool).ravel(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *changes, flat.size]).tolist()
    return [0, *runs] if flat.size and flat[0] else runs


def mask_of(runs: Sequence[int], height: int, width: int) -> np.ndarray:
    """Return the mask of runs of background and lesion in turn, bool (height, width).

    Raises:
        ValueError: If they do not add up to ``height * width`` pixels.
    """
    lengths = np.array(runs, dtype=np.int64)
    if (lengths < 0).any() or lengths.sum() != height * width:
        raise ValueError(f"its run lengths add up to {lengths.sum()}, not to {width} x {height} px")
    lesion = np.arange(lengths.size) % 2 == 1
    return np.repeat(lesion, lengths).reshape((height, width), order="F").copy(order="C")


def compress(runs: Sequence[int]) -> str:
    """Return run lengths as COCO's compressed text (cocoapi, ``rleToString``).

    Five bits a character from 48 on, the lowest first; the sixth says that more follow, and the
    last one's fifth is the sign. From the fourth run on, each is the difference to the one two
    before.
    """
    text = ""
    for position, run in enumerate(runs):
        value = run - runs[position - 2] if position > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + 32 * more)
    return text


def decompress(text: str) -> list[int]:
    """Return the run lengths of COCO's compressed text, as `compress` writes it.

    Raises:
        ValueError: If the text is damaged.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise ValueError("the compressed run lengths are damaged")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("the compressed run lengths are damaged")
    return runs
