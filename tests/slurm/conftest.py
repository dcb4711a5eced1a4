"""Fixtures of the tests on a real SLURM."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster import Cluster, missing, running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A one-node cluster; tests skip where SLURM is not installed."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with running() as started:
        yield started
