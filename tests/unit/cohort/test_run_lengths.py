"""COCO's run lengths: against its own library, and round trips."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from coco_oracle import ORACLE, of_rows
from smallmass.cohort.run_lengths import (
    compress,
    decode_rle,
    decompress,
    encode_rle,
    mask_of,
    runs_of,
)

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12))
runs = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)


@pytest.mark.parametrize("case", ORACLE["encoded"], ids=range(len(ORACLE["encoded"])))
def test_masks_are_written_and_read_as_by_pycocotools(case):
    """Its ``decode`` takes size and counts: what is equal to its own text, it can read."""
    mask = of_rows(case["rows"])
    written = json.loads(encode_rle(mask))
    assert written == {"size": case["size"], "counts": case["counts"]}
    assert (decode_rle(json.dumps(written)) == mask).all()


def test_runs_go_down_the_columns_and_begin_with_background():
    assert runs_of(np.array([[0, 0, 1], [1, 0, 0]], dtype=bool)) == [1, 1, 2, 1, 1]
    assert runs_of(np.array([[1, 1], [1, 0]], dtype=bool)) == [0, 3, 1]
    assert runs_of(np.zeros((2, 3), dtype=bool)) == [6]


@given(masks)
def test_an_outline_comes_back_from_its_text(mask):
    text = encode_rle(mask)
    assert (decode_rle(text) == mask).all()
    assert sum(decompress(json.loads(text)["counts"])[1::2]) == mask.sum()
    assert text.isascii() and "\n" not in text


@given(runs)
def test_run_lengths_of_any_size_come_back(lengths):
    assert decompress(compress(lengths)) == lengths


@given(st.text(max_size=20))
def test_damaged_run_lengths_are_an_error_and_nothing_else(text):
    try:
        lengths = decompress(text)
    except ValueError:
        return
    assert all(isinstance(length, int) for length in lengths)


def test_run_lengths_of_another_size_are_refused():
    with pytest.raises(ValueError, match="add up to 6, not to 4 x 2 px"):
        mask_of([2, 2, 2], 2, 4)
    with pytest.raises(ValueError, match="add up to"):
        mask_of([3, -1, 4], 2, 3)
