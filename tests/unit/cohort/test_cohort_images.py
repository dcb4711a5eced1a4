"""Reading images of every format and depth."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from smallmass.cohort.images import ImageProblem, pixel_sha256, read_grey, read_outline

RAMP = np.add.outer(np.arange(20, dtype=np.uint8) * 3, np.arange(30, dtype=np.uint8) * 5)


def save(path, image, **options):
    image.save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "tif", "bmp"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_grey_levels_are_the_same_in_every_lossless_format(tmp_path, ending, mode):
    image = Image.fromarray(RAMP).convert(mode)
    assert (read_grey(save(tmp_path / f"a.{ending}", image)) == RAMP).all()


def test_jpeg_is_near(tmp_path):
    read = read_grey(save(tmp_path / "a.jpg", Image.fromarray(RAMP), quality=95))
    assert np.abs(read.astype(int) - RAMP).max() <= 4


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_are_scaled_from_their_full_range(tmp_path, ending):
    image = Image.fromarray(RAMP.astype(np.uint16) * 257)
    assert (read_grey(save(tmp_path / f"a.{ending}", image)) == RAMP).all()


def test_colour_becomes_luma_and_transparency_black(tmp_path):
    pixels = np.zeros((1, 4, 4), dtype=np.uint8)
    pixels[0] = [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [255, 255, 255, 0]]
    read = read_grey(save(tmp_path / "a.png", Image.fromarray(pixels)))
    # ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B
    assert read.tolist() == [[76, 150, 29, 0]]


def test_frames_of_a_file(tmp_path):
    frames = [Image.fromarray(np.full((4, 5), level, np.uint8)) for level in (10, 20, 30)]
    path = tmp_path / "a.tif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert [int(read_grey(path, frame)[0, 0]) for frame in (None, 0, 1, 2)] == [10, 10, 20, 30]
    with pytest.raises(ImageProblem, match="no frame 3"):
        read_grey(path, 3)


@pytest.mark.parametrize("high", [1, 255])
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "I;16"])
def test_outlines_of_any_grey_mean_the_same(tmp_path, mode, high):
    expected = RAMP > 100
    levels = np.where(expected, high, 0)
    if mode == "I;16":
        image = Image.fromarray(levels.astype(np.uint16))
    elif mode == "1":
        image = Image.fromarray(expected)
    else:
        image = Image.fromarray(levels.astype(np.uint8)).convert(mode)
    assert (read_outline(save(tmp_path / "a.png", image)) == expected).all()


def test_empty_outline_is_empty(tmp_path):
    path = save(tmp_path / "a.png", Image.fromarray(np.zeros((4, 5), np.uint8)))
    assert not read_outline(path).any()


def test_files_that_are_no_images_say_so(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), dtype=np.uint8)
    whole = save(tmp_path / "whole.png", Image.fromarray(noise)).read_bytes()
    damaged = bytearray(whole)
    damaged[200:260] = bytes(60)
    for name, content, message in [
        ("cut.png", whole[: len(whole) // 2], "cut off or damaged"),
        ("damaged.png", bytes(damaged), "cut off or damaged"),
        ("empty.png", b"", "empty"),
        ("text.png", b"hello", "is text, not a PNG"),
        ("dicom.png", bytes(128) + b"DICM", "is DICOM, not a PNG"),
        ("other.png", bytes(range(200)), "^not a PNG"),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ImageProblem, match=message) as raised:
            read_grey(tmp_path / name)
        assert name in str(raised.value)
    with pytest.raises(ImageProblem, match="no such file"):
        read_grey(tmp_path / "none.png")


def test_identity_is_that_of_pixels_and_shape_not_of_the_file(tmp_path):
    fast = save(tmp_path / "fast.png", Image.fromarray(RAMP), compress_level=0)
    small = save(tmp_path / "small.png", Image.fromarray(RAMP), compress_level=9)
    assert fast.read_bytes() != small.read_bytes()
    assert pixel_sha256(read_grey(fast)) == pixel_sha256(read_grey(small))
    assert pixel_sha256(RAMP) != pixel_sha256(RAMP.reshape(30, 20))
    assert pixel_sha256(RAMP) == hashlib.sha256(b"20x30:" + RAMP.tobytes()).hexdigest()
