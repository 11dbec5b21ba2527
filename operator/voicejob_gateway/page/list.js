// The VoiceJobs that one may see.

import { announce, button, h, notice, when, write } from "./dom.js";
import { askJson, askNow, keepLooking, listPath, namespacesPath } from "./gateway.js";
import { byNameForm } from "./signin.js";
import { Badge, Bar, created, leftOf, messageOf, outcomeOf, phaseOf, PHASES } from "./words.js";

const MAX_NAMESPACES = 20; // looked through at once
const AT_ONCE = 4;
const MAX_PAGES = 5; // of a namespace, of 50 VoiceJobs each
const COLUMNS = ["Name", "Phase", "Progress", "Audio", "Engine", "Reason", "Created"];

class Row {
  constructor(job, open) {
    const { namespace, name } = job.metadata;
    this.badge = new Badge();
    this.bar = new Bar(`Progress of ${name}`);
    const link = h("a", { href: `#/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}` }, h("bdi", {}, name));
    this.cells = COLUMNS.slice(1).map((label) => h("td", { role: "cell", "data-label": label }));
    const [phase, progress, , engine, , age] = this.cells;
    phase.append(this.badge.element);
    this.left = h("span", { class: "hint" });
    progress.append(this.bar.element, this.left);
    engine.textContent = [job.spec?.engine, job.spec?.language].filter(Boolean).join(" · ");
    age.title = when(job.metadata.creationTimestamp);
    this.element = h("tr", { role: "row", onclick: (event) => { if (!event.target.closest("a")) open(namespace, name); } },
      h("th", { scope: "row", role: "rowheader" }, link, h("span", { class: "hint" }, h("bdi", {}, namespace))),
      ...this.cells);
  }

  show(job) {
    const [, , audio, , reason, age] = this.cells;
    this.badge.show(job);
    this.bar.show(job);
    write(this.left, leftOf(job));
    write(audio, outcomeOf(job));
    write(reason, job.status?.reason ?? "");
    reason.title = messageOf(job);
    write(age, created(job));
  }
}

/** Shows the list until the signal is aborted. */
export class ListView {
  constructor(main, { signal, filter, go, keep, refused }) {
    Object.assign(this, { main, signal, go, keep, refused, filter });
    this.rows = new Map();
    this.pages = new Map();
    this.phases = new Map();
    this.jobs = [];
    this.more = [];
    this.build();
    this.run();
  }

  build() {
    const changed = () => {
      this.filter = { namespace: this.namespace.value, phase: this.phase.value, text: this.text.value.trim() };
      this.keep(this.filter);
    };
    this.namespace = h("select", { id: "in", onchange: () => { changed(); askNow(); } }, h("option", { value: "" }, "All"));
    this.phase = h("select", { id: "phase", onchange: () => { changed(); this.show(); } },
      h("option", { value: "" }, "All"), ...PHASES.map((one) => h("option", { value: one }, one)));
    this.text = h("input", { id: "named", type: "search", autocomplete: "off", spellcheck: "false",
      oninput: () => { changed(); this.show(); } });
    this.phase.value = this.filter.phase;
    this.text.value = this.filter.text;
    this.trouble = h("div", {});
    this.count = h("p", { class: "hint", role: "status" });
    this.body = h("tbody", { role: "rowgroup" });
    this.table = h("table", { role: "table", class: "jobs", "aria-label": "VoiceJobs", hidden: true },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        ...COLUMNS.map((one) => h("th", { scope: "col", role: "columnheader" }, one)))), this.body);
    this.empty = h("div", { class: "empty", hidden: true });
    this.further = button("Show more", () => this.showMore(), { hidden: true });
    const field = (label, element) => h("div", { class: "field" }, h("label", { for: element.id }, label), element);
    this.main.replaceChildren(
      h("h1", { tabindex: "-1" }, "VoiceJobs"),
      h("form", { class: "filter", role: "search", "aria-label": "Filter", onsubmit: (event) => event.preventDefault() },
        field("Namespace", this.namespace), field("Phase", this.phase), field("Name contains", this.text)),
      this.trouble, this.count, this.table, this.empty, h("p", { class: "actions" }, this.further));
  }

  run() {
    keepLooking(this.signal, async () => {
      await this.learnNamespaces();
      const seen = await this.look();
      this.trouble.replaceChildren();
      this.show();
      return seen;
    }, (error, seconds) => this.tell(error, seconds));
  }

  async learnNamespaces() {
    if (this.namespaces) return;
    const { namespaces, truncated } = await askJson(namespacesPath(), this.signal);
    this.namespaces = namespaces;
    this.isTruncated = truncated;
    this.namespace.append(...namespaces.map((one) => h("option", { value: one }, one)));
    if (namespaces.includes(this.filter.namespace)) this.namespace.value = this.filter.namespace;
    else this.filter.namespace = "";
  }

  async look() {
    const { namespace } = this.filter;
    const asked = namespace ? [namespace] : this.namespaces.slice(0, MAX_NAMESPACES);
    const found = [];
    this.more = [];
    const left = [...asked];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) found.push(...await this.lookInto(one));
    }));
    if (namespace !== this.filter.namespace) return this.look();
    this.jobs = found.sort((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "")
      || a.metadata.name.localeCompare(b.metadata.name));
    return JSON.stringify(found);
  }

  async lookInto(namespace) {
    const found = [];
    let proceed = "";
    for (let page = 0; page < (this.pages.get(namespace) ?? 1); page += 1) {
      const answer = await askJson(listPath(namespace, proceed), this.signal);
      found.push(...answer.items);
      proceed = answer.continue;
      if (!proceed) return found;
    }
    this.more.push(namespace);
    return found;
  }

  showMore() {
    for (const one of this.more) this.pages.set(one, Math.min((this.pages.get(one) ?? 1) + 1, MAX_PAGES));
    askNow();
  }

  show() {
    const { phase, text } = this.filter;
    const shown = this.jobs.filter((job) => (!phase || phaseOf(job) === phase) && job.metadata.name.includes(text));
    const rows = shown.map((job) => {
      const key = job.metadata.uid ?? `${job.metadata.namespace}/${job.metadata.name}`;
      if (!this.rows.has(key)) this.rows.set(key, new Row(job, this.go));
      const row = this.rows.get(key);
      row.show(job);
      return row.element;
    });
    const there = [...this.body.children];
    if (rows.length !== there.length || rows.some((one, at) => one !== there[at])) {
      const focused = document.activeElement;
      this.body.replaceChildren(...rows);
      if (this.body.contains(focused)) focused.focus();
    }
    this.table.hidden = rows.length === 0;
    write(this.count, this.counted(shown.length));
    this.further.hidden = !this.more.some((one) => (this.pages.get(one) ?? 1) < MAX_PAGES);
    this.showEmpty(shown.length);
    this.announceChanges();
  }

  counted(count) {
    const parts = [`${count} ${count === 1 ? "VoiceJob" : "VoiceJobs"}${count < this.jobs.length ? ` of ${this.jobs.length}` : ""}`];
    if (this.more.length) parts.push("there are more");
    if (!this.filter.namespace && this.namespaces.length > MAX_NAMESPACES) {
      parts.push(`of the first ${MAX_NAMESPACES} of ${this.namespaces.length} namespaces: choose one to see its own`);
    }
    if (this.isTruncated) parts.push("some namespaces are left out (gateway.maxNamespaces)");
    return parts.join("; ");
  }

  showEmpty(count) {
    const kind = count ? "" : this.jobs.length ? "filtered" : this.namespaces.length ? "none" : "nowhere";
    this.empty.hidden = !kind;
    if (kind === this.empty.dataset.kind) return;
    this.empty.dataset.kind = kind;
    this.empty.replaceChildren(...{
      "": [],
      filtered: [h("p", {}, "No VoiceJob is of that kind."), button("Show all", () => this.clear())],
      none: [h("p", {}, "There is no VoiceJob yet. Have something spoken:"),
        h("pre", { tabindex: "0", role: "region", "aria-label": "Command" },
          `kubectl voicejob say "The kettle is on." --namespace ${this.filter.namespace || this.namespaces[0]}`)],
      nowhere: [h("p", {}, "There is no namespace in which you may list VoiceJobs."),
        h("p", { class: "do" }, "What to do: ask for a role with the verb list on voicejobs of the API group voicejob.dev, "
          + "or open one VoiceJob by its name, if you may get it."), byNameForm("", this.go)],
    }[kind]);
  }

  clear() {
    this.phase.value = this.text.value = "";
    this.filter = { ...this.filter, phase: "", text: "" };
    this.keep(this.filter);
    this.show();
    this.text.focus();
  }

  announceChanges() {
    const changes = [];
    for (const job of this.jobs) {
      const { uid, name } = job.metadata;
      const before = this.phases.get(uid);
      if (before && before !== phaseOf(job)) changes.push(`${name}: ${phaseOf(job)}`);
      this.phases.set(uid, phaseOf(job));
    }
    if (changes.length) announce(changes.slice(0, 3).join(", "));
  }

  tell(error, seconds) {
    if (error.status === 401) return this.refused(error);
    const again = button("Try now", () => (seconds ? askNow() : this.run()));
    const later = seconds ? h("span", { class: "hint" }, `Asked again in ${Math.round(seconds)} seconds.`) : "";
    this.trouble.replaceChildren(notice(error, again, later,
      this.filter.namespace && !seconds ? button("All namespaces", () => this.everywhere()) : ""));
    return undefined;
  }

  everywhere() {
    this.namespace.value = "";
    this.filter.namespace = "";
    this.keep(this.filter);
    this.trouble.replaceChildren();
    this.run();
  }
}
