// The page's socket, against a server and a clock of our own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../../static/js/live.js";

/** A browser whose time stands until it is moved. */
function world() {
  const it = { time: 0, timers: [], sockets: [], hidden: false, online: true, states: [], change: () => {} };
  it.browser = {
    open: () => {
      const socket = { sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => (socket.isClosed = true) };
      it.sockets.push(socket);
      return socket;
    },
    now: () => it.time * 1000,
    after: (seconds, work) => {
      const timer = { at: it.time + seconds, work };
      it.timers.push(timer);
      return timer;
    },
    cancel: (timer) => (it.timers = it.timers.filter((each) => each !== timer)),
    random: () => 0.5,
    isHidden: () => it.hidden,
    isOnline: () => it.online,
    onChange: (work) => ((it.change = work), () => {}),
  };
  it.pass = (seconds) => {
    const until = it.time + seconds;
    for (;;) {
      const next = it.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      it.browser.cancel(next);
      it.time = next.at;
      next.work();
    }
    it.time = until;
  };
  it.socket = () => it.sockets.at(-1);
  it.say = (...frames) => frames.forEach((frame) => it.socket().onmessage({ data: JSON.stringify(frame) }));
  it.cut = (code = 1006) => it.socket().onclose({ code });
  it.live = (options) => connect("ws://x/", { browser: it.browser, onState: (...state) => it.states.push(state), ...options });
  return it;
}

const HELLO = { type: "hello", heartbeat_s: 10 };
const KEY = "k".repeat(32);
const data = (grain = "minute") => ({ frames: { main: { grain } } });
const said = (live = true, widget = 7, key = KEY) => ({ type: "subscribed", widget, key, live });
const snapshot = (sequence, epoch = "e") => ({ type: "snapshot", key: KEY, epoch, sequence, data: data() });
const delta = (sequence, more = {}) => ({ type: "delta", key: KEY, epoch: "e", sequence, from: 5, data: data(), ...more });

function listener() {
  const heard = [];
  return { heard, data: (d) => heard.push(["data", d]), delta: (from, d) => heard.push(["delta", from, d]), stale: (is) => heard.push(["stale", is]), error: (error) => heard.push(["error", error]), live: (is) => heard.push(["live", is]) };
}

function watching(options) {
  const it = world();
  const link = it.live(options);
  const on = listener();
  const stop = link.subscribe(7, { from: "now-1h" }, on);
  it.say(HELLO, said(), snapshot(3));
  return { it, link, on, stop };
}

test("cards are asked for once the server has greeted", () => {
  const it = world();
  it.live().subscribe(7, { from: "now-1h" }, {});
  assert.deepEqual(it.socket().sent, []);
  it.say(HELLO);
  assert.deepEqual(it.socket().sent, [{ type: "subscribe", widget: 7, view: { from: "now-1h" } }]);
});

test("a snapshot is data, a delta says from where", () => {
  const { it, on } = watching();
  it.say(delta(4));
  assert.deepEqual(on.heard, [["live", true], ["data", data()], ["delta", 5, data()]]);
  assert.deepEqual(it.states.map(([state]) => state), ["reconnecting", "live"]);
});

test("a delta that was seen is left out", () => {
  const { it, on } = watching();
  it.say(delta(3), delta(2));
  assert.equal(on.heard.filter(([kind]) => kind === "delta").length, 0);
});

test("a gap asks for what was missed", () => {
  const { it, on } = watching();
  it.say(delta(5));
  assert.equal(on.heard.at(-1)[0], "data");
  assert.deepEqual(it.socket().sent.at(-1), { type: "subscribe", widget: 7, view: { from: "now-1h" }, epoch: "e", since: 3 });
});

test("steps of another length ask for everything anew", () => {
  const { it } = watching();
  it.say(delta(4, { data: data("hour") }));
  assert.deepEqual(it.socket().sent.at(-1), { type: "subscribe", widget: 7, view: { from: "now-1h" } });
});

test("a whole delta may change the steps", () => {
  const { it, on } = watching();
  it.say(delta(4, { from: null, data: data("hour") }), delta(5, { data: data("hour") }));
  assert.deepEqual(on.heard.slice(-2).map(([kind, from]) => [kind, from]), [["delta", null], ["delta", 5]]);
});

test("after a cut it comes back and says what it has", () => {
  const { it } = watching();
  it.say(delta(4));
  it.cut();
  assert.equal(it.states.at(-1)[0], "reconnecting");
  it.pass(0.5);
  assert.equal(it.sockets.length, 2);
  it.say(HELLO);
  assert.deepEqual(it.socket().sent, [{ type: "subscribe", widget: 7, view: { from: "now-1h" }, epoch: "e", since: 4 }]);
  assert.equal(it.states.at(-1)[0], "live");
});

test("what comes after resuming is taken up where it was left", () => {
  const { it, on } = watching();
  it.cut();
  it.pass(0.5);
  it.say(HELLO, said(), delta(4), delta(5));
  assert.equal(on.heard.filter(([kind]) => kind === "delta").length, 2);
});

test("another key means other rows: nothing of before counts", () => {
  const { it } = watching();
  it.cut(1012);
  it.pass(1);
  const other = "o".repeat(32);
  it.say(HELLO, said(true, 7, other), { ...delta(4), key: other });
  assert.deepEqual(it.socket().sent.at(-1), { type: "subscribe", widget: 7, view: { from: "now-1h" } });
});

test("the waits grow, and are scattered", () => {
  const { it } = watching();
  const waits = [];
  for (let i = 0; i < 8; i++) {
    it.cut();
    waits.push(it.timers.at(-1).at - it.time);
    it.pass(waits.at(-1));
  }
  assert.deepEqual(waits, [0.5, 1, 2, 4, 8, 15, 30, 30]);
});

for (const [code, reason] of [[4401, "signed_out"], [4403, "not_allowed"]]) {
  test(`close code ${code} is final`, () => {
    const { it } = watching();
    it.cut(code);
    it.pass(300);
    assert.equal(it.sockets.length, 1);
    assert.deepEqual(it.states.at(-1), ["offline", reason]);
  });
}

test("too many sockets: it waits for long before it tries again", () => {
  const { it } = watching();
  it.cut(4429);
  it.pass(29);
  assert.equal(it.sockets.length, 1);
  it.pass(2);
  assert.equal(it.sockets.length, 2);
});

test("handshakes that are refused end it, if the server says so", async () => {
  const it = world();
  it.live({ isRefused: async () => true });
  it.cut();
  it.pass(1);
  it.cut();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(it.states.at(-1), ["offline", "signed_out"]);
  it.pass(300);
  assert.equal(it.sockets.length, 2);
});

test("a silent stream makes the page late, and its card stale, until rows come", () => {
  const { it, on } = watching();
  it.say({ type: "stale", key: KEY });
  assert.equal(it.states.at(-1)[0], "late");
  it.say({ type: "fresh", key: KEY });
  assert.equal(it.states.at(-1)[0], "live");
  assert.deepEqual(on.heard.slice(-2), [["stale", true], ["stale", false]]);
});

test("a silent socket is late, then given up and opened anew", () => {
  const { it } = watching();
  it.pass(16);
  assert.equal(it.states.at(-1)[0], "late");
  assert.equal(it.socket().sent.at(-1).type, "ping");
  it.pass(10);
  assert.ok(it.sockets[0].isClosed);
  assert.equal(it.sockets.length, 2);
});

test("a socket that answers stays", () => {
  const { it } = watching();
  for (let i = 0; i < 60; i++) {
    it.pass(5);
    it.say({ type: "pong" });
  }
  assert.equal(it.sockets.length, 1);
  assert.equal(it.states.at(-1)[0], "live");
});

test("a hidden tab pauses and returns with what it has", () => {
  const { it } = watching();
  it.hidden = true;
  it.change();
  it.pass(6);
  assert.equal(it.states.at(-1)[0], "paused");
  assert.ok(it.sockets[0].isClosed);
  it.pass(600);
  assert.equal(it.sockets.length, 1);
  it.hidden = false;
  it.change();
  it.say(HELLO);
  assert.equal(it.socket().sent[0].since, 3);
});

test("a tab that is hidden for a moment does not pause", () => {
  const { it } = watching();
  it.hidden = true;
  it.change();
  it.pass(2);
  it.hidden = false;
  it.change();
  it.pass(4);
  assert.equal(it.sockets.length, 1);
  assert.equal(it.states.at(-1)[0], "live");
});

test("without a network it is offline, and back at once with it", () => {
  const { it } = watching();
  it.online = false;
  it.change();
  assert.deepEqual(it.states.at(-1), ["offline", "network"]);
  it.pass(100);
  assert.equal(it.sockets.length, 1);
  it.online = true;
  it.change();
  assert.equal(it.sockets.length, 2);
});

test("another view of a card takes the place of the first", () => {
  const { it, link, on, stop } = watching();
  const next = listener();
  link.subscribe(7, { from: "now-1d" }, next);
  stop();
  it.say(delta(4));
  assert.equal(on.heard.at(-1)[0], "data");
  assert.deepEqual(it.socket().sent.at(-1), { type: "subscribe", widget: 7, view: { from: "now-1d" } });
});

test("a stopped card is unsubscribed and hears nothing", () => {
  const { it, on, stop } = watching();
  stop();
  it.say(delta(4));
  assert.deepEqual(it.socket().sent.at(-1), { type: "unsubscribe", widget: 7 });
  assert.equal(on.heard.at(-1)[0], "data");
});

test("an error reaches its card by key or by number", () => {
  const { it, on } = watching();
  it.say({ type: "error", key: KEY, widget: null, code: "unavailable", message: "Later." }, { type: "error", widget: 7, code: "not_found", message: "No." });
  assert.deepEqual(on.heard.slice(-2).map(([, error]) => [error.status, error.said]), [[503, "Later."], [404, "No."]]);
});

test("closed is closed", () => {
  const { it, link } = watching();
  link.close();
  it.change();
  it.pass(100);
  assert.equal(it.sockets.length, 1);
});
