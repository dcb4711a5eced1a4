"""The rules as Snakemake reads them in the project's folder, without a job or a graph of jobs."""

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
