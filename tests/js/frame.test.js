import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDelta, replaceFrom, seriesOf, tableOf } from "../../static/js/lib/frame.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, DAY, frame, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const days = (...numbers) => numbers.map((day) => START + day * DAY);

test("a gap stays a gap: nulls, missing buckets, and rows that only other splits have", () => {
  const alone = seriesOf(frame([time, orders], [days(0, 1, 4), [1, null, 3]], { grain: "day" }), theme)[0];
  assert.deepEqual(alone.points.map(([, value]) => value), [1, null, null, 3]);
  const [west, east] = seriesOf(frame([time, region, orders], [days(0, 0, 1, 2, 2), ["W", "E", "W", "W", "E"], [1, 2, 3, 4, 5]], { grain: "day" }), theme);
  assert.deepEqual(west.points.map(([, value]) => value), [1, 3, 4]);
  assert.deepEqual(east.points.map(([, value]) => value), [2, null, 5]);
});

test("several measures are several lines", () => {
  const names = seriesOf(frame([time, orders, revenue], [days(0, 1), [1, 2], [3, 4]]), theme).map(({ name }) => name);
  assert.deepEqual(names, ["orders", "revenue"]);
});

test("a delta replaces from its time on, keeps what is before, and drops what left the window", () => {
  const before = frame([time, orders], [days(0, 1, 2, 3), [1, 2, 3, 4]]);
  const delta = frame([time, orders], [days(3, 4), [40, 50]], { window: { from: START + DAY, to: START + 5 * DAY } });
  const after = replaceFrom(before, delta, START + 3 * DAY);
  assert.deepEqual(after.data, [days(1, 2, 3, 4), [2, 3, 40, 50]]);
  assert.equal(after.row_count, 4);
  assert.deepEqual(before.data[1], [1, 2, 3, 4]);
});

test("a delta of several splits replaces all rows of its buckets", () => {
  const before = frame([time, region, orders], [days(0, 0, 1, 1), ["W", "E", "W", "E"], [1, 2, 3, 4]]);
  const delta = frame([time, region, orders], [days(1), ["N"], [9]]);
  assert.deepEqual(replaceFrom(before, delta, START + DAY).data, [days(0, 0, 1), ["W", "E", "N"], [1, 2, 9]]);
});

test("a delta without a start, without time, or with other columns replaces everything", () => {
  const before = frame([time, orders], [days(0, 1), [1, 2]]);
  const whole = frame([time, orders], [days(5), [9]]);
  assert.deepEqual(replaceFrom(before, whole, null).data, whole.data);
  const other = frame([time, revenue], [days(5), [9]]);
  assert.deepEqual(replaceFrom(before, other, START + DAY).data, other.data);
  const value = frame([orders], [[7]]);
  assert.deepEqual(replaceFrom(frame([orders], [[6]]), value, START).data, [[7]]);
  assert.deepEqual(replaceFrom(undefined, whole, START).data, whole.data);
});

test("many deltas in a row are the same as the whole", () => {
  let data = card(frame([time, orders], [[], []]));
  const all = Array.from({ length: 50 }, (_, i) => i);
  for (const day of all) {
    const rows = day ? [day - 1, day] : [0];
    data = applyDelta(data, { frames: { main: frame([time, orders], [days(...rows), rows.map((row) => row * 2)]) } }, START + rows[0] * DAY);
  }
  assert.deepEqual(data.frames.main.data, [days(...all), all.map((day) => day * 2)]);
});

test("a delta that was asked for its newest step alone keeps the steps before, and drops what left the card's window", () => {
  const shown = card(frame([time, orders], [days(0, 1, 2, 3), [1, 2, 3, 4]]));
  const tail = frame([time, orders], [days(3, 4), [40, 50]], { window: { from: START + 3 * DAY, to: START + 5 * DAY } });
  const window = { from: START + DAY, to: START + 5 * DAY };
  const after = applyDelta(shown, { frames: { main: tail }, window }, START + 3 * DAY);
  assert.deepEqual(after.frames.main.data, [days(1, 2, 3, 4), [2, 3, 40, 50]]);
  assert.deepEqual(after.frames.main.window, window);
});

test("frames and overlays that a delta does not carry stay", () => {
  const anomalies = { t: [1], v: [2], by: [["a"]] };
  const data = card(frame([time, orders], [days(0), [1]]), { frames: { previous: frame([time, orders], [days(0), [5]]) }, overlays: { anomalies } });
  const after = applyDelta(data, { frames: { main: frame([time, orders], [days(1), [2]]) } }, START + DAY);
  assert.deepEqual(after.frames.previous.data[1], [5]);
  assert.deepEqual(after.overlays.anomalies, anomalies);
});

test("the table of a frame has its texts, a dash where nothing is", () => {
  const { columns, rows } = tableOf(card(frame([region, orders], [["W", null], [1234, null]])), theme);
  assert.deepEqual(rows, [["W", "1,234"], ["–", "–"]]);
  assert.deepEqual(columns.map(({ numeric }) => numeric), [false, true]);
});
