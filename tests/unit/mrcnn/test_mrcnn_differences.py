"""Every row of the README's table of differences has a test that would fail without it."""

import re
from pathlib import Path

import numpy as np
import pytest

from libraries import PACKAGES
from mrcnn import logs, metrics

README = (PACKAGES / "mrcnn" / "README.md").read_text(encoding="utf-8")
# The first cell of a row: a file test_mrcnn_….py of this folder, and a test in it.
TESTS = {
    "`BACKBONE`": ("swin", "every_stage_is_torchvisions"),
    "no detections, or no lesions": ("metrics", "nothing_found_and_nothing_to_find"),
    "`score_threshold` of `compute_matches`": ("metrics", "a_detection_takes_the_lesion_it_over"),
    "equal scores": ("differences", "of_equal_scores_the_earlier_counts_as_the_better"),
    "random numbers": ("random_state", "making_a_model_leaves_the_callers_generators_alone"),
    "`load_weights`": ("weight_files", "layers_that_the_file_or_the_model_lacks_are_named"),
    "`layers=` that match none, a data set without images": (
        "nothing_in_silence",
        "layers_that_match_none_are_an_error",
    ),
    "`epochs=` that are done": ("nothing_in_silence", "epochs_that_are_done_are_said"),
    "settings that are misspelt or do not agree, one image in place of a list, images between 0 "
    "and 1": ("nothing_in_silence", "settings_that_do_not_agree_are_an_error"),
    "images without objects": ("batches", "images_without_objects_are_skipped_unless_asked_for"),
    "anchors that share a lesion's best overlap": (
        "targets",
        "anchors_that_share_a_lesions_best_overlap",
    ),
    "images that shrink": ("oracle", "image_that_is_smoothed_before_it_shrinks"),
    "16-bit and grey images": ("steady", "the_range_is_told_by_the_data_type_and_not_by_a_pixel"),
    "fewer `RPN_ANCHOR_SCALES` than levels": (
        "nothing_in_silence",
        "fewer_anchor_scales_than_levels_use_the_first_levels",
    ),
    "augmentation": ("augmentation", "masks_follow_geometry_and_nothing_else"),
    "data that cannot be loaded": ("model", "a_failing_image_is_named"),
    "a training that is started again": ("model", "resumed_training_ends_in_the_same_bytes"),
    "every region with its probabilities of all classes": (
        "steady",
        "odd_images_are_read_without_nan",
    ),
    "`find_last`": ("differences", "the_last_training_is_of_exactly_this_name_and_has_weights"),
    "`train`, `load_weights`": ("progress", "returned_rows_are_a_list_that_prints_as_one_line"),
    "`ancestor`": ("inside", "steps_of_the_choice_of_regions"),
    "input size": ("inside", "images_are_read_at_their_own_size_padded_to_multiples_of_64"),
    "inputs of the network that reads": ("inside", "predict_takes_images_metas_and_anchors"),
    "layers of Matterport's graph alone: `input_image_meta` and `input_anchors` in reading; "
    "`mrcnn_class`, `output_rois`, `anchors` in training; `rpn_class_logits`, `pool_squeeze`": (
        "clients",
        "layers_of_matterports_graph_alone",
    ),
    "what Keras 2 alone has: `fit_generator`, `optimizer.lr`": (
        "clients",
        "what_keras_2_alone_has_is_an_error",
    ),
    "names that modules hold because they import them: `model.K`, `visualize.plt`, also by "
    "`import *`": ("clients", "names_that_modules_hold_by_chance"),
    "trainings that start in the same minute": (
        "clients",
        "trainings_that_start_in_the_same_minute_are_warned_of",
    ),
    "a convolution and its frozen batch normalisation": (
        "inside",
        "layers_by_matterports_names",
    ),
    "how a mask lies in its box": (
        "targets",
        "pasting_by_corners_undoes_the_crop_that_masks_are_trained_on",
    ),
    "given regions (`USE_RPN_ROIS = False`), GPUs side by side": (
        "inside",
        "what_this_library_cannot_do_is_said_before_a_network_is_built",
    ),
}


def rows():
    table = README.split("| | here | Matterport's library |\n|---|---|---|\n")[1].split("\n\n")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()]


def test_every_row_names_its_test():
    assert rows() == list(TESTS)


@pytest.mark.parametrize("row", TESTS)
def test_the_test_of_a_row_exists(row):
    module, name = TESTS[row]
    text = Path(__file__).with_name(f"test_mrcnn_{module}.py").read_text(encoding="utf-8")
    assert re.search(rf"^def test_{name}", text, re.MULTILINE)


def test_of_equal_scores_the_earlier_counts_as_the_better():
    box, mask = np.array([[0, 0, 4, 4]]), np.ones((4, 4, 1), bool)
    twice = np.repeat(box, 2, axis=0), np.array([1, 1]), np.array([0.5, 0.5])
    matches = metrics.compute_matches(box, np.array([1]), mask, *twice, np.repeat(mask, 2, axis=2))
    assert matches[0].tolist() == [0] and matches[1].tolist() == [0, -1]


def test_the_last_training_is_of_exactly_this_name_and_has_weights(tmp_path):
    files = {
        "disc20260101T0000": ["mask_rcnn_disc_0001.h5", "mask_rcnn_disc_0002.h5"],
        "disc20260102T0000": ["events.out.tfevents.1.mrcnn"],  # it died in its first epoch
        "discs20260103T0000": ["mask_rcnn_discs_0009.h5"],
    }
    for folder, names in files.items():
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).touch()
    assert logs.find_last(tmp_path, "Disc").endswith("disc20260101T0000/mask_rcnn_disc_0002.h5")
    with pytest.raises(FileNotFoundError, match="no training of 'bar'"):
        logs.find_last(tmp_path, "bar")
