"""Moving clips with exact joints: the demo clip and the two-person clip for tests.

python3 clip.py demo OUT.mp4 OUT.joints.json      480x480: walk in, wave, squat, jumping jacks, lunge, walk out
python3 clip.py two OUT.mp4 OUT.joints.json       640x480: two people walk towards each other, cross, and leave

Figures and scenes are made here, by seeds and clothes no training picture has. The joints file:
  width, height, fps, frame_count; joints: the 17 names in order;
  frames: one entry per frame, {"frame": index, "ids": [...], "persons": [[[x, y, visibility] * 17], ...]};
  ids[i] names the person of persons[i] through the whole clip; somebody with no joint in the picture is not listed;
  x, y are pixel-centre coordinates (0, 0 = the centre of the top-left pixel);
  visibility 2 = seen, 1 = in the picture but hidden behind somebody else, 0 = outside the picture.
"""
import argparse
import json
import math
import subprocess

import cv2
import numpy as np

from body import JOINTS, Camera, new_body, pose, reach, rot, skeleton
from paint import Canvas, draw_person, noise_bank

FPS, FINE = 25, 2                                                  # painted at twice the size, then shrunk
FLOOR = -.90                                                       # metres below the camera's axis


# ---------------------------------------------------------------------------------------------- motion

#  activity, seconds, cycles per second, style, heading (degrees; 0 = to the camera, 90 = to the right of the picture)
HANDS_TOGETHER = (.75, .35, .35, .7, .6, .7, .3, 1)               # a squat that brings the hands before the chest
DEMO = [("walk", 2.6, .85, .55, 62), ("stand", .5, 1, .5, 20), ("wave", 2.1, 1.3, .30, 0), ("squat", 3.0, .667, HANDS_TOGETHER, 22),
        ("jack", 2.6, .77, .5, -8), ("lunge", 2.0, .5, .2, 25), ("stand", .4, 1, .5, 40), ("walk", 2.4, .85, .55, 65)]
LEFT = [("walk", 5.8, .85, .55, 74)]
RIGHT = [("walk", 5.8, .80, .50, -70)]


def motion(script):
    """Per frame: joint angles, heading, and the place (x, height, z) at which the feet do not slide."""
    keys, names = [], None
    for activity, seconds, hertz, style, heading in script:
        for i in range(int(seconds * FPS)):
            a = pose(activity, 2 * math.pi * hertz * i / FPS, np.broadcast_to(style, 8))
            if activity == "stand": a.update(l_abd=10, r_abd=10)
            if activity == "lunge":                                # hands on the hips
                a |= reach("l", (.20, -.40, .05), (1, .1, -.5)) | reach("r", (-.20, -.40, .05), (-1, .1, -.5))
            names = list(a)
            hop = .05 * abs(math.sin(2 * math.pi * hertz * i / FPS)) if activity == "jack" else 0
            keys.append([*a.values(), heading, hop])
    keys = np.array(keys)
    k = np.hanning(int(.5 * FPS) | 1); k /= k.sum()                # neighbouring activities blend over half a second
    smooth = np.stack([np.convolve(np.pad(c, len(k) // 2, "edge"), k, "valid") for c in keys.T], 1)
    return [(dict(zip(names, row)), row[-2], row[-1]) for row in smooth]


def planted(body, frames, end_frame, end):
    """Places at which the lower foot stands still; shifted so that the person is at `end` (x, z) in `end_frame`."""
    places, last = [], None
    x = z = 0.0
    for a, heading, hop in frames:
        points, *_ = skeleton(body, a)
        turn = rot("y", heading)
        feet = np.array([turn @ (points[s + "_heel"] + points[s + "_toe"]) / 2 for s in ("left", "right")])
        low = min(points[s + p][1] for s in ("left", "right") for p in ("_heel", "_toe"))
        if last is not None:
            height = feet[:, 1]
            weight = np.exp(-(height - height.min()) / .012); weight /= weight.sum()
            step = weight @ (feet - last)
            x, z = x - step[0], z - step[2]
        last = feet
        places.append((x, FLOOR - low + .035 + hop, z))
    places = np.array(places)
    places[:, [0, 2]] += np.array(end) - places[end_frame, [0, 2]]
    for c in (0, 2):                                               # planting is jerky where the feet change over
        k = np.hanning(11); k /= k.sum()
        places[:, c] = np.convolve(np.pad(places[:, c], 5, "reflect", reflect_type="odd"), k, "valid")
    return places


# ---------------------------------------------------------------------------------------------- scene

def studio(width, height, horizon, tone, seed):
    """A pale wall with a window and a picture, a wooden floor in perspective, a plant, a low bench."""
    rng = np.random.default_rng(seed)
    img = np.empty((height, width, 3), np.float32)
    y0 = int(height * horizon)
    ramp = np.linspace(1, .86, width)[None, :, None] * np.linspace(1.03, .93, y0)[:, None, None]
    img[:y0] = np.array(tone) * ramp
    X, Y = np.meshgrid(np.arange(width), np.arange(y0, height))
    depth = 1 / (Y - y0 + height * .10)
    plank = np.floor((X - width / 2) * depth * 9).astype(int)
    shade = 1 + .06 * np.sin(plank * 12.9898) + .04 * noise_bank()[(Y * 3) % 512, (X * depth * 900).astype(int) % 512]
    img[y0:] = np.array([.42, .55, .68]) * (shade * (.75 + .3 * (Y - y0) / (height - y0)))[..., None]
    img[y0 - height // 60:y0] = np.array(tone) * .78
    s = lambda *v: tuple(int(round(c * height)) for c in v)
    def box(x, y, w, h, c, t=-1): cv2.rectangle(img, s(x, y), s(x + w, y + h), c, t, cv2.LINE_AA)
    wide = width / height
    box(.06, .08, .24, .34, (.97, .95, .90)); box(.06, .08, .24, .34, (.80, .82, .84), max(2, height // 120))
    cv2.line(img, s(.18, .08), s(.18, .42), (.80, .82, .84), max(2, height // 160)); cv2.line(img, s(.06, .25), s(.30, .25), (.80, .82, .84), max(2, height // 160))
    box(wide - .27, .12, .18, .22, (.45, .40, .32)); box(wide - .255, .135, .15, .19, (.78, .70, .58))
    cv2.circle(img, s(wide - .18, .22), int(.045 * height), (.45, .62, .86), -1, cv2.LINE_AA)
    box(wide - .34, horizon - .10, .30, .05, (.35, .45, .56)); box(wide - .32, horizon - .05, .02, .08, (.25, .33, .42)); box(wide - .08, horizon - .05, .02, .08, (.25, .33, .42))
    box(.04, horizon - .08, .09, .11, (.55, .60, .72))
    for _ in range(26):
        t = rng.uniform(-70, 70)
        cv2.ellipse(img, s(.085 + .05 * math.sin(math.radians(t)), horizon - .10 - .07 * math.cos(math.radians(t))), s(.012, .045), t, 0, 360,
                    (np.array([.22, .48, .28]) * rng.uniform(.6, 1.3)).tolist(), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(img, (0, 0), height / 320)


def person(seed, **look):
    body = new_body(np.random.default_rng(seed))
    body.update(bare=False, skirt=False, cap=False, hood=False, mask=False, gloves=False, bag=None, band=None, sleeve_colour=None,
                flare_arm=0, flare_leg=0, belly=0, wide_hips=0, trouser_print=0, shirt_print=0, loose=.012, bulk=1.0, arm_bulk=1, leg_bulk=1,
                folds=.15, scale=1, upper_arm=.285, forearm=.25, thigh=.42, shin=.41, spine=.47, head=.106, leg=2.0, sleeve=.7, beard=False, glasses=False)
    body.update({k: np.array(v) if isinstance(v, tuple) else v for k, v in look.items()})
    return body


# ---------------------------------------------------------------------------------------------- rendering

def render(cast, back, width, height, px_per_m, distance, axis, noise_seed):
    """cast: [(body, frames, places)]; yields the picture and, per person, joints [17,3]."""
    rng = np.random.default_rng(noise_seed)
    light = np.array([-.45, -.55, .75]); light /= np.linalg.norm(light)
    W, H, K = width * FINE, height * FINE, px_per_m * FINE
    empty = int(.6 * FPS)
    length = max(len(frames) for _, frames, _ in cast)
    for i in range(-empty, length + empty):
        canvas = Canvas(back.copy(), (*light, .55), .35)
        shadow, jobs = np.zeros((H // 4, W // 4), np.float32), []
        for index, (body, frames, places) in enumerate(cast):
            if not 0 <= i < len(frames): continue
            a, heading, _ = frames[i]
            flat, cam = Camera(0, 4, 0, distance, distance * K, W / 2, H * axis), Camera(heading, 4, 0, distance, distance * K, W / 2, H * axis)
            place = places[i]
            foot, _, k = flat.project(np.array([place[0], FLOOR, place[2]]))
            cv2.ellipse(shadow, tuple(int(v / 4) for v in foot), (int(.36 * k / 4), int(.085 * k / 4)), 0, 0, 360, 1, -1, cv2.LINE_AA)
            jobs.append((place[2], index, body, a, cam, rot("y", heading).T @ place))
        shadow = cv2.resize(cv2.GaussianBlur(shadow, (0, 0), H / 240), (W, H))[..., None]
        canvas.image *= 1 - .45 * shadow
        found = {}
        for _, index, body, a, cam, offset in sorted(jobs, key=lambda j: j[0]):
            found[index] = draw_person(canvas, body, a, cam, offset, index + 1)
        image = cv2.resize(canvas.image, (width, height), interpolation=cv2.INTER_AREA)
        image = image + cv2.resize(rng.normal(0, .005, (height // 2, width // 2, 3)).astype(np.float32), (width, height))
        people = []
        for index, j in sorted(found.items()):
            x, y = j[:, 0], j[:, 1]
            inside = (x >= 0) & (x <= W - 1) & (y >= 0) & (y <= H - 1)
            own = np.zeros(17, bool)
            own[inside] = canvas.owner[y[inside].round().astype(int), x[inside].round().astype(int)] // 100 == index + 1
            if inside.any():
                people.append((index + 1, np.c_[(x + .5) / FINE - .5, (y + .5) / FINE - .5, np.where(inside, np.where(own, 2, 1), 0)]))
        yield (np.clip(image, 0, 1) * 255).round().astype(np.uint8), people


def write(out, truth, width, height, frames, crf):
    encoder = subprocess.Popen(["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(FPS), "-i", "-",
                                "-c:v", "libx264", "-preset", "slow", "-crf", str(crf), "-threads", "1", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
                                "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", out], stdin=subprocess.PIPE)
    rows = []
    for i, (image, people) in enumerate(frames):
        encoder.stdin.write(image.tobytes())
        rows.append(dict(frame=i, ids=[k for k, _ in people], persons=[[[round(float(x), 2), round(float(y), 2), int(v)] for x, y, v in j] for _, j in people]))
    encoder.stdin.close()
    if encoder.wait(): raise SystemExit("ffmpeg failed")
    with open(truth, "w") as f:
        head = dict(width=width, height=height, fps=FPS, frame_count=len(rows), joints=JOINTS)
        f.write("{\n" + "".join(f' "{k}": {json.dumps(v)},\n' for k, v in head.items()) + ' "frames": [\n')
        f.write(",\n".join("  " + json.dumps(r, separators=(",", ":")) for r in rows) + "\n ]\n}\n")


def demo(out, truth):
    body = person(910_001, shoulder=.16053, hip=.115861, neck=.172705, noise_seed=2, shirt=(.62, .36, .10), trousers=(.20, .18, .17), skin=(.42, .56, .78), shoe=(.9, .9, .92), hair=(.10, .15, .25),
                  long_hair=False, bun=True, hair_line=.5)
    frames = motion(DEMO)
    middle = int(sum(s[1] for s in DEMO[:4]) * FPS)
    places = planted(body, frames, middle, (0, 0))
    back = studio(480 * FINE, 480 * FINE, .78, (.80, .84, .86), 3)
    write(out, truth, 480, 480, render([(body, frames, places)], back, 480, 480, 222, 5.0, .545, 5), 23)


def two(out, truth):
    one = person(910_011, shoulder=.153026, hip=.108376, neck=.188482, noise_seed=337, hair_line=.677458, shirt=(.30, .25, .75), trousers=(.35, .30, .25), skin=(.30, .42, .62), shoe=(.2, .2, .2), hair=(.05, .06, .08), long_hair=False, bun=False, sleeve=2.0)
    other = person(910_012, shoulder=.179098, hip=.083189, neck=.168452, noise_seed=305, hair_line=.503911, shirt=(.35, .62, .35), trousers=(.55, .40, .30), skin=(.45, .58, .80), shoe=(.85, .85, .9), hair=(.25, .45, .62), long_hair=True, bun=False)
    first, second = motion(LEFT), motion(RIGHT)
    cast = [(one, first, planted(one, first, len(first) // 2, (0, .35))), (other, second, planted(other, second, len(second) // 2, (0, -.45)))]
    back = studio(640 * FINE, 480 * FINE, .72, (.84, .86, .80), 4)
    write(out, truth, 640, 480, render(cast, back, 640, 480, 180, 5.0, .56, 6), 25)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("which", choices=["demo", "two"]); p.add_argument("out"); p.add_argument("truth")
    args = p.parse_args()
    cv2.setNumThreads(1)
    dict(demo=demo, two=two)[args.which](args.out, args.truth)
