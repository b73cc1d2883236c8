// Rows as they are or measures by dimensions. HTML in a browser, of which only the rows in view are in the page; on the
// server an SVG of the rows that fit.
// options: {rows, columns: [settings, see ../table/formats.js], course, totals, pivot}. frames.total is the row of totals,
// frames.trend the course of a measure per row. pivot: a dimension that stands across ("@time" is the time), of old cards.
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, labelOf, rowsOf, timesOf, withOther } from "../../lib/frame.js";
import { escape } from "../../lib/markup.js";
import { listed, pivoted } from "../../lib/sheet.js";
import { drawnTable } from "../table/drawn.js";
import { HEAD, ROW, widthsOf } from "../table/markup.js";
import { choicesOf, scrolling, shell } from "../table/scroll.js";
import { fieldsOf, footOf, keysOf, ordered, shownFields } from "../table/sheet.js";
import { themeOf } from "../theme.js";

const FEW = 8; // rows that need no search
const SCROLLBAR = 12;

/** The frame that is shown: what the server gave of late, where the reader asked for more or another order. */
function mainOf(data, memory) {
  const { loaded } = memory;
  return loaded && loaded.of === data ? withOther(loaded.frame) : frameOf(data);
}

/** {model, widths, foot, choices, isCut, frame}: everything that is drawn. */
export function read(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }, memory = {}) {
  const frame = mainOf(data, memory);
  const label = summary(data, options, theme);
  if (options.pivot) return acrossOf(frame, options, theme, size, label);
  const trend = frameOf(data, "trend");
  const fields = fieldsOf(frame, theme, options, rowsOf(trend) ? { frame: trend, name: options.course } : null);
  const shown = shownFields(fields, memory);
  const isCut = Boolean(frame.truncated) && isPage(frame, options, memory);
  const rows = memory.loaded?.isAsked ? ordered(fields, rowsOf(frame)) : ordered(fields, rowsOf(frame), memory);
  const model = {
    fields: shown, rows, sort: memory.sort ?? [], isSortable: true, label, foot: rows.length ? footOf(shown, data, theme) : null,
    cell: (row, i) => (i === 0 && shown[i].role === "dimension" ? { ...shown[i].cell(row), isMark: true } : shown[i].cell(row)),
  };
  const said = saidOf({ frame, rows, isCut, trend, fields, memory, options }, theme);
  const hasFoot = rowsOf(frame) > FEW || isCut || memory.search || fields.length !== shown.length;
  const total = size.width - (rows.length * ROW + HEAD > size.height - 26 ? SCROLLBAR : 0);
  return { frame, model, isCut, widths: widthsOf(model, total, theme, memory.widths), foot: hasFoot ? said : "", choices: hasFoot ? choicesOf(fields, memory, theme) : "" };
}

/** Whether it was cut by the rows at once, so that more may be asked for, rather than by the author's own limit. */
const isPage = (frame, { rows = 1000 }, { loaded }) => (loaded ? loaded.hasMore : rowsOf(frame) >= rows);

function saidOf({ frame, rows, isCut, trend, memory, options }, theme) {
  const n = formatNumber(rows.length, { format: "integer" }, theme);
  const count = theme.text(frame.truncated ? "rows_first" : memory.search ? "rows_found" : "rows_count", { n });
  const more = isCut ? ` <button class="link" type="button" data-more>${escape(theme.text("load_more"))}</button>` : "";
  const why = options.course && trend.truncated ? ` · ${theme.text("course_cut")}` : memory.problem ? ` · ${memory.problem}` : "";
  return `${escape(count)}${more}${escape(why)}`;
}

/** An old card with a dimension across: texts alone. */
function acrossOf(frame, { pivot }, theme, size, label) {
  const across = pivot === "@time" ? timesOf(frame)[0]?.name : pivot.replace(":", "_");
  const sheet = across ? pivoted(frame, across, theme) : listed(frame, theme);
  const model = { fields: sheet.columns, rows: sheet.rows.map((_, row) => row), cell: (row, i) => ({ text: sheet.rows[row][i] }), foot: null, label };
  return { frame, model, isCut: false, widths: widthsOf(model, size.width - SCROLLBAR, theme), foot: "", choices: "", sheet };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }, memory = {}) {
  const shown = read(data, options, theme, size, memory);
  const isEmpty = !rowsOf(shown.frame);
  const left = shown.frame.row_count > rowsOf(shown.frame) ? shown.frame.row_count - rowsOf(shown.frame) : 0;
  return {
    html: isEmpty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : shell(shown, size, theme, memory),
    get svg() { return isEmpty ? drawnTable({ ...shown.model, fields: [], rows: [], foot: null }, theme, size, shown.model.label) : drawnTable(shown.model, theme, size, shown.model.label, left); },
    empty: isEmpty,
    select: ({ dataIndex }) => (dimensionsOf(shown.frame).length ? keysOf(shown.frame, dataIndex, theme).slice(0, 1).map(({ column, value }) => ({ column, value })) : []),
  };
}

export function attach(element, card) {
  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  const modelOf = ({ data, options, theme, memory }) => read(data, options, theme, size(), memory);
  return scrolling(element, card, { modelOf, more: (state, repaint, how) => ask(card, how, () => repaint(state)) });
}

/** More rows, or others in another order: the page knows whom to ask, and puts the answer into `done`. */
function ask(card, { isAnew = false } = {}, repaint) {
  const { memory, data } = card;
  const frame = mainOf(data, memory);
  const request = (memory.request = { order: memory.sort ?? [], search: memory.search ?? "", have: isAnew ? 0 : rowsOf(frame), after: isAnew ? null : memory.loaded?.next ?? null, isTaken: false });
  const isCurrent = () => memory.request === request && card.data === data;
  request.done = ({ frame: next, next: token, replaces, more }) => {
    if (!isCurrent()) return;
    const whole = replaces || isAnew ? next : { ...next, data: frame.data.map((values, i) => values.concat(next.data[i])), row_count: rowsOf(frame) + rowsOf(next) };
    Object.assign(memory, { problem: "", loaded: { of: data, frame: whole, next: token, hasMore: more, isAsked: request.order.length > 0 || request.search !== "" } });
    repaint();
  };
  request.failed = (message) => isCurrent() && ((memory.problem = message), repaint());
  card.fire("sightline:rows", request);
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  if (!rowsOf(frame)) return theme.text("no_data");
  return theme.text("rows_n", { n: frame.row_count ?? rowsOf(frame), columns: frame.columns.map(labelOf).join(", ") });
}

/** All of it as texts, the row of totals too. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { model, sheet, frame } = read(data, options ?? {}, theme);
  if (sheet) return { columns: sheet.columns, rows: sheet.rows };
  const fields = model.fields.filter(({ role }) => role !== "course");
  const rows = Array.from({ length: rowsOf(frame) }, (_, row) => fields.map(({ text }) => text(row)));
  const foot = footOf(fields, data, theme);
  return { columns: fields.map(({ name, label, numeric }) => ({ name, label, numeric })), rows: foot ? [...rows, foot.map(({ text }) => text)] : rows };
}
