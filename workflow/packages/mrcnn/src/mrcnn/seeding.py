"""Random numbers of a model's own: the caller's generators are left as they are."""

import contextlib
import random
import secrets
import threading
from collections.abc import Iterator

_DRAWING = threading.Lock()


def fresh_seed() -> int:
    """Return a seed that no earlier call returned, but for chance; no generator is used up."""
    return secrets.randbits(31)


@contextlib.contextmanager
def initialisers_seeded(seed: int) -> Iterator[None]:
    """Let the layers that are made meanwhile draw their initial weights from ``seed``.

    Keras takes the seeds of initialisers from Python's own generator. It is set for a moment and
    then put back, so that the caller's next number is what it would have been; other threads that
    make models wait.
    """
    with _DRAWING:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
