import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalsOf } from "../../static/js/lib/decimals.js";
import { axisLabels, change, compact, formatNumber, MISSING, niceScale } from "../../static/js/lib/format.js";
import { numbers } from "./support.mjs";

const plain = (text) => text.replaceAll("\u00a0", " ");
const format = (value, column, options) => plain(formatNumber(value, column, options));
const FORMATS = [undefined, "integer", "decimal", "currency", "percent", "duration", "compact"];

test("a missing value is a dash in every format", () => {
  for (const format of FORMATS) for (const value of [null, undefined, NaN, Infinity, -Infinity, "12", {}]) assert.equal(formatNumber(value, { format }), MISSING);
});

test("three digits that matter, with the scale behind them", () => {
  const expected = { 0: "0", 7: "7", 12.345: "12.3", 999: "999", 1000: "1k", 1234: "1.23k", 48213: "48.2k", 999949: "1m", 412000: "412k", 5421000: "5.42m", 1.5e9: "1.5bn", 2e12: "2tn", 5e15: "5,000tn" };
  for (const [value, text] of Object.entries(expected)) assert.equal(compact(Number(value)), text);
  assert.equal(compact(-5421000), "−5.42m");
});

test("no number of any size, format or language comes out as NaN, undefined or a wall of digits", () => {
  for (const value of numbers()) {
    for (const format of FORMATS) {
      for (const locale of ["en", "de", "fr", "ja", "ar", "not-a-language-at-all"]) {
        for (const short of [true, false]) {
          const text = formatNumber(value, { format, unit: "min" }, { locale, short });
          assert.doesNotMatch(text, /NaN|undefined|Infinity/);
          assert.ok(text.length <= (short ? 24 : 48), `${value} ${format} ${locale}: ${text}`);
        }
      }
    }
  }
});

test("money stands where the language puts it", () => {
  const money = { format: "currency", unit: "EUR" };
  assert.equal(format(5421000, money, { short: true }), "€ 5.42m");
  assert.equal(format(-1234.5, money), "−€ 1,235");
  assert.equal(format(1234.5, money, { locale: "de" }), "1.235 €");
  assert.equal(format(12, { format: "currency", unit: "SEK" }), "SEK 12");
});

test("a percent is a fraction and moves in points; other numbers move relatively", () => {
  assert.equal(format(0.2471, { format: "percent" }), "24.7 %");
  assert.deepEqual(change(0.247, 0.259, { format: "percent", good: "up" }), { text: "1.2\u00a0pp", direction: -1, verdict: "bad" });
  assert.deepEqual(change(108.4, 100, { good: "up" }), { text: "8.4\u00a0%", direction: 1, verdict: "good" });
  assert.equal(change(3.3, 3.9, { format: "decimal", good: "down" }).verdict, "good");
  assert.equal(change(-50, -100, {}).direction, 1);
});

test("a change that nobody can tell says so, and none is neither good nor bad", () => {
  for (const [now, before] of [[1, null], [null, 1], [NaN, 1], [5, 0]]) assert.equal(change(now, before, {}), null);
  assert.deepEqual(change(0, 0, { good: "up" }), { text: "0\u00a0%", direction: 0, verdict: null });
  assert.equal(change(100.0001, 100, { good: "up" }).direction, 0);
});

test("durations in their two greatest units, never sixty of one", () => {
  assert.equal(format(83, { format: "duration", unit: "min" }), "1 h 23 min");
  assert.equal(format(3599.9, { format: "duration", unit: "s" }), "60 min");
  assert.equal(format(0.25, { format: "duration", unit: "s" }), "250 ms");
  assert.equal(format(90, { format: "duration", unit: "min" }, { short: true }), "1.5 h");
  assert.equal(format(-83, { format: "duration", unit: "min" }), "−1 h 23 min");
});

test("an axis holds its data in round steps, few enough", () => {
  const all = [...numbers(300)];
  for (let i = 0; i + 1 < all.length; i++) {
    const [low, high] = [all[i], all[i + 1]].sort((a, b) => a - b);
    for (const count of [1, 3, 6]) {
      const scale = niceScale(low, high, count);
      const slack = scale.step * 1e-6;
      assert.ok(scale.min <= low + slack && scale.max >= high - slack, `${low} ${high} in ${scale.min} ${scale.max}`);
      assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= count + 3, `${scale.ticks}`);
    }
  }
  assert.deepEqual(niceScale(36000, 78000, 4, true).ticks, [0, 20000, 40000, 60000, 80000]);
});

test("an axis of one value, of nothing, or of nonsense still has two ends", () => {
  for (const [low, high] of [[5, 5], [0, 0], [-3, -3], [Infinity, -Infinity], [NaN, NaN]]) {
    for (const zero of [true, false]) {
      const { min, max, ticks } = niceScale(low, high, 4, zero);
      assert.ok(min < max && ticks.every(Number.isFinite));
    }
  }
});

test("neighbouring labels of an axis differ", () => {
  const ticks = niceScale(1000000, 1000100, 4).ticks;
  assert.equal(new Set(axisLabels(ticks, {})).size, ticks.length);
  assert.deepEqual(axisLabels([0, 50000, 100000], {}), ["0", "50k", "100k"]);
});

test("a column has one number of decimals, as many as its values need and no more than their size deserves", () => {
  const texts = (values, column = {}) => values.map((value) => formatNumber(value, column, { decimals: decimalsOf(values, column), unit: false }));
  assert.deepEqual(texts([3, 3.25, null, 10.5]), ["3.00", "3.25", "–", "10.50"]);
  assert.deepEqual(texts([3, 4]), ["3", "4"]);
  assert.deepEqual(texts([1200.4, 35600.9, 8000]), ["1,200", "35,601", "8,000"]);
  assert.deepEqual(texts([1200, 0.034, 8000]), ["1,200.00", "0.03", "8,000.00"]); // no nought of what is none
  assert.deepEqual(texts([7.5, 29], { unit: "€", format: "currency" }), ["€\u00a07.50", "€\u00a029.00"]);
  assert.deepEqual(texts([0.01, 0.123], { format: "percent" }), ["1.0\u00a0%", "12.3\u00a0%"]);
  assert.deepEqual(texts([0.2, 0.5], { format: "percent" }), ["20\u00a0%", "50\u00a0%"]);
  assert.deepEqual(texts([0.0312, 0.5]), ["0.031", "0.500"]);
  assert.equal(decimalsOf([61, 3700], { format: "duration" }), null);
  assert.equal(decimalsOf([3.7], { format: "integer" }), 0);
  assert.equal(decimalsOf([1e20, 4]), null);
  assert.equal(decimalsOf([null, NaN, 0]), 0);
  assert.equal(decimalsOf([1234.5, 5000, 7.25, 9000, 8000], {}, { isRaw: true }), 2);
  assert.equal(decimalsOf([12345.5, 5000, 7000.25, 9000, 8000]), 0);
});

test("every column of numbers reads as numbers with as many decimals, whatever is in it", () => {
  const all = [...numbers()];
  for (let i = 0; i + 6 < all.length; i += 5) {
    const column = all.slice(i, i + 6).filter((value) => Math.abs(value) < 1e14 && Math.abs(value) > 1e-5);
    const decimals = decimalsOf(column);
    if (decimals === null) continue;
    const shown = column.map((value) => formatNumber(value, {}, { decimals }).split(".")[1]?.length ?? 0);
    assert.equal(new Set(shown).size <= 1, true, `${column}`);
  }
});
