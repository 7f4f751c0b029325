// Builds elements; text is always text, never markup, and turns nothing around that stands beside it.
import { upright } from "./text.js";

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "string" ? upright(child) : child)));
  return element;
}

const mostToasts = 4;

// Returns what says it anew, as long as it is there: false when it has gone.
export function toast(message) {
  const box = el("div", { class: "toast" }, message);
  const toasts = document.getElementById("toasts");
  toasts.append(box);
  while (toasts.children.length > mostToasts) toasts.firstChild.remove();
  const leave = () => setTimeout(() => box.remove(), 6000);
  let leaving = leave();
  return (words) => {
    if (!box.isConnected) return false;
    clearTimeout(leaving);
    leaving = leave();
    setText(box, words);
    return true;
  };
}

// Puts children in order without touching those that are in place, so that focus and selection stay.
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

export function setText(element, words) {
  const text = upright(words);
  if (element.textContent !== text) element.textContent = text;
}
