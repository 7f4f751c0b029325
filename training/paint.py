"""Painting: shaded strips (tapered capsules with a width profile) and a ray-cast head, back to front.

One primitive does limbs, trunk, skirt, hair, hands and feet; cloth texture moves with the limb. The canvas also keeps
which person's paint is in front at every pixel, so hidden joints are known exactly.
"""
import math

import cv2
import numpy as np

from body import JOINTS, skeleton

# the tens tell limbs apart, from 90 on it is trunk and head
LIMBS = {f"{side}_{part}": base + number for side, base in (("left", 10), ("right", 30))
         for part, number in dict(shoulder=0, elbow=1, wrist=2, hip=10, knee=11, ankle=12).items()}

_noise = None


def noise_bank():
    """One 512x512 fractal noise, values around 0, made once; always the same."""
    global _noise
    if _noise is None:
        r = np.random.default_rng(7)
        _noise = sum(cv2.resize(r.normal(0, 1, (n, n)).astype(np.float32), (512, 512), interpolation=cv2.INTER_CUBIC) * w
                     for n, w in ((16, .5), (48, .35), (128, .25), (512, .15)))
    return _noise


class Canvas:
    def __init__(self, image, light, contact=0.0):
        """`light`: direction x, y, z (towards the camera) and ambient share; `contact`: darkness beside a limb that
        lies on the same person, without which an arm in the colour of the trunk would have no edge at all."""
        self.image, self.light, self.contact = image, light, contact
        self.owner = np.zeros(image.shape[:2], np.int32)          # person*100+part of the front-most paint
        h, w = image.shape[:2]
        self.xs, self.ys = np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)

    def window(self, lo, hi):
        h, w = self.owner.shape
        x0, y0 = max(0, int(lo[0])), max(0, int(lo[1]))
        x1, y1 = min(w, int(hi[0]) + 2), min(h, int(hi[1]) + 2)
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def put(self, win, alpha, colour, tag):
        part = self.image[win]
        part += alpha[..., None] * (colour - part)
        self.owner[win][alpha > .5] = tag

    def strip(self, a, b, widths, tag, paint, halo=0.0, halo_from=0.0):
        """Axis a->b (pixels), half widths along it, `paint(t, u, s, lateral)` -> albedo; cylinder shading.

        The contact shadow is `halo` pixels wide, begins at t = halo_from and never falls on the limb's own parts: a
        ring around every elbow or shoulder would be a mark that real people do not have.
        """
        a, b, widths = np.asarray(a, np.float32), np.asarray(b, np.float32), np.asarray(widths, np.float32)
        m = widths.max() + 1 + halo
        win = self.window(np.minimum(a, b) - m, np.maximum(a, b) + m)
        if win is None:
            return
        length = max(float(np.hypot(*(b - a))), 1e-3)
        dx, dy = (b - a) / length
        X, Y = self.xs[win[1]][None] - a[0], self.ys[win[0]][:, None] - a[1]
        s, lat = X * dx + Y * dy, Y * dx - X * dy
        inside = np.clip(s, 0, length)
        t = inside / length
        w = np.interp(t.ravel(), np.linspace(0, 1, len(widths)), widths).reshape(t.shape).astype(np.float32)
        over = w - np.sqrt(lat * lat + (s - inside) ** 2)
        alpha = np.clip(over + .5, 0, 1)
        if halo > .3 and self.contact:
            below = self.owner[win]
            near = np.clip(1 + over / halo, 0, 1) * ((below // 100 == tag // 100) & (below // 10 != tag // 10) & (t >= halo_from))
            self.image[win] *= (1 - self.contact * near)[..., None]
        u = np.clip(lat / np.maximum(w, .5), -1, 1)
        lx, ly, lz, ambient = self.light
        facing = u * (-dy * lx + dx * ly) + np.sqrt(1 - u * u) * lz
        shade = ambient + (1 - ambient) * np.maximum(facing, 0)
        self.put(win, alpha, paint(t, u, s, lat) * shade[..., None], tag)

    def head(self, centre, radius, rotation, body, tag):
        """An ellipsoid whose surface points, turned into the head's frame, decide hair, face, eyes and mouth."""
        rx, ry = radius * .80, radius * 1.18
        win = self.window(centre - ry - 2, centre + ry + 2)
        if win is None:
            return
        up = rotation[:2, 1] * [1, -1]
        roll = math.atan2(up[0], -up[1])
        X, Y = self.xs[win[1]][None] - np.float32(centre[0]), self.ys[win[0]][:, None] - np.float32(centre[1])
        c, s = math.cos(roll), math.sin(roll)
        x, y = (X * c + Y * s) / rx, (-X * s + Y * c) / ry
        rr = np.sqrt(x * x + y * y)
        alpha = np.clip((1 - rr) * rx + .5, 0, 1)
        z = np.sqrt(np.maximum(0, 1 - rr * rr))
        view = np.stack([x * c - y * s, -(x * s + y * c), z], -1)
        n = view @ rotation.astype(np.float32)                    # head frame: x left, y up, z forward
        nx, ny, nz = n[..., 0], n[..., 1], n[..., 2]
        soft = lambda v: np.clip(v * radius * .5 + .5, 0, 1)[..., None]
        blob = lambda px, py, sx, sy: np.exp(-((nx - px) / sx) ** 2 - ((ny - py) / sy) ** 2)[..., None] * soft(nz)
        col = np.broadcast_to(body["skin"], n.shape).copy()
        dark = lambda k, amount, tint=.25: col.__imul__(1 - amount * k * (1 - tint))
        for sign in (1, -1):
            dark(blob(sign * .36, .12, .14, .07), .9, .15)
            dark(blob(sign * .36, .29, .2, .05), .55)
            if body["glasses"]:
                dark(blob(sign * .36, .1, .26, .17), .6, .1)
        dark(blob(0, -.16, .13, .07), .35)
        col += blob(0, -.02, .06, .2) * .10
        mouth = blob(0, -.48, .24, .06) * .6
        col += mouth * (np.array([.22, .2, .5]) - col)
        if body["mask"]:
            col += soft(-.12 - ny) * soft(nz) * (np.array([.8, .75, .65]) - col)
        hair = body["shoe"] if body["cap"] else (body["shirt"] if body["hood"] else body["hair"])
        if body["beard"]:
            k = soft(-.33 - ny + .1 * nz) * soft(nz + .1) * (1 - mouth)
            col += k * .8 * (body["hair"] - col)
        edge = np.maximum(ny - body["hair_line"], -nz * .9 - .12 + .25 * ny)
        if body["hood"]: edge = np.maximum(edge, .45 - nz)
        col += soft(edge) * (hair - col)
        lx, ly, lz, ambient = self.light
        shade = ambient + (1 - ambient) * np.maximum(view[..., 0] * lx - view[..., 1] * ly + z * lz, 0)
        self.put(win, alpha, col * shade[..., None], tag)


def cloth(body, colour, kind, px_per_m):
    """Albedo of a garment: plain, stripes across or along, checks, two halves, blotches, a badge, an open jacket, a
    chest band; always some folds."""
    bank, seed, other = noise_bank(), body["noise_seed"], body["print_colour"]
    k = body["print_scale"] / px_per_m

    def paint(t, u, s, lat):
        i = (s * (140 / px_per_m) + seed).astype(np.int32) % 512
        j = (lat * (140 / px_per_m) + seed * 3).astype(np.int32) % 512
        n = bank[i, j]
        if kind == 1: mask = np.sin(s * k) > .2
        elif kind == 2: mask = np.sin(lat * k) > .2
        elif kind == 3: mask = (np.sin(s * k) > 0) ^ (np.sin(lat * k) > 0)
        elif kind == 4: mask = t > .5
        elif kind == 5: mask = bank[(i * 2) % 512, (j * 2) % 512] > .25
        elif kind == 6: mask = (t - .35) ** 2 * 6 + u * u < .2
        elif kind == 7: mask = np.abs(u) < .28
        elif kind == 8: mask = np.abs(t - .6) < .12
        else: return colour * (1 + body["folds"] * n)[..., None]
        base = np.where(mask[..., None], other, colour)
        return base * (1 + body["folds"] * n)[..., None]
    return paint


def plain(colour):
    return lambda t, u, s, lat: np.broadcast_to(colour, t.shape + (3,))


def until(limit, inner, outer):
    """Cloth up to t = limit, something else (skin) after it."""
    if limit >= 1: return inner
    if limit <= 0: return outer
    return lambda t, u, s, lat: np.where((t < limit)[..., None], inner(t, u, s, lat), outer(t, u, s, lat))


def banded(paint, at, colour):
    return lambda t, u, s, lat: np.where((np.abs(t - at) < .08)[..., None], colour, paint(t, u, s, lat))


def draw_person(canvas, body, angles, camera, offset, index, held=None):
    """Paints one figure; returns its 17 joints [17,3] = x, y, depth. `held`: an object in a hand, see scenes.py."""
    points, head_rot, torso_rot = skeleton(body, angles)
    at = {k: camera.project(p, offset) for k, p in points.items()}
    xy = {k: v[0] for k, v in at.items()}
    k0 = at["chest"][2]                                            # pixels per metre at the person
    skin_noise = noise_bank()
    skin = lambda t, u, s, lat: body["skin"] * (1 + .05 * skin_noise[s.astype(np.int32) % 512, lat.astype(np.int32) % 512])[..., None]
    shirt = skin if body["bare"] else cloth(body, body["shirt"], body["shirt_print"], k0)
    sleeve_print = body["shirt_print"] if body["shirt_print"] < 6 else 0   # jackets, badges and chest bands end at the trunk
    sleeve = shirt if sleeve_print == body["shirt_print"] else cloth(body, body["shirt"], sleeve_print, k0)
    if body["sleeve_colour"] is not None and not body["bare"]:
        sleeve = cloth(body, body["sleeve_colour"], 0, k0)
    trousers = cloth(body, body["trousers"], body["trouser_print"], k0)
    shoe, glove = plain(body["shoe"]), plain(body["shoe"]) if body["gloves"] else skin
    hair = lambda t, u, s, lat: np.broadcast_to(body["hair"], t.shape + (3,)) * (1 + .25 * np.sin(lat * 2.2))[..., None]

    r, loose = body["bulk"], body["loose"]
    w = lambda *m: np.array(m) * r * k0 * body["scale"]
    arm = lambda *m: w(*m) * body["arm_bulk"]
    leg = lambda *m: w(*m) * body["leg_bulk"]
    g = lambda covered: loose if covered else 0
    flare = lambda end, *where: np.array(where) * end * k0
    turned = camera.view @ torso_rot
    side = lambda half, deep: math.hypot(turned[0, 0] * half, turned[0, 2] * deep)   # silhouette of an ellipse
    jobs = []                                                      # (depth, function)
    z = lambda *names: sum(at[n][1] for n in names) / len(names)
    P, T = index * 100, lambda name: index * 100 + LIMBS[name]
    halo = .035 * k0
    band = lambda part, paint: banded(paint, body["band"][1], body["band"][2]) if body["band"] and body["band"][0] == part else paint
    covered = body["sleeve"] if not body["bare"] else -1

    for q in ("left", "right"):
        S, E, W, H, K, A = (q + n for n in ("_shoulder", "_elbow", "_wrist", "_hip", "_knee", "_ankle"))
        jobs.append((z(S, E) + .05, lambda S=S, E=E: canvas.strip(xy[S], xy[E], arm(.058, .055, .048, .042) + g(covered > 0) * k0
                     + flare(body["flare_arm"], 0, 0, .5 * (covered > 1), 1 * (covered > 1)), T(S), band("arm", until(min(covered, 1.1), sleeve, skin)), halo, .35)))
        jobs.append((z(E, W) + .06, lambda E=E, W=W: canvas.strip(xy[E], xy[W], arm(.042, .044, .036, .029) + g(covered > 1) * k0
                     + flare(body["flare_arm"] * (covered > 1), 1, 1, 1.2, 1.4), T(E), band("fore", until(covered - 1, sleeve, skin)), halo)))
        def hand(W=W, q=q):
            canvas.strip(xy[W], xy[q + "_hand"], arm(.024, .036, .036, .030), T(W), glove, halo * .6)
            if k0 > 25:
                canvas.strip(xy[q + "_hand"], xy[q + "_tips"], arm(.030, .028, .016), T(W), glove)
                canvas.strip(xy[W] * .6 + xy[q + "_hand"] * .4, xy[q + "_thumb"], arm(.014, .011), T(W), glove)
        jobs.append((z(W, q + "_hand") + .06, hand))
        if held is not None and held["side"] == q:
            jobs.append((z(W, q + "_hand") + held["depth"], lambda q=q: held["paint"](canvas, xy, k0)))
        short = body["leg"]
        jobs.append((z(H, K) - .05, lambda H=H, K=K: canvas.strip(xy[H], xy[K], leg(.092, .088, .074, .060) + g(True) * k0
                     + np.array([body["wide_hips"], body["wide_hips"] * .5, 0, 0]) * k0, T(H),
                     band("thigh", until(short * 1.6 if short < .5 else 2, trousers, skin)), halo * .7, .4)))
        jobs.append((z(K, A) - .01, lambda K=K, A=A: canvas.strip(xy[K], xy[A], leg(.058, .062, .048, .038) + g(short > 1) * k0
                     + flare(body["flare_leg"] * (short > 1), 0, .2, .7, 1), T(K),
                     band("shin", trousers if short > 1 else until(.45 if short > .5 else 0, trousers, skin)), halo * .7)))
        jobs.append((z(A, q + "_toe") - .01, lambda q=q, A=A: (
            canvas.strip(xy[q + "_heel"], xy[q + "_toe"], w(.042, .046, .040, .030), T(A), shoe),
            canvas.strip(xy[A], xy[q + "_heel"], w(.040, .042), T(A), shoe))))
    hw, sw, wide, belly = body["hip"], body["shoulder"], body["wide_hips"], body["belly"]
    zt = z("pelvis", "chest")
    # the shirt hangs over upright thighs; only a raised thigh comes in front of it
    jobs.append((zt - .02, lambda: canvas.strip(xy["pelvis"] * .6 + xy["waist"] * .4, xy["waist"],
                 np.array([side(hw + .065 + wide, .12 + wide), side(hw + .06 + wide, .115 + belly), side(hw + .03, .10 + belly)]) * r * k0, P + 90, trousers)))
    jobs.append((zt + .014, lambda: canvas.strip(xy["left_shoulder"] * .9 + xy["chest"] * .1, xy["right_shoulder"] * .9 + xy["chest"] * .1,
                 w(.056, .062, .07, .062, .056) + g(True) * k0 * .5, P + 97, shirt)))
    jobs.append((zt + .015, lambda: canvas.strip(xy["waist"] * .8 + xy["pelvis"] * .2, xy["chest"] * .94 + xy["waist"] * .06,
                 np.array([side(hw + .045, .105 + belly), side(sw * .85 + belly * .3, .11 + belly), side(sw * .97, .115), side(sw * .9, .10), side(sw * .62, .075)])
                 * r * k0 + loose * k0, P + 91, shirt)))
    if body["bag"] is not None:                                    # a backpack, seen behind the back
        back = camera.project(points["chest"] + torso_rot @ [0, -.2, -.18], offset)
        jobs.append((back[1], lambda: canvas.strip(back[0] - [0, .15 * k0], back[0] + [0, .15 * k0], w(.13, .16, .15), P + 98, plain(body["bag"]))))
    if body["skirt"]:
        knees = (xy["left_knee"] + xy["right_knee"]) / 2
        jobs.append((z("pelvis", "left_knee", "right_knee") + .06, lambda: canvas.strip(xy["pelvis"], xy["pelvis"] * .2 + knees * .8,
                     w(.13, .17, .21), P + 92, trousers)))
    zh = at["head"][1]
    jobs.append((zh - .03, lambda: canvas.strip(xy["chest"], xy["head"], w(.06, .052, .05), P + 93, skin)))
    if body["long_hair"]:
        jobs.append((at["nape"][1] - .01, lambda: canvas.strip(xy["head"], xy["nape"] * .9 + xy["chest"] * .1, w(.11, .115, .085), P + 94, hair)))
    elif body["bun"]:
        jobs.append((at["bun"][1], lambda: canvas.strip(xy["bun"], xy["bun"] + .1, w(.05, .05), P + 94, hair)))
    jobs.append((zh + .02, lambda: canvas.head(xy["head"], body["head"] * k0 * body["scale"] * 1.02, camera.view @ head_rot, body, P + 95)))
    for q in ("left", "right"):
        if not body["hood"]:
            jobs.append((at[q + "_ear"][1] + (.02 if at[q + "_ear"][1] > zh - .03 else -.05), lambda q=q: canvas.strip(
                xy[q + "_ear"] - [0, .018 * k0], xy[q + "_ear"] + [0, .018 * k0], w(.016, .014), P + 96, hair if body["long_hair"] else skin)))
    for _, job in sorted(jobs, key=lambda j: j[0]):
        job()
    return np.array([[*xy[n], at[n][1]] for n in JOINTS])
