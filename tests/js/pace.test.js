import assert from "node:assert/strict";
import { test } from "node:test";
import * as pace from "../../static/js/charts/kinds/pace.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, DAY, frame, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 420, height: 260 };
const month = { from: START, to: START + 30 * DAY };
const days = (count, from = START) => Array.from({ length: count }, (_, i) => from + i * DAY);
const so = (values, more = {}, measure = revenue) => ({ ...card(frame([time, measure], [days(values.length), values], { grain: "day", window: month }), more), window: { from: START, to: START + values.length * DAY } });
const told = (data, options) => pace.summary(data, options, theme);

test("it is on pace within one per cent, else ahead or behind by what is missing", () => {
  const ten = so(Array(10).fill(100)); // 1,000 after a third of the month
  assert.equal(pace.read(ten, { goal: 3000 }, theme).due, 1000);
  assert.match(told(ten, { goal: 3000 }), /^revenue is €\u00a01k of €\u00a03k\. On pace\. At this pace €\u00a03k \(100\u00a0%\) at the end\.$/);
  assert.match(told(ten, { goal: 3600 }), /€\u00a0200 behind pace/);
  assert.match(told(ten, { goal: 2400 }), /€\u00a0200 ahead of pace/);
  const costs = so(Array(10).fill(100), {}, { ...revenue, good: "down" });
  assert.match(told(costs, { goal: 2400 }), /€\u00a0200 over the pace/);
  assert.ok(pace.picture(costs, { goal: 2400 }, theme, size).svg.includes(theme.bad));
  assert.ok(pace.picture(costs, { goal: 3600 }, theme, size).svg.includes(theme.good));
});

test("the course of the period before is the goal, by the share of the period that has passed", () => {
  const before = { from: START - 31 * DAY, to: START };
  const late = frame([time, revenue], [days(31, before.from), days(31).map((_, i) => (i < 30 ? 0 : 900))], { grain: "day", window: before });
  const shown = pace.read(so(Array(10).fill(100), { frames: { goal: late } }), { goal_from: "previous" }, theme);
  assert.deepEqual([shown.goal, Math.round(shown.due)], [900, 0]); // all of it came on the last day
  assert.equal(pace.read(so([1]), { goal_from: "year" }, theme).goal, null);
});

test("the forecast counts from what is known, and only where it reaches the end", () => {
  const forecast = (count) => ({ overlays: { forecast: { t: days(count, START + 10 * DAY), mean: Array(count).fill(50) } } });
  assert.equal(pace.read(so(Array(10).fill(100), forecast(20)), {}, theme).foreseen, 2000);
  assert.equal(pace.read(so(Array(10).fill(100), forecast(40)), {}, theme).foreseen, 2000);
  assert.equal(pace.read(so(Array(10).fill(100), forecast(12)), {}, theme).foreseen, null);
  assert.equal(pace.read(so(Array(10).fill(100), forecast(20)), { forecast: false }, theme).foreseen, null);
});

test("a day without rows adds nothing, and a period that is over expects nothing", () => {
  const over = so([...Array(29).fill(10), null]);
  const shown = pace.read(over, { goal: 300 }, theme);
  assert.deepEqual([shown.total, shown.now, shown.expected], [290, month.to, 290]);
  assert.doesNotMatch(told(over, { goal: 300 }), /At this pace/);
  assert.match(told(over, {}), /^revenue is €\u00a0290\.$/);
});

test("quarters and years end where they do on the reader's calendar", () => {
  const berlin = themeOf("light", { timezone: "Europe/Berlin" });
  const start = Date.UTC(2025, 11, 31, 23);
  const data = card(frame([time, revenue], [[start], [5]], { grain: "day", window: { from: start, to: start + 40 * DAY } }));
  assert.equal(pace.read(data, { period: "quarter" }, berlin).to, Date.UTC(2026, 2, 31, 22));
  assert.equal(pace.read(data, { period: "year" }, berlin).to, Date.UTC(2026, 11, 31, 23));
  assert.equal(pace.read(data, { period: "range" }, berlin).to, start + 40 * DAY);
});

test("losses, one day and no goal draw as well", () => {
  const measure = column("result", "measure", {});
  for (const values of [[-5, -7], [0], [1e15, -1e15]]) {
    const { svg, tip } = pace.picture(so(values, {}, measure), { goal: -20 }, theme, size);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
    assert.equal(tip(0).rows.length, 2);
  }
});
