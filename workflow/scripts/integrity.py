"""List everything that was found in the cohort, with what its split would lack.

Of a cohort that is in order it says, before anything is trained, what to expect of its size.
"""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.findings import errors, from_table, to_table
    from smallmass.cohort.split import check_split
    from smallmass.files import read_csv, write_csv
    from smallmass.image_model.expectations import expected
    from smallmass.settings.picking import chosen

    candidates, settings = read_csv(paths_in.candidates), chosen(params.settings)
    findings = from_table(read_csv(paths_in.inspection))
    findings += check_split(candidates, settings)
    write_csv(paths_out.integrity, to_table(findings))
    if not errors(findings) and (words := expected(candidates, settings)):
        log.info("%s", words)
