"""Turn DICOM files into a cohort that names nobody, with a contact sheet to sign off."""

from pathlib import Path

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.dicom.identity import Pseudonyms, load_salt, private_files, withheld
    from smallmass.cohort.dicom.importing import import_folder
    from smallmass.cohort.findings import errors
    from smallmass.progress import logged
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings).cohort
    root, folder = Path(params.root).expanduser(), Path(paths_out.table).parent
    salt_file = Path(settings.dicom.salt_file)
    private = private_files(salt_file, params.study)
    salt = load_salt(salt_file, forbidden=[root, Path("results")])
    with withheld(private.problems):
        findings = import_folder(
            root,
            settings,
            folder,
            Pseudonyms(salt),
            private,
            workers=snakemake.threads,
            progress=logged(log, "files read"),
        )
    wrong = len(errors(findings))
    log.info("contact sheet: %s", paths_out.pages)
    log.info("private: %s, %s", private.key, private.problems)
    if wrong:
        log.warning("%d errors, listed when the cohort is checked", wrong)
