"""What an image model starts from (A40): ``image_model.weights``.

| module | holds |
|---|---|
| `kinds` | which starts there are, and what of them the settings alone can tell |
| `finding` | a start's files, and everything that is wrong with them before anything runs |
| `form` | what a start prescribes: channels, mean pixel, normalisation |
| `loading` | a network filled with a start's weights |
"""
