"""The training loop: labels alone go in."""

import logging
import math

from mrcnn.config import Config
from mrcnn.optimizer import make_optimizer
from mrcnn.training import compile_model
from smallmass.errors import UserError
from smallmass.image_model.schedule import Schedule
from smallmass.progress import Bar
from smallmass.weak.images import Batches
from smallmass.weak.network import LOSSES, WeakModel


def fit(
    model: WeakModel, batches: Batches, config: Config, schedule: Schedule, log: logging.Logger
) -> list[dict[str, float]]:
    """Train a network.

    Args:
        model: Of `build_network`.
        batches: Of the training images.
        config: Optimiser and rate.
        schedule: Rounds, and steps of each.
        log: Told of every round.

    Returns:
        list: Of each round its number and the mean losses.

    Raises:
        UserError: If a loss is no longer a number.
    """
    compile_model(model, make_optimizer(config, config.LEARNING_RATE, 0.9, schedule.total))
    bar = Bar(log, "steps", schedule.total)
    history = []
    for number in range(schedule.rounds):
        sums = dict.fromkeys(("loss", *LOSSES), 0.0)
        for step, (images, malignant) in enumerate(batches.epoch(number, schedule.steps), start=1):
            model.reset_metrics()
            losses = model.train_on_batch({"image": images}, malignant, return_dict=True)
            for name in sums:
                sums[name] += float(losses[name])
            if not math.isfinite(sums["loss"]):
                raise UserError(
                    f"labels alone: the loss is no number in round {number + 1}, step {step}; "
                    "lower image_model.learning_rate"
                )
            bar.at(number * schedule.steps + step, loss=f"{sums['loss'] / step:.3f}")
        row = {"round": number + 1, **{n: total / schedule.steps for n, total in sums.items()}}
        history.append(row)
        parts = ", ".join(f"{name} {row[name]:.3f}" for name in LOSSES)
        text = f"round {number + 1} of {schedule.rounds}: loss {row['loss']:.3f} ({parts})"
        bar.say(text, (number + 1) * schedule.steps, always=True)
    bar.close()
    return history
