// Rows of things over time (horizon bands, states, plans): their names at the left, as many as have room.
import { tag, textAt } from "../lib/markup.js";
import { fit, textWidth } from "../lib/measure.js";

/** count rows in `room` pixels, each between `least` and `most` high: {shown, high}. */
export function rowsIn(count, room, least, most) {
  const shown = Math.max(1, Math.min(count, Math.floor(room / least)));
  return { shown, high: Math.max(1, Math.min(most, room / shown)) };
}

/** How wide a column of names is: as they need, at most `share` of the card, nothing on a card that is too small. */
export function namesWidth(names, width, theme, share = 0.28) {
  if (width < 160) return 0;
  return Math.ceil(Math.min(Math.max(...names.map((name) => textWidth(name, theme.small))), Math.max(36, width * share)) + 8);
}

/** One name, its middle at y; where rows are lower than a line of text only those that have room (every nth). */
export function nameAt(name, y, room, theme) {
  return room > 8 ? textAt(room - 8, y + 4, fit(name, room - 8, theme.small), { size: theme.small, fill: theme.ink2, anchor: "end" }) : "";
}

/** A span of time as a block with its name inside, if that has room. */
export function blockAt({ x, y, width, height, fill, text, mark, rx = 3 }, theme) {
  const wide = Math.max(1, width);
  // a letter or two with dots would only be noise
  const has = text && height >= 12 && (wide > 56 || textWidth(text, theme.small) <= wide - 8);
  const said = has ? fit(text, wide - 8, theme.small) : "";
  return tag("rect", { x, y, width: wide, height: Math.max(1, height), rx: Math.min(rx, wide / 2), fill, "data-mark": mark })
    + (said && said !== "…" ? textAt(x + 4, y + height / 2 + 4, said, { size: theme.small, fill: theme.inkOn(fill) }) : "");
}
