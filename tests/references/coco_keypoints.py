"""COCO keypoint precision, written a second time from the published rules with NumPy: what the C# evaluator is held to.

Usage: coco_keypoints.py ANNOTATIONS.json RESULTS.json   prints one JSON object with ten figures (null: nobody to find).
"""
import json
import sys

import numpy as np

SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
AREAS = {"all": (0, 1e10), "medium": (32 ** 2, 96 ** 2), "large": (96 ** 2, 1e10)}


def similarity(person, pose):
    marked = np.array(person["keypoints"], float).reshape(-1, 3)
    found = np.array(pose["keypoints"], float).reshape(-1, 3)
    seen = marked[:, 2] > 0
    if seen.any():
        delta = found[:, :2] - marked[:, :2]
    else:
        x, y, w, h = person["bbox"]
        low, high = np.array([x - w, y - h]), np.array([x + 2 * w, y + 2 * h])
        delta = np.maximum(0, low - found[:, :2]) + np.maximum(0, found[:, :2] - high)
        seen = np.ones(len(marked), bool)
    exponent = (delta ** 2).sum(1) / (2 * (person["area"] + np.spacing(1)) * (2 * SIGMAS) ** 2)
    lost = (found[:, 0] == 0) & (found[:, 1] == 0)
    return np.where(lost, 0, np.exp(-exponent))[seen].mean()


def extent(pose):
    points = np.array(pose["keypoints"], float).reshape(-1, 3)
    points = points[(points[:, 0] != 0) | (points[:, 1] != 0), :2]
    return float(np.prod(np.ptp(points, axis=0))) if len(points) else 0.0


def judge(people, poses, table, area, threshold):
    """Per pose: 1 right, 0 wrong, None neither."""
    ignored = [p["iscrowd"] == 1 or max(p["keypoints"][2::3]) == 0 or not area[0] <= p["area"] <= area[1] for p in people]
    free = set(range(len(people)))
    verdicts = []
    for row, pose in enumerate(poses):
        match = None
        for group in (False, True):
            candidates = [(table[row][i], i) for i in range(len(people)) if ignored[i] == group and (i in free or people[i]["iscrowd"])
                          and table[row][i] >= min(threshold, 1 - 1e-10)]
            if candidates:
                best = max(value for value, _ in candidates)
                match = max(i for value, i in candidates if value == best)
                break
        if match is None:
            verdicts.append(0 if area[0] <= extent(pose) <= area[1] else None)
        else:
            free.discard(match)
            verdicts.append(None if ignored[match] else 1)
    return verdicts, len(people) - sum(ignored)


def evaluate(annotations, results):
    images = []
    for image in annotations["images"]:
        people = [p for p in annotations["annotations"] if p["image_id"] == image["id"]]
        poses = sorted((p for p in results if p["image_id"] == image["id"]), key=lambda p: -p["score"])[:20]
        images.append((people, poses, [[similarity(p, pose) for p in people] for pose in poses]))
    figures = {}
    for name, area in AREAS.items():
        precisions, recalls = [], []
        for threshold in THRESHOLDS:
            entries, wanted = [], 0
            for people, poses, table in images:
                verdicts, count = judge(people, poses, table, area, threshold)
                entries += [(-pose["score"], verdict) for pose, verdict in zip(poses, verdicts)]
                wanted += count
            if wanted == 0:
                continue
            order = [v for _, v in sorted(entries, key=lambda entry: entry[0])]
            right = np.cumsum([v == 1 for v in order])
            wrong = np.cumsum([v == 0 for v in order])
            recall = right / wanted
            precision = right / np.maximum(right + wrong, 1)
            at = [precision[recall >= r].max() if (recall >= r).any() else 0 for r in RECALLS]
            precisions.append(np.mean(at))
            recalls.append(recall[-1] if len(recall) else 0)
        suffix = "" if name == "all" else "_" + name
        figures["ap" + suffix] = float(np.mean(precisions)) if precisions else None
        figures["ar" + suffix] = float(np.mean(recalls)) if recalls else None
        if name == "all":
            for key, place in (("50", 0), ("75", 5)):
                figures["ap_" + key] = float(precisions[place]) if precisions else None
                figures["ar_" + key] = float(recalls[place]) if recalls else None
    return figures


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as one, open(sys.argv[2], encoding="utf-8") as other:
        print(json.dumps(evaluate(json.load(one), json.load(other))))
