// What a cell shows beside its text, by the settings of its column: a shade, a bar, a mark by thresholds, a link.
//   settings: [{column, label, hide, format, show, good, warn, link}], all but `column` optional
//   show: "" | "scale" (shade by value) | "bar" | "tone" (shade by thresholds) | "icon" (mark by thresholds)
import { contrast, inkOn } from "../../lib/colour.js";
import { isNumber } from "../../lib/frame.js";

export const SHOWS = ["", "scale", "bar", "tone", "icon"];
// arrows and a diamond of our own: told apart by shape, not by colour alone
export const MARKS = { good: "M0 7.5h8l-4-7z", warn: "M4 0l4 4-4 4-4-4z", bad: "M0 .5h8l-4 7z" };

export const ARROWS = { 1: MARKS.good, [-1]: MARKS.bad };

const PLACE = /\{([^{}]+)\}/g;
const HOST = /^https:\/\/[^\s/\\?#{}@]+(?=[/?#]|$)/i;
const OWN = /^\/(?![/\\])/;

/** The settings by the name of their column. */
export function settingsOf({ columns } = {}) {
  const known = (Array.isArray(columns) ? columns : []).filter((each) => each && typeof each.column === "string");
  return new Map(known.map((each) => [each.column, each]));
}

/** "good", "warn", "bad", or null where nothing can be said: what reaches neither threshold is bad. Of two, the larger is
 * the better one if `good` is the larger; of one alone, what the measure says is good counts. */
export function judge(value, { good, warn }, column = {}) {
  if (!isNumber(value) || !(isNumber(good) || isNumber(warn))) return null;
  const upward = isNumber(good) && isNumber(warn) && good !== warn ? good > warn : column.good !== "down";
  const reaches = (limit) => isNumber(limit) && (upward ? value >= limit : value <= limit);
  return reaches(good) ? "good" : reaches(warn) ? "warn" : "bad";
}

/** Smallest and largest number, [0, 0] of none. A loop, since a column may be longer than a call can take arguments. */
export function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (isNumber(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low > high ? [0, 0] : [low, high];
}

/** The shade of a value between two others, with whether ink or the card's colour reads better on it. */
export function shade(value, [low, high], theme) {
  if (!isNumber(value)) return null;
  const [across, one] = reachOf(theme);
  if (low < 0 && high > 0) return ground(theme.diverging((across * value) / Math.max(-low, high)), theme);
  return ground(theme.ramp(one * (high > low ? (value - low) / (high - low) : 0.5)), theme);
}

function ground(fill, theme) {
  return { fill, isInverse: inkOn(fill, theme.card, theme.ink) === theme.card };
}

const reaches = new Map();

/** How far along its two ramps figures can still be read on a theme: shades go no further. */
function reachOf(theme) {
  const reads = (fill) => Math.max(contrast(fill, theme.card), contrast(fill, theme.ink)) >= 4.5;
  const far = (ok) => Array.from({ length: 50 }, (_, i) => (i + 1) / 50).find((share) => !ok(share)) ?? 1.02;
  if (!reaches.has(theme.name)) reaches.set(theme.name, [far((share) => reads(theme.diverging(share)) && reads(theme.diverging(-share))) - 0.02, far((share) => reads(theme.ramp(share))) - 0.02]);
  return reaches.get(theme.name);
}

/** Where a bar lies on its scale, as shares of its room: {from, to, isNegative}. Zero is always on the scale. */
export function barOf(value, [low, high]) {
  if (!isNumber(value)) return null;
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  if (from === to) return { from: 0, to: 0, isNegative: false };
  const at = (number) => Math.min(1, Math.max(0, (number - from) / (to - from)));
  return { from: Math.min(at(0), at(value)), to: Math.max(at(0), at(value)), isNegative: value < 0 };
}

/** The address that a template makes of a row, or null. Only https with a fixed host, or a path of ours; values are escaped.
 * valueOf(name): the value of that column in the row; {value} is the cell's own. */
export function linkOf(template, valueOf) {
  if (typeof template !== "string" || !(HOST.test(template) || OWN.test(template))) return null;
  let isWhole = true;
  const address = template.replace(PLACE, (_, name) => {
    const value = valueOf(name);
    if (value === null || value === undefined) isWhole = false;
    return encodeURIComponent(String(value ?? "").toWellFormed());
  });
  return isWhole && (HOST.test(address) || OWN.test(address)) ? address : null;
}
