"""NumPy baselines of the parsers, written from the published formulas in the way such code is usually written with NumPy.

Usage: baselines.py FOLDER [SECONDS]   FOLDER holds inputs as .f32 files and shapes.json; prints one JSON object:
{case: {"ms_min": ..., "ms_median": ..., "check": sum of what was found}}.
"""
import json
import os
import sys
import time

import numpy as np

EDGES = [(0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11), (11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16)]


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gaussian_targets(joints):
    """368x432, sigma 8: windows per joint, background, reduced to 46x54 by the mean of the middle 2x2 pixels."""
    height, width, sigma, limit = 368, 432, 8.0, 4.6052
    reach = np.sqrt(2 * limit) * sigma
    heat = np.zeros((height, width, 18), np.float32)
    for person in joints:
        for part, (cx, cy) in enumerate(person):
            if cx < 0 or cy < 0:
                continue
            x0, x1 = int(max(0, cx - reach)), int(min(width, cx + reach))
            y0, y1 = int(max(0, cy - reach)), int(min(height, cy + reach))
            x, y = np.arange(x0, x1), np.arange(y0, y1)
            e = ((x[None, :] - cx) ** 2 + (y[:, None] - cy) ** 2) / (2 * sigma ** 2)
            blob = np.where(e <= limit, np.exp(-e), 0)
            window = heat[y0:y1, x0:x1, part]
            np.maximum(window, blob, out=window)
    heat[:, :, -1] = np.clip(1 - heat[:, :, :-1].max(axis=2), 0, 1)
    small = (heat[3::8, 3::8] + heat[3::8, 4::8] + heat[4::8, 3::8] + heat[4::8, 4::8]) / 4
    return float(small.sum())


def movenet(heatmap, center, regression, offset):
    rows, columns = np.mgrid[0:48, 0:48]
    weight = 1 / (np.sqrt((rows - 24.0) ** 2 + (columns - 24.0) ** 2) + 1.8)
    cy, cx = divmod(int(np.argmax(center[0] * weight)), 48)
    total = 0.0
    for k in range(17):
        ty, tx = cy + regression[2 * k, cy, cx], cx + regression[2 * k + 1, cy, cx]
        weighted = heatmap[k] / (np.sqrt((columns - tx) ** 2 + (rows - ty) ** 2) + 1.8)
        y, x = divmod(int(np.argmax(weighted)), 48)
        total += 4 * (x + offset[2 * k + 1, y, x]) + 4 * (y + offset[2 * k, y, x])
    return float(total)


def posenet(heatmap, offset, forward, backward, stride=16, most=5, threshold=0.5, radius=20.0):
    count, height, width = heatmap.shape
    try:
        from scipy.ndimage import maximum_filter
        local = maximum_filter(heatmap, size=(1, 3, 3), mode="constant", cval=-np.inf)
    except ImportError:
        padded = np.pad(heatmap, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        local = np.max([padded[:, y:y + height, x:x + width] for y in range(3) for x in range(3)], axis=0)
    scores = sigmoid(heatmap)
    part, ys, xs = np.nonzero((scores >= threshold) & (heatmap == local))
    order = np.argsort(-scores[part, ys, xs], kind="stable")

    def cell(p):
        return (int(np.clip(np.floor(p[0] / stride + 0.5), 0, height - 1)), int(np.clip(np.floor(p[1] / stride + 0.5), 0, width - 1)))

    def step(edge, source, target, field):
        y, x = cell(source)
        q = source + np.array([field[edge, y, x], field[16 + edge, y, x]])
        for _ in range(2):
            y, x = cell(q)
            q = np.array([y * stride + offset[target, y, x], x * stride + offset[17 + target, y, x]])
        y, x = cell(q)
        return q, scores[target, y, x]

    poses = []
    for i in order:
        if len(poses) == most:
            break
        k, y, x = part[i], ys[i], xs[i]
        root = np.array([y * stride + offset[k, y, x], x * stride + offset[17 + k, y, x]])
        if any(((root - pose[0][k]) ** 2).sum() <= radius ** 2 for pose in poses):
            continue
        places, values, known = np.zeros((17, 2)), np.zeros(17), np.zeros(17, bool)
        places[k], values[k], known[k] = root, scores[k, y, x], True
        for edge in range(15, -1, -1):
            a, b = EDGES[edge]
            if known[b] and not known[a]:
                places[a], values[a] = step(edge, places[b], a, backward)
                known[a] = True
        for edge in range(16):
            a, b = EDGES[edge]
            if known[a] and not known[b]:
                places[b], values[b] = step(edge, places[a], b, forward)
                known[b] = True
        poses.append((places, values))
    return float(sum(pose[0].sum() for pose in poses))


def alphapose_heatmaps(maps, boxes):
    people, count, height, width = maps.shape
    total = 0.0
    flat = maps.reshape(people, count, -1)
    best = flat.argmax(axis=2)
    values = flat.max(axis=2)
    xs, ys = (best % width).astype(float), (best // width).astype(float)
    xs[values <= 0] = 0
    ys[values <= 0] = 0
    for person in range(people):
        for k in range(count):
            x, y = int(xs[person, k]), int(ys[person, k])
            if 0 < x < width - 1 and 0 < y < height - 1:
                plane = maps[person, k]
                xs[person, k] += 0.25 * np.sign(plane[y, x + 1] - plane[y, x - 1])
                ys[person, k] += 0.25 * np.sign(plane[y + 1, x] - plane[y - 1, x])
        left, top, right, bottom = boxes[person]
        w, h = right - left, bottom - top
        tall = max(h, w * 320 / 256)
        wide = tall * 256 / 320
        px = (xs[person] + 0.2) * tall / 80 - max(0, (wide - 1) / 2 - (w - 1) / 2) + left
        py = (ys[person] + 0.2) * tall / 80 - max(0, (tall - 1) / 2 - (h - 1) / 2) + top
        total += px.sum() + py.sum()
    return float(total)


def pose_nms(boxes, box_scores, places, scores):
    scores = np.where(scores == 0, 1e-5, scores)
    ref = 0.1 * np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    remaining = list(range(len(boxes)))
    human = scores.mean(axis=1)
    total = 0.0
    while remaining:
        left = np.array(remaining)
        i = left[np.argmax(human[left])]
        d = np.sqrt(((places[left] - places[i]) ** 2).sum(axis=2))
        near = np.where(d <= 1, np.tanh(scores[i]) * np.tanh(scores[left]), 0).sum(axis=1) + 1.7 * np.exp(-d / 2.65).sum(axis=1)
        match = (d / min(ref[i], 7) <= 1).sum(axis=1)
        group = left[(near > 22.48) | (match >= 5)]
        remaining = [j for j in remaining if j not in group]
        if scores[i].max() < 0.3:
            continue
        d = np.sqrt(((places[group] - places[i]) ** 2).sum(axis=2))
        w = np.where(d <= min(ref[i], 15), scores[group], 0)
        pose = (w[:, :, None] * places[group]).sum(axis=0) / w.sum(axis=0)[:, None] - 0.3
        merged = (w * scores[group]).sum(axis=0) / w.sum(axis=0)
        total += pose.sum() + merged.mean() + box_scores[i] + 1.25 * merged.max()
    return float(total)


def yolo_pose(output):
    keep = output[4] > 0.25
    rows = output[:, keep].T
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    corners = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], axis=1)
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    alive = np.ones(len(rows), bool)
    total = 0.0
    for i in range(len(rows)):
        if not alive[i]:
            continue
        total += rows[i, 5::3].sum() + rows[i, 6::3].sum()
        low = np.maximum(corners[i, :2], corners[i + 1:, :2])
        high = np.minimum(corners[i, 2:], corners[i + 1:, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        alive[i + 1:] &= shared / (areas[i] + areas[i + 1:] - shared) <= 0.45
    return float(total)


CASES = {
    "targets": (gaussian_targets, ["joints"]),
    "movenet": (movenet, ["heatmap", "center", "regression", "offset"]),
    "posenet": (posenet, ["heatmap", "offset", "forward", "backward"]),
    "alphapose": (alphapose_heatmaps, ["maps", "boxes"]),
    "nms6": (pose_nms, ["boxes", "box_scores", "places", "scores"]),
    "nms20": (pose_nms, ["boxes", "box_scores", "places", "scores"]),
    "yolo": (yolo_pose, ["output"]),
}


def main(folder, seconds):
    with open(os.path.join(folder, "shapes.json"), encoding="utf-8") as file:
        shapes = json.load(file)
    told = {}
    for case, (run, names) in CASES.items():
        inputs = [np.fromfile(os.path.join(folder, f"{case}.{name}.f32"), np.float32).reshape(shapes[f"{case}.{name}"]) for name in names]
        check = run(*inputs)
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end or len(times) < 5:
            since = time.perf_counter()
            run(*inputs)
            times.append(1000 * (time.perf_counter() - since))
        told[case] = {"ms_min": min(times), "ms_median": float(np.median(times)), "check": check}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
