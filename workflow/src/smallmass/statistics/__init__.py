"""Statistics of diagnostic studies: proportions, ROC curves, paired tests, bootstrap, calibration.

Usable on its own: nothing here knows of lesions, files or Snakemake.
"""
