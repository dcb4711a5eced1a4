"""A hospital's folder of real sizes with one fault of a kind each: told as what it is, alone."""

import codecs
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage

from smallmass.cohort.build import survey_cohort
from smallmass.cohort.findings import to_table
from smallmass.cohort.outline_files import read_outline
from study_settings import cohort_settings

SIDE, CASES = 300, 6


def lesion(number):
    """An ellipse with a place and size of its own, bool (SIDE, SIDE)."""
    y, x = np.indices((SIDE, SIDE))
    cy, cx = 130 + 5 * number, 160 - 4 * number
    return ((y - cy) / (30 + number)) ** 2 + ((x - cx) / (50 + number)) ** 2 < 1


def border(mask):
    return mask & ~ndimage.binary_erosion(mask, iterations=2)


def polygon(number):
    """The corners of `lesion`, x and y in px, in 40 steps."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = 160 - 4 * number + (50 + number) * np.cos(angle)
    y = 130 + 5 * number + (30 + number) * np.sin(angle)
    return np.column_stack((x, y)).tolist()


def save(path, levels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(levels).save(path)


def picture(number):
    """Speckle of an ultrasound image's brightness, uint8 (SIDE, SIDE)."""
    speckle = np.random.default_rng(number).rayleigh(45, (SIDE, SIDE))
    speckle = ndimage.gaussian_filter(speckle, 1) * np.where(lesion(number), 0.4, 1.4)
    speckle[:3, :3] = 255
    return np.clip(speckle, 0, 255).astype(np.uint8)


def table(root):
    rows = [
        {"case_id": n, "patient_id": f"P{n}", "label": ("benign", "malignant")[n % 2],
         "diameter_cm": 0.8, "age_years": 40 + n, "family_history": "no", "brca_mutation": "no",
         "breast_density": "b"}
        for n in range(CASES)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "t.csv", index=False)


@pytest.fixture
def root(tmp_path):
    """A sound folder: images, masks, a table of all columns."""
    for n in range(CASES):
        save(tmp_path / f"images/{n}.png", picture(n))
        save(tmp_path / f"masks/{n}.png", lesion(n).astype(np.uint8) * 255)
    table(tmp_path)
    return tmp_path


@pytest.fixture
def unmasked(root):
    """The same without masks."""
    for path in (root / "masks").iterdir():
        path.unlink()
    (root / "masks").rmdir()
    return root


def told(root, **settings):
    """Return code and case of every finding, as `check` lists them."""
    survey = survey_cohort(cohort_settings({"sources": {"folder": "dealt"}} | settings), root, None)
    listed = to_table(survey.findings)
    return sorted((row.code, row.case_id) for row in listed.itertuples())


def messages(root):
    survey = survey_cohort(cohort_settings({"sources": {"folder": "dealt"}}), root, None)
    return [finding.line() for finding in survey.findings]


def test_the_sound_folder_gives_nothing(root):
    assert told(root) == []


def probabilities(mask):
    soft = ndimage.gaussian_filter(mask.astype(float), 25)
    return (soft / soft.max() * 255).astype(np.uint8)


def marked(mask):
    return np.where(border(mask), 255, picture(0)).astype(np.uint8)


def framed(mask):
    levels = mask.astype(np.uint8) * 255
    levels[:2] = levels[-2:] = levels[:, :2] = levels[:, -2:] = 255
    return levels


def boxed(mask):
    y, x = np.where(mask)
    levels = np.zeros(mask.shape, np.uint8)
    levels[y.min() : y.max() + 1, x.min() : x.max() + 1] = 255
    return levels


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(probabilities, "O019"), (lambda mask: picture(0), "O019"), (marked, "O019"),
     (framed, "O032"), (boxed, "O031")],
)  # fmt: skip
def test_a_mask_that_is_no_lesion_is_told_as_what_it_is(root, spoil, code):
    save(root / "masks/2.png", spoil(lesion(2)))
    assert told(root) == [(code, "2")]


def test_soft_edges_and_black_on_transparency_are_the_same_lesion(root):
    soft = ndimage.gaussian_filter(lesion(2).astype(float), 2)
    save(root / "masks/2.png", (soft * 255).astype(np.uint8))
    clear = np.zeros((SIDE, SIDE, 4), np.uint8)
    clear[..., 3] = lesion(3) * 255
    save(root / "masks/3.png", clear)
    assert told(root) == []
    assert np.array_equal(read_outline(root, "masks/3.png"), lesion(3))
    assert (read_outline(root, "masks/2.png") ^ lesion(2)).mean() < 0.001


def test_one_mask_for_several_images_is_told(root):
    for n in (1, 4):
        save(root / f"masks/{n}.png", lesion(5).astype(np.uint8) * 255)
    assert told(root) == [("O033", "1"), ("O033", "4"), ("O033", "5")]


def test_an_eighth_bit_that_lacks_and_exchanged_black_and_white_are_told(root):
    save(root / "images/1.png", picture(1) // 2)
    save(root / "images/2.png", 255 - picture(2) // 2)
    assert told(root) == [("I007", "1"), ("I008", "2")]


def labelme(root, number, **other):
    content = {
        "shapes": [{"label": "lesion", "points": polygon(number), "shape_type": "polygon"}],
        "imagePath": f"{number}.png", "imageHeight": SIDE, "imageWidth": SIDE,
    } | other  # fmt: skip
    path = root / f"images/{number}.json"
    path.write_text(json.dumps(content))
    return path


def test_labelme_after_images_were_renamed(unmasked):
    """The file's own name counts where the image that it names is gone; else they contradict."""
    for n in range(CASES):
        labelme(unmasked, n, imagePath=f"..\\old\\IMG_{n}.jpg")
    assert told(unmasked) == []
    labelme(unmasked, 1, imagePath="2.png")
    labelme(unmasked, 2).unlink()
    assert [code for code, _ in told(unmasked)] == ["O014"]
    assert any("images/1.json is called as images/1.png" in line for line in messages(unmasked))


def test_labelme_twice_or_cut_off_names_the_files(unmasked):
    for n in range(CASES):
        labelme(unmasked, n)
    copy = unmasked / "images/1_reader2.json"
    copy.write_bytes((unmasked / "images/1.json").read_bytes())
    assert [code for code, _ in told(unmasked)] == ["O027"]
    assert any("'images/1.json', 'images/1_reader2.json'" in line for line in messages(unmasked))
    copy.write_text('{"shapes": [')
    assert any("images/1_reader2.json" in line and "damaged" in line for line in messages(unmasked))


def coco(scale, **image):
    images = [{"id": n, "file_name": f"{n}.png"} | image for n in range(CASES)]
    annotations = [
        {"id": n, "image_id": n, "segmentation": [(np.array(polygon(n)) * scale).ravel().tolist()]}
        for n in range(CASES)
    ]
    return json.dumps({"images": images, "annotations": annotations, "categories": []})


@pytest.mark.parametrize(
    ("scale", "codes"), [(1, []), (1 / SIDE, ["O034"]), (100 / SIDE, ["O034"])]
)
def test_corners_that_are_no_px_are_told_alone(unmasked, scale, codes):
    (unmasked / "c.json").write_text(coco(scale))
    assert [code for code, _ in told(unmasked)] == codes


def test_annotations_in_utf_16_and_via_csv_saved_by_excel_are_read(unmasked):
    (unmasked / "c.json").write_bytes(codecs.BOM_UTF16_LE + coco(1).encode("utf-16-le"))
    assert told(unmasked) == []
    (unmasked / "c.json").unlink()
    rows = [
        {"filename": f"{n}.png", "file_size": -1, "file_attributes": "{}", "region_count": 1,
         "region_id": 0, "region_attributes": "{}",
         "region_shape_attributes": json.dumps({
             "name": "polygon", "all_points_x": [x for x, _ in polygon(n)],
             "all_points_y": [y for _, y in polygon(n)]})}
        for n in range(CASES)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(unmasked / "via.csv", sep=";", index=False)
    assert told(unmasked) == []


def test_outlines_of_a_kind_that_is_not_read_are_the_one_error(unmasked):
    """YOLO's text beside each image, or CVAT's XML; what is no outline is told as not read."""
    (unmasked / "labels").mkdir()
    for n in range(CASES):
        (unmasked / f"labels/{n}.txt").write_text("0 0.1 0.1 0.2 0.2 0.1 0.2")
    assert told(unmasked) == [("O035", "")]
    for path in (unmasked / "labels").iterdir():
        path.unlink()
    (unmasked / "annotations.xml").write_text("<annotations/>")
    (unmasked / "letter.pdf").write_bytes(b"%PDF")
    assert told(unmasked) == [("F014", ""), ("O035", "")]
    assert any("annotations.xml" in line and "6 of 6 rows" in line for line in messages(unmasked))


def write(root, change, **how):
    text = io.StringIO()
    change(pd.read_csv(root / "t.csv", dtype=str)).to_csv(
        text, index=False, sep=how.get("sep", ",")
    )
    (root / "t.csv").write_bytes(text.getvalue().encode(how.get("encoding", "utf-8")))


def same(cells):
    return cells


@pytest.mark.parametrize(
    ("change", "how"),
    [(same, {"sep": "|"}), (same, {"encoding": "utf-16-le"}), (same, {"encoding": "utf-16-be"}),
     (lambda t: t.assign(label=t["label"] + "\u200b"), {}),
     (lambda t: t.rename(columns={"case_id": "\ufeffcase_id\u200e"}), {}),
     (lambda t: t.assign(age_years=t["age_years"] + " Jahre"), {}),
     (lambda t: t.assign(age_years="'" + t["age_years"]), {}),
     (lambda t: t.assign(diameter_cm=["8 mm", "0.8 cm", "8,0mm"] * 2), {})],
)  # fmt: skip
def test_tables_with_one_meaning_are_read(root, change, how):
    write(root, change, **how)
    assert told(root) == []


def test_a_header_that_stands_again_is_no_case(root):
    write(root, lambda t: pd.concat([t[:3], pd.DataFrame([t.columns], columns=t.columns), t[3:]]))
    assert told(root) == [("T030", "")]


def test_a_row_of_no_case_says_nothing_of_the_column_of_labels(root):
    row = pd.DataFrame([["Summe", *[""] * 7]])
    write(
        root, lambda t: pd.concat([t, row.set_axis(t.columns, axis=1), t[:1].assign(case_id="7")])
    )
    assert ("T003", "") not in told(root) and ("F009", "Summe") in told(root)


def test_one_patient_for_all_rows_is_the_one_error(root):
    write(root, lambda t: pd.concat([t, t.assign(case_id=lambda u: u["case_id"] + "b")]))
    for n in range(CASES):
        save(root / f"images/{n}b.png", picture(n + 50))
        save(root / f"masks/{n}b.png", np.fliplr(lesion(n)).astype(np.uint8) * 255)
    write(root, lambda t: t.assign(patient_id="anonym"))
    assert told(root) == [("T031", "")]


OTHER = ["diameter (inch)", "diameter (in)", "size px", "area mm2", "Fläche", "volume"]


@pytest.mark.parametrize("heading", OTHER)
def test_a_measure_that_is_no_length_in_mm_or_cm_is_refused(root, heading):
    write(root, lambda t: t.rename(columns={"diameter_cm": heading}))
    lines = messages_of(root, columns={"diameter_cm": heading}, units={"diameter_cm": "cm"})
    assert len(lines) == 1 and "which is no length in mm or cm" in lines[0]


@pytest.mark.parametrize("heading", ["Durchmesser in der Sonographie", "largest diameter in US"])
def test_a_word_in_a_heading_is_no_measure(root, heading):
    write(root, lambda t: t.rename(columns={"diameter_cm": heading}))
    assert told(root, columns={"diameter_cm": heading}, units={"diameter_cm": "cm"}) == []


def messages_of(root, **settings):
    survey = survey_cohort(cohort_settings({"sources": {"folder": "dealt"}} | settings), root, None)
    return [finding.line() for finding in survey.findings]


@pytest.mark.parametrize(
    ("age", "hint"),
    [("1962", "a year of birth?"), ("1962-04-17", "a date and no age"),
     ("600", "looks like months"), ("old", "which is no number")],
)  # fmt: skip
def test_what_an_age_looks_like_that_is_none(root, age, hint):
    write(root, lambda t: t.assign(age_years=[age, *t["age_years"][1:]]))
    assert any(hint in line for line in messages(root)), messages(root)


def test_a_russian_table_of_an_old_code_page(root):
    write(root, lambda t: t.rename(columns={"label": "диагноз"}), encoding="koi8-r")
    assert told(root, columns={"label": "диагноз"}) == [("T026", "")]


def half_transparent(grey):
    return np.dstack([grey, np.full_like(grey, 128)])


def cut_off(grey):
    """As a damaged JPEG looks once another program has saved it."""
    return np.where(np.arange(SIDE)[:, None] < 240, grey, 128).astype(np.uint8)


def wrapped(grey):
    return (grey.astype(int) * 6 % 256).astype(np.uint8)


@pytest.mark.parametrize(
    "wrong, code", [(half_transparent, "I010"), (cut_off, "I011"), (wrapped, "I012")]
)
def test_a_picture_that_is_not_as_on_the_scanner_is_told(root, wrong, code):
    Image.fromarray(wrong(picture(2))).save(root / "images/2.png")
    assert told(root) == [(code, "2")]


def test_half_transparent_palettes_are_told_and_cut_outs_are_not(root):
    path = root / "images/2.png"
    Image.fromarray(picture(2)).convert("P").save(path, transparency=bytes([128] * 256))
    assert told(root) == [("I010", "2")]
    solid = np.where(np.hypot(*(np.indices((SIDE, SIDE)) - 150)) < 140, 255, 0).astype(np.uint8)
    soft = ndimage.uniform_filter(solid, 3)  # the edge of what is cut out
    Image.fromarray(np.dstack([picture(2), soft])).save(path)
    assert told(root) == []


def test_identifiers_without_their_last_digits_are_told(root):
    """As Excel saves long numbers: two women are one."""
    cases = pd.read_csv(root / "t.csv", dtype=str)
    cases["patient_id"] = [f"4.1010{n // 2}E+17" for n in range(CASES)]
    cases["label"] = "benign"
    cases.to_csv(root / "t.csv", index=False)
    assert told(root) == [("T033", "")]


def test_a_column_of_another_length_is_no_diameter(root):
    cases = pd.read_csv(root / "t.csv", dtype=str).rename(columns={"diameter_cm": "Radius (cm)"})
    cases.to_csv(root / "t.csv", index=False)
    settings = cohort_settings(
        {"sources": {"folder": "dealt"}, "columns": {"diameter_cm": "Radius (cm)"}}
    )
    (finding,) = survey_cohort(settings, root, None).findings
    assert "says 'Radius', which is not the longest diameter" in finding.message


@pytest.mark.parametrize(("name", "codes"), [("lesion", []), ("Nodule", []), ("shadow", ["O037"])])
def test_an_outline_that_is_called_another_thing_is_told(unmasked, name, codes):
    content = json.loads(coco(1))
    content["categories"] = [{"id": 1, "name": name}]
    for annotation in content["annotations"]:
        annotation["category_id"] = 1
    (unmasked / "c.json").write_text(json.dumps(content))
    assert sorted({code for code, _ in told(unmasked)}) == codes
