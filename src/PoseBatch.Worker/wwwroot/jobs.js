// The list: waiting, settling, running, done, failed; kept up to date in place.
import { get, post } from "./api.js";
import { arrange, el, setText, toast } from "./dom.js";
import { bytes, fileName, folded, number, plain, span, when } from "./text.js";

export const groups = [
  { id: "running", title: "Running", statuses: ["leased", "running", "finalizing", "cancelling"] },
  { id: "settling", title: "Settling", statuses: [] },
  { id: "waiting", title: "Waiting", statuses: ["queued", "retry_wait"] },
  { id: "done", title: "Done", statuses: ["completed", "duplicate"] },
  { id: "failed", title: "Failed", statuses: ["dead", "cancelled"] },
];

const words = {
  queued: "waiting", leased: "starting", running: "running", finalizing: "finishing", retry_wait: "will retry", cancelling: "cancelling",
  completed: "done", duplicate: "done before", dead: "failed", cancelled: "cancelled",
};
const kinds = {
  queued: "wait", leased: "run", running: "run", finalizing: "run", retry_wait: "wait", cancelling: "wait",
  completed: "good", duplicate: "good", dead: "bad", cancelled: "wait",
};
// Among all jobs those that wait are few: thousands of them would hide what has ended.
const mostCards = 200, mostWaiting = 10, searched = 50, searchPage = 1000;

const stages = { decode: "decoding sets the pace", infer: "the model sets the pace", write: "writing sets the pace" };

export const groupOf = (job) => groups.find((group) => group.statuses.includes(job.status))?.id;
export const isOver = (job) => ["completed", "duplicate", "dead", "cancelled"].includes(job.status);
export const hasResult = (job) => ["completed", "duplicate"].includes(job.status) && job.result_path;
export const nameOf = (job) => plain(job.spec.source_id ?? fileName(job.spec.source.path));

export function pill(job) {
  return el("span", { class: `pill ${kinds[job.status] ?? "wait"}` }, words[job.status] ?? job.status);
}

export function buttons(job, changed) {
  // Not disabled: that would take the focus away from whoever works with keys.
  const act = (verb) => async ({ currentTarget: button }) => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    try {
      changed(await post(`/api/jobs/${job.job_id}/${verb}`));
    } catch (failure) {
      toast(failure.message);
      button.ariaDisabled = "false";
    }
  };
  const list = [];
  if (!isOver(job) && job.status !== "cancelling") {
    list.push(el("button", { type: "button", class: "small", "data-act": "cancel", "aria-label": `Cancel ${nameOf(job)}`, onclick: act("cancel") }, "Cancel"));
  }
  if (["dead", "cancelled"].includes(job.status)) {
    list.push(el("button", { type: "button", class: "small", "data-act": "retry", "aria-label": `Retry ${nameOf(job)}`, onclick: act("retry") }, "Retry"));
  }
  return list;
}

// Share of the work by time of the video, and what is left at the present pace.
export function progressOf(job) {
  const p = job.progress;
  if (!p) return null;
  const byTime = p.duration_s > 0;
  const share = byTime ? p.seconds / p.duration_s : p.announced_frames > 0 ? p.frames / p.announced_frames : null;
  let left = null;
  if (p.fps > 0 && p.frames > 0) {
    if (byTime && p.seconds > 0) left = (p.duration_s - p.seconds) / ((p.seconds / p.frames) * p.fps);
    else if (p.announced_frames > 0) left = (p.announced_frames - p.frames) / p.fps;
  }
  return { share: share === null ? null : Math.min(1, Math.max(0, share)), left };
}

export function progressText(job) {
  const p = job.progress;
  if (!p) return job.status === "leased" ? "preparing" : "";
  const { left } = progressOf(job);
  return [
    p.duration_s > 0 ? `${span(p.seconds)} of ${span(p.duration_s)}` : `${number(p.frames)} frames`,
    p.fps > 0 ? `${p.fps.toFixed(p.fps < 10 ? 1 : 0)} fps` : null,
    left !== null && job.status === "running" ? `${span(left)} left` : null,
    stages[p.limited_by] ?? null,
    p.persons === 1 ? "1 pose" : `${number(p.persons)} poses`,
    p.runs,
  ].filter(Boolean).join(" · ");
}

export function trouble(job) {
  const lines = [];
  if (job.status === "retry_wait") {
    const seconds = (new Date(job.run_at) - Date.now()) / 1000;
    lines.push(`attempt ${job.attempt} of ${job.spec.limits?.max_attempts ?? "?"} failed, the next one ${seconds > 0 ? `in ${span(seconds)}` : "as soon as there is room"}`);
  }
  if (job.reason) lines.push(`${job.reason}: ${job.message ?? ""}`);
  else if (job.message && job.status !== "completed") lines.push(job.message);
  if (job.advice) lines.push(job.advice);
  if (job.status === "queued" && job.spec.requires?.gpu) lines.push("Only a worker with a GPU may take it.");
  return lines;
}

// What the result of a job that is done should be read with.
export const warningsOf = (job) => (job.status === "completed" ? job.message ?? "" : "");

function makeCard(job, changed) {
  const name = el("a", { class: "name", href: `#/job/${job.job_id}` }, nameOf(job));
  const state = el("span", {});
  const actions = el("span", { class: "row" });
  const detail = el("p", { class: "soft" });
  const bar = el("progress", { max: 1, "aria-label": `Progress of ${nameOf(job)}` });
  const notes = el("div", { class: "soft" });
  const card = el("li", { class: "card job", "data-id": job.job_id }, el("div", { class: "row" }, name, state, actions), bar, detail, notes);
  let status = null;
  return {
    element: card,
    update(now) {
      card.dataset.status = now.status;
      if (status !== now.status) {
        status = now.status;
        state.replaceChildren(pill(now));
        const focused = actions.contains(document.activeElement);
        actions.replaceChildren(...buttons(now, changed));
        if (focused) (actions.querySelector("button") ?? name).focus();
      }
      const running = groupOf(now) === "running";
      bar.hidden = !running;
      if (running) {
        const share = progressOf(now)?.share ?? null;
        if (share === null) bar.removeAttribute("value");
        else bar.value = share;
      }
      const time = now.finished_at ? `ended ${when(now.finished_at)}` : running && now.started_at ? `begun ${when(now.started_at)}` : `submitted ${when(now.submitted_at)}`;
      setText(detail, [running ? progressText(now) : null, time, now.spec.group ? `group ${now.spec.group}` : null,
        now.status === "duplicate" ? "this video had the same result before" : null].filter(Boolean).join(" · "));
      const lines = trouble(now);
      if (warningsOf(now)) lines.push(`Warning: ${warningsOf(now)}`);
      setText(notes, lines.join(" "));
      notes.hidden = lines.length === 0;
      notes.classList.toggle("bad", now.status === "dead");
    },
  };
}

const countOf = (group, settling, counts) => (group.id === "settling" ? settling.files.length : group.statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0));

function* after(element, step = "nextElementSibling") {
  for (let one = element[step]; one; one = one[step]) yield one;
}

export class JobsView {
  constructor(store) {
    this.store = store;
    this.cards = new Map();
    this.filter = "all";
    this.search = "";
    this.next = {};
    this.most = mostCards;
    this.tabs = new Map();
    this.lists = new Map();
    this.element = el("div", {});
    const tabs = el("div", { class: "tabs", role: "group", "aria-label": "Show" });
    for (const tab of [{ id: "all", title: "All" }, ...groups]) {
      const count = el("span", { class: "count" });
      const button = el("button", { type: "button", "aria-pressed": String(tab.id === "all"), "data-tab": tab.id, onclick: () => this.choose(tab.id) }, tab.title, count);
      this.tabs.set(tab.id, { button, count });
      tabs.append(button);
    }
    const search = el("input", {
      type: "search", placeholder: "Search name, group, label, id", "aria-label": "Search jobs",
      oninput: (event) => {
        this.search = folded(event.target.value.trim());
        this.most = mostCards;
        this.render();
        clearTimeout(this.searching);
        this.searching = setTimeout(() => this.searchOlder(), 300);
      },
    });
    this.notice = el("p", { class: "notice", hidden: true });
    this.empty = el("div", { class: "empty" });
    this.more = el("button", { type: "button", onclick: () => this.showMore() }, "Show older jobs");
    this.element.append(el("h1", { class: "skip" }, "Jobs"), el("div", { class: "bar" }, tabs, search), this.notice);
    for (const group of groups) {
      const heading = el("h2", { class: "group", id: `group-${group.id}` }, group.title);
      const list = el("ul", { class: "list", "aria-labelledby": `group-${group.id}` });
      const waits = group.id === "waiting" ? (this.waits = el("p", { class: "notice", hidden: true })) : null;
      const rest = el("button", { type: "button", class: "small rest", hidden: true, onclick: () => this.choose(group.id) });
      this.lists.set(group.id, { heading, list, rest });
      this.element.append(...[heading, waits, list, rest].filter(Boolean));
    }
    this.element.append(this.empty, this.more);
  }

  choose(tab) {
    this.filter = tab;
    for (const [id, { button }] of this.tabs) button.setAttribute("aria-pressed", String(id === tab));
    if (document.activeElement?.classList.contains("rest")) this.tabs.get(tab).button.focus();
    this.render();
    if (this.next[tab] === undefined && tab !== "settling") this.loadMore();
  }

  // First what is known and not shown, then what the service has.
  async showMore() {
    this.most += mostCards;
    this.render();
    if (!this.isCut && this.next[this.filter]) await this.loadMore();
  }

  // Jobs that were never loaded are searched, too, until there are enough to show.
  async searchOlder() {
    const text = this.search, tab = this.filter;
    while (text !== "" && text === this.search && tab === this.filter && this.shown < searched && this.next[tab]) {
      if (!(await this.loadMore(searchPage))) return;
      this.render();
    }
  }

  async loadMore(limit = 100) {
    const tab = this.filter;
    const statuses = groups.find((group) => group.id === tab)?.statuses ?? [];
    const query = new URLSearchParams({ limit: String(limit) });
    if (statuses.length > 0) query.set("status", statuses.join(","));
    if (this.next[tab]) query.set("before", this.next[tab]);
    try {
      const page = await get(`/api/jobs?${query}`);
      this.next[tab] = page.next;
      this.store.take(page.jobs);
      this.store.count(page);
      return true;
    } catch (failure) {
      toast(failure.message);
      return false;
    }
  }

  matches(job) {
    if (this.search === "") return true;
    const text = [job.spec.source_id, job.spec.source.path, job.spec.group, job.job_id, job.reason, ...Object.entries(job.spec.labels ?? {}).flat()];
    return text.some((one) => one && folded(String(one)).includes(this.search));
  }

  render() {
    const { jobs, settling, counts } = this.store;
    let shown = 0;
    this.isCut = false;
    const items = new Map();
    for (const group of groups) {
      const { heading, list, rest } = this.lists.get(group.id);
      const visible = this.filter === "all" || this.filter === group.id;
      const isShort = this.filter === "all" && this.search === "" && ["waiting", "settling"].includes(group.id);
      let found = [];
      if (visible && group.id === "settling") {
        found = settling.files.filter((file) => folded(file.path).includes(this.search));
      } else if (visible) {
        found = [...jobs.values()].filter((job) => group.statuses.includes(job.status) && this.matches(job)).sort((a, b) => (a.job_id < b.job_id ? 1 : -1));
      }
      const most = isShort ? mostWaiting : this.most;
      this.isCut ||= !isShort && found.length > most;
      items.set(list, found.slice(0, most).map((one) => (group.id === "settling" ? this.settlingCard(one) : this.card(one))));
      const count = countOf(group, settling, counts);
      rest.hidden = this.filter !== "all" || this.search !== "" || found.length === 0 || Math.max(found.length, count) <= items.get(list).length;
      setText(rest, `Show all ${number(Math.max(found.length, count))} ${group.title.toLowerCase()}`);
      if (found.length > 0) heading.hidden = list.hidden = false;
      shown += items.get(list).length;
    }
    this.place(items);
    // Only now: what is hidden cannot keep the focus until it has moved on.
    for (const { heading, list } of this.lists.values()) heading.hidden = list.hidden = list.children.length === 0;
    this.shown = shown;
    const { list: waiting } = this.lists.get("waiting");
    setText(this.waits, this.store.waits ?? "");
    this.waits.hidden = !this.store.waits || waiting.hidden;
    for (const [key, card] of this.cards) if (!card.element.isConnected) this.cards.delete(key);
    let all = 0;
    for (const group of groups) {
      const count = countOf(group, settling, counts);
      all += count;
      setText(this.tabs.get(group.id).count, number(count));
    }
    setText(this.tabs.get("all").count, number(all));
    setText(this.notice, settling.trouble ? `The watched folder cannot be read: ${settling.trouble}` : "");
    this.notice.hidden = !settling.trouble;
    this.empty.hidden = shown > 0;
    setText(this.empty, all === 0
      ? "No jobs yet. Drop a video here, put one into the watched folder, or submit a job."
      : this.next[this.filter] ? "No job that is loaded matches what is asked for." : "No job matches what is asked for.");
    this.more.hidden = !this.isCut && !this.next[this.filter];
  }

  // What moves loses the focus, and what leaves takes it along: whoever works with keys goes on where they were.
  place(items) {
    const focused = document.activeElement;
    const card = this.element.contains(focused) ? focused.closest(".job") : null;
    const isByKeys = focused?.matches(":focus-visible");
    const near = card ? [...after(card), ...after(card, "previousElementSibling")] : [];
    for (const [list, wanted] of items) arrange(list, wanted);
    if (!card || document.activeElement === focused) return;
    const next = card.isConnected ? focused : near.find((one) => one.isConnected)?.querySelector("a, button") ?? this.tabs.get(this.filter).button;
    next.focus({ preventScroll: !isByKeys });
  }

  // Back from a job: to the place in the list that was left.
  comeBack(id) {
    window.scrollTo(0, this.scrolled ?? 0);
    const link = id ? this.cards.get(id)?.element.querySelector("a") : null;
    if (!link?.isConnected) return false;
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "nearest" });
    return true;
  }

  card(job) {
    let card = this.cards.get(job.job_id);
    if (!card) {
      card = makeCard(job, (changed) => this.store.take([changed]));
      this.cards.set(job.job_id, card);
    }
    card.update(job);
    return card.element;
  }

  settlingCard(file) {
    const key = `file:${file.path}`;
    let card = this.cards.get(key);
    if (!card) {
      const detail = el("p", { class: "soft" });
      card = {
        element: el("li", { class: "card job" }, el("div", { class: "row" }, el("span", { class: "name" }, plain(fileName(file.path))), el("span", { class: "pill wait" }, "settling")), detail),
        update: (now) => setText(detail, `${now.waiting} · ${bytes(now.size)} · seen ${when(now.first_seen)}`),
      };
      this.cards.set(key, card);
    }
    card.update(file);
    return card.element;
  }
}
