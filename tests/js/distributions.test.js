// Distributions: bins put together, curves over them, dots that do not overlap, cohorts with what is yet to come.
import assert from "node:assert/strict";
import { test } from "node:test";
import { binsOf, closed, curveOf, edgesOf, gathered } from "../../static/js/charts/bins.js";
import { KINDS } from "../../static/js/charts/index.js";
import { dodged } from "../../static/js/charts/kinds/beeswarm.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, frame, region } from "./support.mjs";

const theme = themeOf("light");
const [histogram, box, ridgeline, beeswarm, cohort] = await Promise.all(["histogram", "box", "ridgeline", "beeswarm", "cohort"].map((kind) => KINDS[kind].module()));
const count = column("count()", "measure", { label: "Rows", format: "integer" });
const bin = (width, more = {}) => column("km_bin", "dimension", { type: "number", label: "Distance", unit: "km", bin: width, ...more });
const counted = (edges, counts, more) => card(frame([bin(...(more ?? [10])), count], [edges, counts]));
const sum = (list) => list.reduce((a, b) => a + b, 0);
const all = ({ groups }) => sum(groups.flatMap(({ counts, nulls }) => [...counts, nulls]));

test("bins without rows are there, rows without a value are told apart, and all add up", () => {
  const bins = binsOf(counted([0, 30, null, -20], [5, 1, 7, 2]), theme);
  assert.deepEqual(bins.groups[0].counts, [2, 0, 5, 0, 0, 1]);
  assert.equal(bins.nulls, 7);
  assert.equal(all(bins), 15);
  assert.deepEqual(edgesOf(bins, 0), [-20, -10]);
});

test("edges that are decimals keep their places", () => {
  const bins = binsOf(counted([0.3, 0.1, 0.7], [1, 2, 3], [0.1]), theme);
  assert.deepEqual(bins.groups[0].counts, [2, 0, 1, 0, 0, 0, 3]);
  assert.deepEqual(edgesOf(bins, 2), [0.3, 0.4]);
});

test("bins beyond counting are put together without losing a row", () => {
  const bins = binsOf(counted([0, 1e9, -1e9], [1, 2, 3], [1]), theme);
  assert.ok(bins.size <= 401);
  assert.equal(all(bins), 6);
});

test("fine bins become at most as many as wanted, of a round width", () => {
  for (const width of [0.1, 1, 2, 2.5, 5, 20]) {
    for (const [from, size] of [[0, 180], [-77, 150], [13, 31], [3, 1]]) {
      const edges = Array.from({ length: size }, (_, i) => Number(((from + i) * width).toPrecision(12)));
      const fine = binsOf(counted(edges, edges.map((_, i) => 1 + (i % 7)), [width]), theme);
      const put = gathered(fine, 30, 0);
      assert.equal(all(put), all(fine));
      assert.ok(put.size <= 31, `${put.size} of ${size}`);
      assert.ok(["1", "2", "2.5", "5"].includes(String(Number((put.width / 10 ** Math.floor(Math.log10(put.width) + 1e-9)).toPrecision(3)))), String(put.width));
      assert.ok(Math.abs(put.start / put.width - Math.round(put.start / put.width)) < 1e-6);
    }
  }
});

test("outliers are one open bin where they would take much of the width, and are still counted", () => {
  const edges = Array.from({ length: 20 }, (_, i) => i * 10);
  const fine = binsOf(counted([...edges, 1500], [...edges.map(() => 100), 3]), theme);
  const put = gathered(fine, 30);
  assert.equal(all(put), 2003);
  assert.equal(put.high, 200);
  assert.deepEqual(edgesOf(put, put.size - 1), [200, null]);
  assert.equal(put.groups[0].counts.at(-1), 3);
  assert.equal(closed(put).beyond, 3);
  assert.equal(gathered(fine, 400, 0).high, null);
});

test("a curve has the area of its bars and no height where no number can be", () => {
  const bins = { start: 0, width: 2 };
  const points = curveOf([0, 0, 8, 20, 9, 2, 0, 1, 0], bins);
  assert.deepEqual([points[0][0], points.at(-1)[0]], [4, 16]);
  const middle = points.slice(1, -1);
  assert.ok(Math.abs(sum(middle.map(([, n]) => n)) - 40) < 1e-9);
  assert.deepEqual(curveOf([0, 0], bins), []);
  assert.equal(curveOf([0, 5], bins).length, 3);
});

test("dots never overlap, and lie as near to the middle as they can", () => {
  let seed = 3;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const places = Array.from({ length: 300 }, () => 200 * random() ** 2);
  const offsets = dodged(places, 3);
  places.forEach((x, i) => places.slice(0, i).forEach((other, j) => assert.ok(Math.hypot(x - other, offsets[i] - offsets[j]) > 6 - 1e-3)));
  assert.deepEqual(dodged([10, 50, 90], 3), [0, 0, 0]);
  assert.ok(dodged(new Array(2000).fill(5), 3, 40).every((y) => Math.abs(y) <= 37));
  assert.deepEqual(dodged([10, 10, 10], 3).map(Math.abs).sort((a, b) => a - b), [0, 6, 6]);
});

test("a histogram says how many rows it does not draw, and its table adds up", () => {
  const data = counted([0, 10, null], [4, 6, 3]);
  data.frames.stats = frame(["avg(km)", "median(km)", "min(km)", "max(km)"].map((name) => column(name, "measure", { unit: "km" })), [[9], [8], [0], [19]]);
  const { svg, tip } = histogram.picture(data, {}, theme, { width: 460, height: 260 });
  assert.match(svg, /3 without a value/);
  assert.match(svg, /median 8/);
  assert.match(histogram.summary(data, {}, theme), /10 values from 0.km to 19.km/);
  assert.equal(sum(histogram.tableOf(data, {}, theme).rows.map(([, n]) => Number(n))), 13);
  assert.deepEqual(tip(1).rows, [["Rows", "6 · 60\u00a0%"]]);
  assert.equal(tip(99), null);
});

test("counts have no fractions on their axis, and one bar leaves room beside it", () => {
  const { svg } = histogram.picture(counted([10], [1]), {}, theme, { width: 460, height: 260 });
  assert.doesNotMatch(svg, />0\.\d</);
  const [, x, width] = /<rect x="([\d.]+)" width="([\d.]+)"/.exec(svg);
  assert.ok(Number(x) > 100 && Number(width) < 100);
});

test("added up, a histogram ends at 100 %", () => {
  const shown = histogram.read(counted([0, 10, 20, null], [1, 2, 1, 9]), { cumulative: true }, theme);
  assert.deepEqual(shown.groups[0].heights, [0.25, 0.75, 1]);
});

test("boxes are sorted by their median; a calendar keeps its order", () => {
  const names = ["min", "p5", "p25", "median", "p75", "p95", "max", "avg"].map((name) => column(`${name}(km)`, "measure"));
  const values = (at) => names.map((_, i) => at + i);
  const made = (split, keys) => card(frame([split, ...names, count], [keys, ...names.map((_, i) => [3, 9, null].map((at) => (at === null ? null : values(at)[i]))), [5, 6, 0]]));
  const data = made(region, ["West", "East", "None"]);
  assert.deepEqual(box.read(data, {}, theme).rows.map(({ name }) => name), ["East", "West"]);
  const months = column("at_month", "dimension", { type: "number", format: "month" });
  assert.deepEqual(box.read(made(months, [2, 1, 3]), {}, theme).rows.map(({ key }) => key), [1, 2]);
  const picture = box.picture(data, {}, theme, { width: 460, height: 260 });
  assert.deepEqual(picture.select({ dataIndex: 0 }), [{ column: "region", value: "East" }]);
});

test("a step of a cohort that is yet to come is nothing, one in which nobody came is 0", () => {
  const DAY = 864e5;
  const days = [0, 0, 0, 1, 1, 2].map((n) => Date.UTC(2026, 2, 2) + n * DAY);
  const columns = [column("at", "time", "time"), column("age", "dimension", { type: "number" }), column("count_distinct(who)", "measure", { label: "Customers", format: "integer" })];
  const data = card({ ...frame(columns, [days, [0, 1, 2, 0, 1, 0], [10, 5, 1, 20, 4, 7]]), grain: "day" });
  const { cohorts, averages } = cohort.read(data, {}, theme);
  assert.deepEqual(cohorts.map(({ values }) => values), [[10, 5, 1], [20, 4], [7]]);
  assert.deepEqual(averages, [1, 9 / 30, 0.1]);
  data.frames.main.data = [days.filter((_, i) => i !== 1), [0, 2, 0, 1, 0], [10, 1, 20, 4, 7]];
  assert.equal(cohort.read(data, {}, theme).cohorts[0].values[1], 0);
  assert.equal(cohort.read(data, {}, theme).averages[1], 4 / 30);
});

test("cohorts of an average have no average of cohorts; those of customers do, since nobody is in two", () => {
  const days = [0, 0, 1].map((n) => Date.UTC(2026, 2, 2) + n * 864e5);
  const made = (name, options) => {
    const columns = [column("at", "time", "time"), column("age", "dimension", { type: "number" }), column(name, "measure", { adds_up: false })];
    return cohort.read(card({ ...frame(columns, [days, [0, 1, 0], [10, 5, 20]]), grain: "day" }), options, theme).averages;
  };
  assert.deepEqual(made("avg(price)", { entity: "who" }), [null, null]);
  assert.deepEqual(made("count_distinct(who)", { entity: "who" }), [1, 0.5]);
});

test("a swarm tells how many dots there would be", () => {
  const data = card(frame([region, column("km", "measure")], [["a", "b", null], [1, 5, 3]]));
  data.frames.all = frame([column("count_distinct(region)", "measure")], [[90]]);
  const made = beeswarm.picture(data, {}, theme, { width: 460, height: 260 });
  assert.match(made.svg, /3 of 90 shown/);
  assert.equal(made.svg.match(/data-mark/g).length, 3);
});

test("a dot may be a row; if rows are left out it is told which and of how many", () => {
  const data = card({ ...frame([column("km", "measure"), region], [[9, 7, 7, null], ["a", "a", null, "b"]]), truncated: true });
  data.frames.all = frame([count], [[5000]]);
  const made = beeswarm.picture(data, { column: "km" }, theme, { width: 460, height: 260 });
  assert.equal(made.svg.match(/data-mark/g).length, 3);
  assert.match(made.svg, /3 of 5,000 shown · the largest only/);
  assert.deepEqual(made.select({ dataIndex: 0 }), []);
  assert.deepEqual(beeswarm.tableOf(data, { column: "km" }, theme).rows[0], ["a", "9"]);
  assert.match(beeswarm.summary(data, { column: "km" }, theme), /km of 3 rows: from 7 to 9/);
});

test("each draws one point, the same value everywhere, thousands of groups, hostile names and no room", () => {
  const evil = '<img src=x onerror="alert(1)">';
  const many = Array.from({ length: 3000 }, (_, i) => `${evil} ${i}`);
  const names = ["min", "p5", "p25", "median", "p75", "p95", "max", "avg"].map((name) => column(`${name}(km)`, "measure"));
  const inputs = {
    histogram: [counted([5], [1]), counted([null], [4]), counted([1e300], [2], [1e290]), card(frame([region, bin(10), count], [many, many.map(() => 0), many.map(() => 1)]))],
    box: [card(frame([...names, count], [...names.map(() => [3]), [9]])), card(frame([region, ...names, count], [many, ...names.map(() => many.map(() => -7)), many.map(() => 1)]))],
    ridgeline: [card(frame([region, bin(10), count], [["a"], [0], [1]])), card(frame([region, bin(10), count], [many, many.map((_, i) => i % 50), many.map(() => 1)]))],
    beeswarm: [card(frame([region, column("km", "measure")], [[evil], [7]])), card(frame([region, column("km", "measure")], [many.slice(0, 2000), many.slice(0, 2000).map((_, i) => (i % 3 ? 5 : null))]))],
    cohort: [card({ ...frame([column("at", "time", "time"), column("age", "dimension", { type: "number" }), count], [[0], [0], [3]]), grain: "week" })],
  };
  for (const [kind, list] of Object.entries(inputs)) {
    for (const data of list) {
      for (const [width, height] of [[460, 260], [60, 40], [1400, 700]]) {
        const made = { histogram, box, ridgeline, beeswarm, cohort }[kind].picture(data, {}, theme, { width, height });
        assert.ok(made.svg && !made.svg.includes("<img"), kind);
        assert.ok(!/NaN|Infinity|undefined/.test(made.svg), `${kind} ${width} ${made.svg.match(/.{60}(NaN|Infinity|undefined).{20}/)?.[0]}`);
      }
    }
  }
});

test("one category of a single value does not flatten the ridges of the others", () => {
  const keys = [..."abcde"].flatMap((key) => Array.from({ length: key === "e" ? 1 : 40 }, (_, i) => [key, 10 + i]));
  const data = card(frame([region, bin(1), count], [keys.map(([key]) => key), keys.map(([, at]) => at), keys.map(([key]) => (key === "e" ? 4000 : 100))]));
  const made = ridgeline.picture(data, {}, theme, { width: 460, height: 260 });
  const reach = (i) => {
    const [, path] = new RegExp(`d="([^"]+)"[^>]*data-mark="${i}"`).exec(made.svg);
    const heights = path.match(/[MLC,]?-?[\d.]+,(-?[\d.]+)/g).map((pair) => Number(pair.split(",").at(-1)));
    return Math.max(...heights) - Math.min(...heights);
  };
  const heights = [0, 1, 2, 3, 4].map(reach).sort((a, b) => a - b);
  assert.ok(heights[0] > heights[4] / 6, heights.join());
});

test("a ridge is as fine as its bins where a few values are far away, and numbers in steps make no comb", () => {
  const made = (edges, counts) => card(frame([region, column("delay_bin", "dimension", { type: "number", bin: 1 }), column("count()", "measure")], [edges.map(() => "a"), edges, counts]));
  const near = Array.from({ length: 60 }, (_, i) => i - 30);
  const far = ridgeline.read(made([...near, 900], [...near.map((at) => Math.round(40000 * Math.exp(-((at / 10) ** 2) / 2))), 3]), {}, theme);
  assert.equal(far.bins.width, 1); // neighbours were not put together
  assert.ok(far.bins.size < 70);
  const steps = Array.from({ length: 50 }, (_, i) => i * 10);
  const [{ points }] = ridgeline.read(made(steps, steps.map(() => 1e6)), {}, theme).ridges;
  const inner = points.slice(40, -40).map(([, n]) => n);
  assert.ok(Math.max(...inner) < 1.6 * Math.min(...inner), `${Math.max(...inner)} ${Math.min(...inner)}`);
});
