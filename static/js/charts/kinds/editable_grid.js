// Figures that people type: rows of a group (or listed ones) by periods or named columns. What is typed is saved cell by cell.
// options: {period, start, count, headings, rows, least, most, decimals}; overlays.grid: {columns: [key], cells: [[row, column,
// value, version]]}. memory.typed holds what was typed here since.
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf } from "../../lib/frame.js";
import { escape, tag } from "../../lib/markup.js";
import { monthName } from "../../lib/time.js";
import { exactNumber, mostDecimals } from "../../lib/typed.js";
import { drawnTable } from "../table/drawn.js";
import { HEAD, ROW, widthsOf } from "../table/markup.js";
import { keyOf, typing } from "../table/typing.js";
import { themeOf } from "../theme.js";

const [SCROLLBAR, FOOT] = [12, 26];

/** {rows: [{key, label}], columns: [{key, label}], cellOf(row, column) -> {value, version}, format, first} */
export function sheetOf({ data, options = {}, theme = themeOf("light"), memory = {} }) {
  const main = frameOf(data);
  const [split] = dimensionsOf(main);
  const [measure] = measuresOf(main);
  const known = new Map((data?.overlays?.grid?.cells ?? []).map(([row, column, value, version]) => [keyOf(row, column), { value, version }]));
  for (const [key, cell] of memory.typed ?? []) if (cell.version >= (known.get(key)?.version ?? 0)) known.set(key, cell);
  const rows = split ? split.values.filter((value) => value !== null).map((value) => ({ key: String(value).slice(0, 200), label: nameOf(value, split, theme) }))
    : String(options.rows ?? "").split("\n").map((line) => line.trim()).filter(Boolean).map((line) => ({ key: line, label: line }));
  return {
    rows, columns: (data?.overlays?.grid?.columns ?? []).map((key) => ({ key, label: columnName(key, theme) })), format: measure ?? {}, first: split ? labelOf(split) : "",
    cellOf: (row, column) => known.get(keyOf(row, column)) ?? { value: null, version: 0 },
  };
}

/** "2026-09" -> "Sep 2026"; "2026-Q3" and names as they are. */
function columnName(key, theme) {
  const [, year, month] = /^(\d{4})-(\d{2})$/.exec(key) ?? [];
  return month ? `${monthName(Number(month), theme.locale)} ${year}` : key.replace(/^(\d{4})-(Q\d)$/, "$2 $1");
}

/** {sheet, model, widths}: with a last column and a last row of sums. */
export function read(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }, memory = {}) {
  const sheet = sheetOf({ data, options, theme, memory });
  const { rows, columns, cellOf, format } = sheet;
  const least = mostDecimals(rows.flatMap((row) => columns.map((column) => cellOf(row.key, column.key).value)), format, options.decimals ?? 2);
  const number = (value) => exactNumber(value, format, options.decimals ?? 2, theme.locale, least);
  const sum = (values) => { const typed = values.filter(isNumber); return typed.length ? typed.reduce((a, b) => a + b, 0) : null; };
  const across = (row) => sum(columns.map(({ key }) => cellOf(row.key, key).value));
  const fields = [{ name: "@row", label: (sheet.first || theme.text("row")) + (format.unit ? `, ${format.unit}` : ""), numeric: false }, ...columns.map(({ key, label }) => ({ name: key, label, numeric: true })), { name: "@sum", label: theme.text("sum"), numeric: true }];
  const cell = (row, i) => {
    if (i === 0) return { text: rows[row].label };
    if (i > columns.length) return { text: number(across(rows[row])), isStrong: true };
    const { value } = cellOf(rows[row].key, columns[i - 1].key);
    return { text: number(value), isMuted: value === null };
  };
  const foot = rows.length > 1 ? fields.map((_, i) => ({ text: i === 0 ? theme.text("sum") : number(i > columns.length ? sum(rows.map(across)) : sum(rows.map((row) => cellOf(row.key, columns[i - 1].key).value))), isStrong: true })) : null;
  const model = { fields, rows: rows.map((_, row) => row), cell, foot, label: summary(data, options, theme) };
  const overflows = (rows.length + 1) * ROW + HEAD > size.height - FOOT;
  return { sheet, model, widths: widthsOf(model, size.width - (overflows ? SCROLLBAR : 0), theme, memory.widths) };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }, memory = {}) {
  const shown = read(data, options, theme, size, memory);
  const isEmpty = !shown.sheet.rows.length || !shown.sheet.columns.length;
  return {
    html: isEmpty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : html(shown, theme, memory, options.decimals),
    get svg() { return drawnTable(isEmpty ? { ...shown.model, rows: [], fields: [], foot: null } : shown.model, theme, size, shown.model.label); },
    empty: isEmpty,
  };
}

function html({ sheet, model, widths }, theme, memory, decimals) {
  const { rows, columns } = sheet;
  const at = memory.at ?? [0, 0];
  const conflicts = new Set((memory.conflict?.theirs ?? []).map(({ row, column }) => keyOf(row, column)));
  const head = model.fields.map(({ label, numeric }, i) => tag("th", { scope: "col", class: [numeric && "num", i === 0 && "sheet__first"].filter(Boolean).join(" ") || undefined }, `<span class="sheet__clip" dir="auto">${escape(label)}</span>`)).join("");
  const typed = (row, i) => tag("td", {
    class: `num sheet__typed${conflicts.has(keyOf(rows[row].key, columns[i - 1].key)) ? " sheet__conflict" : ""}${model.cell(row, i).isMuted ? " sheet__muted" : ""}`, role: "gridcell",
    "data-cell": `${row},${i - 1}`, tabindex: row === at[0] && i - 1 === at[1] ? 0 : -1, "aria-label": `${rows[row].label}, ${columns[i - 1].label}: ${model.cell(row, i).text}`, "aria-readonly": memory.mayEdit ? undefined : "true",
  }, escape(model.cell(row, i).text));
  const line = (row) => `<tr role="row">${tag("th", { scope: "row", class: "sheet__first", role: "rowheader" }, `<span class="sheet__clip" dir="auto">${escape(rows[row].label)}</span>`)}${columns.map((_, i) => typed(row, i + 1)).join("")}${tag("td", { class: "num sheet__strong", role: "gridcell" }, escape(model.cell(row, columns.length + 1).text))}</tr>`;
  const foot = model.foot ? `<tfoot><tr role="row">${model.foot.map(({ text }, i) => tag(i ? "td" : "th", { scope: i ? undefined : "row", role: i ? "gridcell" : "rowheader", class: i ? "num" : "sheet__first" }, escape(text))).join("")}</tr></tfoot>` : "";
  const table = tag("table", { class: "sheet__table", role: "grid", width: widths.reduce((a, b) => a + b, 0), "aria-label": model.label, "aria-multiselectable": "true" },
    `<colgroup>${widths.map((width) => `<col width="${width}">`).join("")}</colgroup><thead><tr role="row">${head.replaceAll("<th ", '<th role="columnheader" ')}</tr></thead><tbody>${model.rows.map(line).join("")}</tbody>${foot}`);
  return `<div class="sheet"><div class="sheet__scroll">${table}</div>${below(memory, sheet, theme, decimals)}</div>`;
}

/** What was saved or refused, and what can be done about it. */
function below(memory, { rows, columns, format }, theme, decimals = 2) {
  const number = (value) => exactNumber(value, format, decimals, theme.locale);
  const { conflict } = memory;
  const [theirs] = conflict?.theirs ?? [];
  const mine = theirs && conflict.mine.find((cell) => cell.row === theirs.row && cell.column === theirs.column);
  const button = (name, value, word) => `<button class="link" type="button" data-${name}="${value}">${escape(theme.text(word))}</button>`;
  const said = conflict ? `${escape(theme.text("conflict_says", { by: theirs.by || theme.text("somebody"), theirs: number(theirs.value), mine: number(mine?.value) }))} ${button("keep", "theirs", "keep_theirs")} ${button("keep", "mine", "write_mine")}`
    : escape(memory.note || (memory.mayEdit ? theme.text("grid_hint") : ""));
  const cell = memory.at && rows[memory.at[0]] && columns[memory.at[1]];
  const acts = `${memory.undo?.length ? button("undo", "", "undo") : ""}${cell ? button("history", "", "history") : ""}`;
  const past = memory.past ? `<div class="sheet__choices sheet__past">${memory.past}</div>` : "";
  return `<div class="sheet__foot"><span class="sheet__said${memory.isBad ? " sheet__said--bad" : ""}" role="status">${said}</span>${acts}${past}</div>`;
}

export const attach = (element, card) => typing(element, card, sheetOf);

export function summary(data, options = {}, theme = themeOf("light")) {
  const { rows, columns } = sheetOf({ data, options, theme });
  return rows.length && columns.length ? theme.text("grid_says", { n: rows.length, columns: columns.length, first: columns[0].label, last: columns.at(-1).label }) : theme.text("no_data");
}

export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { model } = read(data, options, theme);
  return { columns: model.fields, rows: [...model.rows.map((row) => model.fields.map((_, i) => model.cell(row, i).text)), ...(model.foot ? [model.foot.map(({ text }) => text)] : [])] };
}
