// One job: its facts, what went wrong, its files, its history; and the viewer when there is a result.
import { at, get } from "./api.js";
import { el, setText } from "./dom.js";
import { buttons, groupOf, hasResult, nameOf, pill, progressOf, progressText, trouble, warningsOf } from "./jobs.js";
import { bytes, number, span, when } from "./text.js";
import { Viewer } from "./viewer.js";

export class JobView {
  constructor(id, changed, store) {
    this.id = id;
    this.changed = changed;
    this.store = store;
    this.status = null;
    this.viewer = null;
    this.title = el("h1", { class: "name", tabindex: "-1" }, "…");
    this.state = el("span", {});
    this.actions = el("span", { class: "row" });
    this.bar = el("progress", { max: 1, "aria-label": "Progress", hidden: true });
    this.line = el("p", { class: "soft" });
    this.notes = el("p", { class: "notice bad-notice", hidden: true });
    this.warnings = el("div", {});
    this.stage = el("div", {});
    this.facts = el("dl", { class: "facts card" });
    this.files = el("ul", { class: "files" });
    this.filesCard = el("section", { class: "card stack", "aria-label": "Files", hidden: true }, el("h2", {}, "Files"), this.files);
    this.history = el("tbody", {});
    this.past = el("details", { class: "card", ontoggle: (event) => { if (event.target.open) this.loadHistory(); } },
      el("summary", {}, "History"),
      el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ...["Time", "State", "Attempt", "What"].map((name) => el("th", { scope: "col" }, name)))), this.history)));
    this.element = el("article", { class: "stack" },
      el("p", {}, el("a", { href: "#/" }, "← All jobs")),
      el("div", { class: "row" }, this.title, this.state, this.actions),
      this.bar, this.line, this.notes, this.warnings, this.stage, this.facts, this.filesCard, this.past);
    this.element.addEventListener("keydown", (event) => this.viewer?.key(event));
    this.onKey = (event) => {
      if (event.target === document.body || event.target === document.getElementById("main")) this.viewer?.key(event);
    };
    document.addEventListener("keydown", this.onKey);
  }

  async open(known) {
    if (known) this.update(known);
    try {
      this.changed(await get(`/api/jobs/${encodeURIComponent(this.id)}`));
    } catch (failure) {
      setText(this.title, this.id);
      setText(this.notes, failure.message);
      this.notes.hidden = false;
    }
  }

  // The service is back: what could not be had while it was away is asked for again.
  async recover() {
    const isWhole = this.viewer?.ledger && this.viewer.series;
    await this.open();
    if (this.job && hasResult(this.job) && !isWhole) await this.loadResult(this.job);
  }

  close() {
    this.viewer?.close();
    document.removeEventListener("keydown", this.onKey);
  }

  update(job) {
    if (!job) return;
    this.job = job;
    setText(this.title, nameOf(job));
    document.title = `${nameOf(job)} – PoseBatch`;
    const running = groupOf(job) === "running";
    this.bar.hidden = !running;
    const share = progressOf(job)?.share ?? null;
    if (share === null) this.bar.removeAttribute("value");
    else this.bar.value = share;
    setText(this.line, running ? progressText(job) : "");
    this.line.hidden = !running;
    const lines = trouble(job);
    if (job.status === "queued" && lines.length === 0 && this.store.waits) lines.push(this.store.waits);
    setText(this.notes, lines.join(" "));
    this.notes.hidden = lines.length === 0;
    if (this.status !== job.status) {
      this.status = job.status;
      this.state.replaceChildren(pill(job));
      const isFocused = this.actions.contains(document.activeElement);
      this.actions.replaceChildren(...buttons(job, this.changed));
      if (isFocused) (this.actions.querySelector("button") ?? this.title).focus();
      this.showFacts(job, null);
      if (this.past.open) this.loadHistory();
      if (hasResult(job)) this.loadResult(job);
    }
  }

  showFacts(job, manifest) {
    const took = job.started_at && job.finished_at ? (new Date(job.finished_at) - new Date(job.started_at)) / 1000 : null;
    const counts = manifest?.counts;
    const facts = [
      ["Source", job.spec.source.path],
      ["Submitted", `${when(job.submitted_at)} (${job.origin})`],
      ["Took", took !== null ? span(took) : null],
      ["Model", manifest?.model ? `${manifest.model.name}${manifest.runtime?.provider ? ` on ${manifest.runtime.provider}` : ""}` : job.spec.model?.name],
      ["Frames", counts ? `${number(counts.source_frames)} = ${number(counts.inferred)} inferred + ${number(counts.skipped)} skipped + ${number(counts.undecodable)} undecodable` : null],
      ["Poses", counts ? number(counts.persons) : null],
      ["Corrupt frames", counts?.corrupt ? number(counts.corrupt) : null],
      ["Picture", manifest?.coordinate ? `${manifest.coordinate.width} × ${manifest.coordinate.height}, ${manifest.source?.codec ?? ""}` : null],
      ["Smoothing", manifest?.settings?.["smoothing.method"] === "none" ? null : manifest?.settings?.["smoothing.method"]],
      ["Group", job.spec.group],
      ["Labels", Object.entries(job.spec.labels ?? {}).map(([name, value]) => `${name}=${value}`).join(", ") || null],
      ["Attempt", job.attempt > 1 ? String(job.attempt) : null],
      ["Job", job.job_id],
    ];
    this.facts.replaceChildren(...facts.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
  }

  async loadResult(job) {
    try {
      const result = await get(`/api/jobs/${job.job_id}/result`);
      const manifest = result.manifest;
      this.showFacts(job, manifest);
      this.files.replaceChildren(...result.files.map((file) =>
        el("li", {}, el("a", { class: "button small", href: at(file.href), download: file.name }, file.name, el("span", { class: "soft" }, bytes(file.size))))));
      this.filesCard.hidden = false;
      // The job has those of its exports, too, but all in one line.
      const told = manifest?.warnings ?? [], all = warningsOf(job);
      this.warnings.replaceChildren(...(all && all !== told.join(" ") ? [all] : told).map((text) => el("p", { class: "notice" }, text)));
      if (manifest) {
        this.viewer?.close();
        this.viewer = new Viewer(job.job_id, manifest);
        this.stage.replaceChildren(this.viewer.element);
        await this.viewer.open();
      }
    } catch (failure) {
      setText(this.notes, [failure.message, failure.advice].filter(Boolean).join(" "));
      this.notes.hidden = false;
    }
  }

  async loadHistory() {
    let events;
    try {
      ({ events } = await get(`/api/jobs/${encodeURIComponent(this.id)}/events`));
    } catch (failure) {
      this.history.replaceChildren(el("tr", {}, el("td", { colSpan: 4 }, `${failure.message} Close and open the history to ask again.`)));
      return;
    }
    this.history.replaceChildren(...events.map((one) => el("tr", {},
      el("td", {}, new Date(one.time).toLocaleString("sv")), el("td", {}, one.state), el("td", {}, String(one.attempt)),
      el("td", {}, [one.reason, one.message].filter(Boolean).join(": ")))));
  }
}
