// The picture of a chart over time: what line and combo share.
import { formatNumber } from "../../lib/format.js";
import { isYearBefore } from "../../lib/frame.js";
import { textWidth } from "../../lib/measure.js";
import { gapAfter } from "../../lib/time.js";
import { BLOCK, RING, emptyOption, frameOption, legend, note, timeAxis, tooltip } from "../axes.js";
import { EVENT_STRIP, eventSeries, targetSeries, targetsOf } from "./marks.js";
import { isStacked, read } from "./read.js";
import { axisOf, valueAxes } from "./scales.js";
import { BAND_TINT, seriesFor } from "./series.js";
import { tipOf } from "./tip.js";

const HEAD = 0.04; // room above a target, so that values above it are seen to be above

/** markOf(line): how each line is drawn: "line", "area" or "bar". */
export function timeline(data, options, theme, size, memory = {}, markOf = () => "line") {
  const hidden = memory.hidden ?? new Set();
  const shown = read(data, options, theme, { markOf, hidden });
  if (!shown.lines.length) return { echarts: emptyOption(theme), empty: true };
  const words = { previous: theme.text(isYearBefore(data) ? "year_before" : "previous"), band: theme.text("band"), mean: theme.text("forecast"), unusual: theme.text("unusual") };
  const targets = targetsOf(options, shown.lines[0].column, theme);
  const head = headOf(shown, words, options, theme, size, hidden);
  const labels = size.height >= 150 && size.width >= 260; // on less than that names would cover what they name
  const strip = shown.events.length && labels ? EVENT_STRIP : 0;
  const top = (head.show ? 30 : 8) + strip;
  const bottom = size.height >= 90 ? 26 : 6;
  const axes = valueAxes(shown, options, theme, Math.max(20, size.height - top - bottom), targets.flatMap(({ value }) => [value, value + HEAD * Math.abs(value)]));
  const left = axes[0].width + 8;
  const right = axes[1] ? axes[1].width + 10 : 10;
  const room = Math.max(20, size.width - left - right);
  const x = (t) => ((t - shown.from) / Math.max(1, shown.to - shown.from)) * room;
  const ahead = shown.forecast ? room - x(shown.forecast.now) : 0;
  const context = { ahead, options, theme, sideOf: axisOf(shown.lines, options), width: room, step: stepOf(shown, room), words };
  const { scale } = axes[0];
  const perPixel = (scale.max - scale.min) / Math.max(20, size.height - top - bottom);
  const axisAt = (from, to) => timeAxis(from, to, theme, { room, labels: size.height >= 90 });
  return {
    echarts: {
      ...frameOption(theme),
      grid: { left, right, top, bottom, containLabel: false, outerBoundsMode: "none" },
      legend: head.legend, title: head.notes,
      xAxis: axisAt(shown.from, shown.to),
      yAxis: axes.map(({ axis }) => axis),
      tooltip: tooltip(theme, { trigger: "axis", ...tipOf(shown, words, theme) }),
      series: [
        ...seriesFor(shown, context),
        ...(targets.length ? [targetSeries(targets, { theme, perPixel, top: scale.max, width: room, labels, atStart: Boolean(shown.forecast) })] : []),
        ...(shown.events.length ? [eventSeries(shown.events, { theme, x, width: room, labels })] : []),
      ],
    },
    time: { from: shown.from, to: shown.to }, axisAt,
  };
}

/** Pixels from one step of time to the next. */
function stepOf({ frame, lines, from, to }, room) {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([t]) => t)))].sort((a, b) => a - b);
  const apart = times.slice(1).map((t, i) => t - times[i]).filter((gap) => gap > 0);
  const own = apart.length ? Math.min(...apart.slice(0, 5000)) : Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : to - from;
  return (own / Math.max(1, to - from)) * room;
}

/** The line above the plot: the legend, how many names it has no room for, and what is not drawn at all. */
function headOf(shown, words, options, theme, size, hidden) {
  const keys = legendItems(shown, words, options, theme);
  const left = leftOut(shown, theme);
  const show = options.legend !== false && (keys.length > 1 || left !== "") && size.height >= 110;
  const told = left && textWidth(left, theme.small) < size.width * 0.5 ? textWidth(left, theme.small) + 16 : 0;
  const bar = legend(keys, theme, size.width - told, {});
  const more = bar.hidden ? theme.text("more", { n: formatNumber(bar.hidden, {}, { locale: theme.locale }) }) : "";
  const notes = [
    ...(show && more ? [note(more, theme, { left: bar.width, top: 2 })] : []),
    ...(show && told ? [note(left, theme, { right: 2, top: 2 })] : []),
  ];
  const selected = Object.fromEntries([...hidden].map((name) => [name, false]));
  return { show, legend: { ...bar.option, show, selected }, notes };
}

/** What the chart leaves out, in words; nothing if it is whole. */
export function leftOut({ leftOut: count, hasRest }, theme) {
  if (count) return theme.text("lines_left_out", { n: formatNumber(count, {}, { locale: theme.locale }) });
  return hasRest ? theme.text("rest_left_out") : "";
}

function legendItems({ lines, ghosts, forecast, anomalies }, words, options, theme) {
  const block = ({ mark }) => (isStacked(options) || mark !== "line" ? BLOCK : undefined);
  const item = (line) => ({ name: line.name, icon: block(line), style: { color: line.colour, borderWidth: 0 } });
  return [
    ...lines.filter(({ grey }) => !grey).map(item),
    ...lines.filter(({ grey }) => grey).map(item),
    ...(ghosts.length ? [{ name: words.previous, style: { color: theme.lineStrong, borderWidth: 0 } }] : []),
    ...(forecast ? [{ name: words.band, icon: BLOCK, style: { color: theme.tint(lines[0].colour, BAND_TINT), borderWidth: 0 } }] : []),
    ...(anomalies.length ? [{ name: words.unusual, icon: RING, style: { color: theme.card, borderColor: theme.bad, borderWidth: 2 } }] : []),
  ];
}
