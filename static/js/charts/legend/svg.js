// A legend of one line for pictures in SVG: the same names, clicks and keys as a legend on canvas.
import { escape, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";

const GAP = 14;
const LONG = 160;

/** items: [{name, colour, label?}]. hidden: a Set of names (memory.hidden). -> {markup, height, hidden: how many names had no
 * room}. Give `legend: {items}` with the picture, so that "+ n more" opens the list of all. */
export function svgLegend(items, theme, { x = 0, y = 0, room, hidden = new Set() }) {
  const parts = [];
  let at = x;
  let shown = 0;
  for (const { name, label = name, colour } of items) {
    const text = fit(label, LONG, theme.size);
    const width = 18 + textWidth(text, theme.size);
    if (at + width > x + room - (shown === items.length - 1 ? 0 : 56)) break;
    const off = hidden.has(name);
    parts.push(tag("g", { "data-legend": name, role: "button", tabindex: shown ? -1 : 0, "aria-pressed": String(!off), "aria-label": label },
      tag("rect", { x: at - 2, y, width: width + 6, height: 16, fill: "transparent" })
      + tag("rect", { x: at, y: y + 4, width: 10, height: 8, rx: 2, fill: off ? theme.lineStrong : colour })
      + textAt(at + 16, y + 12, text, { size: theme.size, fill: off ? theme.lineStrong : theme.ink2 })));
    at += width + GAP;
    shown++;
  }
  const left = items.length - shown;
  if (left) {
    const more = theme.text("more", { n: left });
    parts.push(tag("g", { "data-legend-more": "1", role: "button", tabindex: shown ? -1 : 0 }, tag("rect", { x: at - 2, y, width: textWidth(more, theme.small) + 4, height: 16, fill: "transparent" })
      + `<text x="${at}" y="${y + 12}" font-size="${theme.small}" fill="${theme.ink3}">${escape(more)}</text>`));
  }
  return { markup: tag("g", { role: "group", "aria-label": theme.text("legend") }, parts.join("")), height: items.length ? 24 : 0, hidden: left };
}
