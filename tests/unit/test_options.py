"""Options of the image and the clinical model, and metrics: one function each, no other taken."""

import numpy as np
import pytest

from smallmass.clinical import encoding
from smallmass.evaluation import metrics
from smallmass.image_model import scores
from smallmass.options import Density, Found, ImageScore, Missing, RegionScore
from smallmass.words import CALL_METRICS


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (scores.REGION_SCORES, RegionScore),
        (scores.IMAGE_SCORES, ImageScore),
        (scores.HITS, Found),
        (encoding.ONEHOT, Density),
        (encoding.UNKNOWNS, Missing),
    ],
)
def test_every_option_has_what_carries_it_out(table, options):
    assert list(table) == list(options)


def test_every_metric_of_calls_is_counted():
    call = np.array([True, False])
    assert all(metrics.counted(metric, call, ~call) for metric in CALL_METRICS)
    assert all(metrics.empty_note(metric) for metric in CALL_METRICS)
    with pytest.raises(ValueError, match="allowed: sensitivity"):
        metrics.counted("auroc", call, call)
