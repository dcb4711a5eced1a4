"""The audit: whether a paper's printed numbers can all be true.

A library of checks on a table of printed numbers. Which number is a count, a percentage of it, an
interval or a P value stands in a file of relations, so that another paper is audited with another
table and another file, and no other code. Needs no cohort and knows of no study.

What `PUBLIC` lists can be imported from here; it is loaded when it is first used, since pandas and
SciPy take a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from printed_numbers.engine import Audit, audit
    from printed_numbers.errors import PaperError
    from printed_numbers.page import render
    from printed_numbers.paper import Paper
    from printed_numbers.relations import read_paper

__version__ = "0.1.0"
# What can be imported from here, by the module that it is loaded from.
PUBLIC = {
    "engine": ("Audit", "audit"),
    "errors": ("PaperError",),
    "page": ("render",),
    "paper": ("Paper",),
    "relations": ("read_paper",),
}
_MODULE_OF = {name: module for module, names in PUBLIC.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
