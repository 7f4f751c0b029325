// Takes videos in, by drop or by the file chooser, and shows how far each is.
import { at, problemOf } from "./api.js";
import { el, setText, toast } from "./dom.js";
import { bytes, plain } from "./text.js";

const atOnce = 2;
const waiting = [];
let running = 0;

export function prepare() {
  const input = document.getElementById("file");
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });

  const drop = document.getElementById("drop");
  let depth = 0;
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth++;
    drop.hidden = false;
  });
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    drop.hidden = depth === 0;
  });
  window.addEventListener("drop", (event) => {
    depth = 0;
    drop.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    // The browser forgets what was dropped as soon as this returns, so all of it is taken hold of at once.
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const dropped = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
    add(dropped.filter(({ entry, file }) => file && !entry?.isDirectory).map(({ file }) => file));
    for (const { entry } of dropped) if (entry?.isDirectory) addFolder(entry);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running > 0) event.preventDefault();
  });
}

function add(files, folder = null) {
  for (const file of files) {
    waiting.push(row(file, folder));
  }
  next();
}

// A folder stands for the videos in it and below.
async function addFolder(entry) {
  try {
    const files = (await filesOf(entry)).filter((file) => !file.name.startsWith("."));
    if (files.length === 0) toast(`The folder ${entry.name} is empty.`);
    add(files, { name: entry.name, passedOver: 0, left: files.length });
  } catch (failure) {
    toast(`The folder ${entry.name} cannot be read: ${failure.message}`);
  }
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return files;
    for (const one of some) files.push(...await filesOf(one));
  }
}

// Of a folder, what is no video is counted, not complained about one by one.
function settle(upload, isPassedOver) {
  const folder = upload.folder;
  if (!folder || upload.isSettled) return;
  upload.isSettled = true;
  folder.left--;
  if (isPassedOver) folder.passedOver++;
  if (folder.left === 0 && folder.passedOver > 0) toast(`Passed over in ${folder.name}, as they are no videos: ${folder.passedOver === 1 ? "one file" : `${folder.passedOver} files`}.`);
}

// Many that come one after the other are said in one place: a folder of videos would cover the page with news.
let news = null;
let count = 0;

function arrived(name) {
  count++;
  if (count > 1 && news?.(`${count} videos are in the watched folder, the last of them ${name}.`)) return;
  count = 1;
  news = toast(`${name} is in the watched folder.`);
}

function row(file, folder) {
  const text = el("span", { class: "soft" }, "waiting");
  const bar = el("progress", { max: 1, value: 0, "aria-label": `Upload of ${file.name}` });
  const stop = el("button", { type: "button", class: "small", "aria-label": `Stop the upload of ${file.name}` }, "Stop");
  const element = el("div", { class: "card job upload" }, el("div", { class: "row" }, el("span", { class: "name" }, plain(file.name)), text, stop), bar);
  const section = document.getElementById("uploads");
  section.hidden = false;
  section.append(element);
  const upload = { file, folder, text, bar, stop, request: null, element };
  stop.addEventListener("click", () => {
    upload.request?.abort();
    const place = waiting.indexOf(upload);
    if (place >= 0) waiting.splice(place, 1);
    settle(upload, false);
    end(upload);
  });
  return upload;
}

function next() {
  while (running < atOnce && waiting.length > 0) {
    running++;
    send(waiting.shift());
  }
}

function send(upload) {
  const request = new XMLHttpRequest();
  upload.request = request;
  request.open("PUT", at(`/api/uploads/${encodeURIComponent(upload.file.name)}`));
  request.upload.onprogress = (event) => {
    upload.bar.value = event.loaded / Math.max(1, upload.file.size);
    setText(upload.text, `${bytes(event.loaded)} of ${bytes(upload.file.size)}`);
  };
  request.onloadend = async () => {
    running--;
    next();
    if (request.status === 201) {
      arrived(JSON.parse(request.responseText).name);
      settle(upload, false);
      end(upload);
    } else if (request.status === 415 && upload.folder) {
      settle(upload, true);
      end(upload);
    } else if (upload.element.isConnected) {
      settle(upload, false);
      const problem = request.status === 0
        ? { detail: "The connection broke; nothing was kept." }
        : await problemOf(new Response(request.responseText, { status: request.status }));
      setText(upload.text, [problem.detail, problem.advice].filter(Boolean).join(" "));
      upload.text.classList.add("bad");
      setText(upload.stop, "Close");
      upload.stop.setAttribute("aria-label", `Close the note on ${upload.file.name}`);
      upload.bar.hidden = true;
      if (request.status === 0 || request.status >= 500) upload.stop.before(again(upload));
    }
  };
  request.send(upload.file);
}

// What broke on the way may be better in a moment, and the browser still has the file.
function again(upload) {
  const button = el("button", { type: "button", class: "small", "aria-label": `Try the upload of ${upload.file.name} again` }, "Try again");
  button.addEventListener("click", () => {
    upload.text.classList.remove("bad");
    setText(upload.text, "waiting");
    upload.bar.value = 0;
    upload.bar.hidden = false;
    setText(upload.stop, "Stop");
    upload.stop.setAttribute("aria-label", `Stop the upload of ${upload.file.name}`);
    upload.stop.focus();
    button.remove();
    upload.request = null;
    waiting.push(upload);
    next();
  });
  return button;
}

function end(upload) {
  upload.element.remove();
  const section = document.getElementById("uploads");
  section.hidden = section.children.length === 0;
}
