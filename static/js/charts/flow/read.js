// The rows of an answer as nodes and links: a stage per dimension, or one net of sources and targets.
import { isOther } from "../../lib/colour.js";
import { cutWords, dimensionsOf, frameOf, isNumber, measuresOf, nameOf, rowsOf } from "../../lib/frame.js";

const REST = "__other__";
const DEFAULT_NODES = 10;

/** {nodes: [{id, key, name, dimension, stage}], links: [{source, target, value}] (by id), column, dimensions, loops, left, truncated}.
 * Only values above 0 flow; left: those below. Of each stage the largest nodes stand alone, the others are added up. loops: links
 * of a net that would have led back, the smallest first. */
export function read(data, options, theme) {
  const frame = frameOf(data);
  const dimensions = dimensionsOf(frame);
  const [column] = measuresOf(frame);
  if (!column || dimensions.length < 2) return { nodes: [], links: [], left: [], loops: 0 };
  const all = Array.from({ length: rowsOf(frame) }, (_, row) => row);
  const rows = all.filter((row) => isNumber(column.values[row]) && column.values[row] > 0);
  const graph = Boolean(options.graph) && dimensions.length === 2;
  const most = isNumber(options.nodes) && options.nodes >= 1 ? options.nodes : DEFAULT_NODES;
  const keep = graph ? Array(2).fill(largest(rows, dimensions, column, most)) : dimensions.map((dimension) => largest(rows, [dimension], column, most));
  const [nodes, flows] = [new Map(), new Map()];
  const nodeAt = (row, stage) => {
    const dimension = dimensions[stage];
    const known = dimension.values[row];
    const key = keep[stage].has(String(known)) && !(known !== null && isOther(known)) ? known : REST;
    const id = `${graph ? "" : stage}\u0000${key}`;
    if (!nodes.has(id)) nodes.set(id, { id, key, name: nameOf(key, dimension, theme), dimension, stage, hidden: new Set() });
    if (key === REST) nodes.get(id).hidden.add(known);
    return id;
  };
  for (const row of rows) {
    for (let stage = 0; stage + 1 < dimensions.length; stage++) {
      const [source, target] = [nodeAt(row, stage), nodeAt(row, stage + 1)];
      const id = `${source}\u0001${target}`;
      if (!flows.has(id)) flows.set(id, { source, target, value: 0 });
      flows.get(id).value += column.values[row];
    }
  }
  for (const node of nodes.values()) if (node.hidden.size > 1) node.name = `${theme.text("other")} (${node.hidden.size})`;
  for (const dimension of dimensions) theme.places.meet([...nodes.values()].filter((node) => node.dimension === dimension).map(({ key }) => key), dimension.name);
  const links = [...flows.values()].sort((a, b) => b.value - a.value);
  const kept = graph ? withoutLoops(links) : links;
  const used = new Set(kept.flatMap(({ source, target }) => [source, target]));
  return {
    nodes: [...nodes.values()].filter(({ id }) => used.has(id)), links: kept, column, dimensions, graph, loops: links.length - kept.length,
    left: all.map((row) => column.values[row]).filter((value) => value < 0), truncated: cutWords(frame, theme),
  };
}

/** The keys with the largest sums, as texts. */
function largest(rows, dimensions, column, most) {
  const sums = new Map();
  for (const row of rows) for (const { values } of dimensions) sums.set(String(values[row]), (sums.get(String(values[row])) ?? 0) + column.values[row]);
  const sorted = [...sums].sort((a, b) => b[1] - a[1]);
  // one more is no worse than a rest of one
  return new Set(sorted.slice(0, sorted.length === most + 1 ? most + 1 : most).map(([key]) => key));
}

/** Links in order, without those that would close a circle: what flows in a circle has no left and right. */
export function withoutLoops(links) {
  const onward = new Map();
  const leads = (from, to, seen = new Set()) => {
    if (from === to) return true;
    seen.add(from);
    return (onward.get(from) ?? []).some((next) => !seen.has(next) && leads(next, to, seen));
  };
  return links.filter(({ source, target }) => {
    if (leads(target, source)) return false;
    onward.set(source, [...(onward.get(source) ?? []), target]);
    return true;
  });
}
