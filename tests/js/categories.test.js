import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS } from "../../static/js/charts/index.js";
import { namesFor } from "../../static/js/charts/names.js";
import { spanOf } from "../../static/js/charts/brush.js";
import { axisFor, logTicks } from "../../static/js/charts/scales.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { textWidth } from "../../static/js/lib/measure.js";
import { leastSquares, within } from "../../static/js/lib/fit.js";
import { read as readFlow } from "../../static/js/charts/flow/read.js";
import { card, column, DAY, frame, orders, region, revenue } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 460, height: 260 };
const segment = column("segment", "dimension");
const bar = await KINDS.bar.module();
const pairs = card(frame([region, segment, orders], [["a", "a", "b", "b"], ["x", "y", "x", "y"], [30, 10, -20, 60]]));

test("a bar to 100 % is shares of what is there, and says its figures as they are", () => {
  const { groups } = bar.read(pairs, { percent: true }, theme);
  assert.deepEqual(groups.map(({ values }) => values), [[0.75, -0.25], [0.25, 0.75]]);
  const { tooltip } = bar.picture(pairs, { percent: true }, theme, size).echarts;
  assert.match(tooltip.formatter([{ dataIndex: 0 }]), /30.*75/);
});

test("bars are ordered by what they add up to, the rest last", () => {
  const data = card(frame([region, segment, orders], [["a", "a", "b", "__other__"], ["x", "y", "x", "x"], [30, 40, 60, 900]]));
  assert.deepEqual(bar.read(data, { sort: "value" }, theme).categories.map(({ key }) => key), ["a", "b", "__other__"]);
  assert.deepEqual(bar.read(data, { sort: "name_down" }, theme).categories.map(({ key }) => key), ["b", "a", "__other__"]);
});

test("a segment filters by both of its names", () => {
  const { select, echarts } = bar.picture(pairs, { stacked: true }, theme, size);
  assert.deepEqual(select({ dataIndex: 1, seriesIndex: 1 }), [{ column: "region", value: "b" }, { column: "segment", value: "y" }]);
  assert.equal(echarts.series.length, 2);
});

test("a thousand groups are drawn as those that can be told apart, and said", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `g${i}`);
  const data = card(frame([region, segment, orders], [names.map(() => "a"), names, names.map((_, i) => 1000 - i)]));
  const stacked = bar.read(data, { stacked: true }, theme);
  assert.equal(stacked.groups.length, 24);
  assert.equal(stacked.groups.reduce((sum, { values }) => sum + values[0], 0), 500500);
  const beside = bar.picture(data, {}, theme, size).echarts;
  assert.ok(beside.series.length <= 24);
  assert.match(beside.title.map(({ text }) => text).join(), /groups left out: 977/);
});

test("an axis holds its ends, does not lie about them, and gives little room to little", () => {
  const { echarts } = bar.picture(card(frame([region, orders], [["a", "b"], [40, 90]])), { horizontal: false, minimum: 20, maximum: 80 }, theme, size);
  assert.deepEqual([echarts.yAxis.min, echarts.yAxis.max], [20, 80]);
  assert.match(echarts.title[0].text, /starts at 20.*ends at 80/);
  const { axis } = axisFor([100000, -500], orders, theme, { room: 300, zero: true });
  assert.ok(axis.min < -500 && axis.min > -5000);
});

test("a logarithmic axis: round places, ends within, nothing up to nought", () => {
  assert.deepEqual(logTicks(3, 700, 4), [1, 10, 100, 1000]);
  const scale = axisFor([0, 5, 5000], orders, theme, { room: 300, log: true });
  assert.equal(scale.place(0), null);
  assert.ok(scale.axis.min <= scale.place(5) && scale.axis.max >= scale.place(5000));
  const { title } = bar.picture(card(frame([region, orders], [["a", "b", "c"], [5, 5000, -1]])), { horizontal: false, log: true }, theme, size).echarts;
  assert.match(title[0].text, /logarithmic axis: 1/);
});

test("a target is a line with its figure, and the axis reaches it", () => {
  for (const options of [{ horizontal: false }, {}]) {
    const { series, xAxis, yAxis } = bar.picture(card(frame([region, revenue], [["a"], [10]])), { ...options, target: 5000 }, theme, size).echarts;
    const { markLine } = series[0];
    assert.match(markLine.label.formatter, /5k/);
    assert.ok((options.horizontal === false ? yAxis : xAxis).max >= 5000);
  }
});

test("figures stand on bars where they fit, and not where they do not", () => {
  const labels = (data) => bar.picture(data, { values: true, horizontal: false }, theme, size).echarts.series[0].data.filter((each) => each?.label).length;
  assert.equal(labels(card(frame([region, orders], [["a", "b"], [10, 20]]))), 2);
  const names = Array.from({ length: 28 }, (_, i) => `n${i}`);
  assert.equal(labels(card(frame([region, orders], [names, names.map((_, i) => 123456 + i)]))), 0);
});

test("figures of bars that lie beside each other are left out where one would cover the next", () => {
  const names = ["a", "b", "c", "d", "e"];
  const split = ["x", "y", "z"];
  const data = card(frame([region, segment, orders], [names.flatMap((name) => split.map(() => name)), names.flatMap(() => split), names.flatMap(() => [900, 910, 905])]));
  const labels = (height) => bar.picture(data, { values: true, horizontal: true }, theme, { width: 460, height }).echarts.series[0].data.filter((each) => each?.label).length;
  assert.equal(labels(240), 0);
  assert.equal(labels(400), 5);
});

const pie = await KINDS.pie.module();
const scatter = await KINDS.scatter.module();

test("what is below zero is no slice, and said", () => {
  const data = card(frame([region, revenue], [["a", "b", "c"], [30, 10, -5]]));
  const { echarts } = pie.picture(data, {}, theme, size);
  assert.deepEqual(echarts.series[0].data.map(({ value }) => value), [30, 10]);
  assert.match(echarts.title.at(-1).text, /below zero, no slice: 1 \(−€\u00a05\)/);
  assert.match(pie.summary(data, {}, theme), /below zero/);
});

test("averages are no parts of a whole: no shares, no total, no rest put together", () => {
  const rate = column("rate", "measure", { format: "percent", adds_up: false });
  const names = Array.from({ length: 12 }, (_, i) => `n${i}`);
  const data = card(frame([region, rate], [names, names.map((_, i) => (12 - i) / 20)]));
  const { slices, cut } = pie.read(data, theme);
  assert.deepEqual([slices.length, cut, slices.some(({ key }) => key === "__other__")], [7, 5, false]);
  const { echarts } = pie.picture(data, {}, theme, { width: 500, height: 300 });
  assert.deepEqual(echarts.title.map(({ text }) => text), ["these do not add up: slices compare values · smallest, left out: 5"]);
  assert.match(echarts.legend.formatter("0 n0"), /60\u00a0%/); // its own rate, not its share
  assert.match(pie.summary(data, {}, theme), /^n0 is highest at 60\u00a0%\./);
});

test("stacked groups beyond those that are drawn are added up only where they may be", () => {
  const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
  const stacked = (more) => bar.read(card(frame([region, segment, column("rate", "measure", more)], [names.map(() => "a"), names, names.map(() => 1)])), { stacked: true });
  assert.deepEqual([stacked({}).groups.length, stacked({}).lost], [24, 0]);
  assert.deepEqual([stacked({ adds_up: false }).groups.length, stacked({ adds_up: false }).lost], [23, 17]);
});

test("slices stand as asked where that is wanted, their figures as values", () => {
  const data = card(frame([region, revenue], [["small", "__other__", "large"], [1, 9, 5]]));
  assert.deepEqual(pie.read(data, theme, { order: "asked" }).slices.map(({ key }) => key), ["small", "large", "__other__"]);
  const { legend } = pie.picture(data, { figures: "value" }, theme, size).echarts;
  assert.match(legend.formatter("0 large"), /€\u00a05/);
});

test("the line of best fit is that of all points, and its R² is right", () => {
  const line = leastSquares([[0, 1], [1, 3], [2, 5], [3, 7]]);
  assert.deepEqual([line.slope, line.offset, line.r2, line.n], [2, 1, 1, 4]);
  const loose = leastSquares([[1, 1], [2, 3], [3, 2], [4, 5]]);
  assert.ok(Math.abs(loose.slope - 1.1) < 1e-12 && Math.abs(loose.r2 - 0.6914285714285714) < 1e-12);
  assert.equal(leastSquares([[1, 1], [1, 2], [1, 3]]), null);
  assert.equal(leastSquares([[1, 1], [2, 2]]), null);
});

test("a line is drawn inside its box alone", () => {
  assert.deepEqual(within({ slope: 1, offset: 0 }, [0, 10], [2, 4]), [[2, 2], [4, 4]]);
  assert.deepEqual(within({ slope: 0, offset: 3 }, [0, 10], [2, 4]), [[0, 3], [10, 3]]);
  assert.equal(within({ slope: 1, offset: 100 }, [0, 10], [2, 4]), null);
});

const cloud = card(frame([region, orders, revenue], [["a", "b", "c", "d"], [1, 10, 100, 1000], [3, 30, 300, 3000]], { truncated: true }));

test("a scatter says how well its line fits, and that the answer was cut", () => {
  const { echarts } = scatter.picture(cloud, { regression: true, quadrants: "median", log_x: true, log_y: true }, theme, size);
  assert.match(echarts.title.map(({ text }) => text).join(), /R² 1 of 4 points/);
  assert.match(scatter.picture(cloud, {}, theme, { width: 900, height: 300 }).echarts.title.at(-1).text, /cut/);
  assert.equal(echarts.series[0].markLine.data.length, 3);
  assert.match(scatter.summary(cloud, { regression: true }, theme), /the more revenue/);
});

test("what a reader drags over is shown alone, by values and not by pixels", () => {
  const made = scatter.picture(cloud, {}, theme, size);
  const { plot } = made;
  const [x, y] = [(share) => plot.left + share * plot.width, (share) => plot.top + (1 - share) * plot.height];
  const zoom = spanOf([x(0), y(0)], [x(0.5), y(0.5)], plot);
  const zoomed = scatter.picture(cloud, {}, theme, size, { zoom });
  assert.deepEqual(zoomed.echarts.series[0].data.map(({ at }) => at), [0, 1, 2]);
  assert.ok(Math.abs(zoomed.echarts.xAxis.max - zoom.x[1]) < 1e-9);
  assert.match(zoomed.echarts.title.map(({ text }) => text).join(), /double click/);
  assert.equal(spanOf([5, 5], [8, 90], plot), null);
});

const number = await KINDS.big_number.module();

test("thresholds judge by the way that the measure calls good", () => {
  const up = { good: "up" };
  const down = { good: "down" };
  const of = (value, column, good_at, bad_at) => number.statusOf(value, column, { good_at, bad_at });
  assert.deepEqual([12, 10, 7, 5, 1].map((value) => of(value, up, 10, 5)), ["good", "good", "warn", "bad", "bad"]);
  assert.deepEqual([1, 7, 12].map((value) => of(value, down, 5, 10)), ["good", "warn", "bad"]);
  assert.deepEqual([of(3, up, null, 5), of(7, up, null, 5), of(7, up, 10, null), of(null, up, 1, 2), of(1, up, null, null)], ["bad", "good", "bad", null, null]);
});

test("a figure wears what its options say, and a target says how much of it is reached", () => {
  const data = card(frame([revenue], [[1234.567]]), { frames: { previous: frame([revenue], [[1000]]) } });
  const { svg } = number.picture(data, { decimals: 2, prefix: "~", suffix: " net", target: 2000, delta: "both", good_at: 2000, bad_at: 1500 }, theme, { width: 400, height: 200 });
  assert.match(svg, /~€\u00a01,234\.57 net/);
  assert.match(svg, /62\u00a0% of target €\u00a02k/);
  assert.match(svg, /€\u00a0235 \(23\.5\u00a0%\)/);
  assert.match(svg, />bad</);
  assert.match(number.summary(data, { target: 2000 }, theme), /61\.7|62/);
  assert.doesNotMatch(number.picture(card(frame([revenue], [[5]])), { target: -3 }, theme, { width: 400, height: 200 }).svg, /% of target/);
});

const gauge = await KINDS.gauge.module();

test("a gauge's axis holds value, target, ranges and nought, whatever its ends were wished to be", () => {
  const data = card(frame([revenue], [[70]]));
  for (const options of [{}, { maximum: 50 }, { target: 200 }, { minimum: 90 }, { good_at: -40 }]) {
    const { scale } = gauge.read(data, options, theme);
    const ends = [70, ...Object.values(options).filter((value) => value !== 90 && value !== 50)];
    assert.ok(ends.every((end) => end >= scale.min && end <= scale.max), JSON.stringify([options, scale]));
    if (!("minimum" in options)) assert.ok(scale.min <= 0);
  }
  assert.equal(gauge.read(data, { maximum: 130 }, theme).scale.max, 130);
});

test("each bar of a list has the target of its row, and a missing value is no 0", () => {
  const data = card(frame([region, revenue, { ...revenue, name: "goal" }], [["a", "b", "c"], [10, null, 3], [8, 20, 6]]));
  const { rows } = gauge.read(data, { target: 99 }, theme);
  assert.deepEqual(rows.map(({ value, target }) => [value, target]), [[10, 8], [null, 20], [3, 6]]);
  const made = gauge.picture(data, {}, theme, size);
  assert.deepEqual(made.select({ dataIndex: 0 }), [{ column: "region", value: "a" }]);
  assert.deepEqual(made.tip(0).rows.map(([, text]) => text), ["€\u00a010", "€\u00a08", "125\u00a0%"]);
  assert.match(made.svg, /data-mark="1"/);
  assert.match(gauge.summary(data, {}, theme), /1 of 2 reach/);
});

test("ranges lie where the thresholds are, on the side that the measure calls good", () => {
  const zones = (good) => gauge.read(card(frame([{ ...orders, good }], [[5]])), { good_at: good === "up" ? 8 : 2, bad_at: good === "up" ? 2 : 8, maximum: 10 }, theme).zones;
  assert.deepEqual(zones("up").map(({ status }) => status), ["bad", "warn", "good"]);
  assert.deepEqual(zones("down").map(({ status }) => status), ["good", "warn", "bad"]);
});

const funnel = await KINDS.funnel.module();

test("a funnel counts from the first step and from the one before, over measures too", () => {
  const data = card(frame([region, orders], [["paid", "seen", "basket"], [10, 100, 40]]));
  const { steps } = funnel.read(data, {}, theme);
  assert.deepEqual(steps.map(({ key, ofFirst, ofPrevious }) => [key, ofFirst, ofPrevious]), [["seen", 1, null], ["basket", 0.4, 0.4], ["paid", 0.1, 0.25]]);
  assert.match(funnel.summary(data, {}, theme), /10\u00a0% go all the way.*narrowest step is paid: 25/);
  const measured = funnel.read(card(frame([{ ...orders, name: "a" }, { ...orders, name: "b" }], [[50], [60]])), {}, theme).steps;
  assert.deepEqual(measured.map(({ ofPrevious }) => ofPrevious), [null, 1.2]);
  assert.deepEqual(funnel.tableOf(data, {}, theme).rows[2], ["paid", "10", "10\u00a0%", "25\u00a0%"]);
});

test("named steps stand in their order, those that the answer lacks are said, and null is a gap", () => {
  const data = card(frame([region, orders], [["a", "b", "c"], [10, null, 4]]));
  const { steps, missing } = funnel.read(data, { steps: "c\nb\r\nz" }, theme);
  assert.deepEqual([steps.map(({ key }) => key), missing], [["c", "b"], ["z"]]);
  assert.equal(steps[1].ofPrevious, null);
  for (const horizontal of [false, true]) assert.match(funnel.picture(data, { steps: "c\nb\nz", horizontal }, theme, size).svg, /not in the answer: z/);
});

const waterfall = await KINDS.waterfall.module();
const pareto = await KINDS.pareto.module();

test("a waterfall's bars hang on each other and end in the sum; a missing value is no bar", () => {
  const { bars } = waterfall.read(card(frame([region, revenue], [["a", "b", "n", "__other__"], [50, -70, null, 5]])), {}, theme);
  assert.deepEqual(bars.map(({ from, to }) => [from, to]), [[0, 50], [50, -20], [-20, -15], [0, -15]]);
});

test("changes lead from the total before to the total now, of gone and of new categories too", () => {
  const before = column("revenue__before", "comparison", { type: "number" });
  const data = card(frame([region, revenue, before], [["a", "gone", "new"], [12, null, 5], [10, 4, null]]));
  const { bars } = waterfall.read(data, { steps: "change" }, theme);
  assert.deepEqual(bars.map(({ value, isTotal }) => [value, isTotal]), [[14, true], [2, false], [-4, false], [5, false], [17, true]]);
  assert.match(waterfall.summary(data, { steps: "change" }, theme), /from €\u00a014 to €\u00a017; new moved most: \+€\u00a05/);
});

test("a waterfall with too many steps folds the smallest, and still ends where it ended", () => {
  const names = Array.from({ length: 400 }, (_, i) => `n${i}`);
  const data = card(frame([region, revenue], [names, names.map((_, i) => (i % 2 ? -i : i) + 1)]));
  const made = waterfall.picture(data, {}, theme, size);
  const marks = [...made.svg.matchAll(/data-mark/g)].length;
  assert.ok(marks < 20);
  assert.match(made.tip(marks - 2).title, /^Other \(\d+\)$/);
  assert.equal(made.tip(marks - 1).rows[0][1], waterfall.picture(data, {}, theme, { width: 20000, height: 200 }).tip(400).rows[0][1]);
});

test("a Pareto line ends at 100 % of all, and says how many make 80 %", () => {
  const data = card(frame([region, orders], [["b", "a", "c", "__other__"], [30, 55, 5, 10]]));
  const { bars, enough } = pareto.read(data, {}, theme);
  assert.deepEqual(bars.map(({ key, upTo }) => [key, Math.round(upTo * 100)]), [["a", 55], ["b", 85], ["c", 90], ["__other__", 100]]);
  assert.equal(enough, 2);
  assert.match(pareto.picture(data, {}, theme, size).svg, /2 make 80 % of all/);
  const flat = card(frame([region, orders], [["a", "b", "__other__"], [10, 10, 80]]));
  assert.match(pareto.summary(flat, {}, theme), /2 largest make 20\u00a0%: 80 % take more/);
  assert.match(pareto.picture(card(frame([region, orders], [["a", "b"], [10, -3]])), {}, theme, size).svg, /below zero, left out: 1/);
});

test("an axis of our own fits itself to what a legend leaves, in its own places", () => {
  const plain = axisFor([0, 1000], orders, theme, { room: 300, zero: true, maximum: 2000 });
  assert.deepEqual([plain.axis.refit(0, 40).min, plain.axis.refit(0, 40).max], [0, 2000]);
  const log = axisFor([1, 1e6], orders, theme, { room: 300, log: true });
  assert.ok(log.axis.refit(0, 2).max < 3);
});

const treemap = await KINDS.treemap.module();
const nested = card(frame([region, segment, revenue, column("margin", "measure", { format: "percent" }), column("revenue__before", "comparison", { type: "number" })],
  [["a", "a", "b", "c"], ["x", "y", "x", "x"], [30, 10, 60, -5], [0.1, 0.3, 0.2, 0.9], [20, 20, 60, 1]]));

test("areas are the sizes, their sum is the whole, and what is below zero is told", () => {
  const made = treemap.picture(nested, {}, theme, { width: 400, height: 300 });
  const boxes = [...made.svg.matchAll(/data-mark="(\d+)"[^>]*><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(([, i, , , width, height]) => [made.tip(Number(i)), width * height]);
  const area = (title) => boxes.find(([tip]) => tip.title === title)[1];
  assert.ok(Math.abs(area("b") / (area("a") + area("b")) - 0.6) < 0.02);
  assert.match(made.svg, /below zero, left out: 1/);
  assert.match(treemap.summary(nested, {}, theme), /b is 60\u00a0% of €\u00a0100/);
});

test("a click on a part filters by it and by all that it is part of", () => {
  for (const options of [{}, { form: "sunburst" }]) {
    const made = treemap.picture(nested, options, theme, { width: 400, height: 300 });
    const picks = Array.from({ length: 5 }, (_, i) => made.select({ dataIndex: i }).map(({ column: name, value }) => `${name}=${value}`).join());
    assert.ok(picks.includes("region=a,segment=y") && picks.includes("region=b"));
    assert.equal(made.svg.match(/data-mark="0"/g).length, 1);
  }
});

test("colours tell the change of a part as a whole, or the second measure as it was answered for it", () => {
  const change = treemap.picture(nested, { colour: "change" }, theme, { width: 400, height: 300 });
  const rows = (made, title) => Array.from({ length: 5 }, (_, i) => made.tip(i)).find((tip) => tip.title === title).rows.at(-1);
  assert.equal(rows(change, "a")[1], "0\u00a0%");
  assert.equal(rows(change, "a · x")[1], "50\u00a0%");
  assert.equal(rows(change, "a · x")[2], theme.diverging(1));
  const margin = nested.frames.main.columns[3];
  const measured = (frames) => treemap.picture({ ...nested, frames: { ...nested.frames, ...frames } }, { colour: "measure" }, theme, { width: 400, height: 300 });
  assert.equal(rows(measured({ level1: frame([region, revenue, margin], [["a", "b"], [40, 60], [0.27, 0.2]]) }), "a")[1], "27\u00a0%");
  assert.equal(rows(measured({}), "a")[1], "–"); // never a mean of the parts
  assert.equal(rows(measured({}), "a · y")[1], "30\u00a0%");
});

test("ten thousand parts draw those that can be seen", () => {
  const names = Array.from({ length: 10000 }, (_, i) => `n${i}`);
  const { svg } = treemap.picture(card(frame([region, orders], [names, names.map((_, i) => 10000 - i)])), {}, theme, { width: 500, height: 300 });
  assert.ok(svg.length < 400000);
  assert.match(svg, /smallest, left out: 8500/);
});

const funnelKind = await KINDS.funnel.module();
const sankey = await KINDS.sankey.module();
const bump = await KINDS.bump.module();
const land = column("land", "dimension");

test("what flows in flows out, stage by stage, and small names flow together", () => {
  const rows = Array.from({ length: 60 }, (_, i) => [["web", "shop"][i % 2], `p${i % 12}`, `l${i % 3}`, 60 - i]);
  const data = card(frame([region, segment, land, orders], [0, 1, 2, 3].map((at) => rows.map((row) => row[at]))));
  const { nodes, links } = readFlow(data, { nodes: 4 }, theme);
  const total = rows.reduce((sum, [, , , value]) => sum + value, 0);
  for (const stage of [0, 1]) assert.equal(links.filter(({ source }) => nodes.find(({ id }) => id === source).stage === stage).reduce((sum, { value }) => sum + value, 0), total);
  assert.deepEqual(nodes.filter(({ stage }) => stage === 1).map(({ name }) => name).filter((name) => /Other/.test(name)), ["Other (8)"]);
  const made = sankey.picture(data, { nodes: 4 }, theme, { width: 500, height: 300 });
  const at = nodes.findIndex(({ key }) => key === "web");
  assert.deepEqual(made.select({ dataIndex: at }), [{ column: "region", value: "web" }]);
  assert.ok(links.some((_, i) => made.select({ dataIndex: nodes.length + i }).length === 2));
});

test("a net leaves out what leads back, the smallest, and says so", () => {
  const data = card(frame([region, segment, orders], [["a", "b", "c", "a"], ["b", "c", "a", "a"], [9, 8, 1, 5]]));
  const made = sankey.picture(data, { graph: true }, theme, size);
  assert.match(made.svg, /flows that lead back, left out: 2/);
  assert.deepEqual(readFlow(data, { graph: true }, theme).links.map(({ value }) => value), [9, 8]);
  assert.deepEqual(made.select({ dataIndex: 0 }), [{ column: "region", value: "a" }]);
});

const league = (rows) => card(frame([column("day", "time"), region, orders], [0, 1, 2].map((at) => rows.map((row) => row[at])), { grain: "day" }));

test("ranks are among all values of a step, equal ones stand by their totals, and a missing step is a gap", () => {
  const rows = [[0, "a", 5], [0, "b", 9], [0, "z", 7], [DAY, "a", 9], [DAY, "b", 9], [2 * DAY, "a", null], [2 * DAY, "b", 4], [0, "__other__", 99]];
  const { lines, of } = bump.read(league(rows), { top: 2 }, theme);
  assert.equal(of, 3);
  assert.deepEqual(lines.map(({ key, points }) => [key, points.map((point) => point?.rank ?? null)]), [["b", [1, 1, 1]], ["a", [3, 2, null]]]);
  const made = bump.picture(league(rows), { top: 2 }, theme, { width: 600, height: 200 });
  assert.match(made.svg, /2 largest of 3 · ranked by orders/);
  assert.deepEqual(made.select({ dataIndex: 3 }), [{ column: "region", value: "a" }]);
  assert.equal(made.tip(3).rows[0][1], "3 of 3");
  assert.match(bump.summary(league(rows), { top: 2 }, theme), /b leads from first to last/);
});

test("a line that left the picture is a gap until it comes back", () => {
  const names = Array.from({ length: 9 }, (_, i) => `n${i}`);
  const rows = [0, 1, 2].flatMap((day) => names.map((name, i) => [day * DAY, name, i === 0 ? [900, 0, 900][day] : 100 - i]));
  const [first] = bump.read(league(rows), { top: 2 }, theme).lines;
  assert.deepEqual([first.key, first.points.map((point) => point?.rank ?? null)], ["n0", [1, null, 1]]);
});

test("ten thousand categories by ten thousand splits are read in the time of their rows, not of their grid", () => {
  const names = Array.from({ length: 10000 }, (_, i) => `n${i}`);
  const data = card(frame([region, segment, orders], [names, names.map((_, i) => names[(i * 7) % 10000]), names.map((_, i) => i)]));
  const { groups, lost } = bar.read(data, { sort: "value" }, theme);
  assert.deepEqual([groups.length, lost], [23, 9977]);
});

test("a scatter with more keys than colours has one grey series for the others", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `n${i}`);
  const made = scatter.picture(card(frame([region, segment, orders, revenue], [names, names, names.map((_, i) => i), names.map((_, i) => i)])), {}, theme, size);
  assert.deepEqual([made.echarts.series.length, made.echarts.series.at(-1).data.length, made.echarts.series.at(-1).name], [8, 4993, "Other (4993)"]);
});

test("no name under a column begins before the picture does", () => {
  const names = Array.from({ length: 16 }, (_, i) => `Express Jet Airlines Incorporated ${i}`);
  const data = card(frame([region, orders], [names, names.map((_, i) => 100 - i)]));
  for (const [width, height, found, share] of [[330, 180, /<text x="([\d.]+)"[^>]*text-anchor="middle"[^>]*>(Expr[^<]*)</g, 0.5], [400, 300, /<text transform="translate\(([\d.]+) [^>]*>(Expr[^<]*)</g, Math.cos((40 * Math.PI) / 180)]]) {
    const made = pareto.picture(data, {}, theme, { width, height }).svg;
    const shown = [...made.matchAll(found)];
    assert.ok(shown.length > 1, `${width}`);
    for (const [, x, text] of shown) assert.ok(Number(x) - textWidth(text, theme.small) * share >= -0.5, `${x} ${text}`);
  }
});

test("names under columns are whole on one line, on two, or aslant before any is cut", () => {
  const names = ["Late parcel", "Wrong colour", "Damaged"];
  const ways = (band, height) => namesFor(names, band, theme, { width: 460, height });
  assert.equal(ways(90, 260).way, "line");
  assert.deepEqual([ways(60, 260).way, ways(60, 260).texts], ["two", ["Late\nparcel", "Wrong\ncolour", "Damaged"]]);
  assert.deepEqual([ways(30, 260).way, ways(30, 260).texts], ["aslant", names]);
  assert.equal(ways(30, 120).way, "cut");
  const data = card(frame([region, orders], [names, [3, 2, 1]]));
  assert.equal(bar.picture(data, { horizontal: false }, theme, { width: 230, height: 260 }).echarts.xAxis.axisLabel.formatter("0", 0), "Late\nparcel");
});

test("names on the strands of a sankey have a rim in the colour of the ground, in every theme", () => {
  const data = card(frame([region, segment, orders], [["a", "b"], ["x", "y"], [30, 20]]));
  for (const name of ["light", "dark", "print"]) {
    const own = themeOf(name);
    const { svg } = sankey.picture(data, {}, own, { width: 460, height: 260 });
    const [rim, letters] = [...svg.matchAll(/<text[^>]*>a [^<]*<\/text>/g)].map(([text]) => text);
    assert.ok(rim.includes(`stroke="${own.card}"`) && rim.includes("aria-hidden"), rim);
    assert.ok(letters && !letters.includes("stroke"), letters);
  }
});

test("a limit that was asked for is no cut; a whole of so many rows says that it is one", () => {
  const names = ["a", "b", "c"];
  const cut = (limit) => card(frame([region, orders], [names, [3, 2, 1]], { truncated: true, ...(limit ? { limit } : {}) }));
  const funnel = (data) => funnelKind.picture(data, {}, theme, size).svg;
  const said = (data) => JSON.stringify(bar.picture(data, { horizontal: false }, theme, size).echarts.title);
  assert.match(said(cut()), /the answer was cut/);
  assert.doesNotMatch(said(cut(3)), /the answer was cut/);
  assert.match(said(cut(1000)), /the answer was cut/); // not at that limit
  assert.match(funnel(cut()), /the answer was cut/);
  assert.doesNotMatch(funnel(cut(3)), /the answer was cut/);
  assert.match(pie.picture(cut(3), {}, theme, size).echarts.title.at(-1).text, /^of the first 3 rows alone$/);
});
