"""The clinical model's network: the paper's multilayer perceptron, in Keras [(f) in Figure 1].

One network serves a whole search. Building and tracing a network takes seconds, training it on
800 cases little more, so learning rate, dropout and weight decay are variables of one traced
training step, and a trial starts by giving every weight its seeded initial value again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PATIENCE = 10
"""Epochs without a better validation cross-entropy after which training stops (A17)."""

BATCH_MOMENTUM = 0.9
"""Of batch normalisation's running mean. Keras' 0.99 would need several epochs of 25 steps to
forget the start, and validation would judge that start."""


@dataclass(frozen=True)
class Training:
    """How a network is trained (A17, A18).

    Attributes:
        learning_rate: Of Adam.
        dropout: Share of units dropped after each hidden layer, in [0, 1).
        l2: Weight decay: this times the sum of squared kernels is added to the loss.
        batch: Cases a step.
    """

    learning_rate: float = 0.001
    dropout: float = 0.0
    l2: float = 0.0
    batch: int = 32


@dataclass(frozen=True)
class Cases:
    """Encoded cases with their labels.

    Attributes:
        x: ``(cases, columns)`` float32.
        malignant: ``(cases,)`` bool.
    """

    x: np.ndarray
    malignant: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """Weights that make both classes count alike, with mean 1: ``(cases,)`` float32."""
        n = len(self.malignant)
        counts = np.bincount(self.malignant.astype(int), minlength=2)
        share = n / (max(int((counts > 0).sum()), 1) * np.maximum(counts, 1))
        return share[self.malignant.astype(int)].astype(np.float32)


@dataclass(frozen=True)
class History:
    """What one training came to.

    Attributes:
        epochs: Epochs run.
        best_epoch: The epoch, from 1, whose weights were kept.
        cross_entropy: Class-balanced, on validation, after each epoch, in nats.
    """

    epochs: int
    best_epoch: int
    cross_entropy: tuple[float, ...]

    @property
    def best(self) -> float:
        """The validation cross-entropy of the weights that were kept."""
        return self.cross_entropy[self.best_epoch - 1] if self.best_epoch else float("nan")


def cross_entropy(malignant: np.ndarray, score: np.ndarray, weights: np.ndarray) -> float:
    """Return the weighted mean cross-entropy in nats.

    Args:
        malignant: ``(cases,)`` bool.
        score: ``(cases,)`` probability of malignancy.
        weights: ``(cases,)``.
    """
    p = np.where(malignant, score, 1.0 - score.astype(np.float64))
    return float(np.average(-np.log(np.clip(p, 1e-7, 1.0)), weights=weights))


class Mlp:
    """Dense layers with ReLU, batch normalisation between them, two softmax outputs.

    Args:
        columns: Inputs.
        hidden: Neurons of the hidden layers; the paper's are 30, 60, 120, 60, 30 (A16).
    """

    def __init__(self, *, columns: int, hidden: Sequence[int]):
        import keras

        self.columns = columns
        self.hidden = tuple(hidden)
        self.network = _build(columns, self.hidden, keras)
        self._regularisations = [x for x in self.network.layers if hasattr(x, "rate")]
        self._learned = [x for x in self.network.layers if not hasattr(x, "rate")]
        self._optimizer = keras.optimizers.Adam(learning_rate=0.001)
        self.network.compile(
            optimizer=self._optimizer,
            loss="sparse_categorical_crossentropy",
            # JAX is slow beyond use without its compiler; elsewhere compiling costs more than
            # it saves in a network this small.
            jit_compile=keras.backend.backend() == "jax",
        )
        self._optimizer.build(self.network.trainable_variables)

    def train(
        self, training: Cases, validation: Cases, *, how: Training, epochs: int, seed: int
    ) -> History:
        """Train from a seeded start and keep the weights of the best epoch.

        The loss is class-balanced cross-entropy. An epoch is a new order of the training cases
        in batches of one size; the remainder of that order waits for the next epoch, since batch
        normalisation of a batch of one case would be meaningless.

        Args:
            training: Cases to learn from.
            validation: Cases that decide when to stop, and which epoch is kept.
            how: Optimiser settings.
            epochs: At most so many.
            seed: Of initial weights, order and dropout.
        """
        rng = np.random.default_rng(seed)
        self._restart(how, rng)
        x, y, w = training.x, training.malignant.astype(np.int32), training.weights
        batch = min(how.batch, len(x))
        steps = len(x) // batch
        losses: list[float] = []
        best, kept = 0, self.network.get_weights()
        while len(losses) < epochs and len(losses) - best < PATIENCE:
            order = rng.permutation(len(x))[: steps * batch].reshape(steps, batch)
            for rows in order:
                self.network.train_on_batch(x[rows], y[rows], sample_weight=w[rows])
            score = self.network.predict_on_batch(validation.x)[:, 1]
            losses.append(cross_entropy(validation.malignant, score, validation.weights))
            if np.isnan(losses[-1]):
                break
            if not best or losses[-1] < losses[best - 1]:
                best, kept = len(losses), self.network.get_weights()
        self.network.set_weights(kept)
        return History(len(losses), best, tuple(losses))

    def score(self, x: np.ndarray) -> np.ndarray:
        """Return the softmax output of malignancy, ``(cases,)`` float64, to six decimals.

        Args:
            x: ``(cases, columns)`` float32.
        """
        import keras

        if not len(x):
            return np.zeros(0)
        output = keras.ops.convert_to_numpy(self.network(x, training=False))
        # Six decimals: the digits that float32 arithmetic vouches for.
        return np.round(output[:, 1].astype(np.float64), 6)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the weights by ``layer/variable``, float32."""
        return {
            f"{layer.name}/{variable.name}": np.array(value)
            for layer in self._learned
            for variable, value in zip(layer.weights, layer.get_weights(), strict=True)
        }

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Give the network the weights that `arrays` returned.

        Raises:
            ValueError: If a weight is missing, unknown, or of another shape.
        """
        own = self.arrays()
        wrong = sorted(set(own) ^ set(arrays)) or [
            name for name, value in own.items() if value.shape != np.shape(arrays[name])
        ]
        if wrong:
            raise ValueError(f"weights that do not fit the network: {', '.join(wrong)}")
        for layer in self._learned:
            layer.set_weights([arrays[f"{layer.name}/{v.name}"] for v in layer.weights])

    def _restart(self, how: Training, rng: np.random.Generator) -> None:
        """Give weights, optimiser and dropout their initial values."""
        for layer in self._learned:
            for variable in layer.weights:
                variable.assign(_initial(variable, rng))
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, dtype=variable.dtype))
        self._optimizer.learning_rate = how.learning_rate
        for layer in self._regularisations:
            layer.rate.assign(how.dropout)
            layer.l2.assign(how.l2)
            state = layer.seeds.state
            state.assign(np.array([int(rng.integers(2**31)), 0], dtype=state.dtype))


def _initial(variable, rng: np.random.Generator) -> np.ndarray:
    """Return a weight's initial value: Glorot's uniform for kernels, else 0 or 1.

    Drawn by NumPy, so that every backend starts from the same weights (Glorot & Bengio 2010).
    """
    if variable.name == "kernel":
        limit = np.sqrt(6.0 / sum(variable.shape))
        return rng.uniform(-limit, limit, variable.shape).astype(np.float32)
    one = variable.name in ("gamma", "moving_variance")
    return np.full(variable.shape, float(one), dtype=np.float32)


def _build(columns: int, hidden: Sequence[int], keras):
    """Return the network. What a trial changes are its layers' variables: ``rate`` and ``l2``.

    They belong to layers, as weights do, since some backends of Keras compile anything else
    into the training step as a constant.
    """

    class Regularisation(keras.layers.Layer):
        """Dropout and, for the kernel of the layer before, weight decay; both variables."""

        def __init__(self, **names):
            super().__init__(**names)
            self.rate = keras.Variable(0.0, trainable=False, name="rate")
            self.l2 = keras.Variable(0.0, trainable=False, name="l2")
            self.seeds = keras.random.SeedGenerator(0)

        def decay(self, kernel):
            return self.l2 * keras.ops.sum(keras.ops.square(kernel))

        def call(self, x, training=False):
            if not training:
                return x
            keep = keras.random.uniform(keras.ops.shape(x), seed=self.seeds) >= self.rate
            return x * keras.ops.cast(keep, x.dtype) / (1.0 - self.rate)

    layers = [keras.Input((columns,), dtype="float32")]
    for i, neurons in enumerate(hidden, 1):
        regularisation = Regularisation(name=f"regularisation_{i}")
        layers.append(
            keras.layers.Dense(
                neurons,
                activation="relu",
                kernel_regularizer=regularisation.decay,
                name=f"hidden_{i}",
            )
        )
        if i < len(hidden):  # "Batch normalization was performed between the hidden layers."
            name = f"batch_normalization_{i}"
            layers.append(keras.layers.BatchNormalization(momentum=BATCH_MOMENTUM, name=name))
        layers.append(regularisation)
    layers.append(keras.layers.Dense(2, activation="softmax", name="output"))
    return keras.Sequential(layers)
