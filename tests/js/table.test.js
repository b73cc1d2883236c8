import assert from "node:assert/strict";
import { test } from "node:test";
import { attach, picture, read, tableOf } from "../../static/js/charts/kinds/table.js";
import { barOf, judge, linkOf, shade } from "../../static/js/charts/table/formats.js";
import { bodyMarkup, ROW, widthsOf, windowOf } from "../../static/js/charts/table/markup.js";
import { compare, fieldsOf, ordered } from "../../static/js/charts/table/sheet.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { contrast } from "../../static/js/lib/colour.js";
import { card, column, DAY, frame, numbers, orders, region, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 480, height: 240 };
const many = (count) => card(frame([region, revenue], [Array.from({ length: count }, (_, i) => `Customer ${i}`), Array.from({ length: count }, (_, i) => (i * 7919) % count)]));

test("of fifty thousand rows only those in view are in the page, at their place", () => {
  const { html } = picture(many(50_000), {}, theme, size);
  const rows = html.match(/<tr aria-rowindex/g).length;
  assert.ok(rows < 40, `${rows} rows`);
  assert.match(html, /aria-rowcount="50001"/);
  const { model } = read(many(50_000), {}, theme, size);
  const { from, to } = windowOf(model, 200, 25_000 * ROW);
  assert.ok(from <= 25_000 && to >= 25_007 && to - from < 50);
  const body = bodyMarkup(model, { from, to }, theme);
  const gaps = [...body.matchAll(/height="(\d+)"/g)].map(([, height]) => Number(height));
  assert.equal(gaps[0] + gaps[1] + (to - from) * ROW, 50_000 * ROW);
  const end = windowOf(model, 200, 1e9);
  assert.ok(end.from < 50_000 && end.to === 50_000);
});

test("sorting is by value, stable, and nothing comes last whichever way", () => {
  const data = card(frame([region, revenue, orders], [["b", "a", "c", null], [10, null, 9, 10], [1, 2, 3, 4]]));
  const fields = fieldsOf(data.frames.main, theme);
  const by = (...sort) => ordered(fields, 4, { sort });
  assert.deepEqual(by({ name: "revenue" }), [2, 0, 3, 1]);
  assert.deepEqual(by({ name: "revenue", descending: true }), [0, 3, 2, 1]);
  assert.deepEqual(by({ name: "revenue", descending: true }, { name: "orders", descending: true }), [3, 0, 2, 1]);
  assert.deepEqual(by({ name: "region" }), [1, 0, 2, 3]);
  assert.deepEqual(by({ name: "gone" }), [0, 1, 2, 3]);
  assert.ok(compare("Product 2", "Product 10") < 0);
});

test("searching finds what is shown, in any column", () => {
  const data = many(100);
  const { model } = read(data, {}, theme, size, { search: "customer 42" });
  assert.deepEqual(model.rows, [42]);
  assert.deepEqual(read(data, {}, theme, size, { search: "nowhere" }).model.rows, []);
});

test("a threshold judges upward or downward, by the thresholds themselves or by what is good", () => {
  assert.deepEqual([5, 3, 1].map((value) => judge(value, { good: 4, warn: 2 })), ["good", "warn", "bad"]);
  assert.deepEqual([1, 3, 5].map((value) => judge(value, { good: 2, warn: 4 })), ["good", "warn", "bad"]);
  assert.equal(judge(1, { good: 2 }, { good: "down" }), "good");
  assert.equal(judge(3, { warn: 2 }), "warn");
  assert.equal(judge(1, { warn: 2 }), "bad");
  assert.equal(judge(null, { good: 1 }), null);
  assert.equal(judge(1, {}), null);
});

test("a bar begins at zero, also between negative and positive; nothing has none", () => {
  assert.deepEqual(barOf(5, [2, 10]), { from: 0, to: 0.5, isNegative: false });
  assert.deepEqual(barOf(-5, [-10, 10]), { from: 0.25, to: 0.5, isNegative: true });
  assert.equal(barOf(null, [0, 1]), null);
  assert.deepEqual(barOf(0, [0, 0]), { from: 0, to: 0, isNegative: false });
  for (const value of numbers(200)) {
    const { from, to } = barOf(value, [-1e30, 1e30]);
    assert.ok(from >= 0 && to <= 1 && from <= to);
  }
});

test("ink reads on every shade of every theme", () => {
  for (const name of ["light", "dark", "print"]) {
    const look = themeOf(name);
    for (const span of [[0, 10], [-10, 10]]) {
      for (let value = span[0]; value <= span[1]; value += 1) {
        const { fill, isInverse } = shade(value, span, look);
        assert.ok(contrast(fill, isInverse ? look.card : look.ink) >= 4.5, `${name} ${value} of ${span}`);
      }
    }
  }
  assert.equal(shade(null, [0, 1], theme), null);
});

test("a link leads only where its author wrote: values never choose host, scheme or path", () => {
  const of = (values) => (name) => values[name];
  assert.equal(linkOf("https://shop.example/p/{value}?r={region}", of({ value: "a b/&", region: "é" })), "https://shop.example/p/a%20b%2F%26?r=%C3%A9");
  assert.equal(linkOf("/explore/?q={value}", of({ value: "//evil.example" })), "/explore/?q=%2F%2Fevil.example");
  assert.equal(linkOf("https://a.example/{value}", of({ value: null })), null);
  for (const template of ["javascript:alert({value})", "http://a.example/", "//evil.example/{value}", "https://{value}/", "https://a.example@{value}/", "https://a{value}.example/", "/\\evil.example", "data:text/html,{value}", " https://a.example", 5, null]) {
    assert.equal(linkOf(template, of({ value: "evil.example" })), null, String(template));
  }
});

test("cells hold nothing that data could make into markup, and links open without a way back", () => {
  const evil = '"><img src=x onerror="alert(1)">';
  const data = card(frame([{ ...region, label: evil }, revenue], [[evil], [5]]));
  const { html } = picture(data, { columns: [{ column: "region", link: "https://a.example/{value}" }] }, theme, size, { search: evil });
  assert.doesNotMatch(html, /<img|style=|onerror="/);
  assert.match(picture(data, { columns: [{ column: "region", link: "https://a.example/{value}" }] }, theme, size).html, /rel="noopener noreferrer" target="_blank"/);
});

test("a real table: scopes, the order of sorting, the first column as heads of rows, a total that was asked for", () => {
  const data = card(frame([region, revenue], [["W", "E"], [1, 2]]), { frames: { total: frame([revenue], [[99]]) } });
  const { html } = picture(data, { totals: true }, theme, size, { sort: [{ name: "revenue", descending: true }, { name: "region" }] });
  assert.equal(html.match(/scope="col"/g).length, 2);
  assert.equal(html.match(/scope="row"/g).length, 3);
  assert.match(html, /aria-sort="descending"><button[^>]*data-sort="revenue"/);
  assert.match(html, /<tfoot>.*Total.*99/);
  assert.match(html, /<tbody>.*>E<.*>W</s);
  assert.deepEqual(tableOf(data, {}, theme).rows.at(-1), ["Total", "€\u00a099"]);
});

test("each row has its own course, of its own points; a cut answer has none and says so", () => {
  const points = [[START, "W", 1], [START + DAY, "W", null], [START + 2 * DAY, "W", 3], [START, "E", 9]];
  const trend = frame([time, region, orders], [0, 1, 2].map((at) => points.map((row) => row[at])), { grain: "day" });
  const data = (more = {}) => card(frame([region, revenue], [["E", "W", "N"], [1, 2, 3]]), { frames: { trend: { ...trend, ...more } } });
  const { model } = read(data(), { course: "orders" }, theme, size);
  assert.deepEqual(model.cell(1, 2).spark.points, [[START, 1], [START + DAY, null], [START + 2 * DAY, 3]]);
  assert.deepEqual(model.cell(2, 2).spark.points, []);
  const cut = read(data({ truncated: true }), { course: "orders" }, theme, size);
  assert.equal(cut.model.fields.length, 2);
  assert.match(cut.foot + picture(card({ ...many(20).frames.main }, { frames: { trend: { ...trend, truncated: true } } }), { course: "orders" }, theme, size).html, /too many rows for their courses/);
});

test("settings name, format and hide columns; what the reader chose has the last word", () => {
  const data = card(frame([region, revenue, orders], [["W"], [1234567], [3]]));
  const options = { columns: [{ column: "revenue", label: "Sales", format: "compact" }, { column: "orders", hide: true }] };
  const { model } = read(data, options, theme, size);
  assert.deepEqual(model.fields.map(({ label }) => label), ["region", "Sales"]);
  assert.equal(model.cell(0, 1).text, "€\u00a01.23m");
  const chosen = { shownOf: new Map([["orders", true], ["revenue", false]]) };
  assert.deepEqual(read(data, options, theme, size, chosen).model.fields.map(({ name }) => name), ["region", "orders"]);
});

test("columns fill their room, texts give way before figures, and what was dragged stays", () => {
  const long = card(frame([region, revenue, orders], [["x".repeat(300)], [123456789], [3]]));
  const { model } = read(long, {}, theme, size);
  const sum = (widths) => widths.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum(widthsOf(model, 900, theme)) - 900) < 4);
  const tight = widthsOf(model, 260, theme);
  assert.ok(tight[0] < 130 && tight[1] >= 90);
  assert.equal(widthsOf(model, 900, theme, { revenue: 333 })[1], 333);
});

test("a page that was cut can be continued and asks the server to sort; the author's own limit cannot", () => {
  const cut = card({ ...many(50).frames.main, truncated: true });
  assert.match(picture(cut, { rows: 50 }, theme, size).html, /data-more/);
  assert.doesNotMatch(picture(cut, { rows: 1000 }, theme, size).html, /data-more/);
  assert.equal(typeof attach, "function");
});

test("texts are cut before times are", () => {
  const long = Array.from({ length: 3 }, (_, i) => `A customer whose name goes on and on ${i}`);
  const data = card(frame([region, column("at", "dimension", { type: "time" }), revenue], [long, long.map((_, i) => START + i * 61_000), [1, 2, 3]]));
  const { model } = read(data, {}, theme, size);
  const [name, at] = widthsOf(model, 300, theme);
  assert.ok(at > 130 && name <= 120, `${name} ${at}`);
});

test("the first column keeps a share of the room, whatever stands beside it, and what is cut has a title", () => {
  const names = ["Copiers and fax machines for large offices", "Chairs"];
  const data = card(frame([region, ...["a", "b", "c", "d", "e"].map((name) => column(name, "measure"))], [names, ...Array(5).fill([123456, 4])]));
  const { model } = read(data, {}, theme, { width: 320, height: 200 });
  const widths = widthsOf(model, 320, theme);
  assert.equal(widths[0], 128);
  assert.ok(widths.reduce((a, b) => a + b, 0) > 320); // it scrolls: figures are whole
  const { html, svg } = picture(data, {}, theme, { width: 320, height: 200 });
  assert.match(html, /title="Copiers and fax machines for large offices"/);
  assert.doesNotMatch(html, /title="Chairs"/);
  assert.match(svg, />Copiers and f/);
  assert.match(svg, /\+ \d columns/);
});
