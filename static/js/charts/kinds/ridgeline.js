// Many distributions, one behind the other: a smooth curve a category, all of the same area, over a common axis.
// options: {order: "median", "name" or "rows"}. frames.main: category, bins, count; frames.stats: category, median, count.
import { quantileSorted } from "d3-array";
import { area, curveMonotoneX, line } from "d3-shape";
import { binsOf, closed, curveOf, gathered } from "../bins.js";
import { corner, countIn, leftOut, measureOf, named, roomOf } from "../categories.js";
import { along, below, nothing } from "../plain.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, partOf } from "../../lib/frame.js";
import { px, svg, tag } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { rangeText } from "../../lib/range.js";
import { themeOf } from "../theme.js";

const MOST = 1000; // bins: where a few numbers are far away, most of them lie in a few of many bins
const SHORTEST = 15; // pixels from one ridge to the next
const HIGH = 2.1; // how far the highest reaches over those behind it, in rows
const USUAL = 4; // a peak of more than so many times the usual one is drawn lower, or it would flatten all others
const COUNT = { format: "integer" };

/** {bins, ridges: [{key, name, points, median, n, nulls}], split}, in the wanted order. */
export function read(data, options = {}, theme = themeOf("light")) {
  const fine = binsOf(data, theme, "main", MOST);
  if (!fine || !fine.size) return { bins: null, ridges: [], split: null };
  const bins = closed(gathered(fine, Infinity));
  const stats = frameOf(data, "stats");
  const [of] = dimensionsOf(stats);
  const medians = new Map((of?.values ?? []).map((key, i) => [key, measureOf(stats, "median(")?.values[i] ?? null]));
  const ridges = bins.groups.map((group) => {
    const n = group.total - group.nulls;
    return { ...group, n, median: medians.get(group.key) ?? null, points: n ? curveOf(group.counts.map((count) => count / n), bins) : [] };
  }).filter(({ points }) => points.length);
  const split = bins.groups[0].column;
  const isPart = split && (partOf(split) || split.type === "time");
  ridges.sort(isPart ? (a, b) => a.key - b.key : {
    name: (a, b) => a.name.localeCompare(b.name, theme.locale), rows: (a, b) => b.n - a.n,
  }[options.order] ?? ((a, b) => (b.median ?? -Infinity) - (a.median ?? -Infinity)));
  return { bins, ridges, split };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const { bins, ridges, split } = read(data, options, theme);
  if (!ridges.length) return { svg: nothing(theme, size), empty: true };
  const bottom = size.height - 20;
  const shown = ridges.slice(0, Math.max(1, Math.floor((bottom - 34) / SHORTEST)));
  const all = Math.max(countIn(data) ?? 0, ridges.length);
  const notes = [leftOut(shown.length, all, theme), bins.beyond ? theme.text("beyond", { n: formatNumber(bins.beyond, COUNT, { locale: theme.locale }) }) : ""].filter(Boolean);
  const top = notes.length ? 18 : 4;
  const step = (bottom - top) / (shown.length + (shown.length > 1 ? HIGH - 1 : 0));
  const room = roomOf(shown.map(({ name }) => name), size, theme);
  const plot = { left: room ? room + 10 : 4, right: size.width - 6, top, bottom };
  const axis = along(bins.start, bins.start + bins.size * bins.width, plot.left, plot.right, bins.column, theme);
  const peaks = shown.map(({ points }) => Math.max(...points.map(([, n]) => n)));
  const most = Math.min(Math.max(...peaks), USUAL * quantileSorted([...peaks].sort((a, b) => a - b), 0.5));
  const high = shown.length > 1 ? HIGH * step : step;
  const placed = shown.map((ridge, i) => ({ ...ridge, base: bottom - (shown.length - 1 - i) * step, scale: high / Math.max(most, peaks[i]), colour: theme.category(undefined, 0) }));
  const inner = [
    below(axis, plot, theme), named(placed.map(({ name, base }) => ({ name, y: base - Math.min(10, step / 2) })), room, theme),
    ...placed.map((ridge, i) => drawn(ridge, i, axis, plot, theme)),
    corner(notesIn(notes, size.width, theme), { ...size, height: 12 }, theme),
  ].join("");
  return {
    svg: svg(size, theme, inner, summary(data, options, theme)),
    tip: (i) => (placed[i] ? tip(placed[i], bins, theme) : null),
    select: ({ dataIndex }) => (split && placed[dataIndex] && !partOf(split) ? [{ column: split.name, value: placed[dataIndex].key }] : []),
  };
}

/** As many notes as fit on one line. */
const notesIn = (notes, room, theme) => (textWidth(notes.join(" · "), theme.small) <= room ? notes.join(" · ") : notes[0] ?? "");

/** Filled nearly whole, so that each hides what is behind it; the median is a fine line up to the curve. */
function drawn({ points, base, scale, colour, median }, i, axis, plot, theme) {
  const place = ([value]) => px(axis.place(value));
  const height = ([, n]) => px(base - n * scale);
  const shape = area().x(place).y0(px(base)).y1(height).curve(curveMonotoneX);
  const edge = line().x(place).y(height).curve(curveMonotoneX);
  const at = isNumber(median) ? points.findLast(([value]) => value <= median) ?? points[0] : null;
  return [
    tag("line", { x1: plot.left, x2: plot.right, y1: px(base), y2: px(base), stroke: theme.line }),
    tag("path", { d: shape(points), fill: theme.tint(colour, 0.4), "fill-opacity": 0.92, "data-mark": String(i) }),
    tag("path", { d: edge(points), fill: "none", stroke: colour, "stroke-width": 1.6, "stroke-linejoin": "round", "pointer-events": "none" }),
    at ? tag("line", { x1: px(axis.place(median)), x2: px(axis.place(median)), y1: px(base), y2: height(at), stroke: theme.ink, "stroke-width": 1.4, "pointer-events": "none" }) : "",
  ].join("");
}

function tip({ name, median, n, nulls, points }, bins, theme) {
  const number = (value) => formatNumber(value, bins.column, { locale: theme.locale });
  const peak = points.reduce((best, point) => (point[1] > best[1] ? point : best))[0];
  const at = bins.start + Math.floor((peak - bins.start) / bins.width) * bins.width;
  const rows = [[theme.text("median"), number(median)], [theme.text("most_often"), rangeText([at, at + bins.width].map((value) => Number(value.toPrecision(12))), bins.column, theme)], [theme.text("rows"), formatNumber(n, COUNT, { locale: theme.locale })]];
  if (nulls) rows.push([theme.text("none"), formatNumber(nulls, COUNT, { locale: theme.locale })]);
  return { title: name, rows };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { bins, ridges } = read(data, options, theme);
  const known = ridges.filter(({ median }) => isNumber(median));
  if (!ridges.length) return theme.text("no_data");
  const number = (value) => formatNumber(value, bins.column, { locale: theme.locale });
  const [low, high] = [known.reduce((a, b) => (b.median < a.median ? b : a), known[0]), known.reduce((a, b) => (b.median > a.median ? b : a), known[0])];
  if (!known.length) return labelOf(bins.column);
  return theme.text("ridges_n", { name: labelOf(bins.column), n: ridges.length, low: number(low.median), first: low.name, high: number(high.median), last: high.name });
}

/** A row for each category and bin that has rows. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { bins, ridges, split } = read(data, options, theme);
  if (!bins) return { columns: [], rows: [] };
  const number = (n) => formatNumber(n, COUNT, { locale: theme.locale });
  const edge = (i) => rangeText([bins.start + i * bins.width, bins.start + (i + 1) * bins.width].map((value) => Number(value.toPrecision(12))), bins.column, theme);
  const columns = [{ label: labelOf(split), numeric: false }, { label: labelOf(bins.column), numeric: false, unit: bins.column.unit ?? null }, { label: theme.text("rows"), numeric: true }];
  return { columns, rows: ridges.flatMap(({ name, counts, nulls }) => [...counts.flatMap((n, i) => (n ? [[name, edge(i), number(n)]] : [])), ...(nulls ? [[name, theme.text("none"), number(nulls)]] : [])]) };
}
