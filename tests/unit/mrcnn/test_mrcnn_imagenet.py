"""ImageNet weight files of keras.applications fill the backbone, and it computes what they do.

The oracle is keras.applications' own ResNet with random weights, saved by Keras's HDF5 writer.
"""

import h5py
import numpy as np
import pytest

from discs import Small
from mrcnn.imagenet import (
    is_imagenet_file,
    layer_name,
    load_imagenet_weights,
)

SIZE = 64


class Narrow(Small):
    BACKBONE = "resnet50"
    IMAGES_PER_GPU = 1


def applications_model(name="ResNet50"):
    """A network whose every tensor matters, with the statistics of the image it will read."""
    import keras

    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(3)
    model = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(SIZE, SIZE, 3)
    )
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            layer.gamma.assign(rng.uniform(0.2, 1, layer.gamma.shape))
            layer.beta.assign(rng.normal(0, 0.1, layer.beta.shape))
        elif isinstance(layer, keras.layers.Conv2D):
            layer.bias.assign(rng.normal(0, 0.1, layer.bias.shape))
    model(picture()[..., ::-1], training=True)
    return model


def picture():
    """A smooth image (1, h, w, 3), RGB, mean subtracted."""
    coarse = np.random.default_rng(5).normal(0, 60, (1, 8, 8, 3)).astype(np.float32)
    return np.repeat(np.repeat(coarse, SIZE // 8, axis=1), SIZE // 8, axis=2)


def save(model, path):
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    pytest.importorskip("tensorflow")
    model = applications_model()
    return model, save(model, tmp_path_factory.mktemp("imagenet") / "notop.h5")


@pytest.fixture(scope="module")
def ours():
    from mrcnn.model import MaskRCNN

    return MaskRCNN("inference", Narrow())


def our_stages(model):
    """A function from images to the pooled C1 and C2 to C5."""
    import keras

    network = model.keras_model
    pool = next(x for x in network.layers if isinstance(x, keras.layers.MaxPooling2D))
    last = {"resnet50": "2c 3d 4f 5c", "resnet101": "2c 3d 4w 5c"}[model.config.BACKBONE]
    outputs = [pool.output, *(network.get_layer(f"res{n}_out").output for n in last.split())]
    part = keras.Model(network.inputs[0], outputs)
    return lambda image: [np.asarray(x) for x in part(image)]


def their_stages(model, pooled):
    """C2 to C5 of keras.applications' network from a pooled C1."""
    import keras

    blocks = {"ResNet50": (3, 4, 6, 3), "ResNet101": (3, 4, 23, 3)}
    depths = blocks["ResNet50" if len(model.layers) < 200 else "ResNet101"]
    names = [f"conv{i}_block{n}_out" for i, n in enumerate(depths, start=2)]
    part = keras.Model(
        model.get_layer("pool1_pool").output, [model.get_layer(n).output for n in names]
    )
    return [np.asarray(x) for x in part(pooled)]


def relative(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


def test_the_backbone_computes_what_keras_applications_does(oracle, ours):
    """From the same pooled C1 all stages agree: the other epsilon is made up for in gamma."""
    import keras

    model, path = oracle
    loaded = ours.load_weights(path, by_name=True)
    assert len(loaded) == 2 * 53 + 4 * 53 and "res4f_branch2c/kernel:0" in loaded
    pooled, *stages = our_stages(ours)(picture())
    for a, b in zip(stages, their_stages(model, pooled), strict=True):
        assert relative(a, b) < 1e-4

    # The pooling: theirs begins one cell earlier, so an image moved by two pixels pools alike.
    moved = np.zeros_like(picture())
    moved[:, 2:, 2:] = picture()[:, :-2, :-2]
    theirs = keras.Model(model.input, model.get_layer("pool1_pool").output)(picture()[..., ::-1])
    inner = np.s_[:, 4:-4, 4:-4]
    assert relative(our_stages(ours)(moved)[0][inner], np.asarray(theirs)[inner]) < 1e-4
    assert relative(pooled[inner], np.asarray(theirs)[inner]) > 0.01


def test_stored_gammas_suit_the_other_epsilon(oracle, ours):
    """As stored, the tensors give what keras.applications' network gives with epsilon 1e-3."""
    import keras

    model, path = oracle
    load_imagenet_weights(ours.keras_model, path, fold_epsilon=False)
    pooled, *stages = our_stages(ours)(picture())
    assert relative(stages[-1], their_stages(model, pooled)[-1]) > 1e-3
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    try:
        for layer in norms:
            layer.epsilon = 1e-3
        for a, b in zip(stages, their_stages(model, pooled), strict=True):
            assert relative(a, b) < 1e-4
    finally:
        for layer in norms:
            layer.epsilon = 1.001e-5


def test_old_names_load_the_same(oracle, ours, tmp_path):
    """Files of Keras 2 before 2019: ``res2a_branch2a``, and tensors named by the layer."""
    _, path = oracle
    ours.load_weights(path)
    expected = our_stages(ours)(picture())[-1]
    old = {"kernel": "kernel:0", "bias": "bias:0"}
    with h5py.File(path) as new, h5py.File(tmp_path / "old.h5", "w") as file:
        names = [name for name in new if layer_name(name)]
        file.attrs["layer_names"] = [layer_name(name).encode() for name in names]
        for name in names:
            group = file.create_group(layer_name(name))
            tensors = []
            for stored in new[name].attrs["weight_names"]:
                last = stored.split("/")[-1]
                tensors.append(f"{layer_name(name)}_1/{old.get(last, last + ':0')}")
                group[tensors[-1]] = new[name][stored][()]
            group.attrs["weight_names"] = [t.encode() for t in tensors]
    assert is_imagenet_file(tmp_path / "old.h5")
    for layer in ours.get_trainable_layers():
        layer.set_weights([np.zeros(w.shape) for w in layer.weights])
    ours.load_weights(tmp_path / "old.h5", by_name=True)
    assert np.array_equal(our_stages(ours)(picture())[-1], expected)


def test_what_does_not_fit_is_named_and_nothing_is_loaded(oracle, ours, tmp_path):
    _, path = oracle
    with h5py.File(path) as source, h5py.File(tmp_path / "broken.h5", "w") as file:
        for name in source:
            source.copy(name, file)
        del file["conv3_block2_1_conv"]
        source.copy("conv5_block3_1_bn", file, name="conv5_block4_1_bn")
        del file["conv1_conv/conv1_conv/kernel"]
        file["conv1_conv/conv1_conv/kernel"] = np.zeros((7, 7, 1, 64))
    before = ours.keras_model.get_layer("fpn_c5p5").get_weights()[0].copy()
    stage = our_stages(ours)(picture())[-1]
    with pytest.raises(ValueError, match="does not fit") as error:
        ours.load_weights(tmp_path / "broken.h5", by_name=True)
    message = str(error.value)
    assert "res3b_branch2a: not in the file" in message
    assert "bn5d_branch2a: not in the model" in message
    assert "conv1/kernel:0: the file has (7, 7, 1, 64), the model (7, 7, 3, 64)" in message
    assert np.array_equal(our_stages(ours)(picture())[-1], stage)
    assert np.array_equal(before, ours.keras_model.get_layer("fpn_c5p5").get_weights()[0])
    ours.save_weights(tmp_path / "ours.h5")
    assert not is_imagenet_file(tmp_path / "ours.h5")


def test_names():
    assert layer_name("conv1_conv") == "conv1" and layer_name("conv1_bn") == "bn_conv1"
    assert layer_name("conv2_block1_0_conv") == "res2a_branch1"
    assert layer_name("conv4_block23_3_bn") == "bn4w_branch2c"
    assert layer_name("res5c_branch2b") == "res5c_branch2b"
    assert layer_name("conv2_block1_out") is None and layer_name("fc1000") is None


@pytest.mark.slow
def test_resnet101(tmp_path):
    from mrcnn.model import MaskRCNN

    model = applications_model("ResNet101")
    path = save(model, tmp_path / "notop.h5")
    ours = MaskRCNN("inference", type("C", (Narrow,), {"BACKBONE": "resnet101"})())
    assert len(ours.load_weights(path, by_name=True)) == 6 * 104
    pooled, *stages = our_stages(ours)(picture())
    for a, b in zip(stages, their_stages(model, pooled), strict=True):
        assert relative(a, b) < 1e-4
