// Where cards get their data: the page's one socket, or HTTP while there is none.
import { cardData } from "./http.js";
import { paramsOf } from "./state.js";

const REFRESH_MS = 60000;
const WIDTHS = [160, 240, 320, 480, 640, 960, 1280, 1920, 3840];

/** The width that an answer is made for: the server's own steps, so that neighbours share one answer. */
export const stepped = (width) => WIDTHS.find((step) => step >= width) ?? WIDTHS.at(-1);

/** -> {watch(card, {data, delta, error, stale}) -> stop}. */
export function createFeed(state) {
  return { watch: (card, on) => byHttp(card, state, on) };
}

/** Asks now and then each minute while the page is looked at: most answers are "not modified". */
export function byHttp(card, state, on) {
  let gone = new AbortController();
  let timer = 0;
  const load = async () => {
    const { signal } = gone;
    try {
      const data = await cardData(card.id, paramsOf(state.view, stepped(card.part("body").clientWidth)), signal);
      if (!signal.aborted) on.data(data);
    } catch (error) {
      if (!signal.aborted) return on.error(error);
    }
    if (!signal.aborted && state.view.to.startsWith("now")) timer = setTimeout(again, card.info.live ? REFRESH_MS / 12 : REFRESH_MS);
  };
  const again = () => (document.hidden ? document.addEventListener("visibilitychange", load, { once: true }) : load());
  load();
  return () => {
    gone.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", load);
  };
}
