// Keeps the layout on the server: soon after each move, with the version that was seen; a lost race asks the author.
import { Failed, ask } from "../dashboard/http.js";
import { csrfToken } from "../theme.js";

const WAIT_MS = 400;
const AGAIN_MS = 3000;

/** onGone(ids): cards that somebody else has removed meanwhile.
 * -> {moved(layout), seen(version), write(url, body), flush()}. layout(): [{widget, x, y, w, h}] as it stands.
 * Writes of this page go one after the other, so that each names the version its forerunner brought. */
export function startSaving(page, onGone = () => {}) {
  const mark = document.getElementById("unsaved");
  const conflict = document.getElementById("conflict");
  const state = { version: page.version, timer: 0, layout: null, last: Promise.resolve(), waiting: 0 };
  const url = `/d/${page.slug}/layout/`;

  const post = (address, body) => ask(address, {
    method: "POST", body: body instanceof URLSearchParams ? body : JSON.stringify(body ?? {}), keepalive: true,
    headers: { "X-CSRFToken": csrfToken(), "Content-Type": body instanceof URLSearchParams ? "application/x-www-form-urlencoded" : "application/json" },
  });

  function inTurn(work) {
    state.waiting += 1;
    const done = state.last.then(work).finally(() => (state.waiting -= 1));
    state.last = done.catch(() => {}); // told to who asked; the next goes on
    return done;
  }

  const write = (address, body) => inTurn(async () => {
    const said = await post(address, body);
    seen(said.version);
    return said;
  });

  function save() {
    clearTimeout(state.timer);
    return inTurn(saveLayout);
  }

  async function saveLayout() {
    const { layout, version: sent } = state;
    if (!layout) return;
    state.layout = null; // what moves from here on is another save
    try {
      const { version, gone } = await post(url, { version: sent, placements: layout() });
      seen(version);
      if (gone.length) onGone(gone);
      if (!state.layout) mark.hidden = true;
    } catch (error) {
      state.layout ??= layout;
      if (!(error instanceof Failed)) throw error;
      // a card that the form added has moved the version on meanwhile
      if (error.status === 409 && state.version > sent) return saveLayout();
      unsaved(error);
    }
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
  addEventListener("beforeunload", (event) => state.layout && state.waiting && event.preventDefault());
  return {
    seen,
    write,
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
