// Rows of texts as an HTML table with a head that stays.
import { el } from "./dom.js";

/** sheet: {columns: [{label, numeric, unit?}], rows: [[text]]}. */
export function sheetTable({ columns, rows }) {
  const kind = ({ numeric } = {}) => (numeric ? "num" : false);
  return el("table", { class: "table table--sticky" },
    el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col", class: kind(column) }, column.unit ? `${column.label} ${column.unit}` : column.label)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((text, i) => el("td", { class: kind(columns[i]), dir: "auto" }, text))))));
}
