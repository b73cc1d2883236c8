// The series of a chart over time: lines, areas, bars, ghosts of the period before, forecast, unusual points.
import { textWidth } from "../../lib/measure.js";
import { isStacked } from "./read.js";
import { isLog } from "./scales.js";

const AREA_TINT = 0.1;
export const BAND_TINT = 0.2;

/** All of them, from the ground up. context: {options, theme, sideOf, width, step (pixels of one), ahead (pixels of the forecast), dots (a point on each value), words}. */
export function seriesFor(shown, context) {
  const { lines, ghosts, forecast, anomalies } = shown;
  const { options } = context;
  const filled = (line) => line.mark === "area" || (line.mark === "line" && (options.area ?? lines.length === 1));
  const areas = isStacked(options) || isLog(options) ? [] : lines.filter(filled);
  return [
    ...areas.map((line) => areaSeries(line, lines.indexOf(line), context)),
    ...ghosts.map((ghost, i) => ghostSeries(ghost, i, context)),
    ...(forecast ? forecastSeries(forecast, lines[0], context) : []),
    // the greatest is painted last among lines, but first in a stack
    ...lines.map((line, i) => (line.mark === "bar" ? barSeries : lineSeries)(line, i, { ...context, alone: lines.length === 1, bars: lines.filter(({ mark }) => mark === "bar") })),
    ...(anomalies?.length ? [anomalySeries(anomalies, context)] : []),
  ];
}

// a point without neighbours has no line to show it
function withDots(points) {
  const lonely = (i) => points[i][1] !== null && (points[i - 1]?.[1] ?? null) === null && (points[i + 1]?.[1] ?? null) === null;
  return points.map((point, i) => (lonely(i) ? { value: point, symbol: "circle", symbolSize: 5 } : point));
}

/** A logarithm has no place for zero and less. */
const drawable = (points, options) => (isLog(options) ? points.map(([t, value]) => [t, value > 0 ? value : null]) : points);

function lineSeries(line, i, { options, theme, sideOf, alone, width, dots }) {
  const stacked = isStacked(options);
  return {
    type: "line", id: `line ${i}`, name: line.name, yAxisIndex: sideOf(line), data: withDots(drawable(line.points, options)),
    stack: stacked ? `stack ${sideOf(line)}` : undefined, stackStrategy: "all", connectNulls: options.connect === true,
    step: options.step ? "end" : false, symbol: dots ? "circle" : "none", symbolSize: 6, showSymbol: true,
    // the database already thins to two points a pixel; this holds for whatever else is handed over
    sampling: line.points.length > width * 4 ? "minmax" : undefined,
    lineStyle: { color: line.colour, width: stacked ? 1 : line.grey ? 1 : 2, join: "round", cap: "round" }, itemStyle: { color: line.colour },
    areaStyle: stacked ? { color: theme.tint(line.colour, 0.75), opacity: 1 } : undefined,
    emphasis: { focus: alone ? "none" : "series", lineStyle: { width: 2 }, scale: false }, blur: { lineStyle: { opacity: 0.25 }, areaStyle: { opacity: 0.4 } },
    z: line.grey ? 2 : 4,
  };
}

function barSeries(line, i, { options, theme, sideOf, bars, step }) {
  const stacked = isStacked(options);
  const beside = stacked ? 1 : bars.length;
  const width = Math.max(1, Math.min(64, (step * (step > 12 ? 0.72 : 0.84)) / beside));
  return {
    type: "bar", id: `line ${i}`, name: line.name, yAxisIndex: sideOf(line), data: drawable(line.points, options), barWidth: width, barGap: beside > 1 && width > 6 ? "8%" : "0%",
    stack: stacked ? `stack ${sideOf(line)}` : undefined, stackStrategy: "all", large: false, progressive: 0,
    itemStyle: { color: line.grey ? theme.tint(line.colour, 0.8) : line.colour, borderRadius: stacked || width < 6 ? 0 : [2, 2, 0, 0] },
    emphasis: { focus: "none" }, z: 2,
  };
}

/** The ground under a line, below all lines, so that its opaque tint hides none. */
function areaSeries(line, i, { options, theme, sideOf }) {
  return {
    type: "line", id: `area ${i}`, name: line.name, yAxisIndex: sideOf(line), data: line.points, symbol: "none", silent: true, step: options.step ? "end" : false,
    connectNulls: options.connect === true,
    lineStyle: { width: 0 }, itemStyle: { color: line.colour }, areaStyle: { color: theme.tint(line.colour, AREA_TINT), opacity: 1, origin: "auto" }, z: 0, // to zero, or to the axis where zero is not on it
  };
}

function ghostSeries(ghost, i, { options, theme, sideOf, words }) {
  return {
    type: "line", id: `previous ${i}`, name: words.previous, yAxisIndex: sideOf(ghost), data: drawable(ghost.points, options), symbol: "none", silent: true, step: options.step ? "end" : false,
    connectNulls: options.connect === true,
    lineStyle: { color: ghost.overBars ? theme.ink2 : ghost.isBeside ? theme.neutral : theme.lineStrong, width: 1.25, join: "round", type: ghost.isBeside ? [4, 3] : "solid" }, itemStyle: { color: theme.lineStrong }, z: 3,
  };
}

function forecastSeries(forecast, line, { ahead, options, theme, words }) {
  const low = isLog(options) ? forecast.low.map(([t, value]) => [t, Math.max(value, Number.MIN_VALUE)]) : forecast.low;
  const hidden = { type: "line", symbol: "none", silent: true, stack: "band", stackStrategy: "all", lineStyle: { width: 0 }, z: 1 };
  return [
    { ...hidden, id: "band low", name: words.band, data: low, itemStyle: { color: "transparent" } },
    { ...hidden, id: "band high", name: words.band, data: forecast.high.map(([t, high], i) => [t, high - low[i][1]]), areaStyle: { color: theme.tint(line.colour, BAND_TINT), opacity: 1 } },
    {
      type: "line", id: "forecast", name: words.mean, data: drawable(forecast.mean, options), symbol: "none", z: 4, itemStyle: { color: line.colour },
      lineStyle: { color: line.colour, width: 2, type: [4, 4], cap: "butt" },
      markLine: {
        silent: true, symbol: "none", animation: false, data: [{ xAxis: forecast.now }], lineStyle: { color: theme.lineStrong, width: 1, type: [2, 3] },
        label: { show: textWidth(words.mean, theme.small) + 6 < ahead + 8, formatter: words.mean, position: "end", align: "left", verticalAlign: "top", distance: [0, 0], offset: [6, 0], color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, textBorderWidth: 0 },
      },
    },
  ];
}

function anomalySeries(anomalies, { theme, words }) {
  return {
    type: "scatter", id: "unusual", name: words.unusual, data: anomalies.map(({ t, v }) => [t, v]), symbol: "circle", symbolSize: 10, z: 6,
    itemStyle: { color: theme.card, borderColor: theme.bad, borderWidth: 2, opacity: 1 }, emphasis: { scale: 1.2 },
  };
}
