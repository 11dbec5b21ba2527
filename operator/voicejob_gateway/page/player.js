// Hears one file of a VoiceJob: brings it, plays it, draws it, and shows what is being said.

import { announce, button, clock, h, notice, size, write } from "./dom.js";
import { cueAt, MAX_CUES, parseCues } from "./cues.js";
import { canStream, hold, holdText, MAX_HELD, save, streamToDisk } from "./download.js";
import { drawWave, isShort, loudnessOf } from "./wave.js";

const AT_ONCE = 16e6; // bytes that are brought without being asked for

/** whose: {namespace, name, part}; file: {sizeBytes, durationSeconds, format}; texts: parts. */
export class Player {
  constructor({ whose, file, title, texts = [], language, signal, refused }) {
    Object.assign(this, { whose, file, title, texts, language, signal, refused, loudness: [], loading: null });
    this.status = h("p", { class: "hint" });
    this.trouble = h("div", {});
    this.bar = h("progress", { max: file.sizeBytes || 1, value: 0, "aria-label": "How much of the file is here", hidden: true });
    this.wave = h("canvas", { class: "wave", "aria-hidden": "true", hidden: true, onclick: (event) => this.seekTo(event) });
    this.audio = h("audio", { controls: true, preload: "auto", "aria-label": title, hidden: true,
      onerror: () => this.cannotPlay() });
    for (const name of ["timeupdate", "seeked", "ended", "durationchange"]) {
      this.audio.addEventListener(name, () => { this.draw(); this.follow(); });
    }
    this.listen = button(`Load to listen (${size(file.sizeBytes)})`, () => this.load(), { class: "primary", hidden: true });
    this.stop = button("Stop loading", () => this.loading?.abort(), { hidden: true });
    this.get = button("Download", () => this.download());
    this.textsArea = h("div", {});
    this.element = h("div", { class: "player" }, this.wave, this.audio, this.bar, this.status,
      h("p", { class: "actions" }, this.listen, this.stop, this.get, ...texts.map((one) => this.textButton(one))),
      this.trouble, this.textsArea);
    signal.addEventListener("abort", () => this.close(), { once: true });
    const redraw = () => this.draw();
    addEventListener("resize", redraw, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw, { signal });
    this.begin();
  }

  begin() {
    const { sizeBytes } = this.file;
    if (sizeBytes > MAX_HELD) {
      const { namespace, name } = this.whose;
      write(this.status, `${this.told()}. That is more than a page should hold, so it is not played here.`);
      this.get.hidden = !canStream();
      this.trouble.replaceChildren(h("p", {}, canStream() ? "Download it, or in a terminal: " : "Fetch it in a terminal: ",
        h("code", {}, `kubectl voicejob fetch ${name} --namespace ${namespace}`)));
    } else if (sizeBytes > AT_ONCE) {
      write(this.status, this.told());
      this.listen.hidden = false;
    } else {
      this.load();
    }
    this.loadTexts();
  }

  told() {
    const { sizeBytes, format, durationSeconds, sampleRate } = this.file;
    return [durationSeconds ? clock(durationSeconds) : "", format, sampleRate ? `${sampleRate} Hz` : "", size(sizeBytes)]
      .filter(Boolean).join(" · ");
  }

  /** Does what needs the file; what is amiss is told, and what to do about it. */
  async attempt(work) {
    this.trouble.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (this.signal.aborted || error.name === "AbortError") {
        write(this.status, this.told());
        return;
      }
      if (error.status === 401) { this.refused(error); return; }
      write(this.status, this.told());
      this.trouble.replaceChildren(notice(error, error.passes ? button("Try again", () => this.attempt(work)) : ""));
    }
  }

  /** {blob, name}, brought once. */
  async held() {
    if (this.heldFile) return this.heldFile;
    const control = this.loading = new AbortController();
    this.showLoading(true);
    try {
      this.heldFile = await hold({ ...this.whose, signal: AbortSignal.any([control.signal, this.signal]),
        progress: (here) => {
          this.bar.value = here;
          write(this.status, `${this.told()}: ${size(here)} are here`);
        } });
      return this.heldFile;
    } finally {
      this.showLoading(false);
    }
  }

  showLoading(isLoading) {
    this.bar.hidden = this.stop.hidden = !isLoading;
    this.listen.hidden = isLoading || Boolean(this.url);
    this.get.disabled = isLoading;
  }

  load() {
    return this.attempt(async () => {
      write(this.status, `${this.told()}: loading …`);
      const { blob } = await this.held();
      write(this.status, this.told());
      this.url = URL.createObjectURL(blob);
      this.audio.src = this.url;
      this.listen.hidden = true;
      this.audio.hidden = false;
      await this.showWave(blob);
    });
  }

  async showWave(blob) {
    if (!isShort(blob.size, this.file.durationSeconds ?? 0)) {
      write(this.status, `${this.told()}. It is too long for its waveform to be drawn here.`);
      return;
    }
    try {
      this.loudness = await loudnessOf(blob);
    } catch {
      return; // a browser that cannot decode the format has it to download
    }
    this.wave.hidden = false;
    this.draw();
  }

  cannotPlay() {
    if (!this.url) return;
    this.audio.hidden = this.wave.hidden = true;
    write(this.status, `${this.told()}. This browser cannot play ${this.file.format}: download it.`);
  }

  download() {
    const suggested = `${this.whose.part ?? this.whose.name}.${this.file.format}`;
    return this.attempt(async () => {
      if (this.file.sizeBytes > MAX_HELD) {
        await streamToDisk({ ...this.whose, suggested, signal: this.signal },
          (here) => write(this.status, `${this.told()}: ${size(here)} are saved`));
        write(this.status, `${this.told()}: saved`);
        return;
      }
      const { blob, name } = await this.held();
      save(blob, name);
      write(this.status, this.told());
      announce(`${name} is saved.`);
    });
  }

  textButton(part) {
    return button(part.toUpperCase(), () => this.attempt(async () => {
      const { blob, name } = await hold({ ...this.whose, part, signal: this.signal });
      save(blob, name);
    }), { class: "small", "aria-label": `Download ${part === "chapters" ? "the chapters" : `subtitles as ${part}`}` });
  }

  // ---- What is being said

  async loadTexts() {
    const subtitles = ["vtt", "srt"].find((one) => this.texts.includes(one));
    const parts = [...(this.texts.includes("chapters") ? [["Chapters", "chapters"]] : []),
      ...(subtitles ? [["Subtitles", subtitles]] : [])];
    this.lists = [];
    for (const [label, part] of parts) {
      try {
        const cues = parseCues(await holdText({ ...this.whose, part, signal: this.signal }));
        if (cues.length) this.showCues(label, cues);
      } catch (error) {
        if (this.signal.aborted) return;
        this.textsArea.append(notice(error));
      }
    }
  }

  showCues(label, cues) {
    const lines = cues.map((cue) => h("button", { type: "button", class: "cue", onclick: () => this.playFrom(cue.start) },
      h("span", { class: "time" }, clock(cue.start)),
      h("span", { dir: "auto", lang: this.language }, cue.voice ? h("b", {}, `${cue.voice}: `) : "", cue.text)));
    const list = h("ol", { class: "cues", tabindex: "0", "aria-label": `${label}: each leads to where it is said` },
      ...lines.map((one) => h("li", {}, one)));
    this.lists.push({ cues, lines, list, at: -1 });
    this.textsArea.append(h("h3", {}, label), list,
      cues.length >= MAX_CUES ? h("p", { class: "hint" }, `The first ${MAX_CUES} are shown.`) : "");
    this.follow();
  }

  playFrom(seconds) {
    if (!this.url) {
      announce("The audio is not loaded yet.");
      return;
    }
    this.audio.currentTime = seconds;
    this.audio.play().catch(() => {}); // a browser may want a click on the player itself
  }

  follow() {
    for (const one of this.lists ?? []) {
      const now = this.url ? cueAt(one.cues, this.audio.currentTime) : -1;
      if (now === one.at) continue;
      one.lines[one.at]?.removeAttribute("aria-current");
      one.lines[now]?.setAttribute("aria-current", "true");
      one.at = now;
      if (now >= 0 && !one.list.matches(":hover, :focus-within")) this.bringIntoSight(one.list, one.lines[now]);
    }
  }

  bringIntoSight(list, line) {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    list.scrollTo({ top: line.offsetTop - list.clientHeight / 3, behavior });
  }

  // ---- What is seen of it

  draw() {
    if (this.wave.hidden) return;
    const { duration, currentTime } = this.audio;
    drawWave(this.wave, this.loudness, Number.isFinite(duration) && duration ? currentTime / duration : 0);
  }

  seekTo(event) {
    const { duration } = this.audio;
    if (Number.isFinite(duration)) this.audio.currentTime = event.offsetX / this.wave.clientWidth * duration;
  }

  close() {
    this.loading?.abort();
    this.audio.pause();
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }
}
