"""A shipped ONNX file back into weights that training can go on with.

python3 restore.py ../models/posebatch-small/model.onnx POOL RUN/restored.pt [--pictures 2048] [--stage long192]

The file holds no batch norms: export.py folded each into the convolution before it, W' x + b'. What they must be to give
the same results is known but for one factor per channel. With m and v the mean and variance of W' x over pictures of the
pool, and k any positive factor,

    convolution k W',   running mean k m,   running variance k^2 v,   scale sqrt(k^2 v + eps) / k,   shift m + b'

is the same function when evaluated, and nearly the same while training, when each batch brings its own mean and variance.
k only decides how far one step of the optimizer turns a channel; it makes the weights of each channel RMS 0.25, which is
where training from scratch had taken them.
"""
import argparse

import cv2
import numpy as np
import torch
from torch import nn

from data import Pool
from evaluate import load
from network import PoseNet
from scenes import SIZE
from train import STAGES

RMS = .25


def norms(net):
    """Names of every convolution and of the batch norm that follows it."""
    for name, module in net.named_modules():
        if not isinstance(module, nn.Sequential): continue
        parts = list(module.named_children())
        for (a, conv), (b, norm) in zip(parts, parts[1:]):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d): yield f"{name}.{a}", f"{name}.{b}"


@torch.no_grad()
def moments(net, names, batches):
    """Mean and variance per channel, float64, of what each named convolution gives, its bias left out."""
    sums = {name: [0, 0, 0] for name in names}

    def count(name):
        def hook(module, _, y):
            y = (y - module.bias[:, None, None]).double()
            s = sums[name]
            s[0] += y[:, 0].numel(); s[1] = s[1] + y.sum((0, 2, 3)); s[2] = s[2] + (y * y).sum((0, 2, 3))
        return hook

    modules = dict(net.named_modules())
    hooks = [modules[name].register_forward_hook(count(name)) for name in names]
    for x in batches: net.raw(x)
    for hook in hooks: hook.remove()
    return {name: (s / n, (q / n - (s / n) ** 2).clamp(min=0)) for name, (n, s, q) in sums.items()}


def unfolded(flat, batches):
    """The network with batch norms that gives what `flat`, of evaluate.load, gives."""
    net = PoseNet().eval()
    pairs, values = dict(norms(net)), flat.state_dict()
    state = {k: v for k, v in values.items() if k in net.state_dict()}
    for conv, (mean, variance) in moments(flat, list(pairs), batches).items():
        norm, weight, bias = pairs[conv], values[f"{conv}.weight"].double(), values[f"{conv}.bias"].double()
        eps = net.get_submodule(norm).eps
        k = RMS / weight.flatten(1).square().mean(1).sqrt().clamp(min=1e-6)
        state[f"{conv}.weight"] = weight * k[:, None, None, None]
        state[f"{norm}.running_mean"], state[f"{norm}.running_var"] = k * mean, k * k * variance
        state[f"{norm}.weight"], state[f"{norm}.bias"] = (k * k * variance + eps).sqrt() / k, mean + bias
        state[f"{norm}.num_batches_tracked"] = torch.tensor(0)
    net.load_state_dict(state)                                     # every value of the network must be there
    return net


@torch.no_grad()
def largest_difference(a, b, pictures):
    """Of the four outputs, each measured in its largest value."""
    return max(float((p - q).abs().max() / q.abs().max()) for p, q in zip(a(pictures), b(pictures)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model"); p.add_argument("pool"); p.add_argument("weights")
    p.add_argument("--pictures", type=int, default=2048); p.add_argument("--stage", default="long192", help="of train.py, whose mixture of pictures is looked at")
    args = p.parse_args()
    cv2.setNumThreads(1); torch.set_num_threads(1)
    data, flat = Pool(args.pool, 0), load(args.model)
    _, _, _, easy, behind, _ = STAGES[args.stage]
    net = unfolded(flat, (data.batch(32, SIZE, easy, behind)[0] for _ in range(args.pictures // 32)))
    torch.save(net.state_dict(), args.weights)
    others = data.batch(32, SIZE, easy, behind)[0]
    print(f"{args.weights}: largest difference {largest_difference(net, flat, others):.1e} of the outputs' range; "
          f"with the batch's own mean and variance {largest_difference(net.train(), flat, others):.1e}")


if __name__ == "__main__":
    main()
