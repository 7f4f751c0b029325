// Small plots on canvas: a line, or a band from least to most where a stretch holds many frames.
import { span as clock } from "./text.js";

const left = 52, right = 8, top = 20, bottom = 18;

// Makes the canvas as sharp as the screen; gives its size in CSS pixels.
export function fit(canvas) {
  const box = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(box.width * ratio)), height = Math.max(1, Math.round(box.height * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, box.width, box.height);
  return { pen, width: box.width, height: box.height };
}

export function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

// Round numbers between two values, as many as asked for or a few more: fewer than two would leave a scale that cannot be read.
export function ticks(least, most, count) {
  const raw = (most - least) / Math.max(1, count);
  if (!(raw > 0)) return [least];
  const power = 10 ** Math.floor(Math.log10(raw));
  return every([1, 2, 5, 10].map((factor) => factor * power).findLast((one) => one <= raw), least, most);
}

function every(step, least, most) {
  const list = [];
  for (let at = Math.ceil(least / step - 1e-9) * step; at <= most + step * 1e-9; at += step) list.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return list;
}

const timeSteps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

function timeTicks(from, to, count) {
  const raw = (to - from) / Math.max(1, count);
  if (raw <= 30) return ticks(from, to, count * 0.7);
  return every(timeSteps.find((step) => step >= raw) ?? Math.ceil(raw / 86400) * 86400, from, to);
}

// Seconds as the clock beside the frame says them, as soon as there are minutes.
function timeText(seconds, range) {
  if (range[1] < 60) return `${Number(seconds.toPrecision(6))} s`;
  const part = Number((seconds % 1).toFixed(3));
  return part > 0 && part < 1 ? `${clock(Math.floor(seconds))}${String(part).slice(1)}` : clock(seconds);
}

// A line of time over the width, where a long time without any frame takes next to no room: times is rising.
export function axisOf(times, range) {
  const within = times.filter((time) => time > range[0] && time < range[1]);
  const all = [range[0], ...within, range[1]];
  const gaps = all.slice(1).map((time, index) => time - all[index]);
  const usual = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  const isVoid = (gap) => gaps.length > 4 && gap > 20 * usual && gap > (range[1] - range[0]) / 10;
  const pieces = [];
  let from = range[0];
  gaps.forEach((gap, index) => {
    if (!isVoid(gap)) return;
    pieces.push([from, all[index]]);
    from = all[index + 1];
  });
  pieces.push([from, range[1]]);
  const seconds = pieces.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const hole = 0.03;
  const room = 1 - hole * (pieces.length - 1);
  let at = 0;
  const parts = pieces.map(([begin, end]) => {
    const share = seconds > 0 ? ((end - begin) / seconds) * room : room / pieces.length;
    const part = { begin, end, left: at, right: at + share };
    at += share + hole;
    return part;
  });
  const share = (time) => {
    const part = parts.find((one) => time <= one.end) ?? parts.at(-1);
    return time < part.begin ? Math.max(0, part.left - hole / 2) : part.left + ((time - part.begin) / Math.max(1e-9, part.end - part.begin)) * (part.right - part.left);
  };
  const time = (place) => {
    const part = parts.find((one) => place <= one.right + hole / 2) ?? parts.at(-1);
    return part.begin + Math.min(1, Math.max(0, (place - part.left) / Math.max(1e-9, part.right - part.left))) * (part.end - part.begin);
  };
  return { range, parts, share, time };
}

export const timeAt = (canvas, event, axis) => {
  const box = canvas.getBoundingClientRect();
  return axis.time(Math.min(1, Math.max(0, (event.clientX - box.left - left) / Math.max(1, box.width - left - right))));
};

// points: [time, least, most] or [time, null, null]; axis: the time shown; bounds: fixed [least, most] or null.
export function draw(canvas, { points, axis, bounds, cursor, title, turned }) {
  const { pen, width, height } = fit(canvas);
  const colour = colours();
  const known = points.filter((point) => point[1] !== null);
  let [least, most] = bounds ?? [Infinity, -Infinity];
  if (!bounds) {
    for (const point of known) {
      least = Math.min(least, point[1]);
      most = Math.max(most, point[2]);
    }
    if (least > most) [least, most] = [0, 1];
    const margin = Math.max((most - least) * 0.06, 0.5);
    least -= margin;
    most += margin;
  }

  const wide = width - left - right;
  const x = (time) => left + axis.share(time) * wide;
  const y = (value) => {
    const share = (value - least) / (most - least);
    return top + (turned ? share : 1 - share) * (height - top - bottom);
  };
  pen.font = "11px system-ui, sans-serif";
  pen.lineWidth = 1;
  for (const tick of ticks(least, most, 2)) {
    pen.strokeStyle = colour("line");
    pen.beginPath();
    pen.moveTo(left, Math.round(y(tick)) + 0.5);
    pen.lineTo(width - right, Math.round(y(tick)) + 0.5);
    pen.stroke();
    pen.fillStyle = colour("soft");
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(String(Number(tick.toPrecision(6))), left - 5, y(tick));
  }
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  let taken = -Infinity;
  for (const { begin, end, left: from, right: to } of axis.parts) {
    const list = timeTicks(begin, end, Math.max(2, Math.floor(((to - from) * wide) / 110)));
    for (const tick of list.length > 0 ? list : [begin]) {
      const text = timeText(tick, axis.range);
      const half = pen.measureText(text).width / 2;
      const place = Math.min(width - half - 1, Math.max(half + 1, x(tick)));
      if (place - half < taken) continue;
      taken = place + half + 6;
      pen.fillText(text, place, height - 4);
    }
  }
  // Where the line of time is cut.
  axis.parts.slice(1).forEach((part, index) => {
    const from = left + axis.parts[index].right * wide, to = left + part.left * wide;
    pen.fillStyle = colour("line");
    pen.fillRect(from, top, to - from, height - top - bottom);
  });

  pen.strokeStyle = colour("plot");
  pen.fillStyle = colour("band");
  pen.lineWidth = 1.5;
  pen.lineJoin = "round";
  let run = [];
  const flush = () => {
    if (run.length > 0) {
      pen.beginPath();
      run.forEach((point) => pen.lineTo(x(point[0]), y(point[2])));
      for (let i = run.length - 1; i >= 0; i--) pen.lineTo(x(run[i][0]), y(run[i][1]));
      pen.fill();
      pen.beginPath();
      run.forEach((point) => pen.lineTo(x(point[0]), y((point[1] + point[2]) / 2)));
      if (run.length === 1) pen.arc(x(run[0][0]), y((run[0][1] + run[0][2]) / 2), 1.2, 0, 7);
      pen.stroke();
    }
    run = [];
  };
  pen.save();
  pen.beginPath();
  pen.rect(left, top - 2, wide, height - top - bottom + 3);
  pen.clip();
  const ends = axis.parts.slice(0, -1).map((part) => part.end);
  for (const point of points) {
    if (run.length > 0 && ends.some((end) => run.at(-1)[0] <= end && point[0] > end)) flush();
    if (point[1] === null) flush();
    else run.push(point);
  }
  flush();
  if (cursor !== null) {
    pen.strokeStyle = colour("text");
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(Math.round(x(cursor)) + 0.5, 0);
    pen.lineTo(Math.round(x(cursor)) + 0.5, height - bottom);
    pen.stroke();
  }
  pen.restore();
  pen.fillStyle = colour("text");
  pen.textAlign = "left";
  pen.font = "600 12px system-ui, sans-serif";
  pen.fillText(title, left, 13);
  if (known.length === 0) {
    pen.fillStyle = colour("soft");
    pen.font = "13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText("not found in this stretch", (left + width - right) / 2, (top + height - bottom) / 2 + 4);
  }
  return known.length > 0 ? { least: Math.min(...known.map((p) => p[1])), most: Math.max(...known.map((p) => p[2])) } : null;
}

// The ledger as a bar: people as area, what is not ok as marks; the place in it is by frame.
export function drawBar(canvas, ledger, share) {
  const { pen, width, height } = fit(canvas);
  const colour = colours();
  pen.fillStyle = colour("line");
  pen.globalAlpha = 0.45;
  pen.fillRect(0, 0, width, height);
  pen.globalAlpha = 1;
  const count = Math.max(1, ledger.frames);
  const x = (frame) => (frame / count) * width;
  const floor = height - 10;
  pen.fillStyle = colour("band");
  const size = ledger.buckets.length > 1 ? ledger.buckets[1][0] - ledger.buckets[0][0] : count;
  // One area: more buckets than pixels share some, and what is painted twice would be darker there.
  pen.beginPath();
  for (const [from, , people] of ledger.buckets) {
    if (people > 0) {
      const tall = (people / Math.max(1, ledger.most_people)) * (floor - 4);
      // Whole pixels, so that neighbours neither overlap nor leave a seam.
      const begin = Math.floor(x(from));
      pen.rect(begin, floor - tall, Math.max(1, Math.floor(x(from + size)) - begin), tall);
    }
  }
  pen.fill();
  // The edge of the area, as its own colour is too light to be told from the ground by everybody.
  pen.fillStyle = colour("plot");
  for (const [from, , people] of ledger.buckets) {
    if (people > 0) pen.fillRect(Math.floor(x(from)), floor - (people / Math.max(1, ledger.most_people)) * (floor - 4), Math.max(1, Math.ceil(x(size))), 1.5);
  }
  const mark = (status, from, to) => {
    pen.fillStyle = colour(status);
    pen.fillRect(x(from), status === "skipped" ? floor + 3 : 0, Math.max(2, x(to + 1 - from)), status === "skipped" ? 7 : height);
  };
  if (ledger.runs) {
    for (const [status, from, to] of ledger.runs) mark(status, from, to);
  } else {
    for (const [from, , , skipped, corrupt, undecodable] of ledger.buckets) {
      if (skipped > 0) mark("skipped", from, from + size - 1);
      if (corrupt > 0) mark("corrupt", from, from);
      if (undecodable > 0) mark("undecodable", from, from);
    }
  }
  pen.fillStyle = colour("text");
  pen.fillRect(Math.min(width - 2, Math.max(0, share * width - 1)), 0, 2, height);
}
