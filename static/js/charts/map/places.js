// Which place a value means: a country by name or ISO 3166 code, a state of the USA by name, postal code or FIPS code.
import { COUNTRIES, STATES } from "../../generated/places.js";
import { spelling, spellings } from "./names.js";

const made = new Map();

/** layer: "world" or "usa". -> {id, at: [longitude, latitude], code, continent?, name?, room?} by every way to write it. */
function table(layer) {
  if (!made.has(layer)) made.set(layer, layer === "usa" ? statesByName() : countriesByName());
  return made.get(layer);
}

function countriesByName() {
  const [names, codes] = [new Map(), new Map()];
  for (const [two, three, number, continent, longitude, latitude, known] of COUNTRIES) {
    const place = { id: number, code: two, at: [longitude, latitude], continent };
    for (const code of [two, three, number]) codes.set(code.toLowerCase(), place);
    for (const name of known) if (!names.has(name)) names.set(name, place);
  }
  return { names, codes };
}

function statesByName() {
  const [names, codes] = [new Map(), new Map()];
  for (const [postal, fips, longitude, latitude, known, name, room] of STATES) {
    const place = { id: fips, code: postal, name, room, at: [longitude, latitude] };
    for (const code of [postal, `us-${postal}`, fips]) codes.set(code.toLowerCase(), place);
    for (const name of known) names.set(name, place);
  }
  return { names, codes };
}

/** The place that a value names, or null. Numbers are the codes of ISO 3166 or FIPS. */
export function placeOf(value, layer) {
  const { names, codes } = table(layer);
  if (typeof value === "number") return codes.get(String(value).padStart(layer === "usa" ? 2 : 3, "0")) ?? null;
  if (typeof value !== "string" || value.length > 200) return null;
  const text = value.trim();
  const found = codes.get(text.toLowerCase()) ?? names.get(spelling(text));
  return found ?? spellings(text).map((each) => names.get(each)).find(Boolean) ?? null;
}

/** What the values speak of: the layer that knows more of them; countries if both know as many. */
export function layerOf(values) {
  const known = (layer) => values.reduce((sum, value) => sum + (placeOf(value, layer) ? 1 : 0), 0);
  return known("usa") > known("world") ? "usa" : "world";
}

/** Every place of a layer. */
export const placesIn = (layer) => [...new Set(table(layer).codes.values())];

/** A value as people read it: a code with the name of its place. */
export function labelOfPlace(value, place, locale) {
  const isCode = typeof value === "number" || /^\s*(us-)?[a-z0-9]{2,3}\s*$/i.test(value);
  if (!isCode) return String(value);
  return place.name ?? countryName(place.code, locale) ?? String(value);
}

function countryName(code, locale) {
  try {
    return new Intl.DisplayNames([locale, "en"], { type: "region" }).of(code);
  } catch {
    return null; // an engine without names: the code stays
  }
}
