// Every single one as a dot on an axis of values; dots that would overlap stand beside each other. Lanes for a second dimension.
// options: {column}: rows by this column. frames.main: the dot's dimension, [lane, ] measure, or raw rows: column[, lane];
// frames.all: how many there would be.
import { corner, countIn, leftOut, measureOf, named, roomOf } from "../categories.js";
import { along, below, nothing } from "../plain.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, partOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { themeOf } from "../theme.js";

const LARGEST = 7;
const SMALLEST = 1.6;
const LANES = 12;

/** {lanes: [{key, name, dots: [{key, name, value}]}], dimension, lane, column, missing, isRows} */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [column] = measuresOf(frame);
  const isRows = options.column && column?.name === options.column; // a dot is a row, and has no name
  const [dimension, lane] = isRows ? [{ ...column, values: [] }, dimensionsOf(frame)[0]] : dimensionsOf(frame);
  const lanes = new Map();
  let missing = 0;
  (dimension && column ? column.values : []).forEach((value, i) => {
    if (!isNumber(value)) return missing++;
    const key = lane ? lane.values[i] : null;
    if (!lanes.has(key)) lanes.set(key, { key, name: lane ? nameOf(key, lane, theme) : "", dots: [] });
    lanes.get(key).dots.push({ key: dimension.values[i], name: isRows ? "" : nameOf(dimension.values[i], dimension, theme), lane: key, value });
  });
  const list = [...lanes.values()];
  if (lane && (partOf(lane) || lane.type === "time")) list.sort((a, b) => a.key - b.key);
  return { lanes: list, dimension, lane, column, missing, isRows };
}

/** Places of dots with radius r so that none overlaps: in the order of their values, each as near to the middle as it can be.
 * -> offsets from the middle. Dots for which there is no room within `half` of it are spread over what there is.
 * After Wilkinson, "Dot Plots", 1999. Time O(n * dots within two radii). */
export function dodged(places, r, half = Infinity) {
  const offsets = new Array(places.length).fill(0);
  let spread = 0;
  placed(places, r, (i, y) => {
    const isFree = Math.abs(y) + r <= half;
    offsets[i] = isFree ? y : Math.max(0, half - r) * (((spread++ * 0.618034) % 1) * 2 - 1);
    return isFree;
  });
  return offsets;
}

/** Whether all dots find room. */
function fits(places, r, half) {
  let isFit = true;
  placed(places, r, (_, y) => (isFit &&= Math.abs(y) + r <= half), () => !isFit);
  return isFit;
}

/** put(i, y): takes a dot in, and says whether it is in the way of others. */
function placed(places, r, put, isOver = () => false) {
  const order = places.map((x, i) => [x, i]).sort(([a], [b]) => a - b);
  const near = [];
  for (const [x, i] of order) {
    if (isOver()) return;
    while (near.length && x - near[0][0] >= 2 * r) near.shift();
    const y = nearestFree(near.map(([other, at]) => {
      const reach = Math.sqrt(Math.max(0, 4 * r * r - (x - other) ** 2));
      return [at - reach, at + reach];
    }));
    if (put(i, y)) near.push([x, y]);
  }
}

/** The place nearest to 0 that lies in none of the spans. */
function nearestFree(spans) {
  const from = (sign) => {
    let y = 0;
    const turned = sign > 0 ? spans : spans.map(([a, b]) => [-b, -a]);
    for (const [a, b] of turned.sort(([one], [other]) => one - other)) if (a < y - 1e-9 ? b > y + 1e-9 : a < y + 1e-9 && b > y) y = b;
    return y;
  };
  const [up, down] = [from(1), from(-1)];
  return up <= down ? up : -down;
}

/** The largest radius with which every lane stays within its room. */
function radiusFor(lanes, place, half) {
  let [low, high] = [SMALLEST, LARGEST];
  const lists = lanes.map(({ dots }) => dots.map(({ value }) => place(value)));
  const isFit = (r) => lists.every((places) => fits(places, r, half));
  if (isFit(high)) return high;
  for (let i = 0; i < 6; i++) {
    const middle = (low + high) / 2;
    if (isFit(middle)) low = middle;
    else high = middle;
  }
  return low;
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const shown = read(data, options, theme);
  if (!shown.lanes.length) return { svg: nothing(theme, size), empty: true };
  const isCut = frameOf(data).truncated;
  const all = shown.isRows ? (isCut ? measureOf(frameOf(data, "all"), "count(")?.values[0] ?? null : null) : shown.lane ? null : countIn(data);
  const told = leftOut(shown.lanes.reduce((sum, { dots }) => sum + dots.length, 0), all, theme);
  const note = [told, isCut && (shown.isRows || !told) ? theme.text("largest_only") : ""].filter(Boolean).join(" · ");
  const bottom = size.height - 20;
  const most = Math.max(1, Math.min(LANES, Math.floor((bottom - 16) / 26)));
  const lanes = shown.lanes.slice(0, most);
  const hidden = shown.lanes.length - lanes.length;
  const top = note || hidden ? 16 : 2;
  const room = roomOf(lanes.map(({ name }) => name), size, theme);
  const plot = { left: room ? room + 10 : 2, right: size.width - 2, top, bottom };
  const values = lanes.flatMap(({ dots }) => dots.map(({ value }) => value));
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const axis = along(low, high, plot.left + LARGEST + 1, plot.right - LARGEST - 1, shown.column, theme);
  const tall = (bottom - top) / lanes.length;
  const r = radiusFor(lanes, axis.place, tall / 2);
  const marks = lanes.flatMap((lane, n) => {
    const y = top + (n + 0.5) * tall;
    const offsets = dodged(lane.dots.map(({ value }) => axis.place(value)), r, tall / 2);
    const colour = shown.lane ? theme.category(lane.key, n, shown.lane.name) : theme.category(undefined, 0);
    return lane.dots.map((dot, i) => ({ ...dot, x: axis.place(dot.value), y: y + offsets[i], colour }));
  });
  const inner = [
    below(axis, plot, theme), named(lanes.map(({ name }, n) => ({ name, y: top + (n + 0.5) * tall })), room, theme),
    corner([note, hidden ? theme.text("more", { n: hidden }) : ""].filter(Boolean).join(" · "), { ...size, height: 12 }, theme),
    ...marks.map(({ x, y, colour }, i) => tag("circle", { cx: px(x), cy: px(y), r: px(r - (r > 3 ? 0.6 : 0.2)), fill: theme.tint(colour, 0.72), stroke: colour, "stroke-width": r > 3 ? 1 : 0.5, "data-mark": String(i) })),
    ...labels(marks, r, plot, shown, theme),
  ].join("");
  return {
    svg: svg(size, theme, inner, summary(data, options, theme)),
    tip: (i) => (marks[i] ? tip(marks[i], shown, theme) : null),
    select: ({ dataIndex }) => (marks[dataIndex] && !shown.isRows && !partOf(shown.dimension) ? [{ column: shown.dimension.name, value: marks[dataIndex].key }] : []),
  };
}

/** The names of the lowest and the highest, where there is room above or below them: those are what one looks for. */
function labels(marks, r, plot, { lane, isRows }, theme) {
  if (lane || isRows || marks.length < 2 || plot.bottom - plot.top < 120) return [];
  const ends = [marks.reduce((a, b) => (b.value < a.value ? b : a)), marks.reduce((a, b) => (b.value > a.value ? b : a))];
  return ends.map(({ x, y, name }) => {
    const text = fit(name, (plot.right - plot.left) * 0.4, theme.small);
    const half = textWidth(text, theme.small) / 2;
    const at = Math.min(plot.right - half, Math.max(plot.left + half, x));
    const isFree = (line) => marks.every((dot) => Math.abs(dot.x - at) > half + r + 2 || dot.y + r < line - 11 || dot.y - r > line + 3);
    const line = [y - r - 5, y + r + 13].find((each) => each > plot.top + 10 && each < plot.bottom - 3 && isFree(each));
    return line ? textAt(px(at), px(line), text, { size: theme.small, fill: theme.ink2, anchor: "middle" }) : "";
  });
}

function tip({ name, lane, value }, shown, theme) {
  const rows = [[labelOf(shown.column), formatNumber(value, shown.column, { locale: theme.locale })]];
  if (shown.lane) rows.push([labelOf(shown.lane), nameOf(lane, shown.lane, theme)]);
  return { title: name, rows };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { lanes, column, isRows } = read(data, options, theme);
  const dots = lanes.flatMap((lane) => lane.dots);
  if (!dots.length) return theme.text("no_data");
  const number = (value) => formatNumber(value, column, { locale: theme.locale });
  const [low, high] = [dots.reduce((a, b) => (b.value < a.value ? b : a)), dots.reduce((a, b) => (b.value > a.value ? b : a))];
  if (isRows) return theme.text("dots_rows", { name: labelOf(column), n: formatNumber(dots.length, { format: "integer" }, { locale: theme.locale }), low: number(low.value), high: number(high.value) });
  return theme.text("dots_n", { name: labelOf(column), n: formatNumber(dots.length, { format: "integer" }, { locale: theme.locale }), low: number(low.value), first: low.name, high: number(high.value), last: high.name });
}

export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { lanes, dimension, lane, column, isRows } = read(data, options, theme);
  if (!column || !dimension) return { columns: [], rows: [] };
  const columns = [...(isRows ? [] : [{ label: labelOf(dimension), numeric: false }]), ...(lane ? [{ label: labelOf(lane), numeric: false }] : []), { label: labelOf(column), numeric: true, unit: column.unit ?? null }];
  return { columns, rows: lanes.flatMap(({ name, dots }) => dots.map((dot) => [...(isRows ? [] : [dot.name]), ...(lane ? [name] : []), formatNumber(dot.value, column, { locale: theme.locale, unit: false })])) };
}
