"""What an image model starts from: random weights, or those of a file (A40)."""

from pathlib import Path

from smallmass.errors import UserError
from smallmass.files import sha256
from smallmass.settings import ImageModelSettings


def load_pretrained(model, image_model: ImageModelSettings) -> bool:
    """Load the pretrained backbone that the settings name, if they name one (A40).

    Raises:
        UserError: If the file is missing, is not the recorded one, or does not fit.
    """
    if image_model.weights is None:
        return False
    path = Path(image_model.weights)
    if not path.is_file():
        raise UserError(f"image_model.weights: there is no file {path}")
    if image_model.weights_sha256 is None:
        raise UserError(
            f"image_model.weights_sha256 is empty; the sha256 of {path} is {sha256(path)}. "
            "Write it into the config if this is the file that you mean"
        )
    if sha256(path) != image_model.weights_sha256:
        raise UserError(
            f"image_model.weights: {path} is not the recorded file (its sha256 is {sha256(path)}, "
            f"image_model.weights_sha256 is {image_model.weights_sha256})"
        )
    from mrcnn.weights import WeightError

    # A COCO model has 81 classes; everything that depends on their number stays untrained.
    heads = ["mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_bbox", "mrcnn_mask"]
    try:
        model.load_weights(path, exclude=heads)
    except WeightError as error:
        raise UserError(f"image_model.weights: {error}") from error
    return True
