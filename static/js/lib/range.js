// Ranges as filters of a page: "10..20" is what is at least 10 and less than 20; "10.." and "..20" are open at one end.
// On a column of numbers an edge is a number as JSON writes it, on one of times a date, a moment of ISO 8601, or milliseconds since
// 1970. On other columns ".." is text. apps/widgets/chosen.py reads the same on the server.
import { formatNumber } from "./format.js";
import { formatTime } from "./time.js";

const SIGN = "..";
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const MS = /^-?\d{11,14}$/;
const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** Edges, null where open, as the text of a filter. */
export const writeRange = ([from, to]) => `${from ?? ""}${SIGN}${to ?? ""}`;

/** The edges that a text names on a column of that type: numbers, or texts of times; null for what is no range. */
export function readRange(text, type) {
  const parts = String(text).trim().split(SIGN);
  if (!["number", "time"].includes(type) || parts.length !== 2 || !parts.some(Boolean)) return null;
  const edges = parts.map((part) => edgeOf(part.trim(), type));
  if (edges.includes(undefined)) return null;
  const [from, to] = edges.map((edge) => (edge === null || type === "number" ? edge : momentOf(edge)));
  return from !== null && to !== null && from >= to ? null : edges;
}

function edgeOf(part, type) {
  if (part === "") return null;
  if (type === "number") return NUMBER.test(part) && Number.isFinite(Number(part)) ? Number(part) : undefined;
  return MS.test(part) || (ISO.test(part) && !Number.isNaN(momentOf(part))) ? part : undefined;
}

/** Milliseconds; a time without a zone is told as if clocks showed UTC, since it is only compared or shown. */
const momentOf = (text) => (MS.test(text) ? Number(text) : Date.parse(/[T ]/i.test(text) && !hasZone(text) ? `${text}Z` : text));
const hasZone = (text) => MS.test(text) || /(Z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10));

/** Edges in words: "10 – 20 min", "< 0", "≥ 500". column: {type, unit, format}. short: three digits that matter. */
export function rangeText([from, to], column, theme, short = false) {
  const edge = (value, unit = true) => (column?.type === "time" && typeof value === "string" ? timeText(value, theme) : formatNumber(value, column, { locale: theme.locale, short, unit: unit && !short }));
  if (from === null) return `< ${edge(to)}`;
  if (to === null) return `≥ ${edge(from)}`;
  return `${edge(from, false)} – ${edge(to)}`;
}

const timeText = (text, { locale, timezone }) => formatTime(momentOf(text), null, { locale, timezone: hasZone(text) ? timezone : "UTC" });

/** One text of a filter as people read it; what is no range stays as it is. */
export function filterText(text, column, theme) {
  const range = column && readRange(text, column.type);
  return range ? rangeText(range, column, theme) : text;
}
