// A measure against its target and ranges: one figure as a bar or a dial, or a list of bars on one axis.
// options: {form: ""|"dial", target, good_at, bad_at, minimum, maximum}. A second measure is the target of each row. The axis begins
// at 0 and always holds every value, target and range: it never lies about a length.
import { arc } from "d3-shape";
import { axisLabels, niceScale } from "../../lib/format.js";
import { isNumber, labelOf, measuresOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { block, emptySvg, entriesOf, filterOf, long, mark, noteAt, percentOf, short, svg, tag, textAt, widest } from "../svg/parts.js";
import { themeOf } from "../theme.js";
import { statusOf } from "./big_number.js";

const ROW = { least: 26, most: 46 };
const TURN = Math.PI * 0.62; // of a dial, to each side of the top

/** {column, axis, rows: [{key, name, value, target, status}], scale, zones: [{from, to, status}]} */
export function read(data, options = {}, theme = themeOf("light")) {
  const { frame, axis, column, entries, isCut } = entriesOf(data, theme);
  const [, aim] = measuresOf(frame);
  const fixed = isNumber(options.target) ? options.target : null;
  const targetOf = (row) => (isNumber(aim?.values[row ?? 0]) ? aim.values[row ?? 0] : aim ? null : fixed);
  const rows = (axis ? entries : entries.slice(0, 1)).map((entry) => ({ ...entry, target: targetOf(entry.row), status: statusOf(entry.value, column ?? {}, options) }));
  const ends = [...rows.flatMap(({ value, target }) => [value, target]), options.good_at, options.bad_at, options.minimum, options.maximum].filter(isNumber);
  const low = isNumber(options.minimum) ? Math.min(...ends) : Math.min(0, ...ends);
  const scale = niceScale(low, Math.max(isNumber(options.minimum) ? -Infinity : 0, ...ends), 4);
  // a wished end that is not a round value stands where it was wished
  const from = isNumber(options.minimum) && options.minimum === low ? low : scale.min;
  const to = isNumber(options.maximum) && options.maximum >= Math.max(...ends) ? options.maximum : scale.max;
  return { axis, column, aim, isCut, rows, scale: { min: from, max: to > from ? to : scale.max, ticks: scale.ticks.filter((tick) => tick >= from && tick <= to) }, zones: zonesOf(from, to, column ?? {}, options) };
}

/** The ranges that the thresholds make, from low to high. */
function zonesOf(from, to, column, options) {
  const edges = [...new Set([options.good_at, options.bad_at].filter((each) => isNumber(each) && each > from && each < to))].sort((a, b) => a - b);
  if (![options.good_at, options.bad_at].some(isNumber)) return [];
  const points = [from, ...edges, to];
  return points.slice(1).map((end, i) => ({ from: points[i], to: end, status: statusOf((points[i] + end) / 2, column, options) }));
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 300, height: 140 }) {
  const shown = read(data, options, theme);
  if (!shown.rows.some(({ value }) => isNumber(value))) return { svg: emptySvg(theme, size), empty: true };
  const one = shown.rows.length === 1;
  const draw = one && options.form === "dial" ? dial : one ? single : list;
  return {
    svg: svg(size, theme, draw(shown, theme, size), summary(data, options, theme)),
    select: ({ dataIndex: i }) => filterOf(shown.axis, shown.rows[i]?.key),
    tip: (i) => tipOf(shown.rows[i], shown, theme),
  };
}

function tipOf(row, { column, aim }, theme) {
  const rows = [[labelOf(column), long(row.value, column, theme)]];
  if (row.target !== null) rows.push([aim ? labelOf(aim) : theme.text("target", { n: "" }).trim(), long(row.target, column, theme)], ...(reached(row) === null ? [] : [[theme.text("reached"), percentOf(reached(row), theme)]]));
  if (row.status) rows.push([theme.text("status"), theme.text(`status_${row.status}`), theme[row.status]]);
  return { title: row.name, rows };
}

const reached = ({ value, target }) => (isNumber(value) && target > 0 ? value / target : null);
const ground = (status, theme) => (status ? theme.tint(theme[status], theme.name === "dark" ? 0.3 : 0.2) : theme.sunken);

/** A bar on its ranges, with the target across it. */
function bullet(row, { scale, zones, column }, theme, { x, y, width, height }) {
  const at = (value) => x + ((value - scale.min) / (scale.max - scale.min)) * width;
  const ranges = (zones.length ? zones : [{ from: scale.min, to: scale.max, status: null }]).map(({ from, to, status }) => block(at(from), y, at(to) - at(from), height, ground(status, theme), 0)).join("");
  const start = at(Math.max(scale.min, Math.min(0, scale.max)));
  const thick = Math.max(4, height * 0.42);
  const bar = isNumber(row.value) ? block(Math.min(start, at(row.value)), y + (height - thick) / 2, Math.max(1, Math.abs(at(row.value) - start)), thick, zones.length ? theme.ink : theme.categories[0], 1) : "";
  const aim = row.target === null ? "" : block(at(row.target) - 1.5, y - 2, 3, height + 4, theme.card, 0) + block(at(row.target) - 1, y - 2, 2, height + 4, theme.ink, 0);
  return ranges + bar + aim;
}

function ticks({ scale, column }, theme, { x, width, y }) {
  const shownTicks = scale.ticks.length > 1 && width > 150 ? scale.ticks : [scale.min, scale.max];
  const labels = axisLabels(shownTicks, column, theme.locale);
  let end = -Infinity;
  return shownTicks.map((tick, i) => {
    const [wide, middle] = [textWidth(labels[i], theme.small), x + ((tick - scale.min) / (scale.max - scale.min)) * width];
    const left = Math.min(Math.max(middle - wide / 2, x - 2), x + width - wide + 2);
    if (left < end + 6) return "";
    end = left + wide;
    return noteAt(left, y, labels[i], theme);
  }).join("");
}

/** One figure, large, what it is aimed at, and its bar. */
function single(shown, theme, size) {
  const [row] = shown.rows;
  const [pad, figure] = [16, short(row.value, shown.column, theme)];
  const room = Math.max(10, size.width - 2 * pad);
  const bar = { x: pad, width: room, height: Math.max(8, Math.min(28, size.height * 0.16)) };
  const most = size.height < 100 ? 22 : size.height > 200 ? 40 : 28;
  const fontSize = Math.max(11, Math.min(most, (most * room) / Math.max(1, textWidth(figure, most, 600))));
  const block_ = fontSize + 22 + bar.height + 18;
  const top = Math.max(0, Math.min(24, (size.height - block_) / 2));
  const base = top + fontSize * 0.95;
  bar.y = Math.min(base + 30, Math.max(base + 6, size.height - bar.height - 18));
  const words = targetWords(row, shown, theme);
  const said = bar.y - base > 22 && words ? noteAt(pad, base + 18, words, theme, { room, fill: theme.ink2, size: theme.size }) : "";
  const badge = row.status ? noteAt(size.width - pad, base - 2, theme.text(`status_${row.status}`), theme, { anchor: "end", fill: theme[row.status], weight: 600, size: theme.size }) : "";
  const scale = bar.y + bar.height + 15 <= size.height ? ticks(shown, theme, { ...bar, y: bar.y + bar.height + 14 }) : "";
  return textAt(pad, base, figure, { size: fontSize, weight: 600, fill: theme.ink }) + badge + said + mark(0, bullet(row, shown, theme, bar)) + scale;
}

function targetWords(row, { column }, theme) {
  if (row.target === null) return "";
  const n = short(row.target, column, theme);
  return reached(row) === null ? theme.text("target", { n }) : theme.text("target_share", { n, share: percentOf(reached(row), theme) });
}

/** Names, bars on one axis, figures. */
function list(shown, theme, size) {
  const room = size.height - 20;
  const most = Math.max(1, Math.floor(room / ROW.least));
  const rows = shown.rows.length > most ? shown.rows.slice(0, Math.max(1, most - (room / ROW.least - most > 0.4 ? 0 : 1))) : shown.rows;
  const pitch = Math.min(ROW.most, room / rows.length);
  const names = Math.min(widest(rows.map(({ name }) => name), theme.size), Math.max(48, size.width * 0.3));
  const figures = rows.map(({ value }) => short(value, shown.column, theme));
  const right = widest(figures, theme.size, 600) + 12;
  const bar = { x: names + 12, width: Math.max(10, size.width - names - 12 - right), height: Math.max(8, Math.min(20, pitch * 0.55)) };
  const drawn = rows.map((row, i) => {
    const middle = pitch * (i + 0.5);
    return mark(i, tag("rect", { x: 0, y: pitch * i, width: size.width, height: pitch, fill: theme.card, "fill-opacity": 0 }) + textAt(0, middle + 4, fit(row.name, names, theme.size), { size: theme.size, fill: theme.ink }) + bullet(row, shown, theme, { ...bar, y: middle - bar.height / 2 }) + textAt(size.width, middle + 4, figures[i], { size: theme.size, weight: 600, fill: row.status ? theme[row.status] : theme.ink, anchor: "end" }));
  });
  const hidden = shown.rows.length - rows.length;
  const bottom = pitch * rows.length + 14;
  const told = [hidden ? theme.text("more", { n: hidden }) : "", shown.isCut ? theme.text("answer_cut") : ""].filter(Boolean).join(" · ");
  return drawn.join("") + ticks(shown, theme, { ...bar, y: bottom }) + (told ? noteAt(0, bottom, told, theme, { room: names + 4 }) : "");
}

/** Part of a ring, ranges along its rim, the figure in the middle. */
function dial(shown, theme, size) {
  const [row] = shown.rows;
  const { scale, zones, column } = shown;
  const radius = Math.max(10, Math.min(size.width / 2 - 8, (size.height - (size.height > 110 ? 26 : 12)) / (1 - Math.cos(TURN))));
  const [cx, cy] = [size.width / 2, radius + 6];
  const turn = (value) => -TURN + ((value - scale.min) / (scale.max - scale.min)) * 2 * TURN;
  const ring = (from, to, inner, outer, fill) => tag("path", { d: arc()({ startAngle: from, endAngle: to, innerRadius: inner, outerRadius: outer }), fill, transform: `translate(${cx} ${cy})` });
  const rim = zones.length ? radius * 0.07 : 0;
  const [outer, inner] = [radius - rim - (rim ? 2 : 0), radius * 0.74];
  const ranges = zones.map(({ from, to, status }) => ring(turn(from), turn(to), radius - rim, radius, theme[status]));
  const start = turn(Math.max(scale.min, Math.min(0, scale.max)));
  const fill = row.status ? theme[row.status] : theme.categories[0];
  const value = ring(-TURN, TURN, inner, outer, theme.sunken) + (isNumber(row.value) ? ring(Math.min(start, turn(row.value)), Math.max(start, turn(row.value)), inner, outer, fill) : "");
  const aim = row.target === null ? "" : ring(turn(row.target) - 1.5 / radius, turn(row.target) + 1.5 / radius, inner - 3, radius, theme.ink);
  const figure = short(row.value, column, theme);
  const fontSize = Math.max(9, Math.min(34, (inner * 1.5 * 10) / Math.max(1, textWidth(figure, 10, 600)), inner * 0.5));
  const [foot, edge] = [cy - Math.cos(TURN) * radius, Math.sin(TURN) * ((inner + outer) / 2)];
  const ends = radius > 46 && foot + 14 <= size.height ? [[-edge, scale.min], [edge, scale.max]].map(([x, at]) => noteAt(cx + x, foot + 12, short(at, column, theme), theme, { anchor: "middle" })).join("") : "";
  const words = targetWords(row, shown, theme);
  const said = words && radius > 46 ? noteAt(cx, cy + fontSize * 0.35 + 18, words, theme, { anchor: "middle", room: inner * 1.7, fill: theme.ink2 }) : "";
  return mark(0, value + ranges.join("") + aim) + textAt(cx, cy + fontSize * 0.35, figure, { size: fontSize, weight: 600, fill: theme.ink, anchor: "middle" }) + said + ends;
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  const known = shown.rows.filter(({ value }) => isNumber(value));
  if (!known.length) return theme.text("no_data");
  const [row] = known;
  if (known.length > 1) {
    const aimed = known.filter((each) => reached(each) !== null);
    const most = known.reduce((best, each) => (each.value > best.value ? each : best));
    return theme.text("highest", { name: most.name, value: long(most.value, shown.column, theme) }) + (aimed.length ? ` ${theme.text("reach_n", { n: aimed.filter((each) => reached(each) >= 1).length, of: aimed.length })}` : "");
  }
  const more = [targetWords(row, shown, theme), row.status ? theme.text(`status_${row.status}`) : ""].filter(Boolean).join(", ");
  const told = theme.text("value_is", { name: shown.axis ? row.name : labelOf(shown.column), value: long(row.value, shown.column, theme) });
  return more ? `${told.replace(/\.$/, "")} (${more}).` : told;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
