"""What the image model starts from, as the rules fetch, make and refuse it."""

import hashlib
import http.server
import threading

import pytest

CONTENT = b"weights" * 9000
NAME = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
FILE = f"models/pretrained/{NAME}"


@pytest.fixture
def mirror(tmp_path):
    """The address of a server that has the file, and no other."""
    (tmp_path / NAME).write_bytes(CONTENT)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=tmp_path)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.slow
def test_published_weights_are_fetched_once_and_refused_where_they_are_others(
    working_copy, snakemake, mirror
):
    """The file of the loopback server stands in for the published one, by the hash it must have."""
    folder = working_copy("fetched")
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    start = f"backbone: resnet50, weights: imagenet, weights_sha256: {sha256}"
    study = ("study=tiny", f"override={{image_model: {{{start}}}}}")
    nowhere = ("mirror=http://127.0.0.1:9", *study)

    refused = snakemake(folder, "--cores", "2", "--config", *nowhere)
    assert refused.returncode == 1
    for part in (f"http://127.0.0.1:9/{NAME}", "could not be fetched", f"put it at {FILE}"):
        assert part in refused.stdout
    assert not (folder / "results/tiny").exists()  # no job had begun

    run = snakemake(folder, FILE, "--cores", "2", "--config", f"mirror={mirror}", *study)
    assert run.returncode == 0, run.stdout[-4000:]
    assert (folder / FILE).read_bytes() == CONTENT
    assert f"Downloading {NAME}" in run.stdout

    again = snakemake(folder, FILE, "-n", "--cores", "2", "--config", *nowhere)
    assert "Nothing to be done" in again.stdout, again.stdout[-4000:]

    (folder / FILE).write_bytes(b"of another")
    wrong = snakemake(folder, "-n", "--cores", "2", "--config", f"mirror={mirror}", *study)
    assert wrong.returncode == 1 and sha256 in wrong.stdout
    assert f"{FILE} is not the recorded file" in wrong.stdout


def test_settings_and_files_of_a_start_are_told_at_once(working_copy, snakemake):
    """Which role lacks cases, that the set is not here, and that the start was never trained."""
    folder = working_copy("at_once")
    wrong = "override={image_model: {weights: 'study:busi'}, cohort: {sources: {busbra: training}}}"
    run = snakemake(folder, "-n", "--config", "study=busbra", "datasets=nowhere", wrong)
    assert run.returncode == 1 and "4 problems:" in run.stdout, run.stdout[-4000:]
    for part in (
        "no source has validation cases",
        "no source has test cases",
        "there is no folder nowhere",
        "the study busi was never trained here",
    ):
        assert part in run.stdout
