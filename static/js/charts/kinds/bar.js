// Values by category: ranked rows with their figures, or standing columns, grouped or stacked; over time as columns.
// options: {horizontal, stacked, other, compare, legend}. Rows come ranked and cut by the query; the rest is one row "Other".
import { change, formatNumber } from "../../lib/format.js";
import { isOther } from "../../lib/colour.js";
import { cellText, dimensionsOf, frameOf, isNumber, isYearBefore, labelOf, measuresOf, nameOf, partOf, rowsOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, isTime, timeTicks } from "../../lib/time.js";
import { BLOCK, emptyOption, frameOption, legend, note, plainRich, tooltip, valueAxis } from "../axes.js";
import { themeOf } from "../theme.js";

const COLOURED = 8;
const BESIDE = 3;
const ROW = { least: 20, most: 31, bar: 17 };
const ARROWS = { 1: "▲", [-1]: "▼", 0: "■" };

/** The frame as categories x groups: {categories: [{key, name}], groups: [{key, name, column, values}], time}. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [time] = timesOf(frame);
  const [first, second] = dimensionsOf(frame);
  const axis = time ?? first;
  const split = time ? first : second;
  const measures = measuresOf(frame);
  const categories = new Map();
  const groups = new Map();
  for (let row = 0; row < rowsOf(frame); row++) {
    const key = axis ? axis.values[row] : null;
    if (!categories.has(key)) categories.set(key, { key, at: categories.size, name: axis ? (time ? formatTime(key, frame.grain, theme) : nameOf(key, axis, theme)) : "" });
    for (const column of measures) {
      const groupKey = split ? split.values[row] : column.name;
      const id = `${column.name}\u0000${groupKey}`;
      if (!groups.has(id)) groups.set(id, { key: groupKey, name: split ? nameOf(groupKey, split, theme) : labelOf(column), column, split: split?.name ?? null, values: [] });
      const value = column.values[row];
      groups.get(id).values[categories.get(key).at] = isNumber(value) ? value : null;
    }
  }
  const ordered = otherLast([...categories.values()], time);
  const drawn = [...groups.values()].map((group) => ({ ...group, values: ordered.map(({ at }) => group.values[at] ?? null) }));
  const shown = coloured(drawn, theme).filter(({ values }) => values.some(isNumber));
  return { frame, categories: ordered, groups: shown, besides: options.stacked ? [] : besidesOf(data, axis, split, ordered, shown), time, axis, before: earlier(data, axis), year: isYearBefore(data) };
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

function otherLast(categories, time) {
  if (time) return categories.filter(({ key }) => isTime(key)).sort((a, b) => a.key - b.key);
  return [...categories.filter(({ key }) => !isOther(key)), ...categories.filter(({ key }) => isOther(key))];
}

function coloured(groups, theme) {
  if (groups[0]?.split) theme.places.meet(groups.slice(0, COLOURED).map(({ key }) => key), groups[0].split);
  return groups.map((group, i) => ({ ...group, colour: group.split ? theme.category(group.key, i, group.split) : theme.category(undefined, i) }));
}

/** Value of each category in the previous period, of the first measure. */
function earlier(data, axis) {
  const frame = frameOf(data, "previous");
  const keys = axis && frame.columns.findIndex((column) => column.name === axis.name);
  const [column] = measuresOf(frame);
  return new Map(column && keys >= 0 ? frame.data[keys].map((key, row) => [key, column.values[row]]) : []);
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const shown = read(data, options, theme);
  if (!shown.groups.length) return { echarts: emptyOption(theme), empty: true };
  const horizontal = options.horizontal ?? !shown.time;
  const draw = horizontal && shown.groups.length === 1 && !shown.time ? ranked : horizontal ? lying : standing;
  return {
    echarts: draw(shown, options, theme, size), select: ({ dataIndex }) => picked(shown, dataIndex),
    step: ({ dataIndex }) => (shown.time ? shown.categories[dataIndex]?.key : undefined),
  };
}

/** What a click on a mark filters by; the rest and parts of a calendar are no filter. */
function picked({ axis, time, categories }, i) {
  return axis && !time && !partOf(axis) && categories[i] && !isOther(categories[i].key) ? [{ column: axis.name, value: categories[i].key }] : [];
}

/** As many categories as there is room for, and how many had to stay out. */
function cut(shown, most) {
  const n = Math.max(1, Math.floor(most));
  if (shown.categories.length <= n) return { ...shown, hidden: 0 };
  const kept = Math.max(1, n - 1);
  const few = (groups) => groups.map((group) => ({ ...group, values: group.values.slice(0, kept) }));
  return { ...shown, hidden: shown.categories.length - kept, categories: shown.categories.slice(0, kept), groups: few(shown.groups), besides: few(shown.besides) };
}

function extent(groups, stacked) {
  let [low, high] = [0, 0];
  (groups[0]?.values ?? []).forEach((_, i) => {
    const values = groups.map(({ values: all }) => all[i]).filter(isNumber);
    const ups = values.filter((value) => value > 0);
    const downs = values.filter((value) => value < 0);
    const total = (list) => (stacked ? list.reduce((sum, value) => sum + value, 0) : 0);
    high = Math.max(high, stacked ? total(ups) : Math.max(0, ...ups));
    low = Math.min(low, stacked ? total(downs) : Math.min(0, ...downs));
  });
  return [low, high];
}

/** Rows with name, bar in its track, value and change: a table that is also a chart. */
function ranked(whole, options, theme, size) {
  const shown = cut(whole, size.height / ROW.least);
  const { categories, groups: [group], before, hidden } = shown;
  const pitch = Math.min(ROW.most, (size.height - (hidden ? 18 : 0)) / categories.length);
  const values = group.values.map((value) => formatNumber(value, group.column, { locale: theme.locale, short: true, unit: false }));
  const changes = categories.map(({ key }, i) => (options.compare === false ? null : change(group.values[i], before.get(key), group.column, theme.locale)));
  const widest = (texts, bold) => Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, theme.size, bold ? 600 : 400))));
  const nameRoom = Math.min(widest(categories.map(({ name }) => name)), Math.max(48, size.width * (size.width < 360 ? 0.34 : 0.3))) + 1;
  const valueRoom = widest(values, true) + 14;
  const changeRoom = size.width >= 340 && changes.some(Boolean) ? widest(changes.map((moved) => (moved ? `▲ ${moved.text}` : ""))) + 16 : 0;
  const [low, high] = extent([group, ...shown.besides], false);
  // more categories than colours, or hours and weekdays, are one colour
  const colours = whole.categories.length <= COLOURED && whole.axis && !partOf(whole.axis);
  if (colours) theme.places.meet(categories.map(({ key }) => key), whole.axis.name);
  const base = { type: "category", inverse: true, data: categories.map(({ name }) => name), axisLine: { show: false }, axisTick: { show: false } };
  const text = { fontSize: theme.size, fontFamily: theme.font, interval: 0 };
  const figure = (i) => {
    const moved = changes[i];
    const kind = moved?.verdict === "good" ? "g" : moved?.verdict === "bad" ? "b" : "n";
    return `{v|${values[i]}}${changeRoom ? `{${kind}|${moved ? `${ARROWS[moved.direction]} ${moved.text}` : ""}}` : ""}`;
  };
  const moving = { width: changeRoom, align: "right", fontSize: theme.small, fontFamily: theme.font };
  return {
    ...frameOption(theme),
    grid: { left: nameRoom + 12, right: valueRoom + changeRoom, top: 0, height: pitch * categories.length, outerBoundsMode: "none" },
    title: hidden ? [note(theme.text("more", { n: formatNumber(hidden, {}, { locale: theme.locale }) }), theme, { left: 0, top: Math.ceil(pitch * categories.length) + 4 })] : [],
    xAxis: { type: "value", min: low, max: high || (low ? 0 : 1), show: false },
    yAxis: [
      { ...base, axisLabel: { ...text, color: theme.ink, margin: nameRoom + 12, align: "left", formatter: (name) => fit(name, nameRoom, theme.size) } },
      {
        ...base, position: "right",
        axisLabel: { ...text, margin: 0, align: "left", formatter: (_, i) => figure(i), rich: { v: { width: valueRoom, align: "right", fontWeight: 600, color: theme.ink, fontSize: theme.size, fontFamily: theme.font }, g: { ...moving, color: theme.good }, b: { ...moving, color: theme.bad }, n: { ...moving, color: theme.ink3 } } },
      },
    ],
    tooltip: tooltip(theme, { trigger: "item", formatter: ({ dataIndex }) => rankedTip(shown, changes, dataIndex, theme) }),
    series: [{
      type: "bar", id: "bars", name: group.name, barWidth: Math.min(ROW.bar, pitch * (shown.besides.length ? 0.46 : 0.62)), showBackground: low >= 0,
      backgroundStyle: { color: theme.sunken, borderRadius: 3 }, itemStyle: { borderRadius: 3 }, emphasis: { focus: "none" },
      data: categories.map(({ key }, i) => ({ value: group.values[i], itemStyle: { color: colours ? theme.category(key, i, whole.axis.name) : isOther(key) ? theme.neutral : theme.categories[0] } })),
    }, ...shown.besides.map((beside) => ({ ...muted(beside, 0, theme, shown.year), barWidth: Math.max(3, Math.min(5, pitch * 0.16)), barGap: "20%" }))],
  };
}

function rankedTip({ categories, groups: [group], before, frame, year }, changes, i, theme) {
  const value = cellText(group.values[i], { ...group.column, role: "measure" }, theme, frame.grain);
  const was = before.get(categories[i].key);
  const lines = [`{h|${plainRich(categories[i].name)}}`, `${plainRich(group.name)}  {v|${plainRich(value)}}`];
  if (isNumber(was)) lines.push(`${theme.text(year ? "year_before" : "previous")}  {v|${plainRich(formatNumber(was, group.column, { locale: theme.locale, unit: false }))}}`);
  return lines.join("\n");
}

/** A bar of the period before. */
function muted(group, i, theme, year) {
  return { type: "bar", id: `before ${i}`, name: theme.text(year ? "year_before" : "previous"), silent: true, data: group.values, itemStyle: { color: theme.lineStrong, borderRadius: 2 }, emphasis: { disabled: true } };
}

function series({ groups, besides, year }, options, theme, horizontal) {
  const stacked = Boolean(options.stacked);
  const round = horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0];
  return groups.flatMap((group, i) => [{
    type: "bar", id: `bars ${i}`, name: group.name, stack: stacked ? "all" : undefined, barMaxWidth: 44, barCategoryGap: "28%", barGap: "8%",
    itemStyle: { color: group.colour, borderRadius: stacked ? 0 : round, borderColor: theme.card, borderWidth: stacked ? 0.5 : 0 },
    emphasis: { focus: groups.length > 1 ? "series" : "none" }, data: group.values,
  }, ...(besides[i] ? [{ ...muted(besides[i], i, theme, year), barMaxWidth: 44 }] : [])]);
}

function head({ groups, besides, year }, options, theme, size) {
  const wanted = options.legend !== false && groups.length + besides.length > 1 && size.height >= 110;
  const items = groups.map(({ name, colour }) => ({ name, icon: BLOCK, style: { color: colour, borderWidth: 0 } }));
  if (besides.length) items.push({ name: theme.text(year ? "year_before" : "previous"), icon: BLOCK, style: { color: theme.lineStrong, borderWidth: 0 } });
  const bar = legend(items, theme, size.width);
  const more = wanted && bar.hidden ? [note(theme.text("more", { n: bar.hidden }), theme, { left: bar.width, top: 2 })] : [];
  return { legend: { ...bar.option, show: wanted }, more, top: wanted ? 30 : 8 };
}

const axisTip = (shown, theme) => {
  const base = tooltip(theme, {}).textStyle;
  const rich = Object.fromEntries(shown.groups.slice(0, 30).map(({ colour }, i) => [`c${i}`, { color: colour }]));
  const formatter = (params) => {
    const i = [params].flat()[0]?.dataIndex ?? 0;
    const rows = shown.groups.map((group, at) => [group, group.values[i], at]).filter(([, value]) => isNumber(value)).slice(0, 14)
      .flatMap(([group, value, at]) => {
        const text = (number) => plainRich(formatNumber(number, group.column, { locale: theme.locale }));
        const was = shown.besides[at]?.values[i];
        return [`${at < 30 ? `{c${at}|●} ` : ""}${plainRich(group.name)}  {v|${text(value)}}`, ...(isNumber(was) ? [`{s|${theme.text(shown.year ? "year_before" : "previous")}  ${text(was)}}`] : [])];
      });
    return [`{h|${plainRich(shown.categories[i]?.name ?? "")}}`, ...rows].join("\n");
  };
  return tooltip(theme, { trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: theme.ink, opacity: 0.05 } }, formatter, textStyle: { ...base, rich: { ...base.rich, ...rich } } });
};

function lying(whole, options, theme, size) {
  const { legend: keys, more, top } = head(whole, options, theme, size);
  const thick = options.stacked ? ROW.least : Math.max(ROW.least, whole.groups.length * 8);
  const shown = cut(whole, (size.height - top - 24) / thick);
  const [low, high] = extent([...shown.groups, ...shown.besides], options.stacked);
  const room = Math.min(Math.ceil(Math.max(0, ...shown.categories.map(({ name }) => textWidth(name, theme.size)))), Math.max(48, size.width * 0.3)) + 1;
  const { axis, width } = valueAxis(low, high, shown.groups[0].column, theme, { room: size.width - room - 40, zero: true, horizontal: true });
  return {
    ...frameOption(theme), legend: keys,
    title: shown.hidden ? [...more, note(theme.text("more", { n: shown.hidden }), theme, { left: 0, bottom: 4 })] : more,
    grid: { left: room + 12, right: Math.ceil(width / 2) + 1, top, bottom: 24, outerBoundsMode: "none" }, xAxis: axis,
    yAxis: { type: "category", inverse: true, data: shown.categories.map(({ name }) => name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: theme.ink, fontSize: theme.size, fontFamily: theme.font, interval: 0, margin: room + 12, align: "left", formatter: (name) => fit(name, room, theme.size) } },
    tooltip: axisTip(shown, theme), series: series(shown, options, theme, true),
  };
}

function standing(whole, options, theme, size) {
  const { legend: keys, more, top } = head(whole, options, theme, size);
  const shown = whole.time ? { ...whole, hidden: 0 } : cut(whole, (size.width - 60) / Math.max(14, options.stacked ? 14 : whole.groups.length * 6));
  const [low, high] = extent([...shown.groups, ...shown.besides], options.stacked);
  const bottom = size.height >= 90 ? 26 : 6;
  const { axis, width } = valueAxis(low, high, shown.groups[0].column, theme, { room: size.height - top - bottom, zero: true });
  const [left, right] = [width + 8, 8];
  const room = Math.max(20, size.width - left - right);
  const labels = shown.time ? timeLabels(shown, theme, room) : categoryLabels(shown, theme, room);
  return {
    ...frameOption(theme), legend: keys,
    title: shown.hidden ? [...more, note(theme.text("more", { n: shown.hidden }), theme, { right: 0, top: keys.show ? 2 : 0 })] : more,
    grid: { left, right, top: shown.hidden && !keys.show ? 18 : top, bottom, outerBoundsMode: "none" }, yAxis: axis,
    xAxis: {
      type: "category", data: shown.categories.map(({ key }, i) => String(shown.time ? key : i)), axisTick: { show: false }, axisLine: { show: true, lineStyle: { color: theme.lineStrong, width: 1 } },
      axisLabel: { show: bottom > 6, interval: 0, color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, margin: 9, formatter: (_, i) => labels[i] ?? "" },
    },
    tooltip: axisTip(shown, theme), series: series(shown, options, theme, false),
  };
}

/** A label for each column if all fit, shortened if they nearly do, else for as many as do. */
function categoryLabels({ categories }, theme, room) {
  const band = room / categories.length;
  const widths = categories.map(({ name }) => textWidth(name, theme.small));
  if (Math.max(...widths) <= band - 6) return categories.map(({ name }) => name);
  if (band >= 40) return categories.map(({ name }) => fit(name, band - 6, theme.small));
  const every = Math.ceil((Math.min(72, Math.max(...widths)) + 10) / band);
  return categories.map(({ name }, i) => (i % every === 0 ? fit(name, every * band - 8, theme.small) : ""));
}

function timeLabels({ categories }, theme, room) {
  const keys = categories.map(({ key }) => key);
  const ticks = timeTicks(keys[0], keys.at(-1), Math.max(1, room / 84), theme);
  // quarters and weeks do not begin where round times are: they are called by their own names
  if (ticks.some(({ t }) => !keys.includes(t))) return categoryLabels({ categories }, theme, room);
  const labels = [];
  let end = -Infinity;
  for (const { t, label } of ticks.length ? ticks : [{ t: keys[0], label: categories[0].name }]) {
    const at = keys.findIndex((key) => key >= t);
    const middle = ((at + 0.5) * room) / keys.length;
    const half = textWidth(label, theme.small) / 2;
    if (at < 0 || middle - half < end + 8 || middle + half > room + 8) continue;
    labels[at] = label;
    end = middle + half;
  }
  return labels;
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { categories, groups } = read(data, options, theme);
  if (!groups.length) return theme.text("no_data");
  const [group] = groups;
  const at = group.values.reduce((best, value, i) => (isNumber(value) && (best < 0 || value > group.values[best]) ? i : best), -1);
  const name = categories[at].name || group.name;
  return theme.text("highest", { name: categories.length > 1 || groups.length > 1 ? name : group.name, value: formatNumber(group.values[at], group.column, { locale: theme.locale }) });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
