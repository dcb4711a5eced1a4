"""Statistics of diagnostic studies, usable on their own: nothing here knows of files or Snakemake.

| module | holds |
|---|---|
| `proportions`, `clustered` | intervals of a proportion; where a patient has several cases |
| `roc`, `roc_points` | AUROC and its test; partial areas, sensitivity at a fixed specificity |
| `operating` | the Youden point and its optimism |
| `paired`, `paired_difference` | McNemar's tests, Holm; differences, non-inferiority |
| `clustered_paired` | McNemar's test and the difference where a patient has several cases |
| `unpaired` | tests and intervals of proportions of different cases |
| `calibration`, `decision` | slope, intercept, Brier score, curve; predictive values, net benefit |
| `means` | means and medians |
| `bootstrap`, `resampled_roc`, `resampled` | resampling patients within classes |
| `results`, `result_tables` | what every function returns, and how it prints |
"""
