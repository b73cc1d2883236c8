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

const OTHER = /^(__other__|other( \([\d.,\s]+\))?)$/i;

/** The rest after the first n, or rows without a value: drawn in the neutral colour and last. */
export function isOther(key) {
  return key === null || key === undefined || OTHER.test(String(key));
}

// FNV-1a: small, the same on every machine
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

/** Gives each key of a page its place among `count` colours, once and for good.
 * Keys that the page lists (`known`) get places in that order. Others get the place of their hash, or the next free one;
 * met in sorted order (`meet`), so that the server, which draws one card alone, chooses like the browser. */
export function placesOf(count, known = []) {
  const places = new Map();
  known.filter((key) => !isOther(key)).forEach((key) => places.has(String(key)) || places.set(String(key), places.size % count));
  const free = (taken, from) => {
    for (let step = 0; step < count; step++) if (!taken.has((from + step) % count)) return (from + step) % count;
    return from;
  };
  return {
    /** Places for all keys of one chart. */
    meet(keys) {
      const names = keys.filter((key) => !isOther(key)).map(String);
      const taken = new Set(names.filter((name) => places.has(name)).map((name) => places.get(name)));
      for (const name of [...names].sort()) {
        if (places.has(name)) continue;
        places.set(name, free(taken, hash(name) % count));
        taken.add(places.get(name));
      }
    },
    of(key) {
      if (!places.has(String(key))) places.set(String(key), hash(String(key)) % count);
      return places.get(String(key));
    },
  };
}
