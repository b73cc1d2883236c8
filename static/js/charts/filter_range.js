// The inside of a filter card that sets a range: two fields with the ends of the data, and what is wrong with them.
import { formatNumber } from "../lib/format.js";
import { dimensionsOf, frameOf, measuresOf, timesOf } from "../lib/frame.js";
import { escape, svg, tag, textAt } from "../lib/markup.js";
import { fit } from "../lib/measure.js";
import { rangeText, readRange, writeRange } from "../lib/range.js";
import { formatTime, isTime, toWall } from "../lib/time.js";
import { decimalOf, parseNumber, plainNumber } from "../lib/typed.js";

const DAYS = 3 * 864e5; // a shorter span is told by its minutes
const MS = /^-?\d{11,14}$/;

/** {column: {type, unit, format}, ends: [lowest, highest] of the data, edges: [from, to] that are chosen, isFine}; null for a
 * card of values. Times: ends in ms, edges as texts. */
export function readEnds(data) {
  const frame = frameOf(data);
  if (dimensionsOf(frame).length) return null;
  const [low, high] = measuresOf(frame);
  const [time] = timesOf(frame);
  if (!high && !time) return null;
  const column = time ? { ...time, type: "time" } : low;
  const ends = time ? [time.values[0], timesOf(frameOf(data, "last"))[0]?.values[0]] : [low.values[0], high.values[0]];
  const chosen = (data?.overlays?.chosen ?? []).map((text) => readRange(text, column.type)).find(Boolean) ?? [null, null];
  return { column, ends: ends.map((end) => end ?? null), edges: chosen, isFine: Boolean(time) && ((isTime(ends[0]) && ends[1] - ends[0] < DAYS) || chosen.some((edge) => edge !== null && (MS.test(edge) || /T/i.test(edge)))) };
}

/** What the field of an end shows: the chosen edge as one types it; a time as the control of the browser wants it. */
function fieldText(edge, { column, isFine }, theme) {
  if (edge === null) return "";
  if (column.type !== "time") return plainNumber(edge, theme.locale);
  const isMoment = MS.test(edge) || /(Z|[+-]\d{2}:?\d{2})$/.test(edge.slice(10));
  const wall = isMoment ? toWall(MS.test(edge) ? Number(edge) : Date.parse(edge), theme.timezone) : Date.parse(edge.length > 10 ? `${edge}Z` : edge);
  return new Date(wall).toISOString().slice(0, isFine ? 16 : 10);
}

/** An end of the data in words. */
const endText = (end, { column, isFine }, theme) => (column.type === "time" ? (isTime(end) ? formatTime(end, isFine ? "minute" : "day", theme).replace(/^\S+ (?=\d)/, "") : "") : end === null ? "" : formatNumber(end, column, { locale: theme.locale }));

export function rangeHtml(shown, theme, memory) {
  const typed = memory.typed ?? shown.edges.map((edge) => fieldText(edge, shown, theme));
  const [from, to] = ["from_time", "to_excluded"].map((word) => theme.text(word));
  const isTimed = shown.column.type === "time";
  const field = (i, word, name) => {
    const kind = isTimed ? `type="${shown.isFine ? "datetime-local" : "date"}"` : `type="text" inputmode="${decimalOf(theme.locale) === "." ? "decimal" : "text"}"`;
    const hint = isTimed ? "" : ` placeholder="${escape(shown.ends[i] === null ? "" : plainNumber(shown.ends[i], theme.locale))}"`;
    return `<label class="fc__end"><span class="fc__name">${escape(word)}</span><input class="input fc__${name}" ${kind} autocomplete="off" value="${escape(typed[i])}"${hint}${memory.error ? ' aria-invalid="true"' : ""}></label>`;
  };
  const known = shown.ends.every((end) => end !== null);
  const hint = known && !memory.error ? `<p class="fc__hint">${escape(theme.text("data_from_to", { low: endText(shown.ends[0], shown, theme), high: endText(shown.ends[1], shown, theme) }))}</p>` : "";
  const error = memory.error ? `<p class="field__error fc__error" role="alert">${escape(memory.error)}</p>` : "";
  const isSet = shown.edges.some((edge) => edge !== null) || typed.some(Boolean);
  return `<div class="fc"><div class="fc__range" role="group">${field(0, from, "from")}${field(1, to, "to")}</div>${error}${hint}<button class="link fc__clear" type="button"${isSet ? "" : " hidden"}>${escape(theme.text("clear"))}</button></div>`;
}

/** What was typed as the text of a filter: {text} ("" for none), or {error} that names the field. */
export function typedRange([from, to], shown, theme) {
  const isTimed = shown.column.type === "time";
  const edges = [from, to].map((text) => (text.trim() === "" ? null : isTimed ? text : parseNumber(text, theme.locale)));
  const bad = edges.findIndex((edge) => Number.isNaN(edge));
  if (bad >= 0) return { error: theme.text("range_number", { field: theme.text(bad ? "to_excluded" : "from_time"), value: [from, to][bad] }) };
  if (edges.every((edge) => edge === null)) return { text: "" };
  const text = writeRange(edges);
  return readRange(text, shown.column.type) ? { text } : { error: theme.text("range_order", { from, to }) };
}

/** Two boxes, as the page has them, for paper. */
export function rangeSvg(shown, theme, size, label) {
  const gap = 8;
  const wide = Math.max(10, (size.width - gap) / 2);
  const boxes = ["from_time", "to_excluded"].map((word, i) => {
    const x = i * (wide + gap);
    const isSet = shown.edges[i] !== null;
    const text = isSet ? rangeText(i ? [null, shown.edges[i]] : [shown.edges[i], null], shown.column, theme) : endText(shown.ends[i], shown, theme);
    return textAt(x, 12, fit(theme.text(word), wide, theme.small), { size: theme.small, fill: theme.ink3 })
      + tag("rect", { x: x + 0.5, y: 18.5, width: wide - 1, height: 29, rx: 6, fill: theme.card, stroke: isSet ? theme.accent : theme.lineStrong })
      + textAt(x + 9, 38, fit(text, wide - 18, 13), { size: 13, fill: isSet ? theme.ink : theme.ink3 });
  });
  return svg(size, theme, boxes.join(""), label);
}

export const rangeWords = (shown, theme) => (shown.edges.every((edge) => edge === null) ? theme.text("data_from_to", { low: endText(shown.ends[0], shown, theme), high: endText(shown.ends[1], shown, theme) }) : theme.text("filtered_by", { values: rangeText(shown.edges, shown.column, theme) }));

/** Lowest and highest of the data, and what is chosen. */
export function rangeTable(shown, theme) {
  const [low, high] = shown.ends.map((end) => endText(end, shown, theme));
  const chosen = shown.edges.every((edge) => edge === null) ? theme.text("all") : rangeText(shown.edges, shown.column, theme);
  return { columns: [{ name: "what", label: "", unit: null, numeric: false }, { name: "value", label: theme.text("value"), unit: null, numeric: false }], rows: [[theme.text("lowest"), low], [theme.text("highest_word"), high], [theme.text("chosen"), chosen]] };
}
