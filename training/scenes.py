"""Whole pictures: a background, people, things in their hands and in front of them, a camera's and a codec's faults.

`scene(rng, easy=True)` is one upright, complete, large person seen roughly from the front; `scene(rng)` is everything:
any heading, small, cut, occluded, several people, sometimes nobody. `scene(rng, nobody=True)` has no person at all,
`scene(rng, easy=True, behind=True)` an easy one seen from behind.
"""
import math

import cv2
import numpy as np

from body import JOINTS, Camera, new_body, random_pose, skeleton
from paint import Canvas, draw_person, noise_bank, plain

SIZE, PEOPLE = 192, 3
SKIN = np.array([.35, .47, .68])


# ---------------------------------------------------------------------------------------------- backgrounds

def palette(rng):
    vivid = rng.random() ** 2.4                                    # real rooms are mostly pale

    def colour():
        c = rng.random(3) ** rng.uniform(.5, 1.5)
        return c.mean() + (c - c.mean()) * vivid
    return colour


def speckle(rng, h, w, coarse):
    """A piece of the noise bank; `coarse` 1 = fine grain, larger = larger blotches."""
    n, c = noise_bank(), max(1, int(coarse))
    hh, ww = h // c + 1, w // c + 1
    oy, ox = rng.integers(0, 512 - min(hh, 511)), rng.integers(0, 512 - min(ww, 511))
    piece = n[oy:oy + hh, ox:ox + ww]
    return cv2.resize(piece, (w, h), interpolation=cv2.INTER_LINEAR)


def shapes(rng, img, colour, count):
    h, w = img.shape[:2]
    for _ in range(count):
        c, kind = (colour() * rng.uniform(.3, 1)).tolist(), rng.random()
        x, y, a, b = rng.uniform(-.1, 1.1, 2).tolist() + rng.uniform(.02, .5, 2).tolist()
        p, q = (int(x * w), int(y * h)), (int((x + a) * w), int((y + b) * h))
        if kind < .45: cv2.rectangle(img, p, q, c, -1 if rng.random() < .7 else int(rng.integers(1, 6)))
        elif kind < .65: cv2.line(img, p, (int(rng.uniform(0, 1) * w), int(rng.uniform(0, 1) * h)), c, int(rng.integers(1, 12)), cv2.LINE_AA)
        elif kind < .8: cv2.ellipse(img, p, (int(a * w * .5) + 1, int(b * h * .5) + 1), rng.uniform(0, 180), 0, 360, c, -1, cv2.LINE_AA)
        elif kind < .94: cv2.fillPoly(img, [np.int32(np.array(p) + rng.uniform(-.25, .25, (int(rng.integers(3, 7)), 2)) * w)], c, cv2.LINE_AA)
        else: img[:, (p[0] % w):][:, ::int(rng.integers(4, 20))] *= .6


def lattice(rng, img, colour):
    """Scaffolds, fences, window frames: posts, rails and diagonals in one colour."""
    h, w = img.shape[:2]
    c, thick = (colour() * rng.uniform(.05, 1)).tolist(), int(rng.integers(1, 5))
    x0, x1 = sorted(rng.uniform(-.1, 1.1, 2) * w); y0, y1 = sorted(rng.uniform(-.2, 1.1, 2) * h)
    nx, ny = rng.integers(1, 7), rng.integers(1, 9)
    X, Y = np.linspace(x0, x1, nx + 1).astype(int), np.linspace(y0, y1, ny + 1).astype(int)
    for x in X: cv2.line(img, (x, Y[0]), (x, Y[-1]), c, thick, cv2.LINE_AA)
    for y in Y: cv2.line(img, (X[0], y), (X[-1], y), c, thick, cv2.LINE_AA)
    if rng.random() < .6:
        for j in range(ny):
            for i in range(nx):
                d = (i + j) % 2
                cv2.line(img, (X[i + d], Y[j]), (X[i + 1 - d], Y[j + 1]), c, max(1, thick - 1), cv2.LINE_AA)


def background(rng, h, w):
    """A wall, a room, outdoors, blotches or clutter: never a person."""
    colour = palette(rng)
    img = np.empty((h, w, 3), np.float32)
    kind = rng.choice(["plain", "room", "outdoor", "blotches", "clutter"], p=[.27, .27, .18, .10, .18])
    img[:] = cv2.resize(np.float32([[colour(), colour()], [colour(), colour()]]) * rng.uniform(.1, .5) + np.float32(colour()) * .5, (w, h))
    if kind in ("plain", "room"):
        tone = colour() ** .6
        img[:] = tone * (1 + (img - img.mean()) * rng.uniform(.1, .5))
        y = int(rng.uniform(.45, .97) * h)
        if rng.random() < .8:
            img[y:] = colour() * np.linspace(rng.uniform(.6, 1), rng.uniform(.8, 1.2), h - y)[:, None, None]
            if rng.random() < .4: cv2.line(img, (0, y), (w, y), (colour() * .8).tolist(), int(rng.integers(1, 5)))
    if kind == "room":
        for _ in range(rng.integers(1, 7)):                        # doors, frames, shelves, sofas, plants
            c = (colour() * rng.uniform(.3, 1.1)).tolist()
            x, y = int(rng.uniform(-.1, 1) * w), int(rng.uniform(-.1, .8) * h)
            a, b = int(rng.uniform(.05, .4) * w), int(rng.uniform(.05, .6) * h)
            cv2.rectangle(img, (x, y), (x + a, y + b), c, -1)
            if rng.random() < .6: cv2.rectangle(img, (x, y), (x + a, y + b), (colour() * .5).tolist(), int(rng.integers(1, 4)))
            if rng.random() < .3:
                for s in np.linspace(y, y + b, rng.integers(3, 7)).astype(int): cv2.line(img, (x, s), (x + a, s), (colour() * .6).tolist(), int(rng.integers(1, 3)))
            if rng.random() < .25:
                for _ in range(25):
                    cv2.ellipse(img, (x + int(rng.normal(0, a * .3)), y + int(rng.normal(0, a * .3))), (int(rng.integers(1, 9)), int(rng.integers(1, 5))),
                                rng.uniform(0, 180), 0, 360, (np.array([.2, .45, .25]) * rng.uniform(.3, 1.6)).tolist(), -1)
    elif kind == "outdoor":
        y = int(rng.uniform(.25, .8) * h)
        img[:y] = np.linspace(0, 1, y)[:, None, None] * np.array([.95, .9, .85]) * .3 + np.array([.9, .75, .6]) * rng.uniform(.3, 1)
        ground = np.array([[.25, .45, .35], [.45, .5, .55], [.55, .65, .75], [.9, .9, .9]][rng.integers(4)]) * rng.uniform(.4, 1.1)
        for _ in range(rng.integers(0, 5)):                        # buildings with windows, hedges
            x, a, top = int(rng.uniform(-.1, 1) * w), int(rng.uniform(.1, .5) * w), int(y * rng.uniform(.1, .95))
            cv2.rectangle(img, (x, top), (x + a, y), (colour() * rng.uniform(.3, 1)).tolist(), -1)
            if rng.random() < .5:
                c, sx, sy = (colour() * .7).tolist(), int(rng.integers(6, 20)), int(rng.integers(6, 20))
                for yy in range(top + 3, y - sy // 2, sy):
                    for xx in range(x + 3, x + a - sx // 2, sx): cv2.rectangle(img, (xx, yy), (xx + sx // 2, yy + sy // 2), c, -1)
        for _ in range(rng.integers(0, 4)):                        # trees
            x, trunk = int(rng.uniform(0, 1) * w), int(rng.integers(1, 9))
            cv2.line(img, (x, y + int(rng.integers(0, 20))), (x, int(y * .3)), (np.array([.15, .22, .3]) * rng.uniform(.4, 1.5)).tolist(), trunk)
            green = np.array([.15, .4, .25]) * rng.uniform(.4, 1.6)
            for _ in range(30):
                cv2.circle(img, (x + int(rng.normal(0, 20)), int(y * .35 + rng.normal(0, 18))), int(rng.integers(2, 12)), (green * rng.uniform(.5, 1.4)).tolist(), -1, cv2.LINE_AA)
        img[y:] = ground * (1 + .3 * speckle(rng, h - y, w, rng.integers(1, 4)))[..., None]
    elif kind == "blotches":
        for _ in range(rng.integers(2, 6)):
            k = speckle(rng, h, w, rng.integers(1, 5))
            mask = np.clip((k - rng.uniform(-.3, .6)) * rng.uniform(3, 20), 0, 1)[..., None]
            img += mask * (colour() - img) * rng.uniform(.4, 1)
    elif kind == "clutter":
        if rng.random() < .7:
            y = int(rng.uniform(.35, .9) * h)
            img[y:] = colour() * np.linspace(.7, 1.1, h - y)[:, None, None] * .8 + .1
        shapes(rng, img, colour, rng.integers(2, 14))
    if kind != "clutter": shapes(rng, img, colour, rng.integers(0, 4))
    for _ in range(rng.choice(3, p=[.72, .20, .08])): lattice(rng, img, colour)
    img *= (1 + speckle(rng, h, w, rng.choice([1, 2, 3])) * rng.uniform(0, .3) ** 1.5)[..., None]
    if rng.random() < .3:                                          # a soft shadow or patch of light across it
        ramp = cv2.GaussianBlur((rng.random((6, 6)) * 1.0).astype(np.float32), (0, 0), 1)
        img *= (.6 + .8 * cv2.resize(ramp, (w, h), interpolation=cv2.INTER_CUBIC))[..., None]
    if rng.random() < .4: img = cv2.GaussianBlur(img, (0, 0), rng.uniform(.6, 4))   # out of focus
    return np.clip(img, 0, 1)


def distractors(rng, canvas, size, most=5):
    """Limb-like strips that belong to nobody (poles, branches, bags), sometimes in skin colour."""
    for _ in range(rng.integers(0, most)):
        a, b = rng.uniform(0, size, 2), rng.uniform(0, size, 2)
        c = SKIN * rng.uniform(.4, 1.2) if rng.random() < .3 else rng.random(3)
        canvas.strip(a, a + (b - a) * rng.uniform(.1, .8), rng.uniform(1, size * .05, 3), 0, plain(c))


def furniture(rng, canvas, w, h):
    """Upright things with a top, a post and feet, which a network takes for a figure: tables, lamps, racks, chairs."""
    x, foot, tall = rng.uniform(.05, .95) * w, rng.uniform(.5, 1.02) * h, rng.uniform(.2, .75) * h
    c, other = rng.random(3) * rng.uniform(.2, 1), rng.random(3) * rng.uniform(.2, 1)
    thick, kind = max(1.0, rng.uniform(.008, .04) * tall), rng.choice(["table", "lamp", "rack", "chair", "stand"])
    top = foot - tall
    canvas.strip([x, top], [x, foot], [thick, thick], 0, plain(c))
    if kind in ("table", "lamp", "stand", "rack"):                  # feet
        for side in rng.uniform(-1, 1, rng.integers(2, 5)): canvas.strip([x, foot - .06 * tall], [x + side * .25 * tall, foot], [thick, thick * .7], 0, plain(c))
    if kind == "table": canvas.strip([x - .3 * tall, top], [x + .3 * tall, top], np.array([.04, .06, .04]) * tall * rng.uniform(.4, 2.5), 0, plain(other))
    elif kind == "lamp": canvas.strip([x, top], [x, top + .15 * tall], np.array([.06, .14]) * tall, 0, plain(other))
    elif kind == "rack":
        for y in rng.uniform(0, .4, rng.integers(2, 6)): canvas.strip([x, top + y * tall], [x + rng.normal(0, .16) * tall, top + (y + rng.normal(0, .1)) * tall], [thick, thick], 0, plain(c))
        if rng.random() < .5: canvas.strip([x, top + .12 * tall], [x, top + .55 * tall], np.array([.06, .12, .13]) * tall, 0, plain(other))
    elif kind == "chair":
        canvas.strip([x + .25 * tall, foot - .4 * tall], [x + .25 * tall, foot], [thick, thick], 0, plain(c))
        canvas.strip([x, foot - .4 * tall], [x + .25 * tall, foot - .4 * tall], [thick * 1.5, thick * 1.5], 0, plain(other))
    else: canvas.strip([x, top], [x + .1, top + .1], np.array([.1, .1]) * tall * rng.uniform(.6, 1.4), 0, plain(other))


def held_object(rng):
    """Something in a hand: ball, stick, box, phone, bag, bar across both hands. The joint below stays where it is."""
    q, c, other = str(rng.choice(["left", "right"])), rng.random(3), rng.random(3)
    kind, size, turn = rng.choice(["ball", "stick", "box", "phone", "bag", "bar"]), rng.uniform(.5, 1.5), rng.uniform(0, 2 * math.pi)

    def paint(canvas, xy, k):
        p, d = xy[q + "_hand"], np.array([math.cos(turn), math.sin(turn)])
        if kind == "ball": canvas.strip(p, p + .1, np.array([.11, .11]) * size * k, 0, plain(c))
        elif kind == "stick": canvas.strip(p - d * .3 * size * k, p + d * .6 * size * k, np.array([.015, .015]) * size * k, 0, plain(c))
        elif kind == "box": canvas.strip(p - d * .08 * size * k, p + d * .08 * size * k, np.array([.1, .1]) * size * k, 0, lambda t, u, s, l: np.where((t > .5)[..., None], c, other))
        elif kind == "phone": canvas.strip(p - d * .05 * k, p + d * .05 * k, np.array([.03, .03]) * k, 0, plain(c * .3))
        elif kind == "bag": canvas.strip(p + [0, .1 * k], p + [0, .3 * size * k], np.array([.06, .13, .12]) * size * k, 0, plain(c))
        else:
            a, b = xy["left_hand"], xy["right_hand"]; e = (a - b) * size * .6
            canvas.strip(a + e, b - e, np.array([.016, .016]) * k, 0, plain(c))
    return dict(side=q, depth=.09 if rng.random() < .6 else .03, paint=paint)


def lens(rng, img):
    """What a camera and a codec do: exposure, white balance, blur, noise, JPEG, sometimes grey."""
    img = np.clip(img, 0, 1) ** rng.uniform(.6, 1.5) * rng.uniform(.7, 1.25) * rng.uniform(.85, 1.15, 3).astype(np.float32)
    if rng.random() < .35:
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(.4, 1.6))
    if rng.random() < .12:
        k = np.zeros((7, 7), np.float32); k[3, 1:6] = .2
        img = cv2.filter2D(img, -1, cv2.warpAffine(k, cv2.getRotationMatrix2D((3, 3), rng.uniform(0, 180), 1), (7, 7)))
    if rng.random() < .1:
        img = np.repeat(img.mean(2, keepdims=True), 3, 2)
    if rng.random() < .5:
        h, w = img.shape[:2]
        img = img + cv2.resize(rng.normal(0, rng.uniform(.005, .04), (h // 2, w // 2, 3)).astype(np.float32), (w, h), interpolation=int(rng.integers(0, 2)))
    img = (np.clip(img, 0, 1) * 255).astype(np.uint8)
    if rng.random() < .5:
        img = cv2.imdecode(cv2.imencode(".jpg", img, [1, int(rng.integers(25, 95))])[1], 1)
    return img


# ---------------------------------------------------------------------------------------------- scenes

def visible_part(rng, size):
    """The part between letterbox bars: x0, y0, x1, y1. Portrait 9:16 leaves 108 of 192 columns, 16:9 as many rows."""
    if rng.random() < .55: return 0, 0, size, size
    m = int(size * rng.uniform(.04, .225))
    return (m, 0, size - m, size) if rng.random() < .65 else (0, m, size, size - m)


def scene(rng, easy=False, size=SIZE, nobody=False, behind=False):
    """One still: BGR uint8 [size,size,3] and joints [people,17,3] (x, y, visibility 2 seen, 1 hidden, 0 outside)."""
    x0, y0, x1, y1 = visible_part(rng, size)
    w, h = x1 - x0, y1 - y0
    img = background(rng, h, w)
    light = np.array([rng.uniform(-.8, .8), rng.uniform(-.9, .2), rng.uniform(.4, 1)])
    canvas = Canvas(img, (*(light / np.linalg.norm(light)), rng.uniform(.35, .95)), rng.uniform(0, .6))
    if nobody: count = 0
    elif easy: count = 0 if rng.random() < .02 else 1
    else: count = int(rng.choice([0, 1, 2, 3], p=[.05, .65, .18, .12]))
    distractors(rng, canvas, max(w, h), 3 if easy else 5)
    for _ in range(rng.integers(0, 4) if nobody else rng.choice(3, p=[.75, .2, .05])): furniture(rng, canvas, w, h)
    if easy: facing, pitch, roll = rng.normal(180 if behind else 0, 45 if behind else 30), rng.normal(5, 7), rng.normal(0, 3)
    else:
        facing = rng.choice([rng.normal(0, 35), rng.normal(180, 35), rng.uniform(0, 360)], p=[.45, .25, .3])
        pitch, roll = rng.normal(6, 10), rng.normal(0, 5 if rng.random() < .85 else 25)
    distance = rng.uniform(2.3, 8)
    tall = rng.uniform(.55, .98) if easy else rng.choice([rng.uniform(.55, .95), rng.uniform(.28, .55), rng.uniform(.95, 1.6)], p=[.62, .18, .20])
    out = []
    for i in range(count):
        a = random_pose(rng, easy)
        if not easy and rng.random() < .03: roll += rng.uniform(-90, 90)   # lying, upside down
        body = new_body(rng)
        yaw = facing if i == 0 or rng.random() < .5 else rng.uniform(0, 360)
        cam = Camera(yaw, pitch, roll, distance, distance, 0, 0)
        pts, _, _ = skeleton(body, a)
        flat = np.array([cam.project(pts[n])[0] for n in (*JOINTS, "left_toe", "right_toe")])
        lo, hi = flat.min(0), flat.max(0); lo[1] -= .14             # room for the top of the head
        f = tall / max((hi - lo)[0] / w * (1 if easy else .8), max(1.2, (hi - lo)[1]) / h) * (1 if i == 0 else rng.uniform(.7, 1.15))
        mid = (lo + hi) / 2 * f
        if easy:
            free = np.maximum(0, [w, h] - (hi - lo) * f) / 2
            spot = np.array([w, h]) / 2 + np.clip(rng.normal(0, .6, 2), -1, 1) * free
        elif i == count - 1:
            spot = np.array([w, h]) * (.5 + rng.normal(0, [.10, .07], 2))
            if rng.random() < .15: spot[0] = w * rng.uniform(.1, .9)
        else: spot = np.array([w, h]) * rng.uniform([.05, .3], [.95, .7])
        if tall > .95:
            spot[1] += rng.uniform(-.1, .5) * (tall - .8) * h
        cam.f, cam.cx, cam.cy = distance * f, *(spot - mid)
        if rng.random() < .4:                                      # contact shadow
            foot = max(cam.project(pts["left_toe"])[0], cam.project(pts["right_toe"])[0], key=lambda p: p[1])
            over = img.copy()
            cv2.ellipse(over, tuple(int(v) for v in foot), (int(.35 * f) + 1, int(.08 * f) + 1), 0, 0, 360, (0, 0, 0), -1, cv2.LINE_AA)
            cv2.addWeighted(over, .3, img, .7, 0, dst=img)
        held = held_object(rng) if rng.random() < (.12 if easy else .2) else None
        out.append(draw_person(canvas, body, a, cam, np.zeros(3), i + 1, held))
    if not easy and rng.random() < .18:                            # something in front: a table, a pole, a bag
        a = rng.uniform(0, [w, h]); c = rng.random(3)
        if rng.random() < .4: cv2.rectangle(img, (0, int(h * rng.uniform(.55, .95))), (w, h), c.tolist(), -1)
        else: canvas.strip(a, a + rng.normal(0, h * .3, 2), rng.uniform(2, h * .12, 3), 0, plain(c))
    joints = np.zeros((PEOPLE, 17, 3), np.float32)
    for i, j in enumerate(out):
        inside = (j[:, 0] >= 0) & (j[:, 0] <= w - 1) & (j[:, 1] >= 0) & (j[:, 1] <= h - 1)
        own = np.zeros(17, bool)
        xi, yi = j[inside, 0].round().astype(int), j[inside, 1].round().astype(int)
        own[inside] = canvas.owner[yi, xi] // 100 == i + 1         # hidden behind somebody or something else?
        joints[i] = np.c_[j[:, 0] + x0, j[:, 1] + y0, np.where(inside, np.where(own, 2, 1), 0)]
    full = np.full((size, size, 3), 0 if rng.random() < .8 else 114, np.uint8)
    full[y0:y1, x0:x1] = lens(rng, canvas.image)
    return full, joints
