"""``smallmass start FOLDER``: look at a folder and write settings for it."""

import argparse
import shlex
import sys
from pathlib import Path

from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.files import write_text
from smallmass.folders import folder_problem
from smallmass.wizard.looking import look
from smallmass.wizard.writing import questions, settings_text


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="smallmass")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="look at a folder and write settings for it")
    start.add_argument("folder", type=Path, help="images, a table, outlines")
    start.add_argument("--out", type=Path, default=Path("mine.yaml"), help="default: mine.yaml")
    options = parser.parse_args(arguments)
    root = options.folder.expanduser()
    try:
        if wrong := folder_problem(root):
            raise UserError(wrong)
        if options.out.exists():
            raise UserError(f"{options.out} is there already. Name another with --out.")
        text = settings_text(look(root), str(root.resolve()))
    except UserError as error:
        print(error.report(), file=sys.stderr)
        return 1
    write_text(options.out, text)
    print(text)
    asked = questions(text)
    if asked:
        count = number_of(len(asked), "question")
        print(f"{count} in {options.out}: answer each, and take '# ?' away. Then:")
    print(f"  uv run snakemake check --cores all --configfile {shlex.quote(str(options.out))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
