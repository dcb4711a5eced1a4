"""What models said of each lesion of a public set, published: results without training.

`python -m smallmass.published FILE RESULTS...` writes such a file from finished studies; the rule
`published` makes tables and figures of all that lie in docs/published/.

| module | holds |
|---|---|
| `cases` | the file: who may publish what, from a study's results to a row a lesion |
| `rivals` | a study's rivals as a folder of such files |
| `retrained` | in it, what models that were trained anew read: never seen scanners, fewer images |
| `summary` | its table: AUROC, Dice, lesions found, calls, calibration, with intervals |
| `figure` | its figure: ROC curves, and how well outlines agree |
"""
