"""The command: printed-numbers FOLDER audits the paper in a folder.

An empty folder gets templates of both files. ``--checks`` prints every check with its keys.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from printed_numbers.checks_page import page
from printed_numbers.engine import Audit, audit
from printed_numbers.errors import PaperError
from printed_numbers.folders import missing, paths, untouched
from printed_numbers.page import render
from printed_numbers.relations import read_paper


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Of the command line; None for those of the program.

    Returns:
        int: 0; 1 where the files have problems, which are all printed.
    """
    parser = argparse.ArgumentParser("printed-numbers", description="Can all of them be true?")
    parser.add_argument("folder", type=Path, nargs="?", help="with numbers.csv and relations.yaml")
    parser.add_argument(
        "--out", type=Path, help="folder for the results; FOLDER/audit unless named"
    )
    parser.add_argument("--checks", action="store_true", help="print every check with its keys")
    chosen = parser.parse_args(arguments)
    if chosen.checks:
        print(page(), end="")
        return 0
    if chosen.folder is None:
        parser.error("name a folder; an empty one gets templates")
    out = chosen.out or chosen.folder / "audit"
    files = [path for path in (chosen.folder, out) if path.exists() and not path.is_dir()]
    if files:
        return _refused([f"{path} is a file; name a folder" for path in files])
    if words := missing(chosen.folder):
        if not all(path.exists() for path in paths(chosen.folder)):
            return _refused([words])
        print(words)
        return 0
    try:
        result = audit(read_paper(*paths(chosen.folder)))
    except PaperError as error:
        return _refused(error.problems)
    write(result, out)
    if untouched(chosen.folder):
        print("These are the templates' invented numbers: fill in those of a paper.")
    print(f"{len(result.overall)} numbers, {len(result.checks)} checks: see {out / 'audit.html'}")
    for finding in result.findings:
        print(f"  {finding.points} points, {finding.verdict}: {finding.title}")
    return 0


def _refused(problems: Sequence[str]) -> int:
    """Print every problem; return 1."""
    one = len(problems) == 1
    print(f"{len(problems)} problem{'' if one else 's'}:", *problems, sep="\n  ", file=sys.stderr)
    return 1


def write(result: Audit, folder: Path) -> None:
    """Write the table of verdicts, that of findings and the page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    result.table().to_csv(folder / "published_numbers.csv", index=False, lineterminator="\n")
    result.findings_table().to_csv(folder / "findings.csv", index=False, lineterminator="\n")
    (folder / "audit.html").write_text(render(result), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
