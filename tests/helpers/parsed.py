"""The rules as Snakemake reads them in the project's folder, without a job or a graph of jobs.

`python parsed.py STUDY` prints, as JSON, what the jobs of each rule of a study depend on.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings


@contextmanager
def parsed_rules(config: dict) -> Iterator[list]:
    """Snakemake's rules under what ``--config`` would say."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=Path("Snakefile").resolve(),
        )
        yield list(workflow._workflow.rules)


def described(rule) -> str:
    """Return what a rule's jobs depend on; of a function what it returns or, failing that, None."""
    values_of_rule = []
    for values in (rule.input, rule.output, rule.params):
        for value in values:
            if callable(value):
                try:
                    value = value(None)
                except (Exception, SystemExit):
                    value = None
            values_of_rule.append(re.sub(r" at 0x\w+", "", str(value)))
    return "\n".join(values_of_rule)


def main() -> None:
    """Print what each rule depends on."""
    with parsed_rules({"study": sys.argv[1]}) as rules:
        print(json.dumps({rule.name: described(rule) for rule in rules}))


if __name__ == "__main__":
    main()
