"""How large the report of many cases is, and how long a filter of its case browser takes.

    uv run python benchmarks/page.py [--cases 1000] [--rounds 5] [--keep FOLDER]

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
  const began = performance.now();
  const select = document.getElementById("filters").elements[name];
  select.value = value;
  select.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => painted(performance.now() - began)));
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


def measure(page: Path, rounds: int) -> None:
    """Print the page's size, its first paint, and what each choice takes until it is painted.

    By the clock, and as the processor time of the page's thread, which other jobs do not lengthen;
    of each choice the least of the rounds and their median.
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
        choices = shown.evaluate(CHOICES)
        clock: dict[str, list[float]] = {}
        thread: dict[str, list[float]] = {}
        for name, value in choices * rounds:
            before, key = _busy(session), f"{name}={value or 'unknown'}"
            clock.setdefault(key, []).append(shown.evaluate(CHOOSE, [name, value]))
            thread.setdefault(key, []).append(1000 * (_busy(session) - before))
    print(f"first paint {first:.0f} ms (by the clock)")
    for what, taken in (("by the clock", clock), ("processor time of the page", thread)):
        for which, of in (("least", min), ("median", statistics.median)):
            times = {key: of(values) for key, values in taken.items()}
            slowest = max(times, key=times.__getitem__)
            middle = statistics.median(times.values())
            print(
                f"{what}, {which} of {rounds} rounds, {len(times)} choices: "
                f"median {middle:.0f} ms, largest {times[slowest]:.0f} ms ({slowest})"
            )


def _busy(session) -> float:
    """Return for how long the page's thread has worked, s."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(item["value"] for item in metrics if item["name"] == "TaskDuration")


def main() -> None:
    """Make the page and measure it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5, help="how often each choice is made")
    parser.add_argument("--keep", type=Path, help="folder that the page stays in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "report.html"
        measure(page if page.exists() else made(folder, arguments.cases), arguments.rounds)


if __name__ == "__main__":
    main()
