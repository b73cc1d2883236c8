// A band over time for each value of a dimension. A band is folded: what is higher than a layer is cut off and laid over it
// in a stronger shade; below the base it is mirrored, in the other colour. So many series fit into little room.
// options: {layers: 2..4, base: "" (zero)|"mean", own (a scale for each), most}.
// Source: Heer, Kong, Agrawala, "Sizing the Horizon", CHI 2009.
import { bisectCenter } from "d3-array";
import { area } from "d3-shape";
import { isOther } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { frameOf, isNumber, labelOf, linesOf, tableOf as tableOfFrame, withHoles } from "../../lib/frame.js";
import { svg, tag, textAt } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { formatTime, gapAfter } from "../../lib/time.js";
import { nameAt, namesWidth, rowsIn } from "../rows.js";
import { emptySvg } from "../scale.js";
import { themeOf } from "../theme.js";
import { neat, target, timeLabels, timeOf, timeScale } from "../times.js";

const MOST_MARKS = 1600;
const [LEAST, HIGHEST] = [12, 46]; // pixels of a band

/** {lines: [{key, name, column, split, base, points, reach}], from, to, reach, step, hasRest}; reach: the greatest distance
 * from the base. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const all = linesOf(frame, theme).filter(({ points }) => points.some(([, value]) => value !== null));
  const isRest = ({ key, split }) => Boolean(split) && key !== null && isOther(key);
  const sums = new Map(all.map((line) => [line, line.points.reduce((sum, [, value]) => sum + Math.abs(value ?? 0), 0)]));
  const chosen = all.filter((line) => !isRest(line)).sort((a, b) => sums.get(b) - sums.get(a));
  const lines = withHoles(chosen.slice(0, options.most || 40), frame).map((line) => based(line, options));
  const times = lines.flatMap(({ points }) => [points[0][0], points.at(-1)[0]]);
  const step = Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : 0;
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const window = frame.window ?? data?.window;
  const start = isNumber(window?.from) ? Math.min(window.from, from) : from;
  return { frame, lines, from: start, to: Math.max(to, start + 1, from === to ? from + (step || 36e5) : 0), reach: Math.max(0, ...lines.map((line) => line.reach)), step, leftOut: chosen.length - lines.length, hasRest: all.some(isRest) };
}

function based(line, options) {
  const known = line.points.map(([, value]) => value).filter(isNumber);
  const base = options.base === "mean" ? known.reduce((sum, value) => sum + value, 0) / known.length : 0;
  return { ...line, base, reach: known.reduce((most, value) => Math.max(most, Math.abs(value - base)), 0) };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.lines.length) return { svg: emptySvg(size, theme), empty: true };
  const layers = Math.min(4, Math.max(2, options.layers || 3));
  const top = size.height >= 130 ? 20 : 0;
  const bottom = size.height - (size.height >= 90 ? 20 : 0);
  const { shown: count, high } = rowsIn(shown.lines.length, bottom - top, LEAST, HIGHEST);
  const lines = shown.lines.slice(0, count);
  const left = namesWidth(lines.map(({ name }) => name), size.width, theme);
  const x = timeScale(shown.from, shown.to, left, size.width - 8);
  const marks = [];
  const bands = lines.map((line, i) => bandOf(line, { x, top: top + i * high, high, layers, shown, own: options.own === true, theme, marks, most: Math.floor(MOST_MARKS / count) }));
  const end = top + count * high;
  const inner = [
    ...bands, tag("line", { x1: left, x2: size.width - 8, y1: end, y2: end, stroke: theme.line }),
    top ? headOf(shown, lines, { layers, own: options.own === true, width: size.width }, theme) : "",
    size.height >= 90 ? timeLabels(x, Math.min(size.height - 5, end + 15), theme) : "",
  ];
  const text = (value, column) => formatNumber(value, column, { locale: theme.locale });
  return {
    svg: svg(size, theme, inner.join(""), summary(data, options, theme)),
    time: timeOf(x, top, end),
    select: ({ dataIndex }) => (marks[dataIndex] ? [{ column: marks[dataIndex].line.split, value: marks[dataIndex].line.key }] : []),
    tip: (i) => {
      const { line, at: [t, value] } = marks[i];
      const rows = [[labelOf(line.column), text(value, line.column)], ...(options.base === "mean" ? [[theme.text("mean"), text(line.base, line.column)]] : [])];
      return { title: `${line.name} · ${formatTime(t, shown.frame.grain, theme)}`, rows };
    },
  };
}

/** One band: its layers from the palest to the strongest, its name, and what the pointer finds. */
function bandOf(line, { x, top, high, layers, shown, own, theme, marks, most }) {
  const reach = (own ? line.reach : shown.reach) || 1;
  const points = line.points.map(([t, value]) => [t, value === null ? null : ((value - line.base) / reach) * layers]);
  const whole = widened(withCrossings(points, layers), shown.step);
  const [floor, tall] = [top + high - 0.5, high - 2];
  const shape = (sign, layer) => area().defined(([, value]) => value !== null).x(([t]) => x(t)).y0(floor)
    .y1(([, value]) => floor - tall * Math.min(1, Math.max(0, sign * value - layer)));
  const parts = [];
  for (const sign of [1, -1]) {
    for (let layer = 0; layer < layers; layer++) {
      if (!whole.some(([, value]) => value !== null && sign * value > layer)) break;
      parts.push(tag("path", { d: neat(shape(sign, layer)(whole)), fill: theme.diverging((sign * (layer + 1)) / layers) }));
    }
  }
  parts.push(tag("line", { x1: x.range()[0], x2: x.range()[1], y1: top, y2: top, stroke: theme.line }));
  parts.push(nameAt(line.name, top + high / 2, x.range()[0], theme));
  return parts.join("") + marksOf(line, { x, top, high, marks, most });
}

/** Points where a line crosses from one layer to the next, so that layers are cut exactly. */
function withCrossings(points, layers) {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    if (!before || before[1] === null || point[1] === null) return [point];
    const [[t0, v0], [t1, v1]] = [before, point];
    const cuts = Array.from({ length: 2 * layers + 1 }, (_, n) => n - layers).filter((cut) => (v0 - cut) * (v1 - cut) < 0);
    return [...cuts.map((cut) => [t0 + ((cut - v0) / (v1 - v0)) * (t1 - t0), cut]).sort((a, b) => a[0] - b[0]), point];
  });
}

/** A value without neighbours gets the width of its step, or it could not be seen. */
function widened(points, step) {
  const isAlone = (i) => points[i][1] !== null && (points[i - 1]?.[1] ?? null) === null && (points[i + 1]?.[1] ?? null) === null;
  return points.flatMap(([t, value], i) => (isAlone(i) ? [[t, value], [t + Math.max(step, 1), value], [t + Math.max(step, 1), null]] : [[t, value]]));
}

function marksOf(line, { x, top, high, marks, most }) {
  const known = line.points.filter(([, value]) => value !== null);
  const [from, to] = x.range();
  const count = Math.max(1, Math.min(known.length, most, Math.floor((to - from) / 3)));
  const times = known.map(([t]) => t);
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [from + ((to - from) * i) / count, from + ((to - from) * (i + 1)) / count];
    const mark = marks.push({ line, at: known[bisectCenter(times, x.invert((start + end) / 2))] }) - 1;
    return target(mark, start, top, end - start, high);
  }).join("");
}

/** The scale at the right, what is not drawn at the left. */
function headOf(shown, lines, { layers, own, width }, theme) {
  const { column } = lines[0];
  const left = shown.lines.length - lines.length + shown.leftOut;
  const told = left ? theme.text("more", { n: formatNumber(left, {}, { locale: theme.locale }) }) : shown.hasRest ? theme.text("rest_left_out") : "";
  const style = { size: theme.small, fill: theme.ink3 };
  const parts = [told ? textAt(0, 11, told, style) : ""];
  if (own) return parts.join("");
  const values = lines.flatMap(({ points, base }) => points.flatMap(([, value]) => (value === null ? [] : [value - base])));
  const signs = [...(values.some((value) => value < 0) ? [-1] : []), ...(values.some((value) => value > 0) ? [1] : [])];
  const text = (value) => formatNumber(value, column, { locale: theme.locale, short: true, unit: false, sign: signs.length > 1 });
  const [low, high] = [signs.includes(-1) ? text(-shown.reach) : text(0), signs.includes(1) ? text(shown.reach) : text(0)];
  const shades = signs.flatMap((sign) => Array.from({ length: layers }, (_, i) => (sign < 0 ? i - layers : i + 1) / layers));
  const end = width - 8 - textWidth(high, theme.small) - 6;
  const start = end - shades.length * 14;
  parts.push(...shades.map((share, i) => tag("rect", { x: start + i * 14, y: 2, width: 13, height: 10, rx: 1, fill: theme.diverging(share) })));
  parts.push(textAt(start - 6, 11, low, { ...style, anchor: "end" }), textAt(width - 8, 11, high, { ...style, anchor: "end" }));
  return parts.join("");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { lines, leftOut } = read(data, options ?? {}, theme);
  if (!lines.length) return theme.text("no_data");
  const [best] = [...lines].sort((a, b) => Math.max(...b.points.map(([, value]) => value ?? -Infinity)) - Math.max(...a.points.map(([, value]) => value ?? -Infinity)));
  const [t, value] = best.points.reduce((most, point) => ((point[1] ?? -Infinity) > (most[1] ?? -Infinity) ? point : most));
  const grain = frameOf(data).grain;
  const told = theme.text("horizon_says", { name: labelOf(best.column), n: lines.length, first: best.name, value: formatNumber(value, best.column, { locale: theme.locale }), t: formatTime(t, grain, theme) });
  return leftOut ? `${told} (${theme.text("lines_left_out", { n: leftOut })})` : told;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
