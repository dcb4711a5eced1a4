"""Write what models said of each lesion of a public set, for docs/published/.

uv run python -m smallmass.published docs/published/busbra.csv results/busbra
uv run python -m smallmass.published docs/published/busbra_folds.csv results/busbra --of folds
uv run python -m smallmass.published docs/published/rivals/busbra results/busbra --of rivals
"""

import argparse
import sys
from pathlib import Path

from smallmass.counts import number_of
from smallmass.errors import UserError
from smallmass.files import write_csv, write_json
from smallmass.published.cases import KINDS, STUDY, TERMS, collect
from smallmass.published.rivals import publish

RIVALS = "rivals"


def main(arguments: list[str] | None = None) -> None:
    """Write FILE from RESULTS, and beside it a JSON file that says what the studies were."""
    parser = argparse.ArgumentParser(prog="python -m smallmass.published")
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the CSV file, or the folder, to write"
    )
    parser.add_argument(
        "results", type=Path, nargs="+", metavar="RESULTS", help="folders of finished studies"
    )
    parser.add_argument(
        "--of",
        choices=[*KINDS, RIVALS],
        default=STUDY,
        help="its image model; scores out of fold of all cases; all rivals, a folder of files",
    )
    options = parser.parse_args(arguments)
    try:
        if options.of == RIVALS:
            for folder in options.results:
                print(
                    f"{options.file}: {publish(options.file, folder)} test cases of {folder.name}"
                )
            return
        table, records = collect(options.results, options.of)
    except UserError as error:
        sys.exit(error.report())
    write_csv(options.file, table)
    terms = [TERMS[name] for name in table["cohort"].unique()]
    write_json(options.file.with_suffix(".json"), {"studies": records, "terms": terms})
    lesions, studies = number_of(len(table), "lesion"), number_of(len(records), "study", "studies")
    print(f"{options.file}: {lesions} of {studies}")


if __name__ == "__main__":
    main()
