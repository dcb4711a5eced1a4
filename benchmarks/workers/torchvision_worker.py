"""Times torchvision's Mask R-CNN; run by ../mask_rcnn.py with an interpreter that has it."""

import measure
import torch
import torchvision
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone


def build(args, device):
    """Return torchvision's model, made as like Matterport's as its options allow."""
    backbone = resnet_fpn_backbone(backbone_name=args.backbone, weights=None, trainable_layers=5)
    model = MaskRCNN(
        backbone,
        num_classes=measure.CLASSES,
        min_size=args.px,
        max_size=args.px,
        rpn_post_nms_top_n_train=measure.PROPOSALS_TRAINING,
        rpn_post_nms_top_n_test=measure.PROPOSALS_READING,
        box_batch_size_per_image=measure.ROIS,
        box_positive_fraction=0.33,
        box_score_thresh=0.0,  # random weights: let regions through, as many as ours
        box_nms_thresh=0.3,
        box_detections_per_img=100,
    )
    return model.to(device)


def main():
    args = measure.arguments()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = build(args, device)
    tame(model)
    images, targets = [], []
    for i in range(args.batch):
        image, mask = measure.case(args.px, i)
        images.append(torch.from_numpy(image).permute(2, 0, 1).float().div(255).to(device))
        rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
        box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        targets.append(
            {
                "boxes": torch.tensor([box], dtype=torch.float32, device=device),
                "labels": torch.tensor([1 + i % 2], device=device),
                "masks": torch.from_numpy(mask[None]).to(torch.uint8).to(device),
            }
        )
    regions = count_regions(model)
    mixed = torch.autocast(device.type, torch.bfloat16, enabled=args.precision == "bfloat16")
    sync = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    if args.task == "train":
        model.train()
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)

        def step(_):
            optimizer.zero_grad()
            with mixed:
                loss = sum(model(images, targets).values())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
    else:
        model.eval()

        def step(_):
            with torch.no_grad(), mixed:
                for result in model(images):
                    masks = (result["masks"] > 0.5).cpu().numpy()
                    regions["masks"] = len(masks)

    measure.serve(step, {"versions": versions(), "device": str(device), "regions": regions}, sync)


def versions():
    """Return what runs."""
    return f"torch {torch.__version__}, torchvision {torchvision.__version__}"


def count_regions(model):
    """Return a dict that the model fills with how many regions its heads read, a batch."""
    counts = {}
    sample = model.roi_heads.select_training_samples

    def select_training_samples(*args):
        answer = sample(*args)
        counts["regions"] = sum(len(rois) for rois in answer[0])
        counts["masks"] = sum(int((labels > 0).sum()) for labels in answer[2])
        return answer

    model.roi_heads.select_training_samples = select_training_samples
    model.rpn.register_forward_hook(
        lambda module, args, answer: counts.update(regions=sum(len(r) for r in answer[0]))
    )
    return counts


def tame(model):
    """Make the branches of a network with random weights small, so that its features stay finite.

    The normalisation of torchvision's backbone is frozen at the identity; with untrained weights
    the features would overflow, and no region would be left to read.
    """
    for name, module in model.named_modules():
        if name.endswith("bn3"):
            module.weight.fill_(0.2)


if __name__ == "__main__":
    main()
