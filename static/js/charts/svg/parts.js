// What pictures in SVG of our own share: marks, notes, an axis with its lines, and a frame as one list of categories.
import { isOther } from "../../lib/colour.js";
import { axisLabels, formatNumber, niceScale } from "../../lib/format.js";
import { cutWords, dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, timesOf, wasCut } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime } from "../../lib/time.js";

/** A mark that can be pointed at. */
export const mark = (i, inner, more = {}) => tag("g", { "data-mark": i, ...more }, inner);

/** A picture of nothing. */
export function emptySvg(theme, size, text = theme.text("no_data")) {
  return svg(size, theme, textAt(size.width / 2, size.height / 2 + 4, fit(text, size.width - 8, theme.size), { size: theme.size, fill: theme.ink3, anchor: "middle" }), text);
}

/** A line of small text that is cut to its room. */
export function noteAt(x, y, text, theme, { room = Infinity, anchor = "start", fill = theme.ink3, weight = 400, size = theme.small } = {}) {
  return textAt(x, y, room === Infinity ? text : fit(text, room, size, weight), { size, weight, fill, anchor });
}

/** A figure in short, its unit left to the title; in full for a tip. */
export const short = (value, column, theme) => formatNumber(value, column, { locale: theme.locale, short: true, unit: false });
export const long = (value, column, theme) => formatNumber(value, column, { locale: theme.locale });
export const percentOf = (share, theme) => formatNumber(share, { format: "percent" }, { locale: theme.locale });

/** The widest of some texts, in whole pixels. */
export const widest = (texts, size, weight = 400) => Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, size, weight))));

/** The first measure by the first dimension (or by time): {frame, axis, column, entries: [{key, name, value}], truncated, isCut}, the
 * rest last. truncated: what is to be said of missing rows; isCut: whether nobody asked for that. Without a dimension each measure is an entry of its own. */
export function entriesOf(data, theme) {
  const frame = frameOf(data);
  const [time] = timesOf(frame);
  const axis = time ?? dimensionsOf(frame)[0];
  const measures = measuresOf(frame);
  const column = measures[0];
  const truncated = cutWords(frame, theme);
  const isCut = wasCut(frame);
  if (!axis) return { frame, axis: null, column, truncated, isCut, entries: measures.map((each) => ({ key: each.name, name: labelOf(each), value: numberOr(each.values[0]), column: each })) };
  const named = (key) => (time ? formatTime(key, frame.grain, theme) : nameOf(key, axis, theme));
  const entries = column ? axis.values.map((key, row) => ({ key, name: named(key), value: numberOr(column.values[row]), column, row })) : [];
  if (time) return { frame, axis, column, truncated, isCut, entries: entries.filter(({ key }) => isNumber(key)).sort((a, b) => a.key - b.key) };
  const isRest = ({ key }) => key === "__other__" || (key !== null && isOther(key));
  return { frame, axis, column, truncated, isCut, entries: [...entries.filter((each) => !isRest(each)), ...entries.filter(isRest)] };
}

const numberOr = (value) => (isNumber(value) ? value : null);

/** What a click on a category filters by; nothing for the rest, for time and for what is no category. */
export const filterOf = (axis, key) => (axis?.role === "dimension" && !axis.part && !["weekday", "hour", "month"].includes(axis.format) && key !== undefined && !isOther(key) ? [{ column: axis.name, value: key }] : []);

/** A standing value axis: {scale, left, y(value), lines}. */
export function upAxis(low, high, column, theme, { top, bottom, right, zero = true, grid = true }) {
  const scale = niceScale(low, high, Math.max(1, Math.min(6, Math.floor((bottom - top) / 44))), zero);
  const labels = axisLabels(scale.ticks, column ?? {}, theme.locale);
  const left = widest(labels, theme.small) + 8;
  const y = (value) => bottom - ((value - scale.min) / (scale.max - scale.min)) * (bottom - top);
  const lines = scale.ticks.map((tick, i) => {
    const line = grid ? tag("line", { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: tick === 0 ? theme.lineStrong : theme.line, "stroke-width": 1 }) : "";
    return line + noteAt(left - 8, y(tick) + 4, labels[i], theme, { anchor: "end" });
  });
  return { scale, left, y, lines: lines.join("") };
}

/** A rectangle that is as long as it must be, with rounded corners. */
export const block = (x, y, width, height, fill, rx = 2) => tag("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), rx: Math.min(rx, Math.abs(width) / 2, Math.abs(height) / 2), fill });

export { px, svg, tag, textAt };
