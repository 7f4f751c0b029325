"""The ONNX file and its description from a weights file.

python3 export.py RUN/last192.pt ../models/posebatch-small [--min-person-score 0.25] [--min-keypoint-confidence 0.2]

Batch norms are folded into the convolutions; the weights are stored as float16 and cast to float32 in the graph (ONNX
Runtime does that once, when it loads the file), which halves the file and leaves the arithmetic in float32.
"""
import argparse
import hashlib
import json
import os
import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from network import BIAS, PoseNet
from scenes import SIZE

OUTPUTS = ["center", "kpt_heatmap", "kpt_regress", "kpt_offset"]


def folded(net):
    """The same network without batch norms; what they did is in the convolutions before them."""
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.Sequential):
            for i in range(len(module) - 1):
                if isinstance(module[i], nn.Conv2d) and isinstance(module[i + 1], nn.BatchNorm2d):
                    module[i], module[i + 1] = fuse_conv_bn_eval(module[i], module[i + 1]), nn.Identity()
    return net


class HalfStored(nn.Module):
    """A convolution whose weights lie in the file as float16."""

    def __init__(self, conv):
        super().__init__()
        self.register_buffer("weight", conv.weight.detach().half())
        self.register_buffer("bias", conv.bias.detach().clone())
        self.stride, self.padding = conv.stride, conv.padding

    def forward(self, x):
        return F.conv2d(x, self.weight.float(), self.bias, self.stride, self.padding)


def half_stored(module):
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d): setattr(module, name, HalfStored(child))
        else: half_stored(child)
    return module


def main():
    p = argparse.ArgumentParser()
    p.add_argument("weights"); p.add_argument("folder")
    p.add_argument("--min-person-score", type=float, default=.25); p.add_argument("--min-keypoint-confidence", type=float, default=.2)
    args = p.parse_args()
    net = PoseNet(); net.load_state_dict(torch.load(args.weights))
    net = half_stored(folded(net)).eval()
    os.makedirs(args.folder, exist_ok=True)
    path = os.path.join(args.folder, "model.onnx")
    warnings.filterwarnings("ignore")
    torch.onnx.export(net, torch.zeros(1, 3, SIZE, SIZE), path, input_names=["image"], output_names=OUTPUTS, opset_version=13,
                      do_constant_folding=False, dynamic_axes={n: {0: "n"} for n in ["image", *OUTPUTS]})
    with open(path, "rb") as f: content = f.read()
    head = lambda name: dict(name=name, layout="NCHW")
    description = dict(
        schema_version=1, name="posebatch-small", family="movenet-heads", file="model.onnx", sha256=hashlib.sha256(content).hexdigest(),
        licence="Apache-2.0", origin="Trained by this project on generated pictures only; see MODEL.md and training/.",
        input=dict(name="image", layout="NCHW", type="float32", width=SIZE, height=SIZE, colour_order="rgb", resize="letterbox",
                   pad=[0, 0, 0], mean=[0, 0, 0], std=[1, 1, 1]),
        outputs=dict(heatmap=head("kpt_heatmap"), center=head("center"), regression=head("kpt_regress"), offset=head("kpt_offset")),
        decoder=dict(stride=4, channel_order="xy", regression_rounding="none", heatmap_threshold=0.0, distance_bias=BIAS),
        skeleton="coco-17",
        thresholds=dict(min_person_score=args.min_person_score, min_keypoint_confidence=args.min_keypoint_confidence))
    with open(os.path.join(args.folder, "model.json"), "w") as f: f.write(json.dumps(description, indent=2) + "\n")
    print(f"{path}: {len(content)} bytes, {sum(v.numel() for v in net.state_dict().values())} numbers, sha256 {description['sha256']}")


if __name__ == "__main__":
    main()
