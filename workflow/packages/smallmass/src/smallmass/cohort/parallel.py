"""Work on many images at once, and tell somebody how far it is."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from smallmass.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_images(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Apply ``function`` to every item, several at once; results keep the items' order.

    Threads do: decoding, resizing and hashing release Python's lock, and unlike processes they
    work from a Snakemake script on every system.

    Args:
        function: What to do with an item.
        items: The items.
        workers: How many threads.
        progress: Told ``(done, total)`` after every item.
    """
    if workers <= 1:
        return _collect(map(function, items), len(items), progress)
    with ThreadPoolExecutor(workers) as pool:
        try:
            return _collect(pool.map(function, items), len(items), progress)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _collect(results: Iterable[Result], total: int, progress: Progress | None) -> list[Result]:
    collected = []
    for result in results:
        collected.append(result)
        if progress:
            progress(len(collected), total)
    return collected
