"""Compute once what every table and figure must say of the cohort and the models."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from dataclasses import asdict

    from smallmass.files import read_csv, write_json
    from smallmass.paper.page_notes import page_notes
    from smallmass.settings.picking import chosen

    notes = page_notes(
        cohort=read_csv(paths_in.cohort), study=params.study, settings=chosen(params.settings)
    )
    write_json(paths_out.notes, asdict(notes))
