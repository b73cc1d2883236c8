// The steps of a scale of colours: few, at round numbers, and such that they tell places apart.
import { isNumber } from "../../lib/frame.js";
import { niceScale } from "../../lib/format.js";

const COUNT = 5;
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const SIDE = 3; // steps to each side of nought

/** {breaks: ascending, colours: one more than breaks, indexOf(value)}. scale: "even", "quantiles" (as many places in each)
 * or "auto": even unless a few large values would make the rest alike. Both sides of nought have steps of one size. */
export function stepsOf(all, theme, scale = "auto") {
  const values = all.filter(isNumber).sort((a, b) => a - b);
  const [low, high] = [values[0] ?? 0, values.at(-1) ?? 0];
  const made = low < 0 ? aroundNought(values, low, high, theme, scale) : upwards(values, theme, scale);
  return { ...made, low, high, indexOf: (value) => made.breaks.filter((each) => value >= each).length };
}

function upwards(values, theme, scale) {
  const breaks = breaksOf(values, COUNT, scale);
  return { breaks, colours: Array.from({ length: breaks.length + 1 }, (_, i) => theme.ramp(breaks.length ? i / breaks.length : 0.6)) };
}

/** Below nought one colour, above it another; each step is as far from nought on both sides. */
function aroundNought(values, low, high, theme, scale) {
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const apart = breaksOf(sizes, SIDE, scale).filter((each) => each > 0);
  const strength = (i) => (i + 1.1) / (apart.length + 1.1);
  const below = [...apart].reverse().map((each) => -each);
  const breaks = [...below, ...(high >= 0 ? [0, ...apart] : [])];
  const down = [...apart, 0].map((_, i) => theme.diverging(-strength(apart.length - i)));
  const up = high >= 0 ? [0, ...apart].map((_, i) => theme.diverging(strength(i))) : [];
  return { breaks, colours: [...down, ...up] };
}

function breaksOf(values, count, scale) {
  const [low, high] = [values[0], values.at(-1)];
  if (!(high > low)) return [];
  const at = (share) => values[Math.min(values.length - 1, Math.floor(share * values.length))];
  const isSkewed = at(0.75) - low < (high - low) * 0.25;
  const even = scale === "even" || (scale !== "quantiles" && !isSkewed) || values.length < count;
  const wished = even ? niceScale(low, high, count).ticks : Array.from({ length: count - 1 }, (_, i) => round(at((i + 1) / count)));
  return [...new Set(wished)].filter((each) => each > low && each < high);
}

function round(value) {
  if (!value) return 0;
  const power = 10 ** Math.floor(Math.log10(Math.abs(value)));
  const size = Math.abs(value) / power;
  const nearest = ROUND.reduce((best, each) => (Math.abs(each - size) < Math.abs(best - size) ? each : best));
  return Number((Math.sign(value) * nearest * power).toPrecision(6));
}
