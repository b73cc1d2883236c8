// Markdown as SVG, for paper, PNG and mail: the same blocks as in the browser, set by our own widths.
import { svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { runsOf, tokensOf } from "./parser.js";

const BODY = { size: 13, line: 20, after: 8 };
const HEADINGS = { h1: { size: 20, line: 27, after: 6, bold: true }, h2: { size: 16, line: 23, after: 6, bold: true }, h3: { size: 14, line: 21, after: 4, bold: true } };
const INDENT = 20;
const RTL = /^[\s\d\W]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The whole text as far as it fits; what does not ends in an ellipsis. */
export function drawn(text, data, theme, size, label) {
  const pen = { y: 0, parts: [], theme, size, cut: false };
  for (const block of blocksOf(text, data, theme)) {
    if (pen.cut) break;
    (DRAW[block.type] ?? paragraph)(pen, block);
  }
  return svg(size, theme, pen.parts.join(""), label);
}

const styleOf = (token) => HEADINGS[token?.tag] ?? (/^h[4-6]$/.test(token?.tag) ? { ...BODY, bold: true } : BODY);

/** [{type: "text" | "code" | "rule" | "row", depth, ...}] from top to bottom. */
function blocksOf(text, data, theme) {
  const blocks = [];
  const lists = [];
  let [style, bullet, quotes, row] = [BODY, "", 0, null];
  for (const token of tokensOf(text)) {
    const { type } = token;
    if (type === "bullet_list_open") lists.push(null);
    else if (type === "ordered_list_open") lists.push(Number(token.attrGet("start") ?? 1));
    else if (type.endsWith("_list_close")) lists.pop();
    else if (type === "list_item_open") bullet = lists.at(-1) === null ? "•" : `${lists[lists.length - 1]++}.`;
    else if (type === "blockquote_open") quotes++;
    else if (type === "blockquote_close") quotes--;
    else if (type === "heading_open") style = styleOf(token);
    else if (type === "heading_close") style = BODY;
    else if (type === "tr_open") row = [];
    else if (type === "tr_close") [blocks[blocks.length], row] = [{ type: "row", cells: row }, null];
    else if (type === "th_open" || type === "td_open") row.push({ head: type === "th_open", right: (token.attrGet("style") ?? "").includes("right"), text: "" });
    else if (type === "hr") blocks.push({ type: "rule" });
    else if (type === "fence" || type === "code_block") blocks.push({ type: "code", text: token.content, depth: lists.length });
    else if (type === "inline") {
      const runs = runsOf(token, data, theme);
      if (row?.length) row.at(-1).text = runs.map((run) => run.text).join("");
      else [blocks[blocks.length], bullet] = [{ type: "text", runs, style, bullet, depth: lists.length, quoted: quotes > 0 }, ""];
    }
  }
  return widened(blocks);
}

/** Rows of one table share their columns. */
function widened(blocks) {
  blocks.forEach((block, i) => {
    if (block.type === "row") block.count = blocks[i - 1]?.type === "row" ? blocks[i - 1].count : block.cells.length;
  });
  return blocks;
}

/** Room for a line of this height? If not, the last line ends in an ellipsis. */
function fits(pen, height) {
  if (pen.y + height <= pen.size.height + 4) return true;
  pen.cut = true;
  pen.parts.push(textAt(pen.size.width, pen.size.height - 2, "…", { size: 13, fill: pen.theme.ink3, anchor: "end" }));
  return false;
}

function paragraph(pen, { runs, style, bullet, depth, quoted }) {
  const left = depth * INDENT + (quoted ? 12 : 0);
  const room = Math.max(20, pen.size.width - left);
  const rtl = RTL.test(runs.map((run) => run.text).join(""));
  for (const [n, line] of linesOf(runs, room, style).entries()) {
    if (!fits(pen, style.line)) return;
    const y = pen.y + style.line * 0.72;
    if (bullet && n === 0) pen.parts.push(textAt(left - 6, y, bullet, { size: style.size, fill: pen.theme.ink3, anchor: "end" }));
    if (quoted) pen.parts.push(tag("rect", { x: left - 12, y: pen.y, width: 2, height: style.line, fill: pen.theme.lineStrong }));
    for (const word of merged(line)) {
      const x = rtl ? left + room - word.x : left + word.x;
      pen.parts.push(textAt(x, y, word.text, { size: style.size, weight: word.weight, fill: inkOf(word, style, quoted, pen.theme), anchor: rtl ? "end" : "start", rtl }));
    }
    pen.y += style.line;
  }
  pen.y += style.after;
}

const inkOf = (word, style, quoted, theme) => (word.verdict ? theme[word.verdict] : word.link ? theme.accent : word.bold || style.bold ? theme.ink : quoted ? theme.ink3 : theme.ink2);

/** Words in lines: [[{text, x, weight, ...run}]]. A word that is longer than a line is cut. */
function linesOf(runs, room, style) {
  const lines = [[]];
  let x = 0;
  for (const run of runs) {
    const weight = run.bold || style.bold ? 600 : 400;
    if (run.end) [x, lines[lines.length]] = [0, []];
    for (const piece of String(run.text).split(/(?<=[ \t])/).filter(Boolean)) {
      if (!piece.trim()) {
        x += x > 0 ? textWidth(" ", style.size, weight) : 0; // SVG drops a space at the start of a text
        continue;
      }
      const word = fit(piece.trimEnd(), room, style.size, weight) + (/[ \t]$/.test(piece) ? " " : "");
      const solid = textWidth(word.trimEnd(), style.size, weight);
      if (x > 0 && x + solid > room) [x, lines[lines.length]] = [0, []];
      lines.at(-1).push({ ...run, text: word, x, weight });
      x += textWidth(word, style.size, weight);
    }
  }
  return lines;
}

/** Neighbours of one style in one text, so that they can be selected as words. */
function merged(line) {
  const found = [];
  for (const word of line) {
    const last = found.at(-1);
    if (last && last.text.endsWith(" ") && last.weight === word.weight && last.link === word.link && last.verdict === word.verdict && last.bold === word.bold) last.text += word.text;
    else found.push({ ...word });
  }
  return found.map((word) => ({ ...word, text: word.text.trimEnd() })).filter((word) => word.text);
}

function code(pen, { text, depth }) {
  const left = depth * INDENT;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (!fits(pen, 18)) return;
    pen.parts.push(tag("rect", { x: left, y: pen.y - 2, width: Math.max(0, pen.size.width - left), height: 18.5, fill: pen.theme.sunken }));
    pen.parts.push(textAt(left + 8, pen.y + 11, fit(line, pen.size.width - left - 16, 12), { size: 12, fill: pen.theme.ink2 }));
    pen.y += 18;
  }
  pen.y += BODY.after;
}

function rule(pen) {
  if (!fits(pen, 8)) return;
  pen.parts.push(tag("line", { x1: 0, x2: pen.size.width, y1: pen.y + 2, y2: pen.y + 2, stroke: pen.theme.line }));
  pen.y += 12;
}

function row(pen, { cells, count }) {
  if (!fits(pen, 24)) return;
  const room = pen.size.width / Math.max(1, count);
  cells.slice(0, count).forEach(({ head, right, text }, i) => {
    pen.parts.push(textAt(right ? (i + 1) * room - 8 : i * room, pen.y + 15, fit(text, room - 10, 13), { size: head ? 12 : 13, fill: head ? pen.theme.ink3 : pen.theme.ink, anchor: right ? "end" : "start" }));
  });
  pen.y += 24;
  pen.parts.push(tag("line", { x1: 0, x2: pen.size.width, y1: pen.y, y2: pen.y, stroke: pen.theme.line }));
}

const DRAW = { text: paragraph, code, rule, row };
