"""The feature pyramid network (Lin et al. 2017): one width of features at every scale."""

from keras import layers

from mrcnn.convolution import Conv2D


def build_feature_pyramid(stages: list, width: int, dtype: str | None = None) -> list:
    """Return the pyramid P2 to P6 of the backbone's maps.

    Args:
        stages: C2, C3, C4, C5, each (batch, h, w, c) at strides 4, 8, 16, 32.
        width: Channels of every level.
        dtype: Dtype policy of the layers; None: Keras's global one.

    Returns:
        list: P2 to P6, (batch, h, w, width) at strides 4 to 64. P6 serves the region proposal
        network alone.
    """
    c2, c3, c4, c5 = stages
    lateral = Conv2D(width, 1, name="fpn_c5p5", dtype=dtype)(c5)
    merged = [lateral]
    for level, stage in ((4, c4), (3, c3), (2, c2)):
        upsampling = layers.UpSampling2D(2, name=f"fpn_p{level + 1}upsampled", dtype=dtype)
        lateral = Conv2D(width, 1, name=f"fpn_c{level}p{level}", dtype=dtype)(stage)
        add = layers.Add(name=f"fpn_p{level}add", dtype=dtype)
        merged.append(add([upsampling(merged[-1]), lateral]))
    pyramid = [
        Conv2D(width, 3, padding="same", name=f"fpn_p{level}", dtype=dtype)(x)
        for level, x in zip((5, 4, 3, 2), merged, strict=True)
    ][::-1]
    # Subsampling, not averaging: a max-pool of size 1 takes every second cell.
    subsampling = layers.MaxPooling2D(1, strides=2, name="fpn_p6", dtype=dtype)
    pyramid.append(subsampling(pyramid[-1]))
    return pyramid
