// A measure as areas, nested by one to four dimensions: rectangles, or rings around the whole.
// options: {form: ""|"sunburst", colour: ""|"measure"|"change"|"year"}. Names stand where they fit. A click filters by a part and by
// all that it is part of.
import { partition, treemap, treemapSquarify } from "d3-hierarchy";
import { arc } from "d3-shape";
import { labelOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { escape } from "../../lib/markup.js";
import { emptySvg, long, mark, noteAt, percentOf, px, short, svg, tag, textAt } from "../svg/parts.js";
import { themeOf } from "../theme.js";
import { colours, pathOf, read } from "../tree/read.js";

const HEAD = 17; // of a group, with its name
const LEAST = 52; // pixels for a name that is cut: less would be a riddle

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 280 }) {
  const shown = read(data, options, theme);
  if (!shown.root) return { svg: emptySvg(theme, size), empty: true };
  const paint = colours(shown, theme);
  const foot = (paint.scale || cautions(shown, theme)) && size.height >= 110 ? 20 : 0;
  const room = { width: size.width, height: Math.max(10, size.height - foot) };
  const draw = options.form === "sunburst" ? rings : rectangles;
  const { nodes, markup } = draw(shown, paint, theme, room);
  return {
    svg: svg(size, theme, markup + (foot ? footer(shown, paint, theme, size) : ""), summary(data, options, theme)),
    select: ({ dataIndex: i }) => (nodes[i] ? pathOf(nodes[i]) : []),
    tip: (i) => tipOf(nodes[i], shown, paint, theme),
  };
}

function tipOf(node, { root, column, by, second }, paint, theme) {
  const rows = [[labelOf(column), long(node.value, column, theme)], [theme.text("share"), percentOf(node.value / root.value, theme)]];
  if (node.depth > 1) rows.push([theme.text("of_step", { name: node.parent.data.name }), percentOf(node.value / node.parent.value, theme)]);
  if (by) rows.push([by === "change" ? theme.text("change") : labelOf(second), paint.told.get(node) === null ? "–" : long(paint.told.get(node), paint.column, theme), paint.of(node)]);
  return { title: node.ancestors().slice(0, -1).reverse().map(({ data }) => data.name).join(" · "), rows };
}

/** Groups with their names over them, leaves within. Groups too small for a name have none. */
function rectangles({ root, column }, paint, theme, size) {
  const named = root.height > 1;
  treemap().tile(treemapSquarify.ratio(1.3)).size([size.width, size.height]).round(true)
    .paddingInner(1).paddingTop((node) => (named && node.depth && node.children && node.value / root.value > (HEAD * 60) / (size.width * size.height) ? HEAD : 0))(root);
  const nodes = root.descendants().slice(1).filter(({ x0, x1, y0, y1 }) => x1 - x0 >= 2 && y1 - y0 >= 2);
  const markup = nodes.map((node, i) => {
    const [x, y, width, height] = [node.x0, node.y0, node.x1 - node.x0, node.y1 - node.y0];
    const fill = paint.of(node);
    const rect = tag("rect", { x, y, width, height, fill, rx: Math.min(2, width / 4) });
    return mark(i, rect + (node.children ? nameOver(node, theme, fill) : nameIn(node, column, theme, fill)));
  });
  return { nodes, markup: markup.join("") };
}

function nameOver({ x0, x1, y0, y1, data, children }, theme, fill) {
  const head = children[0].y0 - y0;
  if (head < HEAD - 2 || x1 - x0 < 34 || y1 - y0 < HEAD) return "";
  if (textWidth(data.name, theme.small, 600) > x1 - x0 - 10 && x1 - x0 - 10 < LEAST - 16) return "";
  return textAt(x0 + 5, y0 + 12.5, fit(data.name, x1 - x0 - 10, theme.small, 600), { size: theme.small, weight: 600, fill: theme.inkOn(fill) });
}

/** The name, whole or cut to no less than half of it, and its figure below where there is room. */
function nameIn({ x0, x1, y0, y1, data, value }, column, theme, fill) {
  const [room, high] = [x1 - x0 - 10, y1 - y0];
  if (high < 18 || room < 22) return "";
  const whole = textWidth(data.name, theme.small);
  if (whole > room && room < LEAST) return "";
  const ink = theme.inkOn(fill);
  const figure = short(value, column, theme);
  const below = high >= 34 && textWidth(figure, theme.small) <= room ? textAt(x0 + 5, y0 + 27, figure, { size: theme.small, fill: ink }) : "";
  return textAt(x0 + 5, y0 + 13, fit(data.name, room, theme.small), { size: theme.small, fill: ink }) + below;
}

/** The whole in the middle, a ring for each dimension around it. */
function rings({ root, column }, paint, theme, size) {
  const radius = Math.max(10, Math.min(size.width, size.height) / 2 - 2);
  partition().size([2 * Math.PI, radius])(root);
  // the hole is for the total: it may be smaller than a ring
  const hole = Math.min(radius / (root.height + 1), radius * 0.34);
  const at = (depth) => hole + ((radius - hole) * (depth - 1)) / root.height;
  const [cx, cy] = [size.width / 2, size.height / 2];
  const nodes = root.descendants().slice(1).filter((node) => (node.x1 - node.x0) * at(node.depth + 1) >= 1);
  const markup = nodes.map((node, i) => {
    const fill = paint.of(node);
    const path = arc()({ startAngle: node.x0, endAngle: node.x1, innerRadius: at(node.depth), outerRadius: at(node.depth + 1) - 1 });
    return mark(i, tag("path", { d: path, fill, stroke: theme.card, "stroke-width": 1, transform: `translate(${px(cx)} ${px(cy)})` }) + ringName(node, [at(node.depth), at(node.depth + 1)], [cx, cy], theme, fill));
  });
  const figure = short(root.value, column, theme);
  const fontSize = Math.min(20, hole * 0.55, (hole * 1.6 * 10) / Math.max(1, textWidth(figure, 10, 600)));
  const total = fontSize >= 8 ? textAt(cx, cy + fontSize * 0.35, figure, { size: fontSize, weight: 600, fill: theme.ink, anchor: "middle" }) : "";
  return { nodes, markup: markup.join("") + total };
}

/** A name along the radius, or across it where the part is wide; never upside down. */
function ringName(node, [inner, outer], [cx, cy], theme, fill) {
  const [angle, middle] = [(node.x0 + node.x1) / 2, (inner + outer) / 2];
  const arcRoom = (node.x1 - node.x0) * middle;
  const along = outer - inner - 8;
  const whole = textWidth(node.data.name, theme.small);
  const fits = (room) => whole <= room || room >= LEAST;
  // a straight text in a bent part: its upper corners must stay inside
  const straight = Math.min(arcRoom * 0.9, 2 * Math.sqrt(Math.max(0, outer ** 2 - (middle + 6) ** 2))) - 4;
  const [room, turned] = along >= 10 && (straight >= whole || (straight >= LEAST && whole > along)) ? [straight, true] : [along, false];
  if ((!turned && arcRoom < theme.small + 3) || !fits(room)) return "";
  const degrees = (angle * 180) / Math.PI;
  const spin = turned ? (Math.cos(angle) < 0 ? degrees - 180 : degrees) : degrees < 180 ? degrees - 90 : degrees + 90;
  const [x, y] = [cx + Math.sin(angle) * middle, cy - Math.cos(angle) * middle];
  return tag("text", { transform: `translate(${px(x)} ${px(y)}) rotate(${px(spin)})`, "font-size": theme.small, fill: theme.inkOn(fill), "text-anchor": "middle", dy: 4 }, escape(fit(node.data.name, room, theme.small)));
}

function cautions({ left, column, cut, truncated }, theme) {
  return [
    left.length ? theme.text("negative_left", { n: left.length, value: short(left.reduce((a, b) => a + b, 0), column, theme) }) : "",
    cut ? theme.text("small_left", { n: cut }) : "", truncated,
  ].filter(Boolean).join(" · ");
}

/** What the colours tell, from end to end, and what the picture leaves out. */
function footer(shown, paint, theme, size) {
  const y = size.height - 4;
  const said = cautions(shown, theme);
  if (!paint.scale) return noteAt(0, y, said, theme, { room: size.width });
  const [from, , to] = paint.scale;
  const name = shown.by === "change" ? theme.text("change") : labelOf(shown.second);
  const ends = [from, to].map((value) => short(value, paint.column, theme));
  if (shown.by === "change") ends[1] = `+${ends[1]}`;
  const steps = Array.from({ length: 9 }, (_, i) => from + ((to - from) * i) / 8);
  const widths = ends.map((text) => textWidth(text, theme.small));
  const [first, bar] = [textWidth(name, theme.small) + 8, 9 * 12];
  const start = first + widths[0] + 6;
  const scale = steps.map((value, i) => tag("rect", { x: start + i * 12, y: y - 9, width: 12, height: 9, fill: paint.at(value) })).join("");
  const used = start + bar + 6 + widths[1];
  if (used > size.width) return noteAt(0, y, said, theme, { room: size.width });
  return noteAt(0, y, name, theme) + noteAt(first, y, ends[0], theme) + scale + noteAt(start + bar + 6, y, ends[1], theme) + (said && size.width - used > 60 ? noteAt(size.width, y, said, theme, { anchor: "end", room: size.width - used - 16 }) : "");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { root, column } = read(data, options, theme);
  if (!root) return theme.text("no_data");
  const [first] = root.children;
  return theme.text("whole", { name: labelOf(column), first: first.data.name, share: percentOf(first.value / root.value, theme), total: long(root.value, column, theme) });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
