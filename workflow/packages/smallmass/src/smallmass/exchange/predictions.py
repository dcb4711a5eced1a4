"""Predictions of other models in one folder: a subfolder of masks or a COCO results file each."""

from pathlib import Path

from smallmass.errors import UserError
from smallmass.exchange.masks import ENDINGS, read_masks
from smallmass.exchange.read import Predicted
from smallmass.exchange.results import read_results

MOST_TOLD = 20


def sources(folder: str | Path) -> list[Path]:
    """Return the predictions in a folder, by name.

    Raises:
        UserError: If there is no such folder, or nothing in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"predictions: there is no folder {folder}")
    found = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".json" or (path.is_dir() and not path.name.startswith("."))
    )
    if not found:
        raise UserError(
            f"predictions: {folder} holds neither a subfolder of masks nor a COCO results file "
            "(.json); each is one model's predictions, named by it"
        )
    return found


def files(folder: str | Path) -> list[Path]:
    """Return every file that is read, so that a change of one re-reads them.

    Raises:
        UserError: See `sources`.
    """
    kinds = (*ENDINGS, ".npz")
    listed = []
    for source in sources(folder):
        inside = sorted(source.iterdir()) if source.is_dir() else [source]
        listed += [path for path in inside if path.suffix.lower() in (*kinds, ".json")]
    return listed


def read_predictions(source: Path, shapes: dict[str, tuple[int, int]]) -> dict[str, Predicted]:
    """Return what a model predicts, by case; a case that it did not read is not in it.

    Args:
        source: One of `sources`.
        shapes: The (height, width), px, of every image of the cohort, by case.

    Raises:
        UserError: With everything that is wrong with it.
    """
    found, problems = (
        read_masks(source, shapes) if source.is_dir() else read_results(source, shapes)
    )
    if not problems and not found:
        problems = [f"{source} holds no mask ({', '.join(ENDINGS)}) named by a case"]
    if problems:
        rest = len(problems) - MOST_TOLD
        raise UserError([*problems[:MOST_TOLD], *([f"and {rest} more"] if rest > 0 else [])])
    return found
