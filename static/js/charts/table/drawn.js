// A model as SVG, for paper and pictures: the rows and columns that fit, and how many do not.
import { mix } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { ARROWS, MARKS } from "./formats.js";
import { SPARK } from "./markup.js";
import { sparkline } from "./spark.js";

const [ROW, HEAD, GAP] = [28, 26, 14];

/** size: of the whole picture. left: rows that the model does not hold. */
export function drawnTable(model, theme, size, label, left = 0) {
  const head = HEAD + (model.groups ? HEAD - 4 : 0);
  const foot = model.foot ? ROW : 0;
  const fits = (below) => Math.max(1, Math.floor((size.height - head - foot - below + 4) / ROW));
  const all = model.rows.length + left;
  const places = placesOf(model, model.rows.slice(0, fits(0)), size.width, theme);
  const columns = model.fields.length - places.length;
  const shown = model.rows.slice(0, all > fits(0) || columns ? fits(16) : fits(0));
  const line = (y, colour = theme.line) => tag("line", { x1: 0, x2: size.width, y1: y, y2: y, stroke: colour });
  const parts = [heads(model, places, theme, head), line(head - 3, theme.lineStrong)];
  shown.forEach((row, n) => {
    const y = head + n * ROW;
    for (const place of places) parts.push(cellAt(model.cell(row, place.i), place, y, theme));
    if (n < shown.length - 1) parts.push(line(y + ROW - 3));
  });
  let y = head + shown.length * ROW;
  if (model.foot && y + ROW <= size.height + 6) {
    parts.push(line(y - 3, theme.lineStrong), ...places.map((place) => cellAt({ ...model.foot[place.i], isStrong: true }, place, y, theme)));
    y += ROW;
  }
  const number = (n) => formatNumber(n, { format: "integer" }, theme);
  const told = [all > shown.length ? theme.text("more_rows", { n: number(all - shown.length) }) : "", columns ? theme.text("columns_more", { n: number(columns) }) : ""].filter(Boolean).join(" · ");
  if (told) parts.push(textAt(0, Math.min(y + 12, size.height - 3), told, { size: 11, fill: theme.ink3 }));
  return svg(size, theme, parts.join(""), label);
}

/** Where the columns stand that fit: [{i, x, width, numeric, isLast}]. Figures and times have their width, names may be cut; the
 * last columns stay out where there is no room. */
function placesOf(model, rows, total, theme) {
  const wish = model.fields.map(({ label }, i) => Math.max(textWidth(label, theme.size) + 1, textWidth(model.foot?.[i]?.text ?? "", 13, 600) + 1, ...rows.map((row) => wide(model.cell(row, i)))) + GAP);
  const least = wish.map((width, i) => Math.min(width, leastOf(model.fields[i], i, rows.some((row) => model.cell(row, i).spark), total)));
  let [kept, floor] = [0, 0];
  while (kept < wish.length && (!kept || floor + least[kept] <= total + GAP)) floor += least[kept++];
  const sum = wish.slice(0, kept).reduce((a, b) => a + b, 0);
  const widths = wish.slice(0, kept).map((width, i) => (sum <= total ? width + (total - sum) / kept : floor >= total ? least[i] : least[i] + ((width - least[i]) * (total - floor)) / (sum - floor)));
  let x = 0;
  return widths.map((width, i) => ({ i, x: (x += width) - width, width: Math.min(width, total - x + width), numeric: model.fields[i].numeric, isLast: i === kept - 1 }));
}

/** What a column must have at least: the first one a share of the room, for it says what a row is about. */
function leastOf({ numeric, column }, i, hasCourse, total) {
  if (hasCourse) return 64;
  if (numeric || column?.type === "time") return total * 0.75;
  return i ? 72 : Math.max(96, Math.min(170, total * 0.36));
}

const wide = ({ text = "", spark, bar, mark, arrow, fill, isStrong, indent = 0 }) => (spark ? SPARK.width : Math.min(260, textWidth(text, 13, isStrong ? 600 : 400)) + 1 + (bar ? 56 : 0) + (mark || arrow ? 14 : 0) + (fill ? 4 : 0) + indent);

function heads(model, places, theme, head) {
  const groups = [];
  let at = 0;
  for (const { label, span, isCorner } of model.groups ?? []) {
    const own = places.filter(({ i }) => i >= at && i < at + span);
    at += span;
    if (isCorner || !own.length) continue;
    const width = own.at(-1).x + own.at(-1).width - own[0].x - GAP;
    groups.push(textAt(own[0].x + (own[0].numeric ? GAP : 0), 14, fit(label, width, 12, 600), { size: 12, weight: 600, fill: theme.ink2 }));
  }
  return groups.join("") + places.map((place) => {
    const { label } = model.fields[place.i];
    return anchored(label, place, head - 12, { size: 12, fill: theme.ink3 });
  }).join("");
}

function anchored(text, place, y, style, inset = 0) {
  const end = place.x + place.width - (place.isLast ? 2 : GAP);
  const cut = fit(text, Math.max(8, end - place.x - inset), style.size, style.weight);
  return place.numeric ? textAt(end, y, cut, { ...style, anchor: "end" }) : textAt(place.x + inset, y, cut, style);
}

function cellAt(cell, place, y, theme) {
  const parts = [];
  const width = place.width - (place.isLast ? 0 : 4);
  const tone = cell.tone && theme[cell.tone];
  const fill = cell.fill ?? (tone && mix(theme.card, tone, 0.14));
  if (fill) parts.push(tag("rect", { x: place.x + 4, y: y - 2, width: Math.max(0, width - 2), height: ROW - 2, rx: 2, fill }));
  if (cell.bar) parts.push(tag("rect", { x: place.x + 6 + cell.bar.from * (width - 8), y: y + 2, width: Math.max(0, (cell.bar.to - cell.bar.from) * (width - 8)), height: ROW - 10, rx: 2, fill: mix(theme.card, cell.bar.isNegative ? theme.categories[1] : theme.categories[0], 0.22) }));
  if (cell.spark) return parts.join("") + tag("g", { transform: `translate(${place.x} ${y})` }, sparkline(cell.spark, { width: Math.min(width - 6, SPARK.width), height: SPARK.height }, theme));
  const colour = cell.isInverse ? theme.card : tone ?? (cell.verdict && theme[cell.verdict]) ?? (cell.isMuted ? theme.ink3 : theme.ink);
  const style = { size: 13, weight: cell.isStrong ? 600 : 400, fill: colour };
  const inset = (cell.indent ?? 0) + (cell.mark && !place.numeric ? 14 : 0);
  const inner = fill && place.numeric ? { ...place, width: place.width - (place.isLast ? 4 : 0) } : place;
  const mark = cell.mark ? [MARKS[cell.mark], theme[cell.mark]] : ARROWS[cell.arrow] ? [ARROWS[cell.arrow], colour] : null;
  if (mark) {
    const x = place.numeric ? place.x + width - textWidth(cell.text, 13) - (place.isLast ? 2 : GAP - 4) - 14 : place.x;
    parts.push(tag("path", { d: mark[0], fill: mark[1], transform: `translate(${x} ${y + 7})` }));
  }
  parts.push(anchored(cell.text ?? "", inner, y + 16, style, inset));
  return parts.join("");
}
