"use strict";
// Speaks what is written: plays it as it comes where the browser can, and has it to download.

const $ = (id) => document.getElementById(id);
const [form, text, voice, format, speed, key] =
  ["speak", "text", "voice", "format", "speed", "key"].map($);
const [audio, wave, save, statusLine, errorLine] =
  ["audio", "wave", "save", "status", "error"].map($);
const longest = Number(document.body.dataset.longest);
const KEY = "voicejob-key";
let speaking = null; // what aborts the request under way
let url = ""; // of the audio that is here
let loudness = []; // of the parts of the speech, to draw

// ---- What is chosen

const pace = () => 2 ** Number(speed.value);

function showPace() {
  $("pace").textContent = `${pace().toFixed(2)} ×`;
  speed.setAttribute("aria-valuetext", `${pace().toFixed(2)} times`);
}

function showCount() {
  const count = [...text.value].length;
  const over = count > longest;
  $("count").textContent = `${count} of ${longest} characters`;
  text.setAttribute("aria-invalid", String(over));
  text.setCustomValidity(over ? `At most ${longest} characters are spoken at once.` : "");
}

function headers() {
  const sent = key.value.trim();
  if (/[^\x20-\x7e\x80-\xff]/.test(sent)) throw new Error("The key has a character that cannot be sent: copy it anew.");
  return sent ? { Authorization: `Bearer ${sent}` } : {};
}

async function listVoices() {
  const answer = await fetch("v1/audio/voices", { headers: headers() });
  if (!answer.ok) throw new Error(await told(answer));
  const { voices } = await answer.json();
  const groups = [
    ["Voices", voices.filter((one) => !one.same_as && one.id === one.name)],
    ["Sent to this server", voices.filter((one) => one.id !== one.name)],
    ["OpenAI’s names", voices.filter((one) => one.same_as)],
  ];
  const chosen = voice.value;
  voice.replaceChildren(...groups.filter(([, list]) => list.length).map(([label, list]) => {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...list.map((one) => new Option(`${one.name} · ${one.language}`, one.id)));
    return group;
  }));
  if (voices.some((one) => one.id === chosen)) voice.value = chosen;
}

// ---- What is told

async function told(answer) {
  try {
    const { message } = (await answer.json()).error;
    return message[0].toUpperCase() + message.slice(1) + ".";
  } catch {
    return `The server answered ${answer.status}.`;
  }
}

function tell(message, error = "") {
  statusLine.textContent = message;
  errorLine.textContent = error;
}

function showBusy(busy) {
  $("go").disabled = busy;
  $("stop").hidden = !busy;
  form.setAttribute("aria-busy", String(busy));
}

// ---- Playing as it comes

class Streamed {
  // Feeds an audio element with the parts of a file, through Media Source Extensions.
  constructor(type) {
    this.parts = [];
    this.isWhole = false;
    this.isFull = false;
    this.source = new MediaSource();
    this.source.addEventListener("sourceopen", () => {
      this.buffer = this.source.addSourceBuffer(type);
      this.buffer.addEventListener("updateend", () => this.feed());
      this.feed();
    }, { once: true });
    play(URL.createObjectURL(this.source));
  }

  static takes(type) {
    return "MediaSource" in window && MediaSource.isTypeSupported(type);
  }

  add(part) {
    this.parts.push(part);
    this.feed();
  }

  end() {
    this.isWhole = true;
    this.feed();
  }

  feed() {
    if (!this.buffer || this.buffer.updating || this.source.readyState !== "open") return;
    if (this.parts.length && !this.isFull) {
      try {
        this.buffer.appendBuffer(this.parts[0]);
        this.parts.shift();
      } catch {
        this.isFull = true; // a browser keeps some minutes: the rest comes with the whole file
      }
    } else if (this.isWhole && !this.isFull) {
      this.source.endOfStream();
    }
  }
}

function play(from, at = 0) {
  if (url) URL.revokeObjectURL(url);
  url = from;
  audio.src = from;
  audio.currentTime = at;
  $("heard").hidden = false;
  audio.play().catch(() => {}); // a browser may want a click on the player itself
}

// ---- Speaking

const KINDS = { opus: "audio/ogg", pcm: "audio/wav" };
const ENDINGS = { opus: "ogg" };

async function speak(signal) {
  const kind = format.value;
  const type = { mp3: "audio/mpeg", aac: "audio/aac" }[kind];
  const streamed = Boolean(type) && Streamed.takes(type);
  save.hidden = true;
  audio.pause();
  drawWave(loudness = []);
  showBusy(true);
  tell("Speaking …");
  const answer = await fetch("v1/audio/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers() },
    // What is not played as it comes is better whole: its length is right.
    body: JSON.stringify({ model: "tts-1", input: text.value, voice: voice.value,
      response_format: kind, speed: pace(), stream: streamed }),
    signal,
  });
  if (!answer.ok) throw new Error(await told(answer));
  const parts = [];
  const player = streamed ? new Streamed(type) : null;
  const reader = answer.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (player && !parts.length) tell("Playing while it is being spoken …");
    parts.push(next.value);
    player?.add(next.value);
  }
  player?.end();
  await keep(kind, parts, player);
}

async function keep(kind, parts, player) {
  const file = new Blob(parts, { type: KINDS[kind] || `audio/${kind}` });
  const heard = kind === "pcm" ? new Blob([wavHeader(file.size), ...parts], { type: "audio/wav" }) : file;
  if (!player) play(URL.createObjectURL(heard));
  else if (player.isFull) play(URL.createObjectURL(heard), audio.currentTime);
  if (save.href) URL.revokeObjectURL(save.href);
  save.href = URL.createObjectURL(file);
  save.download = `speech.${ENDINGS[kind] || kind}`;
  save.hidden = false;
  let seconds = "";
  try {
    const context = new OfflineAudioContext(1, 1, 24000);
    const sound = await context.decodeAudioData(await heard.arrayBuffer());
    seconds = `${sound.duration.toFixed(1)} s, `;
    drawWave(loudness = loudnessOf(sound.getChannelData(0)));
  } catch {
    // A browser that cannot decode the format has it to download.
  }
  tell(`Ready: ${seconds}${Math.max(1, Math.round(file.size / 1000))} kB ${kind}.`);
}

function wavHeader(size) {
  // 24 kHz, 16-bit, mono: what raw PCM is here.
  const view = new DataView(new ArrayBuffer(44));
  const write = (at, letters) => [...letters].forEach((one, i) => view.setUint8(at + i, one.charCodeAt(0)));
  write(0, "RIFF"); view.setUint32(4, size + 36, true); write(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, 24000, true); view.setUint32(28, 48000, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  write(36, "data"); view.setUint32(40, size, true);
  return view.buffer;
}

// ---- The wave

function loudnessOf(samples, count = 160) {
  // Of as many parts of the speech, from 0 to 1.
  const step = Math.max(1, Math.floor(samples.length / count));
  const powers = Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let at = i * step; at < Math.min((i + 1) * step, samples.length); at++) sum += samples[at] ** 2;
    return Math.sqrt(sum / step);
  });
  const top = Math.max(...powers, 1e-6);
  return powers.map((one) => (one / top) ** 0.7);
}

function drawWave() {
  const width = wave.width = wave.clientWidth * devicePixelRatio;
  const height = wave.height = wave.clientHeight * devicePixelRatio;
  const context = wave.getContext("2d");
  const played = Number.isFinite(audio.duration) ? audio.currentTime / audio.duration : 0;
  const bars = Math.min(loudness.length, Math.max(1, Math.floor(wave.clientWidth / 5)));
  context.fillStyle = getComputedStyle(wave).color;
  for (let i = 0; i < bars; i++) {
    const part = loudness[Math.floor(i * loudness.length / bars)];
    const bar = Math.max(3 * devicePixelRatio, part * height);
    context.globalAlpha = i / bars < played ? 1 : 0.3;
    context.beginPath();
    context.roundRect(i * width / bars, (height - bar) / 2, width / bars * .55, bar, width / bars);
    context.fill();
  }
}

// ---- What the user does

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  speaking?.abort();
  const control = speaking = new AbortController();
  try {
    await speak(control.signal);
  } catch (error) {
    if (speaking !== control) return; // another was asked for meanwhile, and tells of itself
    if (error.name === "AbortError") tell("Stopped.");
    else if (error instanceof TypeError) tell("", "The connection broke off before the speech was complete.");
    else tell("", error.message);
  } finally {
    if (speaking === control) {
      showBusy(false);
      speaking = null;
    }
  }
});
$("stop").addEventListener("click", () => {
  speaking?.abort();
  audio.pause();
  $("go").disabled = false;
  $("go").focus();
});
form.addEventListener("input", () => { errorLine.textContent = ""; });
text.addEventListener("input", showCount);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !speaking) {
    event.preventDefault();
    form.requestSubmit();
  }
});
speed.addEventListener("input", showPace);
key.addEventListener("change", () => {
  sessionStorage.setItem(KEY, key.value.trim());
  listVoices().catch((error) => tell("", error.message));
});
wave.addEventListener("click", (event) => {
  if (Number.isFinite(audio.duration)) audio.currentTime = event.offsetX / wave.clientWidth * audio.duration;
});
for (const name of ["timeupdate", "seeked", "ended", "durationchange"]) audio.addEventListener(name, drawWave);
addEventListener("resize", drawWave);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawWave);

if (document.body.dataset.wantsKey === "yes") {
  $("key-field").hidden = false;
  key.required = true;
  key.value = sessionStorage.getItem(KEY) || "";
}
showCount();
showPace();
drawWave();
listVoices().catch((error) => tell("", error instanceof TypeError ? "The server cannot be reached." : error.message));
