// What lies across a chart over time: targets and limits from side to side, events from top to bottom.
import { formatNumber } from "../../lib/format.js";
import { isNumber } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";

export const EVENT_STRIP = 15; // pixels above the plot where names of events stand
const FLAG = "path://M0 0h8l-4 6z";

/** The lines across that the options hold: [{value, label, colour}], lowest first. */
export function targetsOf(options, column, theme) {
  const colours = { target: theme.ink2, good: theme.good, warn: theme.warn, bad: theme.bad };
  return [1, 2, 3].filter((n) => isNumber(options[`target_${n}`])).map((n) => {
    const value = options[`target_${n}`];
    const role = options[`target_${n}_role`] || "target";
    const name = options[`target_${n}_label`] || (role === "target" ? theme.text("target_line") : theme.text("limit"));
    return { value, label: `${name} ${formatNumber(value, column, { locale: theme.locale, short: true, unit: false })}`, colour: colours[role] ?? theme.ink2 };
  }).sort((a, b) => a.value - b.value);
}

/** A line across for each. Names stand where what is drawn last does not run into them: at the right end, or at the left
 * one where a forecast is; the name of a line close above another at the other end, and at the top of the plot below it. */
export function targetSeries(targets, { theme, perPixel, top, width, labels = true, atStart = false, type = "line" }) {
  let below = -Infinity;
  const data = targets.map(({ value, label, colour }) => {
    const close = (value - below) / perPixel < 15;
    below = close ? -Infinity : value;
    const position = `inside${close === atStart ? "End" : "Start"}${(top - value) / perPixel < 15 ? "Bottom" : "Top"}`;
    return {
      yAxis: value, lineStyle: { color: colour, width: 1.25, type: [5, 4] },
      label: { show: labels, formatter: fit(label, width * 0.6, theme.small, 600), position, color: colour },
    };
  });
  return {
    type, id: "targets", data: [], silent: true, symbol: "none", tooltip: { show: false },
    markLine: { silent: true, symbol: "none", animation: false, data, label: { fontSize: theme.small, fontWeight: 600, fontFamily: theme.font, textBorderWidth: 0, distance: 3, backgroundColor: theme.card, padding: [1, 3], borderRadius: 2 }, z: 5 },
  };
}

/** Marks of events: a thin line with a flag, a span where it has an end; names where they have room, all on hover. */
export function eventSeries(events, { theme, x, width, labels = true }) {
  let taken = labels ? -Infinity : Infinity;
  const named = events.map((event, i) => {
    const start = Math.max(0, x(event.t));
    const next = Math.max(0, events[i + 1] ? x(events[i + 1].t) : width);
    const room = Math.min(150, Math.max(next - start - 12, 0));
    const label = start < taken || room < 24 ? "" : fit(event.label, room, theme.small);
    if (label) taken = start + 8 + textWidth(label, theme.small) + 8;
    return { ...event, label: label === "…" ? "" : label, name: event.label };
  });
  const text = { fontSize: theme.small, fontFamily: theme.font, color: theme.ink2, textBorderWidth: 0 };
  return {
    type: "line", id: "events", data: [], symbol: "none",
    markLine: {
      animation: false, symbol: ["none", FLAG], symbolSize: [8, 6], symbolRotate: 0, symbolOffset: [0, -3], z: 5, lineStyle: { color: theme.ink3, width: 1, type: [2, 2] }, itemStyle: { color: theme.ink3 },
      label: { show: false, ...text, position: "end", align: "left", verticalAlign: "bottom", distance: [0, 0], offset: [7, -1] },
      emphasis: { label: { show: true }, lineStyle: { width: 1.5 } },
      data: named.map(({ t, label, name }) => ({ xAxis: t, name, label: { show: label !== "", formatter: label || fit(name, 150, theme.small) } })),
    },
    markArea: {
      silent: true, animation: false, itemStyle: { color: theme.tint(theme.ink3, 0.12), opacity: 1 }, z: 0,
      data: named.filter(({ end }) => end !== null).map(({ t, end }) => [{ xAxis: t }, { xAxis: end }]),
    },
  };
}
