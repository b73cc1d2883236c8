// Values over time, one line per split; with forecast, unusual points and the previous period where the data has them.
// options: {area, stacked, step, compare, forecast, anomalies, legend}, all optional.
import { formatNumber, MISSING } from "../../lib/format.js";
import { frameOf, isNumber, isYearBefore, labelOf, seriesOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { formatTime, gapAfter } from "../../lib/time.js";
import { BLOCK, RING, emptyOption, frameOption, legend, note, plainRich, timeAxis, tooltip, valueAxis } from "../axes.js";
import { themeOf } from "../theme.js";

const COLOURED = 7; // more lines than colours: the smaller ones go grey
const MOST = 60;
const AREA_TINT = 0.1;
const BAND_TINT = 0.2;

/** Everything the picture shows, still without any drawing: lines, ghosts, overlays, the window. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const all = seriesOf(frame, theme).filter(({ points }) => points.some(([, value]) => value !== null));
  const lines = options.stacked ? aligned(all) : all;
  lines.sort((a, b) => weight(b) - weight(a));
  if (lines[0]?.split) theme.places.meet(lines.slice(0, COLOURED).map(({ key }) => key), lines[0].split);
  lines.forEach((line, i) => {
    line.grey = i >= COLOURED;
    line.colour = line.grey ? theme.lineStrong : line.split ? theme.category(line.key, i, line.split) : theme.category(undefined, i);
  });
  const [from, to] = windowOf(data, frame, lines);
  const ghosts = options.compare === false ? [] : ghostsOf(data, lines, theme, from);
  const forecast = options.forecast === false || lines.length !== 1 ? null : forecastOf(data, lines[0]);
  const anomalies = options.anomalies === false ? [] : anomaliesOf(data, lines, from, to);
  return { frame, lines: lines.slice(0, MOST), ghosts, forecast, anomalies, from, to: forecast ? Math.max(to, forecast.t.at(-1)) : to };
}

const weight = ({ points }) => points.reduce((sum, [, value]) => sum + Math.abs(value ?? 0), 0);

/** Stacked lines need a value at every time of the others; where one has none it adds nothing. */
function aligned(lines) {
  const times = [...new Set(lines.flatMap(({ points }) => points.filter(([, value]) => value !== null).map(([t]) => t)))].sort((a, b) => a - b);
  return lines.map((line) => {
    const have = new Map(line.points);
    return { ...line, points: times.map((t) => [t, have.get(t) ?? 0]) };
  });
}

function windowOf(data, frame, lines) {
  const times = lines.flatMap(({ points }) => [points[0][0], points.at(-1)[0]]);
  const [low, high] = times.length ? [Math.min(...times), Math.max(...times)] : [0, 1];
  const given = data?.window ?? frame.window;
  // the last bucket starts before the window ends: the axis ends where the data can
  const [from, to] = given && isNumber(given.from) && isNumber(given.to) ? [Math.min(given.from, low), frame.grain ? high : Math.max(given.to, high)] : [low, high];
  const beside = Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : 18e5;
  return from < to ? [from, to] : [from - beside, to + beside];
}

/** The previous period, moved onto this one. */
function ghostsOf(data, lines, theme, from) {
  const frame = frameOf(data, "previous");
  const ghosts = lines.length > 3 ? [] : seriesOf(frame, theme);
  if (!ghosts.length) return [];
  const start = frame.window?.from ?? Math.min(...ghosts.map(({ points }) => points[0][0]));
  const now = (frameOf(data).window ?? data.window)?.from ?? from;
  return ghosts.filter((ghost) => lines.some(({ key }) => key === ghost.key))
    .map((ghost) => ({ ...ghost, isBeside: frame.isBeside, points: ghost.points.map(([t, value]) => [t - start + now, value]) }));
}

function forecastOf(data, line) {
  const forecast = data?.overlays?.forecast;
  if (!forecast?.t?.length || !Array.isArray(forecast.mean)) return null;
  const last = line.points.findLast(([, value]) => value !== null);
  const from = last[0];
  const rows = forecast.t.map((t, i) => [t, forecast.mean[i], forecast.lo80?.[i], forecast.hi80?.[i]])
    .filter(([t, mean]) => isNumber(t) && t > from && isNumber(mean));
  if (!rows.length) return null;
  const whole = [[last[0], last[1], last[1], last[1]], ...rows];
  return { now: from, t: whole.map(([t]) => t), mean: whole.map(([t, mean]) => [t, mean]), low: whole.map(([t, mean, low]) => [t, low ?? mean]), high: whole.map(([t, mean, , high]) => [t, high ?? mean]) };
}

function anomaliesOf(data, lines, from, to) {
  const { t = [], v = [], by = [] } = data?.overlays?.anomalies ?? {};
  if (lines.length > 1) return [];
  return t.map((time, i) => ({ t: time, v: v[i], by: names(by[i]) })).filter((point) => point.t >= from && point.t <= to && isNumber(point.v));
}

// votes as a list of names, or as {name: whether it voted so}
const names = (votes) => (Array.isArray(votes) ? votes : Object.keys(votes ?? {}).filter((name) => votes[name])).map(String);

/** Measures with another unit get the axis on the right. */
function axisOf(lines) {
  const unit = ({ column }) => `${column.format ?? ""} ${column.unit ?? ""}`;
  const first = lines.length ? unit(lines[0]) : "";
  return (line) => (unit(line) === first ? 0 : 1);
}

/** Lowest and highest value drawn on one axis. */
function extent(shown, side, sideOf, stacked) {
  const lines = shown.lines.filter((line) => sideOf(line) === side);
  let values = [...lines, ...shown.ghosts.filter((line) => sideOf(line) === side)].flatMap(({ points }) => points.map(([, value]) => value));
  if (stacked) values = [0, ...(lines[0]?.points ?? []).flatMap((_, i) => sums(lines.map(({ points }) => points[i][1])))];
  if (side === 0 && shown.forecast) values.push(...[...shown.forecast.low, ...shown.forecast.high].map(([, value]) => value));
  if (side === 0) values.push(...shown.anomalies.map(({ v }) => v));
  const known = values.filter(isNumber);
  return known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

const sums = (values) => [values.reduce((sum, value) => sum + Math.max(0, value), 0), values.reduce((sum, value) => sum + Math.min(0, value), 0)];

/** An axis that starts at nought unless that would flatten the line; none where there is no line for it. */
function valueAxes(shown, options, theme, room) {
  const sideOf = axisOf(shown.lines);
  const sides = shown.lines.some((line) => sideOf(line) === 1) ? [0, 1] : [0];
  return sides.map((side) => {
    const [low, high] = extent(shown, side, sideOf, options.stacked);
    const zero = Boolean(options.stacked) || (low >= 0 && low < high * 0.45);
    const column = shown.lines.find((line) => sideOf(line) === side).column;
    return valueAxis(low, high, column, theme, { room, zero, position: side ? "right" : "left", line: side === 0 });
  });
}

// a point without neighbours has no line to show it
function withDots(points) {
  const lonely = (i) => points[i][1] !== null && (points[i - 1]?.[1] ?? null) === null && (points[i + 1]?.[1] ?? null) === null;
  return points.map((point, i) => (lonely(i) ? { value: point, symbol: "circle", symbolSize: 5 } : point));
}

function lineSeries(line, i, { options, theme, sideOf, alone, width }) {
  return {
    type: "line", id: `line ${i}`, name: line.name, yAxisIndex: sideOf(line), data: withDots(line.points),
    stack: options.stacked ? `stack ${sideOf(line)}` : undefined, stackStrategy: "all", connectNulls: false,
    step: options.step ? "end" : false, symbol: "none", showSymbol: true,
    // the database already thins to two points a pixel; this holds for whatever else is handed over
    sampling: line.points.length > width * 4 ? "minmax" : undefined,
    lineStyle: { color: line.colour, width: options.stacked ? 1 : line.grey ? 1 : 2, join: "round", cap: "round" }, itemStyle: { color: line.colour },
    areaStyle: options.stacked ? { color: theme.tint(line.colour, 0.75), opacity: 1 } : undefined,
    emphasis: { focus: alone ? "none" : "series", lineStyle: { width: 2 }, scale: false }, blur: { lineStyle: { opacity: 0.25 }, areaStyle: { opacity: 0.4 } },
    z: line.grey ? 2 : 4,
  };
}

/** The ground under a line, below all lines, so that its opaque tint hides none. */
function areaSeries(line, i, { options, theme, sideOf }) {
  return {
    type: "line", id: `area ${i}`, name: line.name, yAxisIndex: sideOf(line), data: line.points, symbol: "none", silent: true, step: options.step ? "end" : false,
    lineStyle: { width: 0 }, itemStyle: { color: line.colour }, areaStyle: { color: theme.tint(line.colour, AREA_TINT), opacity: 1, origin: "start" }, z: 0,
  };
}

function ghostSeries(ghost, i, { options, theme, sideOf, previous }) {
  return {
    type: "line", id: `previous ${i}`, name: previous, yAxisIndex: sideOf(ghost), data: ghost.points, symbol: "none", silent: true, step: options.step ? "end" : false,
    lineStyle: { color: ghost.isBeside ? theme.neutral : theme.lineStrong, width: 1.25, join: "round", type: ghost.isBeside ? [4, 3] : "solid" }, itemStyle: { color: theme.lineStrong }, z: 3,
  };
}

function forecastSeries(forecast, line, { theme, band, mean }) {
  const hidden = { type: "line", symbol: "none", silent: true, stack: "band", stackStrategy: "all", lineStyle: { width: 0 }, z: 1 };
  return [
    { ...hidden, id: "band low", name: band, data: forecast.low, itemStyle: { color: "transparent" } },
    { ...hidden, id: "band high", name: band, data: forecast.high.map(([t, high], i) => [t, high - forecast.low[i][1]]), areaStyle: { color: theme.tint(line.colour, BAND_TINT), opacity: 1 } },
    {
      type: "line", id: "forecast", name: mean, data: forecast.mean, symbol: "none", z: 4, itemStyle: { color: line.colour },
      lineStyle: { color: line.colour, width: 2, type: [4, 4], cap: "butt" },
      markLine: {
        silent: true, symbol: "none", animation: false, data: [{ xAxis: forecast.now }], lineStyle: { color: theme.lineStrong, width: 1, type: [2, 3] },
        label: { show: true, formatter: mean, position: "end", align: "left", verticalAlign: "top", distance: [0, 0], offset: [6, 0], color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, textBorderWidth: 0 },
      },
    },
  ];
}

function anomalySeries(anomalies, { theme, unusual }) {
  return {
    type: "scatter", id: "unusual", name: unusual, data: anomalies.map(({ t, v }) => [t, v]), symbol: "circle", symbolSize: 10, z: 6,
    itemStyle: { color: theme.card, borderColor: theme.bad, borderWidth: 2, opacity: 1 }, emphasis: { scale: 1.2 },
  };
}

/** The option of the chart, pure. */
export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }) {
  const shown = read(data, options, theme);
  const { lines, ghosts, forecast, anomalies } = shown;
  if (!lines.length) return { echarts: emptyOption(theme), empty: true };
  const words = { previous: theme.text(isYearBefore(data) ? "year_before" : "previous"), band: theme.text("band"), mean: theme.text("forecast"), unusual: theme.text("unusual") };
  const alone = lines.length === 1;
  const keys = legendItems(shown, words, theme);
  const withLegend = options.legend !== false && keys.length > 1 && size.height >= 110;
  const top = withLegend ? 30 : 8;
  const bottom = size.height >= 90 ? 26 : 6;
  const axes = valueAxes(shown, options, theme, Math.max(20, size.height - top - bottom));
  const left = axes[0].width + 8;
  const right = axes[1] ? axes[1].width + 10 : 10;
  const room = Math.max(20, size.width - left - right);
  const context = { options, theme, sideOf: axisOf(lines), alone, width: room, ...words };
  const bar = legend(keys, theme, size.width, {});
  return {
    echarts: {
      ...frameOption(theme),
      grid: { left, right, top, bottom, containLabel: false, outerBoundsMode: "none" },
      legend: { ...bar.option, show: withLegend },
      title: withLegend && bar.hidden ? [note(theme.text("more", { n: bar.hidden }), theme, { left: bar.width, top: 2 })] : [],
      xAxis: timeAxis(shown.from, shown.to, theme, { room, labels: size.height >= 90 }),
      yAxis: axes.map(({ axis }) => axis),
      tooltip: tooltip(theme, { trigger: "axis", ...tooltipOf(shown, words, theme) }),
      series: [
        ...(!options.stacked && (options.area ?? alone) ? lines.map((line, i) => areaSeries(line, i, context)) : []),
        ...ghosts.map((ghost, i) => ghostSeries(ghost, i, context)),
        ...(forecast ? forecastSeries(forecast, lines[0], context) : []),
        // the greatest is painted last among lines, but first in a stack
        ...lines.map((line, i) => lineSeries(line, i, context)),
        ...(anomalies.length ? [anomalySeries(anomalies, context)] : []),
      ],
    },
    time: { from: shown.from, to: shown.to },
  };
}

function legendItems({ lines, ghosts, forecast, anomalies }, words, theme) {
  return [
    ...lines.filter(({ grey }) => !grey).map(({ name, colour }) => ({ name, style: { color: colour, borderWidth: 0 } })),
    ...lines.filter(({ grey }) => grey).map(({ name, colour }) => ({ name, style: { color: colour, borderWidth: 0 } })),
    ...(ghosts.length ? [{ name: words.previous, style: { color: theme.lineStrong, borderWidth: 0 } }] : []),
    ...(forecast ? [{ name: words.band, icon: BLOCK, style: { color: theme.tint(lines[0].colour, BAND_TINT), borderWidth: 0 } }] : []),
    ...(anomalies.length ? [{ name: words.unusual, icon: RING, style: { color: theme.card, borderColor: theme.bad, borderWidth: 2 } }] : []),
  ];
}

/** Tooltip of one moment: every line's value there, greatest first, at most a dozen. */
function tooltipOf({ frame, lines, ghosts, forecast, anomalies }, words, theme) {
  const rich = Object.fromEntries(lines.slice(0, COLOURED).map(({ colour }, i) => [`c${i}`, { color: colour }]));
  const text = (value, column) => formatNumber(value, column, { locale: theme.locale });
  const at = (points) => new Map(points);
  const maps = lines.map(({ points }) => at(points));
  const ghostMaps = ghosts.map(({ points }) => at(points));
  const means = at(forecast?.mean ?? []);
  const [lows, highs] = [at(forecast?.low ?? []), at(forecast?.high ?? [])];
  const marks = new Map(anomalies.map((point) => [point.t, point]));
  const formatter = (params) => {
    const t = [params].flat()[0]?.value?.[0];
    const rows = lines.map((line, i) => [line, maps[i].get(t), i]).filter(([, value]) => value !== undefined)
      .sort((a, b) => (b[1] ?? -Infinity) - (a[1] ?? -Infinity)).slice(0, 12)
      .map(([line, value, i]) => `${i < COLOURED ? `{c${i}|●} ` : ""}${plainRich(line.name)}  {v|${plainRich(text(value, line.column))}}`);
    ghosts.forEach((ghost, i) => ghostMaps[i].has(t) && rows.push(`${words.previous}  {v|${plainRich(text(ghostMaps[i].get(t), ghost.column))}}`));
    if (means.has(t) && t > forecast.now) {
      const range = theme.text("expected", { low: text(lows.get(t), lines[0].column), high: text(highs.get(t), lines[0].column) });
      rows.push(`${theme.text("forecast")}  {v|${plainRich(text(means.get(t), lines[0].column))}}`, `{s|${plainRich(range)}}`);
    }
    if (marks.has(t)) rows.push(`{b|${theme.text("unusual")}} {s|${plainRich(marks.get(t).by.join(", "))}}`);
    return [`{h|${plainRich(formatTime(t, frame.grain, theme))}}`, ...rows].join("\n");
  };
  const base = tooltip(theme, {}).textStyle;
  return { formatter, textStyle: { ...base, rich: { ...base.rich, ...rich } } };
}

/** One sentence that says what the chart shows. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const { lines, forecast, anomalies, frame } = read(data, options, theme);
  if (!lines.length) return theme.text("no_data");
  const [line] = lines;
  const values = line.points.map(([, value]) => value).filter(isNumber);
  const text = (value) => formatNumber(value, line.column, { locale: theme.locale });
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const main = lines.length > 1
    ? theme.text("split_n", { name: labelOf(line.column), by: line.split ? splitLabel(frame) : timesOf(frame)[0].label, n: lines.length, first: line.name, value: text(values.at(-1)) })
    : theme.text("from_to", { name: line.name, low: text(low), high: text(high), last: text(values.at(-1)) });
  const parts = [main];
  if (forecast) parts.push(theme.text("forecast_says", { t: formatTime(forecast.t.at(-1), frame.grain, theme), value: text(forecast.mean.at(-1)[1]) }));
  if (anomalies.length) parts.push(theme.text("unusual_n", { n: anomalies.length }));
  return parts.join(" ") || MISSING;
}

const splitLabel = (frame) => labelOf(frame.columns.find(({ role }) => role === "dimension"));

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
