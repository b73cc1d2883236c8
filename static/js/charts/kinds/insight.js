// Facts told in words, figures marked. HTML in a browser, SVG on the server.
// data.overlays.insights: [{text, figures?: [{start, end, href?}], checked?: n, of?: n}]; start and end count characters.
// Without `figures`, the numbers in the text are marked, so that they stand out all the same.
import { isNumber } from "../../lib/frame.js";
import { escape, svg, tag, textAt } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { themeOf } from "../theme.js";

const FIGURE = /[€$£¥]\s?[\d][\d.,]*\s?(?:tn|bn|k|m)?\b|[+−-]?\d[\d.,]*\d?\s?(?:%|pp\b|points\b|tn\b|bn\b|k\b|m\b)/g;
const LINE = 22;
const SIZE = 14;

/** [{pieces: [{text, figure, href}], checked, of}] */
export function read(data) {
  const insights = data?.overlays?.insights;
  return (Array.isArray(insights) ? insights : []).filter((insight) => insight?.text).map((insight) => ({
    pieces: piecesOf(String(insight.text), insight.figures), checked: insight.checked, of: insight.of, mood: ["good", "bad"].includes(insight.mood) ? insight.mood : "",
  }));
}

function piecesOf(text, figures) {
  const marks = (Array.isArray(figures) ? figures : [...text.matchAll(FIGURE)].map((found) => ({ start: found.index, end: found.index + found[0].length })))
    .filter(({ start, end }) => isNumber(start) && isNumber(end) && start >= 0 && end > start && end <= text.length).sort((a, b) => a.start - b.start);
  const pieces = [];
  let at = 0;
  for (const { start, end, href } of marks) {
    if (start < at) continue; // marks that overlap: the first counts
    if (start > at) pieces.push({ text: text.slice(at, start), figure: false });
    pieces.push({ text: text.slice(start, end), figure: true, href: safeLink(href) });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), figure: false });
  return pieces;
}

// only addresses of our own: text from a model must not lead anywhere else
const safeLink = (href) => (typeof href === "string" && /^\/(?![/\\])/.test(href) ? href : undefined);

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 360, height: 240 }) {
  const paragraphs = read(data);
  const label = summary(data, options, theme);
  if (!paragraphs.length) return { html: `<div class="insight"><p class="muted">${escape(theme.text("nothing_unusual"))}</p></div>`, svg: svg(size, theme, textAt(0, 16, theme.text("nothing_unusual"), { size: 13, fill: theme.ink3 }), label), empty: true };
  return { html: html(paragraphs, theme, safeLink(data?.overlays?.insights_at)), svg: drawn(paragraphs, theme, size, label) };
}

function checkedText(paragraphs, theme) {
  const counted = paragraphs.filter(({ of }) => isNumber(of) && of > 0);
  if (!counted.length) return null;
  const sum = (key) => counted.reduce((total, paragraph) => total + (paragraph[key] ?? 0), 0);
  const [n, of] = [sum("checked"), sum("of")];
  return { text: theme.text("checked", { n, of }), all: n === of };
}

function html(paragraphs, theme, about) {
  const piece = ({ text, figure, href }) => (!figure ? escape(text) : href ? `<a class="insight__figure" href="${escape(href)}">${escape(text)}</a>` : `<span class="insight__figure">${escape(text)}</span>`);
  const body = paragraphs.map(({ pieces, mood }) => `<p${mood ? ` class="insight__told insight__told--${mood}"` : ""}>${pieces.map(piece).join("")}</p>`).join("");
  const check = checkedText(paragraphs, theme);
  const said = check ? `<span class="insight__check${check.all ? "" : " insight__check--part"}">✓ ${escape(check.text)}</span>` : "";
  const more = about ? `<a href="${escape(about)}">${escape(theme.text("all_of_metric"))}</a>` : "";
  const foot = said || more ? `<div class="insight__foot">${said}${more}</div>` : "";
  return `<div class="insight">${body}${foot}</div>`;
}

/** Words set in lines: [[{text, figure, x, width}], ...]. */
function lines(pieces, room) {
  const words = pieces.flatMap(({ text, figure }) => text.split(/(?<=\s)/).filter(Boolean).map((word) => ({ text: word, figure })));
  const set = [[]];
  let x = 0;
  for (const word of words) {
    const width = textWidth(word.text, SIZE, word.figure ? 600 : 400);
    const solid = textWidth(word.text.trimEnd(), SIZE, word.figure ? 600 : 400);
    if (x > 0 && x + solid > room) [x, set[set.length]] = [0, []];
    set.at(-1).push({ ...word, x, width: solid });
    x += width;
  }
  return set;
}

function drawn(paragraphs, theme, size, label) {
  const parts = [];
  const check = checkedText(paragraphs, theme);
  const bottom = size.height - (check ? 26 : 0);
  let y = 16;
  for (const { pieces } of paragraphs) {
    const set = lines(pieces, size.width);
    const room = Math.floor((bottom - y) / LINE) + 1;
    set.slice(0, Math.max(0, room)).forEach((line, n) => {
      const cut = n === room - 1 && set.length > room;
      line.forEach(({ text, figure, x, width }, i) => {
        parts.push(textAt(x, y, cut && i === line.length - 1 ? "…" : text.trimEnd(), { size: SIZE, weight: figure ? 600 : 400, fill: figure ? theme.ink : theme.ink2 }));
        if (figure) parts.push(tag("line", { x1: x, x2: x + width, y1: y + 3.5, y2: y + 3.5, stroke: theme.lineStrong }));
      });
      y += LINE;
    });
    y += 8;
  }
  if (check) parts.push(textAt(0, size.height - 6, `✓ ${check.text}`, { size: 12, fill: check.all ? theme.good : theme.warn }));
  return svg(size, theme, parts.join(""), label);
}

export function summary(data, options = {}, theme = themeOf("light")) {
  return read(data).map(({ pieces }) => pieces.map(({ text }) => text).join("")).join(" ") || theme.text("nothing_unusual");
}

/** One row per sentence. */
export function tableOf(data, options, theme = themeOf("light")) {
  return { columns: [{ name: "text", label: theme.text("value"), unit: null, numeric: false }], rows: read(data).map(({ pieces }) => [pieces.map(({ text }) => text).join("")]) };
}
