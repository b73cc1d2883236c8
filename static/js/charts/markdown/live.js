// `{{ measure | change }}` in Markdown: a rule of the parser's, so that a value is text and never markup.
import { spanText } from "../../dashboard/words.js";
import { change, formatNumber, MISSING } from "../../lib/format.js";
import { frameOf, measuresOf } from "../../lib/frame.js";
import { formatTime } from "../../lib/time.js";

const SLOT = /^\{\{\s*([^{}|\s][^{}|\n]{0,79}?)\s*(?:\\?\|\s*([a-z]{1,20})\s*)?\}\}/; // the same as in live_values.py
const SIGNS = { 1: "↑", "-1": "↓", 0: "" };

/** Teaches a parser the slots; each becomes a token "live" with meta {name, filter}. */
export function liveValues(parser) {
  parser.inline.ruler.before("escape", "live", (state, silent) => {
    if (state.src.charCodeAt(state.pos) !== 0x7b) return false;
    const found = SLOT.exec(state.src.slice(state.pos, state.pos + 140));
    if (!found) return false;
    if (!silent) state.push("live", "", 0).meta = { name: found[1], filter: found[2] ?? "" };
    state.pos += found[0].length;
    return true;
  });
}

/** What stands in a slot: {text, verdict: "good" | "bad" | null}. */
export function valueOf({ name, filter }, data, theme) {
  const about = ABOUT_VIEW[name];
  if (about) return { text: about(data, theme) || MISSING, verdict: null };
  const now = measuresOf(frameOf(data)).find((column) => column.name === name);
  const before = measuresOf(frameOf(data, "previous")).find((column) => column.name === name);
  if (!now) return { text: MISSING, verdict: null };
  const [value, past] = [now.values[0], before?.values[0]];
  if (filter === "change") {
    const moved = change(value, past, now, theme.locale);
    return moved ? { text: `${SIGNS[moved.direction]}\u00a0${moved.text}`.trim(), verdict: moved.verdict } : { text: theme.text("no_comparison"), verdict: null };
  }
  const options = { locale: theme.locale, short: filter === "short" };
  return { text: formatNumber(filter === "before" ? past : value, now, options), verdict: null };
}

const day = (ms, theme) => (Number.isFinite(ms) ? formatTime(ms, "day", theme) : "");
const ABOUT_VIEW = {
  window: (data, theme) => (data?.window ? spanText(data.window.from, data.window.to, theme) : ""),
  from: (data, theme) => day(data?.window?.from, theme),
  to: (data, theme) => day(data?.window?.to - 1, theme),
  updated: (data, theme) => {
    const at = frameOf(data).computed_at;
    return Number.isFinite(at) ? formatTime(at, "minute", theme) : "";
  },
};
