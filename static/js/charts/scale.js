// Shades of amounts for pictures in SVG: from the lowest to the highest value, or from zero to both sides.
import { isNumber } from "../lib/frame.js";
import { svg, tag, textAt } from "../lib/markup.js";
import { textWidth } from "../lib/measure.js";

const STEPS = 5;
const FAR = 2.5; // a highest value this many times the 98th percentile would leave all others pale

/** {colour(value), low, high, isCut, legend({width, y, format}) -> markup}. Five shades, since more cannot be
 * told apart in small cells. isCut: the highest values share the last shade, so that they do not pale all others. */
export function scaleOf(values, theme) {
  const known = values.filter(isNumber).sort((a, b) => a - b);
  const [least, most] = [known[0] ?? 0, known.at(-1) ?? 0];
  const usual = known[Math.floor(0.98 * (known.length - 1))] ?? 0;
  const isCut = known.length > 20 && least >= 0 && usual > 0 && most > FAR * usual;
  const both = least < 0 && most > 0;
  const far = Math.max(-least, most);
  const [low, high] = both ? [-far, far] : [least > 0 && least < most * 0.5 ? 0 : least, isCut ? usual : most];
  const stepped = (share) => Math.min(STEPS - 1, Math.floor(share * STEPS)) / (STEPS - 1);
  const [shade, side] = [theme.ramp, theme.diverging];
  const colour = (value) => {
    if (both) return value === 0 ? side(0) : side(Math.sign(value) * (0.25 + 0.75 * stepped(Math.min(1, Math.abs(value) / far))));
    return low === high ? shade(low === 0 ? 0 : 0.6) : shade(stepped(Math.min(1, Math.max(0, (value - low) / (high - low)))));
  };
  return { colour, low, high, isCut, legend: (place) => legendOf({ colour, low, high, isCut, both, theme }, place) };
}

/** Lowest to highest as blocks with both numbers, at the right. */
function legendOf({ colour, low, high, isCut, both, theme }, { width, y, format }) {
  const [from, to] = [format(low), `${isCut ? "≥ " : ""}${format(high)}`];
  const style = { size: theme.small, fill: theme.ink3 };
  if (low === high) return textAt(width - 2, y, to, { ...style, anchor: "end" });
  const count = both ? 2 * STEPS : STEPS;
  const blocks = Array.from({ length: count }, (_, i) => low + ((i + 0.5) / count) * (high - low));
  const end = width - 2 - textWidth(to, theme.small) - 6;
  const start = end - count * 14;
  return [
    textAt(start - 6, y, from, { ...style, anchor: "end" }),
    ...blocks.map((value, i) => tag("rect", { x: start + i * 14, y: y - 9, width: 13, height: 10, rx: 1, fill: colour(value) })),
    textAt(width - 2, y, to, { ...style, anchor: "end" }),
  ].join("");
}

/** What an SVG shows where there is nothing to draw. */
export function emptySvg(size, theme) {
  return svg(size, theme, textAt(size.width / 2, size.height / 2 + 4, theme.text("no_data"), { size: theme.size, fill: theme.ink3, anchor: "middle" }), theme.text("no_data"));
}
