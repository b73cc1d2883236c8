import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, sheetOf, summary, tableOf } from "../../static/js/charts/kinds/editable_grid.js";
import { keyOf } from "../../static/js/charts/table/typing.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { exactNumber, parseBlock, parseNumber, plainNumber } from "../../static/js/lib/typed.js";
import { card, frame, region, revenue } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 600, height: 200 };
const data = card(frame([region, revenue], [["West", "East", null], [1, 2, 3]]), {
  overlays: { grid: { columns: ["2026-01", "2026-Q2"], cells: [["West", "2026-01", 1250.75, 2], ["Gone", "2026-01", 5, 1]] } },
});

test("numbers are read as people write them in their language", () => {
  const cases = { "1,234.5": [1234.5, 1234.5], "1.234,5": [1234.5, 1234.5], "1,5": [NaN, 1.5], "1.5": [1.5, NaN], "1 234": [1234, 1234], "12k": [12e3, 12e3], "(40)": [-40, -40], "€ 5": [5, 5], "12 %": [0.12, 0.12], "−3": [-3, -3], "": [null, null], "1e3": [1000, 1000], "1.234": [1.234, 1234], "1,234": [1234, 1.234], "1,2,3": [NaN, NaN], abc: [NaN, NaN], "1..2": [NaN, NaN], "--1": [NaN, NaN], "0x10": [NaN, NaN], Infinity: [NaN, NaN], "12,34,567": [NaN, NaN] };
  for (const [text, [english, german]] of Object.entries(cases)) {
    assert.deepEqual([parseNumber(text, "en"), parseNumber(text, "de")], [english, german], text);
  }
});

test("what is written is read back as it was, in any language", () => {
  let seed = 5;
  for (let i = 0; i < 600; i++) {
    seed = (seed * 16807) % 2147483647;
    const value = Math.round((seed - 1e9) / 3) / 10 ** (i % 7);
    for (const locale of ["en", "de", "fr", "pl", "sv", "en-IN"]) {
      const known = Number(value.toFixed(6));
      assert.equal(parseNumber(plainNumber(known, locale), locale), known, `${known} in ${locale}`);
    }
  }
});

test("a block of a spreadsheet is rows of cells, quoted ones too", () => {
  assert.deepEqual(parseBlock("1\t2\r\n3\t4\r\n"), [["1", "2"], ["3", "4"]]);
  assert.deepEqual(parseBlock('"a\tb"\t"say ""so"""\n\t5'), [["a\tb", 'say "so"'], ["", "5"]]);
});

test("no digit that was typed is rounded away", () => {
  assert.equal(exactNumber(1250.75, revenue, 2, "en"), "1,250.75");
  assert.equal(exactNumber(0.125, { format: "percent" }, 3, "en"), "12.5%");
  assert.equal(exactNumber(null, revenue), "–");
  assert.equal(tableOf(data, {}, theme).rows[0][1], "1,250.75");
});

test("rows are what the reader sees of the data; values of others are not shown", () => {
  assert.deepEqual(sheetOf({ data, theme }).rows.map(({ key }) => key), ["West", "East"]);
  assert.doesNotMatch(picture(data, {}, theme, size).html, /Gone/);
  assert.deepEqual(tableOf(data, {}, theme).rows.at(-1), ["Sum", "1,250.75", "–", "1,250.75"]);
  assert.match(summary(data, {}, theme), /2 rows by 2 columns, Jan 2026 to Q2 2026/);
});

test("what was typed here is shown until something newer comes", () => {
  const value = (version) => sheetOf({ data, theme, memory: { typed: new Map([[keyOf("West", "2026-01"), { value: 9, version }]]) } }).cellOf("West", "2026-01").value;
  assert.deepEqual([value(1), value(2), value(3)], [1250.75, 9, 9]);
});

test("listed rows need no group; names are text", () => {
  const evil = "<img src=x>";
  const listed = card(frame([revenue], [[5]]), { overlays: { grid: { columns: [evil], cells: [[evil, evil, 1, 1]] } } });
  const { html } = picture(listed, { rows: `${evil}\nTwo` }, theme, size, { note: evil, mayEdit: true });
  assert.doesNotMatch(html, /<img|style=/);
  assert.equal(html.match(/data-cell/g).length, 2);
});

test("a conflict shows both values and asks which one stays", () => {
  const memory = { mayEdit: true, conflict: { theirs: [{ row: "West", column: "2026-01", value: 7, version: 3, by: "Ada" }], mine: [{ row: "West", column: "2026-01", value: 8, version: 2 }] } };
  const { html } = picture(data, {}, theme, size, memory);
  assert.match(html, /Ada wrote 7 meanwhile. Yours: 8/);
  assert.match(html, /data-keep="theirs".*data-keep="mine"/);
  assert.match(html, /sheet__conflict/);
});
