// Files of a VoiceJob, brought whole: what breaks off goes on from where it was.

import { ask, audioPath, Away, Refused } from "./gateway.js";

export const MAX_HELD = 256e6; // bytes that a page holds
const MAX_TEXT = 16e6; // bytes of subtitles, or of an index
const MAX_TRIES = 5;
const WAIT_SECONDS = 1;

const wait = (seconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, seconds * 1000);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
});

/** The file was written anew meanwhile. */
class Changed extends Error {
  constructor() {
    super("the file has changed while it was being fetched");
    this.hint = "fetch it again";
  }
}

/**
 * Hands the file's pieces to take(piece), one after the other, and returns {type, size, name}.
 * begin(description) is called once before the first. It throws Refused, Away or AbortError.
 */
export async function bring({ namespace, name, part, signal, begin = () => {}, take }) {
  const address = audioPath(namespace, name, part);
  let told = null;
  let here = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      const on = here ? { Range: `bytes=${here}-`, "If-Range": told.etag } : {};
      const answer = await ask(address, { signal, headers: on });
      if (here && answer.status !== 206) throw new Changed();
      told ??= describe(answer);
      if (!here) await begin(told);
      const reader = answer.body.getReader();
      for (let next = await read(reader, signal); !next.done; next = await read(reader, signal)) {
        await take(next.value);
        here += next.value.length;
        tries = 0;
      }
      if (told.size !== null && here < told.size) throw new Away();
      return told;
    } catch (error) {
      const isOver = error instanceof Refused ? !error.passes || !here : !(error instanceof Away) || !told;
      if (signal.aborted || isOver || tries >= MAX_TRIES) throw error;
      await wait(WAIT_SECONDS * 2 ** tries, signal);
    }
  }
}

async function read(reader, signal) {
  try {
    return await reader.read();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Away();
  }
}

function describe(answer) {
  const length = answer.headers.get("Content-Length");
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  return {
    type: answer.headers.get("Content-Type") ?? "application/octet-stream",
    size: length === null ? null : Number(length),
    etag: answer.headers.get("ETag") ?? "",
    name: named?.[1] ?? "audio",
  };
}

/** The file is larger than the page holds. */
export class TooLarge extends Error {
  constructor(bytes, namespace, name) {
    super(`the file has ${Math.round(bytes / 1e6)} MB, which is more than a page should hold`);
    this.hint = `kubectl voicejob fetch ${name} --namespace ${namespace}`;
  }
}

/** The file as {blob, name}, if it is not too large to be held. */
export async function hold({ namespace, name, part, signal, limit = MAX_HELD, progress = () => {} }) {
  const pieces = [];
  let here = 0;
  const told = await bring({ namespace, name, part, signal,
    begin: ({ size }) => { if (size > limit) throw new TooLarge(size, namespace, name); },
    take: (piece) => {
      pieces.push(piece);
      here += piece.length;
      if (here > limit) throw new TooLarge(here, namespace, name);
      progress(here);
    } });
  return { blob: new Blob(pieces, { type: told.type }), name: told.name };
}

export async function holdText(whose) {
  return (await hold({ ...whose, limit: MAX_TEXT })).blob.text();
}

export const canStream = () => "showSaveFilePicker" in window;

/** Saves the file where the user says, without holding it; only where the browser can. */
export async function streamToDisk({ suggested, ...whose }, progress) {
  const handle = await window.showSaveFilePicker({ suggestedName: suggested });
  const disk = await handle.createWritable();
  let here = 0;
  try {
    await bring({ ...whose, take: async (piece) => { await disk.write(piece); here += piece.length; progress(here); } });
    await disk.close();
  } catch (error) {
    await disk.abort().catch(() => {});
    throw error;
  }
}

/** Saves what is held. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
