"""How large the report of many cases is, and how long a filter of its case browser takes.

    uv run python benchmarks/page.py [--cases 1000] [--keep FOLDER]

Draws as many phantoms as are wanted, all of them test cases with scores that are made up, and shows
them in the made-up report of the tests (tests/helpers/report_page.py) in headless Chromium.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/helpers"))

import pandas as pd

import browser
import paper_run
from report_page import made_page, rendered
from smallmass.cohort.images import read_grey
from smallmass.cohort.run_lengths import encode_rle
from smallmass.files import read_csv, write_csv
from smallmass.paper.case_pictures import write_pictures
from smallmass.paper.found_pictures import write_found
from smallmass.phantom.cohort import make_cohort
from study_settings import study_settings

MIB = 2**20
# Every value of every filter, and then none.
CHOICES = """[...document.querySelectorAll("#filters select")].flatMap(select =>
  [...select.options].slice(1).concat(select.options[0])
    .map(option => [select.name, option.value]))"""
CHOOSE = """([name, value]) => new Promise(painted => {
  const select = document.getElementById("filters").elements[name];
  select.value = value;
  select.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(painted));
})"""


def made(folder: Path, n: int) -> Path:
    """Write the page of ``n`` phantoms and return its path."""
    data = folder / "phantoms"
    make_cohort(data, n=n, seed=1, workers=2)
    paths, _ = made_page(folder, clinical=True, name="phantom")
    cohort = read_csv(data / "cohort.csv").assign(cohort="phantom")
    placed = cohort.assign(**{name: f"{data}/" + cohort[name] for name in ("image", "outline")})
    split = cohort[["case_id"]].assign(split="test")
    predictions = paper_run.predictions(cohort, split)
    scores = paper_run.image_scores(predictions)
    regions = pd.DataFrame([
        {"case_id": row.case_id, "detection": 0, "y1": 0, "x1": 0, "y2": 9, "x2": 9,
         "outline": encode_rle(read_grey(row.outline) > 0)}
        for row in placed.itertuples()
    ])  # fmt: skip
    for name, table in (("cohort", cohort), ("split", split), ("predictions", predictions),
                        ("image_scores", scores)):  # fmt: skip
        write_csv(paths[name], table)
    pictures = folder / "cases"
    write_pictures(pictures, predictions=predictions, cohort=placed, detections=regions,
                   scores=scores, pictures="public")  # fmt: skip
    write_found(pictures, integrity=read_csv(paths["integrity"]), cohort=placed,
                left_out=placed.iloc[:0], pictures="public")  # fmt: skip
    page = folder / "report.html"
    page.write_text(rendered(paths, study_settings()), encoding="utf-8")
    return page


def measure(page: Path) -> None:
    """Print the page's size, its first paint, and what each choice takes until it is painted.

    Of a choice it is the processor time of the page's thread, which other jobs do not lengthen.
    """
    print(f"{page.stat().st_size / MIB:.1f} MiB")
    size = {"width": 1300, "height": 900}
    with browser.running() as program, browser.opened(program, page, viewport=size) as shown:
        shown.wait_for_function("performance.getEntriesByType('paint').length > 1")
        first = shown.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        shown.evaluate("location.hash = '#browser'")
        shown.wait_for_timeout(1000)  # what the page does when it is opened is no filter's
        session = shown.context.new_cdp_session(shown)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        taken: list[tuple[float, str]] = []
        for name, value in shown.evaluate(CHOICES):
            before = _busy(session)
            shown.evaluate(CHOOSE, [name, value])
            taken.append((1000 * (_busy(session) - before), f"{name}={value or 'unknown'}"))
    print(f"first paint {first:.0f} ms (by the clock)")
    slowest, choice = max(taken)
    middle = statistics.median(time for time, _ in taken)
    print(f"{len(taken)} choices: median {middle:.0f} ms, largest {slowest:.0f} ms ({choice})")


def _busy(session) -> float:
    """Return for how long the page's thread has worked, s."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(item["value"] for item in metrics if item["name"] == "TaskDuration")


def main() -> None:
    """Make the page and measure it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="folder that the page stays in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "report.html"
        measure(page if page.exists() else made(folder, arguments.cases))


if __name__ == "__main__":
    main()
