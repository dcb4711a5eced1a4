"""Where a start lies, and what is told of one that cannot be used before anything runs."""

import re
import string

import h5py
import numpy as np
import pytest
import yaml

from smallmass.errors import UserError
from smallmass.files import read_json, sha256, write_json
from smallmass.image_model.configuration import make_config
from smallmass.settings.resolve import resolve
from smallmass.start.finding import check, described, find_start
from smallmass.start.fitting import expected
from smallmass.start.form import COLOUR, GREY, form_of
from smallmass.start.kinds import in_words
from study_settings import CONFIG, study_settings

RESNET18 = study_settings(study="tiny").image_model


@pytest.fixture
def config() -> dict:
    return yaml.safe_load(CONFIG.read_text(encoding="utf-8")) | {"study": "busbra"}


def starting(weights: str | None, **changes):
    return RESNET18.changed({"weights": weights, **changes})


def write_weights(path, backbone="resnet18", channels=1, blocks=2):
    """Write a file in Matterport's layout with the tensors that are looked at."""
    tensors = expected(backbone, channels) | {
        f"res4{letter}_branch2a": (3, 3, 256, 256) for letter in string.ascii_lowercase[:blocks]
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, shape in tensors.items():
            file[f"{name}/{name}/kernel:0"] = np.zeros(shape, "f2")


def write_model(folder, form=GREY, **changes):
    """Write a model as a study leaves it."""
    path = folder / "image_model/seed0/full/weights.h5"
    write_weights(path, channels=form.channels, **changes)
    configuration = make_config(RESNET18, form).to_dict()
    record = {"configuration": configuration, "fit": "full", "weights_sha256": sha256(path)}
    write_json(path.with_name("model.json"), record | {"taught": {}})
    return path


@pytest.mark.parametrize(
    ("weights", "backbone", "expected"),
    [
        ("imagnet", "resnet50", "did you mean imagenet?"),
        ("coco", "resnet50", "coco weights of resnet101 alone"),
        ("imagenet", "resnet18", "imagenet weights of resnet50, resnet101, swin_tiny alone"),
        ("imagenet", "swin_nano", "imagenet weights of resnet50, resnet101, swin_tiny alone"),
        ("study:", "resnet18", "write study:NAME"),
        ("own.h5", "resnet18", "weights_sha256: missing"),
    ],
)
def test_what_the_settings_alone_forbid(config, weights, backbone, expected):
    image_model = {"weights": weights, "backbone": backbone}
    with pytest.raises(UserError, match=re.escape(expected)):
        resolve(config | {"override": {"image_model": image_model}})


def test_the_hash_of_a_study_is_recorded_beside_it(config):
    image_model = {"weights": "phantoms", "weights_sha256": "a" * 64}
    with pytest.raises(UserError, match="Leave it out"):
        resolve(config | {"override": {"image_model": image_model}})


@pytest.mark.parametrize(
    ("weights", "backbone", "name"),
    [
        ("imagenet", "resnet101", "resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5"),
        ("imagenet", "swin_tiny", "swin_t-704ceda3.pth"),
        ("coco", "resnet101", "mask_rcnn_coco.h5"),
    ],
)
def test_published_weights_are_fetched_unless_they_are_there(
    tmp_path, config, weights, backbone, name
):
    start, problems = found(tmp_path, config, weights, backbone=backbone)
    path = tmp_path / "models/pretrained" / name
    assert not problems and start.weights == path and start.remote.url.endswith(f"/{name}")
    write_weights(path, backbone, channels=3, blocks=23)  # put there by hand
    (text,) = found(tmp_path, config, weights, backbone=backbone)[1]
    assert f"{path} is not the recorded file" in text
    assert (start.remote.md5 or start.remote.sha256) in text
    own = {"backbone": backbone, "weights_sha256": sha256(path)}
    assert not found(tmp_path, config, weights, **own)[1]


def test_a_file_put_in_place_of_published_weights_has_to_fit(tmp_path, config):
    """With a hash of one's own it may be of any architecture."""
    path = tmp_path / "models/pretrained/mask_rcnn_coco.h5"
    write_weights(path, "resnet50", channels=1, blocks=6)
    own = {"backbone": "resnet101", "weights_sha256": sha256(path)}
    (text,) = found(tmp_path, config, "coco", **own)[1]
    assert "conv1 is (7, 7, 1, 64) there and (7, 7, 3, 64) here" in text
    assert "stage 4 has 6 blocks there and 23 here" in text


def found(tmp_path, config, weights, study="busbra", **changes):
    """Return the start and what is wrong with it."""
    image_model = starting(weights, **changes)
    start = find_start(
        image_model,
        study=study,
        config=config,
        results=tmp_path / "results",
        models=tmp_path / "models",
    )
    return start, check(start, image_model, config["studies"])


def test_nothing_is_the_start_of_random_weights(tmp_path, config):
    folders = {"results": tmp_path, "models": tmp_path}
    assert find_start(starting(None), study="busbra", config=config, **folders) is None


def test_a_study_of_phantoms_is_made_and_phantoms_is_short_for_one(tmp_path, config):
    for weights in ("phantoms", "study:phantoms"):
        start, problems = found(tmp_path, config, weights)
        assert not problems and start.made == "phantoms"
        assert start.weights == tmp_path / "results/phantoms/image_model/seed0/full/weights.h5"
        assert described(start) == {"name": weights, "kind": "study"}  # its files are inputs


def test_recorded_models_go_before_making_them_and_made_ones_before_recorded_ones(tmp_path, config):
    write_model(tmp_path / "models/phantoms")
    write_json(tmp_path / "models/phantoms/models.json", {})
    start, problems = found(tmp_path, config, "phantoms")
    assert not problems and start.made is None and "models" in start.weights.parts
    write_model(tmp_path / "results/phantoms")
    assert found(tmp_path, config, "phantoms")[0].made == "phantoms"


def test_a_trained_study_is_taken_with_its_hash(tmp_path, config):
    path = write_model(tmp_path / "results/busi")
    start, problems = found(tmp_path, config, "study:busi")
    assert not problems and start.made is None
    assert described(start)["sha256"] == sha256(path)


def test_a_study_that_was_never_trained_is_told_with_what_to_do(tmp_path, config):
    (text,) = found(tmp_path, config, "study:busi")[1]
    assert "the study busi was never trained here" in text and "--config study=busi" in text
    (text,) = found(tmp_path, config, "study:busy")[1]
    assert "there is no study busy (did you mean busi?)" in text and "Studies: synthetic" in text
    assert "study=busy" not in text  # nobody can train it


def test_a_study_does_not_start_from_itself_nor_in_a_circle(tmp_path, config):
    assert "from itself: busbra -> busbra" in found(tmp_path, config, "study:busbra")[1][0]
    studies = config["studies"]
    studies["phantoms"]["image_model"]["weights"] = "study:other"
    studies["other"] = {"image_model": {"weights": "phantoms"}}
    text = found(tmp_path, config, "phantoms")[1][0]
    assert "from itself: busbra -> phantoms -> other -> phantoms" in text


def test_a_made_study_of_another_backbone_is_told_with_both(tmp_path, config):
    (text,) = found(tmp_path, config, "phantoms", backbone="resnet50")[1]
    assert "is a resnet18" in text and "backbone is resnet50" in text


def test_weights_that_were_replaced_are_refused_with_both_hashes(tmp_path, config):
    path = write_model(tmp_path / "results/busi")
    before = sha256(path)
    path.write_bytes(path.read_bytes() + b"x")
    (text,) = found(tmp_path, config, "study:busi")[1]
    assert before in text and sha256(path) in text


def test_a_model_of_an_older_version_is_refused(tmp_path, config):
    """Nobody knows which images taught it."""
    path = write_model(tmp_path / "results/busi").with_name("model.json")
    record = read_json(path)
    del record["taught"]
    write_json(path, record)
    (text,) = found(tmp_path, config, "study:busi")[1]
    assert "does not say which images taught the model" in text and "Train the study busi" in text


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"weights_sha256": "", "taught": {}}'])
def test_a_record_that_was_cut_off_is_told(tmp_path, config, text):
    record = write_model(tmp_path / "results/busi").with_name("model.json")
    record.write_text(text)
    start, problems = found(tmp_path, config, "study:busi")
    assert described(start)["sha256"] is None
    assert len(problems) == 1 and f"{record} describes no model" in problems[0]
    path = record.with_name("weights.h5")
    (problem,) = found(tmp_path, config, str(path), weights_sha256=sha256(path))[1]
    assert f"{record} describes no model" in problem


def test_another_architecture_is_refused_with_both_shapes(tmp_path, config):
    write_model(tmp_path / "results/busi")
    (text,) = found(tmp_path, config, "study:busi", backbone="resnet50")[1]
    assert "res2a_branch2a is (3, 3, 64, 64) there and (1, 1, 64, 64) here" in text
    assert "stage 4 has 2 blocks there and 6 here" in text


def test_a_residual_network_is_no_start_of_a_transformer(tmp_path, config):
    """Nor the other way round, nor a transformer of another depth or width."""
    path = write_model(tmp_path / "results/busi")
    (text,) = found(tmp_path, config, "study:busi", backbone="swin_nano")[1]
    assert "it holds a residual network, which begins with conv1" in text
    names = expected("swin_nano", 1) | {"swin4_1_fc1": (192, 768)}
    with h5py.File(path, "w") as file:
        for name, shape in names.items():
            file[f"{name}/{name}/kernel:0"] = np.zeros(shape, "f2")
    record = path.with_name("model.json")
    write_json(record, read_json(record) | {"weights_sha256": sha256(path)})
    for backbone, words in (
        ("resnet18", "it holds a transformer, which begins with swin_patches"),
        ("swin_nano", "stage 4 has 1 blocks there and 2 here"),
        ("swin_tiny", "swin_patches is (4, 4, 1, 48) there and (4, 4, 1, 96) here"),
    ):
        (text,) = found(tmp_path, config, "study:busi", backbone=backbone)[1]
        assert words in text


def test_a_file_is_taken_with_its_hash_and_refused_without(tmp_path, config):
    path = tmp_path / "own.h5"
    (text,) = found(tmp_path, config, str(path), weights_sha256="a" * 64)[1]
    assert f"there is no file {path}" in text
    write_weights(path, channels=3)
    (text,) = found(tmp_path, config, str(path), weights_sha256="a" * 64)[1]
    assert sha256(path) in text and "a" * 64 in text
    start, problems = found(tmp_path, config, str(path), weights_sha256=sha256(path))
    assert not problems and start.description is None
    write_weights(path, channels=1)
    (text,) = found(tmp_path, config, str(path), weights_sha256=sha256(path))[1]
    assert "conv1 is (7, 7, 1, 64) there and (7, 7, 3, 64) here" in text
    path.write_bytes(b"no HDF5")
    (text,) = found(tmp_path, config, str(path), weights_sha256=sha256(path))[1]
    assert "no HDF5 file" in text


def test_a_file_that_was_cut_off_or_damaged_is_told(tmp_path, config):
    path = tmp_path / "own.h5"
    write_weights(path, channels=3)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:200] + bytes(2000) + whole[2200:]):
        path.write_bytes(content)
        (text,) = found(tmp_path, config, str(path), weights_sha256=sha256(path))[1]
        assert f"{path} is cut off or damaged" in text


def keras_3(file: h5py.File, name: str, shape: tuple[int, ...]) -> None:
    """Write a layer as Keras 3 does."""
    group = file.create_group("layers/conv2d/vars")
    group.attrs["name"] = name
    group["0"] = np.zeros(shape, "f2")


def keras_2(file: h5py.File, name: str, shape: tuple[int, ...]) -> None:
    """Write a layer as Keras 2 and Matterport do."""
    file[f"{name}/{name}/kernel:0"] = np.zeros(shape, "f2")


@pytest.mark.parametrize("write", [keras_2, keras_3])
@pytest.mark.parametrize(
    ("name", "shape", "words"),
    [
        ("dense", (8, 2), "it has no conv1, the backbone's first layer"),
        ("conv1", (3, 3, 3, 8), "conv1 is (3, 3, 3, 8) there and (7, 7, 3, 64) here"),
        ("conv1", (7, 7, 3, 64), None),
    ],
)
def test_a_file_of_another_network_is_told(tmp_path, config, write, name, shape, words):
    path = tmp_path / "own.weights.h5"
    with h5py.File(path, "w") as file:
        write(file, name, shape)
        file["kernel"] = [0.0]  # of no layer
    problems = found(tmp_path, config, str(path), weights_sha256=sha256(path))[1]
    assert [words in text for text in problems] == ([True] if words else [])


def test_a_file_of_a_study_keeps_its_form(tmp_path, config):
    """Another seed's or fold's model is named by its path."""
    path = write_model(tmp_path / "elsewhere")
    start, problems = found(tmp_path, config, str(path), weights_sha256=sha256(path))
    assert not problems and start.description == path.with_name("model.json")


@pytest.mark.parametrize("form", [GREY, COLOUR])
def test_the_form_of_a_model_is_read_from_its_record(form):
    assert form_of({"configuration": make_config(RESNET18, form).to_dict()}) == form


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (None, "not pretrained"),
        ("imagenet", "pretrained on ImageNet"),
        ("phantoms", "pretrained on phantoms"),
        ("study:busbra", "pretrained in the study busbra"),
        ("/a/patients/name/own.h5", "pretrained (own.h5)"),
    ],
)
def test_pages_name_the_start_and_no_place(weights, words):
    assert in_words(weights) == words
