"""DICOM segmentations as outlines: of a folder's masks, and of DICOM frames by what they name."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import pack_bits
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

from dicom_files import dataset, write
from dicom_hospital import TISSUE, Hospital, screen
from own_folder import mask_array, picture, read, write_table
from smallmass.cohort.images import read_outline as read_mask
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.problems import ImageProblem

SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def segmentation(path, drawn, *, fractional=False):
    """Write a segmentation (PS3.3 A.51).

    Args:
        path: The file.
        drawn: A frame each: its mask, its segment, and the UID and frame (from 0) of its image.
        fractional: Whether pixels are fractions of 200.
    """
    masks = np.stack([mask for mask, *_ in drawn]).astype(np.uint8)
    ds = dataset(masks * 200 if fractional else masks)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = SEG
    ds.Modality, ds.SegmentationType = "SEG", "FRACTIONAL" if fractional else "BINARY"
    ds.PatientName = "Nobody"
    if fractional:
        ds.MaximumFractionalValue = 200
    else:
        ds.BitsAllocated = ds.BitsStored = 1
        ds.HighBit = 0
        ds.PixelData = pack_bits(masks.ravel(), pad=True)
    ds.SegmentSequence, ds.PerFrameFunctionalGroupsSequence = Sequence(), Sequence()
    for number in sorted({segment for _, segment, *_ in drawn}):
        item = Dataset()
        item.SegmentNumber, item.SegmentLabel = number, ["Mass", "Cyst"][number - 1]
        ds.SegmentSequence.append(item)
    for _, segment, uid, frame in drawn:
        groups, of_segment = Dataset(), Dataset()
        of_segment.ReferencedSegmentNumber = segment
        groups.SegmentIdentificationSequence = Sequence([of_segment])
        if uid:
            source, derived = Dataset(), Dataset()
            source.ReferencedSOPInstanceUID = uid
            if frame is not None:
                source.ReferencedFrameNumber = frame + 1
            derived.SourceImageSequence = Sequence([source])
            groups.DerivationImageSequence = Sequence([derived])
        ds.PerFrameFunctionalGroupsSequence.append(groups)
    return write(path, ds)


@pytest.mark.parametrize("fractional", [False, True])
def test_one_segment_is_the_outline(tmp_path, fractional):
    """Bits, or fractions of which more than half count."""
    segmentation(tmp_path / "7.dcm", [(mask_array(), 1, "", None)], fractional=fractional)
    assert (read_outline(tmp_path, "7.dcm") == mask_array()).all()


def test_of_several_segments_one_is_named(tmp_path):
    """Each is named with its label; an image is no segmentation; text is no DICOM."""
    second = np.zeros_like(mask_array())
    second[2:5, 2:5] = True
    segmentation(tmp_path / "7.dcm", [(mask_array(), 1, "", None), (second, 2, "", None)])
    with pytest.raises(ImageProblem, match=r"1 \(Mass\), 2 \(Cyst\), and none is named"):
        read_outline(tmp_path, "7.dcm")
    assert (read_outline(tmp_path, "7.dcm#segment=2") == second).all()
    with pytest.raises(ImageProblem, match="no segment of this image"):
        read_outline(tmp_path, "7.dcm#segment=3")
    with pytest.raises(ImageProblem, match="means nothing"):
        read_outline(tmp_path, "7.dcm#level=3")
    write(tmp_path / "image.dcm", dataset(screen()))
    (tmp_path / "text.dcm").write_text("x")
    for name, words in (("image.dcm", "holds images"), ("text.dcm", "no DICOM segmentation")):
        with pytest.raises(ImageProblem, match=words):
            read_outline(tmp_path, name)


def test_a_folder_of_segmentations_beside_images(tmp_path):
    """masks/7.dcm is the mask of 7.png."""
    picture(tmp_path / "images/7.png")
    segmentation(tmp_path / "masks/7.dcm", [(mask_array(), 1, "", None)])
    write_table(tmp_path, ["7", "benign"])
    found = read(tmp_path)
    assert list(found.cases["outline"]) == ["masks/7.dcm"]
    assert not [finding for finding in found.findings if finding.severity == "error"]


def drawn_on(hospital, path, frame=None, segments=1):
    """Segment a file of the hospital: rectangles in the tissue."""
    from pydicom import dcmread

    uid = dcmread(path).SOPInstanceUID
    masks = []
    for number in range(segments):
        mask = np.zeros((120, 150), dtype=bool)
        mask[40 + number : 60, 50:90] = True
        masks.append((mask, number + 1, uid, frame))
    segmentation(hospital.root / f"seg/{generate_uid()}.dcm", masks)
    return masks[0][0]


def test_a_segmentation_is_the_outline_of_the_image_that_it_names(tmp_path):
    """Wherever it lies; cropped as the image is; no finding calls it another modality."""
    hospital = Hospital(tmp_path)
    mask = drawn_on(hospital, hospital.add())
    hospital.add("b.dcm", seed=2)
    cases, findings = hospital.run()
    assert not [finding for finding in findings if finding.severity == "error"]
    y1, x1, y2, x2 = TISSUE
    (outline,) = cases["outline"].dropna()
    assert (read_mask(hospital.out / outline) == mask[y1:y2, x1:x2]).all()
    assert {finding.code for finding in findings} >= {"D012"}


def test_of_a_cine_loop_it_says_which_frame(tmp_path):
    """The frame it was drawn on is taken; another frame in the table is refused."""
    hospital = Hospital(tmp_path)
    loop = np.stack([screen(number) for number in range(4)])
    drawn_on(hospital, hospital.add(pixels=loop), frame=2)
    cases, findings = hospital.run()
    assert not [finding for finding in findings if finding.severity == "error"]
    y1, x1, y2, x2 = TISSUE
    from smallmass.cohort.images import read_grey

    shown = read_grey(hospital.out / cases["image"][0])
    assert (shown == loop[2, y1:y2, x1:x2]).all() and cases["outline"].notna().all()
    hospital.rows[0]["frame"] = 1
    cases, findings = hospital.run()
    assert cases.get("outline") is None or cases["outline"].isna().all()


def test_several_segments_of_a_file_are_asked_for(tmp_path):
    """Which is the row's, the row must say."""
    hospital = Hospital(tmp_path)
    drawn_on(hospital, hospital.add(), segments=2)
    _, findings = hospital.run()
    assert "D050" in {finding.code for finding in findings if finding.severity == "error"}
    (name,) = [path.name for path in (hospital.root / "seg").iterdir()]
    hospital.rows[0]["outline"] = f"seg/{name}#segment=2"
    cases, findings = hospital.run()
    assert not [finding for finding in findings if finding.severity == "error"]
    assert cases["outline"].notna().all()
