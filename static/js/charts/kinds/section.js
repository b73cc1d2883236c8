// A band over the cards below it. Its heading is the card's title and stands in the page; dashboard/sections.js folds.
// options: {text}: a line beside the heading.
import { escape, svg, tag, textAt } from "../../lib/markup.js";
import { fit } from "../../lib/measure.js";
import { themeOf } from "../theme.js";

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 24 }) {
  const text = String(options.text ?? "");
  const y = Math.max(12, Math.min(size.height - 4, 16));
  const inner = tag("g", {}, tag("line", { x1: 0, x2: size.width, y1: size.height - 0.5, y2: size.height - 0.5, stroke: theme.lineStrong }) + tag("rect", { x: 0, y: Math.max(0, size.height - 2), width: Math.min(32, size.width), height: 2, fill: theme.accent }) + tag("g", {}, textAt(0, y, fit(text, size.width, 13), { size: 13, fill: theme.ink3 })));
  return { html: `<p class="section__text" dir="auto">${escape(text)}</p>`, svg: svg(size, theme, inner, summary(data, options, theme)) };
}

export const summary = (data, options = {}, theme = themeOf("light")) => String(options.text || theme.text("section"));

export const tableOf = (data, options = {}, theme = themeOf("light")) => ({ columns: [{ name: "text", label: theme.text("text"), unit: null, numeric: false }], rows: [[summary(data, options, theme)]] });
