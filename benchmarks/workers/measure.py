"""What every worker shares: the load, the clock and the answer. Runs on Python 3.7 and later."""

import argparse
import json
import resource
import sys
import time

import numpy as np

CLASSES = 3  # background, benign, malignant
ROIS = 200
PROPOSALS_TRAINING, PROPOSALS_READING = 2000, 1000


def arguments():
    """Return what the benchmark asked this worker to do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=("train", "read"), required=True)
    parser.add_argument("--backbone", default="resnet101")
    parser.add_argument("--px", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--study", action="store_true", help="the default study's network")
    return parser.parse_args()


def case(px, number):
    """Return an image (px, px, 3) uint8 and the mask (px, px) bool of its one lesion.

    Speckle around a dark ellipse of a third of the image: what a small mass looks like once a
    scanner's operator has zoomed in.
    """
    rng = np.random.RandomState(number)
    y, x = np.mgrid[:px, :px] / px
    mask = ((y - 0.5) / 0.15) ** 2 + ((x - 0.5) / 0.18) ** 2 < 1
    image = rng.rayleigh(60, (px, px)) * np.where(mask, 0.4, 1.0)
    return np.repeat(image.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), mask


def cases_of(base):
    """Return a data set of drawn cases, one lesion each, as a subclass of a library's ``base``."""

    class Cases(base):
        def __init__(self, px, count):
            super().__init__()
            self.cases = [case(px, i) for i in range(count)]
            for class_id, name in enumerate(("benign", "malignant"), start=1):
                self.add_class("cases", class_id, name)
            for i in range(count):
                self.add_image("cases", i, None)
            self.prepare()

        def load_image(self, image_id):
            return self.cases[image_id][0]

        def load_mask(self, image_id):
            return self.cases[image_id][1][..., None], np.array([1 + image_id % 2], np.int32)

    return Cases


def serve(step, about, sync=lambda: None):
    """Warm up, then run one step each time that the benchmark asks on standard input.

    Args:
        step: Function of the step's number.
        about: dict that tells what runs, values or functions that return them; the first line of
            the output.
        sync: Waits for an accelerator.
    """
    for i in range(3):
        step(i)
    sync()
    tell({key: value() if callable(value) else value for key, value in about.items()})
    number = 3
    for _ in iter(sys.stdin.readline, ""):
        wall, cpu = time.perf_counter(), time.process_time()
        step(number)
        sync()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        tell({"wall_s": wall, "cpu_s": cpu, "peak_mib": peak})
        number += 1


def tell(values):
    """Print values as a line that the benchmark recognises."""
    print("benchmark:" + json.dumps(values), flush=True)
