// What flows from where to where: two to five dimensions as stages, or one net of sources and targets.
// options: {nodes: how many of each stage stand alone, graph}. A name keeps its colour; a flow has that of where it comes from.
import { sankey, sankeyJustify, sankeyLeft, sankeyLinkHorizontal } from "d3-sankey";
import { labelOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { read } from "../flow/read.js";
import { emptySvg, filterOf, long, mark, noteAt, percentOf, short, svg, tag, textAt } from "../svg/parts.js";
import { themeOf } from "../theme.js";

const BAR = 12;
const LINE = 13; // pixels of a line of text

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 520, height: 300 }) {
  const shown = read(data, options, theme);
  if (!shown.links.length) return { svg: emptySvg(theme, size), empty: true };
  const said = cautions(shown, theme);
  const head = !shown.graph && size.height >= 140 ? 20 : 2;
  const foot = said && size.height >= 110 ? 18 : 2;
  const { nodes, links } = laidOut(shown, size, head, foot);
  const colour = (node) => theme.category(node.key, 0, node.dimension.name);
  const flows = links.map((link, i) => mark(nodes.length + i, tag("path", { d: sankeyLinkHorizontal()(link), fill: "none", stroke: colour(link.source), "stroke-opacity": theme.name === "dark" ? 0.42 : 0.32, "stroke-width": Math.max(1, link.width) })));
  const bars = nodes.map((node, i) => mark(i, tag("rect", { x: node.x0, y: node.y0, width: node.x1 - node.x0, height: Math.max(1, node.y1 - node.y0), fill: colour(node), rx: Math.min(2, (node.y1 - node.y0) / 2) })));
  const parts = [...flows, ...bars, ...names(nodes, shown, theme, size), head > 2 ? stages(nodes, shown, theme, size) : "", foot > 2 ? noteAt(0, size.height - 4, said, theme, { room: size.width }) : ""];
  return {
    svg: svg(size, theme, parts.join(""), summary(data, options, theme)),
    select: ({ dataIndex: i }) => picked(nodes[i] ?? links[i - nodes.length], shown),
    tip: (i) => (nodes[i] ? tipOfNode(nodes[i], shown, colour, theme) : tipOfLink(links[i - nodes.length], shown, theme)),
  };
}

function laidOut({ nodes, links, graph }, size, head, foot) {
  const most = Math.max(...[...countBy(nodes, ({ stage }) => stage).values()]);
  const height = Math.max(10, size.height - head - foot);
  const bar = Math.max(2, Math.min(BAR, size.width / 30));
  return sankey().nodeId(({ id }) => id).nodeAlign(graph ? sankeyJustify : sankeyLeft).nodeWidth(bar).nodePadding(Math.max(1, Math.min(14, (height * 0.4) / most)))
    .extent([[0, head], [Math.max(bar * 3, size.width), head + height]]).iterations(12)({ nodes: nodes.map((node) => ({ ...node })), links: links.map((link) => ({ ...link })) });
}

function countBy(list, by) {
  const counts = new Map();
  for (const each of list) counts.set(by(each), (counts.get(by(each)) ?? 0) + 1);
  return counts;
}

/** Names beside their bars, those of the last column before them; where two would collide, the larger stands. */
function names(nodes, { column }, theme, size) {
  const columns = Math.max(...nodes.map(({ layer }) => layer)) + 1;
  const gap = size.width / Math.max(1, columns - 1) - BAR * 2;
  const taken = new Map();
  return [...nodes].sort((a, b) => b.value - a.value).map((node) => {
    const last = node.layer === columns - 1;
    const room = gap * (node.layer >= columns - 2 ? 0.47 : 0.92);
    const middle = (node.y0 + node.y1) / 2;
    const others = taken.get(node.layer) ?? [];
    if (room < 24 || others.some((y) => Math.abs(y - middle) < LINE)) return "";
    taken.set(node.layer, [...others, middle]);
    const figure = short(node.value, column, theme);
    const name = fit(node.name, room, theme.small);
    const whole = textWidth(name, theme.small) + 6 + textWidth(figure, theme.small) <= room;
    const [x, anchor] = last ? [node.x0 - 6, "end"] : [node.x1 + 6, "start"];
    const text = textAt(x, middle + 4, whole ? `${name}  ${figure}` : name, { size: theme.small, fill: theme.ink, anchor });
    return tag("g", { "pointer-events": "none" }, haloed(text, theme));
  });
}

/** A text that reads on strands of every colour: a rim of the ground's colour first, then the letters. As two texts, since paper
 * drops one whose stroke is painted under it. */
const haloed = (text, theme) => text.replace("<text", `<text stroke="${theme.card}" stroke-width="3" stroke-linejoin="round" stroke-opacity="0.85" aria-hidden="true"`) + text;

/** The name of each stage over its column. */
function stages(nodes, { dimensions }, theme, size) {
  const room = size.width / dimensions.length - 8;
  return dimensions.map((dimension, stage) => {
    const node = nodes.find((each) => each.stage === stage);
    if (!node) return "";
    const [x, anchor] = stage === 0 ? [node.x0, "start"] : stage === dimensions.length - 1 ? [node.x1, "end"] : [(node.x0 + node.x1) / 2, "middle"];
    return noteAt(x, 11, labelOf(dimension), theme, { anchor, room, weight: 600, fill: theme.ink2 });
  }).join("");
}

/** What a click filters by: a node by its name, a flow by both. In a net, a node is where flows come from, if any do. */
function picked(part, { dimensions, graph }) {
  if (!part) return [];
  if (part.source) return [...filterOf(dimensions[graph ? 0 : part.source.stage], part.source.key), ...filterOf(dimensions[graph ? 1 : part.target.stage], part.target.key)];
  return filterOf(graph ? dimensions[part.sourceLinks.length ? 0 : 1] : part.dimension, part.key);
}

function tipOfNode(node, { column, graph }, colour, theme) {
  const sum = (links) => links.reduce((total, { value }) => total + value, 0);
  const rows = [[labelOf(column), long(node.value, column, theme), colour(node)]];
  if (graph) rows.push([theme.text("flows_in"), long(sum(node.targetLinks), column, theme)], [theme.text("flows_out"), long(sum(node.sourceLinks), column, theme)]);
  return { title: graph ? node.name : `${labelOf(node.dimension)}: ${node.name}`, rows };
}

function tipOfLink(link, { column }, theme) {
  const share = (node) => [theme.text("of_step", { name: node.name }), percentOf(link.value / node.value, theme)];
  return { title: `${link.source.name} → ${link.target.name}`, rows: [[labelOf(column), long(link.value, column, theme)], share(link.source), share(link.target)] };
}

function cautions({ loops, left, column, truncated }, theme) {
  return [
    loops ? theme.text("loops_left", { n: loops }) : "",
    left.length ? theme.text("negative_left", { n: left.length, value: short(left.reduce((a, b) => a + b, 0), column, theme) }) : "", truncated,
  ].filter(Boolean).join(" · ");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { nodes, links, column, dimensions } = read(data, options, theme);
  if (!links.length) return theme.text("no_data");
  const name = (id) => nodes.find((node) => node.id === id)?.name;
  const [first] = links;
  return theme.text("flow_most", { name: labelOf(column), from: name(first.source), to: name(first.target), value: long(first.value, column, theme), stages: dimensions.map(labelOf).join(", ") });
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
