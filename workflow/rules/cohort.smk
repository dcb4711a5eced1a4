# Patients and images: the phantoms and their version, the cohort and its integrity, the split,
# the resized images and target masks.

POINTER = own_file("data.dvc")
MANIFEST = own_file("workflow/packages/smallmass/src/smallmass/phantom/manifest.csv")

# data.dvc names the published phantoms; phantoms of another size or seed have another root.
DATA_VERSION = ["<results>/data_version.json"] if PHANTOMS == "data" else []

# What the cohort depends on: how a hospital's own table is read, where it is one.
COHORT_SETTINGS = [
    "cohort.sources",
    "cohort.max_diameter_cm",
    "cohort.inclusive",
    "cohort.larger_lesions",
    "cohort.read_pixels",
]
OWN_TABLE = [
    "cohort.table",
    "cohort.sheet",
    "cohort.columns",
    "cohort.units",
    "cohort.words",
    "cohort.further",
    "cohort.outlines",
    "cohort.grey_range",
]
if "folder" in SOURCES:
    COHORT_SETTINGS += OWN_TABLE
elif DICOM:
    COHORT_SETTINGS += ["cohort.dicom"]

# Other shares need no image read again.
AS_READ = S.changed({"cohort.sources": as_read(list(SOURCES.values()), IMPORTED)})

# How cases are dealt out is of no use where none are: another way must not train anew.
SPLIT_SETTINGS = ["seed", "cohort.sources", "image_model.folds", CROSS]
if any(entry.role == Role.DEALT for entry in SOURCES.values()):
    SPLIT_SETTINGS.append("split")


localrules:
    data_version,


if PHANTOMS:  # else the root is a folder of somebody's own, where nothing is ever written

    rule phantoms:
        output:
            table=f"{PHANTOMS}/cohort.csv",
            manifest=f"{PHANTOMS}/manifest.csv",
            images=directory(f"{PHANTOMS}/images"),
            outlines=directory(f"{PHANTOMS}/outlines"),
        log:
            "<logs>/phantoms.log",
        benchmark:
            "<benchmarks>/phantoms.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: 4
        resources:
            mem_mb=grows(2000),
            runtime=grows(20),
        params:
            code=code("workflow/scripts/phantoms.py"),
            settings=pick("seed", "cohort.n", "cohort.image_px"),
        message:
            "Making {params.settings[cohort][n]} phantoms"
        script:
            "../scripts/phantoms.py"


if DICOM:  # the root itself is not read any further: what leaves this rule names no patient
    from smallmass.cohort.listing import fingerprint
    from smallmass.cohort.sources.folder_choice import watched

    DICOM_FOLDER = Path(SOURCES["dicom"].root or S.cohort.root).expanduser()

    rule import_dicom:
        input:
            tables=watched(DICOM_FOLDER, S.cohort),
        output:
            table=f"{IMPORTED}/cohort.csv",
            findings=f"{IMPORTED}/findings.csv",
            summary=f"{IMPORTED}/import.json",
            images=directory(f"{IMPORTED}/images"),
            outlines=directory(f"{IMPORTED}/outlines"),
            pages=directory(f"{IMPORTED}/contact_sheet"),
        log:
            "<logs>/import_dicom.log",
        benchmark:
            "<benchmarks>/import_dicom.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: 4
        resources:
            mem_mb=grows(2000),
            runtime=grows(60),
        params:
            code=code("workflow/scripts/import_dicom.py"),
            root=str(DICOM_FOLDER),
            study=STUDY,
            # Not the files as inputs: their names would stand in Snakemake's records.
            state=fingerprint(DICOM_FOLDER),
            settings=pick(
                *OWN_TABLE,
                "cohort.dicom.match",
                "cohort.dicom.patient",
                "cohort.dicom.frames",
                "cohort.dicom.mask",
                "cohort.dicom.salt_file",
            ),
        message:
            "Importing DICOM files without the patients' names"
        script:
            "../scripts/import_dicom.py"


rule data_version:
    input:
        tables_of_source("phantom") if PHANTOMS else [],
        pointer=[POINTER] if Path(POINTER).exists() else [],
        manifest=[MANIFEST] if Path(MANIFEST).exists() else [],
    output:
        version="<results>/data_version.json",
    log:
        "<logs>/data_version.log",
    benchmark:
        "<benchmarks>/data_version.tsv"
    # Wrong phantoms are to be refused before anything is trained on them.
    priority: 50
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/data_version.py"),
        root=lambda wildcards: PHANTOMS,
        pointer=lambda wildcards: POINTER,
    message:
        "Comparing {params.root} with data.dvc"
    script:
        "../scripts/data_version.py"


# Reads every file once, and refuses nothing: what is wrong is listed, so that all of it is known.
rule inspect:
    input:
        tables_of_cohort(),
    output:
        candidates="<results>/cohort/candidates.csv",
        inspection="<results>/cohort/inspection.csv",
        left_out="<results>/cohort/left_out.csv",
    log:
        "<logs>/inspect.log",
    benchmark:
        "<benchmarks>/inspect.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        code=code(
            "workflow/scripts/inspect_cohort.py",
            *(f"cohort/sources/{name}.py" for name in SOURCES),
        ),
        settings=picking.pick(AS_READ, *COHORT_SETTINGS),
        root=lambda wildcards: S.cohort.root,
        datasets=DATASETS,
        # An image or outline that was replaced means a new cohort, though no table changed.
        files=files_of_cohort(),
    message:
        f"Reading and checking the cohort of study {STUDY}"
    script:
        "../scripts/inspect_cohort.py"


# Adds what the split would refuse. Apart from `inspect`, because other fractions need no reading.
rule integrity:
    input:
        candidates=rules.inspect.output.candidates,
        inspection=rules.inspect.output.inspection,
    output:
        integrity="<results>/cohort/integrity.csv",
    log:
        "<logs>/integrity.log",
    benchmark:
        "<benchmarks>/integrity.tsv"
    # Where `cohort` refuses, the whole list is wanted.
    priority: 60
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/integrity.py"),
        settings=pick(*SPLIT_SETTINGS, "image_model.weights"),
    message:
        "Listing everything that was found in the cohort"
    script:
        "../scripts/integrity.py"


if not ABSENT:

    rule understood:
        input:
            candidates=rules.inspect.output.candidates,
            left_out=rules.inspect.output.left_out,
            integrity=rules.integrity.output.integrity,
            templates=templates_of_sheet("cohort/understood.html.j2"),
        output:
            page="<results>/cohort/understood.html",
        log:
            "<logs>/understood.log",
        benchmark:
            "<benchmarks>/understood.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: 4
        resources:
            mem_mb=grows(2000),
            runtime=grows(20),
        params:
            code=code("workflow/scripts/understood.py"),
            folders=lambda wildcards: {
                name: FOLDERS[entry.cohort] for name, entry in SOURCES.items()
            },
            table=lambda wildcards: (tables_of_source("folder")[0] if "folder" in SOURCES else None),
            settings=pick(
                *(OWN_TABLE + ["cohort.thumbnails"] if "folder" in SOURCES else []),
                "cohort.read_pixels",
                "page.pictures",
            ),
        message:
            "Drawing what was understood of the cohort"
        script:
            "../scripts/understood.py"


rule cohort:
    input:
        candidates=rules.inspect.output.candidates,
        # Not integrity.csv: another split alone does not change the cohort.
        inspection=rules.inspect.output.inspection,
    output:
        cohort="<results>/cohort/cohort.csv",
    log:
        "<logs>/cohort.log",
    benchmark:
        "<benchmarks>/cohort.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/cohort.py"),
        settings=pick("cohort.read_pixels"),
    message:
        "Taking over the cohort, if nothing is wrong with it"
    script:
        "../scripts/cohort.py"


rule split:
    input:
        cohort=rules.cohort.output.cohort,
    output:
        split="<results>/cohort/split.csv",
        folds="<results>/cohort/folds.csv",
    log:
        "<logs>/split.log",
    benchmark:
        "<benchmarks>/split.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/split.py"),
        settings=pick(*SPLIT_SETTINGS),
    message:
        "Splitting the cohort"
    script:
        "../scripts/split.py"


rule prepare:
    input:
        # Of phantoms, the manifest tells when an outline has changed.
        tables_of_cohort(),
        cohort=rules.cohort.output.cohort,
    output:
        transforms="<results>/cohort/transforms.csv",
        images=directory("<results>/cohort/images"),
        masks=directory("<results>/cohort/masks"),
    log:
        "<logs>/prepare.log",
    benchmark:
        "<benchmarks>/prepare.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        code=code("workflow/scripts/prepare.py"),
        folders=lambda wildcards: FOLDERS,
        settings=pick("image_model.size_px", "cohort.resize"),
    message:
        "Resizing images and outlines to {params.settings[image_model][size_px]} px"
    script:
        "../scripts/prepare.py"
