// Words of the author's, with live values in them. HTML in a browser, SVG on the server; no HTML of the author's in either.
// options: {text, bare}. frames.main: one row with every measure that the text names; frames.previous: the same before.
import { escape, svg, textAt } from "../../lib/markup.js";
import { drawn } from "../markdown/paper.js";
import { htmlOf, runsOf, tokensOf } from "../markdown/parser.js";
import { themeOf } from "../theme.js";

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const text = String(options.text ?? "");
  if (!text.trim()) return { html: `<p class="muted">${escape(theme.text("no_text"))}</p>`, svg: svg(size, theme, textAt(0, 14, theme.text("no_text"), { size: 12, fill: theme.ink3 })) };
  return { html: `<div class="md" dir="auto">${htmlOf(text, data, theme)}</div>`, svg: drawn(text, data, theme, size, summary(data, options, theme)) };
}

const linesOf = (data, options, theme) => tokensOf(options.text).filter(({ type }) => type === "inline").map((token) => runsOf(token, data, theme).map((run) => (run.end ? " " : run.text)).join(""));

/** The first lines, since a text tells itself. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const said = linesOf(data, options, theme).join(" ").trim();
  return (said.length > 300 ? `${said.slice(0, 299)}…` : said) || theme.text("no_text");
}

/** One row per paragraph, heading, item or cell. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  return { columns: [{ name: "text", label: theme.text("text"), unit: null, numeric: false }], rows: linesOf(data, options, theme).map((line) => [line]) };
}
