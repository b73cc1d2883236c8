// What charts read: columns by role, a long frame as series, and the delta that keeps a live frame true.
import { decimalsOf } from "./decimals.js";
import { formatNumber, MISSING } from "./format.js";
import { formatTime, gapAfter, isTime, monthName, weekday } from "./time.js";

export const EMPTY = { columns: [], data: [], row_count: 0 };

export function frameOf(data, name = "main") {
  const frame = data?.frames?.[name] ?? (name === "previous" ? comparisonIn(data?.frames?.main) : null);
  return frame && Array.isArray(frame.columns) && Array.isArray(frame.data) && frame.data.length === frame.columns.length ? withOther(frame) : EMPTY;
}

const OTHER = "__other__";
const named = new WeakMap();

/** The frame with its rest by name: where the flag "region__other" is set, the null of "region" is not a missing value. */
export function withOther(frame) {
  const flag = frame.columns.findIndex(({ role }) => role === "flag");
  if (flag < 0) return frame;
  if (!named.has(frame)) {
    const at = frame.columns.findIndex(({ name }) => `${name}${OTHER.slice(0, -2)}` === frame.columns[flag].name);
    const data = frame.data.map((values, i) => (i === at ? values.map((value, row) => (frame.data[flag][row] ? OTHER : value)) : values));
    const keep = (_, i) => i !== flag;
    named.set(frame, { ...frame, columns: frame.columns.filter(keep), data: data.filter(keep) });
  }
  return named.get(frame);
}

/** The frame before, where its values stand beside those of now ("revenue__before"), step by step; else null. */
function comparisonIn(frame) {
  if (!frame?.columns?.some(({ role }) => role === "comparison")) return null;
  const kept = frame.columns.flatMap((column, i) => (column.role === "measure" ? [] : [[column, i]]));
  const columns = kept.map(([column]) => (column.role === "comparison" ? { ...column, role: "measure", name: column.name.replace(/__before$/, "") } : column));
  return { ...frame, columns, data: kept.map(([, i]) => frame.data[i]), isBeside: true };
}

export const rowsOf = (frame) => frame.data[0]?.length ?? 0;
const byRole = (role) => (frame) => frame.columns.flatMap((column, i) => (column.role === role ? [{ ...column, at: i, values: frame.data[i] }] : []));
export const timesOf = byRole("time");
export const dimensionsOf = byRole("dimension");
export const measuresOf = byRole("measure");

/** The measure that an option names, else the nth. */
export function measure(frame, name, n = 0) {
  const all = measuresOf(frame);
  return all.find((column) => column.name === name) ?? all[n] ?? null;
}

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
/** Whether the values of two groups together are the sum of theirs: sums and numbers of rows, not averages. */
export const addsUp = (column) => column?.adds_up !== false;
export const labelOf = (column) => String(column?.label || column?.name || "");

/** Part of a calendar that a numeric column holds: "weekday" (0 = Monday), "hour", "month", or null. */
export function partOf(column) {
  if (column.part) return column.part;
  if (["weekday", "hour", "month"].includes(column.format)) return column.format;
  return column.type === "number" ? (/(?:^|[._: -])(weekday|hour|month)$/.exec(column.name)?.[1] ?? null) : null;
}

/** A category as people read it. */
export function nameOf(value, column, theme) {
  if (value === null || value === undefined || value === "") return theme.text("none");
  if (value === OTHER) return theme.text("other");
  if (column?.type === "time") return formatTime(value, column.grain, theme);
  const part = column ? partOf(column) : null;
  if (part && isNumber(value)) return part === "weekday" ? weekday(value, theme.locale) : part === "month" ? monthName(value, theme.locale) : String(value).padStart(2, "0");
  if (typeof value === "boolean") return theme.text(value ? "yes" : "no");
  return String(value);
}

/** One cell in full, for tooltips and tables. decimals: exactly so many, where it is one of a column of numbers. */
export function cellText(value, column, theme, grain = null, decimals = null) {
  if (value === null || value === undefined) return MISSING;
  if (column.type === "time") return formatTime(value, column.role === "time" ? grain : null, theme);
  if (column.role === "measure" || column.role === "comparison" || (column.type === "number" && !partOf(column))) {
    return isNumber(value) ? formatNumber(value, column, { locale: theme.locale, unit: false, decimals }) : MISSING;
  }
  return nameOf(value, column, theme);
}

/** row -> the text of a cell: all numbers of the column with as many decimals. */
export function textsOf(values, column, theme, { grain = null, raw = false } = {}) {
  const decimals = column.type === "number" && !partOf(column) ? decimalsOf(values, column, { isRaw: raw }) : null;
  return (row) => cellText(values[row], column, theme, grain, decimals);
}

/** A long frame (one row per time and split) as lines: [{key, name, column, points: [[ms, value|null], ...]}].
 * A missing bucket or value is a null, so that a gap stays a gap. Several measures give several lines. */
export const seriesOf = (frame, theme) => withHoles(linesOf(frame, theme), frame);

/** Such lines as the rows give them, without what is missing between them. `place`: which measure, from 0. */
export function linesOf(frame, theme) {
  const [time] = timesOf(frame);
  if (!time) return [];
  const [split] = dimensionsOf(frame);
  const measures = measuresOf(frame);
  const lines = new Map();
  for (let row = 0; row < time.values.length; row++) {
    const t = time.values[row];
    if (!isTime(t)) continue;
    const key = split ? split.values[row] : null;
    for (const [place, column] of measures.entries()) {
      const id = `${column.name}\u0000${split ? String(key) : ""}`;
      if (!lines.has(id)) lines.set(id, { ...lineOf(key, split, column, measures.length, theme), place });
      const value = column.values[row];
      lines.get(id).points.push([t, isNumber(value) ? value : null]);
    }
  }
  return [...lines.values()];
}

/** Lines with nulls where the frame has no row for them. */
export function withHoles(lines, frame) {
  const [time] = timesOf(frame);
  const holes = time && dimensionsOf(frame).length ? wholeTimes(time.values) : null;
  return lines.map((line) => ({ ...line, points: withGaps(line.points, frame.grain, holes) }));
}

function lineOf(key, split, column, measures, theme) {
  const name = split ? nameOf(key, split, theme) : labelOf(column);
  const known = split ? key : column.name;
  return { key: known, split: split?.name ?? null, name: split && measures > 1 ? `${name} · ${labelOf(column)}` : name, column, points: [] };
}

const wholeTimes = (times) => [...new Set(times.filter(isTime))].sort((a, b) => a - b);

/** Nulls where a bucket is missing: where other splits have one, or by the grain. */
function withGaps(points, grain, times) {
  if (times) {
    const have = new Map(points);
    const [first, last] = [points[0]?.[0], points.at(-1)?.[0]];
    if (have.size < times.length) points = times.filter((t) => t >= first && t <= last).map((t) => [t, have.get(t) ?? null]);
  }
  const most = gapAfter(grain);
  if (most === Infinity) return points;
  return points.flatMap((point, i) => (i && point[0] - points[i - 1][0] > most ? [[points[i - 1][0] + most / 1.5, null], point] : [point]));
}

/** The rows of a frame that `keep(row index)` wants, as a new frame. */
export function filterRows(frame, keep) {
  const rows = Array.from({ length: rowsOf(frame) }, (_, row) => row).filter(keep);
  return { ...frame, data: frame.data.map((values) => rows.map((row) => values[row])), row_count: rows.length };
}

/** A frame after a delta: its rows from `from` on make way for those of the delta, rows before the window fall off.
 * from: ms, or null to replace all. Pure: neither input changes. */
export function replaceFrom(frame, delta, from) {
  const at = frame?.columns?.findIndex((column) => column.role === "time") ?? -1;
  const same = frame && frame.columns.map((column) => column.name).join("\u0000") === delta.columns.map((column) => column.name).join("\u0000");
  if (from === null || from === undefined || !same || at < 0) return delta;
  const oldest = delta.window?.from ?? -Infinity;
  const kept = filterRows(frame, (row) => frame.data[at][row] < from && frame.data[at][row] >= oldest);
  const data = kept.data.map((values, i) => values.concat(delta.data[i]));
  return { ...frame, ...delta, data, row_count: data[0].length };
}

/** Card data after a delta frame of the live protocol. A frame or overlay that the delta does not carry stays.
 * A delta's main frame was asked for its newest steps alone; what the card shows is the window of the delta. */
export function applyDelta(data, delta, from) {
  const frames = { ...data?.frames };
  for (const [name, frame] of Object.entries(delta.frames ?? {})) {
    const whole = name === "main" && delta.window ? { ...frame, window: delta.window } : frame;
    frames[name] = replaceFrom(frames[name], whole, name === "previous" ? null : from);
  }
  return { ...data, ...delta, frames, overlays: { ...data?.overlays, ...delta.overlays } };
}

/** Whether frames.previous is of a year before rather than of the period before. */
export function isYearBefore(data) {
  if (frameOf(data, "previous").isBeside) return frameOf(data).compare === "year";
  const [now, before] = [frameOf(data).window, frameOf(data, "previous").window];
  if (!now || !before) return false;
  const apart = (now.from - before.from) / 864e5;
  return apart >= 363 && apart <= 367 && now.to - now.from < 360 * 864e5;
}

/** Whether rows are missing that nobody asked to leave out: a limit that was asked for is no cut. */
export const wasCut = (frame) => Boolean(frame.truncated) && !(frame.limit > 0 && rowsOf(frame) >= frame.limit);

/** What a picture of sums and shares must say of rows that are missing; "" where none are. */
export function cutWords(frame, theme) {
  if (wasCut(frame)) return theme.text("answer_cut");
  return frame.truncated ? theme.text("of_first_rows", { n: formatNumber(frame.limit, { format: "integer" }, { locale: theme.locale }) }) : "";
}

/** The table view of any frame: columns to show and rows of texts. */
export function tableOf(data, theme) {
  const frame = frameOf(data);
  const columns = frame.columns.map((column) => ({ name: column.name, label: labelOf(column), unit: column.unit ?? null, numeric: ["measure", "comparison"].includes(column.role) }));
  const texts = frame.columns.map((column, i) => textsOf(frame.data[i], column, theme, frame));
  const rows = Array.from({ length: rowsOf(frame) }, (_, row) => texts.map((text) => text(row)));
  return { columns, rows };
}
