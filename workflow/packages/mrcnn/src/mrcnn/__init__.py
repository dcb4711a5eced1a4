"""Mask R-CNN (He et al. 2017) on Keras 3, with the public names of Matterport's library.

The modules are the parts of the paper that the study reproduces: ``backbone`` and
``feature_pyramid`` (a), ``region_proposal`` (b), ``roi_align`` (c), ``heads`` (d, e). Boxes are
(y1, x1, y2, x2) everywhere; y2 and x2 lie outside the box.
"""

__version__ = "0.1.0"
