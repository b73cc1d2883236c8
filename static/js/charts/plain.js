// Parts of pictures that are SVG of our own: a value axis, a line of names with their colours, a note.
import { axisLabels, niceScale } from "../lib/format.js";
import { px, svg, tag, textAt } from "../lib/markup.js";
import { fit, textWidth } from "../lib/measure.js";

const RTL = /^[\s\d\W]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** An empty picture that says so. */
export function nothing(theme, size, text = theme.text("no_data")) {
  return svg(size, theme, textAt(size.width / 2, size.height / 2 + 4, fit(text, size.width, theme.size), { size: theme.size, fill: theme.ink3, anchor: "middle" }), text);
}

/** A name at the end or the start of its room. What is written from right to left is isolated by characters: what draws PNG
 * knows no direction. */
export function nameAt(x, y, text, room, { size, fill, anchor = "end", weight }) {
  const short = fit(text, room, size, weight);
  return textAt(x, y, RTL.test(text) ? `\u2067${short}\u2069` : short, { size, fill, anchor, weight });
}

/** Values along a line of pixels: place(value), with round ticks inside of [low, high]. */
export function along(low, high, from, to, column, theme, { every = 80 } = {}) {
  const [least, most] = low === high ? [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2] : [low, high];
  const place = (value) => from + ((value - least) / (most - least)) * (to - from);
  const room = Math.abs(to - from);
  let count = Math.max(1, Math.min(10, Math.floor(room / every)));
  for (; count >= 1; count--) {
    const ticks = niceScale(least, most, count).ticks.filter((tick) => tick >= least - 1e-9 * (most - least) && tick <= most + 1e-9 * (most - least))
      .filter((tick) => column.format !== "integer" || Number.isInteger(tick));
    const labels = withUnit(axisLabels(ticks, column, theme.locale), column);
    const halves = labels.map((label) => textWidth(label, theme.small) / 2);
    const free = ticks.every((tick, i) => !i || Math.abs(place(tick) - place(ticks[i - 1])) >= halves[i] + halves[i - 1] + 8);
    if (free || count === 1) return { place, ticks, labels, halves, least, most };
  }
  return { place, ticks: [], labels: [], halves: [], least, most };
}

/** The unit stands once, at the last of the labels; what is money, a share or a duration has it everywhere or nowhere. */
function withUnit(labels, { unit, format }) {
  if (!unit || !labels.length || ["currency", "percent", "duration"].includes(format) || labels.at(-1).includes(unit)) return labels;
  return labels.with(-1, `${labels.at(-1)}\u00a0${unit}`);
}

/** Ticks below a plot, with fine lines up through it. taken: [from, to] pixels where other words stand already. */
export function below(axis, { left, right, top, bottom }, theme, { lines = true, taken = [] } = {}) {
  return axis.ticks.map((tick, i) => {
    const x = axis.place(tick);
    const half = axis.halves[i];
    const at = Math.min(right - half, Math.max(left + half, x));
    const isFree = taken.every(([a, b]) => at + half + 12 < a || at - half - 12 > b) && Math.abs(at - x) < half + 1;
    return [
      lines ? tag("line", { x1: px(x), x2: px(x), y1: top, y2: bottom, stroke: theme.line }) : "",
      isFree ? textAt(px(at), bottom + 15, axis.labels[i], { size: theme.small, fill: theme.ink3, anchor: "middle" }) : "",
    ].join("");
  }).join("");
}

/** Ticks to the left of a plot, with lines across it. */
export function beside(axis, { left, right }, theme) {
  return axis.ticks.map((tick, i) => {
    const y = axis.place(tick);
    return tag("line", { x1: left, x2: right, y1: px(y), y2: px(y), stroke: theme.line })
      + textAt(left - 8, px(y + 4), axis.labels[i], { size: theme.small, fill: theme.ink3, anchor: "end" });
  }).join("");
}

/** The room that labels of values need. */
export const roomFor = (labels, theme) => Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, theme.small))));

/** One line of coloured names, as many as fit; -> {markup, width} */
export function names(items, x, y, room, theme) {
  let at = x;
  const shown = [];
  for (const [i, { name, colour }] of items.entries()) {
    const more = items.length - i;
    const text = fit(name, Math.min(150, room - (at - x) - 16), theme.size);
    const wide = 14 + textWidth(text, theme.size) + 14;
    if (at - x + wide - 14 > room - (more > 1 ? 34 : 0) || (text !== name && [...text].length < 5)) {
      shown.push(textAt(at, y, theme.text("more", { n: more }), { size: theme.small, fill: theme.ink3 }));
      at += textWidth(theme.text("more", { n: more }), theme.small);
      break;
    }
    shown.push(tag("rect", { x: px(at), y: y - 9, width: 9, height: 9, rx: 2, fill: colour }));
    shown.push(textAt(px(at + 14), y, text, { size: theme.size, fill: theme.ink2 }));
    at += wide;
  }
  return { markup: shown.join(""), width: at - x };
}
