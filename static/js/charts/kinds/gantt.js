// Rows that last: a bar each, packed into as few lanes as they need, by group. A row without an end is a milestone.
// options: {start, end, label, group: names of columns, rows}.
import { formatNumber } from "../../lib/format.js";
import { cellText, frameOf, isNumber, labelOf, nameOf, rowsOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, isTime } from "../../lib/time.js";
import { blockAt, nameAt, namesWidth } from "../rows.js";
import { emptySvg } from "../scale.js";
import { themeOf } from "../theme.js";
import { timeLabels, timeOf, timeScale } from "../times.js";

const [LEAST, HIGHEST] = [15, 26]; // pixels of a lane
const HALF = 6; // pixels to each side of a milestone
const APART = 2; // pixels
const USUAL = 400; // pixels, where nobody says how wide it is drawn
const BEYOND = 0.5; // plans may reach beyond the range, by this share of it at most

/** wide: pixels of the whole span, which say how many milestones a lane has room for.
 * {groups: [{key, name, lanes: [[item]]}], items, from, to, now, group (column), truncated}; an item: {from, to (null for a
 * milestone), name, key}. */
export function read(data, options = {}, theme = themeOf("light"), wide = USUAL) {
  const frame = frameOf(data);
  const column = (name) => frame.columns.map((each, at) => ({ ...each, values: frame.data[at] })).find((each) => each.name === name) ?? null;
  const start = column(options.start) ?? column(frame.columns.find(({ type }) => type === "time")?.name);
  if (!start) return { items: [], groups: [] };
  const [end, label, group] = [column(options.end), column(options.label), column(options.group)];
  const items = Array.from({ length: rowsOf(frame) }, (_, row) => itemOf(row, { start, end, label, group }, theme)).filter(Boolean).sort((a, b) => a.from - b.from);
  const [from, to] = windowOf(data, items);
  const keys = [...new Set(items.map(({ key }) => key))];
  if (group) theme.places.meet(keys, group.name);
  const groups = keys.map((key, i) => ({ key, name: group ? nameOf(key, group, theme) : "", colour: group ? theme.category(key, i, group.name) : theme.categories[0], lanes: packed(items.filter((item) => item.key === key), (to - from) / Math.max(1, wide)) }));
  return { frame, items, groups, group, from, to, now: isTime(frame.computed_at) ? frame.computed_at : null, truncated: frame.truncated === true };
}

function itemOf(row, { start, end, label, group }, theme) {
  const from = start.values[row];
  if (!isTime(from)) return null;
  const until = end?.values[row];
  const to = isTime(until) && until !== from ? until : null;
  const name = label ? cellText(label.values[row], label, theme) : "";
  return { from: to === null ? from : Math.min(from, to), to: to === null ? null : Math.max(from, to), name, key: group ? group.values[row] ?? null : "" };
}

function windowOf(data, items) {
  const low = items.reduce((least, { from }) => Math.min(least, from), Infinity);
  const high = items.reduce((most, { from, to }) => Math.max(most, to ?? from), -Infinity);
  const window = data?.window;
  if (!isNumber(window?.from) || !isNumber(window?.to)) return [low, Math.max(high, low + 1)];
  return [window.from, Math.max(window.to, Math.min(high, window.to + BEYOND * (window.to - window.from)))];
}

/** Each item into the first lane that is free by then; a milestone takes as long as its mark is wide. pixel: its milliseconds. */
function packed(items, pixel) {
  const lanes = [];
  for (const item of items) {
    const isMark = item.to === null;
    const lane = lanes.find(({ free }) => free <= item.from - (isMark ? HALF * pixel : 0));
    const free = isMark ? item.from + (HALF + APART) * pixel : item.to;
    if (lane) {
      lane.free = free;
      lane.items.push(item);
    } else lanes.push({ free, items: [item] });
  }
  return lanes.map(({ items: own }) => own);
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }) {
  const first = read(data, options ?? {}, theme);
  if (!first.items.length) return { svg: emptySvg(size, theme), empty: true };
  const left = first.group ? namesWidth(first.groups.map(({ name }) => name), size.width, theme, 0.24) : first.items.some(({ to }) => to === null) ? HALF + 1 : 0;
  const shown = read(data, options ?? {}, theme, size.width - 8 - left);
  const top = size.height >= 90 ? 18 : 2;
  const bottom = size.height - (size.height >= 90 ? 20 : 2);
  const { lanes, rest } = shared(shown.groups, Math.max(1, Math.floor((bottom - top) / LEAST)));
  const count = lanes.length;
  const high = Math.min(HIGHEST, (bottom - top) / count);
  const x = timeScale(shown.from, shown.to, left, size.width - 8);
  const end = top + count * high;
  const marks = [];
  const notes = notesOf(shown, rest, theme);
  const inner = [
    size.height >= 90 ? timeLabels(x, Math.min(size.height - 5, end + 15), theme, { rule: [top, end] }) : "",
    ...lanes.map((lane, i) => laneAt(lane, top + i * high, high, { x, left, theme, marks })),
    top > 10 && notes ? textAt(0, 11, fit(notes, size.width, theme.small), { size: theme.small, fill: theme.ink3 }) : "",
    today(shown.now, x, { top, end, hasLabel: top > 10, notes }, theme),
  ];
  return {
    svg: svg(size, theme, inner.join(""), summary(data, options, theme)),
    time: timeOf(x, top, end),
    select: ({ dataIndex }) => (shown.group && marks[dataIndex] ? [{ column: shown.group.name, value: marks[dataIndex].key }] : []),
    tip: (i) => tipOf(marks[i], shown, theme),
  };
}

/** As many lanes as there is room for, the first of each group before the second of any; `rest` are the others. */
function shared(groups, most) {
  const all = groups.flatMap((group) => group.lanes.map((items, i) => ({ group, items, i, isFirst: i === 0 })));
  const kept = new Set([...all].sort((a, b) => a.i - b.i).slice(0, most));
  return { lanes: all.filter((lane) => kept.has(lane)), rest: all.filter((lane) => !kept.has(lane)) };
}

/** One lane: the name of its group where that begins, a line above it, bars and milestones. */
function laneAt({ group, items, isFirst }, y, high, { x, left, theme, marks }) {
  const head = isFirst ? tag("line", { x1: 0, x2: x.range()[1], y1: y, y2: y, stroke: theme.line }) + nameAt(group.name, y + high / 2, left, theme) : "";
  return head + items.map((item, i) => itemAt(item, items[i + 1], y, high, { x, theme, marks, colour: group.colour })).join("");
}

function itemAt(item, next, y, high, { x, theme, marks, colour }) {
  const [from, to] = x.range();
  const start = Math.max(from, x(item.from));
  const end = Math.min(to, x(item.to ?? item.from));
  const mark = marks.push(item) - 1;
  const beside = (at) => {
    const room = Math.min(to, next ? x(next.from) - 4 : to) - at;
    const said = room > 52 || textWidth(item.name, theme.small) <= room ? fit(item.name, room, theme.small) : "";
    return said ? textAt(at, y + high / 2 + 4, said, { size: theme.small, fill: theme.ink2 }) : "";
  };
  if (item.to === null) {
    const r = Math.min(HALF, high / 2 - 2);
    return tag("path", { d: `M${start} ${y + high / 2 - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`, fill: colour, stroke: theme.card, "data-mark": mark }) + beside(start + r + 4);
  }
  const inside = textWidth(item.name, theme.small) <= end - start - 8 || end - start > 72;
  return blockAt({ x: start, y: y + 1.5, width: end - start, height: high - 3, fill: colour, text: inside ? item.name : "", mark }, theme) + (inside ? "" : beside(end + 4));
}

function today(now, x, { top, end, hasLabel, notes }, theme) {
  if (now === null || now < x.domain()[0] || now > x.domain()[1]) return "";
  const word = theme.text("today");
  const half = textWidth(word, theme.small) / 2;
  const at = Math.min(Math.max(x(now), half), x.range()[1] - half);
  const clear = !notes || at - half > textWidth(notes, theme.small) + 8;
  return tag("line", { x1: x(now), x2: x(now), y1: top - 3, y2: end, stroke: theme.accent, "stroke-width": 1.25, "stroke-dasharray": "3 2" })
    + (hasLabel && clear ? textAt(at, top - 7, word, { size: theme.small, fill: theme.accent, anchor: "middle" }) : "");
}

/** What is not drawn: lanes without room, rows beyond the limit. */
function notesOf(shown, hidden, theme) {
  const rows = hidden.reduce((sum, { items }) => sum + items.length, 0);
  const number = (n) => formatNumber(n, {}, { locale: theme.locale });
  return [shown.truncated ? theme.text("first_rows", { n: number(shown.items.length) }) : "", rows ? theme.text("more_rows", { n: number(rows) }) : ""].filter(Boolean).join(", ");
}

function tipOf(item, { group }, theme) {
  const time = (t) => formatTime(t, null, theme);
  const rows = group ? [[labelOf(group), nameOf(item.key, group, theme)]] : [];
  if (item.to === null) return { title: item.name || time(item.from), rows: [...rows, [theme.text("when"), time(item.from)]] };
  const lasted = formatNumber((item.to - item.from) / 1000, { format: "duration", unit: "s" }, { locale: theme.locale });
  return { title: item.name || time(item.from), rows: [...rows, [theme.text("from_time"), time(item.from)], [theme.text("to_time"), time(item.to)], [theme.text("lasted"), lasted]] };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { items, truncated } = read(data, options ?? {}, theme);
  if (!items.length) return theme.text("no_data");
  const last = items.reduce((most, { from, to }) => Math.max(most, to ?? from), -Infinity);
  const marks = items.filter(({ to }) => to === null).length;
  const told = theme.text("plan_says", { n: items.length, marks, from: formatTime(items[0].from, null, theme), to: formatTime(last, null, theme) });
  return truncated ? `${told} (${theme.text("first_rows", { n: items.length })})` : told;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
