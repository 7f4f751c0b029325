// Puts the page together: what is known of the jobs, the live stream, and which view is shown.
import { follow, get } from "./api.js";
import { setText } from "./dom.js";
import { groups, JobsView } from "./jobs.js";
import { JobView } from "./job.js";
import { prepare } from "./upload.js";

const store = {
  jobs: new Map(),
  settling: { files: [], trouble: null },
  counts: {},
  take(list) {
    for (const job of list) this.jobs.set(job.job_id, job);
    changed();
  },
  count(counts) {
    this.counts = counts;
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
    list.render();
    if (shown !== list) shown.update(store.jobs.get(shown.id));
  });
}

let counting = null;
function recount() {
  counting ??= setTimeout(async () => {
    counting = null;
    try {
      store.count((await get("/api/jobs?limit=1")).counts);
    } catch {
      // The stream says whether the service is there.
    }
  }, 700);
}

async function load() {
  await list.loadMore();
  const held = groups.filter((group) => ["running", "waiting"].includes(group.id)).flatMap((group) => group.statuses);
  store.take((await get(`/api/jobs?limit=200&status=${held.join(",")}`)).jobs);
}

function route() {
  const view = document.getElementById("view");
  const match = /^#\/job\/([^/]+)$/.exec(location.hash);
  if (shown !== list) shown.close();
  shown = match ? new JobView(decodeURIComponent(match[1]), (job) => store.take([job])) : list;
  view.replaceChildren(shown.element);
  document.title = "PoseBatch";
  if (shown === list) list.render();
  else shown.open(store.jobs.get(shown.id));
  if (route.isLater) document.getElementById("main").focus({ preventScroll: true });
  route.isLater = true;
  window.scrollTo(0, 0);
}

const link = document.getElementById("link");
prepare();
window.addEventListener("hashchange", route);
route();
load().catch((failure) => {
  setText(link, failure.message);
});
follow(
  {
    job: (job) => store.take([job]),
    history: recount,
    settling: (settling) => {
      store.settling = settling;
      changed();
    },
  },
  (state) => {
    link.dataset.state = state;
    setText(link, state === "live" ? "live" : "reconnecting");
  },
);
setInterval(changed, 15000);   // "2 min ago" grows old
