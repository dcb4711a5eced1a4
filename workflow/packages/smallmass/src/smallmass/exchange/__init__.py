"""Cohorts for other tools' trainings, and what their models predict.

| module | holds |
|---|---|
| `cases` | the cases of a cohort as others are given them |
| `nnunet` | a cohort in the layout of nnU-Net v2 |
| `coco` | a cohort in the layout of COCO |
| `masks`, `results` | predictions: a folder of masks; a COCO results file |
| `predictions` | which of both a path is, and both as the same table |
"""
