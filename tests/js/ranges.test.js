// Ranges as filters: written, read, told; what a click on a bin and a brush give; the card that sets one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { typedRange, readEnds } from "../../static/js/charts/filter_range.js";
import { KINDS } from "../../static/js/charts/index.js";
import { roundedSpan } from "../../static/js/charts/kinds/scatter.js";
import { isChosen, ranged } from "../../static/js/charts/picked.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { filterText, rangeText, readRange, writeRange } from "../../static/js/lib/range.js";
import { textWidth } from "../../static/js/lib/measure.js";
import { card, column, DAY, frame, numbers, region, START } from "./support.mjs";

const theme = themeOf("light");
const [histogram, heatmap, filter, bar, scatter, gantt, bump] = await Promise.all(["histogram", "heatmap", "filter_control", "bar", "scatter", "gantt", "bump"].map((kind) => KINDS[kind].module()));
const count = column("count()", "measure", { label: "Rows", format: "integer" });
const bin = (width, more = {}) => column("delay_bin", "dimension", { type: "number", label: "Delay", unit: "min", bin: width, ...more });
const delay = { type: "number", unit: "min" };

test("whatever is written is read again, of numbers of every size", () => {
  const list = [...numbers(), 0, -0.5, 1e21, 1e-7, 2 ** 53];
  for (const [i, value] of list.entries()) {
    const other = list[(i + 7) % list.length];
    const edges = value < other ? [value, other] : [other, value];
    for (const span of [edges, [null, value], [value, null]]) assert.deepEqual(readRange(writeRange(span), "number"), span, writeRange(span));
    if (value !== other) assert.equal(readRange(writeRange(edges.toReversed()), "number"), null);
  }
});

test("what is no range of its column is none", () => {
  for (const text of ["..", "1...5", "1..2..3", "a..b", "5", "", "1e999..", "1,5..2", "5..5", "0x1..2"]) assert.equal(readRange(text, "number"), null, text);
  assert.equal(readRange("10..20", "text"), null);
  assert.equal(readRange("2026-03-02..2026-03-01", "time"), null);
  assert.equal(readRange("now-7d..", "time"), null);
  assert.deepEqual(readRange("2026-03-01..2026-04-01T08:00+01:00", "time"), ["2026-03-01", "2026-04-01T08:00+01:00"]);
});

test("an edge of time is one on the server as well", () => {
  for (const [edge, isTime] of JSON.parse(readFileSync(new URL("../widgets/time_edges.json", import.meta.url), "utf8"))) assert.equal(readRange(`${edge}..`, "time") !== null, isTime, edge);
});

test("bounds are told in the reader's language, zone and unit; text stays text", () => {
  const german = themeOf("light", { locale: "de", timezone: "Europe/Berlin" });
  assert.equal(filterText("-1500..2.5", delay, theme), "−1,500 – 2.5\u00a0min");
  assert.equal(filterText("-1500..2.5", delay, german), "−1.500 – 2,5\u00a0min");
  assert.equal(filterText("..20", delay, theme), "< 20\u00a0min");
  assert.equal(filterText("10..20", { type: "text" }, theme), "10..20");
  assert.equal(filterText("10..20", undefined, theme), "10..20");
  assert.equal(filterText("2026-03-01..1774994400000", { type: "time" }, german), "1. März 2026 – 1. Apr. 2026");
  assert.equal(rangeText([null, 5], { unit: "€" }, theme), "< €\u00a05");
});

test("a bar is chosen by the range of its bin, an open one by one edge; the same is told in words", () => {
  const data = card(frame([bin(10, { low: 0, high: 20 }), count], [[-10, 0, 10, 20], [1, 2, 3, 4]]));
  const { select } = histogram.picture(data, { bins: 4 }, theme);
  const picked = [0, 1, 2, 3].map((dataIndex) => select({ dataIndex }));
  assert.deepEqual(picked.map(([{ value }]) => value), ["..0", "0..10", "10..20", "20.."]);
  assert.deepEqual(picked[1], [{ column: "delay", value: "0..10", name: "0 – 10\u00a0min" }]);
  assert.deepEqual(select({ dataIndex: 9 }), []);
});

test("edges are the database's own decimals, far from nought too", () => {
  const edges = (width, from) => histogram.picture(card(frame([bin(width), count], [[from, from + width], [1, 2]])), { bins: 30 }, theme).select({ dataIndex: 0 })[0].value;
  assert.equal(edges(0.1, 0.3), "0.3..0.4");
  assert.equal(edges(2.5, 1700000000002.5), "1700000000002.5..1700000000005");
  assert.equal(edges(0.1, -0.30000000000000004), "-0.3..-0.2");
});

test("the bar that the page is filtered by is marked, and all others stay", () => {
  const data = (filters) => card(frame([bin(10), count], [[0, 10, 20], [1, 2, 3]]), { overlays: { filters } });
  const fills = (filters) => [...histogram.picture(data(filters), { lines: false }, theme).svg.matchAll(/<rect[^>]*fill="(#[0-9a-f]{6})"/g)].map(([, fill]) => fill);
  const [plain] = fills({});
  const [ground, ...marked] = fills({ delay: ["10..20"] });
  assert.equal(ground, theme.tint(theme.accent, 0.12));
  assert.deepEqual(marked.slice(0, 3).map((fill) => fill === plain), [false, true, false]);
  assert.ok(isChosen([10, 20], [[19, null]]) && isChosen([10, 20], [[10, 10]]) && !isChosen([10, 20], [[20, 30]]) && !isChosen([10, 20], [[0, 10]]));
});

test("a cell of a heatmap with bins is their ranges beside a plain value", () => {
  const data = card(frame([bin(0.5, { high: 1 }), region, count], [[0.5, 1], ["West", "West"], [1, 2]]));
  const made = heatmap.picture(data, {}, theme);
  const of = (value) => ranged(made.select({ value }), data, theme).map(({ column: name, value: text }) => [name, text]);
  const [[x, y], [otherX, otherY]] = made.echarts.series[0].data.map(({ value }) => value);
  assert.deepEqual(of([x, y]).sort(), [["delay", "0.5..1"], ["region", "West"]]);
  assert.deepEqual(of([otherX, otherY]).sort(), [["delay", "1.."], ["region", "West"]]);
  assert.deepEqual(ranged([{ column: "delay_bin", value: null }], data, theme), [{ column: "delay_bin", value: null }]);
});

test("a brush over rows says both ranges, to the digit that a pixel tells; one over measures zooms", async () => {
  assert.deepEqual(roundedSpan([12.3456, 48.7654], 300), [12, 49]);
  assert.deepEqual(roundedSpan([-0.012345, 0.98765], 300), [-0.02, 0.99]);
  const x = column("distance", "measure");
  const y = column("delay", "measure");
  const rows = card(frame([x, y, region], [[1, 2, 3], [4, 5, 6], ["W", "E", "W"]], { truncated: true }), { overlays: { rows: true } });
  const { points, colour, named } = scatter.read(rows, { column_x: "delay", column_y: "distance" }, theme);
  assert.deepEqual([points[0].x, points[0].y, colour.name, named], [4, 1, "region", undefined]);
  const said = JSON.stringify(scatter.picture(rows, { column_x: "delay", column_y: "distance" }, theme).echarts.title);
  assert.match(said, /first 3 rows/);
  assert.doesNotMatch(said, /largest/);
});

const ends = (chosen = [], values = [-61, 1437]) => card(frame([column("min(delay)", "measure", { unit: "min" }), column("max(delay)", "measure", { unit: "min" })], values.map((value) => [value])), { overlays: { chosen } });

test("a filter card of numbers has two fields with the ends of the data, and shows what is chosen", () => {
  const { html, svg, empty } = filter.picture(ends(["10.."]), { style: "range" }, theme);
  assert.match(html, /fc__from"[^>]*value="10" placeholder="-?−?61"/);
  assert.match(html, /fc__to"[^>]*value="" placeholder="1437"/);
  assert.match(html, /Data from −61\u00a0min to 1,437\u00a0min/);
  assert.match(svg, /≥ 10/);
  assert.equal(empty, false);
  assert.equal(filter.picture(ends([], [null, null]), {}, theme).empty, true);
  assert.equal(filter.summary(ends(["10..20"]), {}, theme), "Filtered by 10 – 20\u00a0min.");
});

test("what is typed is a range, nothing, or an error that names the fields; as the language writes numbers", () => {
  const shown = readEnds(ends());
  assert.deepEqual(typedRange(["10", "1,500.5"], shown, theme), { text: "10..1500.5" });
  assert.deepEqual(typedRange(["1,5", ""], shown, themeOf("light", { locale: "de" })), { text: "1.5.." });
  assert.deepEqual(typedRange(["", " "], shown, theme), { text: "" });
  assert.deepEqual(typedRange(["20", "10"], shown, theme), { error: "From (20) must be below to (10)." });
  assert.match(typedRange(["", "ten"], shown, theme).error, /^To .*“ten”/);
  const wrong = filter.picture(ends(), {}, theme, undefined, { typed: ["20", '"><b>'], error: "From (20) must be below to (10)." }).html;
  assert.match(wrong, /role="alert">From \(20\)/);
  assert.doesNotMatch(wrong, /<b>/);
});

test("a filter card of times has the dates of the reader's zone", () => {
  const at = column("at", "time");
  const data = card(frame([at], [[START]]), { frames: { last: frame([at], [[START + 90 * DAY]]) }, overlays: { chosen: ["2026-09-05..2026-10-01"] } });
  const { html } = filter.picture(data, {}, theme);
  assert.match(html, /fc__from" type="date"[^>]*value="2026-09-05"/);
  assert.match(html, /fc__to" type="date"[^>]*value="2026-10-01"/);
  assert.match(html, /Data from 1 Sep 2026 to 30 Nov 2026/);
  assert.deepEqual(typedRange(["2026-10-01", "2026-09-05"], readEnds(data), theme), { error: "From (2026-10-01) must be below to (2026-09-05)." });
  const moments = card(frame([at], [[START]]), { frames: { last: frame([at], [[START + DAY]]) }, overlays: { chosen: [`${START}..`] } });
  assert.match(filter.picture(moments, {}, themeOf("light", { timezone: "Europe/Berlin" })).html, /datetime-local"[^>]*value="2026-09-01T02:00"/);
});

test("an edge keeps its hour however long the data are, and may lie before 1970", () => {
  const at = column("at", "time");
  const long = (chosen) => filter.picture(card(frame([at], [[START]]), { frames: { last: frame([at], [[START + 90 * DAY]]) }, overlays: { chosen: [chosen] } }), {}, theme).html;
  assert.match(long("2026-09-05T13:45.."), /fc__from" type="datetime-local"[^>]*value="2026-09-05T13:45"/);
  assert.match(long("-99999999999.."), /fc__from"[^>]*value="1966-10-31T14:13"/);
});

test("parts of a hundred are parts of what the legend has left", () => {
  const kind = column("kind", "dimension");
  const data = card(frame([region, kind, count], [["W", "W", "W"], ["a", "b", "c"], [50, 30, 20]]));
  const options = { percent: true, horizontal: false };
  const size = { width: 460, height: 260 };
  const made = (hidden) => bar.picture(data, options, theme, size, { hidden: new Set(hidden) }).echarts;
  const drawn = ({ series }) => Object.fromEntries(series.map(({ name, data: values }) => [name, values[0]?.value ?? values[0]]));
  assert.deepEqual(drawn(made([])), { a: 0.5, b: 0.3, c: 0.2 });
  const { a, b, c } = drawn(made(["a"]));
  assert.deepEqual([b, c, a], [0.6, 0.4, 0.5]); // what is off has its share of all, for the legend
  assert.equal(made(["a"]).yAxis.max, 1);
});

test("milestones never lie over each other, whatever the size, and those without room are counted", () => {
  const columns = [column("begin", "time"), column("team", "dimension")];
  const n = 500;
  const data = { ...card(frame(columns, [Array.from({ length: n }, (_, i) => START + ((i * 37) % 50) * DAY), Array.from({ length: n }, (_, i) => `team ${i % 3}`)])), window: { from: START, to: START + 50 * DAY } };
  for (const size of [{ width: 200, height: 120 }, { width: 460, height: 260 }, { width: 1400, height: 700 }]) {
    const { svg } = gantt.picture(data, { start: "begin", group: "team" }, theme, size);
    const places = [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)l/g)].map(([, x, y]) => [Number(x), Number(y)]);
    const lanes = [...new Set(places.map(([, y]) => y))].map((y) => places.filter((place) => place[1] === y));
    for (const lane of lanes) lane.sort(([one], [other]) => one - other).forEach(([x], i) => assert.ok(i === 0 || x - lane[i - 1][0] >= 12, `${size.width}: ${x - lane[i - 1]?.[0]}`));
    assert.equal(new Set([...svg.matchAll(/>(team \d)</g)].map(([, name]) => name)).size, 3);
    if (places.length < n) assert.match(svg, new RegExp(`\\+ ${n - places.length} rows`));
  }
});

test("names beside ranks lie over no other name and no dot", () => {
  const day = column("day", "time");
  const names = ["A carrier with a very long name indeed", "Another carrier whose name is as long", "c", "d", "e", "f", "g", "h"];
  const rows = names.flatMap((name, i) => Array.from({ length: i === 1 ? 2 : 6 }, (_, t) => [START + t * 7 * DAY, name, 100 - i]));
  const data = card(frame([day, region, count], [0, 1, 2].map((at) => rows.map((row) => row[at])), { grain: "week" }));
  for (const size of [{ width: 200, height: 120 }, { width: 320, height: 160 }, { width: 1000, height: 180 }]) {
    const { svg } = bump.picture(data, {}, theme, size);
    const boxes = [...svg.matchAll(/<text ([^>]*)>([^<]*)</g)].filter(([, , text]) => names.some((name) => text[0] === name[0]) && !/ of | largest/.test(text)).map(([, attributes, text]) => {
      const [x, y] = ["x", "y"].map((name) => Number(new RegExp(` ?\\b${name}="([\\d.]+)"`).exec(attributes)[1]));
      const left = attributes.includes('anchor="end"') ? x - textWidth(text, theme.small) : x;
      return { left, right: left + textWidth(text, theme.small), y: y - 4 };
    });
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)"/g)].map(([, x, y, r]) => [x, y, r].map(Number));
    assert.ok(boxes.length > 1 && dots.length > 20);
    for (const [i, { left, right, y }] of boxes.entries()) {
      assert.ok(!dots.some(([cx, cy, r]) => Math.abs(cy - y) < r + 4 && cx + r > left && cx - r < right), `${size.width}: a dot in a name`);
      assert.ok(!boxes.some((other, at) => at !== i && Math.abs(other.y - y) < 11 && other.left < right && other.right > left), `${size.width}: a name over a name`);
    }
  }
});
