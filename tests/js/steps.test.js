// Spans that are moved along and made wider, and times that fingers hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { held } from "../../static/js/charts/touch.js";
import { movedSpan, widerSpan } from "../../static/js/dashboard/steps.js";
import { fromWall } from "../../static/js/lib/time.js";

const [HOUR, DAY] = [36e5, 864e5];
const BERLIN = "Europe/Berlin";
const local = (...parts) => fromWall(Date.UTC(...parts), BERLIN);

test("a span moves by its own length, and back to where it was", () => {
  const span = { from: 1234567, to: 1234567 + 5 * HOUR };
  const ahead = movedSpan(span, BERLIN, 1);
  assert.deepEqual(ahead, { from: span.to, to: span.to + 5 * HOUR });
  assert.deepEqual(movedSpan(ahead, BERLIN, -1), span);
});

test("whole days stay whole days over a change of clocks", () => {
  const week = { from: local(2026, 2, 23), to: local(2026, 2, 30) }; // 29 March has 23 hours
  assert.deepEqual(movedSpan(week, BERLIN, -1), { from: local(2026, 2, 16), to: local(2026, 2, 23) });
  assert.deepEqual(movedSpan(week, BERLIN, 1), { from: local(2026, 2, 30), to: local(2026, 3, 6) });
  const day = { from: local(2026, 2, 28), to: local(2026, 2, 29) };
  assert.deepEqual(movedSpan(day, BERLIN, 1), { from: local(2026, 2, 29), to: local(2026, 2, 30) });
});

test("whole months stay whole months, quarters quarters, years years", () => {
  const month = { from: local(2026, 2, 1), to: local(2026, 3, 1) };
  assert.deepEqual(movedSpan(month, BERLIN, -1), { from: local(2026, 1, 1), to: local(2026, 2, 1) });
  const quarter = { from: local(2026, 0, 1), to: local(2026, 3, 1) };
  assert.deepEqual(movedSpan(quarter, BERLIN, -1), { from: local(2025, 9, 1), to: local(2026, 0, 1) });
  const year = { from: local(2024, 0, 1), to: local(2025, 0, 1) };
  assert.deepEqual(movedSpan(year, BERLIN, 1), { from: local(2025, 0, 1), to: local(2026, 0, 1) });
  const long = { from: new Date(0).setUTCFullYear(90, 0, 1), to: new Date(0).setUTCFullYear(99, 0, 1) }; // Date.UTC would take 90 for 1990
  assert.equal(movedSpan(long, "UTC", 1).from, long.to);
});

test("a wider span is twice as long around its middle; both end where the calendar does", () => {
  assert.deepEqual(widerSpan({ from: 100, to: 200 }), { from: 50, to: 250 });
  let span = { from: 0, to: DAY };
  for (let times = 0; span && times < 100; times++) span = widerSpan(span);
  assert.equal(span, null);
  assert.equal(movedSpan({ from: 2e15, to: 2.1e15 }, "UTC", 1), null);
});

test("one finger keeps its time under it, two keep both, and close ones do not tear the axis", () => {
  assert.deepEqual(held([{ x: 50, t: 1000 }], 10, 10), { t: 500, pixel: 10 });
  const { t, pixel } = held([{ x: 100, t: 1000 }, { x: 300, t: 3000 }], 5, 5);
  assert.deepEqual([t + 100 * pixel, t + 300 * pixel], [1000, 3000]);
  assert.equal(held([{ x: 100, t: 1000 }, { x: 101, t: 3000 }], 5, 5).pixel, 5);
  assert.equal(held([{ x: 0, t: 0 }, { x: 30, t: 1e9 }], 5, 5).pixel, 100);
  assert.equal(held([{ x: 0, t: 0 }, { x: 900, t: 9 }], 5, 5).pixel, 0.25);
});
