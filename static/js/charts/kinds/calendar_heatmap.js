// Days on a calendar, shaded by their value: years as strips of weeks, months as sheets, whichever gives days more room.
// options: {layout: "strip"|"months", week_start: 0 (Monday) to 6, values}. An SVG of its own. A day without rows is an
// outline, a day with zero has the lowest shade.
import { formatNumber } from "../../lib/format.js";
import { frameOf, isNumber, labelOf, measuresOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, fromWall, isTime, monthName, toWall, weekday } from "../../lib/time.js";
import { emptySvg, scaleOf } from "../scale.js";
import { themeOf } from "../theme.js";
import { blocksOf, DAY } from "../calendar/blocks.js";

const FOOT = 20; // the scale below

/** {column, values: Map(day -> value), first, last, week_start}; days are counted from 1 January 1970 on the reader's clock. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [[time], [column]] = [timesOf(frame), measuresOf(frame)];
  if (!time || !column) return { values: new Map(), column };
  const dayOf = (t) => Math.floor(toWall(t, theme.timezone) / DAY);
  const values = new Map();
  time.values.forEach((t, row) => isTime(t) && isNumber(column.values[row]) && values.set(dayOf(t), column.values[row]));
  const days = [...values.keys()];
  const [low, high] = days.reduce(([a, b], day) => [Math.min(a, day), Math.max(b, day)], [Infinity, -Infinity]);
  const window = frame.window ?? data?.window;
  const given = window && isTime(window.from) && isTime(window.to) && window.to > window.from;
  const [first, last] = given && values.size ? [Math.min(low, dayOf(window.from)), Math.max(high, dayOf(window.to - 1))] : [low, high];
  return { values, column, first, last, weekStart: weekStartOf(data, options, theme) };
}

/** As chosen, else as in the workspace, else as in the reader's country. */
function weekStartOf(data, options, theme) {
  const chosen = options.week_start === "" || options.week_start === undefined || options.week_start === null ? data?.overlays?.week_start : Number(options.week_start);
  if (Number.isInteger(chosen) && chosen >= 0 && chosen <= 6) return chosen;
  try {
    const locale = new Intl.Locale(theme.locale);
    return ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) - 1;
  } catch {
    return 0;
  }
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }) {
  const shown = read(data, options, theme);
  if (!shown.values.size) return { svg: emptySvg(size, theme), empty: true };
  const foot = size.height >= 110 ? FOOT : 0;
  const { blocks, cell, hidden } = blocksOf(shown, options.layout, { width: size.width, height: size.height - foot });
  const scale = scaleOf([...shown.values.values()], theme);
  const marks = [];
  const parts = blocks.map((block) => blockOf(block, { ...shown, cell, scale, theme, marks, values: shown.values, writes: options.values !== false }));
  if (foot) parts.push(scale.legend({ width: size.width, y: size.height - 4, format: (value) => formatNumber(value, shown.column, { locale: theme.locale, short: true, unit: false }) }));
  if (foot && hidden) parts.push(textAt(0, size.height - 4, theme.text("more_before", { n: hidden }), { size: theme.small, fill: theme.ink3 }));
  const at = (i) => fromWall(marks[i] * DAY, theme.timezone);
  return {
    svg: svg(size, theme, parts.join(""), summary(data, options, theme)),
    step: ({ dataIndex }) => (marks[dataIndex] === undefined ? undefined : at(dataIndex)),
    tip: (i) => ({ title: formatTime(at(i), "day", theme), rows: [[labelOf(shown.column), shown.values.has(marks[i]) ? formatNumber(shown.values.get(marks[i]), shown.column, { locale: theme.locale }) : theme.text("no_rows")]] }),
  };
}

/** One block: its title, the days, the borders of months. */
function blockOf(block, context) {
  const { cell, theme } = context;
  const days = Array.from({ length: block.to - block.from + 1 }, (_, i) => block.from + i);
  const cells = days.map((day) => cellOf(day, block, context)).join("");
  const border = block.isMonth || cell < 4 ? "" : days.filter((day, i) => i && new Date(day * DAY).getUTCDate() === 1).map((day) => borderAt(day, block, cell, theme)).join("");
  return cells + border + titlesOf(block, context) + weekdaysOf(block, context);
}

function cellOf(day, block, { cell, scale, theme, marks, values, writes, column }) {
  const { x, y } = block.place(day);
  const wide = block.wide ?? cell;
  const gap = cell >= 12 ? 2 : cell >= 6 ? 1 : 0.5;
  const value = values.get(day);
  const mark = marks.push(day) - 1;
  const shape = { x: x + gap / 2, y: y + gap / 2, width: Math.max(0.5, wide - gap), height: Math.max(0.5, cell - gap), rx: cell >= 16 ? 4 : cell >= 8 ? 2 : 0, "data-mark": mark };
  if (value === undefined) return tag("rect", { ...shape, x: shape.x + 0.5, y: shape.y + 0.5, width: Math.max(0.5, shape.width - 1), height: Math.max(0.5, shape.height - 1), fill: theme.card, stroke: theme.line });
  const fill = scale.colour(value);
  const ink = theme.inkOn(fill);
  const number = cell >= 26 && block.isMonth ? textAt(x + gap / 2 + 5, y + gap / 2 + 12, new Date(day * DAY).getUTCDate(), { size: 9, fill: ink }) : "";
  const text = writes && cell >= 26 && wide >= 30 ? formatNumber(value, column, { locale: theme.locale, short: true, unit: false }) : "";
  const written = text && textWidth(text, theme.small, 600) <= wide - 8 ? textAt(x + wide / 2, y + cell / 2 + (cell >= 40 ? 6 : 9), text, { size: theme.small, weight: 600, fill: ink, anchor: "middle" }) : "";
  return tag("rect", { ...shape, fill }) + number + written;
}

/** The line between two months of a strip: down the left side of the first week's days, then along above the others. */
function borderAt(day, block, cell, theme) {
  const { x, y } = block.place(day);
  const [top, bottom] = [block.top, block.top + 7 * cell];
  const path = y > top ? `M${px(x + cell)} ${px(top)}V${px(y)}H${px(x)}V${px(bottom)}` : `M${px(x)} ${px(top)}V${px(bottom)}`;
  return tag("path", { d: path, fill: "none", stroke: theme.ink3, "stroke-width": cell >= 8 ? 1.25 : 0.75 });
}

function titlesOf(block, { theme, cell }) {
  const style = { size: theme.small, fill: theme.ink3 };
  if (block.isMonth) return textAt(block.left + 1, block.top - (block.hasWeekdays ? 17 : 4), fit(formatMonth(block.from, theme, block.width), block.width, theme.small, 600), { ...style, fill: theme.ink2, weight: 600 });
  if (!block.titled) return "";
  let taken = block.left;
  const year = textAt(0, block.top - 5, String(new Date(block.from * DAY).getUTCFullYear()), { ...style, fill: theme.ink2, weight: 600 });
  const months = monthsIn(block).map((day) => {
    const { x } = block.place(day);
    const name = monthName(new Date(day * DAY).getUTCMonth() + 1, theme.locale);
    // a month that begins within a week is named over its first whole week
    const start = day !== block.from && block.place(day).y > block.top ? x + cell : x;
    if (start < taken || start + textWidth(name, theme.small) > block.left + block.width) return "";
    taken = start + textWidth(name, theme.small) + 6;
    return textAt(start + 1, block.top - 5, name, style);
  });
  return (block.left >= 26 ? year : "") + months.join("");
}

const monthsIn = ({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((day) => day === from || new Date(day * DAY).getUTCDate() === 1);

function formatMonth(day, theme, room) {
  const whole = formatTime(day * DAY, "month", { locale: theme.locale });
  if (textWidth(whole, theme.small, 600) <= room) return whole;
  return `${monthName(new Date(day * DAY).getUTCMonth() + 1, theme.locale)} ${String(new Date(day * DAY).getUTCFullYear()).slice(2)}`;
}

/** Names of the days of the week: each where they have room, else every other. */
function weekdaysOf(block, { cell, weekStart, theme }) {
  const style = { size: 10, fill: theme.ink3 };
  const name = (row) => weekday((row + weekStart) % 7, theme.locale, !block.isMonth || block.wide >= 28 ? "short" : "narrow");
  if (block.isMonth) return block.hasWeekdays ? Array.from({ length: 7 }, (_, i) => textAt(block.left + (i + 0.5) * block.wide, block.top - 4, name(i), { ...style, anchor: "middle" })).join("") : "";
  if (!block.gutter || cell < 6) return "";
  const every = cell >= 12 ? 1 : 2;
  return Array.from({ length: 7 }, (_, i) => (i % every === (every > 1 ? 1 : 0) ? textAt(block.left - 6, block.top + (i + 0.5) * cell + 3.5, fit(name(i), block.gutter, 10), { ...style, anchor: "end" }) : "")).join("");
}

/** The best and the worst day, and how many have no rows. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const { values, column, first, last } = read(data, options, theme);
  if (!values.size) return theme.text("no_data");
  const [best, worst] = [...values].reduce(([a, b], day) => [day[1] > a[1] ? day : a, day[1] < b[1] ? day : b], [[0, -Infinity], [0, Infinity]]);
  const told = ([day, value]) => ({ value: formatNumber(value, column, { locale: theme.locale }), day: formatTime(day * DAY, "day", { locale: theme.locale }) });
  const [high, low] = [told(best), told(worst)];
  const empty = last - first + 1 - values.size;
  const most = theme.text("days_best", { name: labelOf(column), value: high.value, day: high.day, low: low.value, lowday: low.day });
  return empty > 0 ? `${most} ${theme.text("days_empty", { n: formatNumber(empty, {}, { locale: theme.locale }) })}` : most;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
