// A span of time, moved along by its own length and made wider. Whole local days stay whole days where clocks change, and whole
// months whole months.
import { fromWall, toWall } from "../lib/time.js";

const DAY = 864e5;
const MOST_MS = 8.64e15 / 4; // far beyond any data, and still a date

/** {from, to} in ms; step -1 goes back and 1 ahead. Null where the calendar ends. */
export function movedSpan({ from, to }, timezone, step) {
  const [start, end] = [toWall(from, timezone), toWall(to, timezone)];
  const months = isMonth(start) && isMonth(end) ? monthOf(end) - monthOf(start) : 0;
  const isDays = start % DAY === 0 && end % DAY === 0;
  const along = (ms, wall) => {
    if (months) return fromWall(monthStart(monthOf(wall) + step * months), timezone);
    return isDays ? fromWall(wall + step * (end - start), timezone) : ms + step * (to - from);
  };
  return bounded({ from: along(from, start), to: along(to, end) });
}

/** Twice as long, around the same middle. */
export const widerSpan = ({ from, to }) => bounded({ from: Math.floor(from - (to - from) / 2), to: Math.ceil(to + (to - from) / 2) });

const bounded = ({ from, to }) => (from > -MOST_MS && to < MOST_MS && to > from ? { from, to } : null);
const monthOf = (wall) => new Date(wall).getUTCFullYear() * 12 + new Date(wall).getUTCMonth();
const monthStart = (month) => new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);
const isMonth = (wall) => wall % DAY === 0 && new Date(wall).getUTCDate() === 1;
