// The frame of a bar chart as categories x groups.
import { isOther } from "../../lib/colour.js";
import { addsUp, dimensionsOf, frameOf, isNumber, isYearBefore, labelOf, measuresOf, nameOf, rowsOf, timesOf } from "../../lib/frame.js";
import { formatTime, isTime } from "../../lib/time.js";
import { themeOf } from "../theme.js";

export const COLOURED = 8;
const BESIDE = 3;
const MOST_GROUPS = 24; // more could neither be told apart nor drawn in time

/** {categories: [{key, name}], groups: [{key, name, column, values, raw, isOff}], time, lost}. hidden: names that the legend has
 * switched off, of which no share is a part. lost: how many groups there is no drawing of; where sums are stacked they are added up as one more. */
export function read(data, options = {}, theme = themeOf("light"), hidden = new Set()) {
  const frame = frameOf(data);
  const [time] = timesOf(frame);
  const [first, second] = dimensionsOf(frame);
  const axis = time ?? first;
  const split = time ? first : second;
  const { categories, groups } = tabled(frame, axis, split, theme);
  const stacked = Boolean(options.stacked || options.percent);
  const all = [...groups.values()].filter(({ cells }) => cells.size);
  const { kept, lost } = few(all, stacked && split && measuresOf(frame).every(addsUp), theme);
  const ordered = arranged([...categories.values()], kept, split && !time ? options.sort : "", time, theme);
  const drawn = kept.map((group) => ({ ...group, values: ordered.map(({ at }) => group.cells.get(at) ?? null) })).filter(({ values }) => values.some(isNumber));
  const percent = Boolean(options.percent) && drawn.length > 1;
  return {
    frame, categories: ordered, groups: coloured(percent ? shares(drawn, hidden) : drawn, theme), lost, stacked, percent, time, axis, split,
    besides: stacked ? [] : besidesOf(data, axis, split, ordered, drawn), before: earlier(data, axis), year: isYearBefore(data),
  };
}

function tabled(frame, axis, split, theme) {
  const [categories, groups] = [new Map(), new Map()];
  for (let row = 0; row < rowsOf(frame); row++) {
    const key = axis ? axis.values[row] : null;
    if (!categories.has(key)) categories.set(key, { key, at: categories.size, name: axis ? (axis.role === "time" ? formatTime(key, frame.grain, theme) : nameOf(key, axis, theme)) : "" });
    for (const column of measuresOf(frame)) {
      const groupKey = split ? split.values[row] : column.name;
      const id = `${column.name}\u0000${groupKey}`;
      if (!groups.has(id)) groups.set(id, { key: groupKey, name: split ? nameOf(groupKey, split, theme) : labelOf(column), column, split: split?.name ?? null, cells: new Map(), total: 0 });
      const [group, value] = [groups.get(id), column.values[row]];
      if (!isNumber(value)) continue;
      group.cells.set(categories.get(key).at, value);
      group.total += Math.abs(value);
    }
  }
  return { categories, groups };
}

/** At most MOST_GROUPS, the largest; the rest as one where adding up is meant, else counted. */
function few(groups, adds, theme) {
  if (groups.length <= MOST_GROUPS) return { kept: groups, lost: 0 };
  const largest = new Set([...groups].sort((a, b) => isOther(a.key) - isOther(b.key) || b.total - a.total).slice(0, MOST_GROUPS - 1));
  const rest = groups.filter((group) => !largest.has(group));
  const kept = groups.filter((group) => largest.has(group));
  if (!adds) return { kept, lost: rest.length };
  return { kept: [...kept, { ...rest[0], key: "__other__", name: `${theme.text("other")} (${rest.length})`, cells: summed(rest) }], lost: 0 };
}

/** Place of the category -> the sum of some groups there. Grows with the cells that there are, not with their grid. */
function summed(groups) {
  const sums = new Map();
  for (const { cells } of groups) for (const [at, value] of cells) sums.set(at, (sums.get(at) ?? 0) + value);
  return sums;
}

/** Splits as shares of their category: of all that is shown there, without sign. What is switched off has its share of all,
 * which the legend tells. */
function shares(groups, hidden) {
  const wholeOf = (some) => (groups[0]?.values ?? []).map((_, i) => some.reduce((sum, { values }) => sum + Math.abs(values[i] ?? 0), 0));
  const [all, shown] = [wholeOf(groups), wholeOf(groups.filter(({ name }) => !hidden.has(name)))];
  return groups.map((group) => {
    const isOff = hidden.has(group.name);
    const whole = isOff ? all : shown;
    return { ...group, isOff, raw: group.values, values: group.values.map((value, i) => (isNumber(value) && whole[i] > 0 ? value / whole[i] : null)) };
  });
}

function arranged(categories, groups, sort, time, theme) {
  if (time) return categories.filter(({ key }) => isTime(key)).sort((a, b) => a.key - b.key);
  const [what, way] = String(sort ?? "").split("_");
  const totals = summed(groups);
  const total = ({ at }) => totals.get(at) ?? 0;
  const byName = (a, b) => (isNumber(a.key) && isNumber(b.key) ? a.key - b.key : String(a.name).localeCompare(String(b.name), theme.locale));
  const orders = { value: (a, b) => total(b) - total(a), name: byName };
  const sorted = Object.hasOwn(orders, what) ? [...categories].sort(orders[what]) : categories;
  if (way) sorted.reverse();
  return [...sorted.filter(({ key }) => !isOther(key)), ...sorted.filter(({ key }) => isOther(key))];
}

/** What each group was before, where the frame says it beside what it is; of a few groups only, or nothing could be read. */
function besidesOf(data, axis, split, categories, groups) {
  const frame = frameOf(data, "previous");
  if (!frame.isBeside || groups.length > BESIDE) return [];
  const at = (column) => frame.columns.findIndex(({ name }) => name === column?.name);
  const [keyAt, splitAt] = [at(axis), at(split)];
  const rows = new Map(Array.from({ length: rowsOf(frame) }, (_, row) => [`${frame.data[keyAt]?.[row]}\u0000${splitAt < 0 ? "" : frame.data[splitAt][row]}`, row]));
  return groups.map((group) => {
    const values = frame.data[at(group.column)] ?? [];
    return { ...group, values: categories.map(({ key }) => values[rows.get(`${axis ? key : undefined}\u0000${splitAt < 0 ? "" : group.key}`)] ?? null) };
  });
}

function coloured(groups, theme) {
  if (groups[0]?.split) theme.places.meet(groups.slice(0, COLOURED).map(({ key }) => key), groups[0].split);
  return groups.map((group, i) => ({ ...group, colour: group.split ? theme.category(group.key, i, group.split) : theme.category(undefined, i) }));
}

/** Value of each category in the previous period, of the first measure. The rest then was of other categories than the rest now. */
function earlier(data, axis) {
  const frame = frameOf(data, "previous");
  const keys = axis && frame.columns.findIndex((column) => column.name === axis.name);
  const [column] = measuresOf(frame);
  if (!column || !(keys >= 0)) return new Map();
  return new Map(frame.data[keys].map((key, row) => [key, column.values[row]]).filter(([key]) => frame.isBeside || key === null || !isOther(key)));
}

/** As many categories as there is room for, and how many had to stay out. */
export function cut(shown, most) {
  const n = Math.max(1, Math.floor(most));
  if (shown.categories.length <= n) return { ...shown, hidden: 0 };
  const kept = Math.max(1, n - 1);
  const some = (groups) => groups.map((group) => ({ ...group, values: group.values.slice(0, kept) }));
  return { ...shown, hidden: shown.categories.length - kept, categories: shown.categories.slice(0, kept), groups: some(shown.groups), besides: some(shown.besides) };
}

/** All that an axis must hold: values, or what they add up to on each side of nought. */
export function drawnValues(shown) {
  const groups = shown.groups.filter(({ isOff }) => !isOff);
  const all = [...groups, ...shown.besides];
  if (!shown.stacked) return all.flatMap(({ values }) => values.filter(isNumber));
  return shown.categories.flatMap((_, i) => {
    const values = groups.map(({ values: list }) => list[i]).filter(isNumber);
    return [1, -1].map((side) => values.filter((value) => value * side > 0).reduce((sum, value) => sum + value, 0));
  });
}
