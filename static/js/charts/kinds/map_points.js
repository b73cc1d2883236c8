// Points on a map: where each row is, a measure as the size of its circle, a second dimension as its colour.
// options: {latitude, longitude: names of columns, region: "auto" or a name of REGIONS}. The query groups by both columns, so
// that each circle is one place and its figure counts all its rows.
import { formatNumber, niceScale } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, rowsOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { tag } from "../../lib/markup.js";
import { svgLegend } from "../legend/svg.js";
import { NOTE, noteLine, sizeLegend, STRIP } from "../map/legend.js";
import { fitted, outlines } from "../map/outlines.js";
import { regionOfPoints, REGIONS } from "../map/regions.js";
import { emptySheet, groundOf, sheet, zoomOf } from "../map/sheet.js";
import { attachZoom } from "../map/zoom.js";
import { themeOf } from "../theme.js";

export const attach = attachZoom;
const COLOURED = 7;
const LEAST = 2.2; // radius in pixels
const MOST = 22;
const KEY = { small: 12, large: 17 }; // the largest circle of the legend
const NAMES = { latitude: /(^|[_. ])lat(itude)?$/i, longitude: /(^|[_. ])(lon|lng|long|longitude)$/i };
const POLAR = -60;

/** {points: [{at: [longitude, latitude], value, name, key, row}] largest first, lost, ...} */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const all = [...dimensionsOf(frame), ...measuresOf(frame)].filter(({ type }) => type === "number");
  const axis = (name) => all.find((column) => options[name] && column.name === options[name]) ?? all.find((column) => NAMES[name].test(column.name));
  const [latitude, longitude] = [axis("latitude"), axis("longitude")];
  if (!latitude || !longitude || !rowsOf(frame)) return { frame, points: [], lost: 0, keys: [], isPlaced: Boolean(latitude && longitude) };
  const isCoordinate = ({ name }) => name === latitude.name || name === longitude.name;
  const [named, split] = dimensionsOf(frame).filter((column) => !isCoordinate(column));
  const measures = measuresOf(frame).filter((column) => !isCoordinate(column));
  const [column] = measures;
  const points = [];
  for (let row = 0; row < rowsOf(frame); row++) {
    const at = placed(longitude.values[row], latitude.values[row]);
    if (at) points.push({ at, row, value: isNumber(column?.values[row]) ? column.values[row] : null, name: named ? nameOf(named.values[row], named, theme) : "", key: split?.values[row] });
  }
  points.sort((a, b) => Math.abs(b.value ?? 0) - Math.abs(a.value ?? 0));
  const keys = split ? [...new Set(points.map(({ key }) => key))] : [];
  theme.places.meet(keys.slice(0, COLOURED), split?.name);
  return { frame, points, lost: rowsOf(frame) - points.length, named, split, keys, column, measures, isPlaced: true, latitude, longitude };
}

/** [longitude from -180 to 180, latitude]; null for what is nowhere. */
function placed(longitude, latitude) {
  if (!isNumber(longitude) || !isNumber(latitude) || Math.abs(latitude) > 90 || longitude < -180 || longitude > 360) return null;
  return [longitude > 180 ? longitude - 360 : longitude, latitude];
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 280 }, memory = {}) {
  const shown = read(data, options, theme);
  const isEmpty = !rowsOf(shown.frame);
  if (!shown.points.length && !shown.lost) return emptySheet(size, theme, theme.text(isEmpty || shown.isPlaced ? "no_data" : "map_no_columns"));
  const groups = groupsOf(shown, theme);
  const hidden = memory.hidden ?? new Set();
  const seen = shown.points.map((point, i) => ({ ...point, i })).filter(({ key }) => !groups.length || !hidden.has(groups.find((group) => group.key === key)?.name));
  const names = groups.length > 1 && size.height >= 130 ? svgLegend(groups, theme, { room: size.width, hidden }) : { markup: "", height: 0 };
  const region = Object.hasOwn(REGIONS, options.region ?? "") ? options.region : regionOfPoints(shown.points.map(({ at }) => at));
  const key = size.height < 240 ? KEY.small : KEY.large;
  const strip = shown.column && size.height >= 110 && size.width >= 200 ? Math.max(STRIP, 2 * key + 8) : 0;
  const lay = (note) => ({ top: names.height, width: size.width, height: Math.max(8, size.height - names.height - strip - (note && size.height >= 60 ? NOTE : 0)) });
  const drawnIn = (area) => ({ area, ...circles({ ...shown, seen, groups, region, key }, theme, area, zoomOf(memory, area)) });
  let drawn = drawnIn(lay(told(shown, 0, theme)));
  const note = told(shown, drawn.outside, theme);
  if (note && drawn.area.height !== lay(note).height) drawn = drawnIn(lay(note));
  const close = fitted(region, drawn.area, { whole: shown.points.some(({ at }) => at[1] < POLAR) });
  if (close !== drawn.area) drawn = drawnIn(close);
  const { area } = drawn;
  const foot = area.top + area.height;
  const below = [strip ? sizeLegend(drawn.sizes, shown.column, theme, { y: foot, height: strip, width: size.width }) : "", note && size.height >= 60 ? noteLine(note, theme, { y: foot + strip, width: size.width }) : ""].join("");
  return {
    ...sheet({ size, theme, area, zoom: zoomOf(memory, area), ground: drawn.ground, marks: drawn.markup, below, above: names.markup, label: summary(data, options, theme) }), area,
    legend: groups.length ? { items: groups } : undefined,
    select: ({ dataIndex }) => picked(shown, dataIndex), tip: (i) => shown.points[i] && tip(shown.points[i], shown, groups, theme),
  };
}

const groupsOf = ({ keys, split }, theme) => keys.map((key, i) => ({ key, name: nameOf(key, split, theme), colour: i < COLOURED ? theme.category(key, i, split.name) : theme.neutral }));

function picked({ points, named, split }, i) {
  const point = points[i];
  if (!point) return [];
  const values = named?.values[point.row];
  return [...(named && values !== null && values !== undefined ? [{ column: named.name, value: values }] : []), ...(split && point.key !== null ? [{ column: split.name, value: point.key }] : [])];
}

/** Areas grow with the value; what lies behind is larger and shines through. */
function circles({ points, seen, groups, region, column, key: room }, theme, area, { k }) {
  const { shapes, project } = outlines(region, area, { whole: points.some(({ at }) => at[1] < POLAR) });
  const most = points.reduce((high, { value }) => Math.max(high, Math.abs(value ?? 0)), 0);
  const largest = Math.max(4, Math.min(MOST, Math.min(area.width / 20, area.height / 13)));
  const radius = (value) => (column && most > 0 ? Math.max(LEAST, largest * Math.sqrt(Math.abs(value ?? 0) / most)) : Math.min(4, largest)) / k;
  const colourOf = new Map(groups.map(({ key, colour }) => [key, colour]));
  let outside = 0;
  const markup = seen.map(({ at, value, key, i }) => {
    const place = project(at);
    if (!place) return ((outside += 1), "");
    const colour = colourOf.get(key) ?? theme.categories[0];
    const isHollow = value !== null && value < 0;
    return tag("circle", { "data-mark": i, cx: place[0], cy: place[1], r: radius(value), fill: colour, "fill-opacity": isHollow ? 0.12 : 0.62, stroke: isHollow ? colour : undefined });
  });
  // the largest circle may be larger than the legend is high
  const sizes = most > 0 ? roundSizes(most * Math.min(1, (room / largest) ** 2), column).map((value) => [value, radius(value) * k]) : [];
  return { ground: groundOf(shapes, landOf(theme)), markup: markup.join(""), outside, sizes };
}

const landOf = (theme) => theme.tint(theme.ink3, theme.name === "dark" ? 0.18 : 0.14);

/** A small, a middle and a large size at round numbers. */
function roundSizes(most, { format }) {
  const { ticks } = niceScale(0, most, 4);
  const high = ticks.findLast((tick) => tick <= most && tick > 0) ?? most;
  const round = (value) => (format === "integer" ? Math.round(value) : Number(value.toPrecision(2)));
  return [...new Set([high / 10, high / 2, high].map(round))].filter((value) => value > 0);
}

function told({ frame, lost }, outside, theme) {
  const count = (n) => formatNumber(n, {}, { locale: theme.locale });
  const say = (key, n) => (n ? [theme.text(key, { n: count(n) })] : []);
  const cut = frame.truncated ? [theme.text("map_largest", { n: count(rowsOf(frame)) })] : [];
  return [...cut, ...say("map_no_place", lost), ...say("map_off", outside)].join(" ");
}

function tip(point, { measures, split, latitude, longitude, frame }, groups, theme) {
  const group = groups.find(({ key }) => key === point.key);
  const degrees = (value, plus, minus) => `${formatNumber(Math.abs(value), {}, { locale: theme.locale })}° ${value < 0 ? minus : plus}`;
  const where = `${degrees(point.at[1], "N", "S")}, ${degrees(point.at[0], "E", "W")}`;
  const rows = measures.map((column) => [labelOf(column), isNumber(column.values[point.row]) ? formatNumber(column.values[point.row], column, { locale: theme.locale }) : theme.text("none")]);
  return { title: point.name || where, rows: [...(group ? [[labelOf(split), group.name, group.colour]] : []), ...rows, ...(point.name ? [[where, ""]] : [])] };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  const { points, column } = shown;
  const rest = shown.lost || shown.frame.truncated ? told(shown, 0, theme) : "";
  if (!points.length) return [theme.text("no_data"), rest].filter(Boolean).join(". ");
  const [first] = points;
  const n = formatNumber(points.length, {}, { locale: theme.locale });
  const said = column && first.name && first.value !== null ? theme.text("map_points", { n, first: first.name, value: formatNumber(first.value, column, { locale: theme.locale }), name: labelOf(column) }) : theme.text("map_points_plain", { n });
  return [said, rest].filter(Boolean).join(" ");
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
