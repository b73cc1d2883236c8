// From a beginning to an end: what each category is, ending in the total; or how each changed, between the totals of two periods.
// options: {steps: ""|"change"|"year"}. Over time, each step of time is one bar.
import { isNumber, isYearBefore, labelOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { textWidth } from "../../lib/measure.js";
import { block, emptySvg, entriesOf, filterOf, long, mark, noteAt, percentOf, px, short, svg, tag, upAxis } from "../svg/parts.js";
import { namesFor, namesUnder } from "../names.js";
import { themeOf } from "../theme.js";

/** {column, axis, bars: [{name, key, from, to, value, isTotal}], changes, truncated}. A missing value adds nothing and is no bar. */
export function read(data, options = {}, theme = themeOf("light")) {
  const { frame, axis, column, entries, truncated } = entriesOf(data, theme);
  const at = frame.columns.findIndex(({ name }) => name === `${column?.name}__before`);
  const changes = Boolean(options.steps) && at >= 0;
  const before = (entry) => (isNumber(frame.data[at]?.[entry.row]) ? frame.data[at][entry.row] : null);
  const steps = entries.map((entry) => {
    if (!changes) return entry;
    // what was there in one of two periods alone changed by all of it
    const [now, then] = [entry.value, before(entry)];
    return { ...entry, now, then, value: now === null && then === null ? null : (now ?? 0) - (then ?? 0) };
  }).filter(({ value }) => value !== null);
  const start = changes ? entries.reduce((sum, entry) => sum + (before(entry) ?? 0), 0) : 0;
  return { axis, column, changes, truncated, bars: steps.length ? summed(steps, start, changes, data, theme) : [] };
}

function summed(steps, start, changes, data, theme) {
  let at = start;
  const bars = steps.map((step) => ({ ...step, from: at, to: (at += step.value), isTotal: false }));
  const total = (name, value) => ({ name, value, from: 0, to: value, isTotal: true });
  return changes ? [total(theme.text(isYearBefore(data) ? "year_before" : "previous"), start), ...bars, total(theme.text("this_period"), at)] : [...bars, total(theme.text("total"), at)];
}

/** The bars that there is room for: the smallest of the others are added up. */
function folded(bars, most, theme) {
  if (bars.length <= most) return bars;
  const steps = bars.filter(({ isTotal }) => !isTotal);
  const keep = Math.max(1, most - (bars.length - steps.length) - 1);
  const largest = new Set([...steps].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, keep));
  const rest = steps.filter((step) => !largest.has(step));
  const start = bars[0].isTotal ? bars[0].value : 0;
  const other = { name: `${theme.text("other")} (${rest.length})`, key: "__other__", value: rest.reduce((sum, { value }) => sum + value, 0), isTotal: false };
  let at = start;
  const moved = [...steps.filter((step) => largest.has(step)), other].map((step) => ({ ...step, from: at, to: (at += step.value) }));
  return [...bars.filter(({ isTotal }, i) => isTotal && i === 0), ...moved, bars.at(-1)];
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const shown = read(data, options, theme);
  if (!shown.bars.length) return { svg: emptySvg(theme, size), empty: true };
  const bars = folded(shown.bars, Math.max(3, Math.floor((size.width - 50) / 26)), theme);
  return {
    svg: svg(size, theme, drawn(bars, shown, theme, size), summary(data, options, theme)),
    select: ({ dataIndex: i }) => filterOf(shown.axis, bars[i]?.key),
    step: ({ dataIndex: i }) => (shown.axis?.role === "time" ? bars[i]?.key : undefined),
    tip: (i) => tipOf(bars[i], shown, theme),
  };
}

function drawn(bars, shown, theme, size) {
  const ends = bars.flatMap(({ from, to }) => [from, to]);
  const [low, high] = [cutFrom(bars, shown) ?? Math.min(0, ...ends), Math.max(0, ...ends)];
  const below = size.height >= 90 ? namesFor(bars.map(({ name }) => name), (size.width - 50) / bars.length, theme, size) : null;
  const [top, bottom] = [18, size.height - (below?.height ?? 4)];
  // figures stand over and under the bars
  const axis = upAxis(low, high, shown.column, theme, { top, bottom: Math.max(top + 10, bottom - (low < 0 ? 12 : 0)), right: size.width, zero: low <= 0 });
  const floor = Math.max(0, axis.scale.min);
  const band = Math.max(1, (size.width - axis.left) / bars.length);
  const wide = Math.max(1, Math.min(64, band * 0.66));
  const colour = (bar) => colourOf(bar, shown, theme);
  const parts = bars.map((bar, i) => {
    const x = axis.left + band * (i + 0.5) - wide / 2;
    const [under, over] = [Math.max(axis.scale.min, Math.min(bar.from, bar.to)), Math.max(bar.from, bar.to)];
    const [y, height] = [axis.y(over), axis.y(under) - axis.y(over)];
    const text = (bar.isTotal ? "" : bar.value > 0 ? "+" : "") + short(bar.value, shown.column, theme);
    const downward = bar.isTotal ? bar.to < 0 : bar.value < 0;
    const label = textWidth(text, theme.small, 600) <= band - 3 ? noteAt(x + wide / 2, downward ? y + Math.max(1, height) + 12 : y - 5, text, theme, { anchor: "middle", weight: 600, fill: bar.isTotal ? theme.ink : theme.ink2 }) : "";
    const next = bars[i + 1];
    const link = next ? tag("line", { x1: x + wide, x2: x + band, y1: axis.y(bar.to), y2: axis.y(bar.to), stroke: theme.ink3, "stroke-width": 1, "stroke-dasharray": "2 2" }) : "";
    return link + mark(i, tag("rect", { x: x - (band - wide) / 2, y: top, width: band, height: Math.max(1, bottom - top), fill: theme.card, "fill-opacity": 0 }) + block(x, y, wide, Math.max(1, height), colour(bar), 2) + (bar.isTotal && floor > 0 ? torn(x, axis.y(floor) - 9, wide, theme) : "") + label);
  });
  const cautions = [floor > 0 ? theme.text("axis_from", { value: short(floor, shown.column, theme) }) : "", shown.truncated].filter(Boolean).join(" · ");
  const said = cautions ? noteAt(size.width, 10, cautions, theme, { anchor: "end", room: size.width }) : "";
  return axis.lines + parts.join("") + (below ? namesUnder(below, axis.left, band, bottom, theme) : "") + said;
}

/** Where the axis may begin, so that changes that are small beside their totals can be seen; null for nought. */
function cutFrom(bars, { changes }) {
  if (!changes) return null;
  const ends = bars.filter(({ isTotal }) => !isTotal).flatMap(({ from, to }) => [from, to]);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return low > 0 && high - low < high * 0.4 ? Math.max(0, low - (high - low) * 0.5) || null : null;
}

/** A tear across a total that does not begin at nought. */
const torn = (x, y, wide, theme) => tag("path", { d: `M${px(x - 2)} ${px(y + 4)}l${px(wide + 4)} -4v3l${px(-wide - 4)} 4z`, fill: theme.card });

/** Good and bad where the measure knows them; else two colours for more and less. */
function colourOf(bar, { column }, theme) {
  if (bar.isTotal) return theme.neutral;
  const up = bar.value >= 0;
  if (!column.good) return theme.categories[up ? 0 : 1];
  return up === (column.good === "up") ? theme.good : theme.bad;
}

function tipOf(bar, { column, changes }, theme) {
  if (bar.isTotal) return { title: bar.name, rows: [[labelOf(column), long(bar.value, column, theme)]] };
  const plus = bar.value > 0 ? "+" : "";
  if (!changes) return { title: bar.name, rows: [[labelOf(column), long(bar.value, column, theme)], [theme.text("so_far"), long(bar.to, column, theme)]] };
  const share = isNumber(bar.then) && bar.then !== 0 ? ` (${bar.value > 0 ? "+" : ""}${percentOf(bar.value / Math.abs(bar.then), theme)})` : "";
  const known = bar.now === undefined ? [] : [[theme.text("previous"), long(bar.then, column, theme)], [theme.text("this_period"), long(bar.now, column, theme)]];
  return { title: bar.name, rows: [...known, [theme.text("change"), `${plus}${long(bar.value, column, theme)}${share}`]] };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { bars, column, changes } = read(data, options, theme);
  const steps = bars.filter(({ isTotal }) => !isTotal);
  if (!steps.length) return theme.text("no_data");
  const most = steps.reduce((best, step) => (Math.abs(step.value) > Math.abs(best.value) ? step : best));
  const text = { name: labelOf(column), total: long(bars.at(-1).value, column, theme), first: most.name, value: `${most.value > 0 ? "+" : ""}${long(most.value, column, theme)}`, before: long(bars[0].value, column, theme) };
  return theme.text(changes ? "waterfall_changed" : "waterfall_total", text);
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
