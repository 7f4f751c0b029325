"""All figures of a network: generated held-out pictures, the demo clip, real pictures, frames without a person.

python3 evaluate.py MODEL [--pool POOL] [--media FOLDER] [--unseen NAME CLIP BOX JOINTS.json]... [--sheet OUT.png]
python3 evaluate.py --write-frames CLIP BOX FRAMES.f32    pictures for onnx.mjs; BOX is "whole" or "x0,y0,x1,y1"
python3 evaluate.py MODEL --compare CLIP JOINTS.json      what onnx.mjs found in a clip, against the same weights here

MODEL is the shipped model.onnx (its weights are read from the file) or a .pt of train.py. FOLDER holds videos/,
references/ and coco-subset/ as described in README.md; without it the real pictures are left out. Frames are
letterboxed to 192 as the service does it; `--bilinear` shrinks without smoothing.
"""
import argparse
import json
import os

import cv2
import numpy as np
import torch

from body import MIRROR
from data import held_out
from export import folded
from network import PoseNet
from pool import HELD_OUT
from scenes import SIZE, scene
from sheet import draw
from train import pck, predict

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = dict(face=slice(0, 5), shoulder=slice(5, 7), elbow=slice(7, 9), wrist=slice(9, 11), hip=slice(11, 13), knee=slice(13, 15), ankle=slice(15, 17))


# ---------------------------------------------------------------------------------------------- the network

def fields(data):
    """The fields of one protobuf message: number, value (an int or the bytes inside)."""
    i = 0
    def number():
        nonlocal i
        value = shift = 0
        while True:
            byte = data[i]; i += 1
            value |= (byte & 127) << shift; shift += 7
            if byte < 128: return value
    while i < len(data):
        key = number()
        if key & 7 == 0: yield key >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or number()
            yield key >> 3, data[i:i + size]; i += size


def onnx_weights(path):
    """Name -> tensor of an ONNX file's initializers (model.graph = 7, graph.initializer = 5)."""
    graph = next(v for k, v in fields(memoryview(open(path, "rb").read())) if k == 7)
    found = {}
    for tensor in (v for k, v in fields(graph) if k == 5):
        shape, kind, name, raw = [], 1, "", b""
        for k, v in fields(tensor):
            if k == 1:
                if isinstance(v, int): shape.append(v)
                else: shape += [x for x in np.frombuffer(v, np.uint8).tolist()]
            elif k == 2: kind = v
            elif k == 8: name = bytes(v).decode()
            elif k == 9: raw = bytes(v)
        if kind in (1, 10): found[name] = torch.from_numpy(np.frombuffer(raw, {1: np.float32, 10: np.float16}[kind]).reshape(shape).astype(np.float32))
    return found


def load(path):
    net = PoseNet()
    if path.endswith(".pt"):
        net.load_state_dict(torch.load(path)); return net.eval()
    net = folded(net)
    weights = onnx_weights(path)
    net.load_state_dict({k: weights[k] for k in net.state_dict()})
    return net.eval()


# ---------------------------------------------------------------------------------------------- pictures

INTERPOLATION = cv2.INTER_AREA


def letterbox(image):
    """Whole frame in SIZE x SIZE, black bars; and the factors and shifts of frame x, y -> input x, y."""
    h, w = image.shape[:2]
    k = SIZE / max(w, h)
    nw, nh = max(1, round(w * k)), max(1, round(h * k))
    left, top = (SIZE - nw) // 2, (SIZE - nh) // 2
    out = np.zeros((SIZE, SIZE, 3), np.uint8)
    out[top:top + nh, left:left + nw] = cv2.resize(image, (nw, nh), interpolation=INTERPOLATION if k < 1 else cv2.INTER_LINEAR)
    return out, lambda p: (np.asarray(p, float)[..., :2] + .5) * [nw / w, nh / h] - .5 + [left, top]


def crop(image, box):
    """The square box x0, y0, x1, y1 (integers, may stick out), scaled to SIZE."""
    x0, y0, x1, y1 = (int(round(v)) for v in box)
    side = max(x1 - x0, y1 - y0)
    h, w = image.shape[:2]
    out = np.zeros((side, side, 3), np.uint8)
    a, b, c, d = max(0, x0), max(0, y0), min(w, x0 + side), min(h, y0 + side)
    out[b - y0:d - y0, a - x0:c - x0] = image[b:d, a:c]
    picture, to = letterbox(out)
    return picture, lambda p: to(np.asarray(p, float)[..., :2] - [x0, y0])


def square(points, grow=1.25):
    lo, hi = points.min(0), points.max(0)
    c, s = (lo + hi) / 2, (hi - lo).max() * grow / 2
    return *(c - s), *(c + s)


def frames(path, step=1):
    capture, i = cv2.VideoCapture(path), 0
    while True:
        ok, frame = capture.read()
        if not ok: return
        if i % step == 0: yield i, frame
        i += 1


def stack(pairs):
    return np.stack([x for x, _ in pairs]), torch.tensor(np.stack([j for _, j in pairs]), dtype=torch.float32)


def demo():
    """Frames of the demo clip in which at least 12 joints are in the picture; the others come second."""
    truth = json.load(open(f"{HERE}/../models/demo/demo.joints.json"))["frames"]
    pairs, empty = [], []
    for i, frame in frames(f"{HERE}/../models/demo/demo.mp4"):
        x, to = letterbox(frame)
        people = [np.array(p) for p in truth[i]["persons"]]
        if not people: empty.append(x)
        elif (people[0][:, 2] > 0).sum() >= 12: pairs.append((x, np.c_[to(people[0]), people[0][:, 2]]))
    return stack(pairs), np.stack(empty)


def squats(media, cropped):
    reference = json.load(open(f"{media}/references/squats.blazepose-full.coco17.json"))["frames"]
    pairs = []
    for (_, frame), j in zip(frames(f"{media}/videos/squats.mp4"), reference):
        j = np.array(j)[:, :2]
        x, to = crop(frame, square(j)) if cropped else letterbox(frame)
        pairs.append((x, np.c_[to(j), np.full(17, 2)]))
    return stack(pairs)


def coco(media):
    """People with all four trunk joints annotated, in squares of 1.25 times their box."""
    d = json.load(open(f"{media}/coco-subset/person_keypoints.json"))
    names = {i["id"]: i["file_name"] for i in d["images"]}
    pairs = []
    for a in d["annotations"]:
        k = np.array(a["keypoints"], float).reshape(17, 3)
        if a.get("iscrowd") or a["num_keypoints"] < 6 or not all(k[i, 2] for i in (5, 6, 11, 12)): continue
        x, y, w, h = a["bbox"]
        img, to = crop(cv2.imread(f"{media}/coco-subset/images/{names[a['image_id']]}"), square(np.array([[x, y], [x + w, y + h]])))
        pairs.append((img, np.c_[to(k - [.5, .5, 0]), k[:, 2]]))    # COCO's pixel (0, 0) has its centre at .5, .5
    return stack(pairs)


def view(frame, box):
    """The whole frame, or the square "x0,y0,x1,y1" of it, as the network sees it."""
    return letterbox(frame)[0] if box == "whole" else crop(frame, [float(v) for v in box.split(",")])[0]


def unseen(path, box, joints):
    """A clip with reference joints of onnx.mjs on the same pictures. Joints under 0.3 do not count; where the hips are
    not in the picture the trunk is taken as 1.4 times the distance of the shoulders."""
    pairs = []
    for (_, frame), r in zip(frames(path), json.load(open(joints))["frames"]):
        j = np.array(r["joints"])
        sure, shoulders = j[:, 2] >= .3, j[5:7, :2]
        if not sure[5:7].all(): continue
        xy = np.where(sure[:, None], j[:, :2], shoulders.mean(0))
        if not sure[11:13].all(): xy[11:13], sure[11:13] = shoulders.mean(0) + [0, 1.4 * np.hypot(*(shoulders[0] - shoulders[1]))], False
        pairs.append((view(frame, box), np.c_[xy, np.where(sure, 2, 0)]))
    return stack(pairs)


def write_frames(clip, box, out):
    """Pictures of a clip for onnx.mjs."""
    with open(out, "wb") as f:
        for _, frame in frames(clip): f.write(np.ascontiguousarray(view(frame, box)[..., ::-1].transpose(2, 0, 1)).astype(np.float32).tobytes())


def compare(net, clip, joints):
    """The shipped file in ONNX Runtime against the same weights in PyTorch, on the frames of a clip."""
    mine = predict(net, np.stack([letterbox(f)[0] for _, f in frames(clip)])).numpy()
    other = np.array([r["joints"] for r in json.load(open(joints))["frames"]])
    away = np.abs(mine - other)
    print(f"ONNX Runtime against PyTorch, {len(mine)} frames: largest difference {away[..., :2].max():.4f} px, score {away[..., 2].max():.5f}")


def without_people(media):
    """Frames of the fixed indoor camera that hardly differ from its first, empty one, and a clip without people."""
    small = [(i, f) for i, f in frames(f"{media}/videos/cctv-one-by-one.mp4", 4)]
    grey = np.stack([cv2.resize(f, (192, 108), interpolation=cv2.INTER_AREA).mean(2) for _, f in small])
    different = (np.abs(grey - grey[0]) > 18).mean((1, 2))
    empty = [letterbox(f)[0] for (_, f), d in zip(small, different) if d < .002]
    busy = [letterbox(f)[0] for (_, f), d in zip(small, different) if d > .05]
    none = [letterbox(f)[0] for name in ("no-people.mp4",) for _, f in frames(f"{media}/derived/{name}", 5)]
    return dict(cctv_empty=empty, cctv_busy=busy, no_people=none)


# ---------------------------------------------------------------------------------------------- figures

def report(name, X, J, found):
    ok, counts, error = pck(found, J)
    parts = "  ".join(f"{n} {float(ok[:, i][counts[:, i]].float().mean()):.2f}" for n, i in PARTS.items() if counts[:, i].any())
    near = float((error[counts] < .5).float().mean())
    print(f"{name:18} n={len(X):3}  PCK@0.2 {float(ok[counts].float().mean()):.3f}  PCK@0.5 {near:.3f}  median {float(error[counts].median()):.3f} torso   {parts}", flush=True)


def groups(J, found):
    """What the difficult held-out pictures fail at."""
    ok, counts, _ = pck(found, J)
    across = J[:, 5, 0] - J[:, 6, 0]
    extent = (J[..., :2].amax(1) - J[..., :2].amin(1)).amax(-1)
    kinds = {"front": across > 6, "side": across.abs() <= 6, "behind": across < -6, "small (under 70 px)": extent < 70, "large (over 170 px)": extent > 170,
             "3 joints outside": (J[..., 2] == 0).sum(1) >= 3, "5 joints hidden": (J[..., 2] == 1).sum(1) >= 5}
    swapped = pck(found[:, MIRROR], J)[0]
    print("  " + "  ".join(f"{n} {float(ok[k][counts[k]].float().mean()):.3f} (n={int(k.sum())})" for n, k in kinds.items() if k.any()))
    both = (ok | swapped)[counts].float().mean()
    print(f"  either side counted as right: {float(both):.3f}", flush=True)


def scores(name, found):
    s = found[..., 2].mean(1)
    q = np.quantile(s.numpy(), [0, .05, .5, .95, 1])
    print(f"  score {name:18} n={len(s):4}  min {q[0]:.3f}  5% {q[1]:.3f}  median {q[2]:.3f}  95% {q[3]:.3f}  max {q[4]:.3f}", flush=True)


def main():
    global INTERPOLATION
    p = argparse.ArgumentParser()
    p.add_argument("model", nargs="?"); p.add_argument("--write-frames", nargs=3); p.add_argument("--compare", nargs=2)
    p.add_argument("--pool", default=f"{HERE}/pool"); p.add_argument("--media")
    p.add_argument("--unseen", nargs=4, action="append", default=[]); p.add_argument("--sheet"); p.add_argument("--bilinear", action="store_true")
    p.add_argument("--side", type=int, default=SIZE, help="look at pictures of this size, for networks of an early stage")
    args = p.parse_args()
    cv2.setNumThreads(1); torch.set_num_threads(1)
    if args.bilinear: INTERPOLATION = cv2.INTER_LINEAR
    if args.write_frames: return write_frames(*args.write_frames)
    net = load(args.model)
    if args.compare: return compare(net, *args.compare)
    look = lambda X: predict(net, np.asarray(X), args.side)
    sets = {f"held-out {kind}": held_out(args.pool, kind, seed) for kind, (seed, _) in HELD_OUT.items()}
    sets["demo clip"], empty_demo = demo()
    if args.media:
        sets |= {"squats whole": squats(args.media, False), "squats crop": squats(args.media, True), "COCO crops": coco(args.media)}
    for name, clip, box, joints in args.unseen: sets[name] = unseen(clip, box, joints)
    tiles, found = [], {}
    for name, (X, J) in sets.items():
        found[name] = look(X)
        report(name, X, J, found[name])
        if name == "held-out full": groups(J, found[name])
        tiles += [draw(X[i], found[name][i].numpy()) for i in np.linspace(0, len(X) - 1, 8).astype(int)]
    print("pose scores (mean of the 17 joint scores)")
    for name in sets: scores(name, found[name])
    rng, nobody = np.random.default_rng(900_003), []
    while len(nobody) < 100:
        x, j = scene(rng)
        if not j[..., 2].any(): nobody.append(x)
    scores("generated, nobody", look(nobody)); scores("demo clip, nobody", look(empty_demo))
    if args.media:
        for name, X in without_people(args.media).items():
            if X: scores(name, look(X)); tiles += [draw(X[i], look(X[i:i + 1])[0].numpy(), .2) for i in np.linspace(0, len(X) - 1, 8).astype(int)]
    if args.sheet: cv2.imwrite(args.sheet, np.vstack([np.hstack(tiles[i:i + 8]) for i in range(0, len(tiles), 8)]))


if __name__ == "__main__":
    main()
