"use strict";
// Shows the server's OpenAPI document.

function make(tag, content = "", attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...[content].flat());
  return made;
}

function table(heads, rows) {
  const head = make("tr", heads.map((one) => make("th", one, { scope: "col" })));
  const body = rows.map(([first, ...rest]) => make("tr", [
    make("th", make("code", first), { scope: "row" }),
    ...rest.map((one) => make("td", one)),
  ]));
  return make("table", [make("thead", head), make("tbody", body)]);
}

function resolved(schema, document_) {
  const name = schema?.$ref?.split("/").pop();
  return name ? document_.components.schemas[name] : schema || {};
}

function kind(schema, document_) {
  if (schema.$ref) {
    const found = resolved(schema, document_);
    return found.enum ? found.enum.join(", ") : schema.$ref.split("/").pop();
  }
  if (schema.anyOf) return schema.anyOf.map((one) => kind(one, document_)).join(" or ");
  if (schema.enum) return schema.enum.join(", ");
  if (schema.type === "array") return `list of ${kind(schema.items || {}, document_)}`;
  return schema.format === "binary" ? "file" : schema.type || "anything";
}

function fields(schema, document_) {
  const { properties = {}, required = [] } = resolved(schema, document_);
  return Object.entries(properties).map(([name, one]) => {
    const usual = one.default !== undefined && one.default !== "" && one.default !== null;
    const need = required.includes(name) ? "required" : usual ? `usually ${one.default}` : "";
    return [name, kind(one, document_), need, one.description || ""];
  });
}

function operation(path, method, said, document_) {
  // It scrolls on a narrow screen: a keyboard must reach it then.
  const inside = make("div", "", { className: "inside", tabIndex: 0, role: "group",
    ariaLabel: `${method} ${path}` });
  const [what, ...about] = (said.description || said.summary).split("\n");
  if (about.length) inside.append(make("p", about.join(" ")));
  if (said.parameters) {
    inside.append(make("h3", "In the address"), table(["name", "kind", "where"],
      said.parameters.map((one) => [one.name, kind(one.schema, document_), one.in])));
  }
  for (const [type, { schema }] of Object.entries(said.requestBody?.content || {})) {
    inside.append(make("h3", ["Body, ", make("code", type)]),
      table(["field", "kind", "need", "what"], fields(schema, document_)));
  }
  const answers = Object.entries(said.responses).map(([status, one]) => [
    status, one.description, Object.keys(one.content || {}).join(", ").replace("application/json", "JSON"),
  ]);
  inside.append(make("h3", "Answers"), table(["status", "what", "as"], answers));
  const summary = make("summary", [
    make("span", method.toUpperCase(), { className: "method" }),
    make("code", path),
    make("span", what, { className: "what" }),
  ]);
  return make("details", [summary, inside]);
}

async function show() {
  const document_ = await (await fetch("openapi.json")).json();
  const groups = new Map();
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const [method, said] of Object.entries(methods)) {
      const tag = said.tags?.[0] || "other";
      groups.set(tag, [...(groups.get(tag) || []), operation(path, method, said, document_)]);
    }
  }
  for (const [tag, list] of groups) {
    document.getElementById("operations").append(make("h2", tag), ...list);
  }
  document.getElementById("about").textContent =
    `${document_.info.description} Version ${document_.info.version}.`;
}

show().catch(() => {
  document.getElementById("about").textContent = "openapi.json cannot be read.";
});
