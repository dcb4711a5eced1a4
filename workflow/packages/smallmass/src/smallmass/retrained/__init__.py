"""Image models trained anew on other cases of the same cohort: parts of `snakemake rivals`.

| module | holds |
|---|---|
| `trainings` | what such a training learns from and reads; as files; what never crosses |
| `folds` | each fold read by a model of all others: an out-of-fold score of every case |
| `out_of_fold` | these scores as a table a case, with calls by the other folds' cut-offs |
| `scanners`, `drop` | each scanner read by a model of the others; what that loses |
| `learning`, `curve` | models of fewer training images; what they read |
| `parts` | from the name of a part to how its cases are dealt |
| `per_patient` | a patient's images as one reading |
| `numbers` | AUROC, Dice, lesions found and calls by group, with intervals that know of patients |
| `printed`, `learning_figure` | these as tables; the learning curve drawn |
"""
