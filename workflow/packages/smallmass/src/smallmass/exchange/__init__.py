"""Cohorts for other tools' trainings, and what their models predict.

| module | holds |
|---|---|
| `cases` | the cases of a cohort as others are given them |
| `nnunet` | a cohort in the layout of nnU-Net v2 |
| `coco` | a cohort in the layout of COCO |
| `masks`, `results`, `score_tables` | a folder of masks; a COCO results file; a table |
| `predictions` | which of these a path is, and all as the same |
"""
