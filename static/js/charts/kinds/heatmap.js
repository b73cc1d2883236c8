// A value for each pair of categories: weekday by hour, region by segment, category by month. Seven steps of one colour;
// two colours where values lie on both sides of nought. Colours are set cell by cell, so no continuous scale is needed.
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, partOf, rowsOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime } from "../../lib/time.js";
import { emptyOption, frameOption, note, plainRich, tooltip } from "../axes.js";
import { themeOf } from "../theme.js";

const STEPS = 7;
const LABEL = { lineHeight: 12 };
const RANGES = { weekday: [0, 6], hour: [0, 23], month: [1, 12] };

/** {rows: [{key, name}], columns: [{key, name}], cells: [[column, row, value]], column, low, high} */
export function read(data, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [time] = timesOf(frame);
  const dimensions = dimensionsOf(frame);
  const [measure] = measuresOf(frame);
  let [down, across] = time ? [dimensions[0], { ...time, grain: frame.grain }] : dimensions;
  // hours read from left to right
  if (down && across && partOf(down) === "hour" && partOf(across) !== "hour") [down, across] = [across, down];
  if (down && !across) [down, across] = [null, down];
  if (!across || !measure) return { rows: [], columns: [], cells: [] };
  const columns = axisOf(across, theme);
  const rows = down ? axisOf(down, theme) : [{ key: null, name: labelOf(measure) }];
  const place = (list) => new Map(list.map(({ key }, i) => [key, i]));
  const [columnAt, rowAt] = [place(columns), place(rows)];
  const cells = [];
  for (let i = 0; i < rowsOf(frame); i++) {
    const value = measure.values[i];
    if (isNumber(value)) cells.push([columnAt.get(across.values[i]), down ? rowAt.get(down.values[i]) : 0, value]);
  }
  const values = cells.map(([, , value]) => value);
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return { rows, columns, cells, measure, low, high, down, across };
}

/** The categories in the order of their calendar, of numbers, or of the data. */
function axisOf(column, theme) {
  const part = partOf(column);
  const seen = [...new Set(column.values)];
  const keys = part && RANGES[part] && seen.every(isNumber)
    ? Array.from({ length: RANGES[part][1] - RANGES[part][0] + 1 }, (_, i) => RANGES[part][0] + i)
    : column.type === "time" || seen.every(isNumber) ? seen.sort((a, b) => a - b) : seen;
  return keys.map((key) => ({ key, name: column.role === "time" ? formatTime(key, column.grain, theme) : nameOf(key, column, theme) }));
}

/** value -> colour: seven even steps from the lowest to the highest (or from nought to both sides). */
export function ramp(low, high, theme) {
  const stepped = (share) => (Math.min(STEPS, Math.max(1, Math.ceil(share * STEPS))) - 1) / (STEPS - 1);
  if (low < 0 && high > 0) {
    const most = Math.max(-low, high);
    return (value) => theme.diverging(Math.sign(value) * stepped(Math.abs(value) / most));
  }
  return (value) => theme.ramp(low === high ? 0.5 : stepped((value - low) / (high - low)));
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }) {
  const shown = read(data, theme);
  if (!shown.cells.length) return { echarts: emptyOption(theme), empty: true };
  const { measure } = shown;
  const scale = size.height >= 150 && size.width >= 300;
  const rows = shown.rows.slice(0, Math.max(1, Math.floor((size.height - (scale ? 48 : 26)) / 11)));
  const widest = Math.max(...rows.map(({ name }) => textWidth(name, theme.small)));
  const room = Math.ceil(Math.min(widest, Math.max(40, size.width * 0.28))) + 1;
  const columns = shown.columns.slice(0, Math.max(1, Math.floor((size.width - room - 12) / 7)));
  const grid = { left: room + 10, right: 2, top: 2, bottom: scale ? 42 : 22, outerBoundsMode: "none" };
  const cell = { width: (size.width - grid.left - grid.right) / columns.length, height: (size.height - grid.top - grid.bottom) / rows.length };
  const colourOf = ramp(shown.low, shown.high, theme);
  const short = (value) => formatNumber(value, measure, { locale: theme.locale, short: true, unit: false });
  const cells = shown.cells.filter(([x, y]) => x < columns.length && y < rows.length);
  const inside = cell.height >= 18 && cells.length <= 400 && Math.max(...cells.map(([, , value]) => textWidth(short(value), theme.small))) <= cell.width - 8 && cell.width >= 38;
  const hidden = shown.rows.length - rows.length + shown.columns.length - columns.length;
  const every = labelEvery(columns, cell.width, theme);
  const plain = { axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, splitArea: { show: false } };
  const text = { color: theme.ink3, fontSize: theme.small, fontFamily: theme.font };
  const ruler = scale ? [scaleNote(shown, colourOf, short, theme)] : [];
  if (hidden) ruler.push(note(theme.text("more", { n: formatNumber(hidden, {}, { locale: theme.locale }) }), theme, { left: 0, bottom: 2 }));
  const picked = (axis, list, i) => (axis && axis.role === "dimension" && !partOf(axis) ? [{ column: axis.name, value: list[i].key }] : []);
  return {
    select: ({ value: [x, y] }) => [...picked(shown.down, rows, y), ...picked(shown.across, columns, x)],
    echarts: {
      ...frameOption(theme), grid, title: ruler,
      xAxis: { ...plain, type: "category", data: columns.map((_, i) => String(i)), axisLabel: { ...text, interval: 0, margin: 8, formatter: (_, i) => (i % every === 0 ? fit(columns[i].name, every * cell.width - 6, theme.small) : "") } },
      yAxis: { ...plain, type: "category", inverse: true, data: rows.map((_, i) => String(i)), axisLabel: { ...text, interval: cell.height < 11 ? "auto" : 0, margin: 10, formatter: (_, i) => fit(rows[i].name, room, theme.small) } },
      tooltip: tooltip(theme, {
        trigger: "item",
        formatter: ({ value: [x, y, value] }) => `{h|${plainRich([shown.down ? rows[y].name : "", columns[x].name].filter(Boolean).join(" · "))}}\n${plainRich(labelOf(measure))}  {v|${plainRich(formatNumber(value, measure, { locale: theme.locale }))}}`,
      }),
      series: [{
        type: "heatmap", id: "cells", progressive: 0, emphasis: { itemStyle: { borderColor: theme.ink, borderWidth: 1.5 } },
        data: cells.map((value) => ({
          value, itemStyle: { color: colourOf(value[2]), borderColor: theme.card, borderWidth: cell.width > 12 ? 2 : 1, borderRadius: cell.width > 12 && cell.height > 12 ? 4 : 1 },
          ...(inside ? { label: { show: true, formatter: short(value[2]), color: theme.inkOn(colourOf(value[2])), fontSize: theme.small, fontFamily: theme.font, textBorderWidth: 0 } } : {}),
        })),
      }],
    },
  };
}

function labelEvery(columns, width, theme) {
  const widest = Math.min(72, Math.max(...columns.map(({ name }) => textWidth(name, theme.small))));
  const least = (widest + 8) / width;
  if (width >= 44) return 1;
  const nice = columns.length === 24 ? [1, 2, 3, 4, 6, 12] : [];
  return nice.find((every) => every >= least) ?? Math.max(1, Math.ceil(least));
}

/** The scale, lowest to highest, as one line of text with coloured blocks. */
function scaleNote({ low, high }, colourOf, short, theme) {
  const from = low < 0 && high > 0 ? -Math.max(-low, high) : low;
  const to = low < 0 && high > 0 ? -from : high;
  const rich = {};
  const blocks = Array.from({ length: STEPS }, (_, i) => {
    rich[`b${i}`] = { width: 16, height: 8, lineHeight: 12, backgroundColor: colourOf(from + ((i + 0.5) / STEPS) * (to - from)), fontSize: 8 };
    return `{b${i}|}`;
  });
  Object.assign(rich, { from: { padding: [0, 6, 0, 0], ...LABEL }, to: { padding: [0, 0, 0, 6], ...LABEL } });
  for (const style of [rich.from, rich.to]) Object.assign(style, { color: theme.ink3, fontSize: theme.small, fontFamily: theme.font });
  const text = low === high ? short(low) : `{from|${plainRich(short(from))}}${blocks.join("")}{to|${plainRich(short(to))}}`;
  return note(text, theme, { right: 2, bottom: 0 }, { rich });
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { cells, rows, columns, measure } = read(data, theme);
  if (!cells.length) return theme.text("no_data");
  const [x, y, value] = cells.reduce((best, cell) => (cell[2] > best[2] ? cell : best));
  return theme.text("cell", { name: labelOf(measure), value: formatNumber(value, measure, { locale: theme.locale }), row: rows[y].name, column: columns[x].name });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
