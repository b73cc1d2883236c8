// One run at a time: started, asked how it fares, cancelled, timed.
import { Failed, ask } from "../dashboard/http.js";
import { csrfToken } from "../theme.js";
import { say } from "./words.js";

const FIRST_MS = 150;
const LAST_MS = 1000;

/** onEnd(outcome): the run as the server tells it, or {state: "failed", problem, line, column}; `from` as given. */
export function startRuns(url, onEnd) {
  const button = document.getElementById("sql-run");
  const cancelButton = document.getElementById("sql-cancel");
  const time = document.getElementById("sql-time");
  const state = { at: null, began: 0, ticking: 0, isCancelling: false };
  const post = (address, body) => ask(address, {
    method: "POST", body: JSON.stringify(body), headers: { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" },
  });

  function show(isRunning) {
    button.disabled = isRunning;
    cancelButton.hidden = !isRunning;
    cancelButton.disabled = false;
    clearInterval(state.ticking);
    if (isRunning) state.ticking = setInterval(tick, 100);
    else time.textContent = "";
  }

  function tick() {
    const seconds = (performance.now() - state.began) / 1000;
    if (seconds > 0.3) time.textContent = `${say(state.isCancelling ? "cancelling" : "running")} · ${seconds.toFixed(1)} s`;
  }

  function failed(error) {
    if (!(error instanceof Failed)) throw error;
    const { line, column } = error.problem ?? {};
    return { state: "failed", problem: error.said || say("unreachable"), line, column };
  }

  async function outcome(body) {
    try {
      let found = await post(url, body);
      state.at = `${url}${found.id}/`;
      if (state.isCancelling) await post(`${state.at}cancel/`, {});
      for (let wait = FIRST_MS; found.state === "running"; wait = Math.min(wait * 1.5, LAST_MS)) {
        await new Promise((done) => setTimeout(done, wait));
        found = await ask(state.at);
      }
      return found;
    } catch (error) {
      return failed(error);
    }
  }

  return {
    async start(body, from) {
      if (button.disabled) return;
      Object.assign(state, { at: null, began: performance.now(), isCancelling: false });
      for (const id of ["sql-problem", "sql-goto"]) document.getElementById(id).hidden = true; // of the run before
      show(true);
      const found = await outcome(body);
      show(false);
      onEnd({ ...found, from });
    },
    async cancel() {
      state.isCancelling = true;
      cancelButton.disabled = true;
      if (state.at) await post(`${state.at}cancel/`, {}).catch(failed);
    },
    /** A run of the history; null if it is gone. */
    async read(address) {
      try {
        return await ask(address);
      } catch (error) {
        onEnd(failed(error));
        return null;
      }
    },
  };
}
