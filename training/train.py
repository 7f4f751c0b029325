"""Training in stages against the clock: small easy pictures first, everything at 192 pixels last.

python3 train.py POOL RUN [--stages easy96,mix128,last192] [--minutes 20,35,20] [--processes 2]
python3 train.py POOL RUN --start RUN/restored.pt --stages long192 --minutes 65     going on from restore.py

Writes RUN/state.pt once a minute (network, optimizer, running mean, place in the schedule) and goes on from there when
started again; RUN/<stage>.pt is the running mean of the weights at the end of each stage, RUN/latest.pt the newest.
The clock, not the number of steps, ends a stage, so two runs never give the same bytes: the weights are committed.
"""
import argparse
import math
import os
import tempfile
import time

import cv2
import numpy as np
import torch
from torch import distributed
from torch.nn import functional as F

from data import Pool, held_out, shrink, to_tensor
from network import PoseNet, decode
from pool import HELD_OUT
from scenes import SIZE

SIGMA = 1.5                                                        # of the target bells, in cells
WEIGHTS = 1.0, .5, .3, .3                                          # heat, centre, regression, offset
# face, shoulders, elbows, wrists, hips, knees, ankles: the arms are learned last, so they count more
JOINT_WEIGHT = torch.tensor([.8] * 5 + [1.0] * 2 + [1.4] * 2 + [1.6] * 2 + [1.0] * 2 + [1.2] * 2 + [1.0] * 2)
#         name: side, batch of each process, peak rate, shares of easy pictures and of those from behind, minutes
STAGES = dict(easy96=(96, 16, 3e-3, .95, 0, 20), mix128=(128, 16, 2e-3, .5, .18, 35), full128=(128, 16, 1.5e-3, .4, .18, 15),
              last192=(192, 16, 1e-3, .4, .18, 35), long192=(192, 16, 1.4e-3, .5, .08, 65))


def losses(y, joints):
    """y: raw output [n,86,h,w]; joints [n,people,17,3] in input pixels. The four terms, each a mean."""
    n, cells = y.shape[0], y.shape[-1]
    centre_map, heat_map, reg_map, off_map = y.split([1, 17, 34, 34], 1)                      # slices would each fill a whole map going back
    xy, seen = joints[..., :2] / 4, joints[..., 2] > 0                                       # [n,P,17,2], [n,P,17]
    grid = torch.arange(cells).float()
    bell = lambda c: torch.exp(-(grid - c[..., None]) ** 2 / (2 * SIGMA ** 2))
    heat = (bell(xy[..., 1])[..., :, None] * (bell(xy[..., 0]) * seen[..., None])[..., None, :]).amax(1)   # over people
    count = seen.sum(-1)
    real = count >= 4
    mid = (xy * seen[..., None]).sum(2) / count.clamp(min=1)[..., None]                       # mean of the joints in view
    center = (bell(mid[..., 1])[..., :, None] * (bell(mid[..., 0]) * real[..., None])[..., None, :]).amax(1)

    def soft_focal(logit, target):                                                           # |t-p|^2 * cross entropy
        return (target - torch.sigmoid(logit)) ** 2 * F.binary_cross_entropy_with_logits(logit, target, reduction="none")

    joint_count = seen.sum().clamp(min=1)
    l_heat = (soft_focal(heat_map, heat).sum((0, 2, 3)) * JOINT_WEIGHT).sum() / joint_count
    l_center = soft_focal(centre_map[:, 0], center).sum() / real.sum().clamp(min=1)
    # regression at the 3x3 cells around each centre, offsets at the 3x3 cells around each joint; one gather each,
    # because the backward pass of a gather fills a whole map
    around = torch.tensor([[dx, dy] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]).float()
    flat = lambda c: (c[..., 1] * cells + c[..., 0]).long()
    c = (mid.round()[..., None, :] + around).clamp(0, cells - 1)                              # [n,P,9,2]
    at = flat(c).flatten(1)                                                                  # [n,P*9]
    got = reg_map.flatten(2).gather(2, at[:, None].expand(-1, 34, -1)).view(n, 17, 2, -1, 9)   # [n,17,2,P,9]
    want = xy[:, :, :, None] - c[:, :, None]                                                 # [n,P,17,9,2]
    ok = (seen & real[..., None]).permute(0, 2, 1)[:, :, None, :, None] * JOINT_WEIGHT[:, None, None, None]   # [n,17,1,P,1]
    l_reg = (F.smooth_l1_loss(got, want.permute(0, 2, 4, 1, 3), reduction="none") * ok).sum()
    c = (xy.round()[..., None, :] + around).clamp(0, cells - 1)                               # [n,P,17,9,2]
    at = flat(c).permute(0, 2, 1, 3).flatten(2)                                              # [n,17,P*9]
    got = off_map.flatten(2).view(n, 17, 2, -1).gather(3, at[:, :, None].expand(-1, -1, 2, -1))
    want = (xy[:, :, :, None] - c).permute(0, 2, 4, 1, 3).flatten(3)                         # [n,17,2,P*9]
    ok = seen.permute(0, 2, 1)[:, :, None, :, None].expand(-1, -1, 1, -1, 9).flatten(3)
    l_off = ((got - want).abs() * ok * JOINT_WEIGHT[:, None, None]).sum()
    return l_heat, l_center, l_reg / (9 * joint_count), l_off / (9 * joint_count)


def pck(found, truth, limit=.2):
    """Joints within limit * torso [n,17] and which joints count [n,17]; errors in torso lengths [n,17].

    Torso = mid-shoulder to mid-hip, at least 0.2 of the figure's extent; hidden joints count, joints outside do not.
    """
    t = truth[..., :2]
    torso = ((t[:, 5] + t[:, 6]) / 2 - (t[:, 11] + t[:, 12]) / 2).norm(dim=-1)
    torso = torch.maximum(torso, .2 * (t.amax(1) - t.amin(1)).amax(-1))
    error = (found[..., :2] - t).norm(dim=-1) / torso[:, None]
    return error < limit, truth[..., 2] > 0, error


@torch.no_grad()
def predict(net, bgr, side=SIZE):
    """Joints [n,17,3] in pixels of the SIZE x SIZE pictures, looking at them shrunk to `side`."""
    net.eval()
    found = torch.cat([decode(*net(to_tensor(shrink(bgr[i:i + 32], side)))) for i in range(0, len(bgr), 32)])
    found[..., :2] = (found[..., :2] + .5) * (SIZE / side) - .5
    return found


def average(tensors, processes):
    """The mean of each tensor over all processes, in place."""
    if processes == 1: return
    flat = torch.cat([v.flatten() for v in tensors])
    distributed.all_reduce(flat)
    flat /= processes
    for v, mean in zip(tensors, flat.split([v.numel() for v in tensors])): v.copy_(mean.view(v.shape))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("pool"); p.add_argument("run")
    p.add_argument("--stages", default="easy96,mix128,last192"); p.add_argument("--minutes", help="one number per stage")
    p.add_argument("--start", help="weights (.pt) to begin with"); p.add_argument("--seed", type=int, default=1)
    p.add_argument("--processes", type=int, default=1, help="share each step; two of one thread do more than one of two")
    p.add_argument("--float32", action="store_true", help="no bfloat16 convolutions")
    args = p.parse_args()
    os.makedirs(args.run, exist_ok=True)
    with tempfile.TemporaryDirectory() as meeting:
        torch.multiprocessing.start_processes(train, (args, os.path.join(meeting, "point")), args.processes)


def train(rank, args, meeting):
    """One process; the first alone writes and reports."""
    torch.set_num_threads(1); cv2.setNumThreads(1); torch.manual_seed(args.seed)
    if args.processes > 1: distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.processes)
    names = args.stages.split(",")
    minutes = [float(m) for m in args.minutes.split(",")] if args.minutes else [STAGES[n][-1] for n in names]
    path = lambda name: os.path.join(args.run, name + ".pt")

    net = PoseNet().to(memory_format=torch.channels_last)
    if args.start: net.load_state_dict(torch.load(args.start))
    plan, done = dict(zip(names, minutes)), dict(stage=names[0], seconds=0.0, step=0, total=0)
    optimizer_state = None
    slow = {k: v.clone() for k, v in net.state_dict().items()}                               # running mean of weights
    if os.path.exists(path("state")):
        state = torch.load(path("state"))
        net.load_state_dict(state["net"]); slow, done, optimizer_state = state["slow"], state["done"], state["optimizer"]
        print("going on with", done, flush=True)
    tests = {kind: held_out(args.pool, kind, seed, 200) for kind, (seed, _) in HELD_OUT.items()}
    data = Pool(args.pool, (args.seed, rank, done["total"]))
    values = [v for v in net.state_dict().values() if v.dtype.is_floating_point]             # shared storage: updated in place
    for name in names[names.index(done["stage"]) if done["stage"] in names else 0:]:
        if done["stage"] != name: done.update(stage=name, seconds=0.0, step=0); optimizer_state = None
        side, batch, peak, easy, behind, _ = STAGES[name]
        decay = [q for q in net.parameters() if q.dim() > 1]
        optimizer = torch.optim.AdamW([dict(params=decay, weight_decay=1e-3), dict(params=[q for q in net.parameters() if q.dim() <= 1], weight_decay=0)],
                                      lr=peak, betas=(.9, .99), foreach=True)
        if optimizer_state: optimizer.load_state_dict(optimizer_state)
        means = [slow[k] for k, v in net.state_dict().items() if v.dtype.is_floating_point]
        seen_loss, reported, saved, count, waited = np.zeros(4), time.time(), time.time(), 0, 0.0
        before, began = done["seconds"], time.time()
        while done["seconds"] < 60 * plan[name]:
            rate = peak * min(1, (done["step"] + 1) / 150) * .5 * (1 + math.cos(math.pi * done["seconds"] / (60 * plan[name])))
            for group in optimizer.param_groups: group["lr"] = rate
            t = time.time(); x, j = data.batch(batch, side, easy, behind); waited += time.time() - t
            net.train()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not args.float32):
                y = net.raw(x.contiguous(memory_format=torch.channels_last))
            terms = losses(y.float(), j)
            loss = sum(w * l for w, l in zip(WEIGHTS, terms))
            optimizer.zero_grad(); loss.backward()
            average([q.grad for q in net.parameters()], args.processes)
            norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            if torch.isfinite(norm): optimizer.step()
            done["step"] += 1; done["total"] += 1; count += batch * args.processes
            seen_loss = seen_loss * .98 + .02 * np.array([float(l.detach()) for l in terms])
            k = min(.998, done["step"] / (done["step"] + 50))
            torch._foreach_mul_(means, k); torch._foreach_add_(means, values, alpha=1 - k)
            clock = torch.tensor([before + time.time() - began], dtype=torch.float64)
            average([clock], args.processes)                                                  # all end on the same step
            done["seconds"] = float(clock)
            if rank: continue
            if time.time() - saved > 60 or done["seconds"] >= 60 * plan[name]:
                saved = time.time()
                torch.save(dict(net=net.state_dict(), slow=slow, done=done, optimizer=optimizer.state_dict()), path("state") + ".part")
                os.replace(path("state") + ".part", path("state"))
                torch.save(slow, path("latest"))
            if time.time() - reported > 180 or done["seconds"] >= 60 * plan[name]:
                spent = time.time() - reported; reported = time.time()
                tested = PoseNet(); tested.load_state_dict(slow)
                scores = []
                for kind, (X, J) in tests.items():
                    ok, counts, _ = pck(predict(tested, X, side), J)
                    scores.append(f"{kind} {float(ok[counts].float().mean()):.3f}")
                print(f"{name} {done['seconds'] / 60:5.1f} min  step {done['step']}  {count / spent:.0f}/s (data {waited / spent:.0%})  pool {len(data.shards)}  "
                      f"loss {np.round(seen_loss, 3)}  PCK@0.2 {'  '.join(scores)}", flush=True)
                count, waited = 0, 0.0
        if rank == 0: torch.save(slow, path(name))
        optimizer_state = None


if __name__ == "__main__":
    main()
