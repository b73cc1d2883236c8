// Values over time, one line per measure or per value of a dimension; with forecast, unusual points, events, targets and the
// previous period where the data has them.
// options: {area, stacked, share, step, connect, compare, forecast, anomalies, events, most, others, axis_1..4, low, high,
// low_right, high_right, scale, zero, target_1..3 with _label and _role, legend}, all optional.
import { formatNumber, MISSING } from "../../lib/format.js";
import { isNumber, labelOf, tableOf as tableOfFrame, timesOf } from "../../lib/frame.js";
import { formatTime } from "../../lib/time.js";
import { themeOf } from "../theme.js";
import { leftOut, timeline } from "../timeline/picture.js";
import { extentOf, read } from "../timeline/read.js";

/** The option of the chart, pure. */
export const picture = (data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }, memory = {}) => timeline(data, options ?? {}, theme, size, memory);

/** One sentence that says what the chart shows. */
export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  const { lines, forecast, anomalies, frame } = shown;
  if (!lines.length) return theme.text("no_data");
  const [line] = lines;
  const values = line.points.map(([, value]) => value).filter(isNumber);
  const text = (value) => formatNumber(value, line.column, { locale: theme.locale });
  const [low, high] = extentOf(values);
  const main = lines.length > 1
    ? theme.text("split_n", { name: labelOf(line.column), by: line.split ? splitLabel(frame) : timesOf(frame)[0].label, n: lines.length, first: line.name, value: text(values.at(-1)) })
    : theme.text("from_to", { name: line.name, low: text(low), high: text(high), last: text(values.at(-1)) });
  const parts = [main];
  if (forecast) parts.push(theme.text("forecast_says", { t: formatTime(forecast.t.at(-1), frame.grain, theme), value: text(forecast.mean.at(-1)[1]) }));
  if (anomalies.length) parts.push(theme.text("unusual_n", { n: anomalies.length }));
  const left = leftOut(shown, theme);
  if (left) parts.push(`(${left})`);
  return parts.join(" ") || MISSING;
}

const splitLabel = (frame) => labelOf(frame.columns.find(({ role }) => role === "dimension"));

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
