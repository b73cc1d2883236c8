// What a reader switched off in a legend, as a change of the option: the names go grey, the axes fit what is left. Pure.
import { isNumber } from "../../lib/frame.js";

const numberOf = (point) => {
  const value = point && typeof point === "object" && !Array.isArray(point) ? point.value : point;
  return Array.isArray(value) ? value : [value];
};

/** Names of a legend by what they are: `parts` (a band, the period before, unusual points) belong to the rest and are
 * neither isolated nor hidden by isolating another. -> {names, parts: Set} */
export function namesOf(option) {
  const legend = option.legend ?? {};
  const items = legend.items ?? (legend.data ?? []).map((each) => ({ name: each?.name ?? String(each) }));
  const series = option.series ?? [];
  const main = series.find(({ silent, type }) => !silent && type !== "scatter")?.type;
  const isPart = (name) => {
    const own = series.filter((each) => each.name === name);
    return own.length > 0 && own.every(({ silent, type }) => silent || (main && type === "scatter"));
  };
  return { names: items.map(({ name }) => name), items, parts: new Set(items.map(({ name }) => name).filter(isPart)) };
}

/** The option with `hidden` names (a Set) off and its legend in `order` ("name", "value" or none). */
export function switched(option, { hidden, order } = {}) {
  const { legend } = option;
  if (!legend || (!hidden && !order)) return option;
  return without(option, hidden ?? new Set(), order);
}

function without(option, hidden, order) {
  const { names } = namesOf(option);
  const off = names.filter((name) => hidden.has(name));
  // each by its name: the library keeps what it is not told otherwise
  const made = { ...option, legend: { ...rearranged(option, hidden, order), selected: Object.fromEntries(names.map((name) => [name, !hidden.has(name)])) } };
  if (!off.length) return made;
  const left = (option.series ?? []).filter(({ name }) => !hidden.has(name));
  for (const side of ["xAxis", "yAxis"]) if (option[side]) made[side] = fitted(option[side], left, side);
  return made;
}

/** The names in order; where not all have room, those that are drawn come first. */
function rearranged({ legend, series = [] }, hidden, order) {
  const items = legend.items ?? [];
  if (!legend.again || (!order && items.length <= legend.data.length)) return legend;
  const values = new Map(items.map(({ name }) => [name, totalOf(series.filter((each) => each.name === name))]));
  const sorted = [...items].sort((a, b) => (items.length > legend.data.length ? hidden.has(a.name) - hidden.has(b.name) : 0) || compared(a, b, order, values));
  return { ...legend, data: legend.again(sorted).data };
}

const compared = (a, b, order, values) => (order === "name" ? String(a.label ?? a.name).localeCompare(String(b.label ?? b.name)) : order === "value" ? values.get(b.name) - values.get(a.name) : 0);

/** The sum of what a name draws. */
export function totalOf(series) {
  const all = series.filter(({ silent }) => !silent).flatMap(({ data }) => data ?? []).map((point) => numberOf(point).at(-1));
  return all.reduce((sum, value) => sum + (isNumber(value) ? value : 0), 0);
}

/** The last value that a name draws; null if there is none. */
export function lastOf(series) {
  const own = series.find(({ silent }) => !silent);
  const values = (own?.data ?? []).map((point) => numberOf(point)[1]).filter(isNumber);
  return values.at(-1) ?? null;
}

/** Value axes that can be refitted (axes.js valueAxis) over what is still drawn. */
function fitted(axes, series, side) {
  const isOne = !Array.isArray(axes);
  const made = [axes].flat().map((axis, i) => {
    if (!axis.refit) return axis;
    const [low, high] = extentOf(series.filter((each) => (each[`${side}Index`] ?? 0) === i), side === "xAxis" ? 0 : 1);
    return low > high ? axis : axis.refit(low, high);
  });
  return isOne ? made[0] : made;
}

/** Lowest and highest of series along one axis, stacks summed as the library sums them. */
export function extentOf(series, at) {
  let [low, high] = [Infinity, -Infinity];
  const sums = new Map();
  for (const { data = [], stack, stackStrategy } of series) {
    data.forEach((point, i) => {
      const values = numberOf(point);
      const value = values.length > 1 ? values[at] : values[0];
      if (!isNumber(value)) return;
      const key = `${stack}\u0000${values.length > 1 ? values[1 - at] : i}\u0000${stackStrategy === "all" ? "" : Math.sign(value)}`;
      const sum = stack ? (sums.get(key) ?? 0) + value : value;
      if (stack) sums.set(key, sum);
      [low, high] = [Math.min(low, sum), Math.max(high, sum)];
    });
  }
  return [low, high];
}

/** What a click on a name makes of the hidden ones. together: with Ctrl or Cmd, one is switched on or off; else it is
 * isolated, and all come back by the same click again. */
export function clickedName(name, { names, parts }, hidden, together) {
  const next = new Set([...hidden].filter((each) => names.includes(each)));
  const others = names.filter((each) => each !== name && !parts.has(each));
  if (together || parts.has(name)) {
    if (!next.delete(name)) next.add(name);
    return names.some((each) => !parts.has(each) && !next.has(each)) ? next : new Set([...next].filter((each) => parts.has(each)));
  }
  const kept = [...next].filter((each) => parts.has(each));
  const isAlone = !next.has(name) && others.length > 0 && others.every((each) => next.has(each));
  return new Set(isAlone ? kept : [...kept, ...others]);
}
