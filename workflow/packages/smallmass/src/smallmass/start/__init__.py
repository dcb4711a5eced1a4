"""What an image model starts from (A40): ``image_model.weights``.

| module | holds |
|---|---|
| `kinds` | which starts there are, and what of them the settings alone can tell |
| `finding` | a start's files, and everything that is wrong with them before anything runs |
| `published` | weights of ImageNet and COCO: which file, whose hash, from where |
| `fitting` | whether a file has the architecture of a study's model |
| `form` | what a start prescribes: channels, mean pixel, normalisation |
| `loading` | a network filled with a start's weights |
| `taught` | which images taught a model, recorded in its weight file |
| `overlap` | a start that was taught by images which are judged here |
"""
