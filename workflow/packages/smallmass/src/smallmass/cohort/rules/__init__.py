"""What may be found in a cohort: a module for what is looked at, and the registry of all."""
