"""How much is lost on another set: models of each set and of all but one, tested on each.

| module | holds |
|---|---|
| `train_sets` | which sets train a model, and what it may be tested on |
| `sources` | of the public sets that a study names, those that are there |
| `cells` | each metric of each model on each set, with its interval |
| `printed` | these as a table |
| `heat_map` | these as a picture |
"""
