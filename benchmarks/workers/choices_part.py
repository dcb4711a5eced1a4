"""The first combinations of choices.csv, and one scoring of the images: for benchmarks/scale.py."""

import itertools
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path("workflow", "scripts")))

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation import choices
    from smallmass.evaluation.refit import fitting_table
    from smallmass.files import read_csv
    from smallmass.image_model.scores import read_regions
    from smallmass.settings.picking import chosen

    began = time.perf_counter()
    cohort, folds = read_csv(paths_in.cohort), read_csv(paths_in.folds)
    table = fitting_table(predictions=read_csv(paths_in.predictions), cohort=cohort, folds=folds)
    detections = [read_regions(path) for path in paths_in.detections]
    read = time.perf_counter()
    settings = chosen(params.settings)
    options, own = choices.allowed(table, settings), choices.own_choice(settings)
    choices.rescored(table, detections, own)
    scored = time.perf_counter()
    rows = choices._rows(table, detections, None, settings)
    done = len(list(itertools.islice(rows, params.combinations)))
    total = 1
    for values in options.values():
        total *= len(values)
    scorings = 1
    for name in choices.SCORED:
        scorings *= len(options[name])
    seconds = time.perf_counter() - scored
    whole = read - began + scorings * (scored - read) + seconds / done * total
    print(
        f"choices: {read - began:.1f} s to read, {scored - read:.1f} s a scoring ({scorings}), "
        f"{done} of {total} combinations in {seconds:.1f} s; all of them about {whole / 60:.0f} min"
    )
