// The tokens of static/css/tokens.css as a theme for pictures: "light", "dark" or "print".
import tokens from "../generated/tokens.js";
import { isOther, mix, placesOf } from "../lib/colour.js";
import { speaker } from "../lib/words.js";

const CATEGORIES = 7; // the eighth colour is grey and belongs to "other"

/** keys: {dimension: [values]} in order of importance. places: shared by all charts of a page, so that one key keeps one colour; made from `keys` if absent. */
export function themeOf(name, { locale = "en", timezone = "UTC", words = {}, keys = {}, places = placesOf(CATEGORIES, keys) } = {}) {
  const token = tokens[name] ?? tokens.light;
  const categories = Array.from({ length: 8 }, (_, i) => token[`cat-${i + 1}`]);
  const theme = {
    name: name in tokens ? name : "light", locale, timezone, places, text: speaker(words),
    // unquoted, so that it can stand in an attribute and in a canvas font alike
    font: token.font.replaceAll('"', ""),
    card: token.card, raised: token.raised, sunken: token.sunken, line: token.line, lineStrong: token["line-strong"],
    ink: token.ink, ink2: token["ink-2"], ink3: token["ink-3"], accent: token.accent,
    good: token.good, bad: token.bad, warn: token.warn, categories, neutral: categories[7],
    small: 11, size: 12,
  };
  return {
    ...theme,
    /** The colour of a value of a dimension; without a key (one measure, no split) that of its place in the chart. */
    category: (key, index = 0, dimension = "") => (key === undefined ? categories[index % CATEGORIES] : isOther(key) ? theme.neutral : categories[places.of(key, dimension)]),
    /** A tint of a colour on the card, opaque. */
    tint: (colour, share) => mix(theme.card, colour, share),
  };
}

/** The places of a page, for all its charts. keys: {dimension: [values]} that it knows, in order of importance. */
export const pagePlaces = (keys = {}) => placesOf(CATEGORIES, keys);
