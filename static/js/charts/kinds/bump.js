// Ranks over time: a line for each of the largest values of a dimension, ranked at each step among all that the answer holds.
// options: {top}. A step without a value is a gap; equal values stand in the order of their totals, then of their names.
import { curveBumpX, line } from "d3-shape";
import { isOther } from "../../lib/colour.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, isTime, timeTicks } from "../../lib/time.js";
import { emptySvg, long, mark, noteAt, svg, tag, textAt, widest } from "../svg/parts.js";
import { themeOf } from "../theme.js";

const TOP = 10;
const FOOT = 22;
const LINE = 12; // pixels of a line of names
const GAP = 3;

/** {times, lines: [{key, name, points: [{rank, value, of} | null]}], of: how many there are, column, axis}. lines: the largest in
 * total, at most options.top. Ranks worse than twice their number are gaps: the line has left the picture. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [[time], [axis], [column]] = [timesOf(frame), dimensionsOf(frame), measuresOf(frame)];
  if (!time || !axis || !column) return { times: [], lines: [], of: 0 };
  const values = new Map(); // key -> Map(t -> value)
  time.values.forEach((t, row) => {
    const key = axis.values[row];
    if (!isTime(t) || !isNumber(column.values[row]) || (key !== null && isOther(key))) return;
    if (!values.has(key)) values.set(key, new Map());
    values.get(key).set(t, column.values[row]);
  });
  const times = [...new Set(time.values.filter(isTime))].sort((a, b) => a - b);
  const total = new Map([...values].map(([key, all]) => [key, [...all.values()].reduce((a, b) => a + b, 0)]));
  const names = new Map([...values.keys()].map((key) => [key, nameOf(key, axis, theme)]));
  const order = [...values.keys()].sort((a, b) => total.get(b) - total.get(a) || (names.get(a) < names.get(b) ? -1 : 1));
  const most = isNumber(options.top) && options.top >= 1 ? options.top : TOP;
  const shown = order.slice(0, most);
  const ranks = times.map((t) => rankedAt(order, values, t));
  theme.places.meet(shown, axis.name);
  const lines = shown.map((key, i) => ({
    key, name: names.get(key), colour: theme.category(key, i, axis.name),
    points: times.map((t, at) => {
      const rank = ranks[at].get(key);
      return rank && rank <= 2 * most ? { rank, value: values.get(key).get(t), of: ranks[at].size } : null;
    }),
  })).filter(({ points }) => points.some(Boolean));
  return { times, lines, of: order.length, column, axis, grain: frame.grain, truncated: Boolean(frame.truncated) };
}

/** Key -> rank at one moment. `order` decides between equals, since sorting keeps it. */
function rankedAt(order, values, t) {
  const there = order.filter((key) => values.get(key).has(t)).sort((a, b) => values.get(b).get(t) - values.get(a).get(t));
  return new Map(there.map((key, i) => [key, i + 1]));
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 520, height: 300 }) {
  const room = Math.max(1, Math.floor((size.height - FOOT - 20) / 13));
  const most = isNumber(options.top) && options.top >= 1 ? options.top : TOP;
  const shown = read(data, { ...options, top: Math.min(most, room) }, theme);
  if (!shown.lines.length) return { svg: emptySvg(theme, size), empty: true };
  const place = placed(shown, theme, size);
  const marks = [];
  const lines = shown.lines.map((each) => drawnLine(each, shown, place, marks, theme, size));
  return {
    svg: svg(size, theme, [grid(shown, place, theme, size), ...lines, told(shown, theme, size)].join(""), summary(data, options, theme)),
    time: { from: shown.times[0], to: shown.times.at(-1), left: place.left, right: size.width - place.right },
    select: ({ dataIndex: i }) => (marks[i] && shown.axis.role === "dimension" ? [{ column: shown.axis.name, value: marks[i].line.key }].filter(({ value }) => value !== null) : []),
    tip: (i) => tipOf(marks[i], shown, theme),
  };
}

function placed({ times, lines }, theme, size) {
  const lowest = Math.max(...lines.flatMap(({ points }) => points.map((point) => point?.rank ?? 1)));
  const names = Math.min(widest(lines.map(({ name }) => name), theme.small), size.width * 0.24);
  const [top, bottom] = [24, size.height - FOOT];
  const pitch = (bottom - top) / lowest;
  const radius = Math.max(2, Math.min(9, pitch * 0.4, size.width / Math.max(1, times.length) / 3));
  const both = size.width >= 420 && times.length > 1;
  const [left, right] = [(both ? names + 14 : 8) + radius, size.width - names - 14 - radius];
  const x = (t) => (times.length > 1 ? left + ((t - times[0]) / (times.at(-1) - times[0])) * Math.max(1, right - left) : (left + right) / 2);
  const y = (rank) => top + pitch * (rank - 0.5);
  const dots = lines.flatMap(({ points }) => points.flatMap((point, i) => (point ? [{ x: x(times[i]), y: y(point.rank) }] : [])));
  return { x, y, left, right, bottom, radius, room: names, both, dots, names: [] };
}

/** One value's line, its dots and its names. What carries the class is lit alone while the pointer is on it. */
function drawnLine(each, { times }, place, marks, theme, size) {
  const points = each.points.map((point, i) => (point ? { ...point, x: place.x(times[i]), y: place.y(point.rank), t: times[i], line: each } : null));
  const path = line(({ x }) => x, ({ y }) => y).defined(Boolean).curve(curveBumpX)(points.map((point) => point));
  const known = points.filter(Boolean);
  const [first, last] = [known[0], known.at(-1)];
  const numbered = place.radius >= 7.5;
  const dots = known.map((point) => {
    marks.push(point);
    const dot = tag("circle", { cx: point.x, cy: point.y, r: place.radius, fill: each.colour, stroke: theme.card, "stroke-width": place.radius > 3 ? 1.5 : 0.5 });
    return mark(marks.length - 1, dot + (numbered ? textAt(point.x, point.y + 3.5, String(point.rank), { size: 10, weight: 600, fill: theme.inkOn(each.colour), anchor: "middle" }) : ""));
  });
  const name = fit(each.name, place.room, theme.small);
  const wide = textWidth(name, theme.small);
  const besideLast = last.x + place.radius + 6;
  const end = !free(place, { x: besideLast, y: last.y, wide }) ? "" : textAt(besideLast, last.y + 4, name, { size: theme.small, fill: theme.ink });
  const start = place.both && first.t === times[0] && free(place, { x: first.x - place.radius - 6 - wide, y: first.y, wide }) ? textAt(first.x - place.radius - 6, first.y + 4, name, { size: theme.small, fill: theme.ink2, anchor: "end" }) : "";
  return tag("g", { class: "bump__line" }, tag("path", { d: path, fill: "none", stroke: each.colour, "stroke-width": Math.max(1.5, Math.min(3, place.radius * 0.4)), "stroke-linecap": "round" }) + dots.join("") + start + end);
}

/** Whether a name has room beside a point, clear of other names and of dots; then it is taken. */
function free({ names: taken, dots, radius }, name) {
  const meets = (from, to) => name.x < to + GAP && name.x + name.wide + GAP > from;
  if (taken.some((other) => Math.abs(other.y - name.y) < LINE && meets(other.x, other.x + other.wide))) return false;
  if (dots.some(({ x, y }) => Math.abs(y - name.y) < LINE / 2 + radius && meets(x - radius, x + radius))) return false;
  return taken.push(name) > 0;
}

/** Times below, and thin lines where they are. */
function grid({ times, grain }, place, theme, size) {
  const ticks = times.length > 1 ? timeTicks(times[0], times.at(-1), Math.max(1, (place.right - place.left) / 84), theme) : [{ t: times[0], label: formatTime(times[0], grain, theme) }];
  let end = -Infinity;
  return ticks.map(({ t, label }) => {
    const [x, half] = [place.x(t), textWidth(label, theme.small) / 2];
    const rule = tag("line", { x1: x, x2: x, y1: 22, y2: place.bottom, stroke: theme.line });
    if (x - half < end + 8 || x - half < 0 || x + half > size.width) return rule;
    end = x + half;
    return rule + noteAt(x, size.height - 5, label, theme, { anchor: "middle" });
  }).join("");
}

/** How many of how many are shown. */
function told({ lines, of, column, truncated }, theme, size) {
  const text = [lines.length < of ? theme.text("top_of", { n: lines.length, of }) : theme.text("all_of", { n: of }), theme.text("ranked_by", { name: labelOf(column) }), truncated ? theme.text("answer_cut") : ""].filter(Boolean).join(" · ");
  return noteAt(0, 11, text, theme, { room: size.width });
}

function tipOf(point, { column, grain }, theme) {
  const rows = [[formatTime(point.t, grain, theme), theme.text("rank_of", { n: point.rank, of: point.of }), point.line.colour], [labelOf(column), long(point.value, column, theme)]];
  return { title: point.line.name, rows };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { lines, times, of, column } = read(data, options, theme);
  if (!lines.length) return theme.text("no_data");
  const at = (i) => lines.find(({ points }) => points.at(i)?.rank === 1);
  const [first, last] = [at(0), at(-1)];
  if (!first || !last || times.length < 2) return theme.text("bump_n", { n: lines.length, of, name: labelOf(column) });
  return theme.text(first === last ? "bump_stays" : "bump_changes", { n: lines.length, of, name: labelOf(column), first: first.name, last: last.name });
}

/** Ranks, a row for each line and a column for each step. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { lines, times, axis, grain } = read(data, options, theme);
  if (!lines.length) return tableOfFrame(data, theme);
  const columns = [{ name: axis.name, label: labelOf(axis), unit: null, numeric: false }, ...times.map((t) => ({ name: String(t), label: formatTime(t, grain, theme), unit: null, numeric: true }))];
  return { columns, rows: lines.map(({ name, points }) => [name, ...points.map((point) => (point ? String(point.rank) : "–"))]) };
}
