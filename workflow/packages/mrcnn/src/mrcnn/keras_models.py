"""What a network is as a Keras model: its weight files, its inputs in lists, its losses."""

import keras
from keras import ops

from mrcnn.graph import name_batches, name_inputs, read_as_matterport
from mrcnn.losses import LOSSES, l2_penalty
from mrcnn.normalisation import leaf_layers
from mrcnn.weight_files import load_file
from mrcnn.weights import is_matterport_layout, save_weights


@keras.saving.register_keras_serializable("mrcnn")
class Network(keras.Model):
    """A functional model whose weight files may be in Matterport's layout (``….h5``), too."""

    def get_layer(self, name=None, index=None):
        """Return a layer by its name; also those inside a combined layer, as ``bn_conv1`` is."""
        inner = [layer for layer in leaf_layers(self) if name is not None and layer.name == name]
        outer = any(layer.name == name for layer in self.layers)
        return inner[0] if inner and not outer else super().get_layer(name, index)

    def save_weights(self, filepath, *args, **kwargs):
        if str(filepath).endswith(".weights.h5"):
            super().save_weights(filepath, *args, **kwargs)
        else:
            save_weights(self, filepath)

    def load_weights(self, filepath, by_name=False, exclude=None, skip_mismatch=False, **kwargs):
        """Load weights: by name what `mrcnn.weight_files` knows, as Keras does what it wrote."""
        if by_name or exclude is not None or is_matterport_layout(filepath):
            load_file(self, filepath, by_name, exclude, skip_mismatch)
        else:
            super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)


@keras.saving.register_keras_serializable("mrcnn")
class ReadingModel(Network):
    """A functional model that reads images; it also takes Matterport's three inputs in a list."""

    def predict(self, x, *args, **kwargs):
        if isinstance(x, list | tuple):
            return read_as_matterport(self, x, **kwargs)
        return super().predict(x, *args, **kwargs)

    def predict_on_batch(self, x):
        if isinstance(x, list | tuple):
            return read_as_matterport(self, x, verbose=0)
        return super().predict_on_batch(x)


@keras.saving.register_keras_serializable("mrcnn")
class TrainingModel(Network):
    """A functional model whose outputs are the five losses, by the names in `LOSSES`.

    The total is their weighted sum and the L2 penalty, as the layer ``losses`` asks for; Keras then
    trains it on any backend. Inputs come by name, or in the lists of `mrcnn.generator`.
    """

    def __init__(self, inputs, outputs, name=None, **kwargs):
        super().__init__(inputs, outputs, name=name, **kwargs)
        # Running means, which `get_metrics_result` reports.
        self.trackers = {loss: keras.metrics.Mean(name=loss) for loss in LOSSES}

    def fit(self, x=None, *args, validation_data=None, **kwargs):
        named = name_batches(validation_data)
        return super().fit(name_batches(x), *args, validation_data=named, **kwargs)

    def evaluate(self, x=None, *args, **kwargs):
        return super().evaluate(name_batches(x), *args, **kwargs)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        return super().train_on_batch(name_inputs(x), y or None, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        return super().test_on_batch(name_inputs(x), y or None, *args, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        settings = self.get_layer("losses")
        total = 0.0
        for name in LOSSES:
            total = total + settings.loss_weights[name] * ops.mean(y_pred[name])
            self.trackers[name].update_state(ops.mean(y_pred[name]))
        if settings.weight_decay:
            total = total + l2_penalty(self, settings.weight_decay)
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return self.get_metrics_result()
