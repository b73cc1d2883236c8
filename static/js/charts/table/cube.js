// The frames of a pivot as a cube: groups down as a tree, groups across as a tree, and the value at each crossing of levels.
// frames.main holds the cells; frames.r<i>c<j> the groups by the first i down and the first j across, computed as such.
import { dimensionsOf, frameOf, measuresOf, nameOf, rowsOf, timesOf } from "../../lib/frame.js";
import { formatTime } from "../../lib/time.js";
import { compare } from "./sheet.js";
import { isOther } from "../../lib/colour.js";

/** {down, across: [column], measures, rows: tree, columns: tree, value(rowPath, columnPath, measure)}.
 * A tree is [{key, name, path, children}]. */
export function cubeOf(data, { across = 1 }, theme) {
  const main = frameOf(data);
  const [time] = timesOf(main);
  const groups = dimensionsOf(main);
  const split = groups.length - Math.min(Number(across) || 0, groups.length);
  const down = groups.slice(0, split);
  const heads = [...(time ? [time] : []), ...groups.slice(split)];
  const levels = new Map();
  const frames = [["main", down.length, heads.length], ...Object.keys(data?.frames ?? {}).flatMap((name) => {
    const [, i, j] = /^r(\d)c(\d)$/.exec(name) ?? [];
    return i === undefined ? [] : [[name, Number(i), Number(j)]];
  })];
  for (const [name, i, j] of frames) levels.set(`${i},${j}`, levelOf(frameOf(data, name), down.slice(0, i), heads.slice(0, j)));
  const nameIn = (column) => (value) => (column.role === "time" ? formatTime(value, main.grain, theme) : nameOf(value, column, theme));
  return {
    main, down, across: heads, measures: measuresOf(main),
    rows: treeOf(down, down.map(nameIn), paths(main, down)), columns: treeOf(heads, heads.map(nameIn), paths(main, heads)),
    value(row, column, measure) {
      const level = levels.get(`${row.length},${column.length}`);
      const at = level?.rows.get(JSON.stringify([...row, ...column]));
      const value = at === undefined ? null : level.frame.columns.findIndex(({ name }) => name === measure.name);
      return at === undefined || value < 0 ? null : (level.frame.data[value][at] ?? null);
    },
  };
}

function levelOf(frame, down, across) {
  const at = [...down, ...across].map((column) => frame.data[frame.columns.findIndex(({ name }) => name === column.name)]);
  const rows = new Map();
  if (at.every(Boolean)) for (let row = 0; row < rowsOf(frame); row++) rows.set(JSON.stringify(at.map((values) => values[row])), row);
  return { frame, rows };
}

function paths(frame, columns) {
  const found = new Map();
  for (let row = 0; columns.length && row < rowsOf(frame); row++) {
    const path = columns.map(({ values }) => values[row]);
    found.set(JSON.stringify(path), path);
  }
  return [...found.values()];
}

/** Siblings in the order of numbers, times or letters; what has no value and the rest come last. */
function treeOf(columns, names, all, depth = 0, above = []) {
  if (depth >= columns.length) return [];
  const groups = new Map();
  for (const path of all) {
    if (!groups.has(path[depth])) groups.set(path[depth], []);
    groups.get(path[depth]).push(path);
  }
  return [...groups].sort(([a], [b]) => isOther(a) - isOther(b) || compare(a, b)).map(([key, inner]) => {
    const path = [...above, key];
    return { key, name: names[depth](key), path, depth, children: treeOf(columns, names, inner, depth + 1, path) };
  });
}

/** The tree with siblings by value, at every level. by: [{valueOf(path), descending}] */
export function sortedTree(tree, by) {
  const order = (a, b) => {
    for (const { valueOf, descending } of by) {
      const found = compare(valueOf(a.path), valueOf(b.path), descending);
      if (found) return found;
    }
    return 0;
  };
  return [...tree].sort(order).map((node) => ({ ...node, children: sortedTree(node.children, by) }));
}

