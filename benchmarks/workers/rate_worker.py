"""Measures the machine's own rate: the FLOP/s of single products and convolutions in a precision.

A share of this rate is below 100 %, whatever a network does: the best of several shapes counts,
each as fast as it was in the best of several tries.
"""

import time

import measure
import tensorflow as tf

TRIES = 8
# Rows, columns and depth of products; of convolutions cells along a side, channels and a kernel's
# side. Large ones reach the units' rate, small ones stay in the caches.
PRODUCTS = ((4096, 4096, 4096), (2048, 2048, 2048), (1024, 1024, 4096), (16384, 1024, 256))
CONVOLUTIONS = ((64, 256, 3), (128, 128, 3), (32, 512, 3), (64, 1024, 1))


def main():
    args = measure.arguments()
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    rates = [product_rate(*shape, args.precision) for shape in PRODUCTS]
    rates += [convolution_rate(*shape, args.precision) for shape in CONVOLUTIONS]
    measure.tell({"flops": max(rates), "all": rates})


def product_rate(rows, columns, depth, dtype):
    """Return the FLOP/s of a product (rows, depth) by (depth, columns)."""
    a, b = numbers((rows, depth), dtype), numbers((depth, columns), dtype)
    return 2 * rows * columns * depth / best_time(tf.matmul, a, b)


def convolution_rate(side, channels, kernel, dtype):
    """Return the FLOP/s of a convolution of one map with as many filters as channels."""
    x = numbers((1, side, side, channels), dtype)
    weights = numbers((kernel, kernel, channels, channels), dtype)
    seconds = best_time(lambda a, b: tf.nn.conv2d(a, b, 1, "SAME"), x, weights)
    return 2 * side**2 * kernel**2 * channels**2 / seconds


def numbers(shape, dtype):
    """Return random numbers of a type."""
    return tf.cast(tf.random.normal(shape), dtype)


def best_time(operation, *inputs):
    """Return the seconds of the fastest of several calls."""
    run = tf.function(operation)
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        tf.reshape(run(*inputs), [-1])[:1].numpy()  # waits for an accelerator
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    main()
