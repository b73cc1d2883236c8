// The rows of an answer as a tree: one level per dimension, sizes added up from the leaves.
import { hierarchy } from "d3-hierarchy";
import { isOther, mix } from "../../lib/colour.js";
import { cutWords, dimensionsOf, frameOf, isNumber, measuresOf, nameOf, rowsOf } from "../../lib/frame.js";
import { filterOf } from "../svg/parts.js";

const MOST_LEAVES = 1500; // smaller ones could not be seen

/** {root, column, second, by: ""|"measure"|"change", nodes, left: [values that are no size], cut, truncated}. root: a d3 hierarchy
 * sorted by size; each node's data is {key, name, dimension, value, second, before}. `second` is what the database says of
 * the node: of a leaf in frames.main, of a group of n dimensions in frames.level<n>; null where it was not asked for. */
export function read(data, options, theme) {
  const frame = frameOf(data);
  const dimensions = dimensionsOf(frame);
  const [column, measured] = measuresOf(frame);
  if (!column || !dimensions.length) return { root: null, nodes: [], left: [], cut: 0 };
  const before = frame.data[frame.columns.findIndex(({ name }) => name === `${column.name}__before`)];
  const by = ["change", "year"].includes(options.colour) && before ? "change" : options.colour === "measure" && measured ? "measure" : "";
  const rows = Array.from({ length: rowsOf(frame) }, (_, row) => row);
  const sized = rows.filter((row) => isNumber(column.values[row]) && column.values[row] > 0).sort((a, b) => column.values[b] - column.values[a]);
  const left = rows.map((row) => column.values[row]).filter((value) => value < 0);
  const groups = by === "measure" ? levelsOf(data, dimensions, measured) : new Map();
  const top = { key: null, name: "", children: new Map() };
  for (const row of sized.slice(0, MOST_LEAVES)) grow(top, row, { dimensions, column, measured, before, groups }, theme);
  theme.places.meet([...top.children.keys()], dimensions[0].name);
  const root = hierarchy(top, ({ children }) => (children?.size ? [...children.values()] : undefined)).sum(({ children, value }) => (children?.size ? 0 : value)).sort((a, b) => isOther(a.data.key) - isOther(b.data.key) || b.value - a.value);
  return { root: sized.length ? root : null, nodes: root.descendants().slice(1), dimensions, column, second: measured, by, left, cut: Math.max(0, sized.length - MOST_LEAVES), truncated: cutWords(frame, theme) };
}

/** The second measure of every group, by its path: averages and ratios of parts say nothing of their whole. */
function levelsOf(data, dimensions, measured) {
  const found = new Map();
  for (let deep = 1; deep < dimensions.length; deep++) {
    const level = frameOf(data, `level${deep}`);
    const keys = dimensions.slice(0, deep).map(({ name }) => dimensionsOf(level).find((each) => each.name === name)?.values);
    const values = measuresOf(level).find(({ name }) => name === measured.name)?.values;
    if (!values || keys.some((each) => !each)) continue;
    values.forEach((value, row) => found.set(JSON.stringify(keys.map((each) => each[row])), isNumber(value) ? value : null));
  }
  return found;
}

function grow(top, row, { dimensions, column, measured, before, groups }, theme) {
  let node = top;
  const path = [];
  for (const dimension of dimensions) {
    const key = dimension.values[row];
    const place = String(key);
    path.push(key);
    if (!node.children.has(place)) node.children.set(place, { key, name: nameOf(key, dimension, theme), dimension, value: 0, second: groups.get(JSON.stringify(path)) ?? null, children: new Map() });
    node = node.children.get(place);
  }
  node.value += column.values[row];
  node.second = measured && isNumber(measured.values[row]) ? measured.values[row] : null;
  node.before = before && isNumber(before[row]) ? (node.before ?? 0) + before[row] : (node.before ?? null);
}

/** What the second measure or the change is of a node and all below it; null where nothing can be said. */
export function toldOf(node, by) {
  if (by !== "change") return node.data.second ?? null;
  const known = node.leaves().map(({ data }) => data.before).filter(isNumber);
  const before = known.reduce((a, b) => a + b, 0);
  return before > 0 ? node.value / before - 1 : null;
}

/** node -> colour. By the first dimension: lighter with each level; else along the ramp of the second measure, or to both sides
 * of no change. `scale`: [from, middle, to] of what the colours tell, or null. */
export function colours({ root, nodes, by, dimensions, column, second }, theme) {
  if (!by) {
    const base = (node) => theme.category(node.ancestors().at(-2).data.key, 0, dimensions[0].name);
    const steps = Math.max(1, root.height - 1);
    return { of: (node) => mix(base(node), theme.card, root.height > 1 ? (0.45 * (node.depth - 1)) / steps : 0), scale: null };
  }
  const told = new Map(nodes.map((node) => [node, toldOf(node, by)]));
  const values = [...told.values()].filter(isNumber);
  const most = Math.max(1e-12, ...values.map(Math.abs));
  const low = Math.min(...values);
  if (by === "change" || low < 0) {
    // the change of one small part must not pale all others
    const end = by === "change" ? Math.min(most, 1) : most;
    const turn = by === "change" && column.good === "down" ? -1 : 1;
    return { told, scale: [-end, 0, end], of: (node) => theme.diverging(isNumber(told.get(node)) ? (turn * told.get(node)) / end : NaN), at: (value) => theme.diverging((turn * value) / end), column: by === "change" ? { format: "percent" } : second };
  }
  const high = Math.max(...values);
  const share = (value) => (high > low ? (value - low) / (high - low) : 0.6);
  return { told, scale: [low, (low + high) / 2, high], of: (node) => theme.ramp(isNumber(told.get(node)) ? share(told.get(node)) : NaN), at: (value) => theme.ramp(share(value)), column: second };
}

/** What a click on a node filters by: its own value and those above it. */
export const pathOf = (node) => node.ancestors().slice(0, -1).reverse().flatMap(({ data }) => filterOf(data.dimension, data.key));
