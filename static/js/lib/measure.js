// How wide a text is, from the shipped font's own advance widths: the same answer in the browser and on the server.
import widths from "../generated/widths.js";

const FALLBACK = 560; // a glyph that the font lacks: about an average letter
const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3ffff}]/u;
const INVISIBLE = /[\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe0f]/;
const tables = new Map(Object.entries(widths).map(([weight, ranges]) => [Number(weight), tableOf(ranges)]));

function tableOf(ranges) {
  const table = new Map();
  for (const [first, list] of ranges) list.forEach((width, i) => width && table.set(first + i, width));
  return table;
}

function advance(character, table) {
  const known = table.get(character.codePointAt(0));
  if (known !== undefined) return known;
  if (INVISIBLE.test(character)) return 0;
  return WIDE.test(character) ? 1000 : FALLBACK;
}

/** CSS pixels of one line. weight: from 550 on the bold figures count. */
export function textWidth(text, size = 12, weight = 400) {
  const table = tables.get(weight >= 550 ? 600 : 400);
  let sum = 0;
  for (const character of String(text)) sum += advance(character, table);
  return (sum * size) / 1000;
}

/** The text, or as much of its start as fits in `room` pixels with an ellipsis. */
export function fit(text, room, size = 12, weight = 400) {
  const whole = String(text);
  if (textWidth(whole, size, weight) <= room) return whole;
  const characters = [...whole.slice(0, 400)];
  let left = room - textWidth("…", size, weight);
  let kept = 0;
  while (kept < characters.length && (left -= textWidth(characters[kept], size, weight)) >= 0) kept++;
  return kept ? `${characters.slice(0, kept).join("").trimEnd()}…` : "…";
}

/** Lines of at most `room` pixels, broken at spaces (or anywhere in a word that is longer). */
export function wrap(text, room, size = 12, weight = 400) {
  const lines = [];
  let line = "";
  for (const word of String(text).split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (textWidth(longer, size, weight) <= room) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = textWidth(word, size, weight) <= room ? word : fit(word, room, size, weight);
  }
  return line ? [...lines, line] : lines;
}

/** What ECharts asks: the width of a text in a CSS font like `600 12px Inter`. */
export function measureText(text, font = "12px Inter") {
  const size = Number(/(\d+(?:\.\d+)?)px/.exec(font)?.[1] ?? 12);
  const bold = /\b(bold|[6-9]00)\b/.test(font);
  return { width: textWidth(text, size, bold ? 600 : 400) };
}
