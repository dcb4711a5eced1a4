"""BUS-BRA and BrEaST as published, with a few drawn images: for the study `replication`."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from public_data import rectangle, write_mask

SHAPE = (60, 80)
TRAINED = 20  # patients of BUS-BRA, two images each
TESTED = 40  # patients of BrEaST
FAMILY = "family history of breast/ovarian cancer"
BREAST = "BrEaST/BrEaST-Lesions_USG-images_and_masks"


def write(root: Path) -> Path:
    """Write both sets below ``root``: half of the lesions malignant and darker, BrEaST's of two
    sizes.
    """
    rng = np.random.default_rng(0)
    _busbra(root, rng)
    _breast(root, rng)
    return root


def _busbra(root: Path, rng: np.random.Generator) -> None:
    rows, folds = [], []
    for patient in range(TRAINED):
        label = ("benign", "malignant")[patient % 2]
        for side in "lr":
            case = f"bus_{patient + 1:04d}-{side}"
            mask = _picture(root / f"BUS-BRA/Images/{case}.png", label, rng)
            write_mask(root / f"BUS-BRA/Masks/mask_{case[4:]}.png", mask)
            rows.append((case, patient + 1, "cyst", label, 4, "GE", 80, 60, "left", ""))
            folds.append((case, label, patient // 2 % 5 + 1))
    columns = ["ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Width", "Height"]
    table = pd.DataFrame(rows, columns=[*columns, "Side", "BBOX"])
    table.to_csv(root / "BUS-BRA/bus_data.csv", index=False)
    table = pd.DataFrame(folds, columns=["ID", "Pathology", "kFold"])
    table.to_csv(root / "BUS-BRA/5-fold-cv.csv", index=False)


def _breast(root: Path, rng: np.random.Generator) -> None:
    rows = []
    for patient in range(TESTED):
        label = ("benign", "malignant")[patient % 2]
        name = f"case{patient + 1:03d}"
        mask = _picture(root / BREAST / f"{name}.png", label, rng)
        write_mask(root / BREAST / f"{name}_tumor.png", mask, "RGBA")
        rows.append(
            {
                "CaseID": patient + 1,
                "Image_filename": f"{name}.png",
                "Mask_tumor_filename": f"{name}_tumor.png",
                "Mask_other_filename": None,
                "Pixel_size": (0.02, 0.1)[patient // 2 % 2],  # half of the lesions under 1 cm
                "Age": "not available" if patient % 7 == 3 else int(rng.integers(30, 80)),
                "Tissue_composition": "not available" if patient % 5 == 1 else "homogeneous: fat",
                "Signs": "palpable",
                "Symptoms": FAMILY if rng.random() < 0.3 else "no",
                "BIRADS": "4a",
                "Verification": "confirmed by biopsy",
                "Diagnosis": "Fibroadenoma",
                "Classification": label,
            }
        )
    rows[0]["Tissue_composition"] = rows[2]["Tissue_composition"] = "homogeneous: fibroglandular"
    table = root / "BrEaST/BrEaST-Lesions-USG-clinical-data-Dec-15-2023.xlsx"
    pd.DataFrame(rows).to_excel(table, index=False)


def _picture(path: Path, label: str, rng: np.random.Generator) -> np.ndarray:
    """Write noise with a darker rectangle; return the rectangle's mask, bool (height, width)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    top, left = int(rng.integers(5, 30)), int(rng.integers(5, 45))
    mask = rectangle(slice(top, top + 20), slice(left, left + 24), SHAPE)
    grey = rng.integers(115, 215, SHAPE)
    grey[mask] -= 60 if label == "benign" else 110
    Image.fromarray(grey.astype(np.uint8)).convert("RGB").save(path)
    return mask
