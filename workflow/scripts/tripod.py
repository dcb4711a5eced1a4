"""Fill in the checklists from the run: TRIPOD 2015, TRIPOD+AI, CLAIM, STARD."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json
    from smallmass.paper.checklists import CHECKLISTS, checklist
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.run_files import RunFiles
    from smallmass.paper.tripod import tripod
    from smallmass.paper.writing import write_table
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    tables = ("cohort", "split", "integrity", "performance")
    models = ("operating_points", "clinical", "regression", "tree")
    run = RunFiles(
        study=params.study,
        notes=PageNotes(**read_json(paths_in.notes)),
        settings=chosen(params.settings),
        **{name: read_csv(paths_in[name]) for name in tables},
        **{name: read_record(paths_in[name]) for name in models},
    )
    write_table(tripod(run), csv=paths_out.csv, md=paths_out.md)
    for name in CHECKLISTS:
        write_table(checklist(run, name), csv=paths_out[f"{name}_csv"], md=paths_out[f"{name}_md"])
