// A dashboard, or one card, as one SVG: ground, titles and cards around pictures that are drawn already. Server only: a
// page has HTML for this. Lengths are the page's (css/card.css); those of cards and bodies come from apps/widgets/pictures.py.
import { px, svg, tag, textAt } from "../lib/markup.js";
import { fit, textWidth, wrap } from "../lib/measure.js";

const [SIDE, RADIUS] = [16, 10];
const [TITLE, SUB] = [13, 12];
const HEAD = { big: 20, title: 33, lines: 52, line: 17 };
const RTL = /^[^A-Za-z\u00c0-\u024f]*[\u0590-\u08ff]/;

/** board: {width, height, has_desk, title, lines: [text], cards: [{x, y, width, height, title, sub, message, picture, body: {x, y, width, height}}]}
 * Without `has_desk` it is one card alone: no desk, no edge. A card's `picture` is an SVG document, or "" with a message. */
export function board({ width, height, has_desk: desk = false, title = "", lines = [], cards }, theme) {
  const inner = [tag("rect", { width, height, fill: desk ? theme.desk : theme.card })];
  if (title) inner.push(headOf(title, lines, width, theme));
  for (const card of cards) inner.push(cardOf(card, desk, theme));
  return svg({ width, height }, theme, inner.join(""), title || cards[0]?.title);
}

function headOf(title, lines, width, theme) {
  const room = width - 2 * SIDE;
  const big = line(SIDE, HEAD.title, title, { room, size: HEAD.big, weight: 600, fill: theme.ink });
  return big + lines.map((text, i) => line(SIDE, HEAD.lines + i * HEAD.line, text, { room, size: SUB, fill: theme.ink2 })).join("");
}

function cardOf(card, edged, theme) {
  const { x, y, width, height, body } = card;
  const ground = edged ? tag("rect", { x, y, width, height, fill: theme.card }) : "";
  const at = { x: x + body.x, y: y + body.y };
  const inside = card.picture
    ? card.picture.replace(/^<svg /, `<svg x="${px(at.x)}" y="${px(at.y)}" `)
    : wrap(card.message ?? "", body.width, TITLE).slice(0, Math.max(1, Math.floor(body.height / 18))).map((text, i) => line(at.x, at.y + 14 + i * 18, text, { room: body.width, size: TITLE, fill: theme.ink2 })).join("");
  return tag("g", {}, ground + (card.title ? titles(card, theme) : "") + inside + (edged ? edgeOf(card, theme) : ""));
}

/** Round corners over whatever reaches the card's edges, and the line around it. */
function edgeOf({ x, y, width, height }, theme) {
  const [right, bottom, r] = [px(x + width), px(y + height), RADIUS];
  const round = `M${px(x + r)} ${px(y)}H${px(right - r)}A${r} ${r} 0 0 1 ${right} ${px(y + r)}V${px(bottom - r)}A${r} ${r} 0 0 1 ${px(right - r)} ${bottom}H${px(x + r)}A${r} ${r} 0 0 1 ${px(x)} ${px(bottom - r)}V${px(y + r)}A${r} ${r} 0 0 1 ${px(x + r)} ${px(y)}Z`;
  const outside = `M${px(x)} ${px(y)}H${right}V${bottom}H${px(x)}Z`;
  return tag("path", { d: outside + round, fill: theme.desk, "fill-rule": "evenodd" }) + tag("path", { d: round, fill: "none", stroke: theme.line });
}

/** The title, and its sub as far as there is room beside it. */
function titles({ x, y, width, title, sub = "" }, theme) {
  const [left, room, base] = [x + SIDE + 1, width - 2 * SIDE - 2, y + 27];
  const shown = fit(title, room, TITLE, 600);
  const beside = textWidth(shown, TITLE, 600) + 8;
  const rest = room - beside;
  const rtl = RTL.test(title);
  const second = sub && !rtl && rest >= Math.min(40, textWidth(sub, SUB)) ? line(left + beside, base, sub, { room: rest, size: SUB, fill: theme.ink3 }) : "";
  return line(left, base, title, { room, size: TITLE, weight: 600, fill: theme.ink }) + second;
}

/** One line, cut to its room; text from right to left begins at the right. */
function line(x, y, text, { room, size, weight, fill }) {
  const rtl = RTL.test(text);
  return textAt(rtl ? x + room : x, y, fit(text, room, size, weight), { size, weight, fill, anchor: "start", rtl });
}
