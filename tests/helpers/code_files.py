"""Print, as JSON, the files whose digest is each rule's parameter `code`, for the study `tiny`.

Run in the project's folder. The rules themselves choose the files: where they would make a digest
of them, their names come out.
"""

import json
from pathlib import Path

from parsed import parsed_rules
from smallmass import modules


def names(files, roots) -> list[str]:
    """Take the place of `digest`: return the files' names, below the project's folder."""
    return sorted(file.relative_to(Path.cwd()).as_posix() for file in files)


def main() -> None:
    """Let Snakemake read the rules, and print what they make a digest of."""
    modules.digest = names
    with parsed_rules({"study": "tiny"}) as rules:
        print(json.dumps({rule.name: rule.params.code for rule in rules if rule.script}))


if __name__ == "__main__":
    main()
