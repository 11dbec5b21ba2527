// Elements are made here and nowhere else: what comes from users is text, never markup.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return element;
}

/** An element of that tag; a string among the children becomes text. */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** An element of a drawing. */
export function drawn(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

/** Shows a text where another one stands; a screen reader hears no change where there is none. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tells a screen reader what has changed, without moving it. */
export function announce(text) {
  $("status").textContent = text;
}

/** What is amiss and what to do about it. */
export function notice(error, ...actions) {
  return h("div", { class: "notice", role: "alert" },
    h("p", {}, sentence(error.message)),
    error.hint ? h("p", { class: "do" }, `What to do: ${error.hint}`) : null,
    actions.length ? h("p", { class: "actions" }, ...actions) : null);
}

export function button(text, onclick, properties = {}) {
  return h("button", { type: "button", onclick, ...properties }, text);
}

/** Builds the part anew where what it shows has changed; what is open or focused stays so. */
export class Part {
  constructor(element, build) {
    this.element = element;
    this.build = build;
    this.shown = undefined;
  }

  show(...values) {
    const key = JSON.stringify(values);
    if (key === this.shown) return;
    this.shown = key;
    const open = [...this.element.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key);
    const focused = this.element.contains(document.activeElement)
      ? document.activeElement.closest("[data-key]")?.dataset.key : undefined;
    const built = this.build(...values);
    this.element.hidden = built === null;
    this.element.replaceChildren(...[built ?? []].flat());
    for (const one of this.element.querySelectorAll("[data-key]")) {
      if (open.includes(one.dataset.key)) one.open = true;
      if (focused !== undefined && one.dataset.key === focused) (one.querySelector("summary") ?? one).focus();
    }
  }
}

export const sentence = (text) => {
  const upper = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(upper) ? upper : `${upper}.`;
};

// ---- Figures, as people read them

export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let at = 0;
  let left = bytes;
  while (left >= 1000 && at < units.length - 1) { left /= 1000; at += 1; }
  return `${at && left < 100 ? left.toFixed(1) : Math.round(left)} ${units[at]}`;
}

export function duration(seconds) {
  const whole = Math.round(seconds);
  if (seconds < 9.95) return `${Math.max(seconds, 0).toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}:${two(whole % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

export function age(written) {
  const seconds = (Date.now() - Date.parse(written)) / 1000;
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
}

export function when(written) {
  const date = new Date(written);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}
