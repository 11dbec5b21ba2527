// The shape of what is heard: how loud each part of it is.

const MAX_SECONDS = 1800; // decoded, 8 kHz of it take 58 MB
const MAX_BYTES = 64e6;
const RATE = 8000;
const PARTS = 400;

export const isShort = (bytes, seconds) => bytes <= MAX_BYTES && seconds <= MAX_SECONDS;

/** Loudness from 0 to 1 by part; throws where the browser cannot decode it. */
export async function loudnessOf(blob) {
  const context = new OfflineAudioContext(1, 1, RATE);
  const samples = (await context.decodeAudioData(await blob.arrayBuffer())).getChannelData(0);
  const length = samples.length / PARTS;
  const powers = Array.from({ length: PARTS }, (_, part) => {
    const end = Math.min(samples.length, Math.ceil((part + 1) * length));
    let sum = 0;
    let at = Math.floor(part * length);
    const count = Math.max(1, end - at);
    for (; at < end; at += 1) sum += samples[at] ** 2;
    return Math.sqrt(sum / count);
  });
  const top = powers.reduce((most, one) => Math.max(most, one), 1e-6);
  return powers.map((one) => (one / top) ** 0.7);
}

/** Draws it onto the canvas, as far as it has been heard in full colour. */
export function drawWave(canvas, loudness, heard) {
  const scale = devicePixelRatio || 1;
  const width = canvas.width = canvas.clientWidth * scale;
  const height = canvas.height = canvas.clientHeight * scale;
  const context = canvas.getContext("2d");
  const bars = Math.min(loudness.length, Math.max(1, Math.floor(canvas.clientWidth / 5)));
  context.fillStyle = getComputedStyle(canvas).color;
  for (let i = 0; i < bars; i += 1) {
    const from = Math.floor(i * loudness.length / bars);
    const to = Math.max(from + 1, Math.floor((i + 1) * loudness.length / bars));
    const bar = Math.max(3 * scale, Math.max(...loudness.slice(from, to)) * height);
    context.globalAlpha = (i + 0.5) / bars < heard ? 1 : 0.35;
    context.beginPath();
    context.roundRect(i * width / bars, (height - bar) / 2, width / bars * 0.55, bar, width / bars);
    context.fill();
  }
}
