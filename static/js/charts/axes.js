// What every ECharts picture shares: text style, tooltip, grid, axes. No axis is left to the library's own reckoning, so
// that browser and server agree and live charts do not jump.
import { axisLabels, niceScale } from "../lib/format.js";
import { textWidth } from "../lib/measure.js";
import { timeTicks } from "../lib/time.js";

/** The base of an option. */
export function frameOption(theme) {
  return {
    animation: false, backgroundColor: "transparent", color: theme.categories,
    textStyle: { fontFamily: theme.font, fontSize: theme.size, color: theme.ink2 },
    aria: { enabled: false },
  };
}

const figure = (theme) => ({ fontFamily: theme.font, fontSize: theme.size, fontWeight: 600, color: theme.ink });

/** A tooltip drawn into the canvas: rich text, since a strict content policy blocks the library's HTML. */
export function tooltip(theme, more) {
  return {
    renderMode: "richText", confine: true, transitionDuration: 0, padding: [8, 10], borderWidth: 1, borderRadius: 6,
    backgroundColor: theme.raised, borderColor: theme.line, shadowBlur: 12, shadowOffsetY: 4, shadowColor: "rgba(16,24,40,.16)",
    textStyle: {
      fontFamily: theme.font, fontSize: theme.size, color: theme.ink2, lineHeight: 18,
      rich: { v: { ...figure(theme), lineHeight: 18 }, h: { ...figure(theme), lineHeight: 20 }, s: { color: theme.ink3, fontSize: theme.small, lineHeight: 18 }, g: { color: theme.good, lineHeight: 18 }, b: { color: theme.bad, lineHeight: 18 } },
    },
    ...more,
  };
}

/** Text from data inside rich text: its braces must not start or end a style. */
export const plainRich = (text) => String(text).replaceAll("{", "❴").replaceAll("}", "❵");

/** Lines of a tooltip: a heading and [colour, name, value] rows, aligned. Colours become styles c0, c1... */
export function tooltipText(heading, rows) {
  return [heading && `{h|${plainRich(heading)}}`, ...rows.map(([name, value, note]) => `${plainRich(name)}  {v|${plainRich(value)}}${note ? `  {s|${plainRich(note)}}` : ""}`)]
    .filter(Boolean).join("\n");
}

/** A value axis with our own round steps. room: pixels along it. -> {axis, width (of its labels), scale} */
export function valueAxis(low, high, column, theme, place = {}) {
  const { room, zero = false, position = "left", horizontal = false, line = true } = place;
  const count = Math.max(1, Math.min(6, Math.floor(room / (horizontal ? 90 : 44))));
  const scale = niceScale(low, high, count, zero);
  const labels = axisLabels(scale.ticks, column ?? {}, theme.locale);
  const byTick = new Map(scale.ticks.map((tick, i) => [tick, labels[i]]));
  const width = Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, theme.small))));
  const axis = {
    type: "value", min: scale.min, max: scale.max, interval: scale.step, position: horizontal ? undefined : position,
    axisLine: { show: false }, axisTick: { show: false },
    splitLine: { show: line, lineStyle: { color: theme.line, width: 1 } },
    axisLabel: {
      color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, margin: 8, hideOverlap: true,
      formatter: (value) => byTick.get(Number(Number(value).toPrecision(12))) ?? "",
    },
    axisPointer: { show: false },
    // not the library's: what a legend needs to fit the axis to what is left of the series
    column: column ?? null, refit: (least, most) => valueAxis(least, most, column, theme, place).axis,
  };
  return { axis, width, scale };
}

/** A time axis over [from, to] ms, whose ticks and labels are ours (time zone, language). */
export function timeAxis(from, to, theme, { room, labels = true }) {
  const count = Math.max(1, Math.floor(room / 84));
  const ticks = withoutCollisions(timeTicks(from, to, count, theme), from, to, room, theme);
  const byTick = new Map(ticks.map(({ t, label }) => [t, label]));
  return {
    type: "time", min: from, max: to > from ? to : from + 1, splitLine: { show: false },
    axisLine: { show: false }, axisTick: { show: false },
    axisLabel: {
      show: labels, color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, margin: 10, showMinLabel: true, showMaxLabel: true,
      customValues: ticks.map(({ t }) => t), formatter: (value) => byTick.get(value) ?? "",
    },
    axisPointer: { show: true, type: "line", snap: true, label: { show: false }, lineStyle: { color: theme.lineStrong, width: 1, type: "solid" } },
  };
}

/** Those of the ticks whose labels keep out of each other's way and inside the card. */
export function withoutCollisions(ticks, from, to, room, theme) {
  let end = -Infinity;
  return ticks.filter(({ t, label }) => {
    const middle = ((t - from) / Math.max(1, to - from)) * room;
    const half = textWidth(label, theme.small) / 2;
    // a label may hang over the edge a little, but never out of the card
    if (middle - half < end + 10 || middle + half > room + 14) return false;
    end = middle + half;
    return true;
  });
}

/** A line of small text as a `title`, the lightest component that draws text. */
export function note(text, theme, place, style = {}) {
  return { text, padding: 0, textStyle: { fontSize: theme.small, fontWeight: 400, fontFamily: theme.font, color: theme.ink3, ...style }, ...place };
}

/** A legend of one line that never overflows: names that do not fit are counted. items: [{name, icon, style, label?}].
 * Clicks and keys come by themselves (legend/live.js), what is switched off as well (legend/switched.js). */
export function legend(items, theme, room, extra = {}) {
  const [icon, gap] = [12, 14];
  const wide = ({ label, name }) => icon + 6 + Math.min(160, textWidth(label ?? name, theme.size)) + gap;
  let left = room;
  const shown = [];
  for (const item of items) {
    const isLast = item === items.at(-1);
    if (left - wide(item) < (isLast ? 0 : 56)) break;
    left -= wide(item);
    shown.push(item);
  }
  return {
    option: {
      id: "legend", show: shown.length > 0, type: "plain", left: 0, top: 0, padding: 0, itemGap: gap, itemWidth: icon, itemHeight: 10, height: 16,
      textStyle: { color: theme.ink2, fontSize: theme.size, fontFamily: theme.font, width: 160, overflow: "truncate", ellipsis: "…" },
      inactiveColor: theme.lineStrong, selectorLabel: { show: false },
      data: shown.map(({ name, icon: shape, style }) => ({ name, icon: shape ?? LINE, itemStyle: style, lineStyle: { width: 0 } })),
      // not the library's: all names, and the same legend for them in another order
      items, again: (sorted) => legend(sorted, theme, room, extra).option,
      ...extra,
    },
    hidden: items.length - shown.length,
    width: room - left,
  };
}

export const LINE = "path://M0 4h12v2.4H0z";
export const BLOCK = "path://M1 0h10a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H1a1 1 0 0 1-1-1V1a1 1 0 0 1 1-1z";
export const RING = "circle";

/** What is drawn where there is nothing to draw. */
export function emptyOption(theme) {
  return { ...frameOption(theme), title: { ...note(theme.text("no_data"), theme, { left: "center", top: "middle" }, { fontSize: theme.size }) }, series: [] };
}
