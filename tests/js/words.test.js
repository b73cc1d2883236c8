import assert from "node:assert/strict";
import { test } from "node:test";
import { speaker, WORDS } from "../../static/js/lib/words.js";
import { spanText } from "../../static/js/dashboard/words.js";

const at = (text) => Date.parse(text);
const span = (from, to, timezone = "UTC") => spanText(at(from), at(to), { locale: "en", timezone });

test("a span of hours names its day once, and a second day only if there is one", () => {
  assert.equal(span("2026-11-25T05:51:06Z", "2026-11-25T05:56:06Z"), "25 Nov 05:51 – 05:56");
  assert.equal(span("2026-11-24T23:50:00Z", "2026-11-25T00:05:00Z"), "24 Nov 23:50 – 25 Nov 00:05");
  assert.equal(span("2026-11-24T23:50:00Z", "2026-11-25T00:05:00Z", "Europe/Berlin"), "25 Nov 00:50 – 01:05");
});

test("a span of days ends with its last day, and a year that both share is said once", () => {
  assert.equal(span("2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z"), "1 Jan – 31 Dec 2017");
  assert.equal(span("2016-12-01T00:00:00Z", "2017-02-01T00:00:00Z"), "1 Dec 2016 – 31 Jan 2017");
  assert.equal(span("2017-03-05T00:00:00Z", "2017-03-06T00:00:00Z"), "5 Mar 2017");
});

test("words have the form that the language has for so many, whoever wrote the number", () => {
  const text = speaker();
  assert.deepEqual([1, "1", 0, 2, "1,001", "11"].map((n) => text("more_rows", { n })), ["+ 1 row", "+ 1 row", "+ 0 rows", "+ 2 rows", "+ 1,001 rows", "+ 11 rows"]);
  assert.deepEqual([1, 3].map((n) => text("map_no_place", { n })), ["1 row has no valid coordinates.", "3 rows have no valid coordinates."]);
  assert.deepEqual([1, "2,000"].map((n) => text("rows_first", { n })), ["First row", "First 2,000 rows"]);
  const polish = speaker({ more_rows: "+ {n} {n:wiersz|wiersze|wierszy|wiersza}" }, "pl");
  assert.deepEqual([1, 3, 5, 22, "105"].map((n) => polish("more_rows", { n })), ["+ 1 wiersz", "+ 3 wiersze", "+ 5 wierszy", "+ 22 wiersze", "+ 105 wierszy"]);
  assert.equal(speaker({}, "no such language")("more_rows", { n: 1 }), "+ 1 row");
  assert.equal(text("rows_n", { n: 1, columns: "{n:a|b} {n}" }), "1 row, {n:a|b} {n}."); // what is data stays
});

test("every word that counts has its forms in braces that close", () => {
  for (const [key, word] of Object.entries(WORDS)) assert.equal(speaker()(key, { n: 1, columns: 1 }).match(/\{\w+:/), null, word);
});
