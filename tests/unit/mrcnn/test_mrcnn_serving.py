"""The network with its preparation in the graph, saved and exported, gives what `detect` gives."""

import keras
import numpy as np
import pytest

from mrcnn.model import MaskRCNN
from mrcnn.molding import mold
from mrcnn.normalisation import leaf_layers
from mrcnn.serving import PrepareImages, build_serving_model
from mrcnn_oracle import inputs, narrow

SIZES = [(128, 128), (64, 48), (200, 150), (117, 300)]  # as they are, enlarged, shrunk


def image(size):
    return inputs.image("served", (*size, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("smooth", [False, True])
def test_images_are_prepared_as_outside_the_graph(size, smooth):
    """Bytes are rounded by `mold` alone: once, and two times more where it smooths first."""
    config = narrow(IMAGE_ANTI_ALIASING=smooth)
    whole, _, windows = mold([image(size)], config)
    molded, _, _ = mold([image(size).astype(np.float32)], config)
    answers = PrepareImages.of(config)(image(size)[None].astype(np.float32))
    prepared = keras.ops.convert_to_numpy(answers["image"])
    assert np.abs(prepared - molded).max() <= 0.01
    assert np.abs(prepared - whole).max() <= (3.001 if smooth else 1.001)
    window = keras.ops.convert_to_numpy(answers["window"])
    np.testing.assert_allclose(window * 127 + [0, 0, 1, 1], windows, atol=1e-3)


@pytest.fixture(scope="module")
def reader():
    """A network whose weights tell regions and classes apart: those of Matterport's fixtures."""
    model = MaskRCNN("inference", narrow(IMAGES_PER_GPU=1))
    for leaf in leaf_layers(model.keras_model):
        for variable in leaf.weights:
            variable.assign(inputs.tensor(f"{leaf.name}/{variable.name}", variable.shape))
    return model


@pytest.fixture(scope="module")
def served(reader):
    """The serving model, an image, and what it answers."""
    serving = build_serving_model(reader.keras_model, reader.config)
    batch = image((128, 128))[None].astype(np.float32)
    return serving, batch, answers_of(serving, batch)


def answers_of(serving, batch):
    return {k: keras.ops.convert_to_numpy(v) for k, v in serving(batch).items()}


def assert_same_answers(got, want):
    """Boxes within a pixel, scores and masks within 1e-4, classes the same."""
    assert set(got) == set(want) and want["class_ids"][:, 0].all()
    if keras.backend.backend() != "jax":  # whose shapes are fixed: rows of zeros follow
        assert want["class_ids"].all()
    assert np.array_equal(got["class_ids"], want["class_ids"])
    assert np.abs(got["boxes"] - want["boxes"]).max() <= 1
    for name in ("scores", "probabilities", "masks"):
        np.testing.assert_allclose(got[name], want[name], atol=1e-4)


@pytest.mark.slow
def test_the_serving_model_answers_as_detect_does(reader, served):
    _, batch, answers = served
    (result,) = reader.detect([batch[0].astype(np.uint8)])
    count = len(result["rois"])
    assert count > 3
    assert np.array_equal(answers["boxes"][0, :count], result["rois"])
    assert np.array_equal(answers["class_ids"][0, :count], result["class_ids"])
    np.testing.assert_allclose(answers["scores"][0, :count], result["scores"], atol=1e-5)


@pytest.mark.slow
def test_other_modes_of_resizing_are_refused(reader):
    with pytest.raises(ValueError, match="'crop' cannot be part of a graph; use 'square'"):
        build_serving_model(reader.keras_model, narrow(IMAGE_RESIZE_MODE="crop"))


@pytest.mark.slow
def test_a_serving_model_is_saved_and_loaded(served, tmp_path):
    serving, batch, want = served
    serving.save(tmp_path / "serving.keras")
    assert_same_answers(
        answers_of(keras.models.load_model(tmp_path / "serving.keras"), batch), want
    )


needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras exports these from TensorFlow"
)


@pytest.mark.slow
@needs_tensorflow
def test_saved_model(served, tmp_path):
    """Images of any size, answers by name."""
    import tensorflow as tf

    serving, batch, want = served
    serving.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    assert_same_answers({k: v.numpy() for k, v in exported.serve(batch).items()}, want)
    other = image((90, 170))[None].astype(np.float32)
    got = {k: v.numpy() for k, v in exported.serve(other).items()}
    assert_same_answers(got, answers_of(serving, other))


@pytest.mark.export
@needs_tensorflow
def test_onnx(served, tmp_path):
    import onnxruntime

    serving, batch, want = served
    path = tmp_path / "serving.onnx"
    serving.export(path, format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    for sent in (batch, image((90, 170))[None].astype(np.float32)):
        got = dict(zip(names, session.run(None, {"image": sent}), strict=True))
        assert_same_answers(got, want if sent is batch else answers_of(serving, sent))


@pytest.mark.export
@needs_tensorflow
def test_tflite(reader, served, tmp_path):
    """One size of images, without TensorFlow's own operations."""
    from ai_edge_litert.interpreter import Interpreter

    _, batch, want = served
    serving = build_serving_model(reader.keras_model, reader.config, (128, 128), batch_size=1)
    path = tmp_path / "serving.tflite"
    serving.export(path, format="litert", verbose=False)
    interpreter = Interpreter(str(path))
    operations = [operation["op_name"] for operation in interpreter._get_ops_details()]
    assert not [name for name in operations if name.startswith("Flex")]
    assert_same_answers(interpreter.get_signature_runner()(image=batch), want)
