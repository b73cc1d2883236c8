// Times for people: milliseconds since 1970 UTC, shown in the reader's time zone and by the grain of the data.

const UNITS = { second: 1e3, "5second": 5e3, "15second": 15e3, minute: 6e4, "5minute": 3e5, "15minute": 9e5, hour: 36e5, day: 864e5, week: 6048e5, month: 2678400e3, quarter: 7948800e3, year: 31622400e3, fiscal_quarter: 7948800e3, fiscal_year: 31622400e3 };
const [MINUTE, HOUR, DAY] = [6e4, 36e5, 864e5];
const FIXED = [1e3, 2e3, 5e3, 1e4, 15e3, 3e4, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY];
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
const MONDAY = Date.UTC(1970, 0, 5);
const clocks = new Map();
const offsets = new Map();

function clock(timezone) {
  if (!clocks.has(timezone)) {
    const options = { hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    try {
      clocks.set(timezone, new Intl.DateTimeFormat("en-US", { ...options, timeZone: timezone }));
    } catch {
      clocks.set(timezone, null); // an unknown zone reads as UTC
    }
  }
  return clocks.get(timezone);
}

/** Milliseconds that local clocks are ahead of UTC at that moment. */
export function offsetAt(ms, timezone = "UTC") {
  if (timezone === "UTC" || !clock(timezone)) return 0;
  const quarter = Math.floor(ms / 9e5) * 9e5; // no zone has ever changed within a quarter of an hour
  const key = `${timezone} ${quarter}`;
  if (!offsets.has(key)) {
    if (offsets.size > 20000) offsets.clear();
    const part = Object.fromEntries(clock(timezone).formatToParts(quarter).map(({ type, value }) => [type, Number(value)]));
    offsets.set(key, Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - quarter);
  }
  return offsets.get(key);
}

/** The local wall clock, as if it were UTC; its inverse gives the first of two equal local times. */
export const toWall = (ms, timezone) => ms + offsetAt(ms, timezone);

export function fromWall(wall, timezone) {
  const guess = wall - offsetAt(wall, timezone);
  return wall - offsetAt(guess, timezone);
}

const names = new Map();

function part(wall, locale, options) {
  const key = locale + JSON.stringify(options);
  if (!names.has(key)) {
    try {
      names.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }));
    } catch {
      names.set(key, new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" }));
    }
  }
  return names.get(key).format(wall);
}

const isEnglish = (locale) => /^en\b/i.test(locale);
// the British order with the three-letter months of the American tables ("1 Sep", not "1 Sept" or "Sep 1")
const month = (wall, locale, length = "short") => part(wall, isEnglish(locale) ? "en-US" : locale, { month: length });
const year = (wall) => String(new Date(wall).getUTCFullYear());
const two = (number) => String(number).padStart(2, "0");

function dayMonth(wall, locale) {
  return isEnglish(locale) ? `${new Date(wall).getUTCDate()} ${month(wall, locale)}` : part(wall, locale, { day: "numeric", month: "short" });
}

function dayMonthYear(wall, locale) {
  return isEnglish(locale) ? `${dayMonth(wall, locale)} ${year(wall)}` : part(wall, locale, { day: "numeric", month: "short", year: "numeric" });
}

function hourMinute(wall, seconds = false) {
  const date = new Date(wall);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds ? `:${two(date.getUTCSeconds())}` : ""}`;
}

/** A moment that a calendar can name. */
export const isTime = (ms) => typeof ms === "number" && Math.abs(ms) <= 8.64e15;

/** One moment, or the bucket that starts there, in words: "Sun 1 Sep 2013", "Q3 2013", "1 Sep 2013, 14:05". */
export function formatTime(ms, grain, { locale = "en", timezone = "UTC" } = {}) {
  if (!isTime(ms)) return "–";
  const wall = toWall(ms, timezone);
  if (grain === "year") return year(wall);
  if (grain === "quarter") return `Q${Math.floor(new Date(wall).getUTCMonth() / 3) + 1} ${year(wall)}`;
  if (grain === "month") return `${month(wall, locale, "long")} ${year(wall)}`;
  // a fiscal year begins where its workspace says, so its months are named rather than a number that differs by country
  if (grain === "fiscal_quarter" || grain === "fiscal_year") return monthSpan(wall, grain === "fiscal_year" ? 12 : 3, locale);
  if (grain === "week") return `${dayMonth(wall, locale)} – ${dayMonthYear(wall + 6 * DAY, locale)}`;
  if (grain === "day") return `${weekday((new Date(wall).getUTCDay() + 6) % 7, locale)} ${dayMonthYear(wall, locale)}`;
  const seconds = UNITS[grain] < MINUTE || (!grain && wall % MINUTE !== 0);
  if (!grain && wall % DAY === 0) return dayMonthYear(wall, locale);
  return `${dayMonthYear(wall, locale)}, ${hourMinute(wall, seconds)}`;
}

/** "Apr 2025 – Mar 2026": the months of a span that begins with one. */
function monthSpan(wall, months, locale) {
  const start = new Date(wall);
  const last = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months - 1, 1);
  return `${month(wall, locale)}${year(wall) === year(last) ? "" : ` ${year(wall)}`} – ${month(last, locale)} ${year(last)}`;
}

/** 0 = Monday. */
export function weekday(index, locale = "en", length = "short") {
  return part(MONDAY + index * DAY, isEnglish(locale) ? "en-US" : locale, { weekday: length });
}

export function monthName(number, locale = "en") {
  return month(Date.UTC(2001, number - 1, 1), locale);
}

/** Milliseconds after which two neighbours of this grain have a hole between them; Infinity without a grain. */
export function gapAfter(grain) {
  return grain in UNITS ? UNITS[grain] * 1.5 : Infinity;
}

function monthTicks(from, to, months) {
  const start = new Date(from);
  const index = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  const ticks = [];
  for (let at = index; ticks.length < 1000; at += months) {
    const wall = Date.UTC(2000, at - 24000, 1);
    if (wall > to) break;
    if (wall >= from) ticks.push(wall);
  }
  return ticks;
}

/** About `count` round local times in [from, to], each with a short label: [{t, label}]. Days, months and years start
 * where they do on the reader's calendar. */
export function timeTicks(from, to, count, { locale = "en", timezone = "UTC" } = {}) {
  if (!isTime(from) || !isTime(to)) return [];
  const [low, high] = [toWall(from, timezone), toWall(to, timezone)];
  const span = Math.max(1, high - low);
  const step = FIXED.find((size) => span / size <= count);
  const months = step ? 0 : MONTHS.find((size) => span / (size * 30.44 * DAY) <= count) ?? 1200;
  const walls = [];
  if (months) walls.push(...monthTicks(low, high, months));
  else if (step >= 2 * DAY && step < 7 * DAY) walls.push(...dayTicks(low, high, step / DAY));
  else for (let at = Math.ceil((low - MONDAY) / step) * step + MONDAY; at <= high; at += step) walls.push(at);
  return walls.map((wall, i) => ({ t: fromWall(wall, timezone), label: tickLabel(wall, walls[i - 1], { locale, step, months }) }))
    .filter(({ t }) => t >= from && t <= to);
}

// every second or third day, counted from the first of each month, so that labels do not wander while data slides
function dayTicks(low, high, days) {
  const ticks = [];
  for (let at = Math.ceil(low / DAY) * DAY; at <= high; at += DAY) {
    const day = new Date(at).getUTCDate();
    if ((day - 1) % days === 0 && day <= 31 - days) ticks.push(at);
  }
  return ticks;
}

function tickLabel(wall, before, { locale, step, months }) {
  const newYear = before !== undefined ? year(before) !== year(wall) : false;
  if (months) {
    if (months % 12 === 0) return year(wall);
    return newYear || before === undefined || new Date(wall).getUTCMonth() === 0 ? `${month(wall, locale)} ${year(wall)}` : month(wall, locale);
  }
  if (step >= DAY) return newYear ? dayMonthYear(wall, locale) : dayMonth(wall, locale);
  if (wall % DAY === 0) return dayMonth(wall, locale);
  return hourMinute(wall, step < MINUTE);
}

/** A moment as the address of a page has it: milliseconds, or around 1970, where so few digits could mean another thing, ISO 8601. */
export const momentText = (ms) => (Math.abs(ms) < 1e10 ? new Date(ms).toISOString() : String(ms));
