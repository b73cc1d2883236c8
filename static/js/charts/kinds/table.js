// Rows as they are. HTML in a browser; on the server an SVG of the rows that fit.
// options: {rows, pivot}: how many to show, 200 by default; the dimension that stands across ("@time" is the time).
import { frameOf, isNumber, labelOf, rowsOf, timesOf } from "../../lib/frame.js";
import { escape, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { listed, pivoted } from "../../lib/sheet.js";
import { themeOf } from "../theme.js";

const MOST = 200;
const LONG = 20; // characters that may not fit a narrow card
const ROW = 29;
const HEAD = 26;
const RTL = /^[\s\d\W]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** {columns: [{label, numeric, unit}], rows: [[text]], left: rows not shown} */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const count = Math.min(rowsOf(frame), isNumber(options.rows) && options.rows > 0 ? Math.floor(options.rows) : MOST);
  const sheet = sheetOf(frame, options, theme, count);
  const all = sheet.count < rowsOf(frame) ? sheet.count : Math.max(rowsOf(frame), frame.row_count ?? 0);
  return { columns: sheet.columns, rows: sheet.rows, left: all - sheet.rows.length };
}

function sheetOf(frame, { pivot }, theme, most) {
  const across = pivot === "@time" ? timesOf(frame)[0]?.name : pivot?.replace(":", "_");
  return across ? pivoted(frame, across, theme, { most }) : listed(frame, theme, { most });
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const shown = read(data, options, theme);
  const empty = !shown.rows.length;
  return { html: empty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : html(shown, theme), svg: drawn(shown, theme, size, summary(data, options, theme)), empty };
}

function html({ columns, rows, left }, theme) {
  const kind = ({ numeric }) => (numeric ? ' class="num"' : "");
  const head = columns.map((column) => `<th scope="col"${kind(column)}>${escape(column.label)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((text, i) => `<td${kind(columns[i])} dir="auto"${text.length > LONG ? ` title="${escape(text)}"` : ""}>${escape(text)}</td>`).join("")}</tr>`).join("");
  const more = left > 0 ? `<p class="muted">${escape(theme.text("more_rows", { n: left }))}</p>` : "";
  return `<table class="table table--sticky"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>${more}`;
}

/** Room for each column: what it asks for, or its part of what there is. Columns beyond the edge are left out. */
function widths(columns, rows, total, theme) {
  const wish = columns.map((column, i) => Math.max(textWidth(column.label, theme.size), ...rows.map((row) => Math.min(260, textWidth(row[i], 13)))) + 14);
  const sum = wish.reduce((a, b) => a + b, 0);
  if (sum <= total) return wish.map((width) => width + (total - sum) / wish.length);
  const least = wish.map((width, i) => Math.min(width, columns[i].numeric ? 96 : 72));
  const floor = least.reduce((a, b) => a + b, 0);
  if (floor >= total) return least;
  return wish.map((width, i) => least[i] + ((width - least[i]) * (total - floor)) / (sum - floor));
}

function drawn({ columns, rows, left }, theme, size, label) {
  if (!rows.length) return svg(size, theme, textAt(size.width / 2, size.height / 2, theme.text("no_data"), { size: 12, fill: theme.ink3, anchor: "middle" }), label);
  const fits = Math.max(1, Math.floor((size.height - HEAD) / ROW));
  const all = rows.length + left;
  const shown = rows.slice(0, all > fits ? Math.max(1, fits - 1) : fits);
  const room = widths(columns, shown, size.width, theme);
  let x = 0;
  const places = room.map((width) => ({ x: (x += width) - width, width })).filter((place) => place.x + Math.min(place.width, 40) <= size.width + 1);
  const line = (y, colour = theme.line) => tag("line", { x1: 0, x2: size.width, y1: y, y2: y, stroke: colour });
  const cell = (text, i, y, style) => {
    const numeric = columns[i].numeric;
    const anchor = numeric ? "end" : "start";
    return textAt(numeric ? places[i].x + places[i].width - (i === places.length - 1 ? 0 : 14) : places[i].x, y, fit(text, places[i].width - 14, style.size), { ...style, anchor: RTL.test(text) && !numeric ? "end" : anchor, rtl: RTL.test(text) && !numeric });
  };
  const parts = places.map((_, i) => cell(columns[i].label, i, 14, { size: 12, fill: theme.ink3 }));
  parts.push(line(HEAD - 3));
  shown.forEach((row, n) => {
    const y = HEAD + n * ROW;
    parts.push(...places.map((_, i) => cell(row[i], i, y + 16, { size: 13, fill: theme.ink })));
    if (n < shown.length - 1) parts.push(line(y + ROW - 4));
  });
  if (all > shown.length) parts.push(textAt(0, HEAD + shown.length * ROW + 12, theme.text("more_rows", { n: all - shown.length }), { size: 11, fill: theme.ink3 }));
  return svg(size, theme, parts.join(""), label);
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  if (!rowsOf(frame)) return theme.text("no_data");
  return theme.text("rows_n", { n: frame.row_count ?? rowsOf(frame), columns: frame.columns.map(labelOf).join(", ") });
}

/** All of it as texts. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { columns, rows } = sheetOf(frameOf(data), options, theme, Infinity);
  return { columns, rows };
}
