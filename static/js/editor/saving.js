// Keeps the layout on the server: soon after each move, with the version that was seen; a lost race asks the author.
import { Failed, ask } from "../dashboard/http.js";
import { csrfToken } from "../theme.js";

const WAIT_MS = 400;
const AGAIN_MS = 3000;

/** onGone(ids): cards that somebody else has removed meanwhile.
 * -> {moved(layout), seen(version), post(url, body), flush()}. layout(): [{widget, x, y, w, h}] as it stands. */
export function startSaving(page, onGone = () => {}) {
  const mark = document.getElementById("unsaved");
  const conflict = document.getElementById("conflict");
  const state = { version: page.version, timer: 0, layout: null, running: null };
  const url = `/d/${page.slug}/layout/`;

  const post = (address, body) => ask(address, {
    method: "POST", body: body instanceof URLSearchParams ? body : JSON.stringify(body ?? {}), keepalive: true,
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": body instanceof URLSearchParams ? "application/x-www-form-urlencoded" : "application/json" },
  });

  async function save() {
    clearTimeout(state.timer);
    if (state.running || !state.layout) return state.running;
    const layout = state.layout;
    const sent = state.version;
    try {
      state.running = post(url, { version: sent, placements: layout() });
      const { version, gone } = await state.running;
      seen(version);
      if (gone.length) onGone(gone);
      if (state.layout === layout) {
        state.layout = null;
        mark.hidden = true;
      }
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      state.running = null;
      // a card that we added ourselves has moved the version on meanwhile
      if (error.status === 409 && state.version > sent) return save();
      return unsaved(error);
    }
    state.running = null;
    if (state.layout) return save();
  }

  function unsaved(error) {
    mark.hidden = false;
    if (error.status === 409) {
      state.theirs = error.problem.version;
      if (!conflict.open) conflict.showModal();
      return;
    }
    mark.textContent = error.said || page.say("save_failed");
    if (error.status === 0 || error.status >= 500) state.timer = setTimeout(save, AGAIN_MS);
  }

  const seen = (version) => {
    state.version = Math.max(state.version, Number(version) || 0);
  };
  document.getElementById("conflict-mine").addEventListener("click", () => {
    conflict.close();
    seen(state.theirs);
    save();
  });
  // what moved in the last moment is sent while the page goes away
  addEventListener("pagehide", save);
  addEventListener("beforeunload", (event) => state.layout && state.running && event.preventDefault());
  return {
    seen,
    post,
    flush: save,
    moved(layout) {
      state.layout = layout;
      mark.hidden = false;
      mark.textContent = page.say("saving");
      clearTimeout(state.timer);
      state.timer = setTimeout(save, WAIT_MS);
    },
  };
}
