"""A network filled with the weights of its start, which are verified first."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallmass.errors import UserError
from smallmass.files import read_json, sha256
from smallmass.settings import ImageModelSettings
from smallmass.start import published
from smallmass.start.form import COLOUR, Form, form_of
from smallmass.start.taught import Taught, read

# What depends on the number of classes, of which COCO has 81: it stays untrained.
HEADS = ["mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_bbox", "mrcnn_mask"]


@dataclass(frozen=True)
class Opened:
    """A verified start.

    Attributes:
        weights: The file.
        record: What ``model.json`` says of the start.
        form: Channels, mean pixel and normalisation.
        taught: Which images taught it; None: photographs, or nobody knows.
        whole: Whether every tensor is taken over, heads included.
    """

    weights: Path
    record: dict[str, Any]
    form: Form
    taught: Taught | None
    whole: bool


def open_start(
    start: Mapping[str, Any], files: Mapping[str, str | None], settings: ImageModelSettings
) -> Opened:
    """Verify a start's file and return what it prescribes.

    Args:
        start: ``name`` and ``kind``.
        files: Paths ``weights`` and ``description``, the ``model.json`` beside it or None.
        settings: ``weights``, ``backbone`` and ``weights_sha256``, for weights without such a
            description.

    Raises:
        UserError: If the file is missing or is not the recorded one.
    """
    path = Path(files["weights"] or "")
    if not path.is_file():
        raise UserError(f"image_model.weights: there is no file {path}")
    description = read_json(files["description"]) if files["description"] else None
    found = sha256(path)
    recorded = description["weights_sha256"] if description else settings.weights_sha256
    remote = published.remote(settings, None)
    if remote and (wrong := published.problems(remote, path)):
        raise UserError(wrong)
    if not remote and found != recorded:
        raise UserError(
            f"image_model.weights: {path} is not the recorded file (its sha256 is {found}, "
            f"recorded is {recorded})"
        )
    record = {"name": start["name"], "kind": start["kind"], "sha256": found}
    if description is None:
        return Opened(path, record, COLOUR, None, False)
    form = form_of(description)
    record |= {
        "fit": description["fit"],
        "seed": description["seed"],
        "form": form.plain(),
        "start": description.get("start"),
    }
    return Opened(path, record, form, read(path), True)


def fill(model, start: Opened) -> None:
    """Load a start's weights into a network.

    Args:
        model: A `mrcnn.model.MaskRCNN` of the start's form.
        start: Of `open_start`.

    Raises:
        UserError: If a tensor has another shape.
    """
    from mrcnn.weights import WeightError

    try:
        if start.whole:
            model.load_weights(start.weights)
        else:
            model.load_weights(start.weights, exclude=HEADS)
    except WeightError as error:
        raise UserError(f"image_model.weights: {error}") from error
