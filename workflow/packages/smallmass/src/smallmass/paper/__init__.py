"""The paper's tables, figures and report, made from a run's files."""
