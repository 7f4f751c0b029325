"""Generated pictures on disk: the pool that training draws from, and the held-out pictures.

python3 pool.py POOL easy 60000 --first-seed 1000       upright, frontal, complete, single people
python3 pool.py POOL full 60000 --first-seed 5000       everything
python3 pool.py POOL behind 12000 --first-seed 9000     like the easy ones, but seen from behind
python3 pool.py POOL nobody 6000 --first-seed 8000      furniture and poles, never a person
python3 pool.py POOL held-out                           600 + 600 pictures of seeds that training never reads

Written in shards of 2000, one seed each, so any number of processes can share the work (different first seeds) and a
stopped run goes on where it was: a shard that is complete is skipped. Training may start after the first shard.
"""
import argparse
import os

import cv2
import numpy as np

from scenes import PEOPLE, SIZE, scene

SHARD = 2000
HELD_OUT = dict(easy=(900_001, 600), full=(900_002, 600))           # seed, pictures


def shard_path(folder, kind, seed, what):
    return os.path.join(folder, f"{kind}-{seed}-{what}.npy")


def write_shard(folder, kind, seed, count):
    if os.path.exists(shard_path(folder, kind, seed, "joints")):
        return
    rng = np.random.default_rng(seed)
    pictures, joints = np.empty((count, SIZE, SIZE, 3), np.uint8), np.empty((count, PEOPLE, 17, 3), np.float32)
    for i in range(count):
        pictures[i], joints[i] = scene(rng, easy=kind in ("easy", "behind"), nobody=kind == "nobody", behind=kind == "behind")
    for what, array in (("pictures", pictures), ("joints", joints)):     # joints last: their presence means complete
        part = shard_path(folder, kind, seed, what) + ".part"
        with open(part, "wb") as f: np.save(f, array)
        os.replace(part, shard_path(folder, kind, seed, what))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder"); p.add_argument("kind", choices=["easy", "full", "behind", "nobody", "held-out"]); p.add_argument("count", type=int, nargs="?", default=SHARD)
    p.add_argument("--first-seed", type=int, default=1000)
    args = p.parse_args()
    cv2.setNumThreads(1)
    os.makedirs(args.folder, exist_ok=True)
    if args.kind == "held-out":
        for kind, (seed, count) in HELD_OUT.items(): write_shard(args.folder, kind, seed, count)
    else:
        for seed in range(args.first_seed, args.first_seed + -(-args.count // SHARD)): write_shard(args.folder, args.kind, seed, SHARD)


if __name__ == "__main__":
    main()
