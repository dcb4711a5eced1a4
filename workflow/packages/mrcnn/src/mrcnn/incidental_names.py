"""Names that Matterport's modules hold only because they import them, and that scripts reach for.

``from mrcnn.visualize import *`` gives ``plt`` and ``np`` there, ``mrcnn.model.K`` Keras's backend.
Here they are imported when they are first asked for, where their package is installed.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_OF_ALL = {"np": "numpy", "os": "os", "random": "random"}
_OF_MODEL = {
    **_OF_ALL,
    "K": "keras.backend",
    "KE": "keras",  # for KE.Layer
    "KL": "keras.layers",
    "KM": "keras.models",
    "OrderedDict": "collections:OrderedDict",
    "datetime": "datetime",
    "keras": "keras",
    "logging": "logging",
    "math": "math",
    "multiprocessing": "multiprocessing",
    "re": "re",
    "tf": "tensorflow",
    "utils": "mrcnn.utils",
}
_OF_UTILS = {
    **_OF_ALL,
    "logging": "logging",
    "math": "math",
    "scipy": "scipy",
    "shutil": "shutil",
    "skimage": "skimage",
    "sys": "sys",
    "tf": "tensorflow",
    "urllib": "urllib",
    "warnings": "warnings",
}
_OF_VISUALIZE = {
    **_OF_ALL,
    "IPython": "IPython",
    "Polygon": "matplotlib.patches:Polygon",
    "colorsys": "colorsys",
    "find_contours": "skimage.measure:find_contours",
    "itertools": "itertools",
    "lines": "matplotlib.lines",
    "patches": "matplotlib.patches",
    "plt": "matplotlib.pyplot",
    "sys": "sys",
    "utils": "mrcnn.utils",
}
# By module: what a name stands for, a module or "module:attribute".
NAMES = {
    "mrcnn.model": _OF_MODEL,
    "mrcnn.utils": _OF_UTILS,
    "mrcnn.visualize": _OF_VISUALIZE,
}


def installed(module: str) -> list[str]:
    """Return the names of a module whose packages are installed: what ``import *`` brings."""
    names = NAMES[module]
    return [name for name, target in names.items() if find_spec(_package(target))]


def getter(module: str) -> Callable[[str], Any]:
    """Return the function that a module has as ``__getattr__`` (PEP 562).

    It raises an AttributeError for other names, and for those whose package is not installed.
    """

    def get(name: str) -> Any:
        if name not in NAMES[module]:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        path, _, attribute = NAMES[module][name].partition(":")
        try:
            value = import_module(path)
        except ImportError as error:
            package = _package(path)
            raise AttributeError(f"{module}.{name} needs {package}: {error}") from error
        return getattr(value, attribute) if attribute else value

    return get


def _package(target: str) -> str:
    """Return the package that a name comes from; this takes no import."""
    return target.partition(":")[0].partition(".")[0]
