"""Reads a folder of training targets with NumPy and draws every picture a second time, straight from the published formulas.

Usage: training_targets.py ANNOTATIONS.json FOLDER   prints one JSON object: shapes and the largest differences.

A joint at (cx, cy) of the input draws exp(-d^2 / (2 sigma^2)) on the pixels of its window where d^2 / (2 sigma^2) <= 4.6052, the
larger of several people counts, the background is one minus the largest. A limb sets its unit vector on pixels of the box around
its ends, enlarged by the radius, that lie within the radius of the line through them; where limbs meet, their mean. A cell is the
mean of the four pixels in its middle. Windows end before their upper bound.
"""
import json
import math
import os
import sys

import numpy as np

LIMIT = 4.6052


def window(low, high, size):
    return range(int(max(0, low)), int(min(size, max(0, high))))


def reduce(canvas, stride):
    middle = stride // 2
    pixels = [canvas[:, y::stride, x::stride] for y in (middle - 1, middle) for x in (middle - 1, middle)]
    return sum(pixels) / 4


def draw(people, index):
    width, height, sigma, radius = index["input_width"], index["input_height"], index["sigma"], index["limb_radius"]
    names, limbs = index["heatmap_channels"], index["limbs"]
    heat = np.zeros((len(names), height, width))
    reach = math.sqrt(2 * LIMIT) * sigma
    for joints in people:
        for part, joint in enumerate(joints):
            if joint is None or joint[0] < 0 or joint[1] < 0:
                continue
            cx, cy = joint
            for y in window(cy - reach, cy + reach, height):
                for x in window(cx - reach, cx + reach, width):
                    e = ((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma ** 2)
                    if e <= LIMIT:
                        heat[part, y, x] = max(heat[part, y, x], math.exp(-e))
    heat[-1] = np.clip(1 - heat[:-1].max(axis=0), 0, 1)

    field, count = np.zeros((2 * len(limbs), height, width)), np.zeros((len(limbs), height, width))
    for joints in people:
        for limb, (a, b) in enumerate(limbs):
            if joints[a] is None or joints[b] is None:
                continue
            (ax, ay), (bx, by) = joints[a], joints[b]
            length = math.hypot(bx - ax, by - ay)
            if length == 0:
                continue
            ux, uy = (bx - ax) / length, (by - ay) / length
            for y in window(min(ay, by) - radius, max(ay, by) + radius, height):
                for x in window(min(ax, bx) - radius, max(ax, bx) + radius, width):
                    if abs((x - ax) * uy - (y - ay) * ux) <= radius:
                        field[2 * limb, y, x] += ux
                        field[2 * limb + 1, y, x] += uy
                        count[limb, y, x] += 1
    field /= np.maximum(1, np.repeat(count, 2, axis=0))
    return reduce(heat, index["stride"]), reduce(field, index["stride"])


def main(annotations, folder):
    with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
        index = json.load(file)
    with open(annotations, encoding="utf-8") as file:
        truth = json.load(file)
    worst = {"heatmaps": 0.0, "fields": 0.0}
    shapes = {"heatmaps": [], "fields": []}
    pictures = 0
    for shard in index["shards"]:
        arrays = {kind: np.load(os.path.join(folder, shard[kind]), mmap_mode="r") for kind in worst}
        for kind, array in arrays.items():
            assert array.dtype == np.dtype("<f4") and len(array) == shard["count"]
            shapes[kind].append(list(array.shape))
        with open(os.path.join(folder, shard["pictures"]), encoding="utf-8") as file:
            listed = json.load(file)
        assert len(listed) == shard["count"]
        for place, picture in enumerate(listed):
            # The letterbox again: one scale, sizes rounded half up, the picture in the middle, half-pixel centres.
            scale = min(index["input_width"] / picture["width"], index["input_height"] / picture["height"])
            fit = [math.floor(picture[side] * scale + 0.5) for side in ("width", "height")]
            pad = [(index["input_" + side] - size) // 2 for side, size in zip(("width", "height"), fit)]
            people = []
            for person in truth["annotations"]:
                if person["image_id"] == picture["id"] and not person["iscrowd"] and any(person["keypoints"][2::3]):
                    points = np.array(person["keypoints"], float).reshape(-1, 3)
                    people.append([None if v == 0 else ((x + 0.5) * fit[0] / picture["width"] - 0.5 + pad[0],
                                                        (y + 0.5) * fit[1] / picture["height"] - 0.5 + pad[1]) for x, y, v in points])
            assert len(people) == picture["people"]
            for kind, expected in zip(("heatmaps", "fields"), draw(people, index)):
                worst[kind] = max(worst[kind], float(np.abs(arrays[kind][place] - expected).max()))
            pictures += 1
    print(json.dumps({"pictures": pictures, "shapes": shapes, "worst": worst}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
