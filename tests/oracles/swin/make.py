"""Makes swin.npz: weights and stages of a very small Swin transformer of torchvision's code.

    python make.py        (torch 2.14.0 and torchvision 0.29.0, processor)

Widths of 4 to 32, windows of 3; an image of 44 x 36 px, whose maps (11 x 9, 6 x 5, 3 x 3, 2 x 2)
need padding. Names and shapes are torchvision's; `stage1` to `stage4` are what its stages return,
(height, width, channels).
"""

from pathlib import Path

import numpy as np
import torch
from torchvision.models.swin_transformer import SwinTransformer

torch.manual_seed(20230401)
model = SwinTransformer([4, 4], 4, [2, 2, 2, 2], [1, 1, 2, 2], [3, 3], num_classes=1).eval()
image = torch.randn(1, 3, 44, 36)
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(0.2 * torch.randn_like(parameter))
    x, stages = image, {}
    for index, part in enumerate(model.features):
        x = part(x)
        if index % 2:
            stages[f"stage{index // 2 + 1}"] = x[0].numpy()
weights = {name: w.numpy() for name, w in model.state_dict().items() if "_index" not in name}
weights = {name: w for name, w in weights.items() if not name.startswith(("head", "norm"))}
arrays = {"image": image[0].permute(1, 2, 0).numpy(), **stages, **weights}
np.savez_compressed(
    Path(__file__).with_name("swin.npz"),
    **{name: array.astype(np.float32) for name, array in arrays.items()},
)
