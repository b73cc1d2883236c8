// Two measures against each other, one point per row; a third as the size of the point, a dimension as its colour.
// options: {x, y, size, regression, quadrants, log_x, log_y}: x, y and size name measures; by default the first, second and third.
// memory.zoom {x, y}: the part that a reader dragged over. overlays.rows: points are rows, placed by options.column_x and column_y; then
// what is dragged over filters the page by both columns instead, and a double click takes that away.
import { leastSquares, middleOf, within } from "../../lib/fit.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measure, measuresOf, nameOf, rowsOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit } from "../../lib/measure.js";
import { rangeText, writeRange } from "../../lib/range.js";
import { emptyOption, frameOption, legend, note, plainRich, tooltip } from "../axes.js";
import { brushable } from "../brush.js";
import { axisFor } from "../scales.js";
import { themeOf } from "../theme.js";

const COLOURED = 7;
const DOT = { plain: 8, least: 6, most: 26 };
const MANY = 4000; // points that are drawn as one cloud

/** What is dragged over: of rows a filter of the page, else a part of this picture alone. */
export function attach(element, card) {
  const isOfRows = () => Boolean(card.data?.overlays?.rows);
  return brushable(element, card, {
    brushed: (span) => isOfRows() && picked(span, card),
    cleared: () => isOfRows() && ["column_x", "column_y"].forEach((name) => card.fire("sightline:filter", { column: card.options[name], values: [] })),
  });
}

/** Says the two ranges; true, so that nothing is zoomed. */
function picked({ x, y }, card) {
  const { plot } = card.made;
  const { x: across, y: up } = read(card.data, card.options, card.theme);
  const [first, second] = [[across, roundedSpan(x, plot.width)], [up, roundedSpan(y, plot.height)]].map(([column, edges]) => ({ column: column.name, value: writeRange(edges), name: rangeText(edges, column, card.theme) }));
  card.fire("sightline:select", { ...first, also: [second] });
  return true;
}

/** The edges of a span to the digit that a pixel still tells, outward. */
export function roundedSpan([from, to], pixels) {
  const step = 10 ** Math.floor(Math.log10((to - from) / Math.max(1, pixels)) + 1);
  const at = (value, round) => Number((round(value / step) * step).toPrecision(12));
  return [at(from, Math.floor), at(to, Math.ceil)];
}

/** {x, y, size, points: [{x, y, size, name, key}], keys}. With two dimensions the second gives the colour. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const isOfRows = Boolean(data?.overlays?.rows);
  const x = measure(frame, isOfRows ? options.column_x : options.x, 0);
  const y = measure(frame, isOfRows ? options.column_y : options.y, measuresOf(frame).findIndex((column) => column.name !== x?.name));
  const size = measuresOf(frame).find((column) => column.name === options.size) ?? measuresOf(frame).find(({ name }) => options.size !== false && name !== x?.name && name !== y?.name);
  if (!x || !y || x.name === y.name) return { points: [], keys: [] };
  const [named, colour] = isOfRows ? [undefined, dimensionsOf(frame)[0]] : dimensionsOf(frame);
  const points = [];
  for (let row = 0; row < rowsOf(frame); row++) {
    const point = { x: x.values[row], y: y.values[row], size: size?.values[row] ?? null, value: named?.values[row], name: named ? nameOf(named.values[row], named, theme) : "", key: colour ? colour.values[row] : undefined };
    if (isNumber(point.x) && isNumber(point.y)) points.push(point);
  }
  const keys = colour ? [...new Set(points.map(({ key }) => key))] : [];
  theme.places.meet(keys.slice(0, COLOURED), colour?.name);
  return { x, y, size, points, keys, colour, named, isOfRows, rows: rowsOf(frame), truncated: Boolean(frame.truncated) };
}

/** The line of best fit on the axes as they are drawn, or null. */
function fitted(points, options) {
  const at = (value, log) => (log ? (value > 0 ? Math.log10(value) : null) : value);
  const pairs = points.map((point) => [at(point.x, options.log_x), at(point.y, options.log_y)]);
  return leastSquares(pairs.filter(([x, y]) => x !== null && y !== null));
}

const range = (values) => values.filter(isNumber).reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

/** Area, not radius, grows with the value. */
function dotSize(points, size, room) {
  const largest = Math.max(10, Math.min(DOT.most, room / 9));
  const [, most] = range(points.map((point) => Math.abs(point.size ?? NaN)));
  return size && most > 0 ? (value) => DOT.least * Math.min(1, largest / 20) + (largest - DOT.least) * Math.sqrt(Math.abs(value ?? 0) / most) : () => DOT.plain;
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 280 }, memory = {}) {
  const shown = read(data, options, theme);
  if (!shown.points.length) return { echarts: emptyOption(theme), empty: true };
  const { points, keys, x, y } = shown;
  const groups = groupsOf(shown, theme);
  const withLegend = keys.length > 1 && options.legend !== false && size.height >= 140;
  const bar = legend(groups.map(({ name, colour }) => ({ name, icon: "circle", style: { color: colour, borderWidth: 0 } })), theme, size.width);
  const top = (withLegend ? 26 : 0) + 20;
  const scales = scalesOf(shown, options, memory.zoom, theme, size, top);
  const said = cautions(shown, scales, options, memory, theme);
  const { grid } = scales;
  return {
    select: ({ data: mark }) => (shown.named && points[mark?.at] && points[mark.at].value !== null ? [{ column: shown.named.name, value: points[mark.at].value }] : []),
    plot: plotOf(scales, size),
    echarts: {
      ...frameOption(theme), grid, legend: { ...bar.option, show: withLegend },
      title: [
        note(fit(named(y), size.width * (said ? 0.45 : 0.7), theme.small), theme, { left: 0, top: top - 20 }), note(fit(named(x), size.width * 0.7, theme.small), theme, { right: 0, bottom: 0 }),
        ...(withLegend && bar.hidden ? [note(theme.text("more", { n: bar.hidden }), theme, { left: bar.width, top: 2 })] : []),
        ...(said ? [note(fit(said, size.width * 0.53, theme.small), theme, { right: 0, top: top - 20 }, { color: theme.ink2 })] : []),
      ],
      xAxis: scales.x.axis, yAxis: scales.y.axis,
      tooltip: tooltip(theme, { trigger: "item", formatter: ({ data: { at } }) => (points[at] ? tip(points[at], shown, theme) : "") }),
      series: series(shown, groups, scales, options, theme, size),
    },
  };
}

/** A series for each of the first keys, and one in grey for all others; with the places of their points. */
function groupsOf({ points, keys, colour, y }, theme) {
  if (!keys.length) return [{ name: labelOf(y), colour: theme.categories[0], holds: () => true }];
  const own = keys.length > COLOURED + 1 ? keys.slice(0, COLOURED) : keys;
  const groups = own.map((key, i) => ({ name: nameOf(key, colour, theme), colour: i < COLOURED ? theme.category(key, i, colour.name) : theme.neutral, holds: (at) => points[at].key === key }));
  if (own.length === keys.length) return groups;
  const known = new Set(own);
  return [...groups, { name: `${theme.text("other")} (${keys.length - own.length})`, colour: theme.neutral, holds: (at) => !known.has(points[at].key) }];
}

function scalesOf({ points, x, y, size: sized }, options, zoom, theme, size, top) {
  const reach = sized ? DOT.most / 2 : 4; // labels stand clear of dots at the edge
  const bottom = 38 + reach;
  const all = (at, log) => (log ? points.map((point) => point[at]) : padded(range(points.map((point) => point[at]))));
  const ends = (span) => (span ? { minimum: span[0], maximum: span[1] } : {});
  const up = axisFor(all("y", options.log_y), y, theme, { room: Math.max(20, size.height - top - bottom), log: Boolean(options.log_y), ...ends(zoom?.y) });
  const left = up.width + 4 + reach;
  const across = axisFor(all("x", options.log_x), x, theme, { room: Math.max(20, size.width - left - 16), horizontal: true, log: Boolean(options.log_x), ...ends(zoom?.x) });
  for (const { axis } of [up, across]) axis.axisLabel.margin = 4 + reach;
  return { x: across, y: up, grid: { left, right: Math.max(14, Math.ceil(across.width / 2) + 1), top, bottom, outerBoundsMode: "none" } };
}

/** Where the points stand, for the one who drags over them. */
function plotOf({ x, y, grid }, size) {
  const at = ({ axis, value }) => (share) => value(axis.min + (axis.max - axis.min) * share);
  return { left: grid.left, top: grid.top, width: Math.max(1, size.width - grid.left - grid.right), height: Math.max(1, size.height - grid.top - grid.bottom), x: at(x), y: at(y) };
}

function series({ points, size: sized }, groups, scales, options, theme, size) {
  const sizeOf = dotSize(points, sized, Math.min(size.width, size.height));
  const many = points.length > MANY;
  const inside = (value, { axis }) => value !== null && value >= axis.min && value <= axis.max;
  const placed = points.map((point, at) => ({ value: [scales.x.place(point.x), scales.y.place(point.y), point.size], at })).filter(({ value }) => inside(value[0], scales.x) && inside(value[1], scales.y));
  const drawn = groups.map(({ name, colour, holds }, i) => ({
    type: "scatter", id: `points ${i}`, name, large: many, symbolSize: many ? 3 : (value) => sizeOf(value[2]), itemStyle: { color: colour, opacity: points.length > 400 ? 0.45 : 0.7, borderColor: theme.card, borderWidth: points.length > 400 ? 0 : 1 },
    emphasis: { focus: groups.length > 1 ? "series" : "none" }, clip: false, data: placed.filter(({ at }) => holds(at)),
  }));
  const lines = [...fitLine(points, scales, options, theme), ...quadrants(points, scales, options, theme)];
  if (lines.length) drawn[0].markLine = { silent: true, symbol: "none", animation: false, label: { show: false }, data: lines };
  return drawn;
}

function fitLine(points, { x, y }, options, theme) {
  const line = options.regression ? fitted(points, options) : null;
  const ends = line && within(line, [x.axis.min, x.axis.max], [y.axis.min, y.axis.max]);
  return ends ? [[{ coord: ends[0], lineStyle: { color: theme.ink, width: 1.5, type: "solid", opacity: 0.8 } }, { coord: ends[1] }]] : [];
}

function quadrants(points, { x, y }, options, theme) {
  if (!options.quadrants) return [];
  const lineStyle = { color: theme.ink3, width: 1, type: [4, 4] };
  return [["xAxis", x, "x"], ["yAxis", y, "y"]].flatMap(([axis, scale, name]) => {
    const at = scale.place(middleOf(points.map((point) => point[name]), options.quadrants));
    return at !== null && at >= scale.axis.min && at <= scale.axis.max ? [{ [axis]: at, lineStyle }] : [];
  });
}

function cautions({ points, truncated, isOfRows, rows }, { x, y }, options, memory, theme) {
  const line = options.regression ? fitted(points, options) : null;
  const lost = points.filter((point) => x.place(point.x) === null || y.place(point.y) === null).length;
  return [
    memory.zoom ? theme.text("zoomed") : "",
    line ? theme.text("r_squared", { r2: formatNumber(line.r2, {}, { locale: theme.locale }), n: formatNumber(line.n, { format: "integer" }, { locale: theme.locale }) }) : "",
    options.quadrants ? theme.text(`lines_${options.quadrants}`) : "",
    lost ? theme.text("not_on_log", { n: lost }) : "", truncated ? (isOfRows ? theme.text("first_rows", { n: formatNumber(rows, {}, { locale: theme.locale }) }) : theme.text("answer_cut")) : "",
  ].filter(Boolean).join(" · ");
}

// room for the dots themselves, so that none is cut at the edge
const padded = ([low, high]) => (low === high ? [low, high] : [low >= 0 && low < high * 0.3 ? 0 : low - (high - low) * 0.03, high + (high - low) * 0.03]);
const named = (column) => (column.unit ? `${labelOf(column)}, ${column.unit}` : labelOf(column));

function tip(point, { x, y, size, colour }, theme) {
  const line = (column, value) => `${plainRich(labelOf(column))}  {v|${plainRich(formatNumber(value, column, { locale: theme.locale }))}}`;
  const heading = [point.name, colour ? nameOf(point.key, colour, theme) : ""].filter(Boolean).join(" · ");
  return [heading && `{h|${plainRich(heading)}}`, line(x, point.x), line(y, point.y), size && line(size, point.size)].filter(Boolean).join("\n");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { points, x, y } = read(data, options, theme);
  if (!points.length) return theme.text("no_data");
  const text = (value, column) => formatNumber(value, column, { locale: theme.locale });
  const [xs, ys] = [range(points.map((point) => point.x)), range(points.map((point) => point.y))];
  const told = theme.text("points_n", { n: points.length, x: labelOf(x), y: labelOf(y), xlow: text(xs[0], x), xhigh: text(xs[1], x), ylow: text(ys[0], y), yhigh: text(ys[1], y) });
  const line = options.regression ? fitted(points, options) : null;
  return line ? `${told} ${theme.text(line.slope < 0 ? "fit_falls" : "fit_rises", { x: labelOf(x), y: labelOf(y), share: formatNumber(line.r2, { format: "percent" }, { locale: theme.locale }) })}` : told;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
