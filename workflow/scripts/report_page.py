"""Write report.html: the whole study on one page."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.files import read_csv, read_json, write_text
    from smallmass.paper.page_notes import PageNotes
    from smallmass.paper.report import FIGURES, TABLES, Run, model_card, render
    from smallmass.paper.rivals_section import TABLES_OF_PARTS, RivalFiles
    from smallmass.paper.training_curves import training_name
    from smallmass.settings.picking import chosen
    from smallmass.status import read_record

    config = Path(params.config)
    rivals = None
    if paths_in.get("rivals"):
        rivals = RivalFiles(
            read_csv(paths_in.rivals),
            [read_json(path) for path in paths_in.rival_records],
            read_csv(paths_in.patients_needed),
            Path(paths_in.forest),
            {name: read_csv(paths_in[name]) for name in TABLES_OF_PARTS if paths_in.get(name)},
            Path(paths_in.learning_curve) if paths_in.get("learning_curve") else None,
        )
    run = Run(
        study=params.study,
        settings=chosen(params.settings),
        config_text=config.read_text(encoding="utf-8") if config.is_file() else "",
        citation=Path(paths_in.citation).read_text(encoding="utf-8"),
        tables={name: read_csv(paths_in[name]) for name in TABLES},
        operating_points=read_record(paths_in.operating_points),
        notes=PageNotes(**read_json(paths_in.notes)),
        run=read_json(paths_in.run),
        figures={name: Path(paths_in[name]) for name in FIGURES},
        pictures=Path(paths_in.pictures),
        histories={
            training_name(path.parts[-3], path.parts[-2]): read_csv(path)
            for path in map(Path, paths_in.histories)
        },
        rivals=rivals,
    )
    write_text(paths_out.card, model_card(run))
    write_text(paths_out.page, render(run))
