"""Times Matterport's Mask R-CNN 0.2 under TensorFlow 1.15 (Python 3.7); run by ../mask_rcnn.py.

tests/oracles/mrcnn/make.py tells how to make such an environment.
"""

import measure
import tensorflow as tf

from mrcnn import utils
from mrcnn.config import Config
from mrcnn.model import MaskRCNN, data_generator

Cases = measure.cases_of(utils.Dataset)


def main():
    args = measure.arguments()
    tf.compat.v1.keras.backend.set_session(None)
    import keras

    session = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=args.threads, inter_op_parallelism_threads=args.threads
    )
    keras.backend.set_session(tf.compat.v1.Session(config=session))

    class Settings(Config):
        NAME = "benchmark"
        BACKBONE = args.backbone
        GPU_COUNT = 1
        IMAGES_PER_GPU = args.batch
        NUM_CLASSES = measure.CLASSES
        IMAGE_MIN_DIM = IMAGE_MAX_DIM = args.px
        TRAIN_ROIS_PER_IMAGE = measure.ROIS
        POST_NMS_ROIS_TRAINING = measure.PROPOSALS_TRAINING
        POST_NMS_ROIS_INFERENCE = measure.PROPOSALS_READING
        DETECTION_MIN_CONFIDENCE = 0.0

    config = Settings()
    cases = Cases(args.px, max(4, args.batch))
    mode = "training" if args.task == "train" else "inference"
    model = MaskRCNN(mode, config, "unused")
    regions = {"regions": measure.ROIS * args.batch, "masks": measure.ROIS * args.batch}
    if args.task == "train":
        model.set_trainable(".*")
        model.compile(1e-4, 0.9)
        batches = data_generator(cases, config, shuffle=False, batch_size=args.batch)
        inputs = [next(batches)[0] for _ in range(4)]

        def step(i):
            model.keras_model.train_on_batch(inputs[i % 4], [])
    else:
        images = [cases.load_image(i) for i in range(args.batch)]
        regions = {"regions": measure.PROPOSALS_READING * args.batch}

        def step(_):
            regions["masks"] = sum(len(result["rois"]) for result in model.detect(images))

    about = {"versions": "mrcnn 0.2, tensorflow " + tf.__version__, "device": "CPU"}
    about["regions"] = regions
    measure.serve(step, about)


if __name__ == "__main__":
    main()
