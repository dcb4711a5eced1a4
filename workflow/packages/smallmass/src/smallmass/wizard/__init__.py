"""The first ten minutes: a folder is looked at, and a file of settings is written for it."""
