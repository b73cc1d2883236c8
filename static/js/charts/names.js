// Names under columns, in the first way that shows them whole and that there is height for: on a line, on two, aslant; else cut.
import { escape, px, tag, textAt } from "../lib/markup.js";
import { fit, textWidth } from "../lib/measure.js";

const LINE = 13; // pixels of a line of names
export const SLANT = 40; // degrees
const SLOPE = (SLANT * Math.PI) / 180;

const widest = (texts, theme) => Math.max(0, ...texts.map((text) => textWidth(text, theme.small)));

/** {way: "line"|"two"|"aslant"|"cut", height, texts}: what stands under each column of `band` pixels; "two" has a line break
 * where there are two lines. height: of them all, in pixels. */
export function namesFor(names, band, theme, size) {
  const most = widest(names, theme);
  if (most <= band - 6) return { way: "line", height: 24, texts: names };
  const broken = names.map((name) => inTwo(name, theme));
  if (size.height >= 150 && broken.every((each) => widest(each.split("\n"), theme) <= band - 6)) return { way: "two", height: 24 + LINE, texts: broken };
  const long = Math.min(most + 1, 120, (size.height * 0.3) / Math.sin(SLOPE));
  if (size.height >= 210 && band >= 15 && long >= 48) return { way: "aslant", height: Math.ceil(long * Math.sin(SLOPE)) + 18, texts: names.map((name) => fit(name, long, theme.small)) };
  return { way: "cut", height: 24, texts: someOf(names, band, theme) };
}

/** Cut names, or only some of them where columns are too narrow for any. */
function someOf(names, band, theme) {
  const every = band >= 40 ? 1 : Math.ceil((Math.min(72, widest(names, theme)) + 10) / band);
  return names.map((name, i) => (i % every ? "" : fit(name, every * band - 6, theme.small)));
}

/** A name on one line or two, broken where these are most alike. */
function inTwo(name, theme) {
  const words = name.split(" ");
  const breaks = words.slice(1).map((_, i) => `${words.slice(0, i + 1).join(" ")}\n${words.slice(i + 1).join(" ")}`);
  const width = (text) => widest(text.split("\n"), theme);
  return breaks.reduce((best, each) => (width(each) < width(best) ? each : best), name);
}

/** The texts, none of which begins beyond the left edge of the card. left: where the first column begins. */
export function withinLeft({ way, texts }, left, band, theme) {
  const room = (i) => (way === "aslant" ? (left + band * (i + 0.5) - 4) / Math.cos(SLOPE) : 2 * (left + band * (i + 0.5)));
  return texts.map((text, i) => text.split("\n").map((part) => (part ? fit(part, room(i), theme.small) : "")).join("\n"));
}

/** As SVG. y: the lower edge of the plot. */
export function namesUnder(names, left, band, y, theme) {
  const { way } = names;
  const texts = withinLeft(names, left, band, theme);
  const x = (i) => left + band * (i + 0.5);
  if (way === "aslant") return texts.map((text, i) => tag("text", { transform: `translate(${px(x(i) + 4)} ${px(y + 15)}) rotate(${-SLANT})`, "font-size": theme.small, fill: theme.ink2, "text-anchor": "end" }, escape(text))).join("");
  const line = (text, i, n) => (text ? textAt(x(i), y + 19 + n * LINE, text, { size: theme.small, fill: theme.ink2, anchor: "middle" }) : "");
  return texts.map((text, i) => text.split("\n").map((part, n) => line(part, i, n)).join("")).join("");
}
