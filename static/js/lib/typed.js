// Numbers as people type or paste them: "1.234,5", "1 234.5", "12k", "(40)", "€ 5", "12 %".

import { MISSING } from "./format.js";

const SCALES = { k: 1e3, m: 1e6, bn: 1e9 };

/** The decimal sign of a language. */
export function decimalOf(locale) {
  try {
    return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === "decimal")?.value ?? ".";
  } catch {
    return ".";
  }
}

/** -> number, null for nothing, NaN for what is none. The language tells what a lone comma or point means. */
export function parseNumber(text, locale = "en") {
  let rest = String(text).trim().replace(/[\s\u00a0\u202f'’_]/g, "").replace(/^[€$£¥₹]|[€$£¥₹]$/g, "").replace(/[−–]/g, "-");
  if (rest === "" || rest === "-") return null;
  const negative = /^\(.*\)$/.test(rest);
  if (negative) rest = rest.slice(1, -1);
  const share = rest.endsWith("%");
  if (share) rest = rest.slice(0, -1);
  const scale = SCALES[/(bn|k|m)$/i.exec(rest)?.[1].toLowerCase()] ?? 1;
  rest = rest.replace(/(bn|k|m)$/i, "");
  const decimal = decimalOf(locale);
  const group = decimal === "," ? "." : ",";
  const last = Math.max(rest.lastIndexOf(","), rest.lastIndexOf("."));
  const both = rest.includes(",") && rest.includes(".");
  const sign = both ? rest[last] : decimal; // the later of two signs is the decimal one, whatever the language
  const grouping = both ? (sign === "," ? "." : ",") : group;
  const [whole, fraction, ...others] = rest.split(sign);
  if (others.length || fraction?.includes(grouping)) return NaN;
  if (whole.includes(grouping) && !/^[+-]?\d{1,3}([.,]\d{3})+$/.test(whole)) return NaN;
  const plain = whole.replaceAll(grouping, "") + (fraction === undefined ? "" : `.${fraction}`);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return NaN;
  return (Number(plain) * scale * (negative ? -1 : 1)) / (share ? 100 : 1);
}

/** A block of a spreadsheet as rows of texts; quoted cells may hold tabs and lines. */
export function parseBlock(text) {
  const rows = [[]];
  let [cell, quoted] = ["", false];
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (source[at + 1] === '"') (cell += '"'), at++;
      else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === "\t" || character === "\n") {
      rows.at(-1).push(cell);
      cell = "";
      if (character === "\n") rows.push([]);
    } else cell += character;
  }
  rows.at(-1).push(cell);
  return rows;
}

/** All the digits that were typed, without signs between thousands: to type on, and for spreadsheets. */
export const plainNumber = (value, locale) => written(value, locale, { maximumFractionDigits: 6, useGrouping: false });

/** A typed number with no digit rounded away but those beyond its decimals; a percent column is a share.
 * least: decimals that it has even if they are noughts. */
export function exactNumber(value, { format } = {}, decimals = 2, locale = "en", least = 0) {
  if (typeof value !== "number") return MISSING;
  const most = placesOf(format, decimals);
  const places = { minimumFractionDigits: Math.min(least, most), maximumFractionDigits: most };
  return written(value, locale, format === "percent" ? { style: "percent", ...places } : places);
}

const placesOf = (format, decimals) => (format === "percent" ? Math.max(0, decimals - 2) : decimals);

/** How many decimals the longest of typed numbers shows: the least for all of them, so that they stand under each other. */
export function mostDecimals(values, { format } = {}, decimals = 2) {
  const most = placesOf(format, decimals);
  const shown = (value) => (value * (format === "percent" ? 100 : 1)).toFixed(most).replace(/0+$/, "").split(".")[1]?.length ?? 0;
  return values.reduce((all, value) => (typeof value === "number" && all < most ? Math.max(all, shown(value)) : all), 0);
}

function written(value, locale, options) {
  try {
    return new Intl.NumberFormat(locale, options).format(value);
  } catch {
    return new Intl.NumberFormat("en", options).format(value);
  }
}
