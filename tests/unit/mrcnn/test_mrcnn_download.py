"""Weight files over HTTP, from a server on the loopback address."""

import hashlib
import http.server
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from unittest import mock

import pytest

from mrcnn import download as module
from mrcnn import utils
from mrcnn.download import IMAGENET, DownloadError, Remote, download, reach
from mrcnn.model import MaskRCNN

CONTENT = bytes(range(256)) * 9000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


REQUESTS: list[tuple[str, str | None]] = []  # path and range of each
CUT = 1_100_000


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.headers.get("Range")
        REQUESTS.append((self.path, given))
        if self.path == "/missing.h5":
            self.send_error(404)
        elif self.path == "/busy.h5" and len(REQUESTS) < 3:
            self.send_error(503)
        else:
            start = int(given[6:-1]) if given and self.path != "/no_parts.h5" else 0
            if start >= len(CONTENT):
                self.send_error(416)
            else:
                self.answer(start)

    def answer(self, start: int):
        rest = CONTENT[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.path == "/silent.h5":
            self.wfile.write(rest[:1000])
            self.wfile.flush()
            time.sleep(60)
        elif self.path == "/dripping.h5":
            for _ in range(600):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        elif self.path == "/cut.h5":
            self.wfile.write(rest[:CUT])
        elif self.path == "/broken.h5":
            self.wfile.write(rest[: CUT if not start else 0])
        else:
            self.wfile.write(rest)

    def log_message(self, *args):
        pass


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between tries, and nobody asked yet."""
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    REQUESTS.clear()


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_file_is_fetched_once_and_told_of(address, tmp_path, capsys):
    path = tmp_path / "folder" / "weights.h5"
    download(Remote(f"{address}/weights.h5", MD5), path)
    assert path.read_bytes() == CONTENT
    assert capsys.readouterr().out == "Downloading weights.h5, 2 MB\nweights.h5: 2 MB\n"
    download(Remote("http://127.0.0.1:9/unreachable", MD5), path)
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_printed_with_verbose_0(address, tmp_path, capsys):
    download(Remote(f"{address}/weights.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "name, md5, message",
    [
        ("weights.h5", "0" * 32, f"another file than the recorded one .its MD5 is {MD5}"),
        ("missing.h5", MD5, "could not be fetched .*404.* put it at .*w.h5"),
    ],
)
def test_another_file_and_none_leave_nothing(address, tmp_path, name, md5, message):
    with pytest.raises(DownloadError, match=message):
        download(Remote(f"{address}/{name}", md5), tmp_path / "w.h5", verbose=0)
    assert list(tmp_path.iterdir()) == [] and len(REQUESTS) == 1


def test_a_download_that_is_cut_off_is_gone_on_with(address, tmp_path):
    """Two breaks: three requests, each for what was missing."""
    download(Remote(f"{address}/cut.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert (tmp_path / "w.h5").read_bytes() == CONTENT
    assert [part for _, part in REQUESTS] == [None, f"bytes={CUT}-", f"bytes={2 * CUT}-"]


def test_what_an_earlier_run_left_is_gone_on_with(address, tmp_path):
    with pytest.raises(DownloadError, match=f"{CUT} of {len(CONTENT)} bytes came"):
        download(Remote(f"{address}/broken.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert (tmp_path / ".w.h5.part").stat().st_size == CUT
    REQUESTS.clear()
    download(Remote(f"{address}/weights.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert [("/weights.h5", f"bytes={CUT}-")] == REQUESTS
    assert list(tmp_path.iterdir()) == [tmp_path / "w.h5"]


@pytest.mark.parametrize(
    "left", [b"of another file" * 9, CONTENT + b"longer", CONTENT], ids=["other", "longer", "whole"]
)
def test_what_was_left_of_another_file_is_thrown_away(address, tmp_path, left):
    (tmp_path / ".w.h5.part").write_bytes(left)
    download(Remote(f"{address}/weights.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert (tmp_path / "w.h5").read_bytes() == CONTENT
    assert len(REQUESTS) == (0 if left == CONTENT else 2)


def test_a_server_without_parts_sends_all_of_it(address, tmp_path):
    (tmp_path / ".w.h5.part").write_bytes(CONTENT[:5000])
    download(Remote(f"{address}/no_parts.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert (tmp_path / "w.h5").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(address, tmp_path):
    download(Remote(f"{address}/busy.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert len(REQUESTS) == 3


@pytest.mark.parametrize("name", ["silent.h5", "dripping.h5"])
def test_a_server_that_falls_silent_or_drips_is_left(address, tmp_path, monkeypatch, name):
    monkeypatch.setattr(module, "SILENCE_S", 0.3)
    monkeypatch.setattr(module, "TRIES", 1)
    started = time.monotonic()
    with pytest.raises(DownloadError, match=rf"{name} could not be fetched"):
        download(Remote(f"{address}/{name}", MD5), tmp_path / "w.h5", verbose=0)
    assert time.monotonic() - started < 30 and not (tmp_path / "w.h5").exists()


def test_a_file_that_is_there_is_checked(tmp_path):
    path = tmp_path / "w.h5"
    path.write_bytes(CONTENT)
    nowhere = Remote("http://127.0.0.1:9/w.h5", MD5)
    download(nowhere, path)
    download(nowhere._replace(md5="0" * 32, sha256=hashlib.sha256(CONTENT).hexdigest()), path)
    for other in (nowhere._replace(md5="0" * 32), nowhere._replace(sha256="0" * 64)):
        with pytest.raises(DownloadError, match=r"is not the recorded file .*delete it"):
            download(other, path)
    assert path.read_bytes() == CONTENT


def test_two_processes_fetch_one_file_once(address, tmp_path):
    """The second waits for the first."""
    remote = Remote(f"{address}/weights.h5", MD5)
    code = f"from mrcnn.download import *; download({remote!r}, {str(tmp_path / 'w.h5')!r})"
    runs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert list(tmp_path.iterdir()) == [tmp_path / "w.h5"] and len(REQUESTS) == 1


@pytest.mark.parametrize("first", ["is done", "fails"])
def test_who_waited_finds_the_file_or_fetches_it(address, tmp_path, first):
    """The part file of the first is renamed or removed while the second waits for it."""
    fcntl = pytest.importorskip("fcntl")
    part, path = tmp_path / ".w.h5.part", tmp_path / "w.h5"
    told = threading.Event()
    second = threading.Thread(
        target=download, args=(Remote(f"{address}/weights.h5", MD5), path, 0), daemon=True
    )
    with open(part, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with mock.patch.object(module, "print", lambda *_, **__: told.set(), create=True):
            second.start()
            assert told.wait(30)
        if first == "is done":
            file.write(CONTENT)
            file.flush()
            os.replace(part, path)
        else:
            part.unlink()
    second.join(30)
    assert not second.is_alive() and list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == CONTENT and len(REQUESTS) == (0 if first == "is done" else 1)


def test_a_mirror_has_files_under_their_own_names(address, tmp_path):
    far = Remote("https://far.invalid/release/weights.h5", MD5)
    assert far.at(None) == far
    download(far.at(f"{address}/"), tmp_path / "w.h5", verbose=0)
    assert REQUESTS == [("/weights.h5", None)]
    (tmp_path / "weights.h5").write_bytes(CONTENT)
    download(far.at(tmp_path.as_uri()), tmp_path / "copy.h5", verbose=0)
    assert (tmp_path / "copy.h5").read_bytes() == CONTENT


def test_the_proxy_of_the_environment_is_asked(address, tmp_path, monkeypatch):
    """A proxy is sent the whole address."""
    monkeypatch.setenv("http_proxy", address)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)
    download(Remote("http://far.invalid/weights.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert REQUESTS == [("http://far.invalid/weights.h5", None)]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/w.h5", "http://no.invalid/w.h5", "nonsense"])
def test_nobody_there_is_told_with_address_file_and_place(tmp_path, url):
    for ask in (reach, lambda *told: download(*told, verbose=0)):
        with pytest.raises(DownloadError, match=r"could not be fetched.*put it at .*w\.h5"):
            ask(Remote(url, MD5), tmp_path / "w.h5")
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_had_is_reached_and_what_not_is_told(address, tmp_path):
    reach(Remote(f"{address}/weights.h5", MD5), tmp_path / "w.h5")
    with pytest.raises(DownloadError, match="404"):
        reach(Remote(f"{address}/missing.h5", MD5), tmp_path / "w.h5")


def test_lines_go_where_the_caller_says(address, tmp_path, capsys):
    lines: list[str] = []
    download(Remote(f"{address}/cut.h5", MD5), tmp_path / "w.h5", tell=lines.append)
    assert lines[0] == "Downloading w.h5, 2 MB" and lines[-1] == "w.h5: 2 MB"
    assert "w.h5: 1100000 of 2304000 bytes came; going on at 1 MB" in lines
    assert "Downloading w.h5, 2 MB, from 1 MB on" in lines and capsys.readouterr().out == ""


def test_the_first_cell_of_nearly_every_tutorial(address, tmp_path, monkeypatch):
    assert utils.COCO_MODEL_URL.endswith("/releases/download/v2.0/mask_rcnn_coco.h5")
    monkeypatch.setattr(utils, "COCO", Remote(f"{address}/mask_rcnn_coco.h5", MD5))
    utils.download_trained_weights(str(tmp_path / "mask_rcnn_coco.h5"))
    assert (tmp_path / "mask_rcnn_coco.h5").read_bytes() == CONTENT


def test_imagenet_weights_go_to_kerass_cache(address, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setitem(IMAGENET, "resnet50", Remote(f"{address}/notop.h5", MD5))
    model = MaskRCNN.__new__(MaskRCNN)
    model.config = type("C", (), {"BACKBONE": "resnet50"})
    path = model.get_imagenet_weights()
    assert path == str(tmp_path / "models" / "notop.h5")
    model.config.BACKBONE = "resnet18"
    with pytest.raises(ValueError, match="no ImageNet weights for backbone 'resnet18'"):
        model.get_imagenet_weights()


def test_hashes_are_those_of_keras_applications():
    """Keras's own table is the oracle."""
    from keras.src.applications import resnet

    residual = {name: remote for name, remote in IMAGENET.items() if name.startswith("resnet")}
    assert len(residual) == 2
    for name, remote in residual.items():
        assert remote.md5 == resnet.WEIGHTS_HASHES[name][1]
        assert remote.url.startswith(resnet.BASE_WEIGHTS_PATH)


def test_a_hash_of_which_the_name_holds_the_beginning(address, tmp_path, monkeypatch):
    """As torchvision's files have it; torch.hub's own pattern finds it there."""
    (digits,) = re.findall(r"-([a-f0-9]*)\.", Path(IMAGENET["swin_tiny"].url).name)
    assert IMAGENET["swin_tiny"].sha256 == digits and IMAGENET["swin_tiny"].md5 is None
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    right = hashlib.sha256(CONTENT).hexdigest()[:8]
    url = f"{address}/swin_t-{right}.pth"
    monkeypatch.setitem(IMAGENET, "swin_tiny", Remote(url, None, right))
    model = MaskRCNN.__new__(MaskRCNN)
    model.config = type("C", (), {"BACKBONE": "swin_tiny"})
    path = Path(model.get_imagenet_weights())
    assert path == tmp_path / f"models/swin_t-{right}.pth" and path.read_bytes() == CONTENT
    told = f"its SHA-256's beginning is {right}, recorded is 704ceda3"
    with pytest.raises(DownloadError, match=told):
        download(Remote(url, None, "704ceda3"), tmp_path / "w.pth", verbose=0)
    assert not (tmp_path / "w.pth").exists()
    with pytest.raises(DownloadError, match=told):
        download(Remote(url, None, "704ceda3"), path)
