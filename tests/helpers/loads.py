"""What the scripts of a run load, noted while it runs, and what a change must therefore re-run."""

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

RECORDER = Path(__file__).parent / "recorder"
MADE = ("results/", ".snakemake/")


def recording(notes: Path, project: Path) -> dict[str, str]:
    """Return the environment in which a run notes what it loads: see recorder/sitecustomize.py."""
    path = os.pathsep.join(filter(None, [str(RECORDER), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "LOADS_FOLDER": str(notes), "LOADS_PROJECT": str(project)}


def read_loads(notes: Path, project: Path) -> dict[str, set[str]]:
    """Return the project's own files that each script loaded, relative to the project."""
    found = defaultdict(set)
    for line in (notes / "opened.tsv").read_text("utf-8").splitlines():
        script, opened = line.split("\t")
        path = Path(opened)
        if path.suffix == ".pyc":  # table1.cpython-311.pyc in __pycache__
            path = path.parent.parent / f"{path.name.partition('.')[0]}.py"
        name = path.relative_to(project).as_posix()
        if path.is_file() and not name.startswith(MADE):
            found[script].add(name)
    return dict(found)


def scripts(project: Path) -> dict[str, str]:
    """Return each rule's script, as the rules' files name them."""
    found = {}
    for file in [project / "Snakefile", *(project / "workflow/rules").glob("*.smk")]:
        for rule in re.split(r"^\s*rule ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            if script := re.search(r'script:\s+"[^"]*/(\w+\.py)"', rule):
                found[rule.partition(":")[0]] = script[1]
    return found


@dataclass(frozen=True)
class Rules:
    """The rules of a finished run, as Snakemake recorded them.

    Attributes:
        inputs: The input files of each rule.
        made: The output files of each rule.
    """

    inputs: dict[str, set[str]]
    made: dict[str, set[str]]

    @classmethod
    def of(cls, summary: str) -> "Rules":
        """Read ``snakemake --detailed-summary``: a row an output, its rule and the inputs."""
        inputs, made = defaultdict(set), defaultdict(set)
        for line in summary.splitlines():
            columns = line.split("\t")
            if len(columns) == 8 and columns[0] != "output_file":
                made[columns[2]].add(columns[0])
                inputs[columns[2]].update(columns[4].split(","))
        return cls(dict(inputs), dict(made))

    def sources(self, rule: str) -> set[str]:
        """Return a rule's inputs that no rule makes."""
        return {name for name in self.inputs[rule] if not name.startswith(MADE)}

    def and_what_follows(self, rules: set[str]) -> set[str]:
        """Return rules with all that depend on their output; with ``all``, if there are any."""
        found = set(rules)
        while True:
            made = set().union(*(self.made[rule] for rule in found))
            more = {rule for rule, names in self.inputs.items() if names & made} - found
            if not more:
                return found | {"all"} if found else found
            found |= more
