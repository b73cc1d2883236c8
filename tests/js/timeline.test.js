import assert from "node:assert/strict";
import { test } from "node:test";
import * as line from "../../static/js/charts/kinds/line.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { textWidth } from "../../static/js/lib/measure.js";
import { card, column, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 500, height: 240 };
const days = Array.from({ length: 30 }, (_, day) => START + day * DAY);
const single = (values, more) => card(frame([time, orders], [days.slice(0, values.length), values], { grain: "day" }), more);
const byId = ({ echarts }) => Object.fromEntries(echarts.series.map((series) => [series.id, series]));

test("shares of every moment add up to one, and the tip still tells the whole", () => {
  const data = card(frame([time, region, orders], [[days[0], days[0], days[1]], ["a", "b", "a"], [1, 3, 8]], { grain: "day" }));
  const made = line.picture(data, { share: true }, theme, size);
  const [one, two] = made.echarts.series.map(({ data: points }) => points.map((point) => (point.value ?? point)[1]));
  assert.deepEqual(one.map((share, i) => share + two[i]), [1, 1]);
  assert.equal(made.echarts.yAxis[0].max, 1);
  assert.match(made.echarts.tooltip.formatter([{ value: [days[0], 0.25] }]), /b {2}\{v\|75\u00a0%\} {2}\{s\|3\}/);
});

test("a measure goes to the axis that was chosen for it, and two axes never need a left one without lines", () => {
  const data = card(frame([time, orders, revenue], [days, days, days.map((_, i) => i)]));
  const sides = (options) => line.picture(data, options, theme, size).echarts.series.map(({ yAxisIndex, name }) => [name, yAxisIndex]).sort();
  assert.deepEqual(sides({}), [["orders", 0], ["revenue", 1]]);
  assert.deepEqual(sides({ axis_2: "left" }), [["orders", 0], ["revenue", 0]]);
  assert.deepEqual(sides({ axis_1: "right", axis_2: "left" }), [["orders", 1], ["revenue", 0]]);
  assert.deepEqual(sides({ axis_1: "right", axis_2: "right" }), [["orders", 0], ["revenue", 0]]);
});

test("a logarithmic axis has powers of ten, no place for zero, and is not used under a stack", () => {
  const { yAxis: [axis], series } = line.picture(single([0, -4, 3, 40, 52000]), { scale: "log" }, theme, size).echarts;
  assert.deepEqual([axis.type, axis.min, axis.max], ["log", 2, 100000]);
  assert.ok(axis.axisLabel.customValues.every((tick) => Number.isInteger(Math.log10(tick))));
  assert.deepEqual(series.find(({ id }) => id === "line 0").data.slice(0, 2).map(([, value]) => value), [null, null]);
  assert.equal(line.picture(single([1, 2]), { scale: "log", stacked: true }, theme, size).echarts.yAxis[0].type, "value");
  assert.ok(line.picture(single([0, -1]), { scale: "log" }, theme, size).echarts.yAxis[0].min > 0);
});

test("ends of an axis that were given are kept, with round steps between them", () => {
  const { yAxis: [axis] } = line.picture(single([10, 20, 37]), { low: 5, high: 33 }, theme, size).echarts;
  assert.deepEqual([axis.min, axis.max], [5, 33]);
  assert.ok(axis.axisLabel.customValues.every((tick) => tick >= 5 && tick <= 33));
  assert.equal(line.picture(single([100, 110]), { zero: "always" }, theme, size).echarts.yAxis[0].min, 0);
  assert.ok(line.picture(single([1, 110]), { zero: "never", low: undefined }, theme, size).echarts.yAxis[0].min <= 1);
  assert.ok(line.picture(single([10, 20]), { low: 50 }, theme, size).echarts.yAxis[0].max > 50);
});

test("a target is seen, wherever the values are", () => {
  const made = line.picture(single([10, 20]), { target_1: 400, target_1_label: "Plan", target_2: -7, target_2_role: "bad" }, theme, size);
  const { data } = byId(made).targets.markLine;
  assert.deepEqual(data.map(({ yAxis }) => yAxis), [-7, 400]);
  assert.match(data[1].label.formatter, /Plan 400/);
  assert.equal(data[0].label.color, theme.bad);
  assert.ok(made.echarts.yAxis[0].min <= -7 && made.echarts.yAxis[0].max >= 400);
});

test("events in the window are marked, spans are grounds, and their names never touch", () => {
  const events = [{ t: days[2], label: "Launch of a very long name that will not fit" }, { t: days[3], label: "Second" }, { t: days[20], end: days[25], label: "Fair" }, { t: START - 9 * DAY, label: "long ago" }, { t: "no" }, null];
  const made = line.picture(single(days.map((_, i) => i), { overlays: { events } }), {}, theme, size);
  const { markLine, markArea } = byId(made).events;
  assert.equal(markLine.data.length, 3);
  assert.deepEqual(markArea.data.map(([from, to]) => [from.xAxis, to.xAxis]), [[days[20], days[25]]]);
  const { grid, xAxis } = made.echarts;
  const x = (t) => ((t - xAxis.min) / (xAxis.max - xAxis.min)) * (500 - grid.left - grid.right);
  const named = markLine.data.filter(({ label }) => label.show);
  named.slice(1).forEach((next, i) => assert.ok(x(named[i].xAxis) + textWidth(named[i].label.formatter, 11) < x(next.xAxis)));
  assert.match(made.echarts.tooltip.formatter([{ value: [days[3], 3] }]), /Second/);
  assert.ok(!byId(line.picture(single([1, 2], { overlays: { events } }), { events: false }, theme, size)).events);
});

test("of thousands of lines the greatest are drawn, and it is said how many are not", () => {
  const count = 3000;
  const rows = days.slice(0, 12).flatMap((t) => Array.from({ length: count }, (_, at) => [t, `s${at}`, count - at]));
  const data = card(frame([time, region, orders], [0, 1, 2].map((at) => rows.map((row) => row[at])), { grain: "day" }));
  const start = performance.now();
  const { echarts } = line.picture(data, { most: 5 }, theme, { width: 700, height: 240 });
  assert.ok(performance.now() - start < 20000); // a hang is minutes; machines may be busy
  assert.deepEqual(echarts.series.map(({ name }) => name), ["s0", "s1", "s2", "s3", "s4"]);
  assert.ok(echarts.title.some(({ text }) => text === "2,995 smaller ones not drawn"));
});

test("the rest is drawn as one grey line where it is wanted or belongs to a stack, else told", () => {
  const flag = column("region__other", "flag", { type: "boolean" });
  const data = card(frame([time, region, flag, orders], [[days[0], days[0], days[1], days[1]], ["a", null, "a", null], [false, true, false, true], [1, 50, 2, 60]], { grain: "day" }));
  const names = (options) => line.picture(data, options, theme, size).echarts.series.map(({ name }) => name);
  assert.ok(!names({}).includes("Other"));
  assert.ok(line.picture(data, {}, theme, size).echarts.title.some(({ text }) => text === "smaller ones not drawn"));
  assert.deepEqual(names({ others: true }), ["a", "Other"]);
  assert.deepEqual(names({ stacked: true }), ["a", "Other"]);
});

test("a gap stays a gap, or is drawn over where that was chosen; a hidden line leaves the axis", () => {
  const data = single([1, null, 3]);
  assert.equal(byId(line.picture(data, {}, theme, size))["line 0"].connectNulls, false);
  assert.equal(byId(line.picture(data, { connect: true }, theme, size))["line 0"].connectNulls, true);
  const two = card(frame([time, region, orders], [[days[0], days[0], days[1], days[1]], ["a", "b", "a", "b"], [1, 5000, 2, 6000]], { grain: "day" }));
  const made = line.picture(two, {}, theme, size, { hidden: new Set(["b"]) });
  assert.ok(made.echarts.yAxis[0].max < 10);
  assert.deepEqual(made.echarts.legend.selected, { b: false });
});

test("a legend tells beside itself how many names it has no room for", () => {
  const rows = Array.from({ length: 12 }, (_, i) => [days[i % 2], `A rather long name ${i}`, i + 1]);
  const data = card(frame([time, region, orders], [0, 1, 2].map((at) => rows.map((row) => row[at]))));
  const { title } = line.picture(data, {}, theme, size).echarts;
  assert.ok(title[0].left + textWidth(title[0].text, 11) <= size.width);
});
