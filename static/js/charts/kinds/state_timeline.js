// A row for each thing, coloured by the state that it was in. A step without rows is a gap; equal neighbours are one span.
// options: {threshold_1..3, high_is_good, names}. The frame has time, the thing, its state (or none: then the measure is the
// state) and a measure.
import { formatNumber } from "../../lib/format.js";
import { labelOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { svg, tag, textAt } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { formatTime } from "../../lib/time.js";
import { svgLegend } from "../legend/svg.js";
import { blockAt, nameAt, namesWidth, rowsIn } from "../rows.js";
import { emptySvg } from "../scale.js";
import { read, shareOf, stateLabel } from "../states/read.js";
import { themeOf } from "../theme.js";
import { timeLabels, timeOf, timeScale } from "../times.js";

const [LEAST, HIGHEST] = [12, 40]; // pixels of a row
const MOST_SPANS = 6000;

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 240 }, memory = {}) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.rows.length) return { svg: emptySvg(size, theme), empty: true };
  const hidden = memory.hidden ?? new Set();
  const small = size.height < 110;
  const bottom = size.height - (size.height >= 80 ? 20 : 0);
  const { shown: count, high } = rowsIn(shown.rows.length, bottom - (small ? 0 : 24), LEAST, HIGHEST);
  const rows = shown.rows.slice(0, count);
  const left = shown.rows.length - count;
  const told = left ? theme.text("more_rows", { n: formatNumber(left, {}, { locale: theme.locale }) }) : shown.hasRest ? theme.text("rest_left_out") : "";
  const legend = svgLegend(shown.states, theme, { room: size.width - (told ? textWidth(told, theme.small) + 16 : 0), hidden });
  const top = small ? 0 : 24;
  const gutter = namesWidth(rows.map(({ name }) => name), size.width, theme);
  const x = timeScale(shown.from, shown.to, gutter, size.width - 4);
  const end = top + count * high;
  const marks = [];
  const context = { x, theme, marks, hidden, states: new Map(shown.states.map((state) => [state.key, state])), names: options?.names !== false };
  const inner = [
    small ? "" : legend.markup,
    !small && told ? textAt(size.width - 4, 12, told, { size: theme.small, fill: theme.ink3, anchor: "end" }) : "",
    ...rows.map((row, i) => rowAt(row, top + i * high, high, context)),
    size.height >= 80 ? timeLabels(x, Math.min(size.height - 5, end + 14), theme) : "",
  ];
  return {
    svg: svg(size, theme, inner.join(""), summary(data, options, theme)),
    legend: { items: shown.states }, hides: true,
    time: timeOf(x, top, end),
    select: ({ dataIndex }) => selected(marks[dataIndex], shown),
    tip: (i) => tipOf(marks[i], shown, context, theme),
  };
}

function rowAt({ name, key, spans }, y, high, { x, theme, marks, hidden, states, names }) {
  const gap = high >= 18 ? 3 : high >= 8 ? 2 : 0.5;
  const blocks = spans.slice(0, MOST_SPANS).map((span) => {
    const state = states.get(span.state);
    if (!state || hidden.has(state.name)) return "";
    const mark = marks.push({ ...span, thing: { name, key, spans } }) - 1;
    const [start, end] = [x(span.from), x(span.to)];
    // a hairline between neighbours, but never so that a short span vanishes
    const width = end - start > 3 ? end - start - 1 : Math.max(0.75, end - start);
    return blockAt({ x: start, y: y + gap / 2, width, height: high - gap, fill: state.colour, text: names ? state.name : "", mark, rx: high >= 14 ? 3 : 1 }, theme);
  });
  const track = tag("rect", { x: x.range()[0], y: y + high / 2 - 0.5, width: x.range()[1] - x.range()[0], height: 1, fill: theme.line });
  return track + blocks.join("") + nameAt(name, y + high / 2, x.range()[0], theme);
}

function selected(mark, { entity, by }) {
  if (!mark) return [];
  return [{ column: entity.name, value: mark.thing.key }, ...(by ? [{ column: by.name, value: mark.state }] : [])];
}

function tipOf(mark, shown, { states }, theme) {
  const state = states.get(mark.state);
  const time = (t) => formatTime(t, shown.frame.grain === "day" ? "day" : null, theme);
  const lasted = formatNumber((mark.to - mark.from) / 1000, { format: "duration", unit: "s" }, { locale: theme.locale });
  const share = formatNumber(shareOf(mark.thing, mark.state), { format: "percent" }, { locale: theme.locale });
  return {
    title: mark.thing.name,
    rows: [[stateLabel(shown), state.name, state.colour], [theme.text("from_time"), time(mark.from)], [theme.text("to_time"), time(mark.to)], [theme.text("lasted"), lasted], [theme.text("all_time_share"), share]],
  };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { rows, states, entity } = read(data, options ?? {}, theme);
  if (!rows.length) return theme.text("no_data");
  const [most] = states.map((state) => [state, rows.reduce((sum, row) => sum + shareOf(row, state.key), 0) / rows.length]).sort((a, b) => b[1] - a[1]);
  return theme.text("states_say", { name: labelOf(entity), n: rows.length, state: most[0].name, share: formatNumber(most[1], { format: "percent" }, { locale: theme.locale }) });
}

/** A line for each span: the thing, its state, from when to when. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options ?? {}, theme);
  if (!shown.rows.length) return tableOfFrame(data, theme);
  const names = new Map(shown.states.map(({ key, name }) => [key, name]));
  const columns = [labelOf(shown.entity), stateLabel(shown), theme.text("from_time"), theme.text("to_time")].map((label) => ({ label, numeric: false }));
  const rows = shown.rows.flatMap(({ name, spans }) => spans.map(({ state, from, to }) => [name, names.get(state), formatTime(from, null, theme), formatTime(to, null, theme)]));
  return { columns, rows: rows.slice(0, 20000) };
}
