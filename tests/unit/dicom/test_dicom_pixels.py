"""Pixels of DICOM frames: every colour and compression of ultrasound, and damaged files."""

import io

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.uid import JPEG2000, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from dicom_files import dataset, encapsulated, write
from smallmass.cohort.dicom.pixels import PixelProblem, frames_of, read_frame, silence

RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 256, (24, 36), dtype=np.uint8)
# Smooth, so that lossy compression and halved colours stay near.
Y, X = np.mgrid[0:24, 0:36]
COLOURS = np.stack([Y * 6 + 40, X * 4 + 60, 220 - Y * 3 - X * 2], axis=-1).astype(np.uint8)
LUMA = np.asarray(Image.fromarray(COLOURS).convert("L"))


def read(tmp_path, ds, frame=0):
    """Write a data set and read a frame of it as the import does."""
    path = write(tmp_path / "a.dcm", ds)
    header = pydicom.dcmread(path, stop_before_pixels=True)
    with silence():
        return read_frame(path, header, frame).levels


def near(read_levels, expected, most):
    """Assert that grey levels are as expected, but for the loss of a compression."""
    assert read_levels.dtype == np.uint8 and read_levels.shape == expected.shape
    assert np.abs(read_levels.astype(int) - expected).max() <= most


def test_grey_is_taken_as_it_is_and_monochrome1_inverted(tmp_path):
    assert np.array_equal(read(tmp_path, dataset(GREY)), GREY)
    assert np.array_equal(read(tmp_path, dataset(GREY, "MONOCHROME1")), 255 - GREY)


def test_sixteen_bits_without_a_window_are_scaled_from_their_full_range(tmp_path):
    stored = RNG.integers(0, 65536, (24, 36), dtype=np.uint16)
    expected = np.array([[(2 * int(v) * 255 + 65535) // (2 * 65535) for v in r] for r in stored])
    assert np.array_equal(read(tmp_path, dataset(stored)), expected)


def test_bits_that_do_not_belong_to_the_image_are_cleared(tmp_path):
    """An old way of storing an overlay: the unused upper bits of every pixel."""
    stored = RNG.integers(0, 4096, (24, 36), dtype=np.uint16)
    marked = stored | np.uint16(0xF000)
    ds = dataset(marked, BitsStored=12, HighBit=11)
    near(read(tmp_path, ds), np.floor(stored / 4095 * 255 + 0.5), 0)


def test_signed_pixels(tmp_path):
    stored = RNG.integers(-32768, 32768, (24, 36)).astype(np.int16)
    near(read(tmp_path, dataset(stored)), np.floor((stored + 32768.0) / 65535 * 255 + 0.5), 0)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("centre", "width"), [(1000, 400), (2047.5, 4096), (50, 1)])
def test_a_window_is_the_linear_function_of_the_standard(tmp_path, photometric, centre, width):
    """PS3.3 C.11.2.1.2.1, pixel by pixel as its pseudo-code says."""
    stored = RNG.integers(0, 4096, (12, 16), dtype=np.uint16)

    def shown(x):
        if x <= centre - 0.5 - (width - 1) / 2:
            return 0.0
        if x > centre - 0.5 + (width - 1) / 2:
            return 255.0
        return ((x - (centre - 0.5)) / (width - 1) + 0.5) * 255

    expected = np.array([[shown(int(value)) for value in row] for row in stored])
    if photometric == "MONOCHROME1":
        expected = 255 - expected
    ds = dataset(stored, photometric, BitsStored=12, HighBit=11)
    ds.WindowCenter, ds.WindowWidth = centre, width
    near(read(tmp_path, ds), np.floor(expected + 0.5), 1)


def test_rescale_does_not_change_a_picture_without_a_window(tmp_path):
    ds = dataset(GREY, RescaleSlope=2, RescaleIntercept=-100)
    assert np.array_equal(read(tmp_path, ds), GREY)


def test_colours_become_the_luma_that_a_png_would(tmp_path):
    assert np.array_equal(read(tmp_path, dataset(COLOURS, "RGB")), LUMA)
    planes = np.ascontiguousarray(COLOURS.transpose(2, 0, 1))
    ds = dataset(COLOURS, "RGB", PlanarConfiguration=1, PixelData=planes.tobytes())
    assert np.array_equal(read(tmp_path, ds), LUMA)
    wide = COLOURS.astype(np.uint16) * 257
    assert np.array_equal(read(tmp_path, dataset(wide, "RGB")), LUMA)


def test_ybr_whole_and_with_halved_colours(tmp_path):
    ybr = np.asarray(Image.fromarray(COLOURS).convert("YCbCr"))
    near(read(tmp_path, dataset(ybr, "YBR_FULL")), LUMA, 2)
    # PS3.3 C.7.6.3.1.2: two Y values, then one Cb and one Cr for both.
    halved = np.empty((24, 18, 4), dtype=np.uint8)
    halved[..., 0], halved[..., 1] = ybr[:, ::2, 0], ybr[:, 1::2, 0]
    halved[..., 2:] = ybr[:, ::2, 1:]
    ds = dataset(ybr, "YBR_FULL_422", PixelData=halved.tobytes())
    near(read(tmp_path, ds), LUMA, 6)


@pytest.mark.parametrize("entries", [8, 16, "8 in 16"])
def test_palettes_of_8_and_16_bits(tmp_path, entries):
    places = (X // 2 + Y).astype(np.uint8)
    table = RNG.integers(0, 256, (3, 256)).astype(np.uint16)
    ds = dataset(places, "PALETTE COLOR")
    nominal = 16 if entries == 16 else 8
    for name, colour in zip(("Red", "Green", "Blue"), table, strict=True):
        stored = colour.astype(np.uint8) if entries == 8 else colour * (257 if nominal > 8 else 1)
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, nominal])
        setattr(ds, f"{name}PaletteColorLookupTableData", stored.tobytes())
    expected = Image.fromarray(table.T.astype(np.uint8)[places]).convert("L")
    assert np.array_equal(read(tmp_path, ds), np.asarray(expected))


@pytest.mark.parametrize("colours", [False, True])
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000Lossless, JPEG2000, RLELossless])
def test_compressed_frames(tmp_path, syntax, colours):
    """Against what Pillow makes of the same compressed bytes, or the pixels that went in."""
    pixels = COLOURS if colours else LUMA
    photometric = "RGB" if colours else "MONOCHROME2"
    ds = dataset(pixels, photometric)
    if syntax == RLELossless:
        ds.compress(RLELossless, generate_instance_uid=False)
        assert np.array_equal(read(tmp_path, ds), LUMA)
        return
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    if syntax == JPEGBaseline8Bit:
        image.save(file, format="JPEG", quality=90)
        photometric = "YBR_FULL_422" if colours else photometric
    else:
        lossy = syntax == JPEG2000
        image.save(file, format="JPEG2000", irreversible=lossy, no_jp2=True, mct=int(colours))
        photometric = ("YBR_ICT" if lossy else "YBR_RCT") if colours else photometric
    expected = np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("L"))
    encapsulated(ds, [file.getvalue()], syntax, photometric)
    near(read(tmp_path, ds), expected, 2)
    near(read(tmp_path, ds), LUMA, 8)


@pytest.mark.parametrize("compressed", [False, True])
def test_each_frame_of_a_cine_loop(tmp_path, compressed):
    frames = RNG.integers(0, 256, (5, 24, 36), dtype=np.uint8)
    ds = dataset(frames)
    if compressed:
        ds.compress(RLELossless, generate_instance_uid=False)
    path = write(tmp_path / "a.dcm", ds)
    header = pydicom.dcmread(path, stop_before_pixels=True)
    assert frames_of(header) == 5
    for place in range(5):
        assert np.array_equal(read_frame(path, header, place).levels, frames[place])
    with pytest.raises(PixelProblem, match="no frame 5: it has 5, counted from 0"):
        read_frame(path, header, 5)


def test_colours_are_noticed_and_tinted_grey_is_not(tmp_path):
    tinted = np.repeat(GREY[..., None], 3, axis=-1)
    doppler = tinted.copy()
    doppler[5:12, 5:12] = (250, 30, 10)
    for pixels, expected in ((tinted, False), (doppler, True)):
        path = write(tmp_path / "a.dcm", dataset(pixels, "RGB"))
        header = pydicom.dcmread(path, stop_before_pixels=True)
        assert read_frame(path, header).coloured is expected


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("examples_palette.dcm", (350, 800)),
        ("examples_ybr_color.dcm", (240, 320)),
        ("examples_rgb_color.dcm", (240, 320)),
        ("examples_jpeg2k.dcm", (480, 640)),
    ],
)
def test_real_ultrasound_files(name, shape):
    """Files of real machines that come with pydicom: an ultrasound screen is mostly dark."""
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip("this pydicom comes without its test files")
    header = pydicom.dcmread(path, stop_before_pixels=True)
    with silence():
        levels = read_frame(path, header, frames_of(header) - 1).levels
    assert levels.shape == shape
    assert 2 < levels.mean() < 120 and levels.max() > 150 and np.median(levels) < 60


def test_what_cannot_be_decoded_is_said(tmp_path):
    lossless = dataset(GREY)
    encapsulated(lossless, [b"\xff\xd8\xff\xd9"], "1.2.840.10008.1.2.4.70", "MONOCHROME2")
    problems = {
        # With the extra `formats` there is a decoder, which finds the pixels damaged.
        "compressed as JPEG Lossless|damaged or cut off": lossless,
        "photometric interpretation": dataset(GREY, PhotometricInterpretation="HSV"),
        "does not say how many pixels": dataset(GREY, Rows=None),
        "has no pixels": dataset(GREY, Rows=0),
        r"60000 x 60000 px, more than": dataset(GREY, Rows=60000, Columns=60000),
        "missing": dataset(GREY, PixelData=None),
        "damaged or cut off": dataset(GREY, PixelData=GREY.tobytes()[:100]),
    }
    for words, ds in problems.items():
        with pytest.raises(PixelProblem, match=words):
            read(tmp_path, ds)


def test_damaged_compressed_pixels(tmp_path):
    file = io.BytesIO()
    Image.fromarray(COLOURS).save(file, format="JPEG", quality=90)
    for content in (file.getvalue()[:200], b"\0" * 300):
        ds = encapsulated(dataset(COLOURS, "RGB"), [content], JPEGBaseline8Bit, "YBR_FULL_422")
        with pytest.raises(PixelProblem, match="damaged or cut off"):
            read(tmp_path, ds)
