// What a metric is expected to come to: the figure, between what it should lie, how far such forecasts were off, and its
// course. options: {show: "next"|"last"|"total"}. The forecast is data.overlays.forecast; the main frame is what went before.
import { area, line } from "d3-shape";
import { change, formatNumber } from "../../lib/format.js";
import { addsUp, frameOf, isNumber, labelOf, measuresOf, seriesOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth, wrap } from "../../lib/measure.js";
import { formatTime, isTime } from "../../lib/time.js";
import { themeOf } from "../theme.js";
import { neat, target, timeLabels, timeOf, timeScale, valueScale } from "../times.js";

const BEHIND = 2; // history in the picture, as a multiple of the steps ahead
const [BAND95, BAND80] = [0.1, 0.22];

/** {column, history: [[t, value|null]], ahead: [{t, mean, lo80, hi80, lo95, hi95}], record, method, figure: {mean, low, high, t},
 * last}; ahead is empty where there is no forecast. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [column = {}] = measuresOf(frame);
  const points = seriesOf(frame, theme)[0]?.points ?? [];
  const last = points.findLast(([, value]) => value !== null) ?? null;
  const given = data?.overlays?.forecast ?? {};
  const ahead = (Array.isArray(given.t) ? given.t : []).map((t, i) => ({ t, mean: given.mean?.[i], ...Object.fromEntries(["lo80", "hi80", "lo95", "hi95"].map((name) => [name, given[name]?.[i]])) }))
    .filter(({ t, mean }) => isTime(t) && isNumber(mean) && (!last || t > last[0]));
  const history = points.slice(-Math.max(12, BEHIND * ahead.length));
  return { frame, column, history, last, ahead, record: given.record ?? null, method: given.method ?? "", figure: ahead.length ? figureOf(ahead, options.show === "total" && !addsUp(column) ? "next" : options.show) : null };
}

function figureOf(ahead, show) {
  const one = ({ t, mean, lo80, hi80 }) => ({ from: t, to: t, mean, low: lo80 ?? null, high: hi80 ?? null });
  if (show === "last") return one(ahead.at(-1));
  if (show !== "total") return one(ahead[0]);
  const sum = (name) => (ahead.every((step) => isNumber(step[name])) ? ahead.reduce((all, step) => all + step[name], 0) : null);
  return { from: ahead[0].t, to: ahead.at(-1).t, mean: sum("mean"), low: sum("lo80"), high: sum("hi80") };
}

/** All that is said: when, the figure, its interval, how it moved, the record. */
function words({ column, frame, figure, record, last }, theme) {
  const short = (value) => formatNumber(value, column, { locale: theme.locale, short: true, unit: false });
  const time = (t) => formatTime(t, frame.grain, theme);
  const when = figure.from === figure.to ? time(figure.from) : theme.text("span_of", { from: time(figure.from), to: time(figure.to) });
  const interval = figure.low === null || figure.high === null ? "" : theme.text(figure.from === figure.to ? "interval80" : "interval80_steps", { low: short(figure.low), high: short(figure.high) });
  const moved = figure.from === figure.to && last ? change(figure.mean, last[1], column, theme.locale) : null;
  return { when, figure: short(figure.mean), interval, moved, record: recordOf(record, theme) };
}

/** "Off by 6.2 % in 12 back-tests; seasonal naive 9.8 %." {text, isBetter} */
function recordOf(record, theme) {
  if (!isNumber(record?.error)) return null;
  const isShare = String(record.measure).toUpperCase() !== "MASE";
  const text = (value) => formatNumber(value, { format: isShare ? "percent" : "decimal" }, { locale: theme.locale });
  const values = { error: text(record.error), naive: text(record.naive_error), n: record.windows ?? "", measure: isShare ? "" : ` ${record.measure}` };
  const isBetter = !isNumber(record.naive_error) || record.error < record.naive_error;
  return { text: theme.text(!isNumber(record.naive_error) ? "record_alone" : isBetter ? "record_better" : "record_worse", values), isBetter };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 320, height: 240 }) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.figure) return { svg: svg(size, theme, textAt(size.width / 2, size.height / 2 + 4, fit(theme.text("no_forecast"), size.width - 8, theme.size), { size: theme.size, fill: theme.ink3, anchor: "middle" }), theme.text("no_forecast")), empty: true };
  const { markup, y } = headOf(words(shown, theme), size, theme);
  const hasChart = size.height - y >= 50 && size.width >= 120;
  const chart = hasChart ? chartOf(shown, { top: y + 12, width: size.width, height: size.height }, theme) : { markup: "" };
  const text = (value) => formatNumber(value, shown.column, { locale: theme.locale });
  return {
    svg: svg(size, theme, markup + chart.markup, summary(data, options, theme)),
    ...(hasChart ? { time: chart.time } : {}),
    tip: (i) => {
      const step = shown.ahead[i];
      const band = (name, low, high) => (isNumber(low) && isNumber(high) ? [[name, `${text(low)} – ${text(high)}`]] : []);
      return { title: formatTime(step.t, shown.frame.grain, theme), rows: [[theme.text("forecast"), text(step.mean), theme.categories[0]], ...band(theme.text("band"), step.lo80, step.hi80), ...band(theme.text("band95"), step.lo95, step.hi95)] };
    },
  };
}

function headOf({ when, figure, interval, moved, record }, size, theme) {
  const small = size.height < 130 || size.width < 220;
  const big = small ? 22 : size.height >= 220 && size.width >= 300 ? 36 : 28;
  const high = Math.max(11, Math.min(big, (big * size.width) / Math.max(1, textWidth(figure, big, 600))));
  let y = 11;
  const parts = [textAt(0, y, fit(when, size.width, theme.size), { size: theme.size, fill: theme.ink3 })];
  y += Math.round(high * 0.95) + 5;
  parts.push(textAt(0, y, figure, { size: px(high), weight: 600, fill: theme.ink }));
  const used = textWidth(figure, high, 600) + 8;
  if (moved && size.width - used > 90) {
    const sign = moved.direction > 0 ? "+" : moved.direction < 0 ? "−" : "";
    parts.push(textAt(used, y, fit(theme.text("vs_last", { change: `${sign}${moved.text}` }), size.width - used, theme.size), { size: theme.size, fill: theme.ink2 }));
  }
  const lines = [[interval, theme.ink2], ...(small || !record ? [] : wrap(record.text, size.width, theme.size).slice(0, 2).map((text) => [text, record.isBetter ? theme.ink3 : theme.warn]))];
  for (const [text, fill] of lines) {
    if (!text || y + 18 > size.height) continue;
    y += 18;
    parts.push(textAt(0, y, fit(text, size.width, theme.size), { size: theme.size, fill }));
  }
  return { markup: parts.join(""), y };
}

/** What was, then the band and the mean of what is expected. */
function chartOf({ history, ahead, column }, { top, width, height }, theme) {
  const isTall = height - top >= 64;
  const bottom = height - (isTall ? 20 : 3);
  const known = history.filter(([, value]) => value !== null);
  const values = [...known.map(([, value]) => value), ...ahead.flatMap(({ mean, lo80, hi80, lo95, hi95 }) => [mean, lo80, hi80, lo95, hi95])].filter(isNumber);
  const scale = valueScale(Math.min(...values), Math.max(...values), column, theme, { top, bottom, zero: false });
  const left = isTall ? scale.width + 8 : 0;
  const x = timeScale(Math.min(known[0]?.[0] ?? ahead[0].t, ahead[0].t), ahead.at(-1).t, left, width - 6);
  const { y } = scale;
  const last = known.at(-1);
  const start = last ? [{ t: last[0], mean: last[1], lo80: last[1], hi80: last[1], lo95: last[1], hi95: last[1] }] : [];
  const whole = [...start, ...ahead];
  const band = (low, high, share) => tag("path", { d: neat(area().defined((step) => isNumber(step[low]) && isNumber(step[high])).x(({ t }) => x(t)).y0((step) => y(step[low])).y1((step) => y(step[high]))(whole)), fill: theme.tint(theme.categories[0], share) });
  const path = (points) => neat(line().defined(([, value]) => value !== null).x(([t]) => x(t)).y(([, value]) => y(value))(points));
  const stroke = { fill: "none", stroke: theme.categories[0], "stroke-width": 2, "stroke-linejoin": "round" };
  const step = ahead.length > 1 ? x(ahead[1].t) - x(ahead[0].t) : 12;
  return {
    time: timeOf(x, top, bottom),
    markup: [
      isTall ? scale.lines(left, width - 6) : "",
      band("lo95", "hi95", BAND95), band("lo80", "hi80", BAND80),
      last ? tag("line", { x1: x(last[0]), x2: x(last[0]), y1: top, y2: bottom, stroke: theme.lineStrong, "stroke-dasharray": "2 3" }) : "",
      tag("path", { d: path(history), ...stroke }),
      tag("path", { d: path(whole.map(({ t, mean }) => [t, mean])), ...stroke, "stroke-dasharray": "4 4" }),
      ahead.length === 1 ? tag("circle", { cx: x(ahead[0].t), cy: y(ahead[0].mean), r: 3.5, fill: theme.categories[0] }) : "",
      isTall ? timeLabels(x, height - 5, theme) : "",
      ...(ahead.length > 400 ? [] : ahead.map(({ t }, i) => target(i, x(t) - step / 2, top, Math.min(step, width - x(t) + step / 2), bottom - top))),
    ].join(""),
  };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.figure) return theme.text("no_forecast");
  const said = words(shown, theme);
  return [theme.text("forecast_is", { name: labelOf(shown.column) || theme.text("value"), when: said.when, value: said.figure }), said.interval ? `${said.interval}.` : "", said.record?.text ?? ""].filter(Boolean).join(" ");
}

/** The steps ahead with their bounds; what went before is the line chart's. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { ahead, column, frame } = read(data, options ?? {}, theme);
  if (!ahead.length) return tableOfFrame(data, theme);
  const text = (value) => formatNumber(value, column, { locale: theme.locale, unit: false });
  const columns = [{ label: theme.text("when"), numeric: false }, ...["forecast", "low80", "high80"].map((key) => ({ label: theme.text(key), numeric: true, unit: column.unit ?? null }))];
  return { columns, rows: ahead.map(({ t, mean, lo80, hi80 }) => [formatTime(t, frame.grain, theme), text(mean), text(lo80), text(hi80)]) };
}
