import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, picture, read, summary, tableOf } from "../../static/js/charts/kinds/kpi_table.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 500, height: 160 };
const late = column("late", "measure", { format: "percent", good: "down" });
const data = card(frame([revenue, late], [[110], [0.05]]), {
  frames: { previous: frame([revenue, late], [[100], [0.04]]), trend: frame([time, revenue, late], [[START, START + DAY], [1, null], [2, 3]]) },
});

test("a row per measure: value, change judged by what is good, target, status, course", () => {
  const options = { columns: [{ column: "revenue", good: 100, warn: 90 }, { column: "late", good: 0.03, warn: 0.04 }] };
  const { model } = read(data, options, theme, size);
  const row = (at) => model.fields.map((_, i) => model.cell(at, i));
  const [, value, change, target, status, course] = row(0);
  assert.deepEqual([value.text, change.text, change.verdict, change.arrow], ["€\u00a0110", "+10\u00a0%", "good", 1]);
  assert.deepEqual([target.text, status.text, status.mark], ["€\u00a0100", "110\u00a0%", "good"]);
  assert.deepEqual(course.spark.points, [[START, 1], [START + DAY, null]]);
  assert.deepEqual([row(1)[2].verdict, row(1)[4].mark], ["bad", "bad"]);
});

test("what nobody gave has no column", () => {
  const { model } = read(card(frame([revenue], [[1]])), {}, theme, size);
  assert.equal(model.fields.length, 2);
});

test("a row per value of a dimension, each compared with itself", () => {
  const regions = card(frame([region, orders], [["W", "E"], [10, 20]]), { frames: { previous: frame([region, orders], [["E"], [10]]) } });
  assert.deepEqual(figuresOf(regions, {}, theme).map(({ name, before }) => [name, before]), [["W", null], ["E", 10]]);
  assert.deepEqual(tableOf(regions, {}, theme).rows, [["W", "10", "–"], ["E", "20", "+100\u00a0%"]]);
  assert.deepEqual(picture(regions, {}, theme, size).select({ dataIndex: 1 }), [{ column: "region", value: "E" }]);
});

test("targets that people typed go before those of the options", () => {
  const typed = card(frame([region, orders], [["W", "E"], [10, 20]]), { overlays: { targets: frame([region, orders], [["E"], [40]]) } });
  const found = figuresOf(typed, { columns: [{ column: "orders", good: 5 }] }, theme);
  assert.deepEqual(found.map(({ target }) => target), [5, 40]);
});

test("it is told in one sentence, which counts what it leaves out", () => {
  assert.equal(summary(data, {}, theme), "revenue €\u00a0110 (+10\u00a0%), late 5\u00a0% (+1\u00a0pp).");
  assert.match(summary(card(frame([revenue, orders, late, column("x", "measure")], [[1], [2], [3], [4]])), {}, theme), /\+ 1 more\.$/);
});
