"""Make the fixtures of this folder with Matterport's own library, GitHub's master (3deaec5).

The environment is Python 3.7 with pip 23.3.2 and setuptools < 66, then

    pip install tensorflow==1.15.5 keras==2.2.5 h5py==2.10.0 numpy==1.18.5 protobuf==3.20.3 \
        scikit-image==0.16.2 scipy==1.4.1 Pillow==8.4.0 matplotlib==3.2.2 imgaug==0.4.0 \
        opencv-python-headless==4.5.5.64 'ipython<8'
    pip install --no-deps mrcnn-tf115==0.0.2

(that distribution, as mrcnn-colab 2.1.0, holds the modules of master; `mrcnn` 0.2 of the package
registry is somebody's copy of early 2018 and differs), and ``python tests/oracles/mrcnn/make.py``
(two minutes on two cores) writes

- ``parts.npz``: parts of the library by themselves (`make_parts`),
- ``resnet50.npz`` and ``resnet101.npz``: a narrow network (`inputs.NARROW`) with the weights of
  `inputs.tensor`, reading and training,
- ``structure.json``: layers, tensors and shapes of the weight files that it saves, and which
  tensors train for each of its settings of ``layers``.

Two things are changed in the library's surroundings:

- Its sampling of regions takes the first ones (``tf.random_shuffle`` is the identity), so that it
  can be repeated.
- Where a box without area is among its boxes, TensorFlow 1.15.5's non-maximum suppression returns
  that one over and over and hides all that score lower; it is not shown such boxes, which overlap
  with nothing and are kept (`make_parts.suppress_without_defect`).
"""

import contextlib
import io
import json
import os
import tempfile
import warnings

warnings.simplefilter("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py  # noqa: E402
import inputs  # noqa: E402
import keras  # noqa: E402
import keras.backend as K  # noqa: E402
import make_parts  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import mrcnn.model as modellib  # noqa: E402
from mrcnn.config import Config  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
LAST_BLOCK = {"resnet50": "f", "resnet101": "w"}
# Tensors that are kept whole after each optimiser step.
WHOLE = ["conv1/bias", "bn_conv1/gamma", "bn5c_branch2c/beta", "fpn_p3/bias", "rpn_bbox_pred/bias"]
WHOLE += ["mrcnn_class_logits/kernel", "mrcnn_bbox_fc/bias", "mrcnn_mask/kernel"]


def narrow(backbone):
    """Return the narrow configuration of a backbone."""
    return type("Narrow", (Config,), dict(inputs.NARROW, BACKBONE=backbone))()


def mend():
    """Change the library's surroundings as the text above says."""
    tf.random_shuffle = modellib.tf.random_shuffle = lambda values: values
    make_parts.mend_suppression()


def build(mode, config, filled=True):
    """Return Matterport's model, by default with the weights of `inputs.tensor`."""
    K.clear_session()
    K.set_session(tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=1)))
    with contextlib.redirect_stdout(io.StringIO()):
        model = modellib.MaskRCNN(mode, config, tempfile.mkdtemp())
        if mode == "training":
            model.set_trainable(".*")
    if filled:
        fill(model.keras_model)
    return model


def fill(network):
    """Give every tensor of a Keras model the values that belong to its name."""
    pairs = [(w, inputs.tensor(w.name, K.int_shape(w))) for w in network.weights]
    K.batch_set_value(pairs)


def short(name):
    """Return ``layer/tensor`` for a variable's name."""
    return "/".join(name.split(":")[0].split("/")[-2:])


def reading(backbone):
    """Return what the network for reading answers, from C2 to full-size masks."""
    config = narrow(backbone)
    model = build("inference", config)
    network = model.keras_model
    images = [inputs.case(i)[0] for i in range(2)]
    molded, metas, _ = model.mold_inputs(images)
    anchors = np.stack([model.get_anchors(molded[0].shape)] * 2)
    names = {"c2": "res2c_out", "c3": "res3d_out", "c5": "res5c_out", "rpn_class": "rpn_class"}
    names["c4"] = f"res4{LAST_BLOCK[backbone]}_out"
    names.update({f"p{i}": f"fpn_p{i}" for i in range(2, 7)})
    names.update(rpn_bbox="rpn_bbox", proposals="ROI", detections="mrcnn_detection")
    names.update(align_classifier="roi_align_classifier", align_mask="roi_align_mask")
    names.update(class_logits="mrcnn_class_logits", class_probabilities="mrcnn_class")
    names.update(box_deltas="mrcnn_bbox", masks="mrcnn_mask")
    run = K.function(network.inputs, [network.get_layer(n).output for n in names.values()])
    values = dict(zip(names, run([molded, metas, anchors])))  # noqa: B905 (Python 3.7)

    rpn = network.get_layer("rpn_model")
    logits = K.function(rpn.inputs, [rpn.outputs[0]])
    levels = [logits([values[f"p{i}"]])[0] for i in range(2, 7)]
    values["rpn_logits"] = np.concatenate(levels, axis=1)
    results = {"summary/" + name: inputs.summary(name, v) for name, v in values.items()}
    results.update(thinned(values))
    for i, answer in enumerate(model.detect(images)):
        results.update({f"detect{i}/{k}": v for k, v in answer.items()})
    if backbone == "resnet50":
        results.update(reading_resized(model))
    return results, structure(model)


def thinned(values):
    """Return the parts of large arrays that the fixture keeps; the rest is in their summaries."""
    kept = {name: values[name] for name in ("p3", "p4", "p5", "p6", "rpn_bbox", "rpn_logits")}
    kept.update({n: values[n] for n in ("p2", "rpn_class", "proposals", "detections")})
    kept.update({n: values[n] for n in ("class_logits", "class_probabilities", "box_deltas")})
    for name, step in (("c2", 4), ("c3", 2), ("c4", 1), ("c5", 1)):
        kept[name] = values[name][:, ::step, ::step, ::16]
    for name in ("align_classifier", "align_mask"):
        regions = values[name].reshape((-1, *values[name].shape[2:]))
        kept[name] = regions[::8, :, :, ::2]
    detected = values["detections"][..., 4].astype(int)
    image, place = np.nonzero(detected)
    kept["masks"] = values["masks"][image, place, :, :, detected[image, place]]
    return kept


def reading_resized(model):
    """Return detections of an image that is enlarged and of one that is shrunk."""
    images = [inputs.image("enlarged", (64, 48, 3)), inputs.image("shrunk", (200, 150, 3))]
    molded, metas, windows = model.mold_inputs(images)
    results = {"resized/molded": np.rint(molded + model.config.MEAN_PIXEL).astype(np.uint8)}
    results.update({"resized/metas": metas, "resized/windows": windows})
    for i, answer in enumerate(model.detect(images)):
        results.update({f"resized{i}/{k}": v for k, v in answer.items()})
    return results


def structure(model):
    """Return layers, tensors and shapes of the weight file that a model saves."""
    path = os.path.join(tempfile.mkdtemp(), "weights.h5")
    model.keras_model.save_weights(path)
    layers = []
    with h5py.File(path, "r") as file:
        for layer in file.attrs["layer_names"]:
            group = file[layer.decode()]
            names = [name.decode() for name in group.attrs["weight_names"]]
            layers.append([layer.decode(), [[n, list(group[n].shape)] for n in names]])
    os.remove(path)
    return layers


def training(backbone):
    """Return a training batch, its targets, losses and gradients, and two optimiser steps."""
    config = narrow(backbone)
    model = build("training", config)
    network = model.keras_model
    dataset = make_parts.Cases()
    np.random.seed(3)  # noqa: NPY002
    generator = modellib.data_generator(dataset, config, shuffle=False, batch_size=2)
    batch, _ = next(generator)
    model.compile(inputs.LEARNING_RATE, inputs.MOMENTUM)
    weights = network.trainable_weights
    names = [short(w.name) for w in weights]

    targets = network.get_layer("proposal_targets").output
    losses = [network.get_layer(n).output for n in config.LOSS_WEIGHTS]
    wanted = [network.get_layer("ROI").output, *targets, *losses, network.total_loss]
    run = K.function(network.inputs, wanted + K.gradients(network.total_loss, weights))
    answers = run(batch)
    keys = ["proposals", "rois", "class_ids", "deltas", "masks"]
    keys += [*config.LOSS_WEIGHTS, "total"]
    results = {"train/" + key: answers[i] for i, key in enumerate(keys)}
    results["train/masks"] = results["train/masks"].astype(bool)
    gradients = answers[len(keys) :]
    results["train/trainable"] = np.array(names)
    rows = [inputs.summary(names[i], g) for i, g in enumerate(gradients)]
    results["train/gradients"] = np.stack(rows)
    results["train/gradient_norm"] = np.sqrt(sum(np.sum(g.astype(float) ** 2) for g in gradients))
    fields = ("image", "meta", "rpn_match", "rpn_bbox", "gt_class_ids", "gt_boxes", "gt_masks")
    results.update({"batch/" + key: batch[i] for i, key in enumerate(fields)})
    results["batch/image"] = np.rint(batch[0] + config.MEAN_PIXEL).astype(np.uint8)
    results.update(optimiser_steps(network, batch))
    return results, trainable(model)


def optimiser_steps(network, batch):
    """Return losses of each step, and how every tensor has changed after it."""
    names = [short(w.name) for w in network.weights]
    before = K.batch_get_value(network.weights)
    results = {"steps/tensors": np.array(names)}
    for step in range(inputs.STEPS):
        results[f"steps/losses{step}"] = np.array(network.train_on_batch(batch, []))
        after = K.batch_get_value(network.weights)
        rows = [
            inputs.summary(name, after[i].astype(float) - before[i]) for i, name in enumerate(names)
        ]
        results[f"steps/changes{step}"] = np.stack(rows)
        for name in WHOLE:
            results[f"steps/{step}/{name}"] = after[names.index(name)]
    return results


def trainable(model):
    """Return the names of the layers that train for each of Matterport's settings."""
    groups = {"heads": r"(mrcnn\_.*)|(rpn\_.*)|(fpn\_.*)", "all": ".*"}
    result = {}
    for key in ("heads", "3+", "4+", "5+", "all"):
        stages = range(int(key[0]), 6) if key[0].isdigit() else ()
        regex = groups.get(key) or groups["heads"]
        for stage in stages:
            regex += rf"|(res{stage}.*)|(bn{stage}.*)"
        with contextlib.redirect_stdout(io.StringIO()):
            model.set_trainable(regex)
        result[key] = sorted(short(w.name) for w in model.keras_model.trainable_weights)
    return result


def main():
    """Write all fixtures."""
    print("keras", keras.__version__, "tensorflow", tf.__version__)
    mend()
    layers = {}
    np.savez_compressed(
        os.path.join(HERE, "parts.npz"), **make_parts.everything(narrow("resnet50"))
    )
    for backbone in ("resnet50", "resnet101"):
        results, layers[backbone] = reading(backbone)
        if backbone == "resnet50":
            more, layers["trainable"] = training(backbone)
            results.update(more)
        np.savez_compressed(os.path.join(HERE, backbone + ".npz"), **results)
        print(backbone, len(results["detect0/scores"]), len(results["detect1/scores"]))
    with open(os.path.join(HERE, "structure.json"), "w") as file:
        json.dump(layers, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
