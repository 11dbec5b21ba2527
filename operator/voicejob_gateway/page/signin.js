// Signing in: as a user of the cluster, or with what opens one VoiceJob.

import { button, h, notice } from "./dom.js";
import { isProxied, signIn } from "./session.js";

const field = (id, label, hint, properties = {}) => h("div", { class: "field" },
  h("label", { for: id }, label),
  h("input", { id, required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "off",
    "aria-describedby": hint.length ? `${id}-hint` : null, ...properties }),
  hint.length ? h("p", { id: `${id}-hint`, class: "hint" }, ...hint) : null);

const code = (text) => h("code", {}, text);

const tokenFields = () => [field("token", "Bearer token", [
  "One that the cluster's API server knows: ",
  code("kubectl create token SERVICEACCOUNT --namespace NAMESPACE"),
  ". Kept in this tab alone, until it is closed."], { type: "password" })];

const capabilityFields = ([namespace = "", name = ""]) => [
  h("div", { class: "pair" },
    field("namespace", "Namespace", [], { value: namespace }),
    field("name", "Name of the VoiceJob", [], { value: name })),
  field("capability", "Capability", [
    "It opens that VoiceJob alone. Its Secret holds it: ",
    code(`kubectl get secrets --namespace ${namespace || "NAMESPACE"} --selector voicejob.dev/name=${name || "NAME"} `
      + "--output jsonpath='{.items[*].data.capability}' | base64 --decode"),
    isProxied ? ". Kept until this page is left or loaded anew." : ". Kept in this tab alone, until it is closed."],
  { type: "password" })];

/** The form; entered(namespace, name) when it is sent, where it was a capability for one. */
export function signInView(main, { wanted = [], error, entered }) {
  let kind = isProxied || error?.error === "CapabilityRefused" ? "capability" : "token";
  const fields = h("div", { id: "fields" });
  const choice = (value, label) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "kind", value, checked: value === kind,
      onchange: () => { kind = value; showFields(); } }), label);
  const showFields = () => fields.replaceChildren(...(kind === "token" ? tokenFields() : capabilityFields(wanted)));

  function submit(event) {
    event.preventDefault();
    const value = (id) => form.querySelector(`#${id}`).value.trim();
    if (kind === "token") {
      signIn({ token: value("token") });
      entered(...wanted);
    } else {
      const [namespace, name] = [value("namespace"), value("name")];
      signIn({ capability: value("capability"), namespace, name });
      entered(namespace, name);
    }
  }

  const form = h("form", { class: "card", onsubmit: submit },
    isProxied
      ? h("p", { class: "hint" }, "Through the API server's service proxy no bearer token arrives: a capability, or a "
        + "port-forward to the gateway, or its Ingress.")
      : h("fieldset", {}, h("legend", {}, "Sign in with"), choice("token", "a token"),
        choice("capability", "a capability, for one VoiceJob")),
    fields,
    h("p", { class: "actions" }, h("button", { type: "submit", class: "primary" }, "Sign in")));
  showFields();
  main.replaceChildren(
    h("h1", { tabindex: "-1" }, "Hear what was spoken"),
    error ? notice(error) : "", form);
}

/** A form that leads to a VoiceJob by its name, for who may see one and not list them. */
export function byNameForm(namespace, go) {
  const form = h("form", { class: "by-name", "aria-label": "A VoiceJob by its name", onsubmit: (event) => {
    event.preventDefault();
    go(form.querySelector("#by-namespace").value.trim(), form.querySelector("#by-name").value.trim());
  } },
  h("div", { class: "pair" },
    field("by-namespace", "Namespace", [], { value: namespace }),
    field("by-name", "Name of the VoiceJob", [])),
  h("p", { class: "actions" }, h("button", { type: "submit" }, "Open"), button("Try again", () => location.reload())));
  return form;
}
