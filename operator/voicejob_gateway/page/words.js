// What a VoiceJob's status means, in words.

import { age, clock, duration, h, write } from "./dom.js";

export const PHASES = ["Pending", "Queued", "Starting", "Running", "Suspended", "Succeeded", "Failed"];
export const isFinal = (job) => ["Succeeded", "Failed"].includes(phaseOf(job));
export const phaseOf = (job) => job.status?.phase ?? "Pending";

let known = null;

/** Meanings of reasons, by name; empty where they cannot be had, for the page does without. */
export async function loadReasons() {
  known ??= await fetch("reasons.json").then((answer) => (answer.ok ? answer.json() : {})).catch(() => null);
  return known ?? {};
}

export const meaningOf = (reason) => known?.[reason];

export function percentOf(job) {
  if (phaseOf(job) === "Succeeded") return 100;
  return job.status?.progress?.percent ?? 0;
}

export function leftOf(job) {
  const seconds = job.status?.progress?.etaSeconds;
  return isFinal(job) || seconds === undefined || seconds === null ? "" : `${duration(seconds)} left`;
}

/** Of the condition that matters most now (docs/design.md). */
export function messageOf(job) {
  const told = (job.status?.conditions ?? []).filter((one) => one.reason === job.status?.reason);
  const holds = told.filter((one) => one.status === "True");
  return (holds.at(-1) ?? told.at(-1))?.message ?? "";
}

/** What came of it, in few words. */
export function outcomeOf(job) {
  const { audio, items } = job.status ?? {};
  if (items) return `${items.done ?? 0} of ${items.total ?? 0} items${items.failed ? `, ${items.failed} without audio` : ""}`;
  return audio ? `${clock(audio.durationSeconds)} of ${audio.format}` : "";
}

/** A badge that shows a phase, and is shown another one. */
export class Badge {
  constructor() {
    this.element = h("span", { class: "badge" });
  }

  show(job) {
    const { stage } = job.status ?? {};
    const phase = phaseOf(job);
    this.element.dataset.phase = phase;
    write(this.element, phase === "Running" && stage ? `${phase} · ${stage}` : phase);
  }
}

/** A bar with its figure. */
export class Bar {
  constructor(label) {
    this.bar = h("progress", { max: 100, value: 0, "aria-label": label });
    this.figure = h("span", { class: "figure" });
    this.element = h("div", { class: "progress" }, this.bar, this.figure);
  }

  show(job) {
    const percent = percentOf(job);
    this.bar.value = percent;
    this.bar.dataset.phase = phaseOf(job);
    write(this.figure, `${percent} %`);
  }
}

export const created = (job) => age(job.metadata.creationTimestamp);
