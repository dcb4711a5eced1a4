"""Read the cohort from its source and check everything; what is wrong is listed, not refused."""

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.build import survey_cohort
    from smallmass.cohort.findings import to_table
    from smallmass.files import write_csv
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    survey = survey_cohort(
        chosen(params.settings).cohort,
        params.root,
        params.datasets,
        workers=snakemake.threads,
        progress=logged(log, "images checked"),
    )
    write_csv(paths_out.candidates, survey.cases)
    write_csv(paths_out.inspection, to_table(survey.findings))
    write_csv(paths_out.left_out, survey.left_out)
