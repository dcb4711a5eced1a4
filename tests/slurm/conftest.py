"""Fixtures of the tests on a real SLURM."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster import Cluster, missing


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A one-node cluster; tests skip where SLURM is not installed."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    # Not pytest's folder: the path of a socket has at most 108 characters.
    with tempfile.TemporaryDirectory(prefix="slurm") as folder:
        started = Cluster(Path(folder))
        try:
            started.start()
            yield started
        finally:
            started.stop()
