// Two measures against each other, one point per row; a third as the size of the point, a dimension as its colour.
// options: {x, y, size}: names of measures; by default the first, second and third.
import { formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measure, measuresOf, nameOf, rowsOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit } from "../../lib/measure.js";
import { emptyOption, frameOption, legend, note, plainRich, tooltip, valueAxis } from "../axes.js";
import { themeOf } from "../theme.js";

const COLOURED = 7;
const DOT = { plain: 8, least: 6, most: 26 };

/** {x, y, size, points: [{x, y, size, name, key}], keys}. With two dimensions the second gives the colour. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const x = measure(frame, options.x, 0);
  const y = measure(frame, options.y, measuresOf(frame).findIndex((column) => column.name !== x?.name));
  const size = measuresOf(frame).find((column) => column.name === options.size) ?? measuresOf(frame).find(({ name }) => options.size !== false && name !== x?.name && name !== y?.name);
  if (!x || !y || x.name === y.name) return { points: [], keys: [] };
  const [named, colour] = dimensionsOf(frame);
  const points = [];
  for (let row = 0; row < rowsOf(frame); row++) {
    const point = { x: x.values[row], y: y.values[row], size: size?.values[row] ?? null, value: named?.values[row], name: named ? nameOf(named.values[row], named, theme) : "", key: colour ? colour.values[row] : undefined };
    if (isNumber(point.x) && isNumber(point.y)) points.push(point);
  }
  const keys = colour ? [...new Set(points.map(({ key }) => key))] : [];
  theme.places.meet(keys.slice(0, COLOURED), colour?.name);
  return { x, y, size, points, keys, colour, named };
}

const range = (values) => values.filter(isNumber).reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

/** Area, not radius, grows with the value. */
function dotSize(points, size) {
  const [, most] = range(points.map((point) => Math.abs(point.size ?? NaN)));
  return size && most > 0 ? (value) => DOT.least + (DOT.most - DOT.least) * Math.sqrt(Math.abs(value ?? 0) / most) : () => DOT.plain;
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 280 }) {
  const shown = read(data, options, theme);
  if (!shown.points.length) return { echarts: emptyOption(theme), empty: true };
  const { points, keys, x, y } = shown;
  const groups = keys.length ? keys.map((key, i) => ({ key, name: nameOf(key, shown.colour, theme), colour: i < COLOURED ? theme.category(key, i, shown.colour.name) : theme.neutral })) : [{ key: undefined, name: labelOf(y), colour: theme.categories[0] }];
  const withLegend = keys.length > 1 && options.legend !== false && size.height >= 140;
  const bar = legend(groups.map(({ name, colour }) => ({ name, icon: "circle", style: { color: colour, borderWidth: 0 } })), theme, size.width);
  const top = (withLegend ? 26 : 0) + 20;
  const bottom = 42;
  const [xs, ys] = [padded(range(points.map((point) => point.x))), padded(range(points.map((point) => point.y)))];
  const vertical = valueAxis(ys[0], ys[1], y, theme, { room: Math.max(20, size.height - top - bottom) });
  const left = vertical.width + 8;
  const across = valueAxis(xs[0], xs[1], x, theme, { room: Math.max(20, size.width - left - 16), horizontal: true });
  const sizeOf = dotSize(points, shown.size);
  return {
    select: ({ data }) => (shown.named && points[data?.at] && points[data.at].value !== null ? [{ column: shown.named.name, value: points[data.at].value }] : []),
    echarts: {
      ...frameOption(theme),
      grid: { left, right: Math.max(14, Math.ceil(across.width / 2) + 1), top, bottom, outerBoundsMode: "none" }, legend: { ...bar.option, show: withLegend },
      title: [
        note(fit(named(y), size.width * 0.7, theme.small), theme, { left: 0, top: top - 20 }), note(fit(named(x), size.width * 0.7, theme.small), theme, { right: 0, bottom: 0 }),
        ...(withLegend && bar.hidden ? [note(theme.text("more", { n: bar.hidden }), theme, { left: bar.width, top: 2 })] : []),
      ],
      xAxis: across.axis, yAxis: vertical.axis,
      tooltip: tooltip(theme, { trigger: "item", formatter: ({ data: { at } }) => tip(points[at], shown, theme) }),
      series: groups.map(({ key, name, colour }, i) => ({
        type: "scatter", id: `points ${i}`, name, large: points.length > 4000, symbolSize: points.length > 4000 ? 3 : (value) => sizeOf(value[2]), itemStyle: { color: colour, opacity: points.length > 400 ? 0.45 : 0.7, borderColor: theme.card, borderWidth: points.length > 400 ? 0 : 1 },
        emphasis: { focus: groups.length > 1 ? "series" : "none" }, clip: false,
        data: points.map((point, at) => ({ value: [point.x, point.y, point.size], at })).filter(({ at }) => points[at].key === key),
      })),
    },
  };
}

// room for the dots themselves, so that none is cut at the edge
const padded = ([low, high]) => (low === high ? [low, high] : [low >= 0 && low < high * 0.3 ? 0 : low - (high - low) * 0.03, high + (high - low) * 0.03]);
const named = (column) => (column.unit ? `${labelOf(column)}, ${column.unit}` : labelOf(column));

function tip(point, { x, y, size, colour }, theme) {
  const line = (column, value) => `${plainRich(labelOf(column))}  {v|${plainRich(formatNumber(value, column, { locale: theme.locale }))}}`;
  const heading = [point.name, colour ? nameOf(point.key, colour, theme) : ""].filter(Boolean).join(" · ");
  return [heading && `{h|${plainRich(heading)}}`, line(x, point.x), line(y, point.y), size && line(size, point.size)].filter(Boolean).join("\n");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { points, x, y } = read(data, options, theme);
  if (!points.length) return theme.text("no_data");
  const text = (value, column) => formatNumber(value, column, { locale: theme.locale });
  const [xs, ys] = [range(points.map((point) => point.x)), range(points.map((point) => point.y))];
  return theme.text("points_n", { n: points.length, x: labelOf(x), y: labelOf(y), xlow: text(xs[0], x), xhigh: text(xs[1], x), ylow: text(ys[0], y), yhigh: text(ys[1], y) });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
