// A VoiceJob as YAML, to copy: what JSON has, and no more of YAML than that takes.

const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./@-]*$/;
const WORDS = /^(true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
// What YAML calls unprintable, or a line break that JSON does not.
const ESCAPED = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

function quoted(text) {
  return JSON.stringify(text).replace(ESCAPED, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const isBlock = (text) => text.includes("\n") && /^[^\s]/.test(text) && !/\n\n$/.test(text)
    && !/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]| \n| $/.test(text);

function scalar(value, indent) {
  if (typeof value !== "string") return JSON.stringify(value);
  if (isBlock(value)) {
    const ends = value.endsWith("\n");
    const lines = (ends ? value.slice(0, -1) : value).split("\n");
    return `|${ends ? "" : "-"}\n${lines.map((one) => (one ? `${indent}${one}` : "")).join("\n")}`;
  }
  return inLine(value);
}

const inLine = (text) => (PLAIN.test(text) && !WORDS.test(text) ? text : quoted(text));

const isEmpty = (value) => (Array.isArray(value) ? value : Object.keys(value)).length === 0;
const isNested = (value) => value !== null && typeof value === "object" && !isEmpty(value);

function lines(value, indent) {
  if (!isNested(value)) return `${indent}${scalar(value, `${indent}  `)}`;
  const entries = Array.isArray(value)
    ? value.map((one) => ["-", one])
    : Object.entries(value).map(([key, one]) => [`${inLine(key)}:`, one]);
  return entries.map(([head, one]) => {
    if (!isNested(one)) return `${indent}${head} ${scalar(one, `${indent}  `)}`;
    const inner = lines(one, `${indent}  `);
    return head === "-" ? `${indent}- ${inner.slice(indent.length + 2)}` : `${indent}${head}\n${inner}`;
  }).join("\n");
}

export const yaml = (value) => `${lines(value, "")}\n`;

/** What kubectl apply takes: without what the cluster itself has written. */
export function manifestOf(job) {
  const { name, namespace, labels } = job.metadata;
  const metadata = { name, namespace, ...(labels ? { labels } : {}) };
  return { apiVersion: job.apiVersion, kind: job.kind, metadata, spec: job.spec };
}
