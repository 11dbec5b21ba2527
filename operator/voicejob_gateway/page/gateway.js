// Asks the gateway, and asks again, ever less often.

import { headers } from "./session.js";

const ANSWER_SECONDS = 30;
const AWAY_HINT = "see whether the port-forward or the network is still there, and that the gateway runs "
  + "(kubectl get pods --selector app.kubernetes.io/component=gateway --all-namespaces)";

/** The gateway has answered, and not with what was asked for. */
export class Refused extends Error {
  constructor(status, told, retrySeconds) {
    super(told.message || `the gateway answered ${status}`);
    this.status = status;
    this.error = told.error || "";
    this.hint = told.hint || (status >= 500 ? "try again in a while" : "");
    this.retrySeconds = retrySeconds;
  }

  /** Whether the same question may be answered another time. */
  get passes() {
    return this.status === 429 || this.status >= 500;
  }
}

/** Nobody has answered. */
export class Away extends Error {
  constructor() {
    super("the gateway cannot be reached");
    this.hint = AWAY_HINT;
    this.passes = true;
  }
}

const path = (...parts) => `api/v1/namespaces${parts.map((one) => `/${encodeURIComponent(one)}`).join("")}`;
export const namespacesPath = () => path();
export const listPath = (namespace, proceed) =>
  `${path(namespace)}/voicejobs${proceed ? `?continue=${encodeURIComponent(proceed)}` : ""}`;
export const jobPath = (namespace, name) => `${path(namespace)}/voicejobs/${encodeURIComponent(name)}`;
export const audioPath = (namespace, name, part) =>
  `${jobPath(namespace, name)}/audio${part ? `?part=${encodeURIComponent(part)}` : ""}`;

/** The answer, if it is a good one; it throws Refused, Away, or AbortError. */
export async function ask(address, { signal, ...more } = {}) {
  let answer;
  try {
    answer = await fetch(address, {
      redirect: "error", cache: "no-store", signal, ...more, headers: { ...headers(), ...more.headers },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Away();
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, told, Number(answer.headers.get("Retry-After")) || 0);
}

export async function askJson(address, signal) {
  const late = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  try {
    return await (await ask(address, { signal: AbortSignal.any([signal, late]) })).json();
  } catch (error) {
    if (signal.aborted || error instanceof Refused) throw error;
    throw new Away();
  }
}

// ---- Asking again

const FIRST_SECONDS = 2;
const QUIET_SECONDS = 30;
const TROUBLE_SECONDS = 60;
const WAKE = "voicejob:ask-now";

export const askNow = () => dispatchEvent(new Event(WAKE));

/**
 * Asks until the signal is aborted: every other second while something changes, ever less often
 * while nothing does or nobody answers, and not at all while nobody looks.
 *
 * look: asks and shows; returns what tells whether it has changed. trouble(error, seconds): shows
 * what is amiss; an error that does not pass ends the asking.
 */
export async function keepLooking(signal, look, trouble) {
  let seconds = FIRST_SECONDS;
  let seen;
  while (!signal.aborted) {
    try {
      const now = await look();
      seconds = now === seen ? Math.min(seconds * 1.5, QUIET_SECONDS) : FIRST_SECONDS;
      seen = now;
    } catch (error) {
      if (signal.aborted) return;
      seconds = Math.min(Math.max(seconds * 2, error.retrySeconds || 0), TROUBLE_SECONDS);
      trouble(error, error.passes ? seconds : 0);
      if (!error.passes) return;
    }
    await pause(seconds, signal);
  }
}

function pause(seconds, signal) {
  return new Promise((resolve) => {
    const woken = new AbortController();
    const end = () => { clearTimeout(timer); woken.abort(); resolve(); };
    const endIfSeen = () => { if (!document.hidden) end(); };
    const timer = setTimeout(() => {
      if (document.hidden) document.addEventListener("visibilitychange", endIfSeen, { signal: woken.signal });
      else end();
    }, seconds * 1000);
    addEventListener(WAKE, end, { signal: woken.signal });
    addEventListener("online", end, { signal: woken.signal });
    signal.addEventListener("abort", end, { signal: woken.signal });
  });
}
