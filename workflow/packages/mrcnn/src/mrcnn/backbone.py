"""(a) The residual network that turns an image into feature maps.

He et al. 2016, "Deep residual learning", version 1: the stride sits on the first convolution of a
block, every convolution has a bias, and layers carry the names of the original Caffe model
(``res4b_branch2a``), which Matterport's weight files use.
"""

import string

from keras import layers

from mrcnn.architectures import ARCHITECTURES, BACKBONES
from mrcnn.normalisation import BatchNorm


def build_resnet(image, architecture: str, norm: BatchNorm):
    """Return the feature maps of the five stages.

    Args:
        image: (batch, height, width, channels) float tensor, mean pixel subtracted.
        architecture: A key of `mrcnn.architectures.ARCHITECTURES`.
        norm: How to normalise.

    Returns:
        list: C1 to C5 at strides 2 (before pooling: 4), 4, 8, 16 and 32.

    Raises:
        ValueError: If the architecture is unknown.
    """
    if architecture not in ARCHITECTURES:
        known = ", ".join(BACKBONES)
        raise ValueError(f"unknown backbone {architecture!r}; known: {known}")
    depths, bottleneck = ARCHITECTURES[architecture]
    block = _bottleneck_block if bottleneck else _basic_block

    x = layers.ZeroPadding2D((3, 3), name="conv1_pad", dtype=norm.dtype)(image)
    x = norm.convolve(x, 64, 7, "conv1", "bn_conv1", strides=2, relu=True)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2), padding="same", name="pool1", dtype=norm.dtype)(
        x
    )
    stages = [x]
    for stage, depth in enumerate(depths, start=2):
        width = 64 * 2 ** (stage - 2)
        for index, letter in enumerate(string.ascii_lowercase[:depth]):
            stride = 2 if index == 0 and stage > 2 else 1
            project = index == 0 and (bottleneck or stage > 2)
            x = block(x, width, f"{stage}{letter}", stride, project, norm)
        stages.append(x)
    return stages


def _convolution(x, filters: int, kernel: int, stride: int, name: str, norm: BatchNorm, relu=False):
    """Convolve and normalise, under the names ``res{name}`` and ``bn{name}``."""
    padding = "valid" if kernel == 1 else "same"
    if kernel > 1 and stride > 1:  # symmetric padding, as in the residual networks' own code
        x = layers.ZeroPadding2D(kernel // 2, name=f"res{name}_pad", dtype=norm.dtype)(x)
        padding = "valid"
    names = f"res{name}", f"bn{name}"
    return norm.convolve(x, filters, kernel, *names, strides=stride, padding=padding, relu=relu)


def _bottleneck_block(x, width, name, stride, project, norm):
    """1x1 (with the stride), 3x3, 1x1 to four times the width, and the shortcut."""
    if stride > 1:  # a 1x1 convolution with a stride looks at every second cell only
        x = layers.MaxPooling2D(1, strides=stride, name=f"res{name}_subsampled", dtype=norm.dtype)(
            x
        )
    y = _convolution(x, width, 1, 1, f"{name}_branch2a", norm, relu=True)
    y = _convolution(y, width, 3, 1, f"{name}_branch2b", norm, relu=True)
    y = _convolution(y, 4 * width, 1, 1, f"{name}_branch2c", norm)
    if project:
        x = _convolution(x, 4 * width, 1, 1, f"{name}_branch1", norm)
    x = layers.Add(name=f"res{name}_add", dtype=norm.dtype)([y, x])
    return layers.Activation("relu", name=f"res{name}_out", dtype=norm.dtype)(x)


def _basic_block(x, width, name, stride, project, norm):
    """Two 3x3 convolutions (the first with the stride) and the shortcut."""
    y = _convolution(x, width, 3, stride, f"{name}_branch2a", norm, relu=True)
    y = _convolution(y, width, 3, 1, f"{name}_branch2b", norm)
    if project:
        x = _convolution(x, width, 1, stride, f"{name}_branch1", norm)
    x = layers.Add(name=f"res{name}_add", dtype=norm.dtype)([y, x])
    return layers.Activation("relu", name=f"res{name}_out", dtype=norm.dtype)(x)
