// The sheet that a map is drawn on: ground, marks and legend as one SVG, and in a browser the buttons that zoom it.
import { escape, svg, tag, textAt } from "../../lib/markup.js";

const BORDER = 0.75;

/** Where the reader has zoomed to: {k, x, y}, the factor and the shift in pixels. memory.zoom holds it in parts of the map. */
export function zoomOf(memory, { width, height }) {
  const { k = 1, x = 0, y = 0 } = memory.zoom ?? {};
  return { k, x: x * width, y: y * height };
}

/** A picture of a map. area: {top, width, height}; ground and marks are drawn in it, `below` and `above` around it. */
export function sheet({ size, theme, area, zoom, ground, marks, below = "", above = "", label }) {
  const { k, x, y } = zoom;
  const inner = tag("g", { "data-map": "1", "stroke-linejoin": "round", stroke: theme.card, "stroke-width": BORDER / k, transform: k > 1 || x || y ? `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${k.toFixed(4)})` : undefined }, ground + marks);
  const edges = [[0, area.top], [area.top + area.height, size.height]].filter(([from, to]) => to > from);
  const covers = edges.map(([from, to]) => tag("rect", { x: 0, y: from, width: size.width, height: to - from, fill: theme.card })).join("");
  const drawn = svg(size, theme, tag("g", { transform: area.top ? `translate(0 ${area.top})` : undefined }, inner) + covers + above + below, label);
  return { svg: drawn, html: drawn + buttons(theme, k) };
}

function buttons(theme, k) {
  const button = (name, sign, hidden) => `<button type="button" data-map-zoom="${name}" aria-label="${escape(theme.text(`zoom_${name}`))}" title="${escape(theme.text(`zoom_${name}`))}"${hidden ? " hidden" : ""}>${sign}</button>`;
  return `<div class="map-zoom" role="group">${button("in", "+", false)}${button("out", "−", k <= 1)}${button("reset", "↺", k <= 1)}</div>`;
}

/** All shapes that are no marks, as one path. */
export const groundOf = (shapes, fill) => tag("path", { d: shapes.map(({ d }) => d).join(""), fill });

export function emptySheet(size, theme, text) {
  return { svg: svg(size, theme, textAt(size.width / 2, size.height / 2, text, { size: 12, fill: theme.ink3, anchor: "middle" }), text), empty: true };
}
