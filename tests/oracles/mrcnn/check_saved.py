"""Load a weight file that our library saved into Matterport's, and compare what it detects.

``python check_saved.py FILE`` in the environment of `make`: the file must hold the weights of the
narrow ResNet50 of the fixtures, and Matterport's network must then detect what it detected with
its own.
"""

import os
import sys

import make
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def main(path):
    """Compare the detections of both cases; raise AssertionError where they differ."""
    inputs = make.inputs
    make.mend()
    model = make.build("inference", make.narrow("resnet50"), filled=False)
    before = make.K.batch_get_value(model.keras_model.weights)
    model.load_weights(path, by_name=True)
    after = make.K.batch_get_value(model.keras_model.weights)
    for i, weight in enumerate(model.keras_model.weights):
        wanted = inputs.tensor(weight.name, before[i].shape)
        assert np.array_equal(after[i], wanted), weight.name
    fixture = np.load(os.path.join(HERE, "resnet50.npz"))
    for i, found in enumerate(model.detect([inputs.case(i)[0] for i in range(2)])):
        for key in ("rois", "class_ids", "masks"):
            assert np.array_equal(found[key], fixture[f"detect{i}/{key}"]), key
        assert np.allclose(found["scores"], fixture[f"detect{i}/scores"], rtol=1e-4)
    print(len(after), "tensors loaded, detections are equal")


if __name__ == "__main__":
    main(sys.argv[1])
