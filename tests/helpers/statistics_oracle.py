"""What R gave for the statistics, and the cases that hypothesis draws for them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

VECTORS = Path(__file__).parents[1] / "oracles" / "statistics"
EXACT = {"rtol": 1e-9, "atol": 1e-12}
# Few distinct scores, so that ties are common; at least one case of each class.
CASES = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(label for _, label in rows) < len(rows)
)


def vectors(name: str) -> Any:
    """Read what tests/oracles/statistics/make.R wrote; each file holds its R call."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def split(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and labels of hypothesis' rows."""
    return np.array([s for s, _ in rows], float), np.array([y for _, y in rows], bool)
