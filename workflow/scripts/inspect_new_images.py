"""Look at a folder of new images: its cases, and everything that is wrong with it."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files, withheld
    from smallmass.cohort.findings import to_table
    from smallmass.files import write_csv
    from smallmass.prediction.dicom import inspect_dicom
    from smallmass.prediction.folder import inspect_folder
    from smallmass.settings.picking import chosen

    settings, root = chosen(params.settings).cohort, Path(params.folder)
    imported = Path(paths_out.imported)
    if params.dicom:
        salt_file = Path(settings.dicom.salt_file)
        private = private_files(salt_file, f"{params.study}.{imported.parent.name}")
        salt = load_salt(salt_file, forbidden=[root, Path("results")])
        with withheld(private.problems):
            cases, findings = inspect_dicom(
                root, settings, imported, Pseudonyms(salt), private, workers=snakemake.threads
            )
    else:
        imported.mkdir(parents=True, exist_ok=True)
        cases, findings = inspect_folder(root, settings, snakemake.threads)
    write_csv(paths_out.cases, cases)
    write_csv(paths_out.problems, to_table(findings))
    log.info("%d cases, %d problems: see %s", len(cases), len(findings), paths_out.problems)
