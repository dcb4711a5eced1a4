"""Fill in the TRIPOD checklist from the run."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, read_json, write_csv, write_text
    from smallmass.paper.layout import as_frame, as_markdown
    from smallmass.paper.tripod import tripod
    from smallmass.paper.tripod_run import RunFiles

    tables = ("cohort", "split", "integrity", "performance")
    models = ("operating_points", "clinical", "regression", "tree")
    table = tripod(
        RunFiles(
            study=params.study,
            settings=params.settings,
            **{name: read_csv(paths_in[name]) for name in tables},
            **{name: read_json(paths_in[name]) for name in models},
        )
    )
    write_csv(paths_out.csv, as_frame(table))
    write_text(paths_out.md, as_markdown(table))
