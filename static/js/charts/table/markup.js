// A model as an HTML table: real rows and heads, of which only those in view are in the page. No style attributes:
// widths are those of <col>, shades are bgcolor, both of which a strict content policy lets pass.
//   model: {fields: [{name, label, numeric}], rows: [row], cell(row, field index), foot: [cell]|null, sort, heads?, level?(row),
//           isSortable, isHeadOf?(field index), label}
import { escape, px, tag } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { ARROWS, MARKS } from "./formats.js";
import { sparkline } from "./spark.js";

export const ROW = 28;
export const HEAD = 28;
export const SPARK = { width: 88, height: 20 };
const [NARROW, SHORT, WIDE, PAD] = [56, 96, 280, 22];
const FIRST = { share: 0.4, most: 180 }; // of the room, for the names of rows, whatever stands beside them
const LOOKED = 120; // rows that are measured
const MORE_ROWS = 12; // rows above and below the view that are there as well

/** Pixels for each column: what it asks for by its first rows, and room to spare given to all; widths: those that were dragged. */
export function widthsOf(model, total, theme, widths = {}) {
  const looked = model.rows.slice(0, LOOKED);
  const wish = model.fields.map((field, i) => {
    if (widths[field.name]) return widths[field.name];
    const texts = looked.map((row) => cellWidth(model.cell(row, i)));
    const foot = model.foot ? textWidth(model.foot[i]?.text ?? "", 13, 600) : 0;
    return Math.min(WIDE, Math.max(NARROW, textWidth(field.label, theme.size, 500) + 12, foot, texts.reduce((a, b) => Math.max(a, b), 0)) + PAD);
  });
  const loose = new Set(wish.map((_, i) => i).filter((i) => !widths[model.fields[i].name]));
  const spare = total - wish.reduce((a, b) => a + b, 0);
  if (spare > 0) return wish.map((width, i) => Math.floor(width + (loose.has(i) ? spare / loose.size : 0)));
  const first = Math.max(SHORT, Math.min(FIRST.most, total * FIRST.share));
  const least = (i) => (loose.has(i) && !model.fields[i].numeric && model.fields[i].column?.type !== "time" ? Math.min(wish[i], i ? SHORT : first) : wish[i]);
  return shrunk(wish, least, -spare);
}

/** Texts give way, the longest most, since they may be cut; figures and times never are: then the table scrolls. */
function shrunk(wish, least, over) {
  const room = wish.map((width, i) => width - least(i));
  const all = room.reduce((a, b) => a + b, 0);
  return wish.map((width, i) => Math.floor(all ? width - (room[i] * Math.min(over, all)) / all : width));
}

// figures of one width are wider than the font's own
const cellWidth = ({ text = "", spark, bar, mark, arrow, isStrong, toggle, indent = 0 }) => (spark ? SPARK.width : textWidth(text, 13, isStrong ? 600 : 400) * 1.1 + (toggle ? 18 : 0) + (bar ? 64 : 0) + (mark || arrow ? 16 : 0) + indent);

/** The whole table. size: of what scrolls; view: {top} in pixels. */
export function tableMarkup(model, widths, size, theme, top = 0) {
  const width = widths.reduce((a, b) => a + b, 0);
  const columns = widths.map((each) => tag("col", { width: each })).join("").replaceAll("></col>", ">");
  const head = `<thead>${headMarkup(model, theme)}</thead>`;
  const body = `<tbody>${bodyMarkup(model, windowOf(model, size.height, top), theme)}</tbody>`;
  const foot = model.foot ? `<tfoot><tr>${model.foot.map((cell, i) => footCell(cell, model.fields[i], i)).join("")}</tr></tfoot>` : "";
  const counts = { "aria-rowcount": model.rows.length + 1 + (model.foot ? 1 : 0), "aria-label": model.label };
  return tag("table", { class: "sheet__table", width: Math.round(width), ...counts }, `<colgroup>${columns}</colgroup>${head}${body}${foot}`);
}

/** The rows to have in the page for a scroll position: {from, to}. */
export function windowOf(model, height, top) {
  const first = Math.max(0, Math.floor(top / ROW) - MORE_ROWS);
  return { from: Math.min(first, Math.max(0, model.rows.length - 1)), to: Math.min(model.rows.length, Math.ceil((top + height) / ROW) + MORE_ROWS) };
}

export function headMarkup(model, theme) {
  const above = model.groups ? `<tr>${model.groups.map(({ label, span, isCorner, toggle }) => (isCorner ? `<td class="sheet__group" colspan="${span}"></td>` : `<th scope="colgroup" colspan="${span}" class="sheet__group"><span class="sheet__clip" dir="auto">${toggleMarkup(toggle, label, theme)}${escape(label)}</span></th>`)).join("")}</tr>` : "";
  return `${above}<tr aria-rowindex="1">${model.fields.map((field, i) => headCell(model, field, i, theme)).join("")}</tr>`;
}

function headCell(model, field, i, theme) {
  const sorted = (model.sort ?? []).findIndex(({ name }) => name === field.name);
  const direction = sorted < 0 ? undefined : model.sort[sorted].descending ? "descending" : "ascending";
  const place = sorted >= 0 && model.sort.length > 1 ? `<sup>${sorted + 1}</sup>` : "";
  const name = `<span class="sheet__clip" dir="auto">${escape(field.label)}</span>${place}`;
  const inside = model.isSortable && field.isSortable !== false
    ? `<button class="sheet__sort" type="button" data-sort="${escape(field.name)}" title="${escape(theme.text("sort_by", { name: field.label }))}">${name}</button>${model.isFixed ? "" : `<span class="sheet__size" data-size="${i}"></span>`}`
    : name;
  return `<th scope="col" class="${classes(field.numeric && "num", i === 0 && "sheet__first")}"${direction ? ` aria-sort="${direction}"` : ""}>${inside}</th>`;
}

/** The rows of a window, with empty ones of the height of all others around them. */
export function bodyMarkup(model, { from, to }, theme) {
  const gap = (rows) => (rows > 0 ? `<tr aria-hidden="true" class="sheet__gap"><td colspan="${model.fields.length}" height="${rows * ROW}"></td></tr>` : "");
  let rows = gap(from);
  for (let at = from; at < to; at++) rows += rowMarkup(model, model.rows[at], at, theme);
  return rows + gap(model.rows.length - to);
}

function rowMarkup(model, row, at, theme) {
  const kind = model.kindOf?.(row);
  const cells = model.fields.map((field, i) => bodyCell(model.cell(row, i), field, i, row, theme)).join("");
  return `<tr aria-rowindex="${at + 2}"${kind ? ` class="sheet__${kind}"` : ""}>${cells}</tr>`;
}

function bodyCell(cell, field, i, row, theme) {
  const isHead = i === 0 && !field.numeric;
  return tag(isHead ? "th" : "td", {
    scope: isHead ? "row" : undefined, class: classes(field.numeric && "num", i === 0 && "sheet__first", ...looks(cell)) || undefined,
    bgcolor: cell.fill, title: !cell.spark && textWidth(cell.text, 13) > SHORT - PAD - (cell.indent ?? 0) ? cell.text : undefined,
  }, inside(cell, theme, cell.isMark ? row : undefined));
}

const looks = ({ isInverse, tone, isStrong, isMuted }) => [isInverse && "sheet__inverse", tone && `sheet__tone--${tone}`, isStrong && "sheet__strong", isMuted && "sheet__muted"];

function footCell(cell, field, i) {
  return tag(i ? "td" : "th", { scope: i ? undefined : "row", class: classes(field.numeric && "num", i === 0 && "sheet__first") || undefined }, escape(cell.text));
}

function inside(cell, theme, mark) {
  if (cell.spark) return `<svg class="sheet__spark" width="${SPARK.width}" height="${SPARK.height}" viewBox="0 0 ${SPARK.width} ${SPARK.height}" role="img" aria-label="${escape(cell.spark.label ?? "")}">${sparkline(cell.spark, SPARK, theme)}</svg>`;
  const toggle = toggleMarkup(cell.toggle, cell.text, theme);
  const verdict = cell.verdict ? ` class="sheet__verdict--${cell.verdict}"` : "";
  const name = cell.href ? `<a href="${escape(cell.href)}" rel="noopener noreferrer"${cell.href.startsWith("/") ? "" : ' target="_blank"'}>${escape(cell.text)}</a>` : verdict ? `<span${verdict}>${escape(cell.text)}</span>` : escape(cell.text);
  const sign = cell.mark ? `<svg class="sheet__mark sheet__mark--${cell.mark}" width="8" height="8" viewBox="0 0 8 8" role="img" aria-label="${escape(theme.text(`tone_${cell.mark}`))}"><path d="${MARKS[cell.mark]}"/></svg>` : "";
  const arrow = ARROWS[cell.arrow] ? `<svg class="sheet__mark sheet__mark--${cell.verdict ?? "plain"}" width="8" height="8" viewBox="0 0 8 8" aria-hidden="true"><path d="${ARROWS[cell.arrow]}"/></svg>` : "";
  const indent = cell.indent ? `<svg width="${px(cell.indent)}" height="1" aria-hidden="true"></svg>` : "";
  return `${cell.bar ? bar(cell.bar) : ""}<span class="sheet__clip" dir="auto">${indent}${toggle}${sign}${arrow}${mark === undefined || cell.href ? name : tag("span", { "data-mark": mark }, name)}</span>`;
}

function toggleMarkup(toggle, name, theme) {
  if (!toggle) return "";
  return `<button class="sheet__toggle" type="button" data-toggle="${escape(toggle.key)}" aria-expanded="${toggle.isOpen}" aria-label="${escape(theme.text("rows_of", { name }))}"><svg width="8" height="8" viewBox="0 0 8 8" aria-hidden="true"><path d="${toggle.isOpen ? "M0 2h8l-4 5z" : "M2 0v8l5-4z"}"/></svg></button>`;
}

function bar({ from, to, isNegative }) {
  const share = (part) => `${px(part * 100)}%`;
  return `<svg class="sheet__bar" width="100%" height="100%" aria-hidden="true">${tag("rect", { x: share(from), width: share(to - from), height: "100%", class: isNegative ? "sheet__bar--negative" : undefined })}</svg>`;
}

const classes = (...names) => names.filter(Boolean).join(" ");
