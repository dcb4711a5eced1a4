"""A target that stands for a study of its name; apart, since a study's start has its own study."""

import sys


def name_study_of_target():
    """Take `snakemake across` for the study across, unless the command line names another.

    The targets are not known yet when rules are read. The jobs that this run starts are to know of
    the study: they are told what stands behind --config.
    """
    given = workflow.config_settings
    if "across" in sys.argv[1:] and "study" not in given.overwrite_config:
        config["study"] = "across"
        given.config_args = [*(given.config_args or []), "study=across"]


name_study_of_target()
