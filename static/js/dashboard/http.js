// Data of one card by HTTP: what a page falls back to without its socket.

/** Why no data came: `status` 0 is the network. `message` is the server's own sentence, if it said one. */
export class Failed extends Error {
  constructor(status, message = "", field = "") {
    super(message || `status ${status}`);
    Object.assign(this, { status, said: message, field });
  }
}

/** The JSON of an answer. Throws Failed; a session that ended reloads the page. */
export async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failed(0);
  }
  if (response.ok) return response.status === 204 ? { version: response.headers.get("X-Version") } : response.json();
  if (response.status === 401) location.reload();
  const problem = await response.json().catch(() => ({}));
  throw Object.assign(new Failed(response.status, problem.detail ?? "", problem.field ?? ""), { problem });
}

/** One card's data. The browser keeps it with its ETag and asks whether it is still true. */
export const cardData = (id, params, signal) => ask(`/w/${id}/data/?${params}`, { signal, cache: "no-cache" });
