"""Weight files over HTTP, from a server on the loopback address."""

import hashlib
import http.server
import threading
import time

import pytest

from mrcnn import download as module
from mrcnn import utils
from mrcnn.download import IMAGENET, DownloadError, Remote, download
from mrcnn.model import MaskRCNN

CONTENT = bytes(range(256)) * 9000
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing.h5":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/silent.h5":
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            time.sleep(60)
        elif self.path == "/cut.h5":
            self.wfile.write(CONTENT[:1000])
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *args):
        pass


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
        ("cut.h5", MD5, "1000 of 2304000 bytes came"),
    ],
)
def test_a_download_that_fails_leaves_nothing(address, tmp_path, name, md5, message):
    with pytest.raises(DownloadError, match=message):
        download(Remote(f"{address}/{name}", md5), tmp_path / "w.h5", verbose=0)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_falls_silent_is_left(address, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SILENCE_S", 0.3)
    started = time.monotonic()
    with pytest.raises(DownloadError, match=r"silent\.h5 could not be fetched"):
        download(Remote(f"{address}/silent.h5", MD5), tmp_path / "w.h5", verbose=0)
    assert time.monotonic() - started < 30 and list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(DownloadError, match="could not be fetched"):
        download(Remote("http://127.0.0.1:9/w.h5", MD5), tmp_path / "w.h5", verbose=0)


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

    for name, remote in IMAGENET.items():
        assert remote.md5 == resnet.WEIGHTS_HASHES[name][1]
        assert remote.url.startswith(resnet.BASE_WEIGHTS_PATH)
