"""A small four-head pose network (MoveNet's idea) and its decoder.

Plain 3x3 residual blocks instead of inverted residuals: on CPUs the depthwise layers train 2.5 times slower for the
same parameter count. Input [n,3,192,192] RGB 0..255; the scaling is inside. Outputs on a 48x48 grid, in cells, channels
interleaved x0,y0,x1,y1,...: center [1], kpt_heatmap [17] (both after the sigmoid), kpt_regress [34], kpt_offset [34].
Fully convolutional: 96 and 128 pixels work with the same weights.
"""
import torch
from torch import nn
from torch.nn import functional as F

STRIDE = 4
# cells added to every distance when decoding. Published MoveNets use 1.8; here the guesses of the regression are weaker
# than the heat maps, and 5 lets a clear peak win over a guess (measured: better on every set)
BIAS = 5.0


def conv(i, o, k=3, stride=1):
    return nn.Sequential(nn.Conv2d(i, o, k, stride, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class Block(nn.Module):
    def __init__(self, i, o, stride=1):
        super().__init__()
        self.body = nn.Sequential(conv(i, o, 3, stride), nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        self.skip = nn.Identity() if i == o and stride == 1 else nn.Sequential(
            nn.AvgPool2d(2) if stride == 2 else nn.Identity(), nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.skip(x) + self.body(x), True)


class PoseNet(nn.Module):
    """The coarse stages (s16, s32) are wide: they cost few operations and decide front, back, left and right."""

    def __init__(self, w=(16, 32, 48, 96, 128), neck=48, head=64):
        super().__init__()
        self.stem = nn.Sequential(conv(3, w[0], 3, 2), conv(w[0], w[1], 3, 2))
        self.s4 = Block(w[1], w[1])
        self.s8 = nn.Sequential(Block(w[1], w[2], 2), Block(w[2], w[2]))
        self.s16 = nn.Sequential(Block(w[2], w[3], 2), Block(w[3], w[3]))
        self.s32 = nn.Sequential(Block(w[3], w[4], 2), Block(w[4], w[4]))
        self.lat = nn.ModuleList(conv(c, neck, 1) for c in w[1:])
        self.up = nn.ModuleList(conv(neck, neck) for _ in range(2))
        self.head = conv(neck, head)
        self.out = nn.Conv2d(head, 1 + 17 + 34, 1)
        # "joint minus cell" is linear in the cell, so a 12x12 field enlarged bilinearly loses nothing, and there
        # two 3x3 layers see the whole person: regression from the fine head learned far too slowly
        self.regress = nn.Sequential(conv(neck, 64), conv(64, 64), nn.Conv2d(64, 34, 1))
        for last in (self.out, self.regress[-1]):
            nn.init.normal_(last.weight, 0, .01)
            nn.init.zeros_(last.bias)
        self.out.bias.data[:18] = -4

    def raw(self, image):
        """[n, 86, h/4, w/4]: centre and heat maps before the sigmoid, regression, offsets."""
        x = image / 127.5 - 1
        a = self.s4(self.stem(x)); b = self.s8(a); c = self.s16(b); d = self.s32(c)
        y = self.lat[3](d)
        y = self.up[0](self.lat[2](c) + F.interpolate(y, scale_factor=2.0, mode="nearest"))
        # the factors are float constants: with a size the export would contain shape arithmetic and a fixed batch
        r = F.interpolate(self.regress(y), scale_factor=4.0, mode="bilinear", align_corners=False)
        y = self.up[1](self.lat[1](b) + F.interpolate(y, scale_factor=2.0, mode="nearest"))
        y = self.head(self.lat[0](a) + F.interpolate(y, scale_factor=2.0, mode="nearest"))
        y = self.out(y)
        maps, offset = y.split([18, 34], 1)
        return torch.cat([maps, r, offset], 1)

    def forward(self, image):
        y = self.raw(image)
        return torch.sigmoid(y[:, :1]), torch.sigmoid(y[:, 1:18]), y[:, 18:52], y[:, 52:86]


def decode(center, heat, regress, offset):
    """The person nearest the middle -> [n,17,3] x, y (input pixels), score; unrounded regression, no threshold.

    A joint's position is cell + offset, times the stride: pixel i of the input is at coordinate i.
    """
    n, _, h, w = center.shape
    ys, xs = torch.meshgrid(torch.arange(h).float(), torch.arange(w).float(), indexing="ij")
    middle = 1 / (torch.hypot(ys - h / 2, xs - w / 2) + BIAS)
    at = (center[:, 0] * middle).flatten(1).argmax(1)
    cy, cx = at // w, at % w
    guess = regress.flatten(2).gather(2, at[:, None, None].expand(-1, 34, 1))[..., 0].view(n, 17, 2)
    tx, ty = guess[..., 0] + cx[:, None], guess[..., 1] + cy[:, None]
    far = torch.hypot(xs - tx[..., None, None], ys - ty[..., None, None]) + BIAS
    best = (heat / far).flatten(2).argmax(2)
    score = heat.flatten(2).gather(2, best[..., None])[..., 0]
    off = offset.flatten(2).view(n, 17, 2, h * w).gather(3, best[..., None, None].expand(-1, -1, 2, 1))[..., 0]
    return torch.stack([(best % w + off[..., 0]) * STRIDE, (best // w + off[..., 1]) * STRIDE, score], -1)
