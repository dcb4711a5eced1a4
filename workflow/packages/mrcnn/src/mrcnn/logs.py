"""What a training leaves behind: lines on the screen, and a folder of weights.

The folder is ``{name}{date}T{time}``, a file ``mask_rcnn_{name}_{epoch}.h5``, as Matterport's.
"""

import datetime
import errno
import re
from pathlib import Path

import numpy as np

WEIGHTS = re.compile(r"mask_rcnn_[\w-]+?_?(\d{4})\.h5")
FOLDER = re.compile(r"[\w-]+?(\d{8}T\d{4})")


def log(text: str, array: np.ndarray | None = None) -> None:
    """Print a text, and an array's shape, range and data type."""
    if array is not None:
        array = np.asarray(array)
        low, high = (f"{f():10.5f}" if array.size else " " * 10 for f in (array.min, array.max))
        text = f"{text:25}shape: {array.shape!s:20}  min: {low}  max: {high}  {array.dtype}"
    print(text)


def name_folder(model_dir: str | Path, name: str | None) -> Path:
    """Return the folder of a training that starts now; it is not made yet."""
    return Path(model_dir) / f"{_key(name)}{datetime.datetime.now():%Y%m%dT%H%M}"


def name_weights(folder: Path, name: str | None) -> str:
    """Return the path of a training's weights, with a place for ``epoch``."""
    return str(folder / f"mask_rcnn_{_key(name)}_{{epoch:04d}}.h5")


def find_earlier(
    path: str | Path, model_dir: str | Path, name: str | None
) -> tuple[Path, int] | None:
    """Return the folder and the epoch that a weight file of an earlier training stands for.

    As Matterport's library has it, the folder is named for this configuration but keeps the date
    of the file's own; None for files under other names.
    """
    path = Path(path)
    file, folder = WEIGHTS.fullmatch(path.name), FOLDER.fullmatch(path.parent.name)
    if not file or not folder:
        return None
    return Path(model_dir) / f"{_key(name)}{folder[1]}", int(file[1])


def find_last(model_dir: str | Path | None, name: str | None) -> str:
    """Return the weights of the last epoch of the newest training of this name.

    Raises:
        FileNotFoundError: If there are none (errno ENOENT).
    """
    if model_dir is None:
        raise FileNotFoundError(errno.ENOENT, "this model was made without a model_dir")
    folders = [
        path
        for path in sorted(Path(model_dir).glob(f"{_key(name)}*/"))
        if re.fullmatch(re.escape(_key(name)) + r"\d{8}T\d{4}", path.name)
    ]
    if not folders:
        message = f"no training of {_key(name)!r} in this folder"
        raise FileNotFoundError(errno.ENOENT, message, str(model_dir))
    # A training that died in its first epoch left an empty folder: the one before counts.
    for folder in reversed(folders):
        files = [path for path in sorted(folder.iterdir()) if WEIGHTS.fullmatch(path.name)]
        if files:
            return str(files[-1])
    message = "no weights (mask_rcnn_*.h5) in the folders of this training"
    raise FileNotFoundError(errno.ENOENT, message, str(folders[-1]))


def _key(name: str | None) -> str:
    """Return a configuration's name as it stands in file names."""
    if not name:
        raise ValueError("config.NAME is empty; a training's folder is called after it")
    return name.lower()
