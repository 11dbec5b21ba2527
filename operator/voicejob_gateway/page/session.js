// Who asks. Kept in this tab alone, until it is closed, and sent as a header, never in an address.

const KEY = "voicejob-gateway";
// Through the API server's service proxy every Service has the same origin: what is stored there
// another one's page could read.
export const isProxied = /\/(services|pods)\/[^/]+\/proxy\//.test(location.pathname);

let current = isProxied ? null : stored();

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** {token}, {capability, namespace, name}, or null. */
export const session = () => current;

export function signIn(given) {
  current = given;
  if (!isProxied) sessionStorage.setItem(KEY, JSON.stringify(given));
}

export function signOut() {
  current = null;
  sessionStorage.removeItem(KEY);
}

export function headers() {
  if (current?.token) return { Authorization: `Bearer ${current.token}` };
  if (current?.capability) return { "X-VoiceJob-Capability": current.capability };
  return {};
}

/** Whether a VoiceJob is all that this session opens. */
export const isOfOne = () => Boolean(current?.capability);
