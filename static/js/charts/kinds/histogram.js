// How often each size occurs: bars, or a curve, over bins that the database has counted; one outline per group.
// options: {style: "bars" or "curve", bins, outliers, cumulative, share, lines}. overlays.filters: the page's; those on the column are marked.
// frames.main: [split, ] bins, count; frames.stats: one row with mean and median.
import { binsOf, closed, curveOf, edgesOf, gathered } from "../bins.js";
import { chosenOf, isChosen, picksOf } from "../picked.js";
import { along, below, beside, names, nothing, roomFor } from "../plain.js";
import { formatNumber } from "../../lib/format.js";
import { frameOf, isNumber, labelOf, measuresOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { textWidth } from "../../lib/measure.js";
import { rangeText } from "../../lib/range.js";
import { themeOf } from "../theme.js";

const BINS = 30;
const FEWEST = 7; // bins that there is room for
const COUNT = { format: "integer" };
const SHARE = { format: "percent" };

/** What is drawn: the bins, and each group with the heights of its bars. */
export function read(data, options = {}, theme = themeOf("light")) {
  const fine = binsOf(data, theme);
  if (!fine || !fine.size) return null;
  const isCurve = options.style === "curve" && !options.cumulative;
  const wanted = isCurve ? Infinity : isNumber(options.bins) ? options.bins : BINS;
  const put = gathered(fine, wanted, options.outliers === false ? 0 : undefined);
  const bins = isCurve ? closed(put) : put;
  const groups = bins.groups.map((group, i) => ({ ...group, colour: bins.groups.length > 1 ? theme.category(group.key, i, group.column?.name) : theme.category(undefined, 0) }));
  const isShare = Boolean(options.share || options.cumulative);
  for (const group of groups) {
    const known = group.total - group.nulls;
    let sum = 0;
    group.heights = group.counts.map((n) => (known ? (options.cumulative ? (sum += n) : n) / (isShare ? known : 1) : 0));
  }
  return { beyond: 0, ...bins, groups, isShare, stats: statsOf(data) };
}

function statsOf(data) {
  const found = measuresOf(frameOf(data, "stats"));
  const value = (start) => found.find(({ name }) => name.startsWith(start))?.values[0] ?? null;
  return { mean: value("avg("), median: value("median("), low: value("min("), high: value("max(") };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const shown = read(data, options, theme);
  if (!shown) return { svg: nothing(theme, size), empty: true };
  const isSmall = size.height < 150 || size.width < 260;
  const marks = options.lines === false || options.cumulative ? [] : linesOf(shown, theme);
  const head = headOf(shown, theme, size, isSmall);
  const top = head.height + (marks.length && !isSmall ? 16 : 4);
  const curves = options.style === "curve" && !options.cumulative ? shown.groups.map(({ heights }) => curveOf(heights, shown)) : null;
  const highest = curves ? Math.max(...curves.flat().map(([, n]) => n)) : Math.max(...shown.groups.flatMap(({ heights }) => heights));
  const plot = { top, bottom: size.height - 20, right: size.width - 2 };
  const up = along(0, highest || 1, plot.bottom, plot.top, shown.isShare ? SHARE : COUNT, theme, { every: 40 });
  plot.left = roomFor(up.labels, theme) + 8;
  const pad = Math.max(0, (FEWEST - shown.size) / 2) * shown.width; // one bar is a bar, not a wall
  const across = along(shown.start - pad, shown.start + shown.size * shown.width + pad, plot.left, plot.right, shown.column, theme);
  const frame = { ...shown, plot, up, across, chosen: chosenOf(data, shown.column) };
  const drawn = curves ? curves.map((points, i) => curve(points, shown.groups[i], frame)) : shown.groups.map((group) => (shown.groups.length > 1 || options.cumulative ? outline(group, frame, !options.cumulative) : bars(group, frame, theme)));
  const ends = openEnds(frame, theme);
  const inner = [
    head.markup, chosenBand(frame, theme), beside(up, plot, theme), below(across, plot, theme, { lines: false, taken: ends.taken }), ends.markup, ...drawn,
    tag("line", { x1: plot.left, x2: plot.right, y1: px(plot.bottom), y2: px(plot.bottom), stroke: theme.lineStrong }),
    ruled(marks, frame, theme, isSmall), targets(frame, theme),
  ].join("");
  return { svg: svg(size, theme, inner, summary(data, options, theme)), tip: (i) => tip(frame, i, theme), select: ({ dataIndex: i }) => (i >= 0 && i < frame.size ? picksOf(edgesOf(frame, i), frame.column, theme) : []) };
}

/** Names of groups, and how many rows have no value: nobody shall think that all rows are drawn. */
function headOf({ groups, nulls, beyond }, theme, size, isSmall) {
  const told = [["without_value", nulls], ["beyond", beyond]].filter(([, n]) => n > 0);
  const missing = told.map(([word, n]) => theme.text(word, { n: formatNumber(n, COUNT, { locale: theme.locale }) })).join(" · ");
  const width = missing && !isSmall ? textWidth(missing, theme.small) : 0;
  const legend = groups.length > 1 ? names(groups, 0, 12, size.width - (width ? width + 14 : 0), theme).markup : "";
  const note = width ? textAt(size.width - 2, 12, missing, { size: theme.small, fill: theme.ink3, anchor: "end" }) : "";
  return { markup: legend + note, height: legend || note ? 20 : 0 };
}

function linesOf({ stats, groups }, theme) {
  if (groups.length > 1) return [];
  const made = [["median", stats.median, undefined], ["mean_at", stats.mean, "4 3"]];
  return made.filter(([, value]) => isNumber(value)).map(([key, value, dash]) => ({ name: theme.text(key), value, dash }));
}

/** Mean and median as lines; their names stand on both sides of them, or together on one, so that they never meet. */
function ruled(marks, { across, plot, column }, theme, isSmall) {
  const sorted = [...marks].sort((a, b) => a.value - b.value).filter(({ value }) => value >= across.least && value <= across.most)
    .map((mark) => ({ ...mark, x: across.place(mark.value), text: `${mark.name} ${formatNumber(mark.value, column, { locale: theme.locale, short: true })}` }));
  const lines = sorted.map(({ x, dash }) => tag("line", { x1: px(x), x2: px(x), y1: plot.top - (isSmall ? 0 : 2), y2: plot.bottom, stroke: theme.ink, "stroke-width": 1.25, "stroke-dasharray": dash }));
  if (isSmall || !sorted.length) return lines.join("");
  const wide = (text) => textWidth(text, theme.small) + 4;
  const style = { size: theme.small, fill: theme.ink2 };
  const [one, other] = sorted;
  const isApart = other && one.x - wide(one.text) >= 0 && other.x + wide(other.text) <= plot.right;
  if (isApart) return lines.join("") + textAt(px(one.x - 4), plot.top - 5, one.text, { ...style, anchor: "end" }) + textAt(px(other.x + 4), plot.top - 5, other.text, style);
  const text = sorted.map((mark) => mark.text).join(" · ");
  const x = sorted.at(-1).x;
  const isRight = x + wide(text) <= plot.right;
  return lines.join("") + textAt(px(isRight ? x + 4 : Math.max(wide(text), one.x - 4)), plot.top - 5, text, { ...style, anchor: isRight ? "start" : "end" });
}

/** Whether the page's filter holds rows of a bin; all of them without one. */
const isIn = (frame, i) => !frame.chosen.length || isChosen(edgesOf(frame, i), frame.chosen);

/** The ground of the bins that the page is filtered by. */
function chosenBand(frame, theme) {
  const { chosen, plot, size } = frame;
  if (!chosen.length) return "";
  const runs = []; // neighbours are one
  for (let i = 0; i < size; i++) {
    if (!isIn(frame, i)) continue;
    if (runs.at(-1)?.[1] === i) runs.at(-1)[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs.map(([first, end]) => {
    const [from, to] = [sides(frame, first)[0], sides(frame, end)[0]];
    return tag("rect", { x: px(from), width: px(to - from), y: px(plot.top), height: px(plot.bottom - plot.top), fill: theme.tint(theme.accent, 0.12) });
  }).join("");
}

function bars({ heights, colour }, frame, theme) {
  const { up, plot } = frame;
  return heights.map((value, i) => {
    if (!value) return "";
    const [from, to] = sides(frame, i);
    const gap = to - from > 6 ? 1 : to - from > 3 ? 0.5 : 0;
    const y = Math.min(up.place(value), plot.bottom - 1); // one row among a million is still to be seen
    const isOpen = edgesOf(frame, i).includes(null);
    return tag("rect", { x: px(from + gap / 2), width: px(Math.max(0.6, to - from - gap)), y: px(y), height: px(plot.bottom - y), fill: theme.tint(colour, (isOpen ? 0.5 : 1) * (isIn(frame, i) ? 1 : 0.35)) });
  }).join("");
}

function outline({ heights, colour }, frame, isFilled) {
  const { up, plot } = frame;
  const path = heights.map((value, i) => {
    const [from, to] = sides(frame, i).map(px);
    return `${i ? "" : `M${from} ${px(plot.bottom)}`}V${px(up.place(value))}H${to}`;
  }).join("");
  return (isFilled ? tag("path", { d: `${path}V${px(plot.bottom)}Z`, fill: colour, "fill-opacity": 0.14 }) : "")
    + tag("path", { d: path, fill: "none", stroke: colour, "stroke-width": 1.75, "stroke-linejoin": "round" });
}

function curve(points, { colour }, { across, up, plot }) {
  if (!points.length) return "";
  const line = points.map(([value, n], i) => `${i ? "L" : "M"}${px(across.place(value))} ${px(up.place(n))}`).join("");
  const [from, to] = [points[0][0], points.at(-1)[0]].map((value) => px(across.place(value)));
  return tag("path", { d: `${line}L${to} ${px(plot.bottom)}L${from} ${px(plot.bottom)}Z`, fill: colour, "fill-opacity": 0.16 })
    + tag("path", { d: line, fill: "none", stroke: colour, "stroke-width": 2, "stroke-linejoin": "round" });
}

const sides = ({ across, start, width }, i) => [across.place(start + i * width), across.place(start + (i + 1) * width)];

/** "< 0" and "≥ 500" below the bins that are open. */
function openEnds(frame, theme) {
  const { plot, size, column } = frame;
  const taken = [];
  const markup = [...new Set([0, size - 1])].map((i) => {
    const [from, to] = edgesOf(frame, i);
    if (from !== null && to !== null) return "";
    const text = rangeText([from, to], column, theme, true);
    const half = textWidth(text, theme.small) / 2;
    const [a, b] = sides(frame, i);
    const x = Math.min(plot.right - half, Math.max(half, (a + b) / 2));
    taken.push([x - half, x + half]);
    return textAt(px(x), plot.bottom + 15, text, { size: theme.small, fill: theme.ink2, anchor: "middle" });
  }).join("");
  return { markup, taken };
}

/** What the pointer finds: the whole height above each bin, since the smallest bars matter too. */
function targets(frame, theme) {
  const { plot, size } = frame;
  return Array.from({ length: size }, (_, i) => {
    const [from, to] = sides(frame, i);
    return tag("rect", { x: px(from), width: px(Math.max(0.6, to - from)), y: px(plot.top), height: px(plot.bottom - plot.top), fill: theme.ink, "fill-opacity": 0, "data-mark": String(i) });
  }).join("");
}

function tip(frame, i, theme) {
  const { groups, column } = frame;
  if (!(i >= 0 && i < frame.size)) return null;
  const rows = groups.map(({ name, counts, heights, colour, total, nulls }) => {
    const share = total - nulls ? counts[i] / (total - nulls) : 0;
    const texts = [formatNumber(counts[i], COUNT, { locale: theme.locale }), formatNumber(share, SHARE, { locale: theme.locale })];
    if (frame.isShare && heights[i] !== share) texts.push(theme.text("up_to_bin", { n: formatNumber(heights[i], SHARE, { locale: theme.locale }) }));
    return [name || theme.text("rows"), texts.join(" · "), ...(groups.length > 1 ? [colour] : [])];
  });
  return { title: rangeText(edgesOf(frame, i), column, theme), rows };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  if (!shown) return theme.text("no_data");
  const { stats, column, total, nulls } = shown;
  const number = (value) => formatNumber(value, column, { locale: theme.locale });
  const count = (value) => formatNumber(value, COUNT, { locale: theme.locale });
  const parts = [theme.text("spread", { name: labelOf(column), n: count(total - nulls), low: number(stats.low), high: number(stats.high), median: number(stats.median), mean: number(stats.mean) })];
  if (nulls) parts.push(theme.text("without_value", { n: count(nulls) }));
  return parts.join("; ");
}

/** A row for each bin, and one for what has no value: they add up to all rows. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  if (!shown) return { columns: [], rows: [] };
  const { groups, column, size, nulls } = shown;
  const number = (n) => formatNumber(n, COUNT, { locale: theme.locale });
  const heads = groups.map(({ name }) => ({ label: name || theme.text("rows"), numeric: true }));
  const rows = Array.from({ length: size }, (_, i) => [rangeText(edgesOf(shown, i), column, theme), ...groups.map(({ counts }) => number(counts[i]))]);
  if (nulls) rows.push([theme.text("none"), ...groups.map((group) => number(group.nulls))]);
  return { columns: [{ label: labelOf(column), numeric: false, unit: column.unit ?? null }, ...heads], rows };
}
