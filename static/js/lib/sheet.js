// A frame as a sheet of texts: line by line with the change of what is compared, or with one dimension across the top.
//   sheet = { columns: [{name, label, numeric}], rows: [[text]], count, keys: [[{column, value, name}]], foot: [text] | null, hidden }
import { change, MISSING } from "./format.js";
import { labelOf, nameOf, rowsOf, textsOf } from "./frame.js";
import { formatTime } from "./time.js";

const ACROSS = 60;
const SIGNS = { 1: "+", [-1]: "−", 0: "" };
const isMeasure = ({ role }) => role === "measure" || role === "comparison";
const headOf = (column) => labelOf(column) + (column.unit ? ` ${column.unit}` : "");

/** The texts of a column by row; after what it was before comes how it changed. */
function fieldsOf(frame, theme) {
  const at = new Map(frame.columns.map(({ name }, i) => [name, i]));
  return frame.columns.flatMap((column, i) => {
    const plain = { name: column.name, label: headOf(column), numeric: isMeasure(column), text: textsOf(frame.data[i], column, theme, frame) };
    const now = column.role === "comparison" ? at.get(column.name.replace(/__before$/, "")) : undefined;
    if (now === undefined) return [plain];
    const text = (row) => changeText(frame.data[now][row], frame.data[i][row], frame.columns[now], theme);
    return [plain, { name: `${column.name}_change`, label: theme.text("change"), numeric: true, text }];
  });
}

function changeText(now, before, column, theme) {
  const moved = change(now, before, column, theme.locale);
  return moved ? SIGNS[moved.direction] + moved.text : MISSING;
}

/** One line per row of the frame. total: a frame of one row, the same measures over everything. */
export function listed(frame, theme, { total = null, most = Infinity } = {}) {
  const fields = fieldsOf(frame, theme);
  const count = Math.min(rowsOf(frame), most);
  const rows = Array.from({ length: count }, (_, row) => fields.map(({ text }) => text(row)));
  return { columns: fields.map(({ name, label, numeric }) => ({ name, label, numeric })), rows, count: rowsOf(frame), keys: keysOf(frame, rows.map((_, row) => row), dimensionsIn(frame), theme), foot: footOf(fields, total, theme), hidden: 0 };
}

/** What each of the rows is about: its dimensions with their values, for a menu. */
function keysOf(frame, rows, down, theme) {
  return rows.map((row) => down.map(({ column, i }) => ({ column: column.name, role: column.role, value: frame.data[i][row], name: cellName(frame.data[i][row], column, frame, theme) })));
}

const dimensionsIn = (frame, but = -1) => frame.columns.flatMap((column, i) => (isMeasure(column) || i === but ? [] : [{ column, i }]));

const cellName = (value, column, frame, theme) => (column.role === "time" ? formatTime(value, frame.grain, theme) : nameOf(value, column, theme));

function footOf(fields, total, theme) {
  if (!total || !rowsOf(total)) return null;
  const known = new Map(fieldsOf(total, theme).map((field) => [field.name, field.text(0)]));
  return fields.map(({ name }, i) => (i === 0 && !known.has(name) ? theme.text("total") : known.get(name) ?? ""));
}

/** The dimension `across` along the top, the others down; a column per value and measure, with its comparison. Missing pairs are a dash.
 * byRow, byColumn, total: frames of the same measures by the dimensions down, by the one across, and over everything. */
export function pivoted(frame, across, theme, { byRow = null, byColumn = null, total = null, most = Infinity } = {}) {
  const at = frame.columns.findIndex(({ name }) => name === across);
  const fields = fieldsOf(frame, theme).filter(({ numeric }) => numeric); // measures, what they were before, how they changed
  const down = dimensionsIn(frame, at);
  if (at < 0 || !fields.length) return listed(frame, theme, { total, most });
  const places = placesOf(frame.data[at], frame.columns[at]);
  const lines = new Map();
  const cells = new Map();
  for (let row = 0; row < rowsOf(frame); row++) {
    const id = JSON.stringify(down.map(({ i }) => frame.data[i][row]));
    if (!lines.has(id)) lines.set(id, row);
    cells.set(`${id}|${JSON.stringify(frame.data[at][row])}`, row);
  }
  const shown = places.slice(0, ACROSS);
  const headed = (name, { label }) => (fields.length > 1 ? `${name} · ${label}` : name);
  const heads = shown.flatMap((value) => fields.map((field) => ({ name: `${field.name}|${value}`, label: headed(cellName(value, frame.columns[at], frame, theme), field), numeric: true })));
  const withTotal = byRow && rowsOf(byRow) ? fields : [];
  const sums = lookup(byRow, down.map(({ column }) => column.name));
  const bottoms = lookup(byColumn, [across]);
  const whole = lookup(total, []);
  const [inFrame, inRow, inColumn, inAll] = [frame, byRow, byColumn, total].map((of) => new Map(of ? fieldsOf(of, theme).map((field) => [field.name, field]) : []));
  const cell = (known, row, { name }) => (row === undefined ? MISSING : known.get(name)?.text(row) ?? MISSING);
  const rows = [...lines].slice(0, most).map(([id, first]) => [
    ...down.map(({ column, i }) => cellName(frame.data[i][first], column, frame, theme)),
    ...shown.flatMap((value) => fields.map((field) => cell(inFrame, cells.get(`${id}|${JSON.stringify(value)}`), field))),
    ...withTotal.map((field) => cell(inRow, sums(down.map(({ i }) => frame.data[i][first])), field)),
  ]);
  return {
    columns: [
      ...down.map(({ column }) => ({ name: column.name, label: headOf(column), numeric: false })), ...heads,
      ...withTotal.map((field) => ({ name: `${field.name}|total`, label: headed(theme.text("total"), field), numeric: true, total: true })),
    ],
    rows, count: lines.size, hidden: places.length - shown.length,
    keys: keysOf(frame, [...lines.values()].slice(0, most), down, theme),
    foot: !byColumn || !rowsOf(byColumn) ? null : [
      ...down.map((_, i) => (i ? "" : theme.text("total"))),
      ...shown.flatMap((value) => fields.map((field) => cell(inColumn, bottoms([value]), field))),
      ...withTotal.map((field) => (total ? cell(inAll, whole([]), field) : "")),
    ],
  };
}

/** What stands across, in the order of a calendar or of numbers, else of the data. */
function placesOf(values, column) {
  const seen = [...new Set(values)];
  const ordered = column.type === "time" || column.role === "time" || seen.every((value) => typeof value === "number");
  return ordered ? seen.sort((a, b) => a - b) : seen;
}

/** (values) -> row of a frame in which the named columns have them. */
function lookup(frame, names) {
  const rows = new Map();
  const at = frame ? names.map((name) => frame.columns.findIndex((column) => column.name === name)) : [];
  for (let row = 0; frame && row < rowsOf(frame); row++) rows.set(JSON.stringify(at.map((i) => frame.data[i]?.[row])), row);
  return (values) => rows.get(JSON.stringify(values));
}
