import assert from "node:assert/strict";
import { test } from "node:test";
import * as combo from "../../static/js/charts/kinds/combo.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 500, height: 240 };
const days = Array.from({ length: 6 }, (_, day) => START + day * DAY);
const overTime = card(frame([time, orders, revenue], [days, days.map((_, i) => 5 + i), days.map((_, i) => 1000 * i)], { grain: "day" }));
const types = ({ echarts }) => echarts.series.map(({ id, type }) => `${id} ${type}`);

test("the first measure is bars and the second a line on its own axis, unless chosen otherwise", () => {
  const made = combo.picture(overTime, {}, theme, size);
  assert.deepEqual(types(made).sort(), ["line 0 line", "line 1 bar"]); // the greatest first: revenue is line 0
  assert.equal(made.echarts.yAxis.length, 2);
  assert.deepEqual(types(combo.picture(overTime, { draw_1: "line", draw_2: "area" }, theme, size)).sort(), ["area 0 line", "line 0 line", "line 1 line"]);
  assert.deepEqual(types(combo.picture(overTime, { draw_2: "bar" }, theme, size)).sort(), ["line 0 bar", "line 1 bar"]);
});

test("bars stand on zero and inside the axis, with room on both sides of their moment", () => {
  const { echarts, time: span } = combo.picture(overTime, {}, theme, size);
  assert.ok(span.from <= days[0] - DAY / 2 && span.to >= days.at(-1) + DAY / 2);
  assert.ok(echarts.yAxis.every(({ min }) => min === 0));
  const bar = echarts.series.find(({ type }) => type === "bar");
  const step = (DAY / (echarts.xAxis.max - echarts.xAxis.min)) * (size.width - echarts.grid.left - echarts.grid.right);
  assert.ok(bar.barWidth < step && bar.barWidth > step / 3);
});

test("over categories the greatest come first, the rest last; a click filters by all but the rest", () => {
  const data = card(frame([region, orders, revenue], [["__other__", "b", "a", null], [90, 2, 30, 1], [1, null, 3, 4]]));
  const { echarts, select, time: span } = combo.picture(data, {}, theme, size);
  assert.equal(span, undefined);
  assert.deepEqual(echarts.series[0].data.map(([, value]) => value), [30, 2, 1, 90]);
  assert.deepEqual(echarts.series[1].data.map((point) => (point.value ?? point)[1]), [3, null, 4, 1]);
  assert.deepEqual(select({ dataIndex: 0 }), [{ column: "region", value: "a" }]);
  assert.deepEqual(select({ dataIndex: 3 }), []);
  assert.match(echarts.tooltip.formatter([{ dataIndex: 1 }]), /\{h\|b\}[\s\S]*revenue {2}\{v\|–\}/);
  assert.match(combo.summary(data, {}, theme), /orders is highest at 90 for Other/);
});

test("what the width cannot hold is counted, and names keep out of each other's way", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `A category with a long name ${i}`);
  const { echarts } = combo.picture(card(frame([region, orders], [names, names.map((_, i) => 5000 - i)])), {}, theme, size);
  const drawn = echarts.series[0].data.length;
  assert.ok(drawn < 60);
  assert.equal(echarts.title[0].text, `+ ${(5000 - drawn).toLocaleString("en")} more`);
  const shown = echarts.xAxis.data.map((_, i) => echarts.xAxis.axisLabel.formatter("", i)).filter(Boolean);
  assert.ok(shown.length < drawn);
});

test("the ground under a line goes to zero, not to the foot of an axis that goes below", () => {
  const [area] = combo.picture(overTime, { draw_1: "area" }, theme, size).echarts.series.filter(({ id }) => id.startsWith("area"));
  assert.equal(area.areaStyle.origin, "auto");
});
