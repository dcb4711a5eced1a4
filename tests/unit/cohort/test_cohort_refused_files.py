"""Files that are refused: each really broken, with its own message and case, nothing changed."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import small_cohort
from small_cohort import HEIGHT, WIDTH, build, edit, outline
from smallmass.cohort.findings import Finding, errors
from smallmass.cohort.images import MAX_PIXELS, ImageProblem, read_grey

VICTIM = "case3"


@pytest.fixture
def root(tmp_path):
    """A sound cohort of eight cases."""
    return small_cohort.write(tmp_path / "cohort")


def image(root: Path) -> Path:
    """The victim's image."""
    return root / f"images/{VICTIM}.png"


def mask(root: Path) -> Path:
    """The victim's outline."""
    return root / f"outlines/{VICTIM}.png"


def save(path: Path, levels: np.ndarray) -> None:
    """Write grey levels, or red, green and blue."""
    Image.fromarray(levels.astype(np.uint8)).save(path)


def two_squares(second: int) -> np.ndarray:
    """A lesion of 10 x 10 px and, apart from it, one of ``second`` x ``second``."""
    levels = np.zeros((HEIGHT, WIDTH))
    levels[2:12, 2:12] = levels[20 : 20 + second, 20 : 20 + second] = 255
    return levels


def huge_png(path: Path, width: int, height: int) -> None:
    """Write the header of an image that would fill the memory, and nothing behind it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def cut_off(path: Path) -> None:
    """Leave half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def state(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every file."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


BROKEN = {
    "truncated image": (lambda r: cut_off(image(r)), "image", "cut off or damaged"),
    "truncated outline": (lambda r: cut_off(mask(r)), "outline", "cut off or damaged"),
    "empty image file": (lambda r: image(r).write_bytes(b""), "image", "empty (0 bytes)"),
    "empty outline file": (lambda r: mask(r).write_bytes(b""), "outline", "empty (0 bytes)"),
    "text as image": (lambda r: image(r).write_text("age;label\n"), "image", "is text"),
    "text as outline": (lambda r: mask(r).write_text("10,20\n"), "outline", "is text"),
    "image missing": (lambda r: image(r).unlink(), "image", "no such file"),
    "outline missing": (lambda r: mask(r).unlink(), "outline", "no such file"),
    "image is a folder": (
        lambda r: (image(r).unlink(), image(r).mkdir()),
        "image",
        "is a folder",
    ),
    "one grey level": (
        lambda r: save(image(r), np.full((HEIGHT, WIDTH), 7)),
        "blank image",
        "every pixel",
    ),
    "nothing outlined": (
        lambda r: save(mask(r), np.zeros((HEIGHT, WIDTH))),
        "empty outline",
        "no pixel",
    ),
    "outline of another size": (
        lambda r: save(mask(r), np.pad(outline(3), ((0, 2), (0, 1)))),
        "outline size",
        "the outline is 41 x 32 px, the image 40 x 30 px",
    ),
    "outline inverted": (
        lambda r: save(mask(r), 255 - outline(3)),
        "inverted outline",
        "covers all four corners",
    ),
    "two lesions": (
        lambda r: save(mask(r), two_squares(6)),
        "several lesions",
        "2 separate parts, of 100, 36 px",
    ),
    "30,000 x 30,000 image": (
        lambda r: huge_png(image(r), 30_000, 30_000),
        "image",
        "900,000,000 pixels",
    ),
    "30,000 x 30,000 outline": (
        lambda r: huge_png(mask(r), 30_000, 30_000),
        "outline",
        "900,000,000 pixels",
    ),
    "10,000 x 10,000 image": (
        lambda r: huge_png(image(r), 10_000, 10_000),
        "image",
        "10000 x 10000 pixels",
    ),
    "path out of the folder": (
        lambda r: edit(r, VICTIM, "image", "../elsewhere.png"),
        "image outside the folder",
        "'../elsewhere.png' leads out",
    ),
    "hidden path out of the folder": (
        lambda r: edit(r, VICTIM, "outline", "outlines/../../elsewhere.png"),
        "outline outside the folder",
        "leads out",
    ),
    "absolute path": (
        lambda r: edit(r, VICTIM, "image", str(r.parent / "elsewhere.png")),
        "image outside the folder",
        "leads out",
    ),
    "path of another system": (
        lambda r: edit(r, VICTIM, "image", "C:\\images\\case3.png"),
        "image outside the folder",
        "leads out",
    ),
    "frame that is not there": (lambda r: edit(r, VICTIM, "frame", 4), "image", "no frame 4"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_case_and_nothing_changes(root, name):
    Image.new("L", (WIDTH, HEIGHT), 9).save(root.parent / "elsewhere.png")
    break_it, check, message = BROKEN[name]
    break_it(root)
    before = state(root.parent)
    _, findings = build(root)
    (finding,) = errors(findings)
    assert (finding.check, finding.case_id) == (check, VICTIM)
    assert message in finding.message and finding.remedy
    assert str(root) not in finding.message
    assert state(root.parent) == before


def test_every_message_is_its_own():
    """Two faults of one check are told apart by their message."""
    told = [(check, message) for _, check, message in BROKEN.values()]
    assert len(set(told)) >= len(told) - 3  # a path leads out in four ways; both files may be huge


def test_a_polygon_outside_the_image_is_refused(root):
    lesion = {"id": 7, "image_id": 1, "category_id": 1, "iscrowd": 0}
    inside, outside = [10, 10, 20, 10, 20, 20], [10, 10, 60, 10, 60, 20]
    for polygon, wrong in ((inside, False), (outside, True)):
        content = {
            "images": [{"id": 1, "file_name": f"{VICTIM}.png", "width": WIDTH, "height": HEIGHT}],
            "categories": [{"id": 1, "name": "lesion"}],
            "annotations": [{**lesion, "segmentation": [polygon]}],
        }
        (root / "outlines.json").write_text(json.dumps(content))
        edit(root, VICTIM, "outline", "outlines.json#annotation=7")
        found = [(f.check, f.case_id) for f in errors(build(root)[1])]
        assert found == ([("outline", VICTIM)] if wrong else [])


def test_a_huge_image_is_refused_by_its_header(tmp_path):
    """Decoded it would take 900 MB; here nothing of that size is ever asked for."""
    huge_png(tmp_path / "huge.png", 30_000, 30_000)
    tracemalloc.start()
    with pytest.raises(ImageProblem):
        read_grey(tmp_path / "huge.png")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_PIXELS / 10


def test_the_largest_image_is_read(tmp_path):
    """The limit is far above what a scanner saves."""
    Image.new("L", (4096, 3072), 9).save(tmp_path / "large.png")
    assert read_grey(tmp_path / "large.png").shape == (3072, 4096)


def test_a_speck_beside_the_lesion_is_said_and_kept(root):
    save(mask(root), two_squares(2))
    cases, findings = build(root)
    assert [(f.severity, f.check, f.case_id) for f in findings] == [
        ("warning", "specks in outline", VICTIM)
    ]
    assert len(cases) == 8


def test_an_empty_outline_of_another_size_is_told_for_both(root):
    save(mask(root), np.zeros((HEIGHT + 4, WIDTH)))
    assert sorted((f.code, f.case_id) for f in build(root)[1]) == [
        ("O003", VICTIM), ("O004", VICTIM)
    ]  # fmt: skip


def test_parts_that_touch_at_a_corner_are_one_lesion(root):
    levels = np.zeros((HEIGHT, WIDTH))
    levels[5:10, 5:10] = levels[10:15, 10:15] = 1
    save(mask(root), levels)
    assert build(root)[1] == []


@pytest.mark.parametrize("kind", ["0/1", "0/255", "RGBA", "RGB", "JPEG", "alpha"])
def test_outlines_of_other_grey_levels_and_modes_are_accepted(root, kind):
    plain = build(root)[0].set_index("case_id")
    shape = outline(3) > 0
    path = mask(root)
    if kind == "0/1":
        save(path, shape)
    elif kind == "0/255":
        save(path, shape * 255)
    elif kind == "RGB":
        save(path, np.repeat(shape[..., None], 3, axis=-1) * 255)
    elif kind == "JPEG":
        Image.fromarray(outline(3)).save(path, format="JPEG", quality=90)
    else:
        levels = np.repeat(shape[..., None], 4, axis=-1) * 255
        levels[..., 3 if kind == "RGBA" else slice(0, 3)] = 255
        save(path, levels)
    cases, findings = build(root)
    assert findings == []
    column = "x_outline_sha256"
    assert cases.set_index("case_id")[column].equals(plain[column])


@pytest.mark.skipif(os.name != "posix", reason="file permissions of POSIX")
def test_a_file_that_may_not_be_read_is_refused():
    """Root may read everything, so that as root the check runs as nobody."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # pytest's own folders are closed to all but their owner
        root = small_cohort.write(Path(folder) / "cohort")
        image(root).chmod(0)
        found = as_nobody(root) if os.geteuid() == 0 else as_myself(root)
    assert len(found) == 2
    for (finding,) in found:
        assert (finding.check, finding.case_id) == ("image", VICTIM)
        assert "may not be read by this user" in finding.message
        assert finding.remedy == "Ask whoever owns the file for leave to read it"


def test_a_frame_that_is_not_there_is_the_tables_fault(root):
    edit(root, VICTIM, "frame", 5)
    (finding,) = errors(build(root)[1])
    assert finding.case_id == VICTIM and "has no frame 5, counted from 0" in finding.message
    assert finding.remedy == "Correct the column frame"


def as_myself(root: Path) -> list[list[Finding]]:
    """Return the errors that this process finds: with reading the files, and without."""
    return [errors(build(root, read_pixels=read)[1]) for read in (True, False)]


def as_nobody(root: Path) -> list[list[Finding]]:
    """Return the errors that a process without privileges finds, as `as_myself` does."""
    script = (
        "import json, os, sys\n"
        "from dataclasses import asdict\n"
        "from pathlib import Path\n"
        "import test_cohort_refused_files as here\n"
        "here.as_myself(Path(sys.argv[1]))  # imports what may be closed to nobody\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "found = here.as_myself(Path(sys.argv[1]))\n"
        "print(json.dumps([[asdict(finding) for finding in way] for way in found]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(root)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    return [[Finding(**found) for found in way] for way in json.loads(done.stdout)]


def draw(path: Path, target: Path) -> None:
    """Save an image again: as JPEG, a little smaller, brighter, trimmed, with a calliper."""
    with Image.open(path) as file:
        copy = file.crop((3, 2, file.width - 1, file.height - 3))
    copy = copy.resize((round(copy.width * 0.9), round(copy.height * 0.9)))
    copy = copy.point(lambda level: min(255, level * 1.1 + 12))
    ImageDraw.Draw(copy).line((40, 60, 90, 60), fill=255, width=2)
    copy.save(target, format="JPEG", quality=80)


@pytest.fixture
def textured(root):
    """The cohort with images of 240 x 180 px that have the structure of tissue."""
    rng = np.random.default_rng(1)
    for i in range(8):
        speckle = sum(
            np.asarray(
                Image.fromarray(rng.rayleigh(1, (180 // k, 240 // k))).resize((240, 180)), float
            )
            for k in (3, 6, 12)
        )
        save(root / f"images/case{i}.png", np.clip(speckle * 30, 0, 255))
        levels = np.kron(outline(i), np.ones((6, 6)))
        levels[np.nonzero(levels)[0][0], np.nonzero(levels)[1][0] + i] = 0  # none is a box
        save(root / f"outlines/case{i}.png", levels)
    return root


@pytest.mark.parametrize(
    ("target", "patient", "found"),
    [
        ("case2", "p0", ("warning", "near-duplicate image")),
        ("case2", "", ("warning", "near-duplicate image")),
        ("case2", "p2", ("error", "near-duplicate of another patient")),
        ("case3", "p0", ("error", "near-duplicate with another label")),
    ],
)
def test_near_duplicates(textured, target, patient, found):
    assert build(textured)[1] == []
    draw(textured / "images/case0.png", textured / f"images/{target}.png")
    with Image.open(textured / f"images/{target}.png") as file:
        size = file.size
    Image.new("L", size).save(textured / f"outlines/{target}.png")
    levels = np.zeros(size[::-1])
    levels[50:90, 50:90] = 255
    levels[50, 50] = 0
    save(textured / f"outlines/{target}.png", levels)
    edit(textured, target, "patient_id", patient)
    before = state(textured)
    cases, findings = build(textured)
    assert {(f.severity, f.check, f.case_id) for f in findings} == {
        (*found, "case0"),
        (*found, target),
    }
    assert "images/case0.png" in findings[1].message and "correlation 0." in findings[1].message
    groups = cases.set_index("case_id")["group_id"]
    assert groups["case0"] == groups[target] and groups.nunique() == 7
    assert state(textured) == before
