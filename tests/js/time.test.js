import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime, fromWall, offsetAt, timeTicks, toWall, weekday } from "../../static/js/lib/time.js";

const HOUR = 36e5;
const at = (...parts) => Date.UTC(...parts);

test("a bucket is named by its grain", () => {
  const t = at(2013, 8, 1, 14, 5, 9);
  assert.equal(formatTime(t, "year"), "2013");
  assert.equal(formatTime(t, "quarter"), "Q3 2013");
  assert.equal(formatTime(t, "month"), "September 2013");
  assert.equal(formatTime(at(2013, 8, 2), "week"), "2 Sep – 8 Sep 2013");
  assert.equal(formatTime(t, "day"), "Sun 1 Sep 2013");
  assert.equal(formatTime(t, "minute"), "1 Sep 2013, 14:05");
  assert.equal(formatTime(t, "second"), "1 Sep 2013, 14:05:09");
});

test("what is no moment is a dash, an unknown zone reads as UTC, an unknown language as English", () => {
  for (const value of [null, undefined, NaN, 9e18, -9e18]) assert.equal(formatTime(value, "day"), "–");
  assert.equal(formatTime(0, "day", { timezone: "Mars/Olympus" }), "Thu 1 Jan 1970");
  assert.equal(formatTime(0, "month", { locale: "not a language" }), "January 1970");
});

test("the clock of a zone knows summer time", () => {
  assert.equal(offsetAt(at(2026, 6, 1), "Europe/Berlin"), 2 * HOUR);
  assert.equal(offsetAt(at(2026, 0, 1), "Europe/Berlin"), HOUR);
  assert.equal(offsetAt(at(2026, 0, 1), "Asia/Kathmandu"), 5.75 * HOUR);
  assert.equal(formatTime(at(2026, 6, 1, 22, 30), "minute", { timezone: "Europe/Berlin" }), "2 Jul 2026, 00:30");
});

test("there and back again, but for the hour that does not exist", () => {
  for (let hour = 0; hour < 24 * 365; hour += 5) {
    for (const zone of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]) {
      const t = at(2026, 0, 1) + hour * HOUR;
      assert.ok(Math.abs(fromWall(toWall(t, zone), zone) - t) <= HOUR);
    }
  }
});

test("ticks lie inside, rise, are few, and fall on the calendar of the reader", () => {
  const spans = [30e3, 10 * 6e4, 3 * HOUR, 26 * HOUR, 9 * 24 * HOUR, 90 * 24 * HOUR, 400 * 24 * HOUR, 4000 * 24 * HOUR];
  for (const span of spans) {
    for (const timezone of ["UTC", "Europe/Berlin", "Asia/Kolkata"]) {
      for (const count of [1, 4, 10]) {
        const from = at(2026, 2, 27, 13, 37);
        const ticks = timeTicks(from, from + span, count, { timezone });
        assert.ok(ticks.length <= count * 2 + 2, `${span} ${count}: ${ticks.length}`);
        ticks.forEach(({ t, label }, i) => {
          assert.ok(t >= from && t <= from + span && label);
          if (i) assert.ok(t > ticks[i - 1].t);
          if (span > 20 * 24 * HOUR) assert.equal(toWall(t, timezone) % (24 * HOUR), 0);
        });
      }
    }
  }
});

test("nonsense spans have no ticks", () => {
  for (const [from, to] of [[NaN, 1], [0, Infinity], [-9e18, 9e18]]) assert.deepEqual(timeTicks(from, to, 5), []);
});

test("weeks begin on Monday", () => assert.deepEqual([0, 6].map((day) => weekday(day)), ["Mon", "Sun"]));

test("fiscal steps are named by their months", () => {
  assert.equal(formatTime(Date.UTC(2025, 3, 1), "fiscal_year"), "Apr 2025 – Mar 2026");
  assert.equal(formatTime(Date.UTC(2026, 3, 1), "fiscal_quarter"), "Apr – Jun 2026");
});
