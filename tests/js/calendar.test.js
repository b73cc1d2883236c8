import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf, DAY as MS, weekdayOf } from "../../static/js/charts/calendar/blocks.js";
import * as calendar from "../../static/js/charts/kinds/calendar_heatmap.js";
import { scaleOf } from "../../static/js/charts/scale.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, DAY, frame, orders, START, time } from "./support.mjs";

const theme = themeOf("light");
const day = (...parts) => Date.UTC(...parts) / MS;
const daily = (count, values, more) => card(frame([time, orders], [Array.from({ length: values.length }, (_, i) => START + i * DAY), values], { grain: "day", window: { from: START, to: START + count * DAY } }), more);

test("a week begins where it is said to, also before 1970", () => {
  assert.equal(weekdayOf(day(2026, 8, 7), 0), 0); // a Monday
  assert.equal(weekdayOf(day(2026, 8, 6), 6), 0); // a Sunday
  assert.equal(weekdayOf(day(1969, 11, 29), 0), 0);
});

test("every day has a place of its own inside the card, in every layout and size", () => {
  for (const [first, last] of [[day(2026, 8, 1), day(2026, 8, 30)], [day(2026, 0, 30), day(2026, 2, 2)], [day(2025, 5, 9), day(2026, 5, 8)], [day(2024, 1, 29), day(2026, 11, 31)], [day(1990, 0, 1), day(2026, 5, 1)]]) {
    for (const size of [{ width: 200, height: 100 }, { width: 460, height: 240 }, { width: 1400, height: 680 }]) {
      for (const layout of ["", "strip", "months"]) {
        const { blocks, cell: tall } = blocksOf({ first, last, weekStart: 0 }, layout, size);
        const places = new Set();
        let count = 0;
        for (const block of blocks) {
          const wide = block.wide ?? tall;
          for (let at = block.from; at <= block.to; at++) {
            const { x, y } = block.place(at);
            assert.ok(x >= 0 && x + wide <= size.width + 0.01 && y >= 0 && y + tall <= size.height + 0.01, `${layout} ${size.width} ${at}`);
            places.add(`${Math.round(x * 100)} ${Math.round(y * 100)}`);
            count++;
          }
        }
        assert.equal(places.size, count);
      }
    }
  }
});

test("one month is a sheet, a year is folded into the room, and years that do not fit are counted", () => {
  const blocks = (first, last, size) => blocksOf({ first, last, weekStart: 0 }, "", size);
  assert.ok(blocks(day(2026, 8, 1), day(2026, 8, 30), { width: 460, height: 240 }).blocks[0].isMonth);
  assert.equal(blocks(day(2026, 0, 1), day(2026, 11, 31), { width: 460, height: 240 }).blocks.length, 2);
  const many = blocks(day(1990, 0, 1), day(2026, 5, 1), { width: 460, height: 240 });
  assert.equal(many.blocks.length + many.hidden, 37);
  assert.equal(new Date(many.blocks.at(-1).to * MS).getUTCFullYear(), 2026);
});

test("a day without rows is an outline and a day with zero a shade", () => {
  const { svg, tip, step } = calendar.picture(daily(4, [0, null, 9]), {}, theme, { width: 300, height: 200 });
  const rect = (i) => new RegExp(`<rect [^>]*data-mark="${i}"[^>]*>`).exec(svg)[0];
  assert.match(rect(1), /stroke=/);
  assert.doesNotMatch(rect(0), /stroke=/);
  assert.match(rect(3), /stroke=/); // after the last row, still in the window
  assert.deepEqual(tip(0).rows, [["orders", "0"]]);
  assert.deepEqual(tip(1).rows, [["orders", "no rows"]]);
  assert.equal(step({ dataIndex: 2 }), START + 2 * DAY);
  assert.match(calendar.summary(daily(4, [0, null, 9]), {}, theme), /highest on Thu 3 Sep 2026 \(9\).*lowest on Tue 1 Sep 2026 \(0\).*2 days have no rows/);
});

test("the week begins as chosen, else as in the workspace", () => {
  const data = daily(30, Array(30).fill(1), { overlays: { week_start: 5 } });
  assert.equal(calendar.read(data, {}, theme).weekStart, 5);
  assert.equal(calendar.read(data, { week_start: "0" }, theme).weekStart, 0);
  const starts = ["de", "en-US"].map((locale) => calendar.read(daily(3, [1]), { week_start: "" }, themeOf("light", { locale })).weekStart);
  assert.deepEqual(starts, [0, 6]);
});

test("days are those of the reader's clock", () => {
  const berlin = themeOf("light", { timezone: "Europe/Berlin" });
  const data = card(frame([time, orders], [[Date.UTC(2026, 8, 1, 22)], [5]], { grain: "day" })); // midnight in Berlin
  assert.deepEqual([...calendar.read(data, {}, berlin).values.keys()], [day(2026, 8, 2)]);
});

test("one extreme day does not pale the others, and losses have another colour than gains", () => {
  const values = [...Array.from({ length: 60 }, (_, i) => i + 1), 1e6];
  const scale = scaleOf(values, theme);
  assert.ok(scale.isCut && scale.colour(10) !== scale.colour(50) && scale.colour(1e6) === scale.colour(60));
  assert.match(scale.legend({ width: 300, y: 20, format: String }), /≥ 59/);
  const both = scaleOf([-5, 0, 5], theme);
  assert.equal(new Set([-5, 0, 5].map(both.colour)).size, 3);
  assert.match(scaleOf([3, 3], theme).colour(3), /^#/);
  assert.match(scaleOf([], theme).colour(3), /^#/);
});
