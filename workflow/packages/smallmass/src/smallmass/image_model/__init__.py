"""The image arm: Mask R-CNN trained on a cohort, and its regions made into one score an image."""
