// Colours: mixing, and which category gets which.

/** "#rrggbb" -> [r, g, b]; also "#rgb". Throws on anything else, since tokens are written so. */
export function rgb(hex) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(hex);
  const whole = short ? `#${short.slice(1).map((digit) => digit + digit).join("")}` : hex;
  if (!/^#[0-9a-f]{6}$/i.test(whole)) throw new Error(`not a hex colour: ${hex}`);
  return [1, 3, 5].map((at) => parseInt(whole.slice(at, at + 2), 16));
}

/** `share` of `over` on top of `under`, opaque: prints and converts the same everywhere, unlike transparency. */
export function mix(under, over, share) {
  const [from, to] = [rgb(under), rgb(over)];
  return `#${from.map((part, i) => Math.round(part + (to[i] - part) * share).toString(16).padStart(2, "0")).join("")}`;
}

/** WCAG relative luminance, 0 to 1. */
export function luminance(hex) {
  const [r, g, b] = rgb(hex).map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, two) {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Which of two inks reads better on a ground. */
export function inkOn(ground, light, dark) {
  return contrast(ground, light) >= contrast(ground, dark) ? light : dark;
}

/** The first of some inks that has 4.5:1 on a ground, as small text needs it; else the best of them. */
export function legible(ground, inks) {
  return inks.find((ink) => contrast(ground, ink) >= 4.5) ?? inks.reduce((best, ink) => (contrast(ground, ink) > contrast(ground, best) ? ink : best));
}

const OTHER = /^(__other__|other( \([\d.,\s]+\))?)$/i;

/** The rest after the first n, or rows without a value: drawn in the neutral colour and last. */
export function isOther(key) {
  return key === null || key === undefined || OTHER.test(String(key));
}

/** Gives each value of each dimension its place among `count` colours, once and for good: one key, one colour.
 * known: {dimension: [values]} as the page lists them; their order is the order of colours. Values that nobody listed
 * are met in sorted order, so that the server, which draws one card alone, chooses like the browser. */
export function placesOf(count, known = {}) {
  const spaces = new Map();
  const spaceOf = (name) => spaces.get(name) ?? spaces.set(name, new Map()).get(name);
  // the place that this chart uses least, and among those the one that the page does
  const least = (taken, space) => {
    const uses = Array.from({ length: count }, (_, place) => [taken, [...space.values()]].map((list) => list.filter((other) => other === place).length));
    return uses.reduce((best, [here, there], place) => (here < uses[best][0] || (here === uses[best][0] && there < uses[best][1]) ? place : best), 0);
  };
  const meet = (keys, name) => {
    const space = spaceOf(name);
    const names = keys.filter((key) => !isOther(key)).map(String);
    const taken = names.filter((key) => space.has(key)).map((key) => space.get(key));
    for (const key of names) {
      if (space.has(key)) continue;
      space.set(key, least(taken, space));
      taken.push(space.get(key));
    }
  };
  for (const [name, keys] of Object.entries(known)) if (Array.isArray(keys)) meet(keys, name);
  return {
    /** Places for all keys of one chart; call before of(). */
    meet: (keys, name = "") => meet([...new Set(keys.map(String))].sort(), name),
    of(key, name = "") {
      if (!spaceOf(name).has(String(key))) meet([key], name);
      return spaceOf(name).get(String(key));
    },
  };
}
