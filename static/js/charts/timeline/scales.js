// Axes of values: two of them by unit or as chosen, from zero or not, even or logarithmic, with ends that somebody gave.
import { axisLabels, formatNumber } from "../../lib/format.js";
import { isNumber } from "../../lib/frame.js";
import { textWidth } from "../../lib/measure.js";
import { valueAxis } from "../axes.js";
import { extentOf, isStacked } from "./read.js";

const FLAT = 0.45; // an axis from zero leaves a line that moves in more than this share of it its shape
const SIDES = { left: 0, right: 1 };

/** line -> 0 (left) or 1 (right): as chosen for its measure, else measures with another unit than the first go right. */
export function axisOf(lines, options = {}) {
  const unit = ({ column }) => `${column.format ?? ""} ${column.unit ?? ""}`;
  const chosen = (line) => SIDES[options[`axis_${(line.place ?? 0) + 1}`]];
  const first = lines.find((line) => chosen(line) === undefined);
  const side = (line) => chosen(line) ?? (unit(line) === unit(first) ? 0 : 1);
  // with nothing on the left the right one is the only axis, and stands on the left
  const isBare = lines.length > 0 && lines.every((line) => side(line) === 1);
  return (line) => (isBare ? 0 : side(line));
}

/** Whether an axis is logarithmic: not under stacks, whose parts would have false lengths. */
export const isLog = (options) => options.scale === "log" && !isStacked(options);

/** Lowest and highest value drawn on one axis; more: further values that must be seen on the left. */
function extent(shown, side, sideOf, options, more) {
  const on = (line) => sideOf(line) === side && !line.off;
  const lines = shown.lines.filter(on);
  const drawn = [...lines, ...shown.ghosts.filter(on)].flatMap(({ points }) => points.map(([, value]) => value));
  const stacked = isStacked(options) ? [0, ...(lines[0]?.points ?? []).flatMap((_, i) => sums(lines.map(({ points }) => points[i][1])))] : [];
  const ahead = side === 0 && shown.forecast ? [...shown.forecast.low, ...shown.forecast.high].map(([, value]) => value) : [];
  const marks = side === 0 ? [...(shown.anomalies ?? []).map(({ v }) => v), ...more] : [];
  return extentOf([...drawn, ...stacked, ...ahead, ...marks].filter((value) => isNumber(value) && (!isLog(options) || value > 0)));
}

const sums = (values) => [values.reduce((sum, value) => sum + Math.max(0, value), 0), values.reduce((sum, value) => sum + Math.min(0, value), 0)];

/** One axis or two: [{axis, width, scale}]. room: pixels along them. */
export function valueAxes(shown, options, theme, room, more = []) {
  const sideOf = axisOf(shown.lines, options);
  const sides = shown.lines.some((line) => sideOf(line) === 1) ? [0, 1] : [0];
  return sides.map((side) => {
    const lines = shown.lines.filter((line) => sideOf(line) === side);
    const [low, high] = extent(shown, side, sideOf, options, more);
    const given = side ? [options.low_right, options.high_right] : [options.low, options.high];
    const bars = lines.some(({ mark }) => mark === "bar");
    const zero = options.zero === "always" || isStacked(options) || bars || (options.zero !== "never" && low >= 0 && low < high * FLAT);
    const known = Number.isFinite(low) ? [low, high] : isLog(options) ? [1, 10] : [0, 1];
    const wanted = { room, zero, position: side ? "right" : "left", line: side === 0 };
    const { column } = lines[0];
    const made = isLog(options) ? logAxis(known, given, column, theme, wanted) : evenAxis(known, given, column, theme, wanted);
    // what is switched off is left out already: no legend need fit again what must hold a target, or ends that were given
    if (more.length || isLog(options) || given.some(isNumber)) made.axis.refit = undefined;
    return made;
  });
}

function evenAxis([low, high], [from, to], column, theme, wanted) {
  const [least, most] = [isNumber(from) ? from : low, isNumber(to) ? to : high];
  const [start, end] = least < most ? [least, most] : isNumber(from) ? [least, least + Math.max(1, Math.abs(least))] : [most - Math.max(1, Math.abs(most)), most];
  const made = low === high && !isNumber(from) && !isNumber(to) ? valueAxis(low, high, column, theme, wanted)
    : valueAxis(start, end, column, theme, { ...wanted, zero: wanted.zero && !isNumber(from) });
  if (!isNumber(from) && !isNumber(to)) return made;
  const edges = { min: isNumber(from) ? from : made.scale.min, max: isNumber(to) ? to : made.scale.max };
  return withTicks(made, made.scale.ticks.filter((tick) => tick >= edges.min && tick <= edges.max), edges, column, theme);
}

/** Every tick is 1, 2 or 5 times a power of ten; over many powers only powers, and of those every nth. */
function logAxis([low, high], [from, to], column, theme, wanted) {
  const least = isNumber(from) && from > 0 ? from : stepBelow(low);
  const most = Math.max(isNumber(to) && to > 0 ? to : stepAbove(high), least * 2);
  const count = Math.max(2, Math.min(9, Math.floor(wanted.room / 26)));
  const made = valueAxis(least, most, column, theme, { ...wanted, zero: false });
  const all = steps(least, most);
  const powers = all.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
  const every = Math.max(1, Math.ceil(powers.length / count));
  const ticks = all.length <= count ? all : powers.filter((_, i) => i % every === 0);
  const axis = withTicks(made, ticks.length ? ticks : [least, most], { min: least, max: most }, column, theme);
  return { ...axis, axis: { ...axis.axis, type: "log", logBase: 10, interval: undefined } };
}

const power = (value) => 10 ** Math.floor(Math.log10(value) + 1e-9);
const tidy = (value) => Number(value.toPrecision(12));
const stepBelow = (value) => tidy([5, 2, 1].map((times) => times * power(value)).find((step) => step <= value * 1.000001));
const stepAbove = (value) => tidy([1, 2, 5, 10].map((times) => times * power(value)).find((step) => step >= value * 0.999999));

function steps(low, high) {
  const found = [];
  for (let base = power(low); base <= high && found.length < 2000; base *= 10) found.push(...[1, 2, 5].map((times) => tidy(times * base)));
  return found.filter((tick) => tick >= low * 0.999999 && tick <= high * 1.000001);
}

function withTicks(made, ticks, { min, max }, column, theme) {
  const labels = labelled(ticks, column, theme);
  const byTick = new Map(ticks.map((tick, i) => [tick, labels[i]]));
  const axis = {
    ...made.axis, min, max, axisTick: { show: false, customValues: ticks },
    axisLabel: { ...made.axis.axisLabel, customValues: ticks, formatter: (value) => byTick.get(tidy(Number(value))) ?? "" },
  };
  return { axis, width: Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, theme.small)))), scale: { min, max, ticks } };
}

const labelled = (ticks, column, theme) => (ticks.length > 1 ? axisLabels(ticks, column, theme.locale) : ticks.map((tick) => formatNumber(tick, column, { locale: theme.locale, short: true, unit: false })));
