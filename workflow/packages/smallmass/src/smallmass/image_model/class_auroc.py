"""How well the network in training tells validation lesions apart, each read in its true box.

To read validation images as in the end takes a second network and an eighth more time. Here the
network that is being trained classifies the lesions' own boxes: its features and its classifier
head, no region proposals, no outlines. It says whether the classes come apart, not whether a lesion
is found. Nothing is learnt from it, nothing drawn at random, and no weight or state changes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from smallmass.image_model.configuration import CLASSES

MALIGNANT = 1 + CLASSES.index("malignant")  # a class id
MOST_OF_A_LABEL = 30
"""So many lesions of each label are read: of more, as many evenly spaced ones."""


class ClassAuroc:
    """The AUROC of some validation lesions in their true boxes, asked for after an epoch.

    Args:
        model: The `mrcnn.model.MaskRCNN` in training, of classes background, benign, malignant.
        dataset: The validation cases, a `CohortDataset`.
    """

    def __init__(self, model: Any, dataset: Any):
        """Choose the lesions: fixed by the cases and their order."""
        self.config, self.dataset = model.config, dataset
        self.lesions = _choose(dataset)
        self.malignant = np.array([class_id == MALIGNANT for _, _, class_id in self.lesions], bool)
        self._network = model.keras_model
        self._classifier: Any = None

    @property
    def known(self) -> bool:
        """Whether there are lesions of both labels."""
        return bool(self.malignant.any() and not self.malignant.all())

    def __call__(self) -> float:
        """Return the AUROC of the network as it is now; equal scores count half."""
        if self._classifier is None:
            self._classifier = build_classifier(self._network)
        scores = np.concatenate([self._scores(batch) for batch in self._batches()])
        scores = scores[: len(self.lesions)]
        # Not by the library of statistics: an edit there must not train anew.
        ours, others = scores[self.malignant], scores[~self.malignant]
        above = (ours[:, None] > others).mean() + (ours[:, None] == others).mean() / 2
        return float(above)

    def _scores(self, batch: dict[str, np.ndarray]) -> np.ndarray:
        """Return how far each box is called malignant rather than benign: in the order of A09."""
        _, benign, malignant = self._classifier.predict_on_batch(batch).T
        return malignant - benign

    def _batches(self) -> Iterator[dict[str, np.ndarray]]:
        """Yield full batches of images and boxes, so that the network is traced once."""
        from mrcnn.boxes import extract_bboxes
        from mrcnn.images import mold_image

        size = self.config.BATCH_SIZE
        places = np.resize(np.arange(len(self.lesions)), -(-len(self.lesions) // size) * size)
        for start in range(0, len(places), size):
            images, boxes = [], []
            for place in places[start : start + size]:
                image_id, number, _ = self.lesions[place]
                images.append(mold_image(self.dataset.load_image(image_id), self.config))
                masks, _ = self.dataset.load_mask(image_id)
                boxes.append(extract_bboxes(masks[..., number : number + 1]).astype(np.float32))
            yield {"input_image": np.stack(images), "boxes": np.stack(boxes)}


def build_classifier(network: Any) -> Any:
    """Return what the training network says of a given box an image; its weights are the same.

    Args:
        network: Of `mrcnn.network.build_training_model`.

    Returns:
        keras.Model: From ``input_image`` (batch, h, w, c) and ``boxes`` (batch, 1, 4) px to logits
        (batch, classes).
    """
    import keras

    layers = {layer.name: layer for layer in network.layers}
    boxes = keras.Input((1, 4), name="boxes")
    placed = layers["gt_boxes"](boxes)
    if "class_context" in layers:
        placed = layers["class_context"](placed)
    regions = layers["roi_align_classifier"](placed, layers["flat_pyramid"].output)
    # From here on the regions of all images are one batch.
    head = keras.Model(layers["mrcnn_class_fold"].output, layers["mrcnn_class_logits"].output)
    (image,) = (tensor for tensor in network.inputs if tensor.name == "input_image")
    inputs = {"input_image": image, "boxes": boxes}
    return keras.Model(inputs, head(layers["mrcnn_class_fold"](regions)))


def _choose(dataset: Any) -> list[tuple[int, int, int]]:
    """Return (image, place of the lesion in it, class id) of the lesions that are read."""
    lesions = [
        (int(image_id), number, int(class_id))
        for image_id in dataset.image_ids
        for number, class_id in enumerate(dataset.image_info[image_id]["class_ids"])
    ]
    chosen = []
    for class_id in range(1, 1 + len(CLASSES)):
        of_label = [lesion for lesion in lesions if lesion[2] == class_id]
        count = min(len(of_label), MOST_OF_A_LABEL)
        places = np.linspace(0, len(of_label) - 1, count).round().astype(int)
        chosen += [of_label[place] for place in places]
    return chosen
