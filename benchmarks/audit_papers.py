"""How often the audit accuses a paper that is right, and which errors it finds.

uv run python benchmarks/audit_papers.py right 500    # papers without an error
uv run python benchmarks/audit_papers.py wrong 500    # papers with one planted error each

Each takes about three minutes on one core. The papers are those of tests/helpers/many_papers.py.
"""

import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/helpers"))

import many_papers
from printed_numbers import audit, read_paper
from printed_numbers.errors import PaperError
from printed_numbers.verdicts import CONSISTENT, NOT_CHECKABLE


def audited(draft: many_papers.Draft):
    """Audit a paper."""
    with tempfile.TemporaryDirectory() as folder:
        return audit(read_paper(*many_papers.write(draft, Path(folder))))


def right(number: int) -> None:
    """Print the verdicts on right papers' findings, and how long a paper takes."""
    papers: Counter[str] = Counter()
    start, numbers = time.process_time(), 0
    for seed in range(number):
        result = audited(many_papers.paper(seed))
        numbers += len(result.overall)
        kinds = {f.verdict for f in result.findings} - {CONSISTENT}
        papers.update(kinds)
        for finding in result.findings:
            if finding.verdict in ("impossible", "contradiction"):
                print(f"paper {seed}: {finding.title}: {finding.arithmetic}")
    print(f"{number} papers, {numbers} numbers, {time.process_time() - start:.0f} s of processor")
    for kind in ("impossible", "contradiction", "not explained", "consistent only with"):
        print(f"| {kind} | {papers[kind]} |")


def wrong(number: int) -> None:
    """Print for each kind of error how many were found, and how."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, _, draft in many_papers.wrong_papers(10_000, number):
        try:
            checks = audited(draft).checks
        except PaperError:  # 100.3 %, for instance, is refused
            found[name].append("light")
            continue
        kinds = {c.kind for c in checks if c.kind not in (CONSISTENT, NOT_CHECKABLE)}
        grave = kinds & {"impossible", "contradiction"}
        found[name].append("grave" if grave else "light" if kinds else "")
    print("| error | papers | found | as impossible or a contradiction |\n|---|---|---|---|")
    for name, verdicts in found.items():
        seen, grave = sum(map(bool, verdicts)), verdicts.count("grave")
        n = len(verdicts)
        print(f"| {name} | {n} | {100 * seen / n:.0f} % | {100 * grave / n:.0f} % |")
    every = [verdict for verdicts in found.values() for verdict in verdicts]
    print(f"| all | {len(every)} | {100 * sum(map(bool, every)) / len(every):.0f} % | "
          f"{100 * every.count('grave') / len(every):.0f} % |")  # fmt: skip


if __name__ == "__main__":
    {"right": right, "wrong": wrong}[sys.argv[1]](int(sys.argv[2]))
