"""What the image model stands beside on the same test cases: readers, plain features, other models.

| module | holds |
|---|---|
| `rival` | what a rival is: a score and a call of each test case; parts of them as files |
| `outline_features`, `features` | sixteen plain features of an outline; of all outlines |
| `plain`, `ridge` | logistic regression on these |
| `birads`, `joint` | radiologists; a rule that joins them with the models, cross-fitted |
| `imported`, `outlines` | other models' predictions; how well they outline |
| `comparison` | each rival beside the study's models: AUROC, differences, calls |
| `patients_needed` | how many test patients would show the paper's gain |
| `costs` | core-minutes of each part |
| `printed`, `forest` | these as tables, and as a forest plot |
"""
