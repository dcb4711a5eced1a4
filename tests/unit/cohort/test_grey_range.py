"""Images of more than eight bits: their own range, or none at all."""

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from smallmass.cohort.images import Facts, facts, read_grey
from smallmass.cohort.pictures import problems
from smallmass.cohort.problems import ImageProblem

# What an ultrasound image is like: dark, and its brightest pixel under the limit.
NOTHING = Facts()
GREY = np.clip(np.random.default_rng(1).gamma(3, 25, (40, 50)), 0, 180).astype(np.uint8)
TWELVE = (GREY.astype(np.uint16) * 16 + 8).astype(np.uint16)


def saved(path, levels, **options):
    Image.fromarray(levels).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("twelve.png", TWELVE),
        ("twelve.tif", TWELVE),
        ("ten.png", (GREY.astype(np.uint16) * 4)),
        ("eight.png", GREY.astype(np.uint16)),
        ("signed.tif", TWELVE.astype(np.int16)),
        ("centred.tif", (TWELVE.astype(np.int16) - 2048)),
        ("long.tif", GREY.astype(np.int32)),
        ("fractions.tif", (GREY / 255).astype(np.float32)),
        ("bright_fractions.tif", GREY.astype(np.float32)),
    ],
)
def test_what_may_have_another_range_is_refused_with_its_levels(tmp_path, name, levels):
    with pytest.raises(ImageProblem, match=f"{levels.max():g}, so which one is white") as raised:
        read_grey(saved(tmp_path / name, levels))
    assert raised.value.code == "I003"


@pytest.mark.parametrize(
    ("levels", "grey_range", "ending"),
    [
        (TWELVE, "0..4095", "png"),
        (GREY.astype(np.uint16), "0..255", "png"),
        (TWELVE.astype(np.int16), "0..4095", "tif"),
        (TWELVE.astype(np.int16) - 2048, "-2048..2047", "tif"),
        ((GREY / 255).astype(np.float32), "0..1", "tif"),
    ],
)
def test_a_stated_range_gives_the_same_picture(tmp_path, levels, grey_range, ending):
    path = saved(tmp_path / f"a.{ending}", levels)
    read = read_grey(f"{path}#levels={grey_range}")
    assert np.abs(read.astype(int) - GREY).max() <= 1


def test_a_level_outside_the_stated_range_is_refused(tmp_path):
    path = saved(tmp_path / "a.png", TWELVE)
    with pytest.raises(ImageProblem, match="outside of 0 to 1023"):
        read_grey(f"{path}#levels=0..1023")


def test_a_stated_range_changes_no_image_of_eight_bits(tmp_path):
    path = saved(tmp_path / "a.png", GREY)
    assert (read_grey(f"{path}#levels=0..4095") == GREY).all()


def test_white_is_zero_where_the_file_says_so(tmp_path):
    tags = ImageFileDirectory_v2()
    tags[262] = 0
    deep = (65535 - GREY.astype(np.uint16) * 257).astype(np.uint16)
    path = tmp_path / "a.tif"
    Image.fromarray(deep).save(path)
    _set_photometric(path)
    assert (read_grey(path) == GREY).all()


def _set_photometric(path):
    """Write 0 into the tag 262 of a little-endian TIFF file."""
    content = bytearray(path.read_bytes())
    start = int.from_bytes(content[4:8], "little")
    for entry in range(int.from_bytes(content[start : start + 2], "little")):
        at = start + 2 + 12 * entry
        if int.from_bytes(content[at : at + 2], "little") == 262:
            content[at + 8 : at + 10] = b"\0\0"
    path.write_bytes(content)


def test_colours_of_sixteen_bits_whose_upper_bits_are_empty_are_refused(tmp_path):
    import struct
    import zlib

    def png(levels):
        rows = b"".join(b"\0" + np.repeat(r, 3).astype(">u2").tobytes() for r in levels)
        head = struct.pack(">IIBBBBB", levels.shape[1], levels.shape[0], 16, 2, 0, 0, 0)
        parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )

    (tmp_path / "full.png").write_bytes(png(GREY.astype(np.uint16) * 257))
    (tmp_path / "twelve.png").write_bytes(png(TWELVE))
    assert np.abs(read_grey(tmp_path / "full.png").astype(int) - GREY).max() <= 1
    with pytest.raises(ImageProblem, match="colours of 16 bits"):
        read_grey(tmp_path / "twelve.png")


def test_dark_images_few_levels_and_pages_are_told(tmp_path):
    def codes(grey, found=NOTHING, frame=None):
        return [code for code, _ in problems(grey, found, frame)]

    assert codes(GREY) == []
    assert codes(GREY // 16) == ["I004"]
    assert codes(GREY // 16 * 16) == ["I005"]
    assert codes(np.full_like(GREY, 7)) == ["I002"]
    pages = [Image.fromarray(GREY), Image.fromarray(GREY[::-1])]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    assert codes(GREY, facts(tmp_path / "a.tif")) == ["I006"]
    assert codes(GREY, facts(tmp_path / "a.tif"), frame=0) == []
