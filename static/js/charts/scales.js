// Value axes with a will: from, to, logarithmic. A logarithmic axis is an even one over powers of ten, so that marks, labels
// and clicks are reckoned by us and agree everywhere.
import { axisLabels, formatNumber } from "../lib/format.js";
import { isNumber } from "../lib/frame.js";
import { textWidth } from "../lib/measure.js";
import { valueAxis } from "./axes.js";

const tidy = (value) => Number(value.toPrecision(12));

/** The powers of ten (and 2 and 5 of each, where there are few) from low to high, both above 0; at most about `count`. */
export function logTicks(low, high, count) {
  const [first, last] = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)];
  const decades = Math.max(1, last - first);
  const steps = decades * 3 <= count ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, count)));
  const ticks = [];
  for (let power = first; power <= first + decades; power += every) ticks.push(...steps.map((step) => tidy(step * 10 ** power)));
  return ticks.filter((tick) => tick <= tidy(10 ** (first + decades)));
}

function logAxis(low, high, column, theme, { room, horizontal }) {
  const ticks = logTicks(low, high, Math.max(1, Math.floor(room / (horizontal ? 70 : 36))));
  const [from, to] = [Math.min(ticks[0], low), Math.max(ticks.at(-1), high)].map(Math.log10);
  const labels = ticks.map((tick) => formatNumber(tick, column ?? {}, { locale: theme.locale, short: true, unit: false }));
  const places = ticks.map(Math.log10);
  const { axis } = valueAxis(from, to, {}, theme, { room, horizontal });
  return {
    width: Math.ceil(Math.max(...labels.map((label) => textWidth(label, theme.small)))), place: (value) => (value > 0 ? Math.log10(value) : null), value: (at) => 10 ** at,
    axis: {
      ...axis, min: from, max: to, interval: undefined, startValue: from, axisTick: { show: false, customValues: places },
      axisLabel: { ...axis.axisLabel, customValues: places, formatter: (at) => labels[places.findIndex((place) => Math.abs(place - at) < 1e-6)] ?? "" },
    },
  };
}

/** Ticks at places of our own: at round values, and at an end that is not one where there is room for its label. */
function ticked(made, ticks, column, theme, { room, horizontal }) {
  const { axis } = made;
  const least = ((horizontal ? 44 : 18) / Math.max(1, room)) * (axis.max - axis.min);
  const inside = ticks.filter((tick) => tick >= axis.min && tick <= axis.max);
  const ends = [[axis.min, made.least], [axis.max, made.most]].filter(([end, wanted]) => wanted && !inside.some((tick) => Math.abs(tick - end) < least)).map(([end]) => end);
  const places = [...inside, ...ends].sort((a, b) => a - b);
  const labels = axisLabels(places, column ?? {}, theme.locale);
  return {
    axis: {
      ...axis, interval: undefined, axisTick: { show: false, customValues: places },
      axisLabel: { ...axis.axisLabel, customValues: places, formatter: (at) => labels[places.findIndex((place) => Math.abs(place - at) < Math.abs(axis.max - axis.min) * 1e-6)] ?? "" },
    },
    width: Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, theme.small)))), place: (value) => value, value: (at) => at,
  };
}

/** A value axis with the reader's ends. values: all that is drawn; {minimum, maximum, log}: the options; pad: the share of the
 * axis that labels beyond the marks need. Where little lies below nought, little room is given to it.
 * -> {axis, width, place(value) -> where it stands, value(place)}; place() is null for what a logarithmic axis cannot show. */
export function axisFor(values, column, theme, wishes) {
  const made = axisOf(values, column, theme, wishes);
  // what a legend needs to fit the axis to what is left of the series
  const refit = (low, high) => axisFor([low, high].map(made.value), column, theme, { ...wishes, pad: 0 }).axis;
  return { ...made, axis: { ...made.axis, column: column ?? null, refit } };
}

function axisOf(values, column, theme, { room, zero = false, horizontal = false, minimum = null, maximum = null, log = false, pad = 0 }) {
  const shown = log ? values.filter((value) => value > 0) : values;
  let [low, high] = shown.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  if (low > high) [low, high] = log ? [1, 10] : [0, 1];
  const least = isNumber(minimum) && (!log || minimum > 0) ? minimum : null;
  const most = isNumber(maximum) && maximum > (least ?? (log ? 0 : -Infinity)) ? maximum : null;
  if (log) return logAxis(least ?? Math.min(low, most ?? low), most ?? Math.max(high * (high / low) ** pad, (least ?? 0) * 1.0001), column, theme, { room, horizontal });
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const spare = (high - low) * pad;
  const [from, to] = [low < 0 || !zero ? low - spare : 0, high > 0 || !zero ? high + spare : 0];
  const made = valueAxis(least ?? from, most ?? Math.max(to, least ?? to), column, theme, { room, horizontal, zero: zero && least === null });
  const { axis, scale } = made;
  // a little below nought does not get a whole step
  if (zero && low < 0 && high > 0) {
    if (axis.min < from - scale.step * 0.4) axis.min = from - (to - from) * 0.02;
    if (axis.max > to + scale.step * 0.4 && to < -from) axis.max = to + (to - from) * 0.02;
  }
  if (least !== null) axis.min = least;
  if (most !== null && most > axis.min) axis.max = most;
  // bars that do not begin at nought begin at the edge
  if (axis.min > 0) axis.startValue = axis.min;
  return ticked({ ...made, least: least !== null, most: most !== null }, scale.ticks, column, theme, { room, horizontal });
}
