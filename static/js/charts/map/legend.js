// What stands below a map: the colours with their steps, sizes of points, and what the map could not show.
import { axisLabels, formatNumber } from "../../lib/format.js";
import { labelOf } from "../../lib/frame.js";
import { tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";

export const STRIP = 30;
export const NOTE = 16;
const BLOCK = { most: 44, least: 20, height: 8 };
const GAP = 12;

const small = (theme, more = {}) => ({ size: theme.small, fill: theme.ink3, ...more });
const title = (column) => (column.unit && column.format !== "currency" ? `${labelOf(column)}, ${column.unit}` : labelOf(column));

/** Blocks of the steps with the figures between them, the measure before and "No value" after. y: its upper edge. */
export function scaleLegend({ breaks, colours, low }, column, theme, { y, width, missing }) {
  const labels = breaks.length ? axisLabels(breaks, column, theme.locale) : [];
  const none = theme.text("none");
  const noneRoom = missing ? textWidth(none, theme.small) + 16 + GAP : 0;
  const name = fit(title(column), Math.max(0, width * 0.4), theme.size);
  const isNamed = width >= 300;
  const from = isNamed ? textWidth(name, theme.size) + GAP : 0;
  const block = Math.min(BLOCK.most, Math.floor((width - from - noneRoom - 8) / colours.length));
  const parts = isNamed ? [textAt(0, y + 14, name, { size: theme.size, fill: theme.ink2 })] : [];
  const fits = block >= BLOCK.least / 2;
  if (fits) {
    parts.push(...colours.map((fill, i) => tag("rect", { x: from + i * block, y: y + 4, width: block - 1, height: BLOCK.height, fill })));
    const figures = labels.length ? labels : [formatNumber(low, column, { locale: theme.locale, short: true, unit: false })];
    parts.push(...figuresAt(figures, labels.length ? from + block - 0.5 : from + block / 2, block, width - noneRoom, y + 24, theme));
  }
  const after = from + (fits ? colours.length * block + GAP : 0);
  if (missing && after + noneRoom - GAP <= width) parts.push(tag("rect", { x: after, y: y + 4, width: 10, height: BLOCK.height, fill: missing }), textAt(after + 15, y + 12, none, small(theme)));
  return parts.join("");
}

/** Figures in the middle of where they are, as many as leave room between each other. */
function figuresAt(texts, from, step, room, y, theme) {
  const width = Math.max(...texts.map((text) => textWidth(text, theme.small))) + 6;
  const every = Math.max(1, Math.ceil(width / step));
  const start = every === 1 ? 0 : Math.floor(((texts.length - 1) % every) / 2);
  return texts.flatMap((text, i) => {
    const half = textWidth(text, theme.small) / 2;
    const x = Math.min(Math.max(from + i * step, half), room - half);
    return i % every === start ? [textAt(x, y, text, small(theme, { anchor: "middle" }))] : [];
  });
}

/** Circles of round sizes with their figures. sizes: [[value, radius]]. y, height: where it stands. */
export function sizeLegend(sizes, column, theme, { y, height, width }) {
  const middle = y + height / 2;
  const name = fit(title(column), Math.max(0, width * 0.45), theme.size);
  const parts = [textAt(0, middle + 4, name, { size: theme.size, fill: theme.ink2 })];
  let x = textWidth(name, theme.size) + GAP;
  for (const [value, radius] of sizes) {
    const text = formatNumber(value, column, { locale: theme.locale, short: true, unit: false });
    const room = 2 * radius + 5 + textWidth(text, theme.small);
    if (x + room > width) break;
    parts.push(tag("circle", { cx: x + radius, cy: middle, r: radius, fill: "none", stroke: theme.ink3 }), textAt(x + 2 * radius + 5, middle + 4, text, small(theme)));
    x += room + GAP;
  }
  return parts.join("");
}

/** One line of what is not on the map. y: the upper edge. */
export const noteLine = (text, theme, { y, width }) => textAt(0, y + 11, fit(text, width, theme.small), { size: theme.small, fill: theme.ink2 });
