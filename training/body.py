"""One generated person: limb lengths and clothes, joint angles, and the 3-D skeleton they give.

Axes of a person: x = the person's left, y = up, z = forward; metres. Facing the camera the left side is therefore on
the right of the picture. A positive twist of the left arm turns the forearm outwards; the right arm mirrors that.
"""
import math

import cv2
import numpy as np

JOINTS = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
          "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
          "right_ankle"]
MIRROR = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]

ANGLES = ("pelvis_pitch pelvis_roll spine_bend spine_side spine_twist head_yaw head_pitch head_roll "
          "l_flex l_abd l_twist l_elbow r_flex r_abd r_twist r_elbow "
          "l_hip l_hip_abd l_hip_twist l_knee l_ankle r_hip r_hip_abd r_hip_twist r_knee r_ankle").split()

SHOULDER, UPPER_ARM, FOREARM = .175, .285, .25                     # the average person `reach` plans with


def rot(axis, degrees):
    a = math.radians(degrees)
    c, s = math.cos(a), math.sin(a)
    return np.array({"x": [[1, 0, 0], [0, c, -s], [0, s, c]],
                     "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
                     "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]]}[axis])


# ---------------------------------------------------------------------------------------------- arms

def reach(side, wrist, elbow_hint=None):
    """Arm angles that bring a wrist to a place given in the trunk's frame (origin between the shoulders).

    Two bones leave the elbow free on a circle; `elbow_hint` is the direction it is pulled in (down and outward
    unless told). Joint angles, not positions, are the result, so jitter and blending work as for every other pose.
    """
    sign = 1 if side == "l" else -1
    hint = np.array(elbow_hint if elbow_hint is not None else (.5 * sign, -1, -.3), float)
    v = np.asarray(wrist, float) - (sign * SHOULDER, -.01, 0)
    length = float(np.clip(np.linalg.norm(v), .09, UPPER_ARM + FOREARM - .004))
    u = v / max(np.linalg.norm(v), 1e-6)
    along = (UPPER_ARM ** 2 + length ** 2 - FOREARM ** 2) / (2 * length)
    hint = hint - hint @ u * u
    hint /= max(np.linalg.norm(hint), 1e-6)
    elbow = u * along + hint * math.sqrt(max(UPPER_ARM ** 2 - along ** 2, 0))
    upper, fore = elbow / UPPER_ARM, (u * length - elbow) / FOREARM
    abduction = math.asin(np.clip(upper[0], -1, 1))
    flexion = math.atan2(upper[2], -upper[1])
    local = (rot("x", -math.degrees(flexion)) @ rot("z", math.degrees(abduction))).T @ fore
    bend, twist = math.acos(np.clip(-local[1], -1, 1)), math.atan2(local[0], local[2])
    return {side + "_flex": math.degrees(flexion), side + "_abd": sign * math.degrees(abduction),
            side + "_twist": math.degrees(twist), side + "_elbow": math.degrees(bend)}


def place_arms(rng):
    """Everyday places for two hands: clasped, crossed, carrying, or each hand somewhere of its own."""
    u = rng.uniform
    kind = rng.choice(["clasp", "carry", "cross", "both", "each"], p=[.17, .13, .08, .17, .45])
    a = {}
    if kind in ("clasp", "carry"):
        x, y, z = rng.normal(0, .06), u(-.45, .15), u(.16, .46)
        half = u(0, .07) if kind == "clasp" else u(.08, .28)
        out, drop = u(.2, 1.2), u(0, 1)                            # elbows hang down or are lifted outwards
        for side, sign in (("l", 1), ("r", -1)):
            a |= reach(side, (x + sign * half, y + rng.normal(0, .02), z), (sign * out, -drop, -.3))
    elif kind == "cross":
        y, z = u(-.28, -.1), u(.13, .24)
        a |= reach("l", (-u(.02, .16), y, z), (u(.4, 1.2), -1, .1)) | reach("r", (u(.02, .16), y - u(-.05, .05), z), (-u(.4, 1.2), -1, .1))
    else:
        place = None
        for side, sign in (("l", 1), ("r", -1)):
            if place is None or kind == "each":
                place = rng.choice(["hip", "pocket", "chin", "ear", "nape", "belly", "across", "thigh", "front", "forward",
                                    "side", "up", "back", "any"], p=[.10, .06, .06, .05, .04, .07, .06, .05, .16, .09, .07, .06, .03, .10])
                jitter = rng.normal(0, .03, 3)
                free = u(-.2, .55), u(-.55, .55), u(.02, .5)
            where, hint = {
                "hip": ((.20, -.42, .03), (1, .1, -.6)), "pocket": ((.19, -.50, .06), (.8, -.2, -1)),
                "chin": ((.05, .08, .17), (.6, -1, .2)), "ear": ((.12, .17, .04), (1, -.7, .3)),
                "nape": ((.08, .16, -.12), (1, .1, .3)), "belly": ((.04, -.33, .18), (1, -.6, -.4)),
                "across": ((-.13, -.08, .18), (.5, -1, .4)), "thigh": ((.15, -.5, .22), (.7, -.3, -.5)),
                "front": ((.10 + free[0] * .4, free[1] * .7 - .05, .16 + free[2] * .5), (.7, -1, -.2)),
                "forward": ((.16, free[1] * .3, .52), (.5, -1, 0)), "side": ((.62, free[1] * .5, .05 + free[2] * .3), (.1, -1, -.4)),
                "up": ((.2 + free[0] * .3, .5, free[2] * .3), (1, -.1, .3)), "back": ((.06, -.42, -.14), (1, -.2, -.5)),
                "any": (free, (.7, -.8, -.2))}[str(place)]
            a |= reach(side, (np.array(where) + jitter) * (sign, 1, 1), np.array(hint, float) * (sign, 1, 1) + rng.normal(0, .25, 3))
    return a


# ---------------------------------------------------------------------------------------------- poses (degrees)

def pose(activity, phase, style):
    """Joint angles of an activity at a phase (radians). `style` (8 numbers in 0..1) varies how it is done."""
    a = dict.fromkeys(ANGLES, 0.0)
    a.update(l_abd=8, r_abd=8, l_elbow=15, r_elbow=15)
    s, up = math.sin(phase), 0.5 - 0.5 * math.cos(phase)          # swing in -1..1, depth in 0..1
    if activity in ("walk", "run"):
        k = (1.0 if activity == "walk" else 1.8) * (0.6 + 0.6 * style[0])
        for side, q in (("l", s), ("r", -s)):
            c = math.cos(phase) * (1 if side == "l" else -1)
            a[side + "_hip"] = 24 * k * q + 6
            a[side + "_knee"] = 8 + 45 * k * max(0, c)
            a[side + "_flex"] = -22 * k * q
            a[side + "_elbow"] = (20 if activity == "walk" else 85) + 20 * style[1]
        a["spine_bend"] = 4 + 8 * style[2] * k
        a["spine_twist"] = -6 * k * s
    elif activity == "squat":
        d = up * (0.5 + 0.5 * style[0])
        lean = 38 * d * (0.5 + style[1])
        a.update(pelvis_pitch=lean * 0.6, spine_bend=lean * 0.5)
        for side in "lr":
            sign = 1 if side == "l" else -1
            a[side + "_hip"] = 85 * d + lean * 0.6
            a[side + "_knee"] = 112 * d
            a[side + "_hip_abd"] = 8 + 22 * style[2]
            a[side + "_ankle"] = -20 * d
            # arms out in front, or hands together before the chest, brought there as the figure goes down
            if style[3] < 0.4:
                a[side + "_flex"], a[side + "_elbow"] = 85 * d, 10
            else:
                together = reach(side, (sign * .03, -.22 + .2 * style[5], .22 + .2 * style[4]), (sign * (.3 + style[6]), -style[7], -.2))
                amount = min(1, d * 1.6) if style[3] < 0.8 else 1
                for name, value in together.items():
                    a[name] += (value - a[name]) * amount
    elif activity == "wave":
        side = "l" if style[0] < 0.5 else "r"
        a[side + "_abd"] = 75 + 80 * style[1]
        a[side + "_elbow"] = 55 + 35 * s
        a[side + "_twist"] = 90 if side == "l" else -90
    elif activity == "jack":
        for side in "lr":
            a[side + "_abd"] = 12 + 155 * up
            a[side + "_hip_abd"] = 3 + 28 * up
    elif activity == "reach":
        for side, q in (("l", style[0]), ("r", style[1])):
            a[side + "_flex"] = 30 + 150 * q
            a[side + "_abd"] = 40 * style[2]
            a[side + "_elbow"] = 70 * style[3] * up
    elif activity == "sit":
        for side, q in (("l", style[0]), ("r", style[1])):
            a[side + "_hip"] = 75 + 25 * q
            a[side + "_knee"] = 60 + 50 * style[2]
            a[side + "_hip_abd"] = 20 * q
            a[side + "_flex"] = 20 + 50 * style[3]
            a[side + "_elbow"] = 20 + 90 * style[4] * up
        a["spine_bend"] = 20 * style[5]
    elif activity == "lunge":
        f, b = ("l", "r") if style[0] < 0.5 else ("r", "l")
        a.update({f + "_hip": 70 * up + 10, f + "_knee": 80 * up + 10, b + "_hip": -25 * up, b + "_knee": 70 * up + 5})
    elif activity == "bend":
        a.update(pelvis_pitch=45 * up, spine_bend=60 * up * style[0], l_hip=45 * up + 30 * style[1] * up,
                 r_hip=45 * up + 30 * style[1] * up, l_knee=50 * style[1] * up, r_knee=50 * style[1] * up)
        a.update(l_flex=80 * up, r_flex=80 * up)
    elif activity == "kick":
        side, other = ("l", "r") if style[0] < 0.5 else ("r", "l")
        a.update({side + "_hip": -20 + 120 * style[1], side + "_knee": 90 * style[2] ** 2, side + "_hip_abd": 60 * style[3] ** 2,
                  other + "_knee": 10, "spine_side": (-15 if side == "l" else 15) * style[3]})
        a.update(l_abd=20 + 50 * style[4], r_abd=20 + 50 * style[5], l_elbow=60 * style[6], r_elbow=60 * style[7])
    elif activity == "free":
        for side, o in (("l", 0), ("r", 3)):
            a[side + "_flex"] = -40 + 200 * style[o]
            a[side + "_abd"] = -5 + 125 * style[o + 1]
            a[side + "_twist"] = -80 + 160 * style[o + 2]
            a[side + "_elbow"] = 140 * style[(o + 5) % 8] ** 1.5
            a[side + "_hip"] = -20 + 100 * style[(o + 3) % 8] ** 2
            a[side + "_knee"] = 110 * style[(o + 4) % 8] ** 2
            a[side + "_hip_abd"] = 45 * style[(o + 6) % 8] ** 2
        a.update(spine_bend=-15 + 50 * style[6], spine_side=-20 + 40 * style[7], spine_twist=-25 + 50 * style[2])
    elif activity != "stand":
        raise ValueError(f"no such activity: {activity}")
    return a


ACTIVITIES = ["stand", "walk", "run", "squat", "wave", "jack", "reach", "sit", "lunge", "bend", "kick", "free"]
ODDS = np.array([.16, .12, .05, .14, .06, .06, .08, .11, .07, .05, .04, .06])
ODDS_SIMPLE = np.array([.20, .13, .05, .22, .07, .07, .08, .03, .08, .02, .03, .02])   # for the easy pictures


def random_pose(rng, simple=False):
    """One moment of an activity, often with the hands at an everyday place; every angle jittered."""
    activity = rng.choice(ACTIVITIES, p=ODDS_SIMPLE if simple else ODDS)
    a = pose(activity, rng.uniform(0, 2 * math.pi), rng.random(8))
    often = dict(stand=.75, walk=.3, run=.1, squat=.3, sit=.6, lunge=.5, bend=.2, kick=.4).get(str(activity), 0)
    if rng.random() < often:
        a |= place_arms(rng)
    if activity == "stand":                                        # legs are rarely parallel
        for side in "lr":
            a[side + "_hip_abd"] += abs(rng.normal(0, 7)); a[side + "_knee"] += abs(rng.normal(0, 9))
            a[side + "_hip_twist"] += rng.normal(0, 15)
    for k in a:
        a[k] += rng.normal(0, 6 if k[0] in "lr" else 5)
    for side in "lr":                                              # elbows and knees do not bend backwards
        a[side + "_elbow"] = max(a[side + "_elbow"], -4); a[side + "_knee"] = max(a[side + "_knee"], -4)
    a["head_yaw"] += rng.normal(0, 22); a["head_pitch"] += rng.normal(4, 10)
    return a


# ---------------------------------------------------------------------------------------------- body and skeleton

def new_body(rng):
    """Lengths, colours and clothes of one person; nothing here depends on the pose."""
    n = lambda m, s: float(np.clip(rng.normal(m, s), m - 2.5 * s, m + 2.5 * s))
    u, chance = rng.uniform, lambda p: rng.random() < p
    skin = np.array([.35, .47, .68]) * u(.3, 1.5) ** np.array([1.25, 1.1, .85])            # BGR
    skin = skin.mean() + (skin - skin.mean()) * u(.3, 1.1)         # pale skin in white light is almost grey

    def colour():
        hue, saturation, value = u(0, 360), u(0, .95) ** 1.2, u(.05, 1)
        return np.clip(cv2.cvtColor(np.float32([[[hue, saturation, value]]]), cv2.COLOR_HSV2BGR)[0, 0], .02, 1)

    shirt, trousers = colour(), colour()
    if chance(.45):                                                # blue, black, grey, beige trousers
        trousers = np.array([[.30, .20, .16], [.06, .06, .06], [.35, .35, .35], [.42, .55, .62]][rng.integers(4)]) * u(.5, 1.5)
    if chance(.10): trousers = shirt                               # a dress, an overall
    if chance(.20): shirt = np.array([u(.03, .15)] * 3) if chance(.5) else np.array([u(.7, 1)] * 3)
    hair = np.array([[.05, .06, .08], [.10, .18, .30], [.35, .55, .70], [.6, .6, .6], [.08, .12, .4]][rng.choice(5, p=[.4, .3, .15, .1, .05])])
    child = chance(.08)
    limb = n(1, .03) * (.85 if child else 1)
    return dict(
        scale=n(1, .04), bulk=n(1.0, 0.15), shoulder=n(.172, .017) * (.85 if child else 1), hip=n(.103, .012),
        spine=n(.47, .03) * (.9 if child else 1), neck=n(.17, .012),
        upper_arm=n(.285, .015) * limb, forearm=n(.25, .013) * limb, thigh=n(.42, .02) * limb, shin=n(.41, .02) * limb, head=n(.106, .007),
        belly=u(.01, .08) if chance(.25) else 0, wide_hips=u(0, .035) if chance(.4) else 0, arm_bulk=n(1, .14), leg_bulk=n(1, .12),
        skin=np.clip(skin, .02, .95), shirt=shirt, trousers=trousers, shoe=colour() if chance(.5) else np.array([u(.05, .9)] * 3),
        hair=hair * u(.6, 1.3), sleeve_colour=colour() if chance(.12) else None,
        sleeve=float(rng.choice([0, .45, .7, 1.5, 2], p=[.12, .2, .2, .08, .4])), leg=float(rng.choice([.3, .8, 2], p=[.18, .1, .72])),
        loose=u(0, .028), flare_arm=u(0, .03) if chance(.25) else 0, flare_leg=u(0, .05) if chance(.25) else 0,
        bare=chance(.04), skirt=chance(.08), long_hair=chance(.35), bun=chance(.15), gloves=chance(.04), hood=chance(.06),
        hair_line=u(.25, .75), beard=chance(.15), cap=chance(.1), glasses=chance(.18), mask=chance(.03),
        shirt_print=int(rng.choice(9, p=[.42, .08, .07, .07, .05, .08, .05, .10, .08])),
        trouser_print=int(rng.choice([0, 1, 2, 5], p=[.82, .05, .06, .07])), folds=u(.05, .3),
        print_scale=u(18, 70), print_colour=colour(), noise_seed=int(rng.integers(0, 400)),
        band=(str(rng.choice(["arm", "fore", "thigh", "shin"])), u(.1, .9), colour()) if chance(.15) else None,
        bag=colour() if chance(.06) else None)


def skeleton(body, a):
    """World positions (metres, before the camera) of all joints plus a few drawing points, and the head rotation."""
    b, P = body, {}
    pelvis = rot("x", a["pelvis_pitch"]) @ rot("z", a["pelvis_roll"])
    torso = pelvis @ rot("x", a["spine_bend"]) @ rot("z", a["spine_side"]) @ rot("y", a["spine_twist"])
    mid = pelvis @ rot("x", a["spine_bend"] / 2) @ rot("z", a["spine_side"] / 2)
    P["pelvis"] = np.zeros(3)
    P["waist"] = mid @ [0, b["spine"] * .45, 0]
    P["chest"] = P["waist"] + torso @ [0, b["spine"] * .55, 0]
    head = torso @ rot("y", a["head_yaw"]) @ rot("x", a["head_pitch"]) @ rot("z", a["head_roll"])
    P["neck"] = P["chest"] + torso @ [0, .03, .0]
    P["head"] = P["chest"] + torso @ [0, .05, .01] + head @ [0, b["neck"], .02]
    h = b["head"]
    for name, v in dict(nose=[0, -.12, 1.12], left_eye=[.32, .15, .93], right_eye=[-.32, .15, .93],
                        left_ear=[.76, .0, .05], right_ear=[-.76, .0, .05]).items():
        P[name] = P["head"] + head @ (np.array(v) * h)
    P["nape"] = P["head"] + head @ np.array([0, -1.6 * h, -.7 * h])
    P["bun"] = P["head"] + head @ np.array([0, .75 * h, -.95 * h])
    for side, sign in (("left", 1), ("right", -1)):
        q = side[0]
        P[side + "_shoulder"] = P["chest"] + torso @ [sign * b["shoulder"], -.01, 0]
        arm = torso @ rot("x", -a[q + "_flex"]) @ rot("z", sign * a[q + "_abd"]) @ rot("y", a[q + "_twist"])
        fore = arm @ rot("x", -a[q + "_elbow"])
        P[side + "_elbow"] = P[side + "_shoulder"] + arm @ [0, -b["upper_arm"], 0]
        P[side + "_wrist"] = P[side + "_elbow"] + fore @ [0, -b["forearm"], 0]
        P[side + "_hand"] = P[side + "_wrist"] + fore @ [0, -.10, 0]
        P[side + "_tips"] = P[side + "_wrist"] + fore @ [0, -.17, .025]
        P[side + "_thumb"] = P[side + "_wrist"] + fore @ [0, -.09, .05]
        P[side + "_hip"] = pelvis @ [sign * b["hip"], 0, 0]
        thigh = pelvis @ rot("x", -a[q + "_hip"]) @ rot("z", sign * a[q + "_hip_abd"]) @ rot("y", a[q + "_hip_twist"])
        shin = thigh @ rot("x", a[q + "_knee"])
        foot = shin @ rot("x", a[q + "_ankle"])
        P[side + "_knee"] = P[side + "_hip"] + thigh @ [0, -b["thigh"], 0]
        P[side + "_ankle"] = P[side + "_knee"] + shin @ [0, -b["shin"], 0]
        P[side + "_heel"] = P[side + "_ankle"] + foot @ [0, -.05, -.04]
        P[side + "_toe"] = P[side + "_ankle"] + foot @ [sign * .02, -.06, .17]
    for k in P:
        P[k] = P[k] * b["scale"]
    return P, head, torso


class Camera:
    """Looks along -z at the origin; `view` turns the world, then perspective with distance d and focal length f."""

    def __init__(self, yaw, pitch, roll, distance, focal, cx, cy):
        self.view = rot("z", roll) @ rot("x", pitch) @ rot("y", yaw)
        self.d, self.f, self.cx, self.cy = distance, focal, cx, cy

    def project(self, p, offset=np.zeros(3)):
        v = self.view @ (p + offset)
        k = self.f / max(self.d - v[2], .3)
        return np.array([self.cx + v[0] * k, self.cy - v[1] * k]), v[2], k
