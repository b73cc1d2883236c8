// What bars of every direction share: the series, figures on them, the target, the legend, the tooltip.
import { formatNumber } from "../../lib/format.js";
import { isNumber, wasCut } from "../../lib/frame.js";
import { textWidth } from "../../lib/measure.js";
import { BLOCK, legend, note, plainRich, tooltip } from "../axes.js";
import { axisFor } from "../scales.js";
import { drawnValues } from "./read.js";

export const targetOf = (options) => (isNumber(options.target) ? options.target : null);
export const columnOf = ({ percent, groups }) => (percent ? { format: "percent" } : groups[0].column);

/** The value axis that options ask for, with room for the target. A stack has no logarithm. */
export function scaleOf(shown, options, theme, { room, horizontal }) {
  const target = targetOf(options);
  const log = Boolean(options.log) && !shown.stacked;
  const values = [...drawnValues(shown), ...(target === null ? [] : [target])];
  return { ...axisFor(values, columnOf(shown), theme, { room, zero: !log, horizontal, minimum: options.minimum, maximum: options.maximum, log, pad: options.values && !shown.stacked && shown.groups.length ? (horizontal ? 44 : 15) / Math.max(60, room) : 0 }), log };
}

/** What the reader must know about the picture: where the axis begins, and what it cannot show. */
export function cautions(shown, scale, options, theme) {
  const lost = scale.log ? shown.groups.reduce((n, { values }) => n + values.filter((value) => isNumber(value) && value <= 0).length, 0) : 0;
  const from = !scale.log && scale.axis.min > 0 ? formatNumber(scale.axis.min, columnOf(shown), { locale: theme.locale, short: true, unit: false }) : "";
  const to = drawnValues(shown).some((value) => (scale.log ? value > 0 && scale.place(value) : value) > scale.axis.max + 1e-9) ? formatNumber(scale.value(scale.axis.max), columnOf(shown), { locale: theme.locale, short: true, unit: false }) : "";
  return [
    shown.hidden ? theme.text("more", { n: formatNumber(shown.hidden, {}, { locale: theme.locale }) }) : "",
    shown.lost ? theme.text("groups_left_out", { n: shown.lost }) : "",
    lost ? theme.text("not_on_log", { n: lost }) : "",
    from ? theme.text("axis_from", { value: from }) : "",
    to ? theme.text("axis_to", { value: to }) : "",
    (shown.split ? shown.frame.truncated : wasCut(shown.frame)) ? theme.text("answer_cut") : "",
  ].filter(Boolean).join(" · ");
}

/** A line where the target is, with its figure; `along` is the axis it stands on. */
export function targetLine(options, scale, shown, theme, along) {
  const target = targetOf(options);
  const at = target === null ? null : scale.place(target);
  if (at === null || at < scale.axis.min || at > scale.axis.max) return {};
  const text = theme.text("target", { n: formatNumber(target, columnOf(shown), { locale: theme.locale, short: true, unit: false }) });
  const label = { show: true, formatter: text, position: along === "xAxis" ? "start" : "insideEndTop", color: theme.ink2, fontSize: theme.small, fontFamily: theme.font, textBorderWidth: 0, distance: along === "xAxis" ? 3 : 2, backgroundColor: theme.card, padding: [1, 3] };
  return { markLine: { silent: true, symbol: "none", animation: false, lineStyle: { color: theme.ink, width: 1.5, type: [5, 4] }, label, data: [{ [along]: at }] } };
}

/** A bar of the period before. */
export function muted(group, i, scale, theme, year) {
  return { type: "bar", id: `before ${i}`, name: theme.text(year ? "year_before" : "previous"), silent: true, data: group.values.map((value) => (isNumber(value) ? scale.place(value) : null)), itemStyle: { color: theme.lineStrong, borderRadius: 2 }, emphasis: { disabled: true } };
}

/** band: pixels of one category; length: pixels of the value axis. Both decide which figures fit. */
export function series(shown, options, scale, theme, { horizontal, band, length }) {
  const { groups, besides, year, stacked } = shown;
  const round = horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0];
  const away = horizontal ? [2, 0, 0, 2] : [0, 0, 2, 2];
  const figure = options.values ? figures(shown, scale, theme, { horizontal, band, length }) : () => undefined;
  const bars = groups.map((group, i) => ({
    type: "bar", id: `bars ${i}`, name: group.name, stack: stacked ? "all" : undefined, barMaxWidth: 44, barCategoryGap: "28%", barGap: "8%",
    itemStyle: { color: group.colour, borderRadius: stacked ? 0 : round, borderColor: theme.card, borderWidth: stacked ? 0.5 : 0 },
    emphasis: { focus: groups.length > 1 ? "series" : "none" },
    data: group.values.map((value, at) => datum(value, scale, figure(group, at), !stacked && value < 0 ? away : null)),
  }));
  Object.assign(bars[0] ?? {}, targetLine(options, scale, shown, theme, horizontal ? "xAxis" : "yAxis"));
  return bars.flatMap((bar, i) => [bar, ...(besides[i] ? [{ ...muted(besides[i], i, scale, theme, year), barMaxWidth: 44 }] : [])]);
}

function datum(value, scale, label, borderRadius) {
  const place = isNumber(value) ? scale.place(value) : null;
  return label || borderRadius ? { value: place, ...(label ? { label } : {}), ...(borderRadius ? { itemStyle: { borderRadius } } : {}) } : place;
}

/** The label of a bar, where it fits: inside the parts of a stack, else at the end of the bar. */
function figures({ groups, besides, stacked, percent }, scale, theme, { horizontal, band, length }) {
  const slot = (band * 0.72) / (stacked ? 1 : groups.length + besides.length);
  const perUnit = length / Math.max(1e-12, scale.axis.max - scale.axis.min);
  const column = ({ column: own }) => (percent ? { format: "percent" } : own);
  return (group, i) => {
    const value = group.values[i];
    if (!isNumber(value)) return undefined;
    const text = formatNumber(value, column(group), { locale: theme.locale, short: true, unit: false });
    const wide = textWidth(text, theme.small) + 3;
    const [across, along] = horizontal ? [stacked ? 13 : theme.small, wide + 4] : [wide, theme.small + 3];
    const room = stacked ? Math.min(44, slot) : groups.length + besides.length > 1 ? slot + (horizontal ? 0 : 4) : band;
    if (across > room || (stacked && along > Math.abs(value) * perUnit)) return undefined;
    const end = horizontal ? (value < 0 ? "left" : "right") : value < 0 ? "bottom" : "top";
    return { show: true, position: stacked ? "inside" : end, formatter: text, distance: 3, color: stacked ? theme.inkOn(group.colour) : theme.ink2, fontSize: theme.small, fontFamily: theme.font, textBorderWidth: 0 };
  };
}

export function head({ groups, besides, year }, options, theme, size) {
  const wanted = options.legend !== false && groups.length + besides.length > 1 && size.height >= 110;
  const items = groups.map(({ name, colour }) => ({ name, icon: BLOCK, style: { color: colour, borderWidth: 0 } }));
  if (besides.length) items.push({ name: theme.text(year ? "year_before" : "previous"), icon: BLOCK, style: { color: theme.lineStrong, borderWidth: 0 } });
  const bar = legend(items, theme, size.width);
  const more = wanted && bar.hidden ? [note(theme.text("more", { n: bar.hidden }), theme, { left: bar.width, top: 2 })] : [];
  return { legend: { ...bar.option, show: wanted }, more, top: wanted ? 30 : 8 };
}

export function axisTip(shown, theme) {
  const base = tooltip(theme, {}).textStyle;
  const rich = Object.fromEntries(shown.groups.slice(0, 30).map(({ colour }, i) => [`c${i}`, { color: colour }]));
  const formatter = (params) => {
    const i = [params].flat()[0]?.dataIndex ?? 0;
    const rows = shown.groups.map((group, at) => [group, group.values[i], at]).filter(([group, value]) => isNumber(value) && !group.isOff).slice(0, 14)
      .flatMap(([group, value, at]) => {
        const text = (number) => plainRich(formatNumber(number, group.column, { locale: theme.locale }));
        const share = shown.percent ? `  {s|${formatNumber(value, { format: "percent" }, { locale: theme.locale })}}` : "";
        const was = shown.besides[at]?.values[i];
        return [`${at < 30 ? `{c${at}|●} ` : ""}${plainRich(group.name)}  {v|${text(group.raw ? group.raw[i] : value)}}${share}`, ...(isNumber(was) ? [`{s|${theme.text(shown.year ? "year_before" : "previous")}  ${text(was)}}`] : [])];
      });
    return [`{h|${plainRich(shown.categories[i]?.name ?? "")}}`, ...rows].join("\n");
  };
  return tooltip(theme, { trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: theme.ink, opacity: 0.05 } }, formatter, textStyle: { ...base, rich: { ...base.rich, ...rich } } });
}
