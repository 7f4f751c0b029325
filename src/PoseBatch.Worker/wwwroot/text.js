// Numbers and names as people read them.

export function span(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function exact(seconds) {
  const whole = Math.floor(seconds / 60);
  const rest = (seconds - whole * 60).toFixed(3).padStart(6, "0");
  return whole >= 60 ? `${Math.floor(whole / 60)}:${two(whole % 60)}:${rest}` : `${whole}:${rest}`;
}

// A time within a video, as short as it can be said.
export const moment = (seconds) => (seconds < 60 ? `${Number(seconds.toFixed(1))} s` : span(seconds));

export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  return `${unit === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)} ${units[unit]}`;
}

export const number = (value) => Number(value).toLocaleString("en").replaceAll(",", "\u202f");

export function when(text) {
  if (!text) return "";
  const time = new Date(text);
  const seconds = (Date.now() - time.getTime()) / 1000;
  if (seconds < 60 && seconds > -5) return "just now";
  if (seconds >= 0 && seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds >= 0 && seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

// A name that turns itself around would pass for another one ("fdp.mp4" for "4pm.pdf"): what turns text is shown as a mark.
export const plain = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

// The same for sentences, which may have several lines.
export const upright = (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

// For comparing: a name from a Mac has its accents as signs of their own.
export const folded = (text) => text.normalize("NFC").toLowerCase();

export const fileName = (path) => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

const two = (value) => String(value).padStart(2, "0");
