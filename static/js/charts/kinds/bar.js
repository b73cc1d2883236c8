// Values by category: ranked rows with their figures, or standing columns, grouped, stacked or to 100 %; over time as columns.
// options: {horizontal, stacked, percent, values, sort, target, minimum, maximum, log, other, compare, legend}. Rows come ranked
// and cut by the query; the rest is one row "Other".
import { isOther } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { isNumber, partOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { emptyOption } from "../axes.js";
import { lying, standing } from "../bar/grouped.js";
import { ranked } from "../bar/ranked.js";
import { read } from "../bar/read.js";
import { themeOf } from "../theme.js";

export { read };

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }, memory = {}) {
  const shown = read(data, options, theme, memory.hidden);
  if (!shown.groups.length) return { echarts: emptyOption(theme), empty: true };
  const horizontal = options.horizontal ?? !shown.time;
  const draw = horizontal && shown.groups.length === 1 && !shown.time ? ranked : horizontal ? lying : standing;
  const echarts = draw(shown, options, theme, size);
  return {
    echarts, select: ({ dataIndex, seriesIndex }) => picked(shown, dataIndex, groupAt(shown, echarts, seriesIndex)),
    step: ({ dataIndex }) => (shown.time ? shown.categories[dataIndex]?.key : undefined),
  };
}

/** The group that a series is of; series of the period before stand between. */
function groupAt({ groups }, { series }, seriesIndex) {
  const [, at] = /^bars (\d+)$/.exec(series[seriesIndex]?.id ?? "") ?? [];
  return at === undefined ? null : groups[at];
}

/** What a click on a mark filters by; the rest and parts of a calendar are no filter. */
function picked({ axis, split, time, categories }, i, group) {
  const filter = (column, key) => (column && !partOf(column) && key !== undefined && !isOther(key) ? [{ column: column.name, value: key }] : []);
  return time ? [] : [...filter(axis, categories[i]?.key), ...(split && group ? filter(split, group.key) : [])];
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { categories, groups } = read(data, { ...options, percent: false }, theme);
  if (!groups.length) return theme.text("no_data");
  const [group] = groups;
  const at = group.values.reduce((best, value, i) => (isNumber(value) && (best < 0 || value > group.values[best]) ? i : best), -1);
  const name = categories[at].name || group.name;
  return theme.text("highest", { name: categories.length > 1 || groups.length > 1 ? name : group.name, value: formatNumber(group.values[at], group.column, { locale: theme.locale }) });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
