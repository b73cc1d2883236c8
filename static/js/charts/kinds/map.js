// A value for each country, or for each state of the USA, as the colour of its area.
// options: {region: "auto" or a name of REGIONS, scale: "auto" | "even" | "quantiles", labels}.
import { formatNumber } from "../../lib/format.js";
import { cellText, dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, rowsOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { tag, textAt } from "../../lib/markup.js";
import { NOTE, noteLine, scaleLegend, STRIP } from "../map/legend.js";
import { fitted, outlines } from "../map/outlines.js";
import { labelOfPlace, layerOf, placeOf } from "../map/places.js";
import { regionOfPlaces, REGIONS } from "../map/regions.js";
import { emptySheet, groundOf, sheet, zoomOf } from "../map/sheet.js";
import { stepsOf } from "../map/steps.js";
import { attachZoom } from "../map/zoom.js";
import { themeOf } from "../theme.js";

export const attach = attachZoom;
const RADIUS = { least: 2.2, most: 3.5 }; // of the circle that stands for an area which is no wider
const NAMED = 3;
const LABELS = 560; // pixels of width from which states carry their postal codes

/** {marks: [{place, rows, value}] from the highest down, unknown: [names], twice, region, column, others, axis, frame} */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [axis] = dimensionsOf(frame);
  const [column, ...others] = measuresOf(frame);
  if (!axis || !column || !rowsOf(frame)) return { marks: [], unknown: [], frame };
  const asked = Object.hasOwn(REGIONS, options.region ?? "") ? options.region : null;
  const layer = asked ? (asked === "usa" ? "usa" : "world") : layerOf(axis.values);
  const marks = new Map();
  const unknown = [];
  axis.values.forEach((key, row) => {
    const place = placeOf(key, layer);
    if (!place) return unknown.push(nameOf(key, axis, theme));
    if (!marks.has(place.id)) marks.set(place.id, { place, rows: [] });
    marks.get(place.id).rows.push(row);
  });
  const all = [...marks.values()].map((mark) => ({ ...mark, ...strongest(mark.rows, column) }));
  const region = asked ?? (layer === "usa" ? "usa" : regionOfPlaces(all.map(({ place }) => place)));
  return { frame, axis, column, others, region, unknown, marks: all.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity)), twice: all.filter(({ rows }) => rows.length > 1) };
}

/** Two names of one place: their values cannot be added without knowing what they are, so the larger one colours it. */
function strongest(rows, column) {
  const row = rows.reduce((best, each) => (Math.abs(column.values[each] ?? 0) > Math.abs(column.values[best] ?? 0) ? each : best));
  return { row, value: isNumber(column.values[row]) ? column.values[row] : null };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 280 }, memory = {}) {
  const shown = read(data, options, theme);
  if (!shown.marks.length && !shown.unknown.length) return emptySheet(size, theme, theme.text("no_data"));
  const { frame, axis, column, marks } = shown;
  const isTold = size.height >= 90 && size.width >= 150;
  const [strip, noted] = [isTold && marks.some(({ value }) => value !== null) ? STRIP : 0, size.height >= 60];
  const whole = marks.some(({ place }) => place.code === "AQ");
  const lay = (note) => ({ top: 0, width: size.width, height: Math.max(8, size.height - strip - (note && noted ? NOTE : 0)) });
  const drawnIn = (room) => ({ area: room, ...drawnMarks(shown, theme, room, zoomOf(memory, room), { whole, ...options }) });
  let drawn = drawnIn(lay(told(shown, [], theme)));
  const note = told(shown, drawn.outside, theme);
  if (note && drawn.area.height !== lay(note).height) drawn = drawnIn(lay(note));
  const close = fitted(shown.region, drawn.area, { whole });
  if (close !== drawn.area) drawn = drawnIn(close);
  const { area } = drawn;
  const below = [strip ? scaleLegend(drawn.steps, column, theme, { y: area.height, width: size.width, missing: landOf(theme) }) : "", note && noted ? noteLine(note, theme, { y: area.height + strip, width: size.width }) : ""].join("");
  return {
    ...sheet({ size, theme, area, zoom: zoomOf(memory, area), ground: drawn.ground, marks: drawn.markup, below, label: summary(data, options, theme) }), area,
    select: ({ dataIndex }) => (marks[dataIndex] ? [{ column: axis.name, value: axis.values[marks[dataIndex].row] }] : []),
    tip: (i) => marks[i] && tip(marks[i], shown, drawn.steps, frame, theme),
  };
}

/** The ground that has no value: clearly none of the steps. */
const landOf = (theme) => theme.tint(theme.ink3, theme.name === "dark" ? 0.15 : 0.16);

/** {ground, markup, outside: marks that this part of the earth does not show, steps} */
function drawnMarks({ marks, region, column }, theme, area, zoom, { whole, scale, labels }) {
  const { shapes, project } = outlines(region, area, { whole });
  const byId = new Map(shapes.map((shape) => [shape.id, shape]));
  const steps = stepsOf(marks.map(({ value }) => value), theme, scale);
  const dot = Math.min(RADIUS.most, Math.max(RADIUS.least, Math.min(area.width, area.height) / 60));
  const areas = [];
  const circles = [];
  const outside = [];
  const taken = new Set();
  marks.forEach(({ place, value }, i) => {
    const fill = value === null ? landOf(theme) : steps.colours[steps.indexOf(value)];
    const shape = byId.get(place.id);
    const isWide = shape && Math.max(shape.box[2] - shape.box[0], shape.box[3] - shape.box[1]) * zoom.k >= 2 * dot;
    const at = project(place.at);
    if (isWide) areas.push(tag("path", { "data-mark": i, d: shape.d, fill }));
    else if (at) circles.push(tag("circle", { "data-mark": i, cx: at[0], cy: at[1], r: dot / zoom.k, fill, stroke: theme.ink3 }));
    else outside.push(i);
    if (isWide) taken.add(place.id);
    if (isWide && at && labels !== false && region === "usa" && area.width >= LABELS) circles.push(code(place, project, theme, fill, zoom.k));
  });
  return { ground: groundOf(shapes.filter(({ id }) => !taken.has(id)), landOf(theme)), markup: areas.join("") + circles.join(""), outside, steps, column };
}

/** The postal code, where the state has room for it. */
function code({ code: text, at, room }, project, theme, fill, k) {
  const size = 10 / k;
  const [x, y] = project(at);
  const edge = project([at[0], at[1] + room / 2]);
  return edge && Math.hypot(edge[0] - x, edge[1] - y) * 2 > size * 0.62 ? tag("g", { stroke: "none", "pointer-events": "none" }, textAt(x, y + size * 0.36, text, { size, fill: theme.inkOn(fill), anchor: "middle" })) : "";
}

/** What the map does not show, in words; "" if it shows all. */
function told({ unknown, twice, marks, axis }, outside, theme) {
  const list = (names) => names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ", …" : "");
  const name = (mark) => labelled(mark, axis, theme);
  const count = (n) => formatNumber(n, {}, { locale: theme.locale });
  const said = [];
  if (unknown.length) said.push(theme.text("map_unknown", { n: count(unknown.length), names: list(unknown) }));
  if (outside.length) said.push(theme.text("map_outside", { n: count(outside.length), names: list(outside.map((i) => name(marks[i]))) }));
  if (twice?.length) said.push(theme.text("map_twice", { names: list(twice.map(({ rows }) => rows.map((row) => nameOf(axis.values[row], axis, theme)).join(" = "))) }));
  return said.join(" ");
}

function tip(mark, { axis, column, others }, steps, frame, theme) {
  const colour = mark.value === null ? landOf(theme) : steps.colours[steps.indexOf(mark.value)];
  const text = (each, row) => (isNumber(each.values[row]) ? formatNumber(each.values[row], each, { locale: theme.locale }) : theme.text("none"));
  const isOne = mark.rows.length === 1;
  const rows = mark.rows.flatMap((row) => [column, ...others].map((each, i) => [isOne ? labelOf(each) : `${cellText(axis.values[row], axis, theme)} · ${labelOf(each)}`, text(each, row), i || row !== mark.row ? undefined : colour]));
  return { title: labelled(mark, axis, theme), rows };
}

const labelled = ({ row, place }, axis, theme) => labelOfPlace(axis.values[row], place, theme.locale);

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  const { marks, axis, column } = shown;
  const valued = marks.filter(({ value }) => value !== null);
  const rest = axis ? told(shown, [], theme) : "";
  if (!valued.length) return [theme.text("no_data"), rest].filter(Boolean).join(". ");
  const [first, last] = [valued[0], valued.at(-1)];
  const text = (mark) => ({ place: labelled(mark, axis, theme), value: formatNumber(mark.value, column, { locale: theme.locale }) });
  const [high, low] = [text(first), text(last)];
  const said = valued.length === 1 ? theme.text("map_one", { ...high, name: labelOf(column) }) : theme.text("map_highest", { ...high, name: labelOf(column), last: low.place, least: low.value, n: valued.length });
  return [said, rest].filter(Boolean).join(" ");
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
