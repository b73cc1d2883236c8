// What a chart over time shows, still without any drawing: lines, the period before, overlays, the window.
import { isOther } from "../../lib/colour.js";
import { frameOf, isNumber, linesOf, seriesOf, withHoles } from "../../lib/frame.js";
import { gapAfter } from "../../lib/time.js";
import { themeOf } from "../theme.js";

export const COLOURED = 7; // more lines than colours: the smaller ones go grey
const MOST = 20;

/** markOf(line): "line", "area" or "bar". -> {frame, lines, ghosts, forecast, anomalies, events, from, to, leftOut, hasRest} */
export function read(data, options = {}, theme = themeOf("light"), { markOf = () => "line", hidden = new Set() } = {}) {
  const frame = frameOf(data);
  const chosen = choose(linesOf(frame, theme).filter(({ points }) => points.some(([, value]) => value !== null)), options);
  const whole = withHoles(chosen.lines, frame).map((line) => ({ ...line, mark: markOf(line), off: hidden.has(line.name) }));
  const lines = coloured(stackedOf(whole, options), theme);
  const [from, to] = windowOf(data, frame, lines);
  const ghosts = options.compare === false ? [] : ghostsOf(data, lines, theme, from);
  const forecast = options.forecast === false || lines.length !== 1 ? null : forecastOf(data, lines[0]);
  const anomalies = options.anomalies === false ? [] : anomaliesOf(data, lines, from, to);
  const end = forecast ? Math.max(to, forecast.t.at(-1)) : to;
  const events = options.events === false ? [] : eventsOf(data, from, end);
  return { frame, lines, ghosts, forecast, anomalies, events, from, to: end, leftOut: chosen.leftOut, hasRest: chosen.hasRest };
}

/** Whether lines stand on each other. */
export const isStacked = (options) => Boolean(options.stacked || options.share);

const weight = ({ points }) => points.reduce((sum, [, value]) => sum + Math.abs(value ?? 0), 0);

/** The greatest lines, the rest last; how many there are beside them, and whether a rest of unknown size is not drawn. */
function choose(all, options) {
  const most = isNumber(options.most) && options.most >= 1 ? options.most : MOST;
  const isRest = ({ key, split }) => Boolean(split) && key !== null && isOther(key);
  const rest = all.filter(isRest);
  const single = all.filter((line) => !isRest(line)).map((line) => [weight(line), line]).sort((a, b) => b[0] - a[0]).map(([, line]) => line);
  const withRest = isStacked(options) || options.others === true;
  return { lines: [...single.slice(0, most), ...(withRest ? rest : [])], leftOut: Math.max(0, single.length - most), hasRest: rest.length > 0 && !withRest };
}

function coloured(lines, theme) {
  if (lines[0]?.split) theme.places.meet(lines.slice(0, COLOURED).map(({ key }) => key), lines[0].split);
  lines.forEach((line, i) => {
    line.grey = i >= COLOURED && !isOther(line.key);
    line.colour = line.grey ? theme.lineStrong : line.split ? theme.category(line.key, i, line.split) : theme.category(undefined, line.place ?? i);
  });
  return lines;
}

/** Stacked lines need a value at every time of the others; where one has none it adds nothing. As shares they add up to 1. */
function stackedOf(lines, options) {
  if (!isStacked(options)) return lines;
  const stacked = aligned(lines);
  if (!options.share) return stacked;
  const sums = (stacked[0]?.points ?? []).map((_, i) => stacked.reduce((sum, line) => sum + (line.off ? 0 : Math.abs(line.points[i][1])), 0));
  const percent = (line) => ({ ...line.column, format: "percent", unit: null });
  return stacked.map((line) => ({
    ...line, whole: line.column, values: new Map(line.points), column: percent(line),
    points: line.points.map(([t, value], i) => [t, sums[i] ? value / sums[i] : 0]),
  }));
}

function aligned(lines) {
  const times = [...new Set(lines.flatMap(({ points }) => points.filter(([, value]) => value !== null).map(([t]) => t)))].sort((a, b) => a - b);
  return lines.map((line) => {
    const have = new Map(line.points);
    return { ...line, points: times.map((t) => [t, have.get(t) ?? 0]) };
  });
}

function windowOf(data, frame, lines) {
  const [low, high] = lines.length ? extentOf(lines.flatMap(({ points }) => [points[0][0], points.at(-1)[0]])) : [0, 1];
  const given = data?.window ?? frame.window;
  // the last bucket starts before the window ends: the axis ends where the data can
  const [from, to] = given && isNumber(given.from) && isNumber(given.to) ? [Math.min(given.from, low), frame.grain ? high : Math.max(given.to, high)] : [low, high];
  const beside = Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : 18e5;
  const half = lines.some(({ mark }) => mark === "bar") ? beside / 2 : 0; // a bar stands on both sides of its moment
  return from < to ? [half ? low - half : from, to + half] : [from - beside, to + beside];
}

/** Lowest and highest of many numbers. */
export const extentOf = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

/** The previous period, moved onto this one. */
function ghostsOf(data, lines, theme, from) {
  const frame = frameOf(data, "previous");
  const ghosts = lines.length > 3 || lines.some(({ whole }) => whole) ? [] : seriesOf(frame, theme);
  if (!ghosts.length) return [];
  const start = frame.window?.from ?? Math.min(...ghosts.map(({ points }) => points[0][0]));
  const now = (frameOf(data).window ?? data.window)?.from ?? from;
  const own = (ghost) => lines.find(({ key, column }) => key === ghost.key && column.name === ghost.column.name);
  return ghosts.filter(own).map((ghost) => ({ ...ghost, place: own(ghost).place, overBars: own(ghost).mark === "bar", isBeside: frame.isBeside, points: ghost.points.map(([t, value]) => [t - start + now, value]) }));
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

/** What happened meanwhile: [{t, end, label}] that touch the window, by time. */
function eventsOf(data, from, to) {
  const events = Array.isArray(data?.overlays?.events) ? data.overlays.events : [];
  return events.filter((event) => isNumber(event?.t)).map(({ t, end, label }) => ({ t, end: isNumber(end) && end > t ? end : null, label: String(label ?? "") }))
    .filter(({ t, end }) => t <= to && (end ?? t) >= from).sort((a, b) => a.t - b.t).slice(0, 200);
}
