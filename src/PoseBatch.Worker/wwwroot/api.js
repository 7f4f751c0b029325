// The service's API: problems become errors with advice; a missing key is asked for once.

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? "The request failed.");
    this.status = problem.status;
    this.code = problem.code;
    this.advice = problem.advice;
  }
}

// Addresses are relative to the page, so that it also works below a path of a reverse proxy.
export const at = (path) => path.replace(/^\//, "");

export async function get(path, options = {}) {
  const answer = await request(path, options);
  return answer.json();
}

export async function request(path, options = {}) {
  for (;;) {
    const answer = await fetch(at(path), { cache: "no-store", ...options });
    if (answer.status === 401) {
      await askForKey();
      continue;
    }
    if (!answer.ok) throw new Refused(await problemOf(answer));
    return answer;
  }
}

export const post = (path) => get(path, { method: "POST" });

export async function problemOf(answer) {
  try {
    return await answer.json();
  } catch {
    return { status: answer.status, detail: `The service answered ${answer.status}.` };
  }
}

let asking = null;

function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("login");
    const form = document.getElementById("login-form");
    const key = document.getElementById("key");
    const error = document.getElementById("login-error");
    const submit = async (event) => {
      event.preventDefault();
      const answer = await fetch(at("/api/session"), {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ key: key.value }),
      });
      if (!answer.ok) {
        error.textContent = (await problemOf(answer)).detail;
        return;
      }
      form.removeEventListener("submit", submit);
      key.value = "";
      error.textContent = "";
      dialog.close();
      asking = null;
      resolve();
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
  });
  return asking;
}

// Server-sent events. The browser comes back by itself and says which event it saw last; when it gave up, so do we not.
// onState is told "live", or "away" with the reason where one is known.
export function follow(handlers, onState) {
  let source = null;
  let last = null;
  // A browser gives all tabs of a service six connections together, and a stream holds one for good: only what is seen has one.
  const open = () => {
    if (document.hidden) return;
    source?.close();
    source = new EventSource(at(last === null ? "/api/events" : `/api/events?after=${last}`));
    source.onopen = () => onState("live");
    source.onerror = () => {
      onState("away");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) ask().then(open); }, 2000);
    };
    for (const type of ["hello", "history", "job", "settling", "away"]) {
      source.addEventListener(type, (event) => {
        const data = JSON.parse(event.data);
        if (type === "hello" && last !== null && Number(event.lastEventId) < Number(last)) {
          // Numbers that begin anew: another store, of whose jobs nothing is known here.
          location.reload();
          return;
        }
        if (event.lastEventId) last = event.lastEventId;
        if (type === "away") onState("away", [data.detail, data.advice].filter(Boolean).join(" "));
        else onState("live");
        handlers[type]?.(data);
      });
    }
  };
  // Refused, for example without a key or as one too many: an ordinary request finds out why, and asks for the key.
  const ask = async () => {
    const stop = new AbortController();
    try {
      await request("/api/events", { headers: { accept: "text/event-stream" }, signal: stop.signal });
    } catch (failure) {
      if (failure instanceof Refused) onState("away", [failure.message, failure.advice].filter(Boolean).join(" "));
    } finally {
      stop.abort();
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      return;
    }
    if (last === null) onState("away");   // opened unseen: what has happened since is asked for
    open();
  });
  open();
}
