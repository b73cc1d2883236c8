import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, pivoted } from "../../static/js/lib/sheet.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { column, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const city = column("city", "dimension");

test("a pivot has a column per value, a dash where a pair is missing, and keys for each line", () => {
  const long = frame([region, city, orders], [["W", "W", "E"], ["a", "b", "a"], [1, 2, 3]]);
  const sheet = pivoted(long, "city", theme);
  assert.deepEqual(sheet.columns.map(({ label }) => label), ["region", "a", "b"]);
  assert.deepEqual(sheet.rows, [["W", "1", "2"], ["E", "3", "–"]]);
  assert.deepEqual(sheet.keys.map(([{ column: name, value }]) => [name, value]), [["region", "W"], ["region", "E"]]);
});

test("totals are those that were asked for, not sums of what is shown", () => {
  const long = frame([region, city, orders], [["W", "E"], ["a", "a"], [1, 3]]);
  const sheet = pivoted(long, "city", theme, {
    byRow: frame([region, orders], [["E", "W"], [30, 10]]), byColumn: frame([city, orders], [["a"], [5]]), total: frame([orders], [[7]]),
  });
  assert.deepEqual(sheet.rows, [["W", "1", "10"], ["E", "3", "30"]]);
  assert.deepEqual(sheet.foot, ["Total", "5", "7"]);
  assert.deepEqual(listed(long, theme, { total: frame([orders], [[7]]) }).foot, ["Total", "", "7"]);
});

test("a pivot shows what it is compared with, in its cells and in its totals", () => {
  const before = { ...orders, name: "orders__before", label: "orders, before", role: "comparison" };
  const long = frame([region, city, orders, before], [["W", "W", "E"], ["a", "b", "a"], [110, 50, 9], [100, null, 10]]);
  const sheet = pivoted(long, "city", theme, { byColumn: frame([city, orders, before], [["a", "b"], [119, 50], [110, 40]]), total: frame([orders, before], [[169], [150]]), byRow: frame([region, orders, before], [["W", "E"], [160, 9], [100, 10]]) });
  assert.deepEqual(sheet.columns.map(({ label }) => label), ["region", ...["a", "b", "Total"].flatMap((name) => [`${name} · orders`, `${name} · orders, before`, `${name} · Change`])]);
  assert.deepEqual(sheet.rows.map((row) => row.map((text) => text.replaceAll("\u00a0", " "))), [
    ["W", "110", "100", "+10 %", "50", "–", "–", "160", "100", "+60 %"],
    ["E", "9", "10", "−10 %", "–", "–", "–", "9", "10", "−10 %"],
  ]);
  assert.deepEqual(sheet.foot.map((text) => text.replaceAll("\u00a0", " ")), ["Total", "119", "110", "+8.2 %", "50", "40", "+25 %", "169", "150", "+12.7 %"]);
});

test("time across stands in its order, several measures beside each other", () => {
  const sheet = pivoted(frame([time, region, orders, revenue], [[START + DAY, START], ["W", "W"], [2, 1], [20, 10]], { grain: "day" }), "day", theme);
  assert.deepEqual(sheet.columns.map(({ label }) => label), ["region", "Tue 1 Sep 2026 · orders", "Tue 1 Sep 2026 · revenue €", "Wed 2 Sep 2026 · orders", "Wed 2 Sep 2026 · revenue €"]);
  assert.deepEqual(sheet.rows[0].slice(1, 2), ["1"]);
});

test("without the dimension across, or with many values, it stays a table that can be read", () => {
  const long = frame([region, orders], [["W"], [1]]);
  assert.deepEqual(pivoted(long, "gone", theme).rows, [["W", "1"]]);
  const many = Array.from({ length: 80 }, (_, i) => `c${i}`);
  const wide = pivoted(frame([region, city, orders], [many.map(() => "W"), many, many.map((_, i) => i)]), "city", theme);
  assert.deepEqual([wide.columns.length, wide.hidden], [61, 20]);
});
