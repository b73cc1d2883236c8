import assert from "node:assert/strict";
import { test } from "node:test";
import * as states from "../../static/js/charts/kinds/state_timeline.js";
import { read } from "../../static/js/charts/states/read.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, frame, orders, region, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 460, height: 260 };
const HOUR = 36e5;
const state = column("state", "dimension");
const rows = (list, columns = [time, region, state, orders]) => card(frame(columns, columns.map((_, at) => list.map((row) => row[at])), { grain: "hour" }));
const spans = (data, options = {}) => read(data, options, theme).rows.map(({ spans: own }) => own.map(({ from, to, state: key }) => [(from - START) / HOUR, (to - START) / HOUR, key]));

test("the state with most rows wins its step, equal neighbours join, and a step without rows is a gap", () => {
  const data = rows([
    [START, "p", "on", 9], [START, "p", "off", 3], [START + HOUR, "p", "off", 1], [START + HOUR, "p", "on", 2],
    [START + 3 * HOUR, "p", "on", 1], [START + 4 * HOUR, "p", "off", 1], [START + 2 * HOUR, "q", null, 1],
  ]);
  assert.deepEqual(spans(data), [[[0, 2, "on"], [3, 4, "on"], [4, 5, "off"]], [[2, 3, null]]]);
});

test("a null measure is no row, and the order of rows does not matter", () => {
  const list = [[START, "p", "on", null], [START + HOUR, "p", "on", 2], [START, "p", "off", 1]];
  assert.deepEqual(spans(rows(list)), spans(rows([...list].reverse())));
  assert.deepEqual(spans(rows(list)), [[[0, 1, "off"], [1, 2, "on"]]]);
});

test("limits make states of numbers, judged by what is better", () => {
  const data = rows([[START, "p", 1], [START + HOUR, "p", 5], [START + 2 * HOUR, "p", 9]], [time, region, orders]);
  assert.deepEqual(spans(data, { threshold_1: 5 }), [[[0, 1, 0], [1, 3, 1]]]);
  const named = (options) => read(data, options, theme).states.map(({ name, colour }) => [name, colour]);
  assert.deepEqual(named({ threshold_1: 5 }), [["< 5", theme.good], ["≥ 5", theme.bad]]);
  assert.deepEqual(named({ threshold_1: 5, threshold_2: 9, high_is_good: true }), [["< 5", theme.bad], ["5 – 9", theme.warn], ["≥ 9", theme.good]]);
  assert.ok(read(data, {}, theme).states.length > 1); // shades without limits
});

test("a span tells how long it lasted and filters by thing and state; a switched-off state leaves", () => {
  const data = rows([[START, "p", "on", 1], [START + HOUR, "p", "on", 1], [START + 2 * HOUR, "p", "off", 1], [START + 3 * HOUR, "p", "off", 1]]);
  const { tip, select, svg, time: span } = states.picture(data, {}, theme, size);
  assert.deepEqual(tip(0).rows.map(([, value]) => value), ["on", "1 Sep 2026", "1 Sep 2026, 02:00", "2\u00a0h", "50\u00a0%"]);
  assert.deepEqual(select({ dataIndex: 1 }), [{ column: "region", value: "p" }, { column: "state", value: "off" }]);
  assert.ok(span.left > 0 && span.to === START + 4 * HOUR);
  assert.equal(states.picture(data, {}, theme, size, { hidden: new Set(["on"]) }).svg.match(/data-mark/g).length, svg.match(/data-mark/g).length - 1);
  assert.deepEqual(states.tableOf(data, {}, theme).rows[0].slice(0, 2), ["p", "on"]);
});

test("rows that have no room are counted, and values of every type draw", () => {
  const many = rows(Array.from({ length: 500 }, (_, i) => [START, `p${i}`, i % 2 === 0, 1]));
  const { svg } = states.picture(many, {}, theme, size);
  assert.match(svg, /\+ \d+ rows/);
  assert.match(svg, />yes</);
  const odd = rows([[START, null, "x".repeat(400), 1e300], [START, "العربية", "東京", -1]]);
  assert.doesNotMatch(states.picture(odd, {}, theme, { width: 200, height: 60 }).svg, /NaN|undefined|Infinity/);
});
