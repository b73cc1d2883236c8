// Lists of findings: what rows have in common, as SVG for the server.
import { svg, tag, textAt } from "../lib/markup.js";
import { fit, textWidth } from "../lib/measure.js";

const ROW = 40;

/** rows: [{title, text, colour, end, drawing(x, y, width, height)?}]; each two lines high, `end` at the right. A whole SVG. */
export function listed(rows, theme, size, label, { empty, of = rows.length }) {
  if (!rows.length) return svg(size, theme, textAt(0, 16, fit(empty, size.width, 13), { size: 13, fill: theme.ink3 }), label);
  const fits = Math.max(1, Math.floor((size.height + 6) / ROW));
  const all = Math.max(of, rows.length);
  const shown = rows.slice(0, all > fits ? Math.max(1, Math.floor((size.height - 14) / ROW)) : fits);
  const parts = shown.flatMap((row, i) => line(row, i * ROW, theme, size.width, i < shown.length - 1));
  if (all > shown.length) parts.push(textAt(0, shown.length * ROW + 12, theme.text("more", { n: all - shown.length }), { size: 11, fill: theme.ink3 }));
  return svg(size, theme, parts.join(""), label);
}

function line({ title, text, colour, end = "", drawing }, y, theme, width, ruled) {
  const right = textWidth(end, 13, 600);
  const picture = drawing && width > 360 ? 84 : 0;
  const room = width - 14 - picture - 8;
  return [
    tag("circle", { cx: 4, cy: y + 12, r: 4, fill: colour }),
    textAt(14, y + 16, fit(title, Math.max(20, room - right - 8), 13, 600), { size: 13, weight: 600, fill: theme.ink }),
    end ? textAt(width - picture - (picture ? 8 : 0), y + 16, end, { size: 13, weight: 600, fill: theme.ink, anchor: "end" }) : "",
    textAt(14, y + 32, fit(text, Math.max(20, room), 12), { size: 12, fill: theme.ink3 }),
    picture ? drawing(width - picture, y + 4, picture, 28) : "",
    ruled ? tag("line", { x1: 14, x2: width, y1: y + ROW - 1.5, y2: y + ROW - 1.5, stroke: theme.line }) : "",
  ];
}
