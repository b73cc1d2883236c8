// States of things over time: of each step the state that most rows have, equal neighbours joined into one span.
import { isOther } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, timesOf } from "../../lib/frame.js";
import { gapAfter, isTime } from "../../lib/time.js";
import { scaleOf } from "../scale.js";

/** {frame, rows: [{key, name, spans: [{from, to, state}]}], states: [{key, name, colour}], entity, by (the dimension of the
 * state, or null), from, to, hasRest}. A step without rows is in no span. */
export function read(data, options, theme) {
  const frame = frameOf(data);
  const [[time], [entity, by = null], [measure]] = [timesOf(frame), dimensionsOf(frame), measuresOf(frame)];
  if (!time || !entity || !measure) return { frame, rows: [], states: [] };
  const stateOf = by ? null : numberStates(measure, options, theme);
  const things = new Map();
  let hasRest = false;
  for (let row = 0; row < time.values.length; row++) {
    const [t, key, value] = [time.values[row], entity.values[row], measure.values[row]];
    if (!isTime(t) || !isNumber(value)) continue;
    if (key !== null && isOther(key)) hasRest = true;
    else won(things, key, t, by ? by.values[row] : stateOf(value), by ? value : 0);
  }
  const step = Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : 0;
  const end = isTime(frame.window?.to) ? frame.window.to : Infinity;
  const rows = [...things].map(([key, steps]) => ({ key, name: nameOf(key, entity, theme), spans: spansOf(steps, step, end) }))
    .sort((a, b) => a.name.localeCompare(b.name, theme.locale, { numeric: true }));
  const [from, to] = windowOf(data, frame, rows);
  return { frame, rows, states: statesOf(rows, by, stateOf, theme), entity, by, measure, from, to, hasRest };
}

/** The state with the greatest measure wins its step; of equals the first. */
function won(things, key, t, state, weight) {
  if (!things.has(key)) things.set(key, new Map());
  const steps = things.get(key);
  const best = steps.get(t);
  if (!best || weight > best.weight) steps.set(t, { state, weight });
}

function spansOf(steps, step, end) {
  const times = [...steps.keys()].sort((a, b) => a - b);
  const spans = [];
  times.forEach((t, i) => {
    const next = times[i + 1];
    const to = next !== undefined && (!step || next - t <= step * 1.5) ? next : Math.max(t, Math.min(end, t + (step || 1)));
    const last = spans.at(-1);
    if (last && last.state === steps.get(t).state && last.to === t) last.to = to;
    else spans.push({ from: t, to, state: steps.get(t).state });
  });
  return spans;
}

function windowOf(data, frame, rows) {
  const edges = rows.flatMap(({ spans }) => [spans[0].from, spans.at(-1).to]);
  const [low, high] = edges.reduce(([a, b], t) => [Math.min(a, t), Math.max(b, t)], [Infinity, -Infinity]);
  const window = frame.window ?? data?.window;
  const given = isTime(window?.from) && isTime(window?.to);
  return [given ? Math.min(window.from, low) : low, Math.max(high, given ? Math.min(window.to, high) : high, low + 1)];
}

/** value -> number of its interval between the limits, or of its shade where there are none. */
function numberStates(measure, options, theme) {
  const limits = [1, 2, 3].map((n) => options[`threshold_${n}`]).filter(isNumber).sort((a, b) => a - b);
  const text = (value) => formatNumber(value, measure, { locale: theme.locale, short: true });
  if (limits.length) {
    const { good, bad, warn } = theme;
    const ladder = { 1: [good, bad], 2: [good, warn, bad], 3: [good, theme.tint(warn, 0.55), warn, bad] }[limits.length];
    const colours = options.high_is_good ? [...ladder].reverse() : ladder;
    const name = (i) => (i === 0 ? `< ${text(limits[0])}` : i === limits.length ? `≥ ${text(limits.at(-1))}` : `${text(limits[i - 1])} – ${text(limits[i])}`);
    return Object.assign((value) => limits.filter((limit) => value >= limit).length, { states: colours.map((colour, i) => ({ key: i, name: name(i), colour })) });
  }
  const { colour } = scaleOf(measure.values, theme);
  const spans = new Map();
  for (const value of measure.values.filter(isNumber)) {
    const [low, high] = spans.get(colour(value)) ?? [value, value];
    spans.set(colour(value), [Math.min(low, value), Math.max(high, value)]);
  }
  const shades = [...spans].sort((a, b) => a[1][0] - b[1][0]);
  const places = new Map(shades.map(([shade], i) => [shade, i]));
  return Object.assign((value) => places.get(colour(value)), { states: shades.map(([shade, [low, high]], i) => ({ key: i, name: low === high ? text(low) : `${text(low)} – ${text(high)}`, colour: shade })) });
}

/** All states, those that last longest first; by limits in their order. */
function statesOf(rows, by, stateOf, theme) {
  if (stateOf) return stateOf.states;
  const lasted = new Map();
  for (const { spans } of rows) for (const { state, from, to } of spans) lasted.set(state, (lasted.get(state) ?? 0) + to - from);
  const keys = [...lasted.keys()].sort((a, b) => lasted.get(b) - lasted.get(a));
  theme.places.meet(keys, by.name);
  return keys.map((key, i) => ({ key, name: nameOf(key, by, theme), colour: theme.category(key, i, by.name) }));
}

/** The share of its known time that a thing spent in a state. */
export function shareOf({ spans }, state) {
  const whole = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  return whole ? spans.filter((span) => span.state === state).reduce((sum, { from, to }) => sum + to - from, 0) / whole : 0;
}

export const stateLabel = ({ by, measure }) => labelOf(by ?? measure);
