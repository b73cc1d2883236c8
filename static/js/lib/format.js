// Numbers for people: by the column's format and unit, in the reader's language. A missing value is "–", never 0 or NaN.

export const MISSING = "–";
const NBSP = "\u00a0";
const SYMBOLS = { EUR: "€", USD: "$", GBP: "£", JPY: "¥", CNY: "¥", INR: "₹", "€": "€", $: "$", "£": "£", "¥": "¥", "₹": "₹", CHF: "CHF" };
const SECONDS = { ms: 0.001, s: 1, sec: 1, second: 1, seconds: 1, min: 60, minute: 60, minutes: 60, h: 3600, hour: 3600, hours: 3600, d: 86400, day: 86400, days: 86400 };
const SCALES = [[1e12, "tn"], [1e9, "bn"], [1e6, "m"], [1e3, "k"]];
const cache = new Map();

/** An Intl.NumberFormat, made once; an unknown language falls back to English rather than failing a chart. */
function numbers(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!cache.has(key)) {
    try {
      cache.set(key, new Intl.NumberFormat(locale, options));
    } catch {
      cache.set(key, new Intl.NumberFormat("en", options));
    }
  }
  return cache.get(key);
}

const isEnglish = (locale) => /^en\b/i.test(locale);
const known = (value) => typeof value === "number" && Number.isFinite(value);
const fixed = (decimals) => ({ minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const minus = (text) => text.replace(/^-/, "−");

/** Digits that a value of this size deserves: three that matter, no more than the kind of number has. */
function plain(value, locale, format, decimals) {
  const size = Math.abs(value);
  if (size >= 1e18) return value.toExponential(2);
  if (decimals !== null) return numbers(locale, fixed(decimals)).format(value);
  if (format === "integer") return numbers(locale, { maximumFractionDigits: 0 }).format(value);
  if (size > 0 && size < 1) return size < 1e-6 ? value.toExponential(1) : numbers(locale, { maximumSignificantDigits: 3 }).format(value);
  return numbers(locale, { maximumFractionDigits: size >= 1000 ? 0 : size >= 100 ? 1 : 2 }).format(value);
}

/** 5,421,000 -> "5.42m". Three digits that matter. */
export function compact(value, locale = "en", decimals = null) {
  if (!known(value)) return MISSING;
  const size = Math.abs(value);
  if (size < 1000 && decimals !== null) return minus(numbers(locale, fixed(decimals)).format(value));
  if (size < 1000) return minus(size > 0 && size < 1e-6 ? value.toExponential(1) : numbers(locale, { maximumSignificantDigits: 3 }).format(value));
  if (size >= 1e18) return minus(value.toExponential(2));
  if (!isEnglish(locale)) return minus(numbers(locale, { notation: "compact", ...(decimals === null ? { maximumSignificantDigits: 3 } : fixed(decimals)) }).format(value));
  let place = SCALES.findIndex(([scale]) => size >= scale);
  // 999,950 is 1m, not 1,000k
  if (place > 0 && Number((size / SCALES[place][0]).toPrecision(3)) >= 1000) place -= 1;
  const scaled = value / SCALES[place][0];
  const digits = decimals !== null ? fixed(decimals) : Math.abs(scaled) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return minus(numbers(locale, digits).format(scaled)) + SCALES[place][1];
}

/** Seconds -> "1 h 23 min", or with one unit "1.38 h". */
function duration(value, column, { locale, short }) {
  const seconds = Math.abs(value * (SECONDS[column.unit] ?? 1));
  if (seconds > 1e12) return `${compact(value, locale)}${NBSP}${column.unit ?? "s"}`;
  const sign = value < 0 ? "−" : "";
  const one = (amount, unit) => `${sign}${numbers(locale, { maximumSignificantDigits: 3 }).format(amount)}${NBSP}${unit}`;
  if (seconds === 0) return `0${NBSP}${column.unit in SECONDS ? column.unit : "s"}`;
  if (seconds < 1e-6) return `${sign}${(seconds * 1000).toExponential(1)}${NBSP}ms`;
  if (seconds < 1) return one(seconds * 1000, "ms");
  if (seconds < 60) return one(seconds, "s");
  const [big, small] = seconds < 3600 ? [[60, "min"], [1, "s"]] : seconds < 86400 ? [[3600, "h"], [60, "min"]] : [[86400, "d"], [3600, "h"]];
  if (short) return one(seconds / big[0], big[1]);
  const parts = Math.round(seconds / small[0]);
  const [whole, rest] = [Math.floor((parts * small[0]) / big[0]), parts % (big[0] / small[0])];
  const wholeText = numbers(locale, { maximumFractionDigits: 0 }).format(whole);
  return `${sign}${wholeText}${NBSP}${big[1]}${rest ? `${NBSP}${rest}${NBSP}${small[1]}` : ""}`;
}

function withCurrency(text, symbol, locale) {
  const key = `currency first in ${locale}`;
  if (!cache.has(key)) {
    const parts = numbers(locale, { style: "currency", currency: "EUR" }).formatToParts(1);
    cache.set(key, parts.findIndex((part) => part.type === "currency") < parts.findIndex((part) => part.type === "integer"));
  }
  if (!cache.get(key)) return `${text}${NBSP}${symbol}`;
  return text.startsWith("−") ? `−${symbol}${NBSP}${text.slice(1)}` : `${symbol}${NBSP}${text}`;
}

/** A number as people read it.
 * column: {format, unit}. short: three digits that matter (12.3k). unit: false leaves words like "flights" away;
 * a currency sign and % always stay. A percent is a fraction: 0.247 is 24.7 %. decimals: exactly so many, but of durations. */
export function formatNumber(value, column = {}, { locale = "en", short = false, unit = true, sign = false, decimals = null } = {}) {
  if (!known(value)) return MISSING;
  const plus = sign && value > 0 ? "+" : "";
  const { format } = column;
  if (format === "percent") return `${plus}${percent(value, locale, decimals)}`;
  if (format === "duration") return plus + duration(value, column, { locale, short });
  const symbol = SYMBOLS[column.unit] ?? (format === "currency" ? column.unit : null);
  const text = short || format === "compact" ? compact(value, locale, decimals) : minus(plain(value, locale, format, decimals));
  if (symbol) return plus + withCurrency(text, symbol, locale);
  return plus + (column.unit && (unit || column.unit === "%") ? `${text}${NBSP}${column.unit}` : text);
}

function percent(share, locale, decimals = null) {
  const value = share * 100;
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size > 0 && size < 0.1 ? 2 : 1;
  const text = size >= 1e6 ? compact(value, locale) : minus(numbers(locale, decimals === null ? { maximumFractionDigits: digits } : fixed(decimals)).format(value));
  return `${text === "−0" ? "0" : text}${NBSP}%`;
}

export const movesInPoints = (column = {}) => column.format === "percent" || column.unit === "%";

/** How a value moved: {text: "8.4 %", direction: 1|0|-1, verdict: "good"|"bad"|null}, or null where nothing can be said.
 * Percent columns move in points ("1.2 pp"), others relatively; `good` of the column says which direction is. decimals: exactly
 * so many. */
export function change(now, before, column = {}, locale = "en", decimals = null) {
  if (!known(now) || !known(before)) return null;
  const points = movesInPoints(column);
  if (!points && before === 0) return now === 0 ? { text: percent(0, locale, decimals), direction: 0, verdict: null } : null;
  const moved = points ? (now - before) * (column.format === "percent" ? 100 : 1) : (now - before) / Math.abs(before);
  const text = points ? `${numbers(locale, decimals === null ? { maximumFractionDigits: 1 } : fixed(decimals)).format(Math.abs(moved))}${NBSP}pp` : percent(Math.abs(moved), locale, decimals);
  const direction = /[1-9]/.test(text) ? Math.sign(moved) : 0;
  const verdict = !direction || !column.good ? null : (direction > 0) === (column.good === "up") ? "good" : "bad";
  return { text, direction, verdict };
}

/** Round axis steps: at most `count` + 1 of them, the ends included. -> {min, max, step, ticks} */
export function niceScale(low, high, count = 5, zero = false) {
  let [from, to] = [known(low) ? low : 0, known(high) ? high : 1];
  if (zero) [from, to] = [Math.min(0, from), Math.max(0, to)];
  if (from === to) [from, to] = from === 0 ? [0, 1] : zero ? [Math.min(0, from), Math.max(0, from)] : [from - Math.abs(from) * 0.1, from + Math.abs(from) * 0.1];
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999999) ?? rough;
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  const tidy = (index) => Number((index * step).toPrecision(12));
  return { min: tidy(first), max: tidy(last), step, ticks: Array.from({ length: last - first + 1 }, (_, i) => tidy(first + i)) };
}

/** Labels of an axis: as short as they can be while each differs from the next. */
export function axisLabels(ticks, column, locale = "en") {
  const short = ticks.map((tick) => formatNumber(tick, column, { locale, short: true, unit: false }));
  if (new Set(short).size === ticks.length) return short;
  return ticks.map((tick) => formatNumber(tick, { ...column, format: column.format === "compact" ? "decimal" : column.format }, { locale, unit: false }));
}
