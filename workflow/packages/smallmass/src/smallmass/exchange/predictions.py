"""Other models' predictions in one folder, each a subfolder of masks, a results file or a table."""

from collections.abc import Callable
from pathlib import Path

from smallmass.errors import UserError
from smallmass.exchange.masks import ENDINGS, read_masks
from smallmass.exchange.read import Predicted
from smallmass.exchange.results import read_results
from smallmass.exchange.score_tables import read_scores
from smallmass.folders import folder_problem

MOST_TOLD = 20
Reader = Callable[[Path, dict[str, tuple[int, int]]], tuple[dict[str, Predicted], list[str]]]
FILES: dict[str, Reader] = {".json": read_results, ".csv": read_scores}
"""From a file's ending to what reads it; a folder is one of masks."""
REGIONS_ALONE = ".json"
"""A file of this ending lists regions, so that it does not tell a case without from one unread."""


def sources(folder: str | Path) -> list[Path]:
    """Return the predictions in a folder, by name.

    Raises:
        UserError: If there is no such folder, or nothing in it.
    """
    folder = Path(folder)
    if wrong := folder_problem(folder):
        raise UserError(f"predictions: {wrong}")
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in FILES or (path.is_dir() and not path.name.startswith("."))
    )
    if any(path.suffix.lower() in ENDINGS for path in folder.iterdir()):
        raise UserError(
            f"predictions: {folder} holds masks itself; give each model a subfolder of its name "
            "with its masks, and name the folder above"
        )
    if not found:
        raise UserError(
            f"predictions: {folder} holds no subfolder of masks, COCO results file (.json) or "
            "table of scores (.csv); each is one model's predictions, named by it"
        )
    names = [model_name(path) for path in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"predictions: {folder} has several of the name {', '.join(twice)}; a model is named "
            "by its subfolder or file, without the ending"
        )
    return found


def model_name(source: Path) -> str:
    """Return what a model is called: its subfolder's name, its file's without the ending."""
    return source.name if source.is_dir() else source.stem


def files(folder: str | Path) -> list[Path]:
    """Return every file that is read, so that a change of one re-reads them.

    Raises:
        UserError: See `sources`.
    """
    kinds = (*ENDINGS, ".npz")
    listed = []
    for source in sources(folder):
        inside = sorted(source.iterdir()) if source.is_dir() else [source]
        listed += [path for path in inside if path.suffix.lower() in (*kinds, *FILES)]
    return listed


def read_predictions(source: Path, shapes: dict[str, tuple[int, int]]) -> dict[str, Predicted]:
    """Return what a model predicts, by case; a case that it did not read is not in it.

    Args:
        source: One of `sources`.
        shapes: The (height, width), px, of every image of the cohort, by case.

    Raises:
        UserError: With everything that is wrong with it.
    """
    reader = read_masks if source.is_dir() else FILES[source.suffix.lower()]
    found, problems = reader(source, shapes)
    if not problems and not found:
        problems = [f"{source} holds no mask ({', '.join(ENDINGS)}) named by a case"]
    if problems:
        rest = len(problems) - MOST_TOLD
        raise UserError([*problems[:MOST_TOLD], *([f"and {rest} more"] if rest > 0 else [])])
    return found
