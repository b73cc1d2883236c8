// Names that a reader switches: what is left, and how the axes fit it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { legend, valueAxis } from "../../static/js/charts/axes.js";
import { svgLegend } from "../../static/js/charts/legend/svg.js";
import { clickedName, extentOf, namesOf, switched } from "../../static/js/charts/legend/switched.js";
import { picture } from "../../static/js/charts/kinds/line.js";
import { spoken } from "../../static/js/charts/points.js";
import { plotOf } from "../../static/js/charts/plot.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { DAY, START, card, frame, region, revenue, time } from "./support.mjs";

const theme = themeOf("light");
const lines = () => {
  const rows = Array.from({ length: 20 }, (_, i) => i);
  return card(frame([time, region, revenue], [rows.map((i) => START + Math.floor(i / 2) * DAY), rows.map((i) => (i % 2 ? "East" : "West")), rows.map((i) => (i % 2 ? 5 + i : 5000 + i))], { grain: "day" }));
};
const known = { names: ["a", "b", "c", "band"], parts: new Set(["band"]) };
const set = (names) => new Set(names);

test("a click isolates a name, the same again brings all back", () => {
  const once = clickedName("a", known, set([]), false);
  assert.deepEqual([...once], ["b", "c"]);
  assert.deepEqual([...clickedName("a", known, once, false)], []);
  assert.deepEqual([...clickedName("b", known, once, false)], ["a", "c"]);
});

test("with Ctrl one name is switched, and never all of them", () => {
  assert.deepEqual([...clickedName("a", known, set([]), true)], ["a"]);
  assert.deepEqual([...clickedName("a", known, set(["a"]), true)], []);
  assert.deepEqual([...clickedName("c", known, set(["a", "b"]), true)], []);
  assert.deepEqual([...clickedName("band", known, set(["a"]), false)], ["a", "band"]);
});

test("names that are gone from the data are forgotten", () => {
  assert.deepEqual([...clickedName("a", known, set(["old"]), true)], ["a"]);
});

test("an axis fits what is left, and nothing changes while nothing is off", () => {
  const { echarts } = picture(lines(), {}, theme, { width: 600, height: 300 });
  assert.equal(switched(echarts, {}), echarts);
  const off = switched(echarts, { hidden: set(["West"]) });
  assert.deepEqual(off.legend.selected, { West: false, East: true });
  assert.deepEqual(switched(echarts, { hidden: set([]) }).legend.selected, { West: true, East: true });
  assert.ok(echarts.yAxis[0].max >= 5000);
  assert.ok(off.yAxis[0].max < 40);
  assert.equal(off.xAxis.max, echarts.xAxis.max);
});

test("stacks are summed by sign, or all, as the library does", () => {
  assert.deepEqual(extentOf([{ stack: "s", data: [1, -2] }, { stack: "s", data: [3, -4] }, { data: [null, 2] }], 1), [-6, 4]);
  assert.deepEqual(extentOf([{ stack: "s", stackStrategy: "all", data: [[0, 5]] }, { stack: "s", stackStrategy: "all", data: [[0, -3]] }], 1), [2, 5]);
});

test("a part of the picture is no name of its own", () => {
  const option = { legend: { data: ["a", "80 %"] }, series: [{ type: "line", name: "a" }, { type: "line", name: "80 %", silent: true }] };
  assert.deepEqual([...namesOf(option).parts], ["80 %"]);
});

test("names without room come first when only they are drawn", () => {
  const items = ["north-east", "north-west", "south"].map((name) => ({ name }));
  const { option } = legend(items, theme, 160);
  assert.deepEqual(option.data.map(({ name }) => name), ["north-east"]);
  const made = switched({ legend: option, series: items.map(({ name }) => ({ type: "bar", name, data: [1] })) }, { hidden: set(["north-east", "north-west"]) });
  assert.equal(made.legend.data[0].name, "south");
});

test("a legend in SVG carries its names, escaped, and counts the rest", () => {
  const made = svgLegend([{ name: '<a">', colour: "#111111" }, { name: "b".repeat(40), colour: "#222222" }], theme, { room: 130, hidden: set(['<a">']) });
  assert.match(made.markup, /data-legend="&lt;a&quot;&gt;"/);
  assert.match(made.markup, /aria-pressed="false"/);
  assert.equal(made.hidden, 1);
  assert.match(made.markup, /data-legend-more/);
});

test("a point is said without the styles of its tooltip", () => {
  const option = { tooltip: { formatter: () => "{h|3 Sep}\n{c0|●} East  {v|€ 5}" } };
  assert.equal(spoken(option, {}), "3 Sep, East € 5");
});

test("a place in an SVG is a moment, and back", () => {
  const plot = plotOf({ from: 1000, to: 2000, left: 50, right: 150 });
  assert.equal(plot.convertFromPixel({}, 100), 1500);
  assert.equal(plot.convertToPixel({}, 1500), 100);
  assert.equal(plot.containPixel("grid", [40, 5]), false);
});

test("a value axis remembers its column and can be fitted anew", () => {
  const { axis } = valueAxis(0, 1000, revenue, theme, { room: 300, zero: true });
  assert.equal(axis.column.name, "revenue");
  assert.ok(axis.refit(0, 10).max <= 12);
});
