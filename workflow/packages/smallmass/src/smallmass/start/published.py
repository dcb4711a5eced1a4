"""Published weights: ImageNet's of keras.applications and torchvision, COCO's of Matterport."""

from pathlib import Path

from mrcnn.download import COCO, IMAGENET, DownloadError, Remote, verify
from smallmass.settings import ImageModelSettings
from smallmass.start.kinds import Kind, kind_of

FOLDER = "pretrained"
"""Where they lie, below the folder of models."""


def remote(image_model: ImageModelSettings, mirror: str | None) -> Remote | None:
    """Return the published file that a study starts from, and where it lies; None: it needs none.

    Args:
        image_model: ``weights``, ``backbone`` and ``weights_sha256``, which counts in place of the
            published hash.
        mirror: The address below which the files lie under their own names; None: the publishers'.
    """
    if not image_model.weights:
        return None
    kind = kind_of(image_model.weights)
    if kind not in (Kind.IMAGENET, Kind.COCO):
        return None
    published = COCO if kind is Kind.COCO else IMAGENET[image_model.backbone]
    sha256 = image_model.weights_sha256 or published.sha256
    return published._replace(sha256=sha256).at(mirror)


def name_of(remote: Remote) -> str:
    """Return the name of a published file."""
    return remote.url.rsplit("/", 1)[-1]


def problems(remote: Remote, path: Path) -> list[str]:
    """Return what is wrong with a published file that somebody put there.

    Args:
        remote: Of `remote`.
        path: Where it is to lie; one that is not there is fetched.
    """
    try:
        if path.is_file():
            verify(remote, path)
    except DownloadError as error:
        return [f"image_model.weights: {error}"]
    return []
