// What the page says in the reader's language, and times in words.
import { speaker as speakerOf } from "../lib/words.js";
import { formatTime, toWall } from "../lib/time.js";

const DAY = 864e5;
const STEPS = [["year", 31557600e3], ["month", 2629800e3], ["day", DAY], ["hour", 36e5], ["minute", 6e4], ["second", 1e3]];

/** words: name -> sentence with {places} and {n:row|rows}. */
export const speaker = (words, locale = "en") => speakerOf(words, locale);

/** "2 s ago", "3 min ago", "2 yr ago". */
export function ago(ms, locale, now = Date.now()) {
  const past = Math.max(0, now - ms);
  const [unit, size] = STEPS.find(([, length]) => past >= length) ?? STEPS.at(-1);
  // less than a second is "now", not "0 s ago"
  return new Intl.RelativeTimeFormat(locale, { style: "narrow", numeric: past < 1000 ? "auto" : "always" }).format(-Math.floor(past / size), unit);
}

/** How long ago without "ago": "23 min". */
export function age(ms, locale, now = Date.now()) {
  const past = Math.max(0, now - ms);
  const [unit, size] = STEPS.find(([, length]) => past >= length) ?? STEPS.at(-1);
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(Math.floor(past / size));
}

/** The dates of a span as the button of the range says them; the same as ranges.span_of on the server. */
export function spanText(from, to, { locale, timezone }) {
  const clock = (ms) => formatTime(ms, "minute", { locale, timezone }).split(", ").at(-1);
  const day = (ms) => formatTime(ms, "day", { locale, timezone }).replace(/^\S+ /, "");
  const whole = (ms) => toWall(ms, timezone) % DAY === 0;
  if (to - from < 2 * DAY && !(whole(from) && whole(to))) {
    const [first, last] = [from, to].map((ms) => day(ms).slice(0, -5));
    return `${first} ${clock(from)} – ${first === last ? "" : `${last} `}${clock(to)}`;
  }
  const [first, last] = [day(from), day(whole(to) ? to - 1 : to)];
  return first === last ? last : `${first.slice(-4) === last.slice(-4) ? first.slice(0, -5) : first} – ${last}`;
}
