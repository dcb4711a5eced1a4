"""Times this project's Mask R-CNN on the backend that KERAS_BACKEND names."""

import os
from pathlib import Path

import measure

KERAS_BACKEND = os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

from mrcnn.config import Config
from mrcnn.data import BatchLoader
from mrcnn.dataset import Dataset
from mrcnn.model import MaskRCNN
from mrcnn.normalisation import leaf_layers
from mrcnn.optimizer import make_optimizer
from mrcnn.training import compile_model

Cases = measure.cases_of(Dataset)


def configuration(args):
    """Return Matterport's default configuration at the benchmark's size and counts."""
    if args.study:
        return study_configuration(args.precision)

    class Settings(Config):
        NAME = "benchmark"
        PRECISION = args.precision
        BACKBONE = args.backbone
        IMAGES_PER_GPU = args.batch
        NUM_CLASSES = measure.CLASSES
        IMAGE_MIN_DIM = IMAGE_MAX_DIM = args.px
        TRAIN_ROIS_PER_IMAGE = measure.ROIS
        POST_NMS_ROIS_TRAINING = measure.PROPOSALS_TRAINING
        POST_NMS_ROIS_INFERENCE = measure.PROPOSALS_READING
        DETECTION_MIN_CONFIDENCE = 0.0  # random weights: let regions through
        USE_GT_ROIS = True  # as torchvision: some regions are positive from the start

    return Settings()


def study_configuration(precision):
    """Return the configuration with which the default study trains and reads."""
    import yaml

    from smallmass.image_model.configuration import make_config
    from smallmass.settings import ImageModelSettings
    from smallmass.settings.picking import typed

    path = Path(__file__).parents[2] / "config.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]["image_model"]
    return make_config(typed(ImageModelSettings, {**settings, "precision": precision}))


def limit_threads(threads):
    """Give the backend as many threads as the peers get."""
    if KERAS_BACKEND == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    elif KERAS_BACKEND == "torch":
        import torch

        torch.set_num_threads(threads)


def tame(network):
    """Make the branches of a network with random weights small: its features stay finite."""
    for layer in leaf_layers(network):
        if layer.name.endswith("_branch2c") and layer.name.startswith("bn"):
            layer.gamma.assign(np.full(layer.gamma.shape, 0.2))


def device():
    """Return what the backend computes on."""
    if KERAS_BACKEND == "jax":
        import jax

        return str(jax.devices()[0])
    if KERAS_BACKEND == "torch":
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"
    import tensorflow as tf

    return (tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("CPU"))[0][1]


def count_regions(network, batch):
    """Return how many regions the heads read in a training step."""
    layers = [network.get_layer(name) for name in ("proposal_targets", "positive_regions")]
    part = keras.Model(network.inputs, [layers[0].output[0], layers[1].output[0]])
    rois, positive = part.predict_on_batch(batch)
    return {
        "regions": rois.shape[0] * rois.shape[1],
        "masks": positive.shape[0] * positive.shape[1],
    }


def operations(network, args, regions):
    """Return the FLOP of a step: convolutions and dense layers, two for a multiply-add.

    Backward is twice forward. The region proposal network reads whole maps forwards alone, and
    once more the patches that are trained on.
    """
    passes = 3 if args.task == "train" else 1
    total = 0
    for layer in network.layers:
        for node in layer._inbound_nodes:
            if layer.name == "rpn_model":
                shape = node.input_tensors[0].shape  # (batch, h, w, c) or (batch, patches, 9 c)
                cells = np.prod(shape[1:-1]) * args.batch * (1 if len(shape) == 4 else passes)
                total += sum(2 * cells * kernel_size(leaf) for leaf in leaf_layers(layer))
                continue
            for leaf in leaf_layers(layer):
                # A transposed convolution multiplies each cell of its input, not of its output.
                at = node.input_tensors if "deconv" in leaf.name else node.output_tensors
                cells = np.prod([n or 1 for n in at[0].shape[1:-1]])
                times = args.batch
                if layer.name.startswith("mrcnn_"):
                    times = regions["masks" if "mask" in layer.name else "regions"]
                total += 2 * times * cells * kernel_size(leaf) * passes
    return float(total)


def kernel_size(layer):
    """Return the number of weights that each output cell is multiplied with."""
    return float(np.prod(layer.kernel.shape)) if hasattr(layer, "kernel") else 0.0


def training_step(args, cases):
    """Return a function that trains one batch, the network and its counts of regions."""
    model = MaskRCNN("training", configuration(args), seed=0)
    network = model.keras_model
    tame(network)
    compile_model(network, make_optimizer(model.config, 1e-4, 0.9, 100))
    batches = list(BatchLoader(cases, model.config, None, seed=0, shuffle=False).epoch(0, 4))
    for batch in batches:
        batch.pop("case_ids")
    regions = count_regions(network, batches[0])

    def step(i):
        float(network.train_on_batch(batches[i % len(batches)], return_dict=True)["loss"])

    return step, network, regions


def reading_step(args, cases):
    """Return a function that reads one batch, the network and its counts of regions."""
    model = MaskRCNN("inference", configuration(args), seed=0)
    tame(model.keras_model)
    images = [cases.load_image(i) for i in range(args.batch)]
    regions = {"regions": args.batch * model.config.POST_NMS_ROIS_INFERENCE, "masks": 0}

    def step(_):
        regions["masks"] = sum(len(result["rois"]) for result in model.detect(images))

    return step, model.keras_model, regions


def main():
    args = measure.arguments()
    limit_threads(args.threads)
    args.batch = configuration(args).BATCH_SIZE
    cases = Cases(args.px, max(4, args.batch))
    make = training_step if args.task == "train" else reading_step
    step, network, regions = make(args, cases)
    about = {
        "versions": f"keras {keras.__version__}, {KERAS_BACKEND}",
        "device": device(),
        "regions": regions,
        "flop": lambda: operations(network, args, regions),
    }
    measure.serve(step, about)


if __name__ == "__main__":
    main()
