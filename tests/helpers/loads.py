"""What the scripts of a run load, noted while it runs, and what a change must therefore re-run."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

RECORDER = Path(__file__).parent / "recorder"
CODE_FILES = Path(__file__).with_name("code_files.py")
MADE = ("results/", ".snakemake/")


def recording(notes: Path, project: Path) -> dict[str, str]:
    """Return the environment in which a run notes what it loads: see recorder/sitecustomize.py."""
    path = os.pathsep.join(filter(None, [str(RECORDER), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "LOADS_FOLDER": str(notes), "LOADS_PROJECT": str(project)}


def read_loads(notes: Path, project: Path) -> dict[str, set[str]]:
    """Return the project's own files that each script loaded, relative to the project."""
    loaded = defaultdict(set)
    for line in (notes / "opened.tsv").read_text("utf-8").splitlines():
        script, opened = line.split("\t")
        path = Path(opened)
        if path.suffix == ".pyc":  # table1.cpython-311.pyc in __pycache__
            path = path.parent.parent / f"{path.name.partition('.')[0]}.py"
        name = path.relative_to(project).as_posix()
        if path.is_file() and not name.startswith(MADE):
            loaded[script].add(name)
    return dict(loaded)


def scripts(project: Path) -> dict[str, str]:
    """Return the path of each rule's script, as the rules' files name it."""
    paths = {}
    for file in [project / "Snakefile", *(project / "workflow/rules").glob("*.smk")]:
        for rule in re.split(r"^\s*rule ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            if script := re.search(r'script:\s+"[^"]*/(\w+\.py)"', rule):
                paths[rule.partition(":")[0]] = f"workflow/scripts/{script[1]}"
    return paths


def code_files(project: Path) -> dict[str, set[str]]:
    """Return the files whose digest each rule has as a parameter: its script and their modules."""
    run = subprocess.run(
        [sys.executable, str(CODE_FILES)], cwd=project, text=True, capture_output=True
    )
    assert run.returncode == 0, run.stderr[-4000:]
    files = json.loads(run.stdout.splitlines()[-1])
    return {rule: set(names) for rule, names in files.items()}


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
                inputs[columns[2]].update(filter(None, columns[4].split(",")))
        return cls(dict(inputs), dict(made))

    def sources(self, rule: str) -> set[str]:
        """Return a rule's inputs that no rule makes: data and templates."""
        return {name for name in self.inputs[rule] if not name.startswith(MADE)}

    def and_what_follows(self, rules: set[str]) -> set[str]:
        """Return rules with all that depend on their output; with ``all``, if there are any."""
        following = set(rules)
        while True:
            made = set().union(*(self.made[rule] for rule in following))
            more = {rule for rule, names in self.inputs.items() if names & made} - following
            if not more:
                return following | {"all"} if following else following
            following |= more
