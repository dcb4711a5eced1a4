"""Weight files from the internet: with progress, a time limit for silence, and a hash."""

import hashlib
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

SILENCE_S = 30  # how long a server may say nothing
BLOCK = 1 << 20


class DownloadError(OSError):
    """A file that could not be had, or is not the one that was meant."""


class Remote(NamedTuple):
    """A file and where it lies.

    Attributes:
        url: Its address.
        md5: The hash of its bytes.
    """

    url: str
    md5: str


# Matterport's release v2.0; its MD5 as benchmarks that use the file have published it.
COCO = Remote(
    "https://github.com/matterport/Mask_RCNN/releases/download/v2.0/mask_rcnn_coco.h5",
    "e98aaff6f99e307b5e2a8a3ff741a518",
)
# The files and hashes of keras.applications.
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
IMAGENET = {
    "resnet50": Remote(
        f"{_KERAS}resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "4d473c1dd8becc155b73f8504c6f6626",
    ),
    "resnet101": Remote(
        f"{_KERAS}resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "88cf7a10940856eca736dc7b7e228a21",
    ),
}


def download(remote: Remote, path: str | Path, verbose: int = 1) -> None:
    """Fetch a file, unless it is there already.

    It is written under a temporary name and renamed once its hash is right: an interrupted
    download leaves nothing that could be taken for the file.

    Args:
        remote: What to fetch.
        path: Where to put it; its folder is made.
        verbose: 1: print how far it is.

    Raises:
        DownloadError: If the server cannot be reached or falls silent, or the bytes are others.
    """
    path = Path(path)
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        md5 = _fetch(remote.url, temporary, verbose)
        if md5 != remote.md5:
            raise DownloadError(
                f"{remote.url} gave another file than the recorded one (its MD5 is {md5}, recorded "
                f"is {remote.md5}); nothing was kept"
            )
        os.replace(temporary, path)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise DownloadError(
            f"{remote.url} could not be fetched ({error}); fetch it by other means and put it at "
            f"{path}"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _fetch(url: str, path: Path, verbose: int) -> str:
    """Write what an address gives to ``path``; return its MD5."""
    digest, size = hashlib.md5(usedforsecurity=False), 0
    with urllib.request.urlopen(url, timeout=SILENCE_S) as answer, open(path, "wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        bar = _Bar(Path(url).name, total, verbose)
        while block := answer.read(BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
            bar.update(size)
        bar.end(size)
    if total and size != total:
        raise ConnectionError(f"{size} of {total} bytes came")
    return digest.hexdigest()


class _Bar:
    """Prints how far a download is: a line that is written over, or only the last one."""

    def __init__(self, name: str, total: int, verbose: int):
        self.name, self.total, self.verbose = name, total, verbose
        self.on_screen = sys.stdout.isatty() or "ipykernel" in sys.modules
        self.told = time.monotonic()
        if verbose:
            print(f"Downloading {name}" + (f", {total / 1e6:.0f} MB" if total else ""), flush=True)

    def update(self, size: int) -> None:
        """Say how many bytes have come, at most twice a second."""
        if self.verbose and self.on_screen and time.monotonic() - self.told > 0.5:
            self.told = time.monotonic()
            share = (
                f" of {self.total / 1e6:.0f} MB, {size / self.total:.0%}" if self.total else " MB"
            )
            print(f"\r{size / 1e6:.0f}{share}", end=" ", flush=True)

    def end(self, size: int) -> None:
        """Say that all is there."""
        if self.verbose:
            print(
                ("\r" if self.on_screen else "") + f"{self.name}: {size / 1e6:.0f} MB", flush=True
            )
