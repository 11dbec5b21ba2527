// Leads from one view to another: who has not signed in signs in first.

import { $, notice } from "./dom.js";
import { JobView } from "./job.js";
import { ListView } from "./list.js";
import { isOfOne, session, signOut } from "./session.js";
import { signInView } from "./signin.js";

const main = $("content");
let leaving = new AbortController();

// #/ is the list, #/?namespace=…&phase=…&named=… what of it, #/NAMESPACE/NAME a VoiceJob.
function wanted() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { job: parts.length === 2 ? parts : [], query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const addressOf = (namespace, name) => `#/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

function go(namespace, name) {
  const address = namespace && name ? addressOf(namespace, name) : "#/";
  if (location.hash === address) show();
  else location.hash = address;
}

function keep({ namespace, phase, text }) {
  const given = Object.entries({ namespace, phase, named: text }).filter(([, value]) => value);
  history.replaceState(null, "", `#/${given.length ? `?${new URLSearchParams(given)}` : ""}`);
}

function refused(error) {
  if (!session()) return;
  signOut();
  show(error);
}

function show(error) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { job, query } = wanted();
  const who = session();
  $("session").hidden = !who;
  $("who").textContent = isOfOne() ? "with a capability" : "with a token";
  if (!who) {
    document.title = "Sign in · VoiceJobs";
    signInView(main, { wanted: job, error, entered: go });
  } else if (isOfOne() && (job[0] !== who.namespace || job[1] !== who.name)) {
    location.replace(addressOf(who.namespace, who.name));
    return;
  } else if (job.length) {
    document.title = `${job[1]} · VoiceJobs`;
    new JobView(main, { signal, namespace: job[0], name: job[1], isAlone: isOfOne(), refused });
  } else {
    document.title = "VoiceJobs";
    const filter = { namespace: query.get("namespace") ?? "", phase: query.get("phase") ?? "", text: query.get("named") ?? "" };
    new ListView(main, { signal, filter, go, keep, refused });
  }
  main.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
}

$("leave").addEventListener("click", () => {
  signOut();
  if (location.hash && location.hash !== "#/") location.hash = "#/";
  else show();
});
$("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => show());
addEventListener("unhandledrejection", (event) => {
  main.prepend(notice({ message: `the page has failed: ${event.reason?.message ?? event.reason}`, hint: "load it anew" }));
});
show();
