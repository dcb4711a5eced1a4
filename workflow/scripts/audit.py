"""Audit the paper's printed numbers: every number's verdict, and what matters most."""

from common import job

with job(snakemake) as (paths_in, paths_out, _, log):
    from printed_numbers.engine import audit
    from printed_numbers.errors import PaperError
    from printed_numbers.page import render
    from printed_numbers.relations import read_paper
    from smallmass.errors import UserError
    from smallmass.files import write_csv, write_text

    try:
        result = audit(read_paper(paths_in.numbers, paths_in.relations))
    except PaperError as error:
        raise UserError(error.problems) from error
    page = render(result)
    write_csv(paths_out.numbers, result.table())
    write_csv(paths_out.findings, result.findings_table())
    write_text(paths_out.page, page)
    log.info(
        "%d printed numbers, %d checks, %d findings: see %s",
        len(result.overall),
        len(result.checks),
        len(result.findings),
        paths_out.page,
    )
