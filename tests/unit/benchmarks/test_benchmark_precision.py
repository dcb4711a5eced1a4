"""The two precisions beside each other: the table of speeds, and how far two readings are apart."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallmass.cohort.run_lengths import encode_rle

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
MADE = ("mask_rcnn", "reading_precision", "workers")


@pytest.fixture
def benchmarks(monkeypatch):
    """Make benchmarks/ importable."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in MADE]:
        del sys.modules[name]


def worker(name, precision, seconds, flop=None):
    from mask_rcnn import Worker

    made = object.__new__(Worker)
    made.name, made.precision = name, precision
    made.steps = [{"wall_s": s, "cpu_s": s, "peak_mib": 2048} for s in seconds]
    made.about = {"regions": {}, "versions": "1"} | ({"flop": flop} if flop else {})
    return made


def test_ratios_are_medians_over_rounds_and_shares_of_the_rate_in_the_same_precision(benchmarks):
    from mask_rcnn import TASKS, row
    from workers.speed_table import table

    workers = [
        worker("smallmass", "float32", [2, 8, 2], flop=1e9),
        worker("smallmass", "bfloat16", [1, 2, 1], flop=1e9),
        worker("torchvision", "bfloat16", [3, 3, 3]),
    ]
    rates = {"float32": 1e9, "bfloat16": 4e9}
    rows = [row(w, "train", 512, False, workers, rates) for w in workers]
    assert [r["float32_by_this"] for r in rows] == [1, 2, None]
    assert [r["this_by_ours"] for r in rows] == [None, None, 3]
    assert [r["share_of_rate"] for r in rows] == [0.5, 0.25, None]
    head, _, speed, memory = table(rows, TASKS, "study").splitlines()
    assert head.endswith("| bfloat16 | share | ratio | torchvision, bfloat16 | ratio |")
    assert speed == "| training step, 512 px | 2 s | 50 % | 1 s | 25 % | 2.0 | 3 s | 3.00 |"
    assert memory.startswith("| peak memory, training, 512 px | 2.0 GiB | | 2.0 GiB |")


def region(number, box, p_malignant):
    mask = np.zeros((20, 20), bool)
    mask[box[0] : box[2], box[1] : box[3]] = True
    corners = dict(zip(("y1", "x1", "y2", "x2"), box, strict=True))
    scores = {"p_background": 0.2, "p_malignant": p_malignant}
    return {"case_id": "a", "detection": number, "outline": encode_rle(mask), "dice": 0.8} | (
        corners | scores
    )


def test_regions_are_compared_with_those_that_lie_where_they_do(benchmarks):
    from reading_precision import compare_case, summary

    full = pd.DataFrame([region(0, (0, 0, 10, 10), 0.5), region(1, (10, 10, 20, 20), 0.4)])
    # In the other precision the two change places, and one moves by a pixel.
    mixed = pd.DataFrame([region(0, (10, 10, 20, 20), 0.4), region(1, (0, 0, 10, 11), 0.53)])
    first, second = compare_case(full, mixed)
    assert first["corner, px"] == 1 and first["p malignant"] == pytest.approx(0.03)
    assert first["1 - Dice of the outlines"] == pytest.approx(1 - 200 / 210)
    assert second["corner, px"] == second["1 - Dice of the outlines"] == 0
    alone = compare_case(full, mixed.iloc[:0])
    assert len(alone) == 2 and "corner, px" not in alone[0]
    text = summary(pd.DataFrame([first, second, alone[1]]), "All")
    assert text.startswith("All: 3 of 1 images; 1 without partner")
    assert "| corner, px | 0.5 | 0.95 | 1 | a |" in text
