// One figure, how it moved and against what, and its course below. An SVG of its own: no engine is loaded for it.
// options: {compare, delta: ""|"absolute"|"both", sparkline, target, good_at, bad_at, prefix, suffix, decimals, value, pad}. frames.main is one row (the figure), frames.previous the same before,
// frames.trend its course; a main frame with a time column is both: its figure is then the last value, or what `value`
// says ("last", "sum", "mean", "max", "min").
import { change, formatNumber, MISSING } from "../../lib/format.js";
import { addsUp, frameOf, isNumber, isYearBefore, labelOf, measuresOf, seriesOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { themeOf } from "../theme.js";

const DAY = 864e5;
const FOLD = {
  last: (values) => values.at(-1), sum: (values) => values.reduce((a, b) => a + b, 0), mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  max: (values) => Math.max(...values), min: (values) => Math.min(...values),
};
// a triangle of our own: the web font has none, and every other font has another
const ARROW = { 1: "M0 0h8l-4-7z", [-1]: "M0-7h8l-4 7z" };

/** {column, value, before, course: [[ms, value|null], ...], what: "previous 90 days"} */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [column] = measuresOf(frame);
  if (!column) return { column: {}, value: null, before: null, course: [], what: "" };
  const trend = frameOf(data, "trend");
  const course = seriesOf(timesOf(trend).length ? trend : frame, theme)[0]?.points ?? [];
  const previous = frameOf(data, "previous");
  const compares = previous.isBeside || (options.compare !== false && options.compare !== "");
  return { column, value: figureOf(frame, options), before: compares ? figureOf(previous, options) : null, course, what: against(data, frame, theme) };
}

function figureOf(frame, options) {
  const [column] = measuresOf(frame);
  const values = (column?.values ?? []).filter(isNumber);
  if (!values.length) return null;
  return timesOf(frame).length ? (options.value === "sum" && !addsUp(column) ? FOLD.last : FOLD[options.value] ?? FOLD.last)(values) : column.values[0] ?? null;
}

/** The comparison in words: "previous 90 days". */
function against(data, frame, theme) {
  if (isYearBefore(data)) return theme.text("year_before").toLowerCase();
  const window = frameOf(data, "previous").window ?? frame.window ?? data?.window;
  if (!window || !isNumber(window.to - window.from)) return theme.text("previous").toLowerCase();
  const span = window.to - window.from;
  const [unit, size] = [["year", 365.25 * DAY], ["month", 30.44 * DAY], ["day", DAY], ["hour", 36e5], ["minute", 6e4], ["second", 1e3]].find(([, ms]) => span >= ms * 1.9) ?? ["second", 1e3];
  const exact = span / size;
  // 90 days stay 90 days; months and years are named only where they are meant
  if ((unit === "month" || unit === "year") && Math.abs(exact - Math.round(exact)) > 0.02 * exact || span < 120 * DAY && unit === "month") return theme.text("previous_n", { n: `${Math.round(span / DAY)} ${theme.text("unit_day")}` });
  return theme.text("previous_n", { n: `${Math.round(exact)} ${theme.text(`unit_${unit}`)}` });
}

/** "good", "warn" or "bad" by the thresholds of the options, or null. The measure says which way is good: up, if it does not. */
export function statusOf(value, column, options) {
  const [good, bad] = [options.good_at, options.bad_at].map((each) => (isNumber(each) ? each : null));
  if (!isNumber(value) || (good === null && bad === null)) return null;
  const way = column.good === "down" ? -1 : 1;
  if (good !== null && (value - good) * way >= 0) return "good";
  if (bad !== null && (value - bad) * way <= 0) return "bad";
  return good !== null && bad !== null ? "warn" : good === null ? "good" : "bad";
}

/** The figure in words and how it moved; one place for picture, summary and table. */
function texts({ column, value, before, what }, options, theme) {
  const { locale } = theme;
  const decimals = isNumber(options.decimals) ? options.decimals : null;
  const dressed = (text) => (text === MISSING ? text : `${options.prefix ?? ""}${text}${options.suffix ?? ""}`);
  const long = dressed(formatNumber(value, column, { locale, unit: false, decimals }));
  const short = dressed(formatNumber(value, column, { locale, short: true, unit: false, decimals }));
  const target = isNumber(options.target) ? options.target : null;
  const share = target > 0 && isNumber(value) ? value / target : null;
  const aim = target === null ? "" : formatNumber(target, column, { locale, short: true, unit: false });
  return {
    long, short: long.length <= 7 ? long : short, share, moved: movedBy(value, before, column, options, theme), versus: theme.text("versus", { what }),
    target: target === null ? "" : share === null ? theme.text("target", { n: aim }) : theme.text("target_share", { n: aim, share: formatNumber(share, { format: "percent" }, { locale, decimals: 0 }) }),
    status: statusOf(value, column, options),
  };
}

/** How it moved: in percent, as a figure, or both. */
function movedBy(value, before, column, options, theme) {
  const moved = change(value, before, column, theme.locale);
  if (!options.delta || !isNumber(value) || !isNumber(before)) return moved;
  const by = formatNumber(Math.abs(value - before), column, { locale: theme.locale, short: true, unit: false });
  const direction = Math.sign(value - before);
  const verdict = !direction || !column.good ? null : (direction > 0) === (column.good === "up") ? "good" : "bad";
  return { direction, verdict, text: options.delta === "both" && moved && column.format !== "percent" ? `${by} (${moved.text})` : by };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 280, height: 96 }) {
  const shown = read(data, options, theme);
  const told = texts(shown, options, theme);
  const { long, short, moved } = told;
  const pad = isNumber(options.pad) ? options.pad : 16;
  const room = Math.max(10, size.width - 2 * pad);
  const badge = statusAt(told.status, size.width - pad, room, theme);
  const figureRoom = room - (badge.width ? badge.width + 8 : 0);
  const whole = isNumber(shown.value) && (Math.abs(shown.value) < 1e6 || isNumber(options.decimals)) && textWidth(long, 28, 600) <= figureRoom ? long : short;
  const most = size.height < 60 || size.width < 170 ? 22 : size.height >= 170 && size.width >= 260 ? 40 : 28;
  const figureSize = Math.max(11, Math.min(most, (most * figureRoom) / Math.max(1, textWidth(whole, most, 600))));
  const base = Math.round(figureSize * 0.95);
  const parts = [textAt(pad, base, fit(whole, figureRoom, figureSize, 600), { size: px(figureSize), weight: 600, fill: theme.ink }), badge.at(base - figureSize * 0.36)];
  let y = base;
  if (moved && y + 20 <= size.height) parts.push(deltaAt(pad, (y += 20), moved, told.versus, room, theme));
  if (told.target && y + 18 <= size.height) parts.push(targetAt(pad, (y += 18), told, room, size.height, theme));
  if (told.share !== null && told.target && y + 10 <= size.height) y += 10;
  const top = y + 10;
  if (options.sparkline !== false && size.height - top >= 14) parts.push(spark(shown.course, { top: Math.max(top, size.height - Math.max(72, size.height * 0.45)), width: size.width, height: size.height }, theme));
  return { svg: svg(size, theme, parts.join(""), summary(data, options, theme)), empty: !isNumber(shown.value) };
}

/** A word on a tint, since a colour alone would tell nothing to some; a dot where there is no room for it. */
function statusAt(status, right, room, theme) {
  if (!status) return { width: 0, at: () => "" };
  const colour = theme[status];
  const word = theme.text(`status_${status}`);
  const width = Math.ceil(textWidth(word, theme.small, 600)) + 16;
  if (width > room * 0.4) return { width: 8, at: (y) => tag("circle", { cx: right - 4, cy: y, r: 4, fill: colour }) };
  return { width, at: (y) => tag("rect", { x: right - width, y: y - 9, width, height: 18, rx: 9, fill: theme.tint(colour, 0.13) }) + textAt(right - width / 2, y + 4, word, { size: theme.small, weight: 600, fill: colour, anchor: "middle" }) };
}

/** How much of the target is reached, in words and as a bar under them. */
function targetAt(x, y, { target, share, status }, room, height, theme) {
  const words = textAt(x, y, fit(target, room, 12), { size: 12, fill: theme.ink2 });
  if (share === null || y + 10 > height) return words;
  const reached = Math.max(0, Math.min(1, share)) * room;
  const fill = status ? theme[status] : theme.categories[0];
  return words + tag("rect", { x, y: y + 5, width: room, height: 4, rx: 2, fill: theme.sunken }) + (reached > 0 ? tag("rect", { x, y: y + 5, width: Math.max(4, reached), height: 4, rx: 2, fill }) : "");
}

function deltaAt(x, y, moved, words, room, theme) {
  const colour = moved?.verdict === "good" ? theme.good : moved?.verdict === "bad" ? theme.bad : theme.ink2;
  const arrow = ARROW[moved?.direction] ? tag("path", { d: ARROW[moved.direction], fill: colour, transform: `translate(${px(x)} ${px(y - 1)})` }) : "";
  const start = x + (arrow ? 12 : 0);
  const used = moved ? start - x + textWidth(moved.text, 12, 600) + 5 : 0;
  const said = textWidth(words, 12) <= room - used || !moved ? words : theme.text("versus_before");
  const rest = words && room - used > 24 ? textAt(x + used, y, fit(said, room - used, 12), { size: 12, fill: theme.ink3 }) : "";
  return arrow + (moved ? textAt(start, y, moved.text, { size: 12, weight: 600, fill: colour }) : "") + rest;
}

/** The course from edge to edge, a gap left open. */
function spark(points, { top, width, height }, theme) {
  const known = points.filter(([, value]) => value !== null);
  if (known.length < 2) return "";
  const values = known.map(([, value]) => value);
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const [from, to] = [known[0][0], known.at(-1)[0]];
  const x = (t) => ((t - from) / Math.max(1, to - from)) * width;
  const y = (value) => (high === low ? (top + height) / 2 : height - 4 - ((value - low) / (high - low)) * (height - top - 6));
  const runs = points.reduce((all, [t, value]) => (value === null ? [...all, []] : (all.at(-1).push([px(x(t)), px(y(value))]), all)), [[]]).filter((run) => run.length > 1);
  const line = runs.map((run) => `M${run.map((point) => point.join(" ")).join("L")}`).join("");
  const area = runs.map((run) => `M${run.map((point) => point.join(" ")).join("L")}L${run.at(-1)[0]} ${px(height)}L${run[0][0]} ${px(height)}Z`).join("");
  return tag("path", { d: area, fill: theme.tint(theme.categories[0], 0.08) }) + tag("path", { d: line, fill: "none", stroke: theme.categories[0], "stroke-width": 1.5, "stroke-linejoin": "round" });
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  const { long, moved, versus, target, status } = texts(shown, options, theme);
  const name = labelOf(shown.column) || theme.text("value");
  if (long === MISSING) return theme.text("no_data");
  const sign = moved ? `${moved.direction > 0 ? "+" : moved.direction < 0 ? "−" : ""}${moved.text}` : "";
  const told = moved ? theme.text("value_change", { name, value: long, change: sign, what: versus }) : theme.text("value_is", { name, value: long });
  const more = [target, status ? theme.text(`status_${status}`) : ""].filter(Boolean).join(", ");
  return more ? `${told.replace(/\.$/, "")} (${more}).` : told;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
