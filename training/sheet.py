"""A contact sheet of generated pictures with their joints: look at it before training, a wrong sign trains happily.

python3 sheet.py OUT.png [--easy] [--seed 0] [--bare]      left joints green, right joints red; --bare leaves them out
"""
import argparse
import time

import cv2
import numpy as np

from scenes import scene

BONES = [(5, 7), (7, 9), (6, 8), (8, 10), (5, 6), (11, 12), (5, 11), (6, 12), (11, 13), (13, 15), (12, 14), (14, 16),
         (0, 1), (0, 2), (1, 3), (2, 4)]


def draw(picture, joints, limit=.1, factor=2):
    """Bones over a picture enlarged by `factor`; joints whose third number is not above `limit` are left out."""
    picture = cv2.resize(picture, None, fx=factor, fy=factor)
    for a, b in BONES:
        if min(joints[a, 2], joints[b, 2]) > limit:
            cv2.line(picture, *(tuple(int((v + .5) * factor) for v in joints[k, :2]) for k in (a, b)),
                     (60, 220, 60) if a % 2 else (60, 60, 240), max(1, factor // 2 * 1), cv2.LINE_AA)
    return picture


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out"); p.add_argument("--easy", action="store_true"); p.add_argument("--bare", action="store_true")
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()
    cv2.setNumThreads(1)
    rng, tiles, began = np.random.default_rng(args.seed), [], time.time()
    for _ in range(32):
        picture, joints = scene(rng, args.easy)
        if args.bare: picture = cv2.resize(picture, None, fx=1.25, fy=1.25)
        else:
            picture = cv2.resize(picture, None, fx=1, fy=1)
            for j in joints:
                if j[:, 2].any(): picture = draw(picture, j, factor=1)
        tiles.append(picture)
    print(f"{32 / (time.time() - began):.0f} pictures/s")
    cv2.imwrite(args.out, np.vstack([np.hstack(tiles[i:i + 8]) for i in range(0, 32, 8)]))


if __name__ == "__main__":
    main()
