// Bars and lines in one chart: over time, or over the values of a dimension. Two axes.
// options: {draw_1..4: "bar"|"line"|"area", axis_1..4: "left"|"right", step, connect, compare, events} and those of axes and
// lines across, as in line.js. The first measure is bars, the others are lines, unless chosen otherwise.
import { isOther } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, rowsOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { BLOCK, emptyOption, frameOption, legend, note, plainRich, tooltip } from "../axes.js";
import { themeOf } from "../theme.js";
import { targetSeries, targetsOf } from "../timeline/marks.js";
import { timeline } from "../timeline/picture.js";
import { extentOf, read } from "../timeline/read.js";
import { axisOf, valueAxes } from "../timeline/scales.js";
import { seriesFor } from "../timeline/series.js";

const MARKS = ["bar", "line", "area"];
const LEAST = 9; // pixels of a group of bars

const markOf = (options) => ({ place = 0 }) => (MARKS.includes(options[`draw_${place + 1}`]) ? options[`draw_${place + 1}`] : place === 0 ? "bar" : "line");

const isOverTime = (frame) => timesOf(frame).length > 0;

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }, memory = {}) {
  const frame = frameOf(data);
  if (isOverTime(frame)) return timeline(data, { ...options, stacked: false, share: false }, theme, size, memory, markOf(options ?? {}));
  return byCategory(frame, options ?? {}, theme, size, memory.hidden ?? new Set());
}

/** The measures over the values of the first dimension: greatest first, the rest last. {keys, lines, dimension} */
function categories(frame, options, theme, hidden) {
  const [dimension] = dimensionsOf(frame);
  const measures = measuresOf(frame);
  if (!dimension || !measures.length) return { keys: [], lines: [], dimension };
  const order = Array.from({ length: rowsOf(frame) }, (_, row) => row).filter((row) => measures.some(({ values }) => isNumber(values[row])));
  const rest = (row) => Number(dimension.values[row] !== null && isOther(dimension.values[row]));
  order.sort((a, b) => rest(a) - rest(b) || (measures[0].values[b] ?? -Infinity) - (measures[0].values[a] ?? -Infinity));
  const lines = measures.map((column, place) => ({
    key: column.name, split: null, name: labelOf(column), column, place, colour: theme.category(undefined, place), grey: false,
    mark: markOf(options)({ place }), off: hidden.has(labelOf(column)), rows: order.map((row) => (isNumber(column.values[row]) ? column.values[row] : null)),
  }));
  return { keys: order.map((row) => dimension.values[row]), lines, dimension };
}

function byCategory(frame, options, theme, size, hidden) {
  const { keys, lines, dimension } = categories(frame, options, theme, hidden);
  if (!keys.length) return { echarts: emptyOption(theme), empty: true };
  const names = keys.map((key) => nameOf(key, dimension, theme));
  const bars = Math.max(1, lines.filter(({ mark }) => mark === "bar").length);
  const most = Math.max(1, Math.min(keys.length, Math.floor((size.width - 60) / (LEAST * bars))));
  const shown = { frame, lines: lines.map((line) => ({ ...line, points: line.rows.slice(0, most).map((value, i) => [i, value]) })), ghosts: [], forecast: null, anomalies: [], events: [] };
  const targets = targetsOf(options, lines[0].column, theme);
  const withLegend = size.height >= 110 && (lines.length > 1 || most < keys.length);
  const top = withLegend ? 30 : 8;
  const labels = categoryLabels(names.slice(0, most), size, theme);
  const tall = Math.max(20, size.height - top - labels.height);
  const axes = valueAxes(shown, options, theme, tall, targets.map(({ value }) => value));
  const [left, right] = [axes[0].width + 8, axes[1] ? axes[1].width + 10 : 10];
  const width = Math.max(20, size.width - left - right);
  const { scale } = axes[0];
  const context = { options, theme, sideOf: axisOf(shown.lines, options), width, step: width / most, ahead: 0, dots: width / most > 10, words: {} };
  const more = keys.length - most;
  const told = more ? theme.text("more", { n: formatNumber(more, {}, { locale: theme.locale }) }) : "";
  const bar = legend(lines.map(({ name, mark, colour }) => ({ name, icon: mark === "line" ? undefined : BLOCK, style: { color: colour, borderWidth: 0 } })), theme, size.width - (told ? textWidth(told, theme.small) + 16 : 0));
  return {
    select: ({ dataIndex }) => (keys[dataIndex] === undefined || isOther(keys[dataIndex]) ? [] : [{ column: dimension.name, value: keys[dataIndex] }]),
    echarts: {
      ...frameOption(theme),
      grid: { left, right, top, bottom: labels.height, containLabel: false, outerBoundsMode: "none" },
      legend: { ...bar.option, show: withLegend, selected: Object.fromEntries([...hidden].map((name) => [name, false])) },
      title: told && withLegend ? [note(told, theme, { right: 2, top: 2 })] : [],
      xAxis: { type: "category", data: names.slice(0, most).map((_, i) => String(i)), axisLine: { show: false }, axisTick: { show: false }, axisPointer: { show: true, type: "shadow", shadowStyle: { color: theme.tint(theme.ink3, 0.1) }, label: { show: false } }, axisLabel: labels.axis },
      yAxis: axes.map(({ axis }) => axis),
      tooltip: tooltip(theme, { trigger: "axis", ...tip(shown, names, theme) }),
      series: [...seriesFor(shown, context), ...(targets.length ? [targetSeries(targets, { theme, perPixel: (scale.max - scale.min) / tall, top: scale.max, width, labels: size.height >= 150 && size.width >= 260 })] : [])],
    },
  };
}

/** Names under the axis: level where they have room, else slanted; none where the card is too small for any. */
function categoryLabels(names, size, theme) {
  const slot = (size.width - 60) / names.length;
  const widest = Math.max(...names.slice(0, 400).map((name) => textWidth(name, theme.small)));
  const base = { color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, margin: 8, interval: 0 };
  const isLevel = widest <= slot - 6 || slot >= 64;
  if (size.height < (isLevel ? 90 : 150)) return { height: 6, axis: { ...base, show: false } };
  if (isLevel) return { height: 24, axis: { ...base, formatter: (_, i) => fit(names[i], slot - 6, theme.small) } };
  const room = Math.min(widest, Math.max(36, size.height * 0.26));
  const every = Math.max(1, Math.ceil(13 / slot));
  return { height: Math.ceil(room * 0.75) + 16, axis: { ...base, rotate: 48, formatter: (_, i) => (i % every === 0 ? fit(names[i], room, theme.small) : "") } };
}

function tip({ lines }, names, theme) {
  const rich = Object.fromEntries(lines.map(({ colour }, i) => [`c${i}`, { color: colour }]));
  const base = tooltip(theme, {}).textStyle;
  const formatter = (params) => {
    const at = [params].flat()[0]?.dataIndex ?? 0;
    const row = (line, i) => `{c${i}|●} ${plainRich(line.name)}  {v|${plainRich(formatNumber(line.points[at]?.[1], line.column, { locale: theme.locale }))}}`;
    return [`{h|${plainRich(names[at] ?? "")}}`, ...lines.filter(({ off }) => !off).map(row)].join("\n");
  };
  return { formatter, textStyle: { ...base, rich: { ...base.rich, ...rich } } };
}

/** One sentence: what each measure comes to, or where it is highest. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const text = (value, column) => formatNumber(value, column, { locale: theme.locale });
  if (!isOverTime(frame)) {
    const { keys, lines, dimension } = categories(frame, options, theme, new Set());
    if (!keys.length) return theme.text("no_data");
    return lines.map(({ rows, name, column }) => {
      const best = rows.reduce((at, value, i) => ((value ?? -Infinity) > (rows[at] ?? -Infinity) ? i : at), 0);
      return theme.text("highest_at", { name, value: text(rows[best], column), where: nameOf(keys[best], dimension, theme) });
    }).join(" ");
  }
  const { lines } = read(data, options, theme);
  if (!lines.length) return theme.text("no_data");
  return lines.slice(0, 4).map(({ name, points, column }) => {
    const values = points.map(([, value]) => value).filter(isNumber);
    const [low, high] = extentOf(values);
    return theme.text("from_to", { name, low: text(low, column), high: text(high, column), last: text(values.at(-1), column) });
  }).join(" ");
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
