// Subtitles and chapters: WebVTT and SRT, as far as the worker writes them.

const TIMES = /^((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})[ \t]+-->[ \t]+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})/;
const NAMED = { amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", lrm: "\u200e", rlm: "\u200f" };
export const MAX_CUES = 10_000;

function seconds(written) {
  return written.replace(",", ".").split(":").reduce((all, part) => all * 60 + Number(part), 0);
}

function spoken(text, isVtt) {
  if (!isVtt) return { voice: "", text };
  const voice = /^<v[^ >]*[ \t]+([^>]*)>/.exec(text)?.[1] ?? "";
  const plain = (it) => it.replace(/<[^>]*>/g, "").replace(/&(\w+);/g, (all, name) => NAMED[name] ?? all);
  return { voice: plain(voice), text: plain(text) };
}

/** {start, end} in seconds, {voice, text}; what is not understood is passed over. */
export function parseCues(written) {
  const isVtt = written.replace("\ufeff", "").startsWith("WEBVTT");
  const cues = [];
  for (const block of written.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => TIMES.test(line));
    if (at < 0 || at > 1) continue;
    const [, start, end] = TIMES.exec(lines[at]);
    const text = lines.slice(at + 1).join("\n").trim();
    cues.push({ start: seconds(start), end: seconds(end), ...spoken(text, isVtt) });
    if (cues.length >= MAX_CUES) break;
  }
  return cues;
}

/** The index of the cue that is heard at that time, or -1; they are in order. */
export function cueAt(cues, time) {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cues[middle].start <= time) low = middle + 1;
    else high = middle;
  }
  return low > 0 && time < cues[low - 1].end ? low - 1 : -1;
}
