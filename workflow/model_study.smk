# The rules of another study as far as its image model, for a study that starts from that model.
# Not a Snakefile of its own: workflow/rules/start.smk takes it as a module.


include: "rules/common.smk"
include: "rules/cohort.smk"
include: "rules/found_start.smk"
include: "rules/start.smk"
include: "rules/image_model.smk"
