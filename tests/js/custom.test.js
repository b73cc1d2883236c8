import assert from "node:assert/strict";
import { test } from "node:test";
import { bridge } from "../../static/js/charts/custom/bridge.js";
import { FLOOD, meter, MOST_IN, parsed, PER_SECOND } from "../../static/js/charts/custom/protocol.js";
import { picture, summary, tableOf } from "../../static/js/charts/kinds/custom.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, frame, orders, region } from "./support.mjs";

const theme = themeOf("light");
const said = (message) => parsed(typeof message === "string" ? message : JSON.stringify(message), "said");

test("what a frame may say is read", () => {
  for (const message of [{ type: "ready" }, { type: "drawn" }, { type: "drawn", summary: "x" }, { type: "error", message: "x" }, { type: "select", column: "a", value: 1 }, { type: "height", pixels: 300 }]) assert.deepEqual(said(message), message);
});

test("anything else is not", () => {
  const odd = [
    "", "{", "null", "[]", "1", {}, { type: "data" }, { type: "__proto__" }, { type: "ready", more: 1 }, { type: "error" }, { type: "error", message: { toString: 1 } }, { type: "error", message: "x".repeat(501) },
    { type: "select", column: "a" }, { type: "select", column: "a", value: { a: 1 } }, { type: "select", column: "a", value: null }, { type: "height", pixels: -1 }, { type: "height", pixels: 1e9 }, { type: "height", pixels: "300" },
  ];
  for (const message of odd) assert.equal(said(message), null, JSON.stringify(message));
  for (const data of [undefined, null, 1, { type: "ready" }, new ArrayBuffer(8), "x".repeat(MOST_IN + 1)]) assert.equal(parsed(data, "said"), null);
});

test("what a frame is told has frames, options, theme and size", () => {
  const data = { type: "data", frames: { main: {} }, options: {}, theme: { ink: "#000" }, size: { width: 1, height: 2 }, locale: "en", timezone: "UTC" };
  assert.ok(parsed(JSON.stringify(data), "told"));
  for (const odd of [{ ...data, frames: { main: 1 } }, { ...data, size: {} }, { ...data, extra: 1 }, { type: "ready" }]) assert.equal(parsed(JSON.stringify(odd), "told"), null);
});

test("a frame that talks too much is not read, and one that floods is told apart", () => {
  let now = 0;
  const count = meter(() => now);
  const all = Array.from({ length: FLOOD + 1 }, count);
  assert.equal(all.filter((each) => each === "read").length, PER_SECOND);
  assert.equal(all.at(-1), "flood");
  now = 1000;
  assert.equal(count(), "read");
});

const data = card(frame([region, orders], [["West", "East"], [5, 7]]), { overlays: { custom: { frame: "/w/custom/3/", name: "<Lolli>", version: 2 } } });

test("a card is a frame with an opaque origin; without a module it says so; on paper its rows stand", () => {
  const { html, svg } = picture(data, {}, theme);
  assert.match(html, /^<iframe class="custom" src="\/w\/custom\/3\/" sandbox="allow-scripts" title="&lt;Lolli&gt;"><\/iframe>$/);
  assert.match(svg, />West</);
  for (const address of ["https://evil.example/", "//evil", "/w/custom/3/../../x", "javascript:1", undefined]) assert.match(picture({ overlays: { custom: { frame: address } } }, {}, theme).html, /gone or switched off/);
  assert.equal(summary(data, {}, theme), "<Lolli>, drawn from 2 rows.");
  assert.equal(tableOf(data, {}, theme).rows.length, 2);
});

function bridged() {
  const heard = [];
  let listen;
  globalThis.window = { addEventListener: (_, each) => (listen = each), removeEventListener() {} };
  const frame = { contentWindow: { postMessage: (text) => heard.push(JSON.parse(text).type) }, remove: () => heard.push("removed") };
  const made = bridge(frame, { told: () => ({}), heard: { summary() {} }, say: (problem) => problem && heard.push(problem) });
  const says = (type) => listen({ source: frame.contentWindow, origin: "null", data: JSON.stringify({ type }) });
  return { heard, says, ...made };
}

test("a module that says nothing after its data is taken away, and one that draws stays", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const loops = bridged();
  loops.says("ready");
  t.mock.timers.tick(12_000);
  loops.send(); // new data gives it no more time
  t.mock.timers.tick(8_000);
  assert.deepEqual(loops.heard, ["data", "data", "removed", "stuck"]);
  loops.send();
  assert.equal(loops.heard.length, 4);
  const draws = bridged();
  draws.says("ready");
  t.mock.timers.tick(19_000);
  draws.says("drawn");
  t.mock.timers.tick(60_000);
  assert.deepEqual(draws.heard, ["data"]);
});
