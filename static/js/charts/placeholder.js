// What stands in for something that only a browser can show: a frame with its name and address.
import { svg, tag, textAt } from "../lib/markup.js";
import { fit, wrap } from "../lib/measure.js";

/** A whole SVG document. */
export function placeholder(title, note, theme, size) {
  const [width, height] = [Math.max(1, size.width), Math.max(1, size.height)];
  const room = Math.max(20, width - 24);
  const lines = wrap(title, room, 13).slice(0, Math.max(1, Math.floor((height - 30) / 20)));
  const top = height / 2 - ((lines.length - 1) * 20 + (note ? 18 : 0)) / 2 + 4;
  const parts = [
    tag("rect", { x: 0.5, y: 0.5, width: Math.max(0, width - 1), height: Math.max(0, height - 1), rx: 5, fill: theme.sunken, stroke: theme.line }),
    ...lines.map((line, i) => textAt(width / 2, top + i * 20, line, { size: 13, fill: theme.ink2, anchor: "middle" })),
  ];
  if (note) parts.push(textAt(width / 2, top + lines.length * 20 - 2, fit(note, room, 11), { size: 11, fill: theme.ink3, anchor: "middle" }));
  return svg(size, theme, tag("g", {}, parts[0]) + tag("g", {}, parts.slice(1).join("")), [title, note].filter(Boolean).join(", "));
}
