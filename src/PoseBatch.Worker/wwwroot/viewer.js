// Frames with their skeletons, scrubbed and played; a joint over time; the gaps of the ledger.
import { get, request } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { axisOf, draw, drawBar, timeAt } from "./plot.js";
import { exact, number, moment } from "./text.js";

// 64 pictures of at most 960 x 960 are 236 MB; they must hold what lies ahead and some of what was.
const chunk = 120, mostChunks = 24, mostPictures = 64, longestSide = 960, ahead = 24, again = 2000;
// Seconds that playing waits at most for the next frame: a recording may hold hours without any.
const longestWait = 2;

// The same colour for a track as in rendered videos and reports (TrackColours); those after the twelfth have dashed bones.
export const palette = ["E6194B", "3CB44B", "FFE119", "4363D8", "F58231", "42D4F4", "F032E6", "BFEF45", "FABED4", "469990", "DCBEFF", "9A6324"];

export class Viewer {
  constructor(id, manifest) {
    this.id = id;
    this.manifest = manifest;
    this.joints = manifest.skeleton.keypoints;
    this.edges = manifest.skeleton.edges;
    this.sides = this.joints.map((_, joint) => {
      const pair = (manifest.skeleton.swap_pairs ?? []).find((one) => one.includes(joint));
      return pair ? (pair[0] === joint ? -1 : 1) : 0;
    });
    this.size = [manifest.coordinate.width, manifest.coordinate.height];
    this.pictureWidth = Math.max(16, Math.round(longestSide * Math.min(1, this.size[0] / Math.max(1, this.size[1]))));
    this.frames = manifest.counts.source_frames;
    this.isSmoothed = !["none", undefined].includes(manifest.settings?.["smoothing.method"]);
    this.frame = 0;
    this.isPlaying = false;
    this.isClosed = false;
    this.chunks = new Map();
    this.pictures = new Map();
    this.noPictures = null;
    this.series = null;
    this.build();
  }

  build() {
    this.canvas = el("canvas", { width: this.size[0], height: this.size[1], role: "img", "aria-label": "Frame with the skeletons found in it", onclick: (event) => this.pick(event) });
    this.hint = el("p", { class: "hint", hidden: true });
    this.play = el("button", { type: "button", class: "primary", onclick: () => this.toggle() }, "▶ Play");
    this.slider = el("input", {
      type: "range", min: "0", max: String(Math.max(0, this.frames - 1)), step: "1", value: "0", "aria-label": "Frame",
      oninput: () => { this.stop(); this.show(Number(this.slider.value)); },
    });
    this.clock = el("output", { class: "clock", "aria-live": "off" });   // 25 times a second is no news
    this.speed = el("select", { "aria-label": "Speed" }, ...["0.25", "0.5", "1", "2"].map((value) => el("option", { value, selected: value === "1" }, `${value}×`)));
    this.withPicture = el("input", { type: "checkbox", checked: true, onchange: () => this.paint() });
    this.withNames = el("input", { type: "checkbox", onchange: () => this.paint() });
    this.least = el("select", { "aria-label": "Least confidence that is drawn", onchange: () => this.paint() }, ...["0", "0.1", "0.2", "0.3", "0.5", "0.7"].map((value) => el("option", { value, selected: value === "0.2" }, value)));
    this.bar = el("canvas", { class: "timebar", "aria-hidden": "true" });
    this.joint = el("select", { "aria-label": "Joint", onchange: () => this.choose() }, ...this.joints.map((name) => el("option", { value: name }, name)));
    const nose = this.joints.indexOf("left_wrist");
    if (nose >= 0) this.joint.selectedIndex = nose;
    this.who = el("select", { "aria-label": "Person", onchange: () => this.choose() });
    this.window = el("select", { "aria-label": "Stretch of time", onchange: () => this.loadSeries() },
      ...[["0", "whole video"], ["60", "60 s"], ["10", "10 s"], ["2", "2 s"]].map(([value, text]) => el("option", { value }, text)));
    this.plots = ["x", "y", "confidence"].map((name) => el("canvas", { class: "plot", role: "img", "data-plot": name, onclick: (event) => this.seekIn(event) }));
    const step = (by, text, label) => el("button", { type: "button", "aria-label": label, onclick: () => { this.stop(); this.show(this.frame + by); } }, text);
    this.element = el("section", { class: "viewer", "aria-label": "Viewer" },
      el("div", { class: "stage" }, this.canvas, this.hint),
      this.slider, this.bar,
      el("ul", { class: "legend" }, ...[["people", "people found"], ["skipped", "left out"], ["corrupt", "decoded with damage"], ["undecodable", "no picture"]]
        .map(([name, text]) => el("li", { class: name }, el("i", {}), text))),
      el("div", { class: "controls" }, step(-1, "‹", "One frame back"), this.play, step(1, "›", "One frame on"), this.clock, this.speed,
        el("label", {}, this.withPicture, "picture"), el("label", {}, this.withNames, "joint names"), el("label", {}, "confidence ≥", this.least)),
      el("p", { class: "soft" }, "Keys: ← → one frame, with Shift ten; Home, End; Space plays. A click on a joint in the picture shows it below."),
      el("section", { class: "card plots", "aria-label": "One joint over time" },
        el("div", { class: "controls" }, el("label", {}, "Joint", this.joint), el("label", {}, "of", this.who), el("label", {}, "over", this.window)),
        ...this.plots));
    this.bar.addEventListener("pointerdown", (event) => {
      this.bar.setPointerCapture(event.pointerId);
      this.scrub(event);
    });
    this.bar.addEventListener("pointermove", (event) => { if (event.buttons === 1) this.scrub(event); });
    this.resized = new ResizeObserver(() => this.drawAround());
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
    this.onDark = () => this.drawAround();
    this.dark.addEventListener("change", this.onDark);
  }

  async open() {
    this.ledger = await get(`/api/jobs/${this.id}/ledger`);
    if (this.isClosed) return;
    this.frames = this.ledger.frames;
    const people = Math.min(20, Math.max(1, this.ledger.most_people));
    this.who.replaceChildren(
      ...this.ledger.tracks.map(([track, frames, first, last]) => el("option", { value: `track=${track}` },
        `track ${track}: ${frames === 1 ? `one frame, ${moment(first)}` : `${number(frames)} frames, ${moment(first)} – ${moment(last)}`}`)),
      ...Array.from({ length: people }, (_, index) => el("option", { value: `person=${index}` }, index === 0 ? "best person of each frame" : `person ${index + 1} of each frame`)));
    this.resized.observe(this.bar);
    if (this.frames === 0) {
      setText(this.clock, "The video has no frames.");
      return;
    }
    await Promise.all([this.loadSeries(), this.show(0)]);
  }

  close() {
    this.isClosed = true;
    this.stop();
    this.resized.disconnect();
    this.dark.removeEventListener("change", this.onDark);
    for (const picture of this.pictures.values()) {
      picture.stop.abort();
      picture.bitmap?.close();
    }
    this.pictures.clear();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const tag = event.target.tagName;
    if (tag === "SELECT") return;
    // A button or a box keeps Space for itself and has no use for the others: after a click on Play the arrows step on.
    const isPressed = ["BUTTON", "SUMMARY", "A"].includes(tag) || (tag === "INPUT" && event.target.type !== "range");
    if (isPressed && event.key === " ") return;
    const step = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: this.frame - step, ArrowRight: this.frame + step, Home: 0, End: this.frames - 1 }[event.key];
    if (to !== undefined) {
      this.stop();
      this.show(to);
    } else if (event.key === " ") {
      this.toggle();
    } else {
      return;
    }
    event.preventDefault();
  }

  scrub(event) {
    const box = this.bar.getBoundingClientRect();
    this.stop();
    this.show(Math.floor(((event.clientX - box.left) / box.width) * this.frames));
  }

  async seekIn(event) {
    if (!this.series) return;
    const time = timeAt(event.target, event, this.series.axis);
    const near = this.series.buckets.reduce((best, one) => (Math.abs(one[1] - time) < Math.abs(best[1] - time) ? one : best), this.series.buckets[0]);
    this.stop();
    if (near) await this.show(near[0]);
  }

  // --- what is shown ---

  // Whoever scrubs asks for more frames than can be read: one is fetched at a time, and the next is the one that is wanted then.
  show(frame) {
    this.frame = Math.min(this.frames - 1, Math.max(0, frame));
    this.slider.value = String(this.frame);
    this.showing ??= this.catchUp().finally(() => { this.showing = null; });
    return this.showing;
  }

  async catchUp() {
    let done = -1;
    while (done !== this.frame && !this.isClosed) {
      const frame = this.frame;
      this.dropFar(frame);
      this.wantPicture(frame);
      let data;
      try {
        data = await this.dataOf(frame);
      } catch (failure) {
        if (this.isClosed) return;
        this.hint.hidden = false;
        if (!isPassing(failure)) {
          setText(this.hint, failure.message);
          return;
        }
        setText(this.hint, `${failure.status ? failure.message : "The service does not answer."} Trying again.`);
        await new Promise((resolve) => { setTimeout(resolve, again); });
        continue;
      }
      if (this.frame !== frame || this.isClosed) continue;
      done = frame;
      this.paint();
      this.tell(data);
      this.drawAround();
      if (!this.isPlaying) this.prefetch(frame);
      const [time] = data.frame;
      if (this.window.value !== "0" && this.series && (time < this.series.axis.range[0] || time > this.series.axis.range[1])) this.loadSeries();
    }
  }

  tell(data) {
    const [time, status] = data.frame;
    setText(this.clock, `${exact(time)}  ·  frame ${number(this.frame)} of ${number(this.frames)}${status === "ok" ? "" : `  ·  ${status}`}`);
    this.slider.setAttribute("aria-valuetext", `frame ${this.frame}, ${time.toFixed(3)} seconds, ${data.people.length} people${status === "ok" ? "" : `, ${status}`}`);
  }

  // Poses and times come in stretches of frames; a stretch too rich in people comes in several answers.
  async chunkOf(frame) {
    const first = frame - (frame % chunk);
    let known = this.chunks.get(first);
    if (!known) {
      known = { first, frames: [], people: new Map(), done: null };
      known.done = (async () => {
        let from = first;
        const end = Math.min(first + chunk, this.frames) - 1;
        while (from <= end) {
          const part = await get(`/api/jobs/${this.id}/poses?from=${from}&to=${end}`);
          known.frames.push(...part.frames);
          for (const person of part.people) {
            if (!known.people.has(person[0])) known.people.set(person[0], []);
            known.people.get(person[0]).push(person);
          }
          if (part.to < from) break;
          from = part.to + 1;
        }
        known.isReady = true;
        return known;
      })();
      // What failed is asked for again by the next who wants it.
      known.done.catch(() => { if (this.chunks.get(first) === known) this.chunks.delete(first); });
      this.chunks.set(first, known);
      if (this.chunks.size > mostChunks) this.chunks.delete(this.chunks.keys().next().value);
    }
    return known.done;
  }

  async dataOf(frame) {
    const known = await this.chunkOf(frame);
    return { frame: known.frames[frame - known.first] ?? [0, "undecodable", null, null], people: known.people.get(frame) ?? [] };
  }

  dataNow(frame) {
    const known = this.chunks.get(frame - (frame % chunk));
    return known?.isReady ? { frame: known.frames[frame - known.first] ?? [0, "undecodable", null, null], people: known.people.get(frame) ?? [] } : null;
  }

  wantPicture(frame) {
    if (this.noPictures || this.pictures.has(frame) || frame < 0 || frame >= this.frames) return this.pictures.get(frame);
    if (this.dataNow(frame)?.frame[1] === "undecodable") return undefined;
    const picture = { bitmap: null, failed: null, stop: new AbortController() };
    this.pictures.set(frame, picture);
    (async () => {
      try {
        const answer = await request(`/api/jobs/${this.id}/frames/${frame}.jpg?width=${this.pictureWidth}`, { signal: picture.stop.signal, cache: "default" });
        const bitmap = await createImageBitmap(await answer.blob());
        if (this.isClosed || this.pictures.get(frame) !== picture) {
          bitmap.close();
          return;
        }
        picture.bitmap = bitmap;
      } catch (failure) {
        if (failure.name === "AbortError") {
          if (this.pictures.get(frame) === picture) this.pictures.delete(frame);
          return;
        }
        picture.failed = failure.status ? failure.message : "The service does not answer.";
        if (failure.status === 410) this.noPictures = failure.message;
        else if (isPassing(failure)) setTimeout(() => this.pictureAgain(frame, picture), again);
      }
      if (frame === this.frame && !this.isClosed) this.paint();
    })();
    for (const [old, one] of this.pictures) {
      if (this.pictures.size <= mostPictures) break;
      if (Math.abs(old - this.frame) > ahead) {
        one.stop.abort();
        one.bitmap?.close();
        this.pictures.delete(old);
      }
    }
    return picture;
  }

  pictureAgain(frame, picture) {
    if (this.pictures.get(frame) !== picture || this.isClosed) return;
    this.pictures.delete(frame);
    if (frame === this.frame) this.wantPicture(frame);
  }

  // What lies far from where we are now is not worth waiting for.
  dropFar(frame) {
    for (const [other, one] of this.pictures) {
      if (!one.bitmap && !one.failed && Math.abs(other - frame) > ahead) one.stop.abort();
    }
  }

  prefetch(frame) {
    this.dropFar(frame);
    for (let next = frame + 1; next <= frame + (this.isPlaying ? ahead : 2); next++) this.wantPicture(next);
  }

  paint() {
    const data = this.dataNow(this.frame);
    if (!data) return;
    const width = data.frame[2] ?? this.size[0], height = data.frame[3] ?? this.size[1];
    const sar = pixelShape(this.manifest.coordinate.sample_aspect_ratio);
    const scale = Math.max(1, Math.min(2, 1280 / Math.max(width, height)));
    const w = Math.round(width * scale * sar), h = Math.round(height * scale);
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = "#151b22";
    pen.fillRect(0, 0, w, h);
    const picture = this.pictures.get(this.frame);
    if (this.withPicture.checked && picture?.bitmap) pen.drawImage(picture.bitmap, 0, 0, w, h);
    const note = data.frame[1] === "undecodable" ? "This frame could not be decoded."
      : data.frame[1] === "skipped" ? "This frame was left out: no poses."
        : this.noPictures ? `${this.noPictures} Only the skeletons are shown.`
          : picture?.failed ?? (this.withPicture.checked && !picture?.bitmap ? "loading the picture …" : "");
    setText(this.hint, note);
    this.hint.hidden = note === "";
    this.drawn = { scale, sar, people: data.people };
    const labels = [];
    for (const person of data.people) this.paintPerson(pen, person, scale, sar, h, labels);
    this.canvas.dataset.frame = String(this.frame);
    this.canvas.dataset.people = String(data.people.length);
    this.canvas.dataset.picture = picture?.bitmap ? "shown" : "none";
    this.canvas.setAttribute("aria-label", `Frame ${this.frame}: ${data.people.length === 1 ? "one person" : `${data.people.length} people`} found`);
  }

  // Where a joint is on the canvas, and how sure; null where it is not drawn.
  placeOf(values, joint, scale, sar) {
    const x = values[joint * 3], y = values[joint * 3 + 1], confidence = values[joint * 3 + 2];
    // A pixel's centre has whole coordinates; the canvas counts from its corner.
    return x === null || confidence < Number(this.least.value) ? null : [(x + 0.5) * scale * sar, (y + 0.5) * scale, confidence];
  }

  isChosen([, slot, track]) {
    return this.who.value === `track=${track}` || this.who.value === `person=${slot}`;
  }

  paintPerson(pen, person, scale, sar, height, labels) {
    const [, slot, track, values] = person;
    const unit = Math.max(1.5, height / 260);
    const at = (joint) => this.placeOf(values, joint, scale, sar);
    const colour = palette[(track ?? slot) % palette.length];
    const isLater = Math.floor((track ?? slot) / palette.length) % 2 === 1;
    pen.lineCap = "round";
    for (const pass of [0, 1]) {
      pen.setLineDash(pass === 1 && isLater ? [unit * 3, unit * 4] : []);
      for (const [from, to] of this.edges) {
        const a = at(from), b = at(to);
        if (!a || !b) continue;
        pen.strokeStyle = pass === 0 ? "#000a" : shade(colour, Math.sign(this.sides[from] + this.sides[to]));
        pen.lineWidth = unit * (pass === 0 ? 2.6 : 1.5);
        pen.beginPath();
        pen.moveTo(a[0], a[1]);
        pen.lineTo(b[0], b[1]);
        pen.stroke();
      }
    }
    pen.setLineDash([]);
    const isChosen = this.isChosen(person);
    for (let joint = 0; joint < this.joints.length; joint++) {
      const p = at(joint);
      if (!p) continue;
      const isPlotted = isChosen && this.joint.selectedIndex === joint;
      pen.beginPath();
      pen.arc(p[0], p[1], unit * (isPlotted ? 2.6 : 1.5), 0, 7);
      pen.fillStyle = isPlotted ? "#fff" : shade(colour, 1);
      pen.fill();
      pen.strokeStyle = "#000";
      pen.lineWidth = unit * 0.5;
      pen.stroke();
      if (this.withNames.checked) label(pen, this.joints[joint], p[0] + unit * 3, p[1], unit * 5);
    }
    const seen = Array.from({ length: this.joints.length }, (_, joint) => at(joint)).filter(Boolean);
    if (seen.length === 0) return;
    const topmost = seen.reduce((best, one) => (one[1] < best[1] ? one : best));
    const text = track !== null ? `#${track}` : `${slot + 1}`, size = unit * 6;
    pen.font = labelFont(size);
    const box = { x: topmost[0] + unit * 2, y: Math.max(unit * 7, topmost[1] - unit * 5), w: pen.measureText(text).width + unit * 2, h: size * 1.15 };
    // Numbers that touch would be read as one.
    const meets = (one) => one.x < box.x + box.w && box.x < one.x + one.w && Math.abs(one.y - box.y) < box.h;
    for (let tries = 0; tries < 12 && labels.some(meets); tries++) box.y = tries < 6 ? box.y - box.h / 2 : box.y + (tries === 6 ? 4 : 1) * box.h;
    box.y = Math.max(unit * 4, box.y);
    labels.push(box);
    label(pen, text, box.x, box.y, size);
  }

  // The joint that was clicked at, and whose it is, is shown in the plots.
  pick(event) {
    if (!this.drawn) return;
    const box = this.canvas.getBoundingClientRect();
    // The canvas is as wide as the stage; the picture lies in the middle of it, as high or as wide as fits.
    const shown = Math.min(box.width / this.canvas.width, box.height / this.canvas.height);
    const x = (event.clientX - box.left - (box.width - this.canvas.width * shown) / 2) / shown;
    const y = (event.clientY - box.top - (box.height - this.canvas.height * shown) / 2) / shown;
    const { scale, sar, people } = this.drawn;
    let best = null;
    for (const person of people) {
      for (let joint = 0; joint < this.joints.length; joint++) {
        const place = this.placeOf(person[3], joint, scale, sar);
        const far = place ? Math.hypot(place[0] - x, place[1] - y) * shown : Infinity;
        if (far < (best?.far ?? 24)) best = { far, joint, person };
      }
    }
    if (!best) return;
    const [, slot, track] = best.person;
    const value = track !== null ? `track=${track}` : `person=${slot}`;
    if (![...this.who.options].some((option) => option.value === value)) {
      this.who.append(el("option", { value }, track !== null ? `track ${track}` : `person ${slot + 1} of each frame`));
    }
    this.who.value = value;
    this.joint.selectedIndex = best.joint;
    this.choose();
  }

  choose() {
    this.paint();
    return this.loadSeries();
  }

  // --- playing ---

  toggle() {
    if (this.isPlaying) this.stop();
    else this.start();
  }

  start() {
    if (this.frames < 2) return;
    if (this.frame >= this.frames - 1) this.frame = 0;
    this.isPlaying = true;
    setText(this.play, "⏸ Pause");
    let last = performance.now(), owed = 0, waited = 0;
    const tick = (now) => {
      if (!this.isPlaying || this.isClosed) return;
      owed += Math.min(0.25, (now - last) / 1000) * Number(this.speed.value);
      last = now;
      while (this.isPlaying) {
        const next = this.frame + 1;
        if (next >= this.frames) {
          this.stop();
          break;
        }
        const here = this.dataNow(this.frame), then = this.dataNow(next);
        if (!here || !then) {
          this.chunkOf(next).catch(() => {});
          owed = 0;
          break;
        }
        const step = Math.min(longestWait, Math.max(1e-3, then.frame[0] - here.frame[0]));
        if (owed < step) break;
        const picture = this.withPicture.checked && then.frame[1] !== "undecodable" ? this.wantPicture(next) : null;
        if (picture && !picture.bitmap && !picture.failed && !this.noPictures && waited < 4000) {
          waited += 16;
          owed = step;
          break;
        }
        waited = 0;
        owed -= step;
        this.show(next);
      }
      this.prefetch(this.frame);
      const soon = Math.min(this.frames - 1, this.frame + chunk / 2);
      if (!this.dataNow(soon)) this.chunkOf(soon).catch(() => {});
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  stop() {
    this.isPlaying = false;
    setText(this.play, "▶ Play");
  }

  // --- the bar and the plots ---

  async loadSeries() {
    const query = new URLSearchParams({ keypoint: this.joint.value, buckets: "800" });
    const [name, value] = (this.who.value || "person=0").split("=");
    query.set(name, value);
    const seconds = Number(this.window.value);
    const middle = this.dataNow(this.frame)?.frame[0] ?? 0;
    if (seconds > 0) {
      query.set("from", String(this.frameAt(middle - seconds / 2, Math.floor)));
      query.set("to", String(this.frameAt(middle + seconds / 2, Math.ceil)));
    }
    const ticket = (this.ticket = (this.ticket ?? 0) + 1);
    let series;
    try {
      series = await get(`/api/jobs/${this.id}/series?${query}`);
    } catch (failure) {
      if (!this.isClosed) toast(`The plots could not be drawn: ${failure.status ? failure.message : "the service does not answer."}`);
      return;
    }
    if (ticket !== this.ticket || this.isClosed) return;
    const first = series.buckets[0]?.[1] ?? 0, last = series.buckets.at(-1)?.[1] ?? 1;
    const range = seconds > 0 ? [Math.max(first, middle - seconds / 2), Math.min(last, middle + seconds / 2)] : [first, last];
    if (range[1] <= range[0]) range.splice(0, 2, middle - 0.5, middle + 0.5);   // one frame stands in the middle
    series.axis = axisOf(series.buckets.map((bucket) => bucket[1]), range);
    this.series = series;
    this.drawAround();
  }

  // The frame shown at a time, or a little outside of it: frames need not come at an even pace.
  frameAt(time, round) {
    const { buckets } = this.ledger;
    let [low, high] = [0, buckets.length];
    while (high - low > 1) {
      const half = (low + high) >> 1;
      if (buckets[half][1] <= time) low = half;
      else high = half;
    }
    const [from, begin] = buckets[low];
    const [to, end] = buckets[low + 1] ?? [this.frames - 1, this.ledger.duration];
    const share = end > begin ? Math.min(1, Math.max(0, (time - begin) / (end - begin))) : 0;
    const slack = round === Math.ceil ? 1 : -1;
    return Math.min(this.frames - 1, Math.max(0, round(from + share * (to - from)) + slack));
  }

  drawAround() {
    if (!this.ledger || this.isClosed) return;
    drawBar(this.bar, this.ledger, (this.frame + 0.5) / Math.max(1, this.frames));
    if (!this.series) return;
    const cursor = this.dataNow(this.frame)?.frame[0] ?? null;
    this.plots.forEach((canvas, index) => {
      const name = canvas.dataset.plot;
      // In frames that were left out on purpose nobody was looked for: they are no gap.
      const isLeftOut = (bucket) => bucket[6] === null && bucket[8] === Math.min(this.series.step, this.series.to - bucket[0] + 1);
      const points = this.series.buckets.filter((bucket) => !isLeftOut(bucket)).map((bucket) => [bucket[1], bucket[2 + index * 2], bucket[3 + index * 2]]);
      const found = draw(canvas, {
        points, axis: this.series.axis, cursor, bounds: name === "confidence" ? [0, 1.02] : null,
        title: name === "confidence" ? "confidence" : `${name} (px)${this.isSmoothed ? ", smoothed" : ""}`, turned: name === "y",
      });
      canvas.setAttribute("aria-label", found
        ? `${name} of ${this.joint.value} over time, from ${found.least.toFixed(2)} to ${found.most.toFixed(2)}`
        : `${name} of ${this.joint.value}: not found in this stretch`);
    });
  }
}

// No answer, or one that says to come back: it may be better in a moment.
const isPassing = (failure) => !failure.status || failure.status === 503;

// The person's left (-1) is darker than the right (1), so that a turned body shows.
function shade(colour, side) {
  const part = (at) => {
    const value = parseInt(colour.slice(at, at + 2), 16);
    return Math.round(side < 0 ? value * 0.72 : side > 0 ? value + (255 - value) * 0.35 : value);
  };
  return `rgb(${part(0)} ${part(2)} ${part(4)})`;
}

const labelFont = (size) => `600 ${size}px system-ui, sans-serif`;

function label(pen, text, x, y, size) {
  pen.font = labelFont(size);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.lineWidth = size / 4;
  pen.lineJoin = "round";
  pen.strokeStyle = "#000c";
  pen.strokeText(text, x, y);
  pen.fillStyle = "#fff";
  pen.fillText(text, x, y);
}

function pixelShape(text) {
  const [a, b] = String(text ?? "1/1").split(/[/:]/).map(Number);
  return a > 0 && b > 0 ? a / b : 1;
}
