"""The study: does a Mask R-CNN with clinical factors tell breast masses under 1 cm apart?

It rebuilds Bong, Kim and Jeong (Quant Imaging Med Surg 2023;13(4):2486-2495) from a cohort to the
published tables and figures. The Snakefile says in which order; each rule's script calls one
function of this package. The subpackages follow the paper's Methods:

| subpackage | holds |
|---|---|
| `cohort` | patients, lesions, outlines, labels: read (`sources`, `dicom`), checked, split |
| `phantom` | a simulated cohort with known truth, and how real its images are (`phantom.realism`) |
| `image_model` | Mask R-CNN, trained and read: configuration, scores; the network is `mrcnn` |
| `start` | what an image model starts from: another study's model, or a file |
| `clinical` | the network on age, family history, BRCA mutation and breast density |
| `combined` | the regression and the tree that join both behind the gate |
| `evaluation` | performance, comparisons, resampling, nulls, scorecard of the paper's claims |
| `across` | models of each set and of all but one, tested on each |
| `rivals` | radiologists, plain features and other models on the same test cases |
| `retrained` | image models trained anew on other cases: folds, scanners, fewer images |
| `weak` | an image classifier from labels alone, and what its maps point at |
| `exchange` | cohorts for other tools' trainings, and what their models predict |
| `published` | what models said of each lesion of a public set, published, and its summary |
| `paper` | tables, figures, the TRIPOD checklist and the report |
| `prediction` | images that no study has seen, read with trained models |

Around them: `settings` (what a study is), `provenance` and `data_version` (what a run was made
from), `dvc_folder` (what DVC says of a folder), `trained_models` (weights of another run),
`modules` (which code a rule runs), `files` (deterministic, atomic writing), `folders` (what is no
folder), `errors` (`UserError`, all problems with their remedy).

Nothing is imported here: a light step loads no heavy package.
"""
