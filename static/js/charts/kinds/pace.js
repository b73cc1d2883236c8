// How far a period has come against its goal, and where it will end: by its own pace, and by the metric's forecast.
// options: {period: "month"|"quarter"|"year"|"range", goal_from: "number"|"previous"|"year", goal, forecast}. frames.main holds the
// steps of the period, frames.goal those of the period that is the goal.
import { area, line } from "d3-shape";
import { formatNumber } from "../../lib/format.js";
import { frameOf, isNumber, labelOf, measuresOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, fromWall, isTime, toWall } from "../../lib/time.js";
import { neat, target, timeLabels, timeScale, valueScale } from "../times.js";
import { emptySvg } from "../scale.js";
import { themeOf } from "../theme.js";

const MONTHS = { month: 1, quarter: 3, year: 12 };
const EVEN = 0.01; // within one per cent it is on pace

/** {column, from, to, now, steps: [[start, end, sum so far]], total, goal, course: [[share of the period, share of the goal]],
 * due (of the goal by now), expected, ahead: [[t, sum]], foreseen}; amounts null where they cannot be known. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const rows = rowsOf(frame);
  const [column = {}] = measuresOf(frame);
  if (!rows.length) return { column, steps: [], total: null };
  const from = frame.window && isTime(frame.window.from) ? Math.min(frame.window.from, rows[0][0]) : rows[0][0];
  const to = Math.max(endOf(from, frame, options, theme), rows.at(-1)[0] + 1);
  const clocks = [to, data?.window?.to, frame.computed_at].filter((t) => isTime(t) && t > rows.at(-1)[0]);
  const now = Math.min(...clocks);
  const steps = summed(rows, now);
  const total = steps.at(-1)[2];
  const elapsed = (now - from) / (to - from);
  const goal = goalOf(data, options);
  const course = goal.course;
  const due = goal.value === null ? null : goal.value * at(course, elapsed);
  const expected = now >= to ? total : elapsed > 0 ? total / elapsed : null;
  return { column, from, to, now, steps, total, goal: goal.value, course, due, expected, elapsed, ...(now < to && options.forecast !== false ? foreseen(data, steps, now, to) : { ahead: [], foreseen: null }) };
}

/** [[ms, value]] of a frame's steps, by time; a step without rows adds nothing. */
function rowsOf(frame) {
  const [[time], [column]] = [timesOf(frame), measuresOf(frame)];
  if (!time || !column) return [];
  const rows = time.values.map((t, row) => [t, column.values[row]]).filter(([t]) => isTime(t)).sort((a, b) => a[0] - b[0]);
  return rows.some(([, value]) => isNumber(value)) ? rows.map(([t, value]) => [t, isNumber(value) ? value : 0]) : [];
}

function endOf(from, frame, options, theme) {
  const months = MONTHS[options.period ?? "month"];
  if (!months) return frame.window?.to ?? from;
  const start = new Date(toWall(from, theme.timezone));
  return fromWall(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1), theme.timezone);
}

function summed(rows, now) {
  let sum = 0;
  return rows.map(([t, value], i) => [t, Math.min(now, rows[i + 1]?.[0] ?? now), (sum += value)]);
}

/** The goal and its course in shares; a number is reached evenly. */
function goalOf(data, options) {
  const even = [[0, 0], [1, 1]];
  if (!["previous", "year"].includes(options.goal_from)) return { value: isNumber(options.goal) ? options.goal : null, course: even };
  const frame = frameOf(data, "goal");
  const rows = rowsOf(frame);
  if (!rows.length) return { value: null, course: even };
  const from = frame.window?.from ?? rows[0][0];
  const to = Math.max(frame.window?.to ?? 0, rows.at(-1)[0] + 1);
  const steps = summed(rows, to);
  const value = steps.at(-1)[2];
  return { value, course: value ? [[0, 0], ...steps.map(([, end, sum]) => [(end - from) / (to - from), sum / value])] : even };
}

/** The course at a share of the period, between its points. */
function at(course, share) {
  const after = course.findIndex(([x]) => x >= share);
  if (after <= 0) return course[after === 0 ? 0 : course.length - 1][1];
  const [[x0, y0], [x1, y1]] = [course[after - 1], course[after]];
  return x1 === x0 ? y1 : y0 + ((share - x0) / (x1 - x0)) * (y1 - y0);
}

/** The sum at the end by the metric's forecast, if that reaches so far. */
function foreseen(data, steps, now, to) {
  const { t = [], mean = [] } = data?.overlays?.forecast ?? {};
  const step = t.length > 1 ? t[1] - t[0] : 0;
  if (!step || t.at(-1) + step * 1.01 < to || t[0] > now + step) return { ahead: [], foreseen: null };
  const known = steps.filter(([start]) => start < t[0]).at(-1)?.[2] ?? 0;
  let sum = known;
  const ahead = t.flatMap((start, i) => (start < to && isNumber(mean[i]) ? [[Math.min(to, start + step), (sum += mean[i])]] : []));
  const last = [now, steps.at(-1)[2]];
  return ahead.length ? { ahead: [last, ...ahead.filter(([end, value]) => end > now && value >= Math.min(last[1], value))], foreseen: sum } : { ahead: [], foreseen: null };
}

/** The verdict in words and colour: {text, colour, expected, foreseen}. */
function words(shown, theme) {
  const text = (value) => formatNumber(value, shown.column, { locale: theme.locale, short: true, unit: false });
  const lines = [];
  let verdict = null;
  if (shown.due !== null && shown.total !== null) {
    const off = shown.total - shown.due;
    const isEven = Math.abs(off) <= EVEN * Math.abs(shown.goal);
    const down = shown.column.good === "down";
    const key = isEven ? "pace_on" : off > 0 ? (down ? "pace_over" : "pace_ahead") : down ? "pace_under" : "pace_behind";
    verdict = { text: theme.text(key, { n: text(Math.abs(off)) }), colour: isEven || off > 0 !== down ? theme.good : theme.bad };
  }
  const share = (value) => (shown.goal ? ` (${formatNumber(value / shown.goal, { format: "percent" }, { locale: theme.locale })})` : "");
  if (shown.expected !== null && shown.now < shown.to) lines.push({ text: theme.text("pace_expected", { n: text(shown.expected) + share(shown.expected) }), colour: theme.categories[0], dash: "2 3" });
  if (shown.foreseen !== null && shown.foreseen !== undefined) lines.push({ text: theme.text("pace_foreseen", { n: text(shown.foreseen) + share(shown.foreseen) }), colour: theme.categories[2], dash: "4 3" });
  return { verdict, lines, of: shown.goal === null ? "" : theme.text("of_goal", { n: text(shown.goal) }), total: text(shown.total) };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 420, height: 240 }) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.steps.length) return { svg: emptySvg(size, theme), empty: true };
  const said = words(shown, theme);
  const { markup, y } = headOf(said, size, theme);
  const room = size.height - y;
  const chart = room >= 56 && size.width >= 120 ? chartOf(shown, { top: y + 14, width: size.width, height: size.height }, theme) : "";
  const text = (value) => formatNumber(value, shown.column, { locale: theme.locale });
  const dueAt = (end) => (shown.goal === null ? null : shown.goal * at(shown.course, (end - shown.from) / (shown.to - shown.from)));
  return {
    svg: svg(size, theme, markup + chart, summary(data, options, theme)),
    tip: (i) => {
      const [start, end, sum] = shown.steps[i];
      return { title: formatTime(start, frameOf(data).grain, theme), rows: [[labelOf(shown.column), text(sum), theme.categories[0]], ...(shown.goal === null ? [] : [[theme.text("goal"), text(dueAt(end)), theme.ink3]])] };
    },
  };
}

/** The figure, the goal beside it, the verdict and what is expected below. */
function headOf({ total, of, verdict, lines }, size, theme) {
  const big = size.height < 100 || size.width < 200 ? 22 : size.height >= 240 && size.width >= 300 ? 36 : 28;
  const figure = Math.max(11, Math.min(big, (big * size.width) / Math.max(1, textWidth(total, big, 600))));
  let y = Math.round(figure * 0.95);
  const used = textWidth(total, figure, 600) + 8;
  const parts = [textAt(0, y, total, { size: px(figure), weight: 600, fill: theme.ink })];
  if (of && size.width - used > 40) parts.push(textAt(used, y, fit(of, size.width - used, 13), { size: 13, fill: theme.ink3 }));
  if (verdict && y + 20 <= size.height) {
    y += 20;
    parts.push(textAt(0, y, fit(verdict.text, size.width, 13, 600), { size: 13, weight: 600, fill: verdict.colour }));
  }
  for (const line of lines) {
    if (y + 17 > size.height || size.height < 130) break;
    y += 17;
    // the line of the chart that it speaks of
    parts.push(tag("line", { x1: 0, x2: 15, y1: y - 4, y2: y - 4, stroke: line.colour, "stroke-width": 2, "stroke-dasharray": line.dash }));
    parts.push(textAt(21, y, fit(line.text, size.width - 21, theme.size), { size: theme.size, fill: theme.ink2 }));
  }
  return { markup: parts.join(""), y };
}

/** The sum so far as an area, the goal's course, the pace and the forecast to the end of the period. */
function chartOf(shown, { top, width, height }, theme) {
  const bottom = height - (height - top >= 70 ? 22 : 4);
  const ends = [shown.goal, shown.expected, shown.foreseen, ...shown.steps.map(([, , sum]) => sum)].filter(isNumber);
  const scale = valueScale(Math.min(0, ...ends), Math.max(...ends), shown.column, theme, { top, bottom });
  const left = scale.width + 8;
  const x = timeScale(shown.from, shown.to, left, width - 6);
  const { y } = scale;
  const so = [[shown.from, 0], ...shown.steps.map(([, end, sum]) => [end, sum])];
  const path = (points) => neat(line().x(([t]) => x(t)).y(([, value]) => y(value))(points));
  const blue = theme.categories[0];
  const dashed = (points, colour, dash, widths = 1.5) => tag("path", { d: path(points), fill: "none", stroke: colour, "stroke-width": widths, "stroke-dasharray": dash });
  const last = [shown.now, shown.total];
  const open = shown.now < shown.to;
  const parts = [
    scale.lines(left, width - 6),
    tag("path", { d: neat(area().x(([t]) => x(t)).y0(y(0)).y1(([, value]) => y(value))(so)), fill: theme.tint(blue, 0.12) }),
    shown.goal === null ? "" : dashed(shown.course.map(([share, part]) => [shown.from + share * (shown.to - shown.from), part * shown.goal]), theme.ink3, "5 4"),
    open && shown.expected !== null ? dashed([last, [shown.to, shown.expected]], blue, "2 3") : "",
    open && shown.ahead.length ? dashed(shown.ahead, theme.categories[2], "4 3", 1.75) : "",
    tag("path", { d: path(so), fill: "none", stroke: blue, "stroke-width": 2, "stroke-linejoin": "round" }),
    tag("circle", { cx: x(last[0]), cy: y(last[1]), r: 3.5, fill: blue, stroke: theme.card, "stroke-width": 1.5 }),
    goalLabel(shown, x, y, theme),
    height - top >= 70 ? timeLabels(x, height - 6, theme) : "",
    ...shown.steps.map(([start, end], i) => (shown.steps.length > 400 ? "" : target(i, x(start), top, x(end) - x(start), bottom - top))),
  ];
  return parts.join("");
}

/** The word for the goal, on the side of its end where no other line goes. */
function goalLabel({ goal, to, expected, foreseen }, x, y, theme) {
  if (goal === null) return "";
  const isHighest = [expected, foreseen].every((value) => !isNumber(value) || value <= goal);
  return textAt(x(to) - 2, isHighest ? Math.max(10, y(goal) - 6) : Math.min(y(0) - 4, y(goal) + 20), theme.text("goal"), { size: theme.small, fill: theme.ink3, anchor: "end" });
}

/** All that the card says, as one sentence after the other. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.steps.length) return theme.text("no_data");
  const { verdict, lines, of, total } = words(shown, theme);
  return [`${theme.text("value_is", { name: labelOf(shown.column), value: of ? `${total} ${of}` : total })}`, ...(verdict ? [`${verdict.text}.`] : []), ...lines.map(({ text }) => `${text}.`)].join(" ");
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
