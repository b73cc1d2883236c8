import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS } from "../../static/js/charts/index.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { textWidth } from "../../static/js/lib/measure.js";
import { card, column, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const days = Array.from({ length: 40 }, (_, day) => START + day * DAY);
const theme = themeOf("light");
const line = await KINDS.line.module();
const bar = await KINDS.bar.module();
const pie = await KINDS.pie.module();
const heatmap = await KINDS.heatmap.module();
const table = await KINDS.table.module();
const insight = await KINDS.insight.module();
const number = await KINDS.big_number.module();
const evil = '<img src=x onerror="alert(1)">';

// they ask nothing of a dataset and say in words of their own what is missing
const SAY_THEMSELVES = ["markdown", "section", "image", "iframe", "anomaly_feed", "alert_board", "driver_tree", "custom"];

test("every kind draws, speaks and tabulates, with nothing to draw too", async () => {
  for (const [kind, { module }] of Object.entries(KINDS)) {
    const { picture, summary, tableOf } = await module();
    for (const data of [{}, null, card(frame([orders], [[]]))]) {
      const made = picture(data, {}, theme, { width: 300, height: 200 });
      assert.ok((made.empty || SAY_THEMSELVES.includes(kind)) && (made.echarts || made.svg || made.html), kind);
      assert.ok(summary(data, {}, theme).length > 3);
      assert.ok(Array.isArray(tableOf(data, {}, theme).rows));
    }
  }
});

test("a picture is pure: the same twice, its data untouched", async () => {
  const data = card(frame([time, region, orders], [days, days.map((_, i) => "ab"[i % 2]), days.map((_, i) => i)]), { overlays: { insights: [{ text: "a 5 % b" }] } });
  const before = JSON.stringify(data);
  for (const { module } of Object.values(KINDS)) {
    const { picture } = await module();
    const draw = () => JSON.stringify(picture(data, {}, themeOf("dark"), { width: 500, height: 240 }));
    assert.equal(draw(), draw());
  }
  assert.equal(JSON.stringify(data), before);
});

test("the forecast begins where the data ends and its band holds it", () => {
  const ahead = [1, 2, 3].map((day) => days.at(-1) + day * DAY);
  const data = card(frame([time, revenue], [days, days.map(() => 10)], { grain: "day" }), { overlays: { forecast: { t: ahead, mean: [11, 12, 13], lo80: [-1, -2, -3], hi80: [20, 21, 22] } } });
  const { echarts, time: span } = line.picture(data, {}, theme, { width: 500, height: 200 });
  const by = Object.fromEntries(echarts.series.map((series) => [series.id, series]));
  assert.deepEqual(by.forecast.data[0], [days.at(-1), 10]);
  assert.deepEqual(by["band low"].data.map(([, low], i) => low + by["band high"].data[i][1]), [10, 20, 21, 22]);
  assert.equal(span.to, ahead.at(-1));
  assert.ok(echarts.yAxis[0].min <= -3 && echarts.yAxis[0].max >= 22);
  assert.ok(!line.picture(data, { forecast: false }, theme, { width: 500, height: 200 }).echarts.series.some(({ id }) => id === "forecast"));
});

test("the previous period lies under this one", () => {
  const previous = frame([time, revenue], [days.map((t) => t - 40 * DAY), days.map(() => 5)], { grain: "day", window: { from: START - 40 * DAY, to: START } });
  const data = card(frame([time, revenue], [days, days.map(() => 10)], { grain: "day", window: { from: START, to: START + 40 * DAY } }), { frames: { previous } });
  const ghost = line.picture(data, {}, theme, { width: 500, height: 200 }).echarts.series.find(({ id }) => id === "previous 0");
  assert.deepEqual(ghost.data.map(([t]) => t), days);
});

test("labels of the time axis never touch, at any width", () => {
  for (const width of [200, 333, 640, 1280, 3840]) {
    for (const span of [36e5, DAY, 40 * DAY, 4000 * DAY]) {
      const data = card(frame([time, orders], [[START, START + span], [1, 2]]));
      const { grid, xAxis: axis } = line.picture(data, {}, theme, { width, height: 200 }).echarts;
      const room = width - grid.left - grid.right;
      let end = -Infinity;
      for (const t of axis.axisLabel.customValues) {
        const middle = ((t - axis.min) / (axis.max - axis.min)) * room;
        const half = textWidth(axis.axisLabel.formatter(t), 11) / 2;
        assert.ok(middle - half > end, `${width} ${span}`);
        end = middle + half;
      }
    }
  }
});

test("stacked lines are added up at common times", () => {
  const data = card(frame([time, region, orders], [[START, START, START + DAY], ["a", "b", "a"], [1, 2, 3]]));
  const { echarts } = line.picture(data, { stacked: true }, theme, { width: 500, height: 200 });
  assert.ok(echarts.series.every(({ data: points }) => points.length === 2));
  assert.ok(echarts.yAxis[0].min === 0 && echarts.yAxis[0].max >= 3);
});

test("another unit gets its own axis", () => {
  const data = card(frame([time, orders, revenue], [days, days.map((_, i) => i), days.map((_, i) => i * 1000)]));
  const { echarts } = line.picture(data, {}, theme, { width: 500, height: 200 });
  assert.equal(echarts.yAxis.length, 2);
  assert.deepEqual(echarts.series.map(({ yAxisIndex }) => yAxisIndex).sort(), [0, 1]);
});

test("the rest comes last and grey, and a click filters by all but the rest", () => {
  const data = card(frame([region, revenue], [["__other__", "West", "East"], [900, 500, 400]]));
  const { echarts, select } = bar.picture(data, {}, theme, { width: 400, height: 200 });
  assert.deepEqual(echarts.yAxis[0].data, ["West", "East", "Other"]);
  assert.equal(echarts.series[0].data[2].itemStyle.color, theme.neutral);
  assert.deepEqual(select({ dataIndex: 0 }), [{ column: "region", value: "West" }]);
  assert.deepEqual(select({ dataIndex: 2 }), []);
});

test("slices are shares: seven and the rest, nothing negative", () => {
  const names = Array.from({ length: 20 }, (_, i) => `Region ${i}`);
  const { slices, total } = pie.read(card(frame([region, revenue], [[...names, "minus"], [...names.map((_, i) => 20 - i), -50]])), theme);
  assert.equal(slices.length, 8);
  assert.equal(total, 210);
  assert.equal(slices.at(-1).colour, theme.neutral);
});

test("hours run across, weekdays down, and both are whole", () => {
  const weekday = column("day_weekday", "dimension", { type: "number", format: "weekday" });
  const hour = column("day_hour", "dimension", { type: "number", format: "hour" });
  const { rows, columns, cells } = heatmap.read(card(frame([hour, weekday, orders], [[13, 2], [6, 0], [5, 9]])), theme);
  assert.deepEqual(rows.map(({ name }) => name), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
  assert.equal(columns.length, 24);
  assert.deepEqual(cells, [[13, 6, 5], [2, 0, 9]]);
});

test("a heat map's steps rise to the category colour, and both sides of nought differ", () => {
  const colour = heatmap.ramp(0, 70, theme);
  assert.equal(new Set(Array.from({ length: 70 }, (_, i) => colour(i + 1))).size, 7);
  const both = heatmap.ramp(-10, 10, theme);
  assert.notEqual(both(-10), both(10));
  assert.match(heatmap.ramp(3, 3, theme)(3), /^#[0-9a-f]{6}$/);
});

test("text in HTML and SVG is escaped, and a figure leads nowhere but into the product", () => {
  const data = card(frame([{ ...region, label: evil }, orders], [[evil], [5]]), {
    overlays: { insights: [{ text: `${evil} 5 %`, figures: [{ start: 0, end: 4, href: "//evil.example" }, { start: 5, end: 8, href: "/d/sales/" }, { start: 6, end: 99 }] }] },
  });
  for (const { picture } of [table, insight, number]) {
    const { html = "", svg = "" } = picture(data, {}, theme, { width: 300, height: 200 });
    assert.doesNotMatch(html + svg, /<img|onerror="|evil\.example/);
  }
  assert.match(insight.picture(data, {}, theme).html, /href="\/d\/sales\/"/);
});

test("a big number shrinks to its room, says what it is compared with, and judges by what is good", () => {
  const late = column("late", "measure", { format: "percent", good: "down" });
  const window = { from: START - 90 * DAY, to: START };
  const data = card(frame([late], [[0.039]]), { frames: { previous: frame([late], [[0.045]], { window }) } });
  const { svg } = number.picture(data, {}, theme, { width: 300, height: 100 });
  assert.ok(svg.includes("vs previous 90 days") && svg.includes(theme.good) && svg.includes("0.6\u00a0pp"));
  assert.ok(number.picture(data, {}, theme, { width: 165, height: 100 }).svg.includes(">vs before<"));
  const size = Number(/font-size="([\d.]+)"/.exec(number.picture(card(frame([revenue], [[123456789012]])), {}, theme, { width: 90, height: 60 }).svg)[1]);
  assert.ok(size < 22);
});

test("a comparison with a year before is called so", () => {
  const window = { from: START, to: START + 90 * DAY };
  const data = (days) => card(frame([orders], [[5]], { window }), { frames: { previous: frame([orders], [[4]], { window: { from: START - days * DAY, to: START - days * DAY + 90 * DAY } }) } });
  assert.match(number.picture(data(364), {}, theme, { width: 300, height: 100 }).svg, /vs a year before/);
  assert.match(number.picture(data(90), {}, theme, { width: 300, height: 100 }).svg, /vs previous 90 days/);
});

test("votes on an unusual point may come as a list or as a table", () => {
  for (const votes of [["season", "forest"], { season: true, forest: 1, prophet: false }]) {
    const data = card(frame([time, orders], [days, days.map((_, i) => i)]), { overlays: { anomalies: { t: [days[3]], v: [3], by: [votes] } } });
    const { tooltip } = line.picture(data, {}, theme, { width: 500, height: 200 }).echarts;
    assert.match(tooltip.formatter([{ value: [days[3], 3] }]), /season, forest/);
  }
});

const compared = (axis, keys, more = {}) => card(frame([axis, revenue, column("revenue__before", "comparison", { type: "number", unit: "€", format: "currency" })], [keys, [10, 20], [8, null]], more));

test("values of the period before that stand beside: a dashed line, a muted bar, a change in the table", () => {
  const [ghost, ...others] = line.picture(compared(time, days.slice(0, 2), { grain: "day" }), {}, theme, { width: 500, height: 200 }).echarts.series.filter(({ id }) => id.startsWith("previous"));
  assert.deepEqual(ghost.data, [[days[0], 8], [days[1], null]]);
  assert.deepEqual([ghost.lineStyle.type, ghost.yAxisIndex, others.length], [[4, 3], 0, 0]);
  for (const options of [{}, { horizontal: false }]) {
    const { series } = bar.picture(compared(region, ["W", "E"]), options, theme, { width: 500, height: 200 }).echarts;
    assert.deepEqual(series.find(({ id }) => id === "before 0").data, [8, null]);
  }
  const { columns, rows } = table.tableOf(compared(region, ["W", "E"]), {}, theme);
  assert.deepEqual(columns.map(({ name }) => name), ["region", "revenue", "revenue__before", "revenue__before_change"]);
  assert.deepEqual(rows.map((row) => row.at(-1)), ["+25\u00a0%", "–"]);
  const { svg } = number.picture(card(frame([revenue, column("revenue__before", "comparison")], [[10], [8]], { compare: "year" })), { compare: "" }, theme, { width: 300, height: 100 });
  assert.match(svg, /25\u00a0%/);
  assert.match(svg, /vs a year before/);
});

test("columns over time are named by their own step where round times would name another", () => {
  const quarters = [0, 3, 6, 9].map((month) => Date.UTC(2026, month, 1));
  const data = card(frame([time, orders], [quarters, [1, 2, 3, 4]], { grain: "quarter" }));
  const { xAxis } = bar.picture(data, { horizontal: false }, theme, { width: 1000, height: 200 }).echarts;
  assert.deepEqual(quarters.map((_, i) => xAxis.axisLabel.formatter("", i)), ["Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026"]);
});
