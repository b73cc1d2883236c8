import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, read, summary, tableOf } from "../../static/js/charts/kinds/pivot.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, DAY, frame, region, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 600, height: 300 };
const share = column("share", "measure", { format: "percent" });
const segment = column("segment", "dimension");
// a ratio: no total is the sum or the mean of its cells
const data = card(frame([region, segment, share], [["W", "W", "E"], ["a", "b", "a"], [0.1, 0.3, 0.5]]), {
  frames: {
    r1c0: frame([region, share], [["W", "E"], [0.25, 0.5]]), r0c1: frame([segment, share], [["a", "b"], [0.4, 0.3]]), r0c0: frame([share], [[0.33]]),
  },
});

test("every total is the figure that was asked for, never made of the cells", () => {
  assert.deepEqual(tableOf(data, { across: 1 }, theme).rows, [
    ["E", "50\u00a0%", "–", "50\u00a0%"], ["W", "10\u00a0%", "30\u00a0%", "25\u00a0%"], ["Total", "40\u00a0%", "30\u00a0%", "33\u00a0%"],
  ]);
});

test("without totals there are none", () => {
  const { columns, rows } = tableOf(data, { across: 1, totals: false }, theme);
  assert.equal(columns.length, 3);
  assert.equal(rows.length, 2);
});

const deep = card(frame([region, segment, share], [["W", "W", "E"], ["a", "b", "a"], [1, 3, 2]]), {
  frames: { r1c0: frame([region, share], [["W", "E"], [9, 2]]), r0c0: frame([share], [[11]]) },
});

test("groups collapse, with their subtotal left", () => {
  const names = (memory) => { const { nodes } = read(deep, { across: 0 }, theme, size, memory); return nodes.map(({ name }) => name); };
  assert.deepEqual(names({}), ["E", "a", "W", "a", "b"]);
  assert.deepEqual(names({ closed: new Set(['["W"]']) }), ["E", "a", "W"]);
  const { model } = read(deep, { across: 0 }, theme, size, { closed: new Set(['["W"]']) });
  assert.equal(model.cell(2, 1).text, "900\u00a0%");
  assert.equal(model.cell(2, 0).toggle.isOpen, false);
  assert.match(picture(deep, { across: 0 }, theme, size).html, /aria-expanded="true"/);
});

test("a click on a head sorts siblings by that column, at every level", () => {
  const sort = (descending) => read(deep, { across: 0 }, theme, size, { sort: [{ name: "share|[]", descending }] }).nodes.map(({ name }) => name);
  assert.deepEqual(sort(true), ["W", "b", "a", "E", "a"]);
  assert.deepEqual(sort(false), ["E", "a", "W", "a", "b"]);
});

test("groups across collapse to their total, under heads that name what they have in common", () => {
  const [year, quarter] = [column("year", "dimension"), column("quarter", "dimension")];
  const across = card(frame([region, year, quarter, share], [["W", "W", "W"], ["25", "25", "26"], ["Q1", "Q2", "Q1"], [1, 2, 3]]), {
    frames: { r1c1: frame([region, year, share], [["W", "W"], ["25", "26"], [5, 3]]), r1c0: frame([region, share], [["W"], [8]]) },
  });
  const heads = (memory) => read(across, { across: 2 }, theme, size, memory).model;
  assert.deepEqual(heads({}).fields.map(({ label }) => label), ["region", "Q1", "Q2", "Total", "Q1", "Total", "Total"]);
  assert.deepEqual(heads({}).groups.map(({ label, span }) => [label, span]), [["", 1], ["25", 3], ["26", 2], ["Total", 1]]);
  const closed = heads({ closedAcross: new Set(['["25"]']) });
  assert.deepEqual(closed.groups.map(({ span }) => span), [1, 1, 2, 1]);
  assert.equal(closed.cell(0, 1).text, "500\u00a0%");
});

test("time stands across in the order of the calendar, by its step", () => {
  const months = card(frame([time, region, share], [[START + 40 * DAY, START], ["W", "W"], [1, 2]], { grain: "month" }));
  assert.deepEqual(read(months, { across: 0, totals: false }, theme, size).model.fields.map(({ label }) => label), ["region", "September 2026", "October 2026"]);
});

test("shades are scaled within rows, columns or all, and never by totals", () => {
  for (const heat of ["all", "row", "column"]) {
    const { model } = read(data, { across: 1, heat }, theme, size);
    assert.ok(model.cell(1, 1).fill && !model.cell(1, 3).fill && !model.foot[1].fill, heat);
  }
  const byRow = read(data, { across: 1, heat: "row" }, theme, size).model;
  const byAll = read(data, { across: 1, heat: "all" }, theme, size).model;
  assert.notEqual(byRow.cell(1, 2).fill, byAll.cell(1, 2).fill);
});

test("a click on a row's head filters by all that it is about; it is told in a sentence", () => {
  const made = picture(deep, { across: 0 }, theme, size);
  assert.deepEqual(made.select({ dataIndex: 4 }), [{ column: "region", value: "W" }, { column: "segment", value: "b" }]);
  assert.equal(summary(data, { across: 1 }, theme), "share by region and segment.");
});
