"""Deal the cases for the trainings of one part: who learns from what, and reads what."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.retrained.parts import DEALERS
    from smallmass.retrained.trainings import write_trainings
    from smallmass.settings.picking import chosen

    dealt = DEALERS[snakemake.wildcards.part](
        read_csv(paths_in.cohort), read_csv(paths_in.split), chosen(params.settings)
    )
    write_trainings(dealt, paths_out)
    for training in dealt.trainings:
        log.info(
            "%s: learns from %d cases, reads %d",
            training.printed,
            len(training.training),
            len(training.reads),
        )
    for why in dealt.left_out:
        log.info("Left out: %s", why)
