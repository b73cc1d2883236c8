// Where cards get their data: the page's one socket; HTTP while there is none.
import { connect } from "../live.js";
import { cardData } from "./http.js";
import { paramsOf } from "./state.js";

const PATIENCE_MS = 1000; // without an answer by the socket, HTTP is asked as well
const REFRESH_MS = 60000;
const POLL_MS = 5000;
const WIDTHS = [160, 240, 320, 480, 640, 960, 1280, 1920, 3840];

/** The width that an answer is made for: the server's own steps, so that neighbours share one answer. */
export const stepped = (width) => WIDTHS.find((step) => step >= width) ?? WIDTHS.at(-1);

const widthOf = (card) => stepped(card.part("body").clientWidth);
/** How often what does not move by itself is asked for again; a kind may say. */
const pace = (card) => (card.info.refresh ? card.info.refresh * 1000 : REFRESH_MS);
const moves = (view) => view.to.startsWith("now");

/** -> {watch(card, {data, delta, error, stale}) -> stop}. card.isOwn: changed since the socket opened, so HTTP is asked.
 * onState as in live.js; onLive(card, is): whether rows arrive by themselves. */
export function createFeed({ state, slug, onState = () => {}, onLive = () => {} }) {
  const watched = new Set();
  const url = new URL(`/ws/dashboards/${slug}/`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const link = connect(url.href, {
    isRefused,
    onState(now, reason) {
      onState(now, reason);
      if (reason === "signed_out") isRefused().then((is) => is && location.reload());
      for (const each of watched) each.linkIs(now);
    },
  });
  return {
    watch(card, on) {
      if (card.isOwn) return byHttp(card, state, on);
      const each = watch(card, on, { state, link, onLive });
      watched.add(each);
      return () => {
        watched.delete(each);
        each.stop();
      };
    },
  };
}

const isRefused = async () => (await fetch("/w/0/data/", { headers: { Accept: "application/json" } })).status === 401;

/** One card's two ways to its data. HTTP ends as soon as the socket has answered. */
function watch(card, on, { state, link, onLive }) {
  const view = { ...state.viewOf(card.id), width: widthOf(card) };
  let [answered, http, refresh, unsubscribe] = [false, null, 0, null];
  const endHttp = () => {
    http?.();
    http = null;
  };
  const startHttp = () => {
    http ??= byHttp(card, state, on);
  };
  const subscribe = () => {
    unsubscribe?.();
    unsubscribe = link.subscribe(card.id, view, {
      data: (data) => ((answered = true), endHttp(), on.data(data)),
      delta: (from, data) => ((answered = true), endHttp(), on.delta(from, data)),
      // a card that was placed since the socket opened is known to HTTP only
      error: (error) => (error.status === 404 ? startHttp() : ((answered = true), endHttp(), on.error(error))),
      stale: on.stale,
      live(is) {
        onLive(card, is);
        clearTimeout(refresh);
        if (!is && (card.info.refresh || moves(view))) refresh = setTimeout(renew, pace(card));
      },
    });
  };
  const renew = () => {
    if (document.hidden) refresh = setTimeout(renew, pace(card));
    else subscribe();
  };
  subscribe();
  let patience = setTimeout(() => answered || startHttp(), PATIENCE_MS);
  return {
    linkIs(now) {
      if (now === "live" && answered) endHttp();
      if (now !== "reconnecting" && now !== "offline") return;
      clearTimeout(patience);
      patience = setTimeout(() => link.state !== "live" && link.state !== "paused" && startHttp(), answered ? POLL_MS : PATIENCE_MS);
    },
    stop() {
      clearTimeout(patience);
      clearTimeout(refresh);
      endHttp();
      unsubscribe?.();
    },
  };
}

/** Asks now, and again while the page is looked at: most answers are "not modified". */
export function byHttp(card, state, on) {
  const gone = new AbortController();
  const { signal } = gone;
  let timer = 0;
  const load = async () => {
    try {
      const data = await cardData(card.id, paramsOf(state.viewOf(card.id), widthOf(card)), signal);
      if (!signal.aborted) on.data(data);
    } catch (error) {
      if (!signal.aborted) return on.error(error);
    }
    if (!signal.aborted && (card.info.refresh || moves(state.view))) timer = setTimeout(again, card.info.live ? POLL_MS : pace(card));
  };
  const again = () => (document.hidden ? document.addEventListener("visibilitychange", load, { once: true, signal }) : load());
  load();
  return () => {
    gone.abort();
    clearTimeout(timer);
  };
}
