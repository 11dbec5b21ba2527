// One VoiceJob: how far it is, what came of it, how it was, and what to type for another.

import { announce, button, duration, h, notice, Part, sentence, when, write } from "./dom.js";
import { askJson, askNow, jobPath, keepLooking } from "./gateway.js";
import { Items } from "./items.js";
import { manifestOf, yaml } from "./manifest.js";
import { Player } from "./player.js";
import { vramOf } from "./vram.js";
import { Badge, Bar, isFinal, leftOf, loadReasons, meaningOf, messageOf, phaseOf } from "./words.js";

const TIMES = [
  ["queueSeconds", "Until a node was found"], ["startSeconds", "Until the worker started"],
  ["importSeconds", "Loading its libraries"], ["modelLoadSeconds", "Loading the voice"],
  ["synthesisSeconds", "Speaking"], ["masteringSeconds", "Mastering"], ["uploadSeconds", "Storing"],
  ["totalSeconds", "From creation to the end"],
];

const known = (value) => value !== undefined && value !== null && value !== "";

function facts(entries) {
  const there = entries.filter(([, value]) => known(value));
  return there.length ? h("dl", {}, ...there.map(([term, value]) =>
    h("div", {}, h("dt", {}, term), h("dd", {}, value)))) : null;
}

function card(title, ...content) {
  const id = `of-${title.toLowerCase().replace(" ", "-")}`;
  return h("section", { class: "card", "aria-labelledby": id }, h("h2", { id }, title), ...content);
}

/** Shows a VoiceJob until the signal is aborted. */
export class JobView {
  constructor(main, { signal, namespace, name, isAlone, refused }) {
    Object.assign(this, { main, signal, namespace, name, refused });
    this.heard = "";
    this.build(isAlone);
    loadReasons().then(() => this.run());
  }

  build(isAlone) {
    const { namespace, name } = this;
    this.badge = new Badge();
    this.bar = new Bar(`Progress of ${name}`);
    this.left = h("span", { class: "hint" });
    this.trouble = h("div", {});
    this.head = h("div", { class: "standing", hidden: true }, this.badge.element, this.bar.element, this.left);
    const part = (title, build) => {
      const content = h("div", {});
      const section = card(title, content);
      section.hidden = true;
      const shown = new Part(content, build);
      return { section, show: (...values) => { shown.show(...values); section.hidden = content.hidden; } };
    };
    this.player = h("div", {});
    this.audio = card("Audio", this.player);
    this.audio.hidden = true;
    this.why = new Part(h("div", { class: "why" }), (...all) => why(...all));
    this.asked = part("Asked for", asked);
    this.quality = part("Quality", quality);
    this.times = part("Time", times);
    this.attempts = part("Attempts", attempts);
    this.conditions = part("Conditions", conditions);
    this.manifest = part("Manifest", manifest);
    this.main.replaceChildren(
      isAlone ? "" : h("p", { class: "back" }, h("a", { href: "#/" }, "All VoiceJobs")),
      h("h1", { tabindex: "-1" }, h("bdi", {}, name), " ", h("span", { class: "hint" }, "in ", h("bdi", {}, namespace))),
      this.trouble, this.head, this.why.element, this.audio,
      h("div", { class: "columns" }, this.asked.section, this.quality.section, this.times.section),
      this.attempts.section, this.conditions.section, this.manifest.section);
  }

  run() {
    keepLooking(this.signal, async () => {
      const job = await askJson(jobPath(this.namespace, this.name), this.signal);
      this.trouble.replaceChildren();
      this.show(job);
      return JSON.stringify(job.status);
    }, (error, seconds) => this.tell(error, seconds));
  }

  show(job) {
    const { status = {}, spec } = job;
    const phase = phaseOf(job);
    if (this.phase && this.phase !== phase) announce(`${this.name}: ${phase}`);
    this.phase = phase;
    this.head.hidden = false;
    this.badge.show(job);
    this.bar.show(job);
    this.bar.element.hidden = phase === "Succeeded";
    write(this.left, leftOf(job));
    this.why.show(status.reason, messageOf(job), isFinal(job) && !status.audio);
    this.showAudio(job);
    this.asked.show(spec, status.model, status.reference);
    this.quality.show(status.quality);
    this.times.show(job.metadata.creationTimestamp, status.completionTime, status.performance);
    this.attempts.show(status.attempts ?? [], status.attemptsTotal, status.retriesUsed, spec?.retries);
    this.conditions.show(status.conditions ?? []);
    this.manifest.show(spec ? manifestOf(job) : null);
  }

  showAudio(job) {
    const { audio, items } = job.status ?? {};
    this.audio.hidden = false;
    const key = audio ? `${audio.uri} ${audio.sha256}` : `none ${isFinal(job)} ${items?.done}`;
    if (key === this.heard) return;
    this.heard = key;
    this.hearing?.abort();
    this.hearing = new AbortController();
    const { namespace, name, refused } = this;
    const signal = AbortSignal.any([this.signal, this.hearing.signal]);
    if (!audio) {
      const done = items ? ` ${items.done ?? 0} of ${items.total ?? 0} items are spoken.` : "";
      this.player.replaceChildren(h("p", {}, isFinal(job)
        ? "There is none: see why above." : `It can be heard here once it is whole.${done}`));
      return;
    }
    const language = job.spec?.language;
    const shown = items ? new Items({ namespace, name, signal, refused, format: audio.format, language }) : new Player({
      whose: { namespace, name }, file: audio, title: `${name}, spoken`, texts: Object.keys(audio.subtitles ?? {}),
      language, signal, refused,
    });
    this.player.replaceChildren(shown.element);
  }

  tell(error, seconds) {
    if (error.status === 401 || error.error === "CapabilityRefused") { this.refused(error); return; }
    const again = button("Try now", () => (seconds ? askNow() : this.run()));
    const later = seconds ? h("span", { class: "hint" }, `Asked again in ${Math.round(seconds)} seconds.`) : "";
    if (error.status === 404 && !error.hint) {
      error.hint = "it may have been deleted, as by spec.ttlSecondsAfterFinished; its audio may still be in the store";
    }
    this.trouble.replaceChildren(notice(error, again, later));
  }
}

// ---- What its parts show

function why(reason, message, isBad) {
  const meaning = meaningOf(reason);
  if (!reason || meaning?.usual && !message) return null;
  return h("div", { class: meaning?.usual || !isBad ? "told" : "told bad" },
    h("p", {}, h("b", {}, reason), message ? ` · ${message}` : ""),
    ...advice(meaning));
}

function advice(meaning) {
  return meaning && !meaning.usual
    ? [h("p", {}, meaning.means), h("p", { class: "do" }, `What to do: ${meaning.do}`)] : [];
}

function asked(spec, model, reference) {
  const voice = spec?.voice ?? {};
  const gpu = spec?.gpu;
  return facts([
    ["Engine", spec?.engine], ["Language", spec?.language],
    ["Text", textOf(spec)],
    ["Voice", voice.reference ? "cloned from a recording" : voice.speaker],
    ["Format", spec?.audio?.format],
    ["GPU", gpu ? [gpu.product, gpu.memory].flat().filter(Boolean).join(", ") || "any" : ""],
    ["Computed on", model?.device], ["Precision", model?.precision], ["About the device", model?.deviceMessage],
    ["Recording", reference?.notes?.length ? reference.notes.join("; ") : ""],
  ]);
}

function textOf(spec) {
  if (!spec) return "";
  if (spec.text) return `${[...spec.text].length} characters`;
  if (spec.items) return `${spec.items.length} items`;
  const { configMapKeyRef, secretKeyRef, uri } = spec.textFrom ?? {};
  return configMapKeyRef ? `of ConfigMap ${configMapKeyRef.name}` : secretKeyRef ? `of Secret ${secretKeyRef.name}` : uri;
}

function quality(found) {
  if (!found) return null;
  const figure = (value, form) => (known(value) ? form(value) : "");
  const faults = Object.entries(found.faults ?? {}).map(([name, count]) => `${name} ${count}`).join(", ");
  return [facts([
    ["Accepted", found.accepted],
    ["Loudness", figure(found.loudnessLUFS, (it) => `${it.toFixed(1)} LUFS`)],
    ["True peak", figure(found.truePeakDBTP, (it) => `${it.toFixed(1)} dBTP`)],
    ["Word error rate", figure(found.wordErrorRate, (it) => `${(it * 100).toFixed(1)} %`)],
    ["Longest divergence", figure(found.longestDivergence, (it) => `${it} words`)],
    ["Heard by", found.recogniser],
    ["Chunks checked", found.chunksChecked], ["Spoken again", found.chunksRetried],
    ["Shipped all the same", found.chunksFailed], ["Takes that failed", faults],
  ]), found.notes?.length ? h("ul", {}, ...found.notes.map((one) => h("li", {}, one))) : null].filter(Boolean);
}

function times(created, ended, spent = {}) {
  const rtf = spent.realTimeFactor;
  return facts([
    ["Created", created ? when(created) : ""], ["Ended", ended ? when(ended) : ""],
    ...TIMES.map(([field, term]) => [term, known(spent[field]) ? duration(spent[field]) : ""]),
    ["Real-time factor", known(rtf) ? `${rtf.toFixed(2)} (seconds of synthesis by second of audio)` : ""],
  ]);
}

function attempts(all, total, used, retries) {
  if (!all.length) return null;
  const count = `${total ?? all.length} in all${known(retries) ? `, ${used ?? 0} of ${retries} retries used` : ""}`;
  return [h("p", { class: "hint" }, total > all.length ? `${count}; the last ${all.length} are shown` : count),
    h("ol", { class: "attempts" }, ...all.map((one) => h("li", {}, ...attempt(one))))];
}

function attempt(one) {
  const took = (Date.parse(one.finishedAt) - Date.parse(one.startedAt)) / 1000;
  return [
    h("h3", {}, `Attempt ${one.number} `, h("span", { class: "badge", "data-phase": one.outcome ?? "Pending" }, one.outcome ?? "Waiting")),
    one.reason ? h("p", {}, h("b", {}, one.reason), one.message ? ` · ${one.message}` : "") : null,
    ...advice(meaningOf(one.reason)),
    facts([
      ["Started", one.startedAt ? when(one.startedAt) : ""], ["Took", Number.isFinite(took) ? duration(took) : ""],
      ["Exit code", one.exitCode], ["Pod", one.pod], ["Node", one.node],
      ["Chunks taken over", one.chunksResumed || ""],
      ["GPU", one.gpu ? `${one.gpu.name}, compute capability ${one.gpu.computeCapability}, driver ${one.gpu.driver}` : ""],
      ["VRAM", one.vram?.summary],
    ]),
    ...vramOf(one),
  ].filter(Boolean);
}

function conditions(all) {
  if (!all.length) return null;
  return h("details", { "data-key": "conditions" }, h("summary", {}, `All ${all.length}, as the cluster has them`),
    h("ul", {}, ...all.map((one) => h("li", {}, h("b", {}, `${one.type}: ${one.status}`),
      ` · ${one.reason}${one.message ? `: ${sentence(one.message)}` : ""} `,
      h("span", { class: "hint" }, when(one.lastTransitionTime))))));
}

function manifest(written) {
  if (!written) return null;
  const text = yaml(written);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce("The manifest is copied.");
    } catch {
      getSelection().selectAllChildren(shown);
      announce("The manifest is selected: copy it with Ctrl + C.");
    }
  };
  const shown = h("pre", { tabindex: "0", role: "region", "aria-label": "Manifest as YAML", "data-key": "manifest-text" }, text);
  return [h("p", { class: "hint" }, "Speak it again under another name: kubectl apply --filename FILE."),
    h("p", { class: "actions" }, button("Copy", copy, { "aria-label": "Copy the manifest", "data-key": "copy" })), shown];
}
