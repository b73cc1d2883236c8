// OKLab: a colour space in which equal steps look equal. Source of the matrices: Björn Ottosson, "A perceptual color
// space for image processing", 2020.
import { rgb } from "./colour.js";

const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const encoded = (part) => (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055);

/** "#rrggbb" -> light, linear [r, g, b], each 0 to 1. */
export const linearOf = (hex) => rgb(hex).map((part) => linear(part / 255));

/** Linear [r, g, b] -> "#rrggbb"; what no screen can show is cut off. */
export function hexOf(parts) {
  const byte = (part) => Math.round(encoded(Math.min(1, Math.max(0, part))) * 255);
  return `#${parts.map((part) => byte(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Linear [r, g, b] -> [lightness 0 to 1, green to red, blue to yellow]. */
export function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The way back. */
export function linearOfOklab([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** How different two colours look: 0 is the same, about 2 is just seen side by side, black to white is 100. */
export function difference(one, two) {
  const [from, to] = [one, two].map((hex) => oklab(linearOf(hex)));
  return 100 * Math.hypot(...from.map((part, i) => part - to[i]));
}

/** The colour `share` of the way from one to the other, in steps that look even. */
export function blend(from, to, share) {
  const [start, end] = [from, to].map((hex) => oklab(linearOf(hex)));
  return hexOf(linearOfOklab(start.map((part, i) => part + (end[i] - part) * share)));
}
