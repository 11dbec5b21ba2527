// What the GPU's memory did in an attempt: a drawing by stage of the work, and the same as a table.

import { drawn, h } from "./dom.js";

const FIGURES = [
  ["device", "devicePeakMiB", "On the device, by all"],
  ["process", "processPeakMiB", "By this process"],
  ["reserved", "reservedPeakMiB", "Held by torch"],
  ["allocated", "allocatedPeakMiB", "In tensors"],
];
const LIMITS = [
  ["total", "The GPU's own", (vram, gpu) => gpu?.memoryMiB ?? gpu?.cudaMemoryMiB],
  ["requested", "Asked for", (vram) => vram.requestedMiB],
  ["floor", "Would have done", (vram) => vram.floorMiB],
];
const ROW = 44;
const TOP = 6;

const known = (value) => value !== undefined && value !== null;
const mib = (value) => (known(value) ? `${value}` : "–");

/** Elements that show it, or none where nothing was measured. */
export function vramOf(attempt) {
  const { vram, gpu } = attempt;
  if (!vram) return [];
  const stages = (vram.stages ?? []).filter((one) => FIGURES.some(([, field]) => known(one[field])));
  const rows = [...stages, { name: "whole attempt", ...vram }].filter((one) => FIGURES.some(([, field]) => known(one[field])));
  if (!rows.length) return [];
  const figures = FIGURES.filter(([, field]) => rows.some((row) => known(row[field])));
  const limits = LIMITS.map(([kind, label, of]) => [kind, label, of(vram, gpu)]).filter(([, , value]) => known(value));
  return [
    h("h4", {}, "Memory of the GPU"),
    h("figure", { class: "vram" }, plot(rows, figures, limits, attempt), legend(figures, limits)),
    h("details", { "data-key": `vram-${attempt.number}` }, h("summary", {}, "The same as a table"), table(rows, figures, limits, attempt.number)),
  ];
}

function plot(rows, figures, limits, attempt) {
  const most = Math.max(...rows.flatMap((row) => figures.map(([, field]) => row[field] ?? 0)), ...limits.map(([, , value]) => value));
  const share = (value) => `${(value / most * 100).toFixed(2)}%`;
  const height = TOP + rows.length * ROW;
  const told = rows.map((row) => `${row.name} ${figures.filter(([, field]) => known(row[field]))
    .map(([, field, label]) => `${label.toLowerCase()} ${row[field]} MiB`).join(", ")}`).join("; ");
  return drawn("svg", { role: "img", width: "100%", height,
    "aria-label": `Highest memory of the GPU by stage of attempt ${attempt.number}: ${told}` },
  ...rows.flatMap((row, at) => bars(row, TOP + at * ROW, figures, share)),
  ...limits.map(([kind, , value]) => drawn("line", { class: `limit ${kind}`, x1: share(value), x2: share(value), y1: 0, y2: height })));
}

/** Of one stage: each figure within the one before it. */
function bars(row, top, figures, share) {
  const there = figures.filter(([, field]) => known(row[field]));
  return [
    drawn("text", { x: 0, y: top + 12 }, row.name),
    ...there.map(([kind, field], at) => drawn("rect", { class: kind, x: 0, y: top + 18 + at * 3, rx: 2,
      width: share(row[field]), height: Math.max(18 - at * 6, 4) })),
  ];
}

function legend(figures, limits) {
  const entry = (kind, text) => h("li", {}, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), text);
  return h("figcaption", {}, h("ul", { class: "legend" },
    ...figures.map(([kind, , label]) => entry(kind, label)),
    ...limits.map(([kind, label, value]) => entry(`limit ${kind}`, `${label}: ${value} MiB`))));
}

function table(rows, figures, limits, number) {
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Memory of the GPU in attempt ${number}, as a table` },
    h("table", {},
      h("caption", {}, `Highest memory in MiB. ${limits.map(([, label, value]) => `${label}: ${value}`).join(". ")}`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Stage"), ...figures.map(([, , label]) => h("th", { scope: "col" }, label)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name),
        ...figures.map(([, field]) => h("td", {}, mib(row[field]))))))));
}
