// A frame as fields: one per column, each with its value, its text and its cell by row. Nothing is made before it is shown.
//   cell: {text, fill?, isInverse?, bar?, tone?, mark?, spark?, href?, isStrong?}
import { decimalsOf } from "../../lib/decimals.js";
import { change, formatNumber, MISSING, movesInPoints } from "../../lib/format.js";
import { cellText, dimensionsOf, frameOf, isNumber, labelOf, measure, nameOf, partOf, rowsOf, timesOf } from "../../lib/frame.js";
import { barOf, extent, judge, linkOf, settingsOf, shade } from "./formats.js";

const SIGNS = { 1: "+", [-1]: "−", 0: "" };
const SHOWN_UNITS = new Set(["%", "€", "$", "£", "¥", "₹", "EUR", "USD", "GBP", "JPY", "CNY", "INR", "CHF"]);
const isFigure = ({ role }) => role === "measure" || role === "comparison";

/** The name of a column with its unit, unless each cell shows that itself. */
export function headOf(column) {
  const isShown = !column.unit || SHOWN_UNITS.has(column.unit) || ["currency", "duration", "percent"].includes(column.format);
  return labelOf(column) + (isShown ? "" : `, ${column.unit}`);
}

/** All fields of a table, hidden ones too. trend: {frame, why}: courses of a measure per row, or why there are none. */
export function fieldsOf(frame, theme, options = {}, trend = null) {
  const settings = settingsOf(options);
  const at = new Map(frame.columns.map(({ name }, i) => [name, i]));
  const valueIn = (row) => (name) => frame.data[at.get(name)]?.[row];
  const fields = frame.columns.flatMap((column, i) => {
    const setting = settings.get(column.name) ?? {};
    const found = [plainField(frame, column, i, setting, theme, valueIn)];
    const now = column.role === "comparison" ? at.get(column.name.replace(/__before$/, "")) : undefined;
    return now === undefined ? found : [...found, changeField(frame, column, i, now, theme)];
  });
  const course = trend && courseField(frame, trend, theme);
  return course ? [...fields, course] : fields;
}

function plainField(frame, column, at, setting, theme, valueIn) {
  const formatted = { ...column, format: setting.format || column.format };
  const values = frame.data[at];
  const isNumeric = isFigure(column) || (column.type === "number" && !partOf(column));
  const text = isNumeric
    ? (row) => (isNumber(values[row]) ? formatNumber(values[row], formatted, { locale: theme.locale, unit: false, decimals: decimalsOf(values, formatted, { isRaw: frame.raw }) }) : MISSING)
    : (row) => cellText(values[row], column, theme, frame.grain);
  const decorate = decorator(values, column, setting, theme);
  return {
    name: column.name, label: setting.label || headOf(formatted), role: column.role, numeric: isNumeric, isHidden: setting.hide === true, column: formatted, values,
    value: (row) => values[row], text,
    cell: (row) => {
      const href = setting.link ? linkOf(setting.link, (name) => (name === "value" ? values[row] : valueIn(row)(name))) : null;
      return { text: text(row), ...decorate(values[row]), ...(href ? { href } : {}) };
    },
  };
}

/** value -> what lies beside its text; the scale is that of the rows that are here. */
export function decorator(values, column, { show, ...setting }, theme) {
  if (show === "tone" || show === "icon") return (value) => ({ [show === "tone" ? "tone" : "mark"]: judge(value, setting, column) ?? undefined });
  if (show !== "scale" && show !== "bar") return () => ({});
  let known = null;
  const scale = () => (known ??= extent(values));
  if (show === "bar") return (value) => ({ bar: barOf(value, scale()) ?? undefined });
  return (value) => shade(value, scale(), theme) ?? {};
}

function changeField(frame, { name }, before, now, theme) {
  const column = frame.columns[now];
  const moved = (row) => change(frame.data[now][row], frame.data[before][row], column, theme.locale, decimals());
  const text = (row) => changeText(moved(row));
  let known;
  const decimals = () => (known ??= changeDecimals(frame.data[now].map((_, row) => ratio(row)), column));
  const ratio = (row) => {
    const [a, b] = [frame.data[now][row], frame.data[before][row]];
    if (!isNumber(a) || !isNumber(b)) return null;
    return movesInPoints(column) ? a - b : b === 0 ? null : (a - b) / Math.abs(b);
  };
  return {
    name: `${name}_change`, label: theme.text("change"), role: "change", numeric: true, isHidden: false, column: {}, value: ratio, text,
    cell: (row) => ({ text: text(row), verdict: moved(row)?.verdict ?? undefined }),
  };
}

/** Decimals of a column of changes, by what they are relatively or in points. */
export const changeDecimals = (moves, column) => decimalsOf(moves.map((move) => (isNumber(move) && movesInPoints(column) && column.format !== "percent" ? move / 100 : move)), { format: "percent" });

export const changeText = (moved) => (moved ? SIGNS[moved.direction] + moved.text : MISSING);

/** One line per row: its points of the trend, found by the row's dimensions. */
function courseField(frame, { frame: trend, name }, theme) {
  const column = measure(trend, name);
  const [time] = timesOf(trend);
  if (!column || !time || trend.truncated) return null;
  const keys = dimensionsOf(frame);
  const there = keys.map((key) => dimensionsOf(trend).find((each) => each.name === key.name)?.values);
  if (there.some((values) => !values)) return null;
  const lines = new Map();
  for (let row = 0; row < rowsOf(trend); row++) {
    const id = JSON.stringify(there.map((values) => values[row]));
    if (!lines.has(id)) lines.set(id, []);
    lines.get(id).push([time.values[row], isNumber(column.values[row]) ? column.values[row] : null]);
  }
  const span = extent(time.values);
  const pointsOf = (row) => lines.get(JSON.stringify(keys.map((key) => key.values[row]))) ?? [];
  const last = (row) => pointsOf(row).findLast(([, value]) => value !== null)?.[1] ?? null;
  const text = (row) => (last(row) === null ? MISSING : formatNumber(last(row), column, { locale: theme.locale, unit: false }));
  return {
    name: "@course", label: theme.text("course_of", { name: labelOf(column) }), role: "course", numeric: false, isHidden: false, column, value: last, text,
    cell: (row) => ({ text: "", spark: { points: pointsOf(row), span, label: theme.text("course_ends", { value: text(row) }) } }),
  };
}

/** What the reader made of the fields: those not hidden, in order. memory.hidden: a Set of names; it has the last word. */
export const shownFields = (fields, memory = {}) => fields.filter(({ name, isHidden }) => (memory.shownOf?.has(name) ? memory.shownOf.get(name) : !isHidden));

/** The rows in the order and of the search that the reader asked for: row numbers of the frame. */
export function ordered(fields, count, { sort = [], search = "" } = {}) {
  let rows = Array.from({ length: count }, (_, row) => row);
  const wanted = search.trim().toLowerCase();
  if (wanted) rows = rows.filter((row) => fields.some((field) => field.text(row).toLowerCase().includes(wanted)));
  const by = sort.map(({ name, descending }) => [fields.find((field) => field.name === name), descending]).filter(([field]) => field);
  if (!by.length) return rows;
  const keys = by.map(([field]) => Array.from({ length: count }, (_, row) => field.value(row)));
  return rows.sort((a, b) => {
    for (const [at, [, descending]] of by.entries()) {
      const found = compare(keys[at][a], keys[at][b], descending);
      if (found) return found;
    }
    return a - b;
  });
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Nothing comes last, whichever way it is sorted. */
export function compare(a, b, descending = false) {
  const [noA, noB] = [a, b].map((value) => value === null || value === undefined || value === "");
  if (noA || noB) return noA - noB;
  const found = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return descending ? -found : found;
}

/** The same measures over everything, under their columns; null without them. */
export function footOf(fields, data, theme) {
  const total = frameOf(data, "total");
  if (!rowsOf(total)) return null;
  const known = new Map(total.columns.map((column, i) => [column.name, total.data[i][0]]));
  return fields.map(({ name, column, numeric, values = [] }, i) => {
    if (i === 0 && !known.has(name)) return { text: theme.text("total"), isStrong: true };
    if (!known.has(name) || !numeric) return { text: "" };
    const value = known.get(name);
    return { text: isNumber(value) ? formatNumber(value, column, { locale: theme.locale, unit: false, decimals: decimalsOf(values, column) }) : MISSING, isStrong: true };
  });
}

/** What a row is about, for a click on it: its dimensions with their values. */
export function keysOf(frame, row, theme) {
  return dimensionsOf(frame).map((column) => ({ column: column.name, value: column.values[row], name: nameOf(column.values[row], column, theme) }));
}
