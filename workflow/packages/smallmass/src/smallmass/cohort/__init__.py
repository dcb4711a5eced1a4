"""The cohort: its table, its sources, its integrity, its split, and its resized images."""
