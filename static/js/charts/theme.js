// The tokens of static/css/tokens.css as a theme for pictures: "light", "dark" or "print".
import tokens from "../generated/tokens.js";
import { isOther, legible, mix, placesOf } from "../lib/colour.js";
import { blend } from "../lib/oklab.js";
import { speaker } from "../lib/words.js";

const CATEGORIES = 7; // the eighth colour is grey and belongs to "other"

/** keys: {dimension: [values]} in order of importance. places: shared by all charts of a page, so that one key keeps one colour; made from `keys` if absent. */
export function themeOf(name, { locale = "en", timezone = "UTC", words = {}, keys = {}, places = placesOf(CATEGORIES, keys) } = {}) {
  const token = tokens[name] ?? tokens.light;
  const categories = Array.from({ length: 8 }, (_, i) => token[`cat-${i + 1}`]);
  const theme = {
    name: name in tokens ? name : "light", locale, timezone, places, text: speaker(words, locale),
    // unquoted, so that it can stand in an attribute and in a canvas font alike
    font: token.font.replaceAll('"', ""),
    desk: token.desk, card: token.card, raised: token.raised, sunken: token.sunken, line: token.line, lineStrong: token["line-strong"],
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
    ...scalesOf(token),
    /** The ink that reads best on a ground: this theme's, or one that still has 4.5:1 where this has not. */
    inkOn: (ground) => legible(ground, [theme.ink, token["on-accent"], "#ffffff", "#000000"]),
  };
}

/** Colours of amounts. Even steps of a share are even steps to the eye, and differ in lightness as well, so that grey
 * print and every kind of colour vision keep their order. What is no number has the colour of a gap. */
function scalesOf(token) {
  const clamped = (share, least) => Math.min(1, Math.max(least, share));
  return {
    /** 0, the lowest, is near the card; 1, the highest, stands out most. */
    ramp: (share) => (Number.isFinite(share) ? blend(token["ramp-low"], token["ramp-high"], clamped(share, 0)) : token.sunken),
    /** -1 to 1 around a middle that means "no difference". */
    diverging(share) {
      if (!Number.isFinite(share)) return token.sunken;
      const at = clamped(share, -1);
      return blend(token["diverging-middle"], at < 0 ? token["diverging-low"] : token["diverging-high"], Math.abs(at));
    },
  };
}

/** The places of a page, for all its charts. keys: {dimension: [values]} that it knows, in order of importance. */
export const pagePlaces = (keys = {}) => placesOf(CATEGORIES, keys);
