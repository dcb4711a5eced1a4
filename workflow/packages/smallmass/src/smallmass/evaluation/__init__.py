"""Statistical analysis: performance, intervals, paired tests, calibration, choices and nulls."""
