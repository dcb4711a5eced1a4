"""What Snakemake shows of a job that refused its input: nothing beside the job's own message."""

import logging

# Their scripts end with a message for people, also where an error was not foreseen.
REFUSING = frozenset(
    {
        *("inspect", "integrity", "check", "cohort", "split", "import_dicom", "prepare"),
        *("inspect_new_images", "read_new_images", "predict"),
    }
)
_NOISE = (
    "RuleException:\nCalledProcessError",
    "Shutting down, this might take some time.",
    "Exiting because a job execution failed.",
    "At least one job did not complete successfully.",
    "WorkflowError:\nAt least one job did not complete successfully.",
)


class WithoutNoise(logging.Filter):
    """Drops what Snakemake adds around the message of a job that refused its input."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is shown."""
        if getattr(record, "rule_name", None) in REFUSING and record.levelno >= logging.ERROR:
            return False
        return not str(record.msg).lstrip().startswith(_NOISE)


def without_noise(logger: logging.Logger) -> None:
    """Let a logger's screen show jobs' own messages alone; its files keep everything."""
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(
            handler, logging.FileHandler
        ):
            handler.addFilter(WithoutNoise())
