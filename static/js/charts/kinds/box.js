// Where the numbers of each category lie: median, middle half and reach, as boxes or as violins. Quartiles come from the
// database. options: {style: "box" or "violin", whiskers: "p5" or "min"}. frames.main: [category, ] min ... max, count; frames.bins.
import { area, curveLinear } from "d3-shape";
import { binsOf, curveOf } from "../bins.js";
import { corner, countIn, leftOut, measureOf, named, roomOf } from "../categories.js";
import { along, below, nothing } from "../plain.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, nameOf, partOf, rowsOf } from "../../lib/frame.js";
import { px, svg, tag } from "../../lib/markup.js";
import { themeOf } from "../theme.js";

const WORDS = { max: "highest", p95: "p95", p75: "p75", median: "median", avg: "mean_at", p25: "p25", p5: "p5", min: "lowest" };
const SHORTEST = 13; // pixels a row

/** {rows: [{key, name, min, p5, p25, median, p75, p95, max, avg, n}], column, split}, from the highest median down. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [split] = dimensionsOf(frame);
  const values = Object.fromEntries(Object.keys(WORDS).map((key) => [key, measureOf(frame, `${key}(`)]));
  const count = measureOf(frame, "count(");
  const rows = !values.median ? [] : Array.from({ length: rowsOf(frame) }, (_, i) => ({
    key: split ? split.values[i] : null, name: split ? nameOf(split.values[i], split, theme) : "", n: count?.values[i] ?? null,
    ...Object.fromEntries(Object.entries(values).map(([key, column]) => [key, column?.values[i] ?? null])),
  })).filter(({ median }) => isNumber(median));
  const inOrder = split && (partOf(split) || split.type === "time");
  rows.sort(inOrder ? (a, b) => a.key - b.key : (a, b) => b.median - a.median);
  const label = /\((.*)\)$/s.exec(values.median?.name ?? "")?.[1] ?? "";
  return { rows, split, column: values.median ?? {}, label };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const found = read(data, options, theme);
  if (!found.rows.length) return { svg: nothing(theme, size), empty: true };
  const all = countIn(data) ?? 0;
  const fits = Math.max(1, Math.floor((size.height - 20) / SHORTEST));
  const note = leftOut(Math.min(fits, found.rows.length), Math.max(all, found.rows.length), theme);
  const top = note ? 16 : 2;
  const bottom = size.height - 20;
  const rows = found.rows.slice(0, Math.max(1, Math.floor((bottom - top) / SHORTEST)));
  const isViolin = options.style === "violin";
  const curves = isViolin ? curvesOf(data, theme) : new Map();
  const ends = options.whiskers === "min" ? ["min", "max"] : ["p5", "p95"];
  const [low, high] = reachOf(rows, ends, isViolin);
  const room = roomOf(rows.map(({ name }) => name), size, theme);
  const plot = { left: room ? room + 10 : 4, right: size.width - 6, top, bottom };
  const axis = along(low, high, plot.left + 4, plot.right - 4, found.column, theme);
  const tall = (plot.bottom - plot.top) / rows.length;
  const thick = Math.min(26, Math.max(5, tall * 0.56));
  const most = Math.max(0, ...[...curves.values()].flat().map(([, n]) => n));
  const placed = rows.map((row, i) => ({ ...row, y: plot.top + (i + 0.5) * tall, colour: theme.category(undefined, 0), curve: curves.get(row.key) }));
  const inner = [
    below(axis, plot, theme), named(placed, room, theme),
    ...placed.map((row) => (isViolin ? violin(row, axis, { tall, most: most || 1 }, theme) : box(row, axis, { thick, ends }, theme))),
    corner(note && leftOut(rows.length, Math.max(all, found.rows.length), theme), { ...size, height: 12 }, theme),
    ...placed.map(({ y }, i) => tag("rect", { x: 0, y: px(y - tall / 2), width: size.width, height: px(tall), fill: theme.ink, "fill-opacity": 0, "data-mark": String(i) })),
  ].join("");
  return {
    svg: svg(size, theme, inner, summary(data, options, theme)),
    tip: (i) => (placed[i] ? tip(placed[i], found, theme) : null),
    select: ({ dataIndex }) => (found.split && placed[dataIndex] && !partOf(found.split) ? [{ column: found.split.name, value: placed[dataIndex].key }] : []),
  };
}

/** The lowest and the highest value that is drawn; a violin without its tails goes a little beyond 5 % and 95 %. */
function reachOf(rows, ends, isViolin) {
  const [least, most] = ["min", "max"].map((key, i) => Math[key](...rows.map((row) => row[key] ?? row[ends[i]])));
  const [low, high] = [Math.min(...rows.map((row) => row[ends[0]])), Math.max(...rows.map((row) => row[ends[1]]))];
  const more = isViolin ? (high - low) * 0.15 : 0;
  return [Math.max(least, low - more), Math.min(most, high + more)];
}

/** key -> a curve whose area is the same for every category. */
function curvesOf(data, theme) {
  const bins = binsOf(data, theme, "bins");
  if (!bins) return new Map();
  return new Map(bins.groups.map((group) => {
    const known = group.total - group.nulls || 1;
    return [group.key, curveOf(group.counts.map((n) => n / known), bins)];
  }));
}

function box(row, axis, { thick, ends }, theme) {
  const { y, colour } = row;
  const at = (key) => px(axis.place(row[key]));
  const line = (x1, x2, y1, y2, more) => tag("line", { x1, x2, y1: px(y1), y2: px(y2), stroke: colour, "stroke-width": 1.5, ...more });
  const cap = thick * 0.28;
  const wide = Math.max(1, at("p75") - at("p25"));
  return [
    line(at(ends[0]), at("p25"), y, y), line(at("p75"), at(ends[1]), y, y),
    ...ends.map((key) => line(at(key), at(key), y - cap, y + cap)),
    tag("rect", { x: at("p25"), y: px(y - thick / 2), width: px(wide), height: px(thick), rx: Math.min(3, wide / 2), fill: theme.tint(colour, 0.28), stroke: colour, "stroke-width": 1.25 }),
    line(at("median"), at("median"), y - thick / 2, y + thick / 2, { stroke: theme.ink, "stroke-width": 2.25 }),
    meanDot(row, axis, theme),
  ].join("");
}

/** The mean as a diamond; not where it lies outside of what is drawn. */
function meanDot({ avg, y }, axis, theme) {
  if (!isNumber(avg) || avg < axis.least || avg > axis.most) return "";
  const [x, r] = [px(axis.place(avg)), 3];
  return tag("path", { d: `M${x - r} ${px(y)}L${x} ${px(y - r)}L${x + r} ${px(y)}L${x} ${px(y + r)}Z`, fill: theme.card, stroke: theme.ink, "stroke-width": 1.1 });
}

function violin(row, axis, { tall, most }, theme) {
  const { y, colour, curve = [] } = row;
  const half = Math.min(30, tall * 0.46);
  const reach = curve.filter(([value]) => value >= axis.least && value <= axis.most).map(([value, n]) => [value, (n / most) * half]);
  const shape = area().x(([value]) => px(axis.place(value))).y0(([, n]) => px(y - n)).y1(([, n]) => px(y + n)).curve(curveLinear);
  const [from, to, middle] = ["p25", "p75", "median"].map((key) => px(axis.place(row[key])));
  return [
    curve.length ? tag("path", { d: shape(reach), fill: theme.tint(colour, 0.34), stroke: colour, "stroke-width": 1, "stroke-linejoin": "round" }) : "",
    tag("line", { x1: from, x2: to, y1: px(y), y2: px(y), stroke: theme.ink, "stroke-width": Math.min(5, tall / 4), "stroke-linecap": "round" }),
    tag("circle", { cx: middle, cy: px(y), r: Math.min(3.4, tall / 4), fill: theme.card, stroke: theme.ink, "stroke-width": 1.4 }),
  ].join("");
}

function tip(row, { column }, theme) {
  const rows = Object.entries(WORDS).filter(([key]) => isNumber(row[key])).map(([key, word]) => [wordOf(key, word, theme), formatNumber(row[key], column, { locale: theme.locale })]);
  return { title: row.name, rows: [...rows, [theme.text("rows"), formatNumber(row.n, { format: "integer" }, { locale: theme.locale })]] };
}

const wordOf = (key, word, theme) => (word === key && key !== "median" ? theme.text("percent_below", { n: key.slice(1) }) : theme.text(word));

export function summary(data, options = {}, theme = themeOf("light")) {
  const { rows, split, column } = read(data, options, theme);
  if (!rows.length) return theme.text("no_data");
  const number = (value) => formatNumber(value, column, { locale: theme.locale });
  const best = rows.reduce((a, b) => (b.median > a.median ? b : a));
  if (!split) return theme.text("box_one", { name: labelOf(column), median: number(best.median), low: number(best.p25), high: number(best.p75) });
  return theme.text("box_n", { name: labelOf(column), n: rows.length, first: best.name, median: number(best.median), low: number(best.p25), high: number(best.p75) });
}

export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { rows, split, column } = read(data, options, theme);
  const keys = ["n", "min", "p5", "p25", "median", "p75", "p95", "max", "avg"];
  const label = (key) => (key === "n" ? theme.text("rows") : wordOf(key, WORDS[key], theme));
  const text = (row, key) => formatNumber(row[key], key === "n" ? { format: "integer" } : column, { locale: theme.locale, unit: false });
  return {
    columns: [{ label: split ? labelOf(split) : "", numeric: false }, ...keys.map((key) => ({ label: label(key), numeric: true, unit: key === "n" ? null : column.unit ?? null }))],
    rows: rows.map((row) => [row.name, ...keys.map((key) => text(row, key))]),
  };
}
