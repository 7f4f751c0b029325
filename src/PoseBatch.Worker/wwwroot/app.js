// Puts the page together: what is known of the jobs, the live stream, and which view is shown.
import { follow, get } from "./api.js";
import { setText } from "./dom.js";
import { groups, isOver, JobsView } from "./jobs.js";
import { JobView } from "./job.js";
import { prepare } from "./upload.js";

const mostKnown = 20000, lasting = 3000;
const store = {
  jobs: new Map(),
  settling: { files: [], trouble: null },
  counts: {},
  waits: null,
  waitsSince: null,
  take(list) {
    for (const job of list) this.jobs.set(job.job_id, job);
    this.forget();
    changed();
  },
  // A page may stay open for months: of what is over, the oldest go first.
  forget() {
    if (this.jobs.size <= mostKnown) return;
    const over = [...this.jobs.values()].filter((job) => isOver(job) && job.job_id !== shown.id).map((job) => job.job_id).sort();
    for (const id of over.slice(0, this.jobs.size - mostKnown)) this.jobs.delete(id);
  },
  count({ counts, waits }) {
    this.counts = counts;
    // Between an end and the next begin there is room for a moment: only what lasts is worth a word.
    if (!waits) this.waits = this.waitsSince = null;
    else if ((this.waitsSince ??= Date.now()) <= Date.now() - lasting) this.waits = waits;
    else setTimeout(recount, lasting);
    changed();
  },
};

const list = new JobsView(store);
let shown = list;
let drawing = false;

// Many changes at once are drawn once.
function changed() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (shown === list) list.render();
    else shown.update(store.jobs.get(shown.id));
  });
}

let counting = null;
function recount() {
  counting ??= setTimeout(async () => {
    counting = null;
    try {
      store.count(await get("/api/jobs?limit=1"));
    } catch {
      // The stream says whether the service is there.
    }
  }, 700);
}

async function load() {
  await list.loadMore();
  // The newest of all may all be of one group: the newest of each are asked for by themselves.
  const some = await Promise.all(groups.filter((group) => group.statuses.length > 0)
    .map((group) => get(`/api/jobs?limit=50&status=${group.statuses.join(",")}`)));
  store.take(some.flatMap((page) => page.jobs));
}

function idOf(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;   // somebody's own typing: the service says that there is no such job
  }
}

function route() {
  const view = document.getElementById("view");
  const match = /^#\/job\/([^/]+)$/.exec(location.hash);
  const left = shown === list ? null : shown.id;
  if (shown === list) list.scrolled = scrolled;
  else shown.close();
  shown = match ? new JobView(idOf(match[1]), (job) => store.take([job]), store) : list;
  view.replaceChildren(shown.element);
  document.title = "PoseBatch";
  if (shown === list) list.render();
  else shown.open(store.jobs.get(shown.id));
  const isBack = shown === list && left !== null && list.comeBack(left);
  if (!isBack) {
    if (route.isLater) document.getElementById("main").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  route.isLater = true;
}

const link = document.getElementById("link");
const outage = document.getElementById("outage");
let lastWord = null;
let isAway = false;
let saying = null;

// A stream that is only renewed comes back within a moment; what takes longer is said, with the age of what is shown.
function tell(state, reason) {
  link.dataset.state = state;
  setText(link, state === "live" ? "live" : "reconnecting");
  if (state === "live") {
    lastWord = new Date();
    clearTimeout(saying);
    saying = null;
    outage.hidden = true;
    if (isAway) {
      isAway = false;
      load().catch(() => {});
      shown.recover?.();
    }
    return;
  }
  isAway = true;
  const say = () => {
    setText(outage, `${reason ?? "The service does not answer."} ${lastWord ? `What is shown is from ${lastWord.toLocaleTimeString("sv")}.` : ""} The page goes on by itself.`);
    outage.hidden = false;
  };
  if (reason) say();
  else if (outage.hidden) saying ??= setTimeout(say, 1500);
}

// The browser may have gone to the top by the time it says that the address has changed.
let scrolled = 0;
history.scrollRestoration = "manual";
window.addEventListener("scroll", () => { if (shown === list && !/^#\/job\//.test(location.hash)) scrolled = window.scrollY; }, { passive: true });
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();   // the address says what is shown
  document.getElementById("main").focus();
});

prepare();
window.addEventListener("hashchange", route);
route();
load().catch((failure) => tell("away", failure.status ? failure.message : undefined));
follow(
  {
    job: (job) => store.take([job]),
    history: recount,
    settling: (settling) => {
      store.settling = settling;
      changed();
    },
  },
  tell,
);
setInterval(() => {
  changed();   // "2 min ago" grows old
  if (!document.hidden && store.counts.queued > 0) recount();   // and what is waited for may be another reason
}, 15000);
