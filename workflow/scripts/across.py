"""Table and heat map: models of each set and of all but one, tested on each."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.across.cells import cells
    from smallmass.across.heat_map import draw
    from smallmass.across.printed import across_table, notes
    from smallmass.across.train_sets import train_sets
    from smallmass.files import read_csv, write_csv
    from smallmass.paper.writing import write_table
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    models = train_sets(params.cohorts)
    confidence = settings.evaluation.confidence
    names = [model.name for model in models]
    table = cells(
        models,
        {name: read_csv(path) for name, path in zip(names, paths_in.scores, strict=True)},
        {name: read_csv(path) for name, path in zip(names, paths_in.splits, strict=True)},
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        confidence=confidence,
    )
    write_csv(paths_out.cells, table)
    together = any(len(model.cohorts) > 1 for model in models)
    balance = settings.cohort.balance if together else None
    beneath = notes(params.missing, balance, settings.image_model.seeds, confidence)
    write_table(
        across_table(table, models, beneath),
        csv=paths_out.csv,
        md=paths_out.md,
        tex=paths_out.tex,
    )
    draw(table, models, beneath, svg=paths_out.svg, png=paths_out.png)
    for cell in table[table["metric"] == "auroc"].itertuples():
        log.info("%s on %s: AUROC %.3f", cell.train, cell.test, cell.estimate)
