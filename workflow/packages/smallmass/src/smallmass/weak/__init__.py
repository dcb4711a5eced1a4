"""Labels alone: an image classifier that no outline taught, and what its maps point at.

| module | holds |
|---|---|
| `design` | its numbers |
| `saliency` | the score of the whole image: the mean of a map's highest cells |
| `patches` | which patches are looked at closely, and cutting them out |
| `attention` | several patches as one |
| `network` | these on the study's backbone, and the loss |
| `images` | images with labels, in batches |
| `fitting`, `training` | the loop; one classifier of a study, as files |
| `reading` | score and map of each case |
| `pointing`, `lesions` | pointing game and Dice of a map; of all lesions |
| `part`, `printed` | as a rival in `snakemake rivals`; its maps as a table |

The idea is GMIC's: Shen et al. 2021 (Med Image Anal 68:101908).
"""
