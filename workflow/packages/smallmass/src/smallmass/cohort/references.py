"""References: a file's path and, after ``#``, what to take from it.

The columns ``image`` and ``outline`` of cohort.csv hold them::

    images/case1.png                              the file
    images/case1.png#levels=0..4095               its grey levels from black to white
    masks/case1.png#colour=red&part=2             see `outline_files`
"""

import re
from urllib.parse import quote, unquote

# Selectors follow the last "#"; a "#" in a file's own name is not followed by them.
_SELECTORS = re.compile(r"\A(?P<path>.+)#(?P<selectors>[a-z_]+=[^&#]*(?:&[a-z_]+=[^&#]*)*)\Z", re.S)


def split_reference(reference: str) -> tuple[str, dict[str, str]]:
    """Return the path of a reference, as written, and its selectors with ``%xx`` undone."""
    parts = _SELECTORS.match(reference)
    if parts is None:
        return reference, {}
    pairs = (pair.split("=", 1) for pair in parts["selectors"].split("&"))
    return parts["path"], {key: unquote(value) for key, value in pairs}


def join_reference(path: str, **selectors: str | int) -> str:
    """Return the reference that `split_reference` takes apart; values may hold any character."""
    pairs = [f"{key}={quote(str(value), safe=' /')}" for key, value in selectors.items()]
    return f"{path}#{'&'.join(pairs)}" if pairs else path


def is_annotation(reference: str) -> bool:
    """Return whether a reference names a file of annotations, and no mask."""
    return path_of(reference).lower().endswith((".json", ".csv"))


def path_of(reference: str) -> str:
    """Return the path of a reference alone."""
    return split_reference(reference)[0]
