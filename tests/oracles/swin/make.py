"""Makes what torchvision says of its Swin transformers: swin.pth, swin.npz and swin_t.csv.

    python make.py        (torch 2.13.0 and torchvision 0.28.0, processor)

swin.pth is PyTorch's own file of a very small transformer of torchvision's code: widths of 4 to 32,
windows of 3. swin.npz has an RGB image of 44 x 36 px, whose maps (11 x 9, 6 x 5, 3 x 3, 2 x 2) need
padding, and `stage1` to `stage4`, what the stages return for it, (height, width, channels), when it
was normalised as the published weights want it. swin_t.csv lists the tensors of the published
file's network: name, data type and shape.
"""

import csv
from pathlib import Path

import numpy as np
import torch
from torchvision.models import Swin_T_Weights, swin_t
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.transforms.functional import normalize

FOLDER = Path(__file__).parent

torch.manual_seed(20230401)
model = SwinTransformer([4, 4], 4, [2, 2, 2, 2], [1, 1, 2, 2], [3, 3], num_classes=1).eval()
image = torch.randint(0, 256, (3, 44, 36), dtype=torch.uint8)
wanted = Swin_T_Weights.IMAGENET1K_V1.transforms()
with torch.no_grad():
    for parameter in model.parameters():
        parameter.add_(0.2 * torch.randn_like(parameter))
    x, stages = normalize(image[None] / 255, wanted.mean, wanted.std), {}
    for index, part in enumerate(model.features):
        x = part(x)
        if index % 2:
            stages[f"stage{index // 2 + 1}"] = x[0].numpy()
torch.save(model.state_dict(), FOLDER / "swin.pth")
np.savez_compressed(FOLDER / "swin.npz", image=image.permute(1, 2, 0).numpy(), **stages)

with open(FOLDER / "swin_t.csv", "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["name", "dtype", "shape"])
    for name, tensor in swin_t().state_dict().items():
        dtype = str(tensor.dtype).removeprefix("torch.")
        table.writerow([name, dtype, " ".join(map(str, tensor.shape))])
