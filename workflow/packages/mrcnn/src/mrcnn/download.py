"""Weight files from the internet: with progress, time limits, resumption and a hash."""

import contextlib
import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SILENCE_S = 30  # how long a server may say nothing
SLOWEST = 1000  # bytes a second that are still progress
TRIES = 3  # one after another that bring less than a block
PAUSE_S = 1.0  # before the first of them; each further one waits twice as long
BLOCK = 1 << 20
SHA256_DIGITS = 64


class DownloadError(OSError):
    """A file that could not be had, or is not the one that was meant."""


class Remote(NamedTuple):
    """A file and where it lies.

    Attributes:
        url: Its address.
        md5: The hash of its bytes; None: its publisher names the other.
        sha256: Another hash, which then counts alone: all 64 digits, or the first of them, where
            its publisher names no more.
    """

    url: str
    md5: str | None
    sha256: str | None = None

    @property
    def algorithm(self) -> str:
        """Which hash counts."""
        if not self.sha256:
            return "MD5"
        return "SHA-256" if len(self.sha256) == SHA256_DIGITS else "SHA-256's beginning"

    def hash_of(self, path: str | Path) -> tuple[str, str | None]:
        """Return the hash of a file and the one that it should have, as many digits of both."""
        with open(path, "rb") as file:
            if self.sha256:
                found = hashlib.file_digest(file, "sha256").hexdigest()
                return found[: len(self.sha256)], self.sha256
            # Not for security: it tells a broken or another file, as Keras's own check does.
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
            return digest.hexdigest(), self.md5

    def at(self, mirror: str | None) -> "Remote":
        """Return the same file at another address, ``mirror/NAME``; None: as it is."""
        if not mirror:
            return self
        return self._replace(url=f"{mirror.rstrip('/')}/{self.url.rsplit('/', 1)[-1]}")


# Matterport's release v2.0, which names no hash; its MD5 is the one that NVIDIA's TensorRT sample
# sampleUffMaskRCNN states.
COCO = Remote(
    "https://github.com/matterport/Mask_RCNN/releases/download/v2.0/mask_rcnn_coco.h5",
    "e98aaff6f99e307b5e2a8a3ff741a518",
)
# The files and hashes of keras.applications, and torchvision's Swin-T (IMAGENET1K_V1): the digits
# in its name are the first of its SHA-256, by which torch.hub checks it, too. They tell a broken
# file or another; a forged one could at worst be wrong, as nothing of it runs (`torch_files`).
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
    "swin_tiny": Remote(
        "https://download.pytorch.org/models/swin_t-704ceda3.pth", None, "704ceda3"
    ),
}


def download(
    remote: Remote,
    path: str | Path,
    verbose: int = 1,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Fetch a file, unless it is there already; either way its hash is checked.

    It is written to ``.NAME.part`` beside it and renamed once its hash is right. What an
    interrupted download left there is gone on with, where the server allows it. The proxies of the
    environment (``https_proxy``, ``no_proxy``) are used.

    Args:
        remote: What to fetch.
        path: Where to put it; its folder is made.
        verbose: 1: print how far it is.
        tell: Takes the lines in place of the screen.

    Raises:
        DownloadError: If the server cannot be reached or falls silent, or the bytes are others,
            fetched or already there.
    """
    path = Path(path)
    if path.is_file():
        verify(remote, path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with _alone_with(part, path) as file:
            if not path.is_file():
                _fetch(remote, file, path, verbose, tell)
                _close_on_windows(file)
                os.replace(part, path)
    except DownloadError:
        raise
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreachable(remote, path, error) from error
    verify(remote, path)


def verify(remote: Remote, path: str | Path) -> None:
    """Check that a file is the one that is meant.

    Raises:
        DownloadError: If its hash is another.
    """
    found, wanted = remote.hash_of(path)
    if found != wanted:
        raise DownloadError(
            f"{path} is not the recorded file (its {remote.algorithm} is {found}, recorded is "
            f"{wanted}); delete it, so that it is fetched from {remote.url}, or put the right one "
            "there"
        )


def reach(remote: Remote, path: str | Path) -> None:
    """Ask a server for a file without fetching it, so that what cannot be had is known early.

    Args:
        remote: What is to be fetched.
        path: Where it is to be put, for the message.

    Raises:
        DownloadError: If there is no answer, or it is a refusal.
    """
    try:
        with urllib.request.urlopen(remote.url, timeout=SILENCE_S):
            pass
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreachable(remote, path, error) from error


def _unreachable(remote: Remote, path: str | Path, error: Exception) -> DownloadError:
    return DownloadError(
        f"{remote.url} could not be fetched ({error}); fetch {Path(remote.url).name} by other "
        f"means and put it at {path}"
    )


@contextlib.contextmanager
def _alone_with(part: Path, path: Path) -> Iterator[BinaryIO]:
    """Open a part file that no other process writes; it is removed if nothing stands in it.

    It is renamed and removed before another process can lock it: one that waited looks whether the
    file that it has is still the part file, and else begins anew.
    """
    while True:
        with open(part, "ab") as file:
            _wait_for_others(file, path)
            if not _is_at(file, part):
                continue
            try:
                yield file
            finally:
                if part.is_file() and not part.stat().st_size:
                    _close_on_windows(file)
                    part.unlink()
            return


def _is_at(file: BinaryIO, part: Path) -> bool:
    """Return whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except FileNotFoundError:
        return False


def _wait_for_others(file: BinaryIO, path: Path) -> None:
    """Lock a part file, where the system can: two processes do not write one file."""
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another process fetches {path}: waiting for it", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        pass


def _close_on_windows(file: BinaryIO) -> None:
    """Close a file where one that is open cannot be renamed; elsewhere its lock is kept."""
    if fcntl is None:
        file.close()


def _fetch(remote: Remote, file: BinaryIO, path: Path, verbose: int, tell) -> None:
    """Fill a part file until its hash is the recorded one."""
    bar = _Bar(path.name, verbose, tell)
    found, wanted = remote.hash_of(file.name)
    earlier = _size(file) > 0
    while found != wanted:
        _complete(remote.url, file, bar)
        found, wanted = remote.hash_of(file.name)
        if found == wanted:
            return
        _empty(file)
        if not earlier:
            raise DownloadError(
                f"{remote.url} gave another file than the recorded one (its {remote.algorithm} is "
                f"{found}, recorded is {wanted}); nothing was kept"
            )
        earlier = False  # what an earlier run left was of another file: once more, from the start


def _complete(url: str, file: BinaryIO, bar: "_Bar") -> None:
    """Append what is missing of a file; after a break go on, as long as there is progress."""
    tries = 0
    while True:
        before = _size(file)
        try:
            _append(url, file, bar)
            return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and before:
                _empty(file)  # longer than the file: of another one
                continue
            if error.code < 500:
                raise
            problem: Exception = error
        except urllib.error.URLError:
            raise  # nobody answers: a second try will not help
        except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
            problem = error
        tries = 0 if _size(file) - before >= BLOCK else tries + 1
        if tries >= TRIES:
            raise ConnectionError(str(problem)) from problem
        bar.line(f"{bar.name}: {problem}; going on at {_size(file) / 1e6:.0f} MB")
        time.sleep(PAUSE_S * 2**tries)


def _append(url: str, file: BinaryIO, bar: "_Bar") -> None:
    """Append the rest of a file, or all of it where the server does not give parts."""
    start = _size(file)
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    with urllib.request.urlopen(request, timeout=SILENCE_S) as answer:
        given = answer.headers.get("Content-Range", "")
        if start and not (answer.status == 206 and given.startswith(f"bytes {start}-")):
            _empty(file)
            start = 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length else 0
        bar.begin(start, total)
        size, seen, since = start, start, time.monotonic()
        while block := answer.read1(BLOCK):
            file.write(block)
            file.flush()
            size += len(block)
            bar.update(size)
            if time.monotonic() - since > SILENCE_S:
                if size - seen < SLOWEST * SILENCE_S:
                    raise TimeoutError(f"less than {SLOWEST} bytes a second")
                seen, since = size, time.monotonic()
    if total and size != total:
        raise ConnectionError(f"{size} of {total} bytes came")
    bar.end(size)


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _empty(file: BinaryIO) -> None:
    """Throw away what a part file holds; it stays the same file, for whoever waits for it."""
    file.flush()
    file.truncate(0)


class _Bar:
    """Tells how far a download is: a line that is written over, or one now and then."""

    def __init__(self, name: str, verbose: int, tell: Callable[[str], None] | None):
        self.name, self.verbose, self.tell = name, verbose, tell
        self.on_screen = not tell and (sys.stdout.isatty() or "ipykernel" in sys.modules)
        self.told = time.monotonic()
        self.total = 0

    def begin(self, start: int, total: int) -> None:
        """Say what is fetched, and from where on."""
        self.total = total
        size = f", {total / 1e6:.0f} MB" if total else ""
        rest = f", from {start / 1e6:.0f} MB on" if start else ""
        self.line(f"Downloading {self.name}{size}{rest}")

    def update(self, size: int) -> None:
        """Say how many bytes have come, twice a second on a screen, else every ten seconds."""
        if not self.verbose or time.monotonic() - self.told < (0.5 if self.on_screen else 10):
            return
        self.told = time.monotonic()
        share = f" of {self.total / 1e6:.0f} MB, {size / self.total:.0%}" if self.total else " MB"
        if self.on_screen:
            print(f"\r{size / 1e6:.0f}{share}", end=" ", flush=True)
        else:
            self.line(f"{self.name}: {size / 1e6:.0f}{share}")

    def end(self, size: int) -> None:
        """Say that all is there."""
        self.line(("\r" if self.on_screen else "") + f"{self.name}: {size / 1e6:.0f} MB")

    def line(self, text: str) -> None:
        """Say something on a line of its own."""
        if self.tell:
            self.tell(text)
        elif self.verbose:
            print(text, flush=True)
