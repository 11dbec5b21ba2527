// The items of a VoiceJob of many texts: each a file of its own.

import { button, clock, h, notice, size, write } from "./dom.js";
import { holdText } from "./download.js";
import { Player } from "./player.js";

const SHOWN = 50;

/** The index, looked through by id; each item with audio can be heard. */
export class Items {
  constructor({ namespace, name, signal, refused, format, language }) {
    Object.assign(this, { namespace, name, signal, refused, format, language, shown: SHOWN });
    this.playing = null;
    this.place = h("div", { class: "heard", hidden: true });
    this.text = h("input", { id: "item", type: "search", autocomplete: "off", spellcheck: "false",
      oninput: () => { this.shown = SHOWN; this.show(); } });
    this.count = h("p", { class: "hint", role: "status" });
    this.body = h("tbody", {});
    this.further = button("Show more", () => { this.shown += SHOWN; this.show(); }, { hidden: true });
    this.element = h("div", {}, h("p", { class: "hint" }, "Loading the index …"));
    this.load();
  }

  async load() {
    try {
      const { namespace, name, signal } = this;
      this.items = JSON.parse(await holdText({ namespace, name, part: "index", signal })).items;
    } catch (error) {
      if (this.signal.aborted) return;
      if (error.status === 401) { this.refused(error); return; }
      this.element.replaceChildren(notice(error, error.passes ? button("Try again", () => this.load()) : ""));
      return;
    }
    const columns = ["Item", "Audio", "Length", "Size", "Quality"];
    this.element.replaceChildren(this.place,
      h("div", { class: "field" }, h("label", { for: "item" }, "Item contains"), this.text), this.count,
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Items" }, h("table", {},
        h("thead", {}, h("tr", {}, ...columns.map((one) => h("th", { scope: "col" }, one)))), this.body)),
      h("p", { class: "actions" }, this.further));
    this.show();
  }

  show() {
    const wanted = this.text.value.trim();
    const found = this.items.filter((one) => one.id.includes(wanted));
    this.body.replaceChildren(...found.slice(0, this.shown).map((one) => this.row(one)));
    this.further.hidden = found.length <= this.shown;
    write(this.count, `${Math.min(found.length, this.shown)} of ${found.length} shown`);
  }

  row(item) {
    const quality = [item.quality, item.reason].filter(Boolean).join(": ");
    return h("tr", {},
      h("th", { scope: "row" }, h("bdi", {}, item.id), item.voice ? h("span", { class: "hint" }, ` ${item.voice}`) : ""),
      h("td", {}, item.file
        ? button("Listen", () => this.hear(item), { class: "small", "aria-label": `Listen to ${item.id}` }) : "none"),
      h("td", {}, item.durationSeconds ? clock(item.durationSeconds) : "–"),
      h("td", {}, item.sizeBytes ? size(item.sizeBytes) : "–"),
      h("td", {}, quality));
  }

  hear(item) {
    this.playing?.abort();
    const control = this.playing = new AbortController();
    const { namespace, name, signal, refused, format } = this;
    const player = new Player({
      whose: { namespace, name, part: item.id },
      file: { sizeBytes: item.sizeBytes ?? 0, durationSeconds: item.durationSeconds, format },
      title: item.id, language: item.language ?? this.language, refused,
      signal: AbortSignal.any([signal, control.signal]),
    });
    const head = h("h3", { tabindex: "-1" }, h("bdi", {}, item.id));
    this.place.hidden = false;
    this.place.replaceChildren(head, player.element);
    head.focus();
  }
}
