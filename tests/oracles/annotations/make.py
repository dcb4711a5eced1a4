"""Write coco.json: masks as COCO's own library encodes them, and polygons as it draws them.

Needs pycocotools (2.0.11), which is no dependency of the project:
    uv run --no-project --with pycocotools==2.0.11 python tests/oracles/annotations/make.py
"""

import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco

HEIGHT, WIDTH = 37, 53


def text_rows(mask):
    return ["".join(map(str, row)) for row in mask.astype(int).tolist()]


def blob(rng):
    """Return a lesion-like polygon, n x 2, that may touch the border of the image."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = rng.uniform(5, 15) * (1 + 0.25 * rng.uniform(-1, 1, angle.size))
    centre = rng.uniform(16, WIDTH - 16), rng.uniform(12, HEIGHT - 12)
    x = np.clip(centre[0] + radius * np.cos(angle), 0, WIDTH)
    y = np.clip(centre[1] + radius * np.sin(angle), 0, HEIGHT)
    return np.round(np.column_stack((x, y)), 2)


def disc():
    """Return a mask large enough for run lengths of several characters."""
    y, x = np.mgrid[:200, :300]
    return (x - 150) ** 2 + (y - 90) ** 2 < 80**2


def narrow():
    """Return masks of a single pixel, row or column, which begin with lesion or background."""
    rows = ([[0]], [[1]], [[0, 1, 1, 0, 1, 0, 0]], [[1, 1, 1, 0, 0, 1, 0]])
    masks = [np.array(row, dtype=bool) for row in rows]
    return [*masks, *(mask.T for mask in masks[2:])]


def main():
    rng = np.random.default_rng(20230401)
    masks = [rng.random((HEIGHT, WIDTH)) < share for share in (0.0, 0.02, 0.5, 0.98, 1.0)]
    masks += [disc(), *narrow()]
    encoded = [
        {
            "size": list(mask.shape),
            "counts": coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode(),
            "rows": text_rows(mask) if mask.size < 10_000 else "disc",
        }
        for mask in masks
    ]
    drawn = []
    for _ in range(8):
        polygon = blob(rng).ravel().tolist()
        mask = coco.decode(coco.frPyObjects([polygon], HEIGHT, WIDTH))[..., 0]
        drawn.append({"polygon": polygon, "rows": text_rows(mask)})
    path = Path(__file__).with_name("coco.json")
    path.write_text(json.dumps({"encoded": encoded, "drawn": drawn}, indent=0) + "\n")


if __name__ == "__main__":
    main()
