"""How long a training waits for its images.

    uv run python benchmarks/data_pipeline.py [--px 160] [--backbone resnet18] [--batch 8]

Trains on drawn cases of 512 px, resized and augmented as in the study, with one thread that
prepares batches, and prints the share of the time during which the network waited for one. The
first batches, which everything waits for, do not count.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "workers"))

import measure

from mrcnn.config import Config
from mrcnn.data import BatchLoader
from mrcnn.dataset import Dataset
from mrcnn.model import MaskRCNN
from mrcnn.optimizer import make_optimizer
from mrcnn.training import compile_model
from smallmass.image_model.augmentation import Augmentation
from smallmass.settings.model import AugmentationSettings

WARM_UP = 3


Cases = measure.cases_of(Dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--px", type=int, default=160)
    parser.add_argument("--backbone", default="resnet18")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    settings = {
        "NAME": "benchmark",
        "BACKBONE": args.backbone,
        "IMAGES_PER_GPU": args.batch,
        "NUM_CLASSES": measure.CLASSES,
        "IMAGE_MIN_DIM": args.px,
        "IMAGE_MAX_DIM": args.px,
        "MAX_GT_INSTANCES": 2,
    }
    config = type("Settings", (Config,), settings)()
    model = MaskRCNN("training", config).keras_model
    compile_model(model, make_optimizer(config, 1e-4, 0.9, args.steps))
    changes = AugmentationSettings(
        flip=True,
        gain=0.2,
        shift=0.1,
        scale=0.15,
        gamma=0.2,
        depth_gain=0.2,
        shadow=0.1,
        speckle=0.1,
        blur=1,
    )
    augmentation = Augmentation(changes)
    loader = BatchLoader(Cases(512, 32), config, augmentation, seed=0, workers=args.workers)
    waited = trained = 0.0
    batches = iter(loader.epoch(0, args.steps + WARM_UP))
    for step in range(args.steps + WARM_UP):
        start = time.perf_counter()
        batch = next(batches)
        batch.pop("case_ids")
        ready = time.perf_counter()
        float(model.train_on_batch(batch, return_dict=True)["loss"])
        if step >= WARM_UP:
            waited += ready - start
            trained += time.perf_counter() - ready
    share = waited / (waited + trained)
    print(
        f"{args.backbone}, {args.px} px, batch {args.batch}: {trained / args.steps:.2f} s a step, "
        f"waited {100 * share:.1f} % of the time"
    )


if __name__ == "__main__":
    main()
