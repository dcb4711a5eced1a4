"""The clinical model: a patient's factors to a malignancy score [(f) in the paper's Figure 1]."""
