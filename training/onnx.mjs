// Runs a four-head ONNX file in ONNX Runtime (one CPU thread): speed, identical results at any batch, decoded joints.
//
// node onnx.mjs MODEL.onnx FRAMES.f32 OUT.json [DISTANCE_BIAS]     5 for our file, the default; published MoveNets use 1.8
// Needs the npm package onnxruntime-node, found from the current folder.
// FRAMES.f32 holds pictures [3,192,192] RGB 0..255 as float32: `python3 evaluate.py --write-frames CLIP whole FRAMES.f32`.
// Two uses: checking the shipped file against PyTorch (evaluate.py --compare OUT.json), and reference joints of a clip
// that has none, from a published network (evaluate.py --unseen). Training reads neither.
import fs from "node:fs";
import { createRequire } from "node:module";

const ort = createRequire(process.cwd() + "/")("onnxruntime-node");
const [model, frames, out, bias = "5"] = process.argv.slice(2);
const bytes = fs.readFileSync(frames);
const pictures = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const size = 3 * 192 * 192, side = 48, plane = side * side, count = pictures.length / size;

const run = (first, batch) =>
  session.run({ image: new ort.Tensor("float32", pictures.subarray(first * size, (first + batch) * size), [batch, 3, 192, 192]) });

/** The person nearest the middle, as network.py's decode: 17 x [x, y, score] in input pixels. */
function decode({ center, kpt_heatmap: heat, kpt_regress: regress, kpt_offset: offset }) {
  const peak = (map, start, x0, y0) => {
    let best = -1, at = 0;
    for (let i = 0; i < plane; i++) {
      const value = map[start + i] / (Math.hypot(i % side - x0, Math.floor(i / side) - y0) + Number(bias));
      if (value > best) { best = value; at = i; }
    }
    return at;
  };
  const middle = peak(center.data, 0, side / 2, side / 2), joints = [];
  for (let k = 0; k < 17; k++) {
    const x = middle % side + regress.data[2 * k * plane + middle], y = Math.floor(middle / side) + regress.data[(2 * k + 1) * plane + middle];
    const cell = peak(heat.data, k * plane, x, y);
    joints.push([(cell % side + offset.data[2 * k * plane + cell]) * 4, (Math.floor(cell / side) + offset.data[(2 * k + 1) * plane + cell]) * 4,
      heat.data[k * plane + cell]].map(v => Number(v.toFixed(4))));
  }
  return joints;
}

const alone = [], times = [], rows = [];
for (let i = 0; i < count; i++) {
  const began = performance.now();
  alone.push(await run(i, 1));
  times.push(performance.now() - began);
  rows.push({ frame: i, joints: decode(alone[i]) });
}
times.sort((a, b) => a - b);
console.log(`${count} frames, batch 1, one thread: median ${times[count >> 1].toFixed(2)} ms, fastest ${times[0].toFixed(2)} ms`);
for (const batch of [2, 3, 8, 16]) {
  let different = 0, most = 0, spent = 0, done = 0;
  for (let first = 0; first + batch <= count && first < 64; first += batch) {
    const began = performance.now(), together = await run(first, batch);
    spent += performance.now() - began; done += batch;
    for (const name of session.outputNames) {
      const length = together[name].data.length / batch;
      for (let b = 0; b < batch; b++) for (let i = 0; i < length; i++) {
        const distance = Math.abs(together[name].data[b * length + i] - alone[first + b][name].data[i]);
        if (distance > 0) { different++; most = Math.max(most, distance); }
      }
    }
  }
  if (done) console.log(`batch ${batch}: ${different} numbers differ from batch 1 (largest difference ${most}), ${(spent / done).toFixed(2)} ms per frame`);
}
if (out) fs.writeFileSync(out, JSON.stringify({ space: "model input, 192 x 192", frames: rows }) + "\n");
