// What charts over time that are SVG of our own share: scales, axes, the area that crosshair and zoom need.
import { scaleLinear } from "d3-scale";
import { axisLabels, niceScale } from "../lib/format.js";
import { px, tag, textAt } from "../lib/markup.js";
import { textWidth } from "../lib/measure.js";
import { timeTicks } from "../lib/time.js";
import { withoutCollisions } from "./axes.js";

/** ms -> pixels, and back by .invert(). */
export const timeScale = (from, to, left, right) => scaleLinear().domain([from, to > from ? to : from + 1]).range([left, right]);

/** What made.time holds for an SVG: the span, and where its plot lies. */
export const timeOf = (x, top, bottom) => ({ from: x.domain()[0], to: x.domain()[1], left: x.range()[0], right: x.range()[1], top, bottom });

/** Names of moments under a plot; with `rule`, thin lines up through it. y: their baseline. */
export function timeLabels(x, y, theme, { rule = null } = {}) {
  const [[from, to], [left, right]] = [x.domain(), x.range()];
  const room = right - left;
  const ticks = withoutCollisions(timeTicks(from, to, Math.max(1, Math.floor(room / 84)), theme), from, to, room, theme);
  let end = -Infinity;
  return ticks.map(({ t, label }) => {
    const half = textWidth(label, theme.small) / 2;
    // at the edges of the card a name moves inwards
    const at = Math.max(half, Math.min(x(t), right + 6 - half));
    const line = rule ? tag("line", { x1: x(t), x2: x(t), y1: rule[0], y2: rule[1], stroke: theme.line }) : "";
    if (at - half < end + 6) return line;
    end = at + half;
    return line + textAt(at, y, label, { size: theme.small, fill: theme.ink3, anchor: "middle" });
  }).join("");
}

/** A value axis on the left: {y(value), width (of its labels), lines(left, right) -> markup}. */
export function valueScale(low, high, column, theme, { top, bottom, zero = true }) {
  const count = Math.max(1, Math.min(5, Math.floor((bottom - top) / 40)));
  const nice = niceScale(low, high, count, zero);
  const y = scaleLinear().domain([nice.min, nice.max]).range([bottom, top]);
  const labels = axisLabels(nice.ticks, column, theme.locale);
  const width = Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, theme.small))));
  const lines = (left, right) => nice.ticks.map((tick, i) => tag("line", { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: theme.line }) + textAt(left - 8, y(tick) + 4, labels[i], { size: theme.small, fill: theme.ink3, anchor: "end" })).join("");
  return { y, width, lines };
}

/** A path as d3-shape gives it, with hundredths of a pixel and nothing broken in it. */
export const neat = (path) => (path ?? "").replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(px(Number(number)))).replace(/NaN|Infinity/g, "0");

/** Something that can be pointed at but not seen. */
export const target = (i, x, y, width, height) => tag("rect", { x, y, width: Math.max(0.5, width), height: Math.max(0.5, height), fill: "none", "pointer-events": "all", "data-mark": i });
