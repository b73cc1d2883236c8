// Bars with an axis: lying or standing, grouped, stacked, to 100 %; over time as columns.
import { fit, textWidth } from "../../lib/measure.js";
import { timeTicks } from "../../lib/time.js";
import { frameOption, note } from "../axes.js";
import { namesFor, SLANT, withinLeft } from "../names.js";
import { axisTip, cautions, head, scaleOf, series, targetOf } from "./marks.js";
import { cut } from "./read.js";

const LEAST = 20; // pixels of a row

export function lying(whole, options, theme, size) {
  const { legend: keys, more, top: above } = head(whole, options, theme, size);
  const top = above + (targetOf(options) === null ? 0 : 14);
  const thick = whole.stacked ? LEAST : Math.max(LEAST, whole.groups.length * 8);
  const told = cautions({ ...whole, hidden: 0 }, scaleOf(whole, options, theme, { room: 200, horizontal: true }), options, theme) || whole.categories.length > (size.height - top - 24) / thick;
  const bottom = told && size.height > 90 ? 40 : 24;
  const shown = cut(whole, (size.height - top - bottom) / thick);
  const names = Math.min(Math.ceil(Math.max(0, ...shown.categories.map(({ name }) => textWidth(name, theme.size)))), Math.max(48, size.width * 0.3)) + 1;
  const room = Math.max(20, size.width - names - 40);
  const scale = scaleOf(shown, options, theme, { room, horizontal: true });
  const right = Math.ceil(scale.width / 2) + 1;
  const caution = bottom > 24 ? cautions(shown, scale, options, theme) : "";
  return {
    ...frameOption(theme), legend: keys,
    title: caution ? [...more, note(fit(caution, size.width, theme.small), theme, { left: 0, bottom: 0 })] : more,
    grid: { left: names + 12, right, top, bottom, outerBoundsMode: "none" }, xAxis: scale.axis,
    yAxis: { type: "category", inverse: true, data: shown.categories.map((_, i) => String(i)), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: theme.ink, fontSize: theme.size, fontFamily: theme.font, interval: 0, margin: names + 12, align: "left", formatter: (_, i) => fit(shown.categories[i].name, names, theme.size) } },
    tooltip: axisTip(shown, theme),
    series: series(shown, options, scale, theme, { horizontal: true, band: (size.height - top - bottom) / shown.categories.length, length: Math.max(1, size.width - names - 12 - right) }),
  };
}

export function standing(whole, options, theme, size) {
  const { legend: keys, more, top: above } = head(whole, options, theme, size);
  const shown = whole.time ? { ...whole, hidden: 0 } : cut(whole, (size.width - 60) / Math.max(14, whole.stacked ? 14 : whole.groups.length * 6));
  const below = shown.time || size.height < 90 ? null : namesFor(shown.categories.map(({ name }) => name), (size.width - 60) / shown.categories.length, theme, size);
  const bottom = below ? below.height + 2 : size.height >= 90 ? 26 : 6;
  const first = scaleOf(shown, options, theme, { room: size.height - above - bottom });
  const caution = cautions(shown, first, options, theme);
  const top = caution && !keys.show ? 18 : above;
  const scale = scaleOf(shown, options, theme, { room: size.height - top - bottom });
  const [left, right] = [scale.width + 8, 8];
  const room = Math.max(20, size.width - left - right);
  const labels = shown.time ? timeLabels(shown, theme, room) : below ? withinLeft(below, left, room / shown.categories.length, theme) : [];
  const free = keys.show ? Math.max(0, size.width - legendWidth(keys, theme) - 16) : size.width;
  return {
    ...frameOption(theme), legend: keys,
    title: caution && free > 40 ? [...more, note(fit(caution, free, theme.small), theme, { right: 0, top: keys.show ? 2 : 0 })] : more,
    grid: { left, right, top, bottom, outerBoundsMode: "none" }, yAxis: scale.axis,
    xAxis: {
      type: "category", data: shown.categories.map(({ key }, i) => String(shown.time ? key : i)), axisTick: { show: false }, axisLine: { show: true, onZero: !scale.log, lineStyle: { color: theme.lineStrong, width: 1 } },
      axisLabel: { show: bottom > 6, interval: 0, color: theme.ink3, fontSize: theme.small, fontFamily: theme.font, margin: 9, lineHeight: below?.way === "two" ? 13 : undefined, rotate: below?.way === "aslant" ? SLANT : 0, formatter: (_, i) => labels[i] ?? "" },
    },
    tooltip: axisTip(shown, theme), series: series(shown, options, scale, theme, { horizontal: false, band: room / Math.max(1, shown.categories.length), length: Math.max(1, size.height - top - bottom) }),
  };
}

const legendWidth = ({ data = [] }, theme) => data.reduce((sum, { name }) => sum + 32 + Math.min(160, textWidth(name, theme.size)), 0);

/** A label for each column if all fit, shortened if they nearly do, else for as many as do. */
export function categoryLabels({ categories }, theme, room) {
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
