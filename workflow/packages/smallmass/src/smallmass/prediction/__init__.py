"""New images, read through the trained models of a study: for research, not for diagnosis."""
