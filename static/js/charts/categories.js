// Categories from top to bottom with a common axis of values: what box plots, ridges and swarms share.
import { formatNumber } from "../lib/format.js";
import { frameOf, isNumber, measuresOf } from "../lib/frame.js";
import { textAt } from "../lib/markup.js";
import { textWidth } from "../lib/measure.js";
import { nameAt } from "./plain.js";

/** The measure whose name begins so ("median("), or undefined. */
export const measureOf = (frame, start) => measuresOf(frame).find(({ name }) => name.startsWith(start));

/** How many categories there are in all, if somebody counted. */
export function countIn(data) {
  const value = measureOf(frameOf(data, "all"), "count_distinct(")?.values[0];
  return isNumber(value) ? value : null;
}

/** "12 of 340 shown", or nothing where all are. */
export function leftOut(shown, all, theme) {
  const number = (n) => formatNumber(n, { format: "integer" }, { locale: theme.locale });
  return all !== null && all > shown ? theme.text("n_of", { n: number(shown), of: number(all) }) : "";
}

/** A note in the corner below, right of what the axis says. */
export const corner = (text, size, theme) => (text ? textAt(size.width - 2, size.height - 1, text, { size: theme.small, fill: theme.ink3, anchor: "end" }) : "");

/** Room for the names on the left: as much as they want, but not more than a third. */
export const roomOf = (list, size, theme) => Math.ceil(Math.min(Math.max(0, ...list.map((name) => textWidth(name, theme.small))), size.width * 0.34));

/** The names, each in the middle of its row. */
export const named = (rows, room, theme) => rows.map(({ name, y }) => nameAt(room, y + 4, name, room, { size: theme.small, fill: theme.ink2 })).join("");
