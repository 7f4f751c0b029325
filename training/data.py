"""Batches from the pool: every use of a picture is moved, turned, scaled, mirrored and recoloured differently."""
import glob
import math
import os
import time

import cv2
import numpy as np
import torch

from body import MIRROR
from scenes import PEOPLE, SIZE


def to_tensor(bgr):
    """uint8 [n,h,w,3] BGR -> float [n,3,h,w] RGB 0..255."""
    return torch.from_numpy(np.ascontiguousarray(bgr[..., ::-1].transpose(0, 3, 1, 2))).float()


def shrink(bgr, side):
    """[n,SIZE,SIZE,3] -> [n,side,side,3]; coordinates follow as (x + .5) * side / SIZE - .5."""
    return bgr if side == SIZE else np.stack([cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA) for x in bgr])


def augment(rng, picture, joints, side):
    """Picture [side,side,3] and joints [people,17,3] in its pixels -> the same, changed."""
    middle = (side - 1) / 2
    m = cv2.getRotationMatrix2D((middle, middle), rng.normal(0, 9), math.exp(rng.normal(0, .13)))
    m[:, 2] += rng.normal(0, .036 * side, 2)
    edge = cv2.BORDER_CONSTANT if rng.random() < .5 else cv2.BORDER_REPLICATE
    picture = cv2.warpAffine(picture, m, (side, side), borderMode=edge)
    j = joints.copy()
    j[..., :2] = joints[..., :2] @ m[:, :2].T + m[:, 2]
    j[..., 2] *= ((j[..., :2] >= -.5) & (j[..., :2] < side - .5)).all(-1)
    if rng.random() < .5:
        picture = picture[:, ::-1]
        j = j[:, MIRROR]
        j[..., 0] = side - 1 - j[..., 0]
    # exposure, white balance and saturation in one matrix: pale skin before a pale wall has hardly any colour
    saturation = rng.uniform(.2, 1.25) if rng.random() < .6 else 1.0
    mix = saturation * np.eye(3) + (1 - saturation) / 3
    gain = rng.uniform(.75, 1.25) * rng.uniform(.92, 1.08, 3)
    return cv2.transform(np.ascontiguousarray(picture), np.c_[gain[:, None] * mix, np.full(3, rng.normal(0, 12))]), j


NOBODY = .04                                                       # their share of every batch, once there are such pictures


class Pool:
    """Random pictures of all complete shards: NOBODY of nobody, `behind` from behind, of the rest `easy` from the easy ones."""

    def __init__(self, folder, seed):
        self.folder, self.looked, self.shards = folder, 0.0, {}
        self.rng = np.random.default_rng(seed)

    def refresh(self):
        if time.time() - self.looked < 20: return
        self.looked = time.time()
        for path in sorted(glob.glob(os.path.join(self.folder, "*-joints.npy"))):
            kind, seed, _ = os.path.basename(path).split("-")
            if int(seed) >= 900_000 or (kind, seed) in self.shards: continue    # held out
            pictures = path.replace("joints.npy", "pictures.npy")
            start = np.load(pictures, mmap_mode="r").offset
            self.shards[kind, seed] = os.open(pictures, os.O_RDONLY), start, np.load(path)

    def batch(self, count, side, easy, behind):
        self.refresh()
        rng = self.rng
        kinds = {kind: [v for k, v in self.shards.items() if k[0] == kind] for kind in ("easy", "full", "nobody", "behind")}
        pictures, joints = np.empty((count, side, side, 3), np.uint8), np.empty((count, PEOPLE, 17, 3), np.float32)
        for i in range(count):
            dice, frontal = rng.random(), "easy" if rng.random() < easy else "full"
            wanted = "nobody" if dice < NOBODY else "behind" if dice < NOBODY + behind else frontal
            shards = kinds[wanted] or kinds[frontal] or kinds["easy"] or kinds["full"]
            file, start, J = shards[rng.integers(len(shards))]
            k = int(rng.integers(len(J)))
            # one read instead of a mapped file: the page faults of a map cost more than all the augmentation
            x = np.frombuffer(os.pread(file, SIZE * SIZE * 3, start + k * SIZE * SIZE * 3), np.uint8).reshape(SIZE, SIZE, 3)
            j = J[k].copy()
            if side != SIZE:
                x = cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA)
                j[..., :2] = (j[..., :2] + .5) * (side / SIZE) - .5
            pictures[i], joints[i] = augment(rng, x, j, side)
        return to_tensor(pictures), torch.from_numpy(joints)


def held_out(folder, kind, seed, count=600):
    """Held-out pictures with the person nearest the middle; pictures where that is ambiguous are skipped."""
    X = np.load(os.path.join(folder, f"{kind}-{seed}-pictures.npy"), mmap_mode="r")[:count]
    J = np.load(os.path.join(folder, f"{kind}-{seed}-joints.npy"))[:count]
    pictures, joints = [], []
    for x, people in zip(X, J):
        people = [j for j in people if (j[:, 2] > 0).sum() >= 8]
        if not people: continue
        away = [float(np.hypot(*(j[j[:, 2] > 0, :2].mean(0) - (SIZE - 1) / 2))) for j in people]
        order = np.argsort(away)
        if len(people) > 1 and away[order[1]] - away[order[0]] < 25: continue
        pictures.append(x); joints.append(people[order[0]])
    return np.stack(pictures), torch.from_numpy(np.stack(joints))
