// The page's one socket: subscribes cards, keeps them true over cuts, and says how live it is.
// docs/live-protocol.md describes the frames. Touches no element: a handler does what a frame means.

const FINAL = new Map([[4401, "signed_out"], [4403, "not_allowed"]]);
const BACKOFF_S = [0.5, 1, 2, 4, 8, 15, 30];
const TOO_MANY = 4429;
const RESTART = 1012;
const PAUSE_AFTER_S = 5;
const REFUSED_AFTER = 2; // handshakes that failed in a row, before we ask whether we are let in at all

/** What of the browser is used; tests bring their own. */
const BROWSER = {
  open: (url) => new WebSocket(url),
  now: () => performance.now(),
  after: (seconds, work) => setTimeout(work, seconds * 1000),
  cancel: (timer) => clearTimeout(timer),
  random: () => Math.random(),
  isHidden: () => document.hidden,
  isOnline: () => navigator.onLine,
  onChange(work) {
    document.addEventListener("visibilitychange", work);
    for (const name of ["online", "offline"]) addEventListener(name, work);
    return () => {
      document.removeEventListener("visibilitychange", work);
      for (const name of ["online", "offline"]) removeEventListener(name, work);
    };
  },
};

/**
 * url: ws(s)://…/ws/dashboards/<slug>/.
 * onState(state, reason): "live", "late", "reconnecting", "paused", or "offline" with the reason "network",
 * "signed_out" or "not_allowed"; the last two are final. onMessage(frame): every frame, for the curious.
 * isRefused(): a promise; whether the server would not let us in, asked when handshakes fail.
 * -> {state, subscribe(widget, view, on) -> stop, close()}.
 * on: {data(data), delta(from, data), error({code, status, said}), stale(is), live(is)}, each optional.
 */
export function connect(url, { onState = () => {}, onMessage = () => {}, isRefused = async () => false, browser = BROWSER } = {}) {
  const link = {
    url, onState, onMessage, isRefused, browser,
    state: "", socket: null, cards: new Map(), keys: new Map(), heartbeat_s: 15,
    heardAt: 0, attempts: 0, failures: 0, greeted: false, ended: false, timers: {},
  };
  const forget = browser.onChange(() => surroundings(link));
  surroundings(link);
  return {
    get state() {
      return link.state;
    },
    subscribe: (widget, view, on) => subscribe(link, widget, view, on),
    close() {
      forget();
      end(link);
    },
  };
}

/** The tab was hidden or shown, the network went or came. */
function surroundings(link) {
  const { browser, timers } = link;
  if (link.ended) return;
  if (browser.isHidden()) {
    timers.pause ??= browser.after(PAUSE_AFTER_S, () => {
      timers.pause = null;
      drop(link);
      tell(link, "paused");
    });
    return;
  }
  clear(link, "pause");
  if (!browser.isOnline()) {
    drop(link);
    tell(link, "offline", "network");
  } else if (!link.socket) {
    link.attempts = 0;
    open(link);
  }
}

function open(link) {
  clear(link, "retry");
  if (!["late", "offline"].includes(link.state) || link.browser.isOnline()) tell(link, "reconnecting");
  link.greeted = false;
  const socket = link.browser.open(link.url);
  link.socket = socket;
  socket.onmessage = ({ data }) => socket === link.socket && heard(link, JSON.parse(data));
  socket.onclose = ({ code }) => socket === link.socket && closed(link, code);
  link.heardAt = link.browser.now();
  beat(link);
}

function heard(link, frame) {
  link.heardAt = link.browser.now();
  link.onMessage(frame);
  if (frame.type === "hello") {
    Object.assign(link, { greeted: true, attempts: 0, failures: 0, heartbeat_s: frame.heartbeat_s });
    beat(link);
    for (const card of link.cards.values()) ask(link, card);
  } else if (frame.type in FRAMES) {
    const card = frame.key && link.keys.has(frame.key) ? link.keys.get(frame.key) : link.cards.get(frame.widget);
    if (card) FRAMES[frame.type](link, card, frame);
  }
  if (link.greeted) judge(link);
}

const FRAMES = {
  subscribed(link, card, { key, live }) {
    if (card.key !== key) {
      link.keys.delete(card.key);
      Object.assign(card, { key, epoch: null, sequence: null });
    }
    link.keys.set(key, card);
    card.isLive = live;
    setStale(card, false);
    card.on.live?.(live);
  },
  snapshot(link, card, { epoch, sequence, data }) {
    Object.assign(card, { epoch, sequence, grain: grainOf(data) });
    card.on.data?.(data);
  },
  delta(link, card, { epoch, sequence, from, data }) {
    if (epoch === card.epoch && sequence <= card.sequence) return;
    if (epoch !== card.epoch || sequence !== card.sequence + 1) return ask(link, card);
    if (from !== null && grainOf(data) !== card.grain) {
      card.epoch = null; // steps of another length cannot be set behind these
      return ask(link, card);
    }
    Object.assign(card, { sequence, grain: grainOf(data) });
    card.on.delta?.(from, data);
  },
  stale: (link, card) => setStale(card, true),
  fresh: (link, card) => setStale(card, false),
  error: (link, card, { code, message }) => card.on.error?.({ code, said: message, status: code === "unavailable" ? 503 : code === "not_found" ? 404 : 400 }),
};

function subscribe(link, widget, view, on) {
  const card = { widget, view, on, key: null, epoch: null, sequence: null, grain: null, isLive: false, isStale: false };
  forget(link, link.cards.get(widget));
  link.cards.set(widget, card);
  if (link.greeted) ask(link, card);
  return () => {
    if (link.cards.get(widget) !== card) return; // another view has taken its place
    link.cards.delete(widget);
    forget(link, card);
    if (link.greeted) send(link, { type: "unsubscribe", widget });
    if (link.greeted) judge(link);
  };
}

function forget(link, card) {
  if (card && link.keys.get(card.key) === card) link.keys.delete(card.key);
}

function ask(link, { widget, view, epoch, sequence }) {
  send(link, { type: "subscribe", widget, view, ...(epoch ? { epoch, since: sequence } : {}) });
}

function setStale(card, is) {
  if (card.isStale === is) return;
  card.isStale = is;
  card.on.stale?.(is);
}

/** Asks for a sign of life; a socket that gives none is given up. */
function beat(link) {
  clear(link, "beat");
  link.timers.beat = link.browser.after(link.heartbeat_s / 2, () => {
    const silent_s = (link.browser.now() - link.heardAt) / 1000;
    if (silent_s > 2 * link.heartbeat_s) return closed(link, 1006);
    if (silent_s > link.heartbeat_s && link.greeted) tell(link, "late");
    if (link.greeted) send(link, { type: "ping" });
    beat(link);
  });
}

function closed(link, code) {
  const { greeted, browser } = link;
  drop(link);
  if (FINAL.has(code)) return end(link, FINAL.get(code));
  if (browser.isHidden() && link.state === "paused") return;
  if (!browser.isOnline()) return tell(link, "offline", "network");
  tell(link, "reconnecting");
  link.failures = greeted ? 0 : link.failures + 1;
  const step = code === TOO_MANY ? BACKOFF_S.at(-1) : BACKOFF_S[Math.min(link.attempts++, BACKOFF_S.length - 1)];
  const wait_s = code === RESTART ? browser.random() : step * (0.5 + browser.random());
  link.timers.retry = browser.after(wait_s, () => open(link));
  if (link.failures === REFUSED_AFTER) link.isRefused().then((is) => is && end(link, "signed_out"), () => {});
}

/** Live, or late because a stream is silent. */
function judge(link) {
  const late = [...link.cards.values()].some((card) => card.isLive && card.isStale);
  tell(link, late ? "late" : "live");
}

function tell(link, state, reason = "") {
  if (link.state === state || link.ended) return;
  link.state = state;
  link.onState(state, reason);
}

function end(link, reason = "") {
  drop(link);
  for (const name of Object.keys(link.timers)) clear(link, name);
  if (reason) tell(link, "offline", reason);
  link.ended = true;
}

/** Gives the socket up; what was seen last of each card is kept for the next one. */
function drop(link) {
  const { socket } = link;
  link.socket = null;
  link.greeted = false;
  clear(link, "beat");
  clear(link, "retry");
  socket?.close();
}

function send(link, frame) {
  link.socket.send(JSON.stringify(frame));
}

function clear(link, name) {
  if (link.timers[name]) link.browser.cancel(link.timers[name]);
  link.timers[name] = null;
}

const grainOf = (data) => data.frames?.main?.grain ?? null;
