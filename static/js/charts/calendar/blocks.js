// Where days lie: strips of weeks (a year each, or all in one where they fit), or a sheet for each month.

export const DAY = 864e5;
const TITLE = 18;
const GUTTER = 30; // names of the days of the week
const LEAST = 5; // pixels of a day; with less the oldest years are left out
const MOST = { strip: 28, months: 58 };

/** 0 for the first day of the week. Day 0, 1 January 1970, was a Thursday. */
export const weekdayOf = (day, weekStart) => (((day + 3 - weekStart) % 7) + 7) % 7;
const weeksFrom = (from, to, weekStart) => Math.floor((to - from + weekdayOf(from, weekStart)) / 7) + 1;
const yearOf = (day) => new Date(day * DAY).getUTCFullYear();
const startOfYear = (year) => Math.floor(Date.UTC(year, 0, 1) / DAY);

/** The layout that gives a day most room: {blocks, cell, hidden (years or months that do not fit)}.
 * A block: {from, to, left, top, width, isMonth, gutter, titled, hasWeekdays, wide (where a day is wider than high), place(day) -> {x, y}}. */
export function blocksOf(shown, wanted, size) {
  const strip = () => stripsOf(shown, size);
  const months = () => (shown.last - shown.first > 800 ? null : monthsOf(shown, size));
  if (wanted === "strip") return strip();
  const sheets = months();
  if (wanted === "months" && sheets) return sheets;
  const strips = strip();
  // sheets of many months waste room between them, so their days must be clearly larger
  return sheets && sheets.cell > strips.cell * (sheets.blocks.length > 2 ? 1.35 : 1) && sheets.hidden <= strips.hidden ? sheets : strips;
}

function stripsOf({ first, last, weekStart }, { width, height }) {
  const titled = height >= 60;
  const above = titled ? TITLE : 2;
  const gutter = width >= 240 ? GUTTER : 0;
  const left = gutter ? GUTTER + 6 : 0;
  const isOne = last - first <= 371;
  const years = isOne ? [] : Array.from({ length: Math.min(200, yearOf(last) - yearOf(first) + 1) }, (_, i) => yearOf(last) - i);
  const most = Math.max(1, Math.floor(height / (7 * LEAST + above)));
  const kept = years.slice(0, most).reverse();
  const fitting = (spans, weeks) => ({ spans, weeks, cell: Math.max(0.5, Math.min(MOST.strip, (width - left) / weeks, (height / spans.length - above) / 7)) });
  const { spans, weeks, cell } = isOne
    ? folded(first, last).map((parts) => fitting(parts, Math.max(...parts.map(([from, to]) => weeksFrom(from, to, weekStart))))).reduce((best, each) => (each.cell > best.cell * 1.15 ? each : best))
    : fitting(kept.map((year) => [Math.max(first, startOfYear(year)), Math.min(last, startOfYear(year + 1) - 1), startOfYear(year)]), 54);
  const each = 7 * cell + above + (spans.length > 1 ? Math.min(10, (height - spans.length * (7 * cell + above)) / spans.length) : 0);
  const blocks = spans.map(([from, to, origin = from], i) => {
    const top = i * each + above;
    const base = origin - weekdayOf(origin, weekStart);
    const place = (day) => ({ x: left + Math.floor((day - base) / 7) * cell, y: top + weekdayOf(day, weekStart) * cell });
    return { from, to, left, top, width: weeks * cell, isMonth: false, gutter, titled, hasWeekdays: false, place };
  });
  return { blocks, cell, hidden: years.length - kept.length };
}

/** A span as one strip, or folded into two to four at the beginnings of months. */
function folded(first, last) {
  const months = monthSpans(first, last);
  return [1, 2, 3, 4].filter((count) => count === 1 || months.length >= 2 * count).map((count) => {
    const each = Math.ceil(months.length / count);
    const parts = Array.from({ length: Math.ceil(months.length / each) }, (_, i) => months.slice(i * each, (i + 1) * each));
    return parts.map((part) => [Math.max(first, part[0][0]), Math.min(last, part.at(-1)[1])]);
  });
}

function monthsOf({ first, last, weekStart }, { width, height }) {
  const spans = monthSpans(first, last);
  const [between, head] = [14, 34];
  let best = { cell: 0, columns: 1 };
  for (let columns = 1; columns <= spans.length; columns++) {
    const rows = Math.ceil(spans.length / columns);
    const cell = Math.min(MOST.months, (width - (columns - 1) * between) / columns / 7, (height / rows - head) / 6);
    if (cell > best.cell) best = { cell, columns };
  }
  const cell = Math.max(0.5, best.cell);
  const wide = Math.max(cell, Math.min(1.7 * cell, 84, (width - (best.columns - 1) * between) / best.columns / 7));
  const hasWeekdays = cell >= 10;
  const top = hasWeekdays ? 32 : 16;
  const tall = Math.max(...spans.map(([from, to]) => weeksFrom(from, to, weekStart)));
  const blocks = spans.map(([from, to], i) => {
    const left = (i % best.columns) * (7 * wide + between);
    const above = Math.floor(i / best.columns) * (tall * cell + top + 8) + top;
    const base = from - weekdayOf(from, weekStart);
    const place = (day) => ({ x: left + weekdayOf(day, weekStart) * wide, y: above + Math.floor((day - base) / 7) * cell });
    return { from, to, left, top: above, width: 7 * wide, wide, isMonth: true, gutter: 0, titled: true, hasWeekdays, place };
  });
  return { blocks, cell, hidden: 0 };
}

/** Whole months, so that a sheet looks like one of a calendar: [[first day, last day], ...]. */
function monthSpans(first, last) {
  const found = [];
  const start = new Date(first * DAY);
  for (let month = start.getUTCFullYear() * 12 + start.getUTCMonth(); found.length < 30; month++) {
    if (monthStart(month) > last) break;
    found.push([monthStart(month), monthStart(month + 1) - 1]);
  }
  return found;
}

const monthStart = (month) => Math.floor(Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY);
