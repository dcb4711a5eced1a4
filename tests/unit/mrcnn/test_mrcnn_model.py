"""The model as a whole: it learns, resumes, saves, loads and refuses."""

import hashlib

import h5py
import keras
import numpy as np
import pytest

from discs import Discs, Tiny
from mrcnn.config import Config
from mrcnn.images import resize_image, unmold_mask


@pytest.fixture(scope="module", autouse=True)
def deterministic():
    """As the study runs it: an operation without a deterministic kernel would raise."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def train(epochs, **kwargs):
    from mrcnn.model import MaskRCNN

    model = MaskRCNN("training", Tiny(), seed=5)
    history = model.train(Discs(8), Discs(4), 1e-3, epochs, **kwargs)
    return model, history


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
def test_resumed_training_ends_in_the_same_bytes(tmp_path):
    from mrcnn.model import MaskRCNN

    whole, history = train(3, checkpoint=tmp_path / "whole.h5")
    whole.save_weights(tmp_path / "whole_weights.h5")

    class Killed(Exception):
        pass

    def die(epoch, row):
        if epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        train(3, checkpoint=tmp_path / "part.h5", on_epoch=die)
    resumed, resumed_history = train(3, checkpoint=tmp_path / "part.h5")
    resumed.save_weights(tmp_path / "resumed_weights.h5")
    assert digest(tmp_path / "whole_weights.h5") == digest(tmp_path / "resumed_weights.h5")
    assert resumed_history == history and len(history) == 3

    # The saved file opens in a model for reading and gives what the trained weights give.
    reader = MaskRCNN("inference", Tiny())
    reader.load_weights(tmp_path / "whole_weights.h5")
    results = reader.detect([Discs(8).load_image(i) for i in range(2)])
    for result in results:
        count = len(result["rois"])
        assert result["masks"].shape == (64, 64, count)
        assert result["probabilities"].shape == (count, 3)
        assert np.allclose(result["probabilities"].sum(axis=1), 1, atol=1e-5)
        assert set(result["class_ids"]) <= {1, 2}


def test_weight_file_has_matterports_layout(tmp_path):
    from mrcnn.model import MaskRCNN

    MaskRCNN("inference", Tiny()).save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        names = [name.decode() for name in file.attrs["layer_names"]]
        assert {"conv1", "bn_conv1", "fpn_c5p5", "rpn_model", "mrcnn_mask"} <= set(names)
        rpn = {n.decode() for n in file["rpn_model"].attrs["weight_names"]}
        assert {"rpn_conv_shared/kernel:0", "rpn_class_raw/bias:0"} <= rpn and len(rpn) == 6
        assert file["bn_conv1"]["bn_conv1/moving_variance:0"].shape == (64,)


def test_weights_of_another_class_count_are_refused_and_named(tmp_path):
    from mrcnn.model import MaskRCNN
    from mrcnn.weights import WeightError

    class FourClasses(Tiny):
        NUM_CLASSES = 4

    MaskRCNN("inference", FourClasses()).save_weights(tmp_path / "four.h5")
    model = MaskRCNN("inference", Tiny())
    with pytest.raises(WeightError, match=r"mrcnn_bbox_fc/bias:0: the file has \(16,\).*\(12,\)"):
        model.load_weights(tmp_path / "four.h5")
    heads = ["mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_mask"]
    loaded = model.load_weights(tmp_path / "four.h5", exclude=heads)
    assert "conv1/kernel:0" in loaded and not any(n.split("/")[0] in heads for n in loaded)


def test_resnet101_has_the_parameters_of_matterports(tmp_path):
    """63,738,788 parameters in 690 tensors, counted in a file of Matterport's library."""
    from mrcnn.network import build_inference_model

    class Paper(Config):
        NUM_CLASSES = 3
        IMAGE_MIN_DIM = 128
        IMAGE_MAX_DIM = 128

    model = build_inference_model(Paper())
    assert model.count_params() == 63_738_788
    assert len(model.weights) == 690


def test_a_failing_image_is_named():
    from mrcnn.model import MaskRCNN

    model = MaskRCNN("training", Tiny())
    with pytest.raises(RuntimeError, match=r"case case1 .*truncated"):
        model.train(Discs(2, broken=1), None, 1e-3, 1)


def test_a_loss_that_is_not_finite_stops_at_once_and_names_the_cases():
    from mrcnn.model import MaskRCNN
    from mrcnn.training import NonFiniteLossError

    model = MaskRCNN("training", Tiny())
    model.keras_model.get_layer("conv1").kernel.assign(np.full((7, 7, 1, 64), np.nan))
    with pytest.raises(NonFiniteLossError, match=r"epoch 1, step 1: .*case\d, case\d"):
        model.train(Discs(2), None, 1e-3, 1)


@pytest.mark.parametrize("shape", [(40, 80, 1), (100, 30, 3), (64, 64, 1), (5, 300, 1)])
def test_resized_image_fills_its_window(shape):
    image, window, scale, _, _ = resize_image(
        np.full(shape, 200, np.uint8), min_dim=64, max_dim=64, mode="square"
    )
    assert image.shape == (64, 64, shape[2])
    y1, x1, y2, x2 = window
    inside = image[y1:y2, x1:x2]  # a border fades, as in Matterport's library
    assert inside.min() > 100 and inside.max() <= 200 and image.sum() == inside.sum()
    assert max(y2 - y1, x2 - x1) == 64 or scale == 1


def test_pasted_mask_stays_in_its_box():
    mask = unmold_mask(np.ones((28, 28)), np.array([3, 4, 10, 20]), (30, 40))
    assert mask.sum() == 7 * 16 and mask[3:10, 4:20].all()


def test_mixed_precision_trains_and_reads():
    """Boxes and losses stay in float32, whatever the features are kept in."""
    from mrcnn.model import MaskRCNN

    class Mixed(Tiny):
        TRAIN_BN = False
        OPTIMIZER = "sgd"

    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = MaskRCNN("training", Mixed(), seed=5)
        (row,) = model.train(Discs(8), Discs(4), 1e-3, 1)
        assert all(np.isfinite(value) for value in row.values())
        features = model.keras_model.get_layer("flat_pyramid").output
        boxes = model.keras_model.get_layer("proposal_targets").output[0]
        assert (features.dtype, boxes.dtype) == ("bfloat16", "float32")
        (found,) = MaskRCNN("inference", Mixed()).detect([Discs(1).load_image(0)])
        assert np.isfinite(found["probabilities"]).all() and len(found["rois"])
    finally:
        keras.mixed_precision.set_global_policy(before)


def test_class_context_widens_what_the_classifier_reads_alone():
    from mrcnn.model import MaskRCNN
    from mrcnn.network import WidenBoxes

    boxes = np.array([[[0.2, 0.4, 0.4, 0.8], [0, 0, 0, 0]]], np.float32)
    wide = keras.ops.convert_to_numpy(WidenBoxes(1.5)(boxes))
    assert wide[0] == pytest.approx(np.array([[0.15, 0.3, 0.45, 0.9], [0, 0, 0, 0]]))
    surroundings = type("Context", (Tiny,), {"CLASS_CONTEXT": 1.5})
    models = [
        MaskRCNN("inference", config(), seed=0).keras_model for config in (Tiny, surroundings)
    ]
    plain, context = ({layer.name for layer in model.layers} for model in models)
    assert context - plain == {"class_context"}
    weights = [model.get_weights() for model in models]
    assert all(np.array_equal(*pair) for pair in zip(*weights, strict=True))
