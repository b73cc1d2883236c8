// Measures by groups down and groups across. Every subtotal and total is a figure of the database, never a sum made here, so
// ratios and distinct counts are right. Groups collapse; heads and first column stay; a click on a head sorts within groups.
// options: {across, step, subtotals, totals, heat: ""|"all"|"row"|"column"}. memory: {closed: Set, closedAcross: Set, sort}
import { decimalsOf } from "../../lib/decimals.js";
import { formatNumber, MISSING } from "../../lib/format.js";
import { frameOf, isNumber, labelOf, rowsOf } from "../../lib/frame.js";
import { escape } from "../../lib/markup.js";
import { cubeOf, sortedTree } from "../table/cube.js";
import { drawnTable } from "../table/drawn.js";
import { extent, shade } from "../table/formats.js";
import { HEAD, ROW, widthsOf } from "../table/markup.js";
import { scrolling, shell } from "../table/scroll.js";
import { themeOf } from "../theme.js";

const ACROSS = 120; // columns that are drawn
const [INDENT, SCROLLBAR, FOOT] = [14, 12, 26];
const keyOf = (path) => JSON.stringify(path);

/** {model, widths, foot, nodes, cube} */
export function read(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }, memory = {}) {
  const cube = cubeOf(data, options, theme);
  const { fields, groups, hidden } = headsOf(cube, options, theme, memory);
  const by = (memory.sort ?? []).flatMap(({ name, descending }) => {
    const field = fields.find((each) => each.name === name);
    return field?.path ? [{ valueOf: (path) => cube.value(path, field.path, field.measure), descending }] : field ? [{ valueOf: (path) => path.at(-1), descending }] : [];
  });
  const nodes = flat(by.length ? sortedTree(cube.rows, by) : cube.rows, memory.closed ?? new Set());
  if (!cube.down.length && rowsOf(cube.main)) nodes.push({ name: theme.text("total"), path: [], depth: 0, children: [] });
  const total = options.totals !== false && cube.down.length ? { path: [], depth: 0, name: theme.text("total"), children: [] } : null;
  const cell = cells(cube, nodes, options, theme, memory);
  const model = {
    fields, groups, rows: nodes.map((_, i) => i), sort: memory.sort ?? [], isSortable: true, label: summary(data, options, theme),
    kindOf: (row) => (nodes[row].children.length ? "group" : ""),
    cell: (row, i) => cell(nodes[row], fields[i]),
    foot: total && nodes.length ? fields.map((field) => cell(total, field)) : null,
  };
  const notes = [hidden ? theme.text("columns_more", { n: hidden }) : "", frameOf(data).truncated ? theme.text("rows_first", { n: formatNumber(rowsOf(cube.main), { format: "integer" }, theme) }) : ""].filter(Boolean);
  const fold = cube.down.length > 1 ? `<button class="link" type="button" data-fold="close">${escape(theme.text("collapse_all"))}</button> <button class="link" type="button" data-fold="open">${escape(theme.text("expand_all"))}</button> ` : "";
  const overflows = (nodes.length + (total ? 1 : 0)) * ROW + HEAD * (groups ? 2 : 1) > size.height - FOOT;
  return { model, cube, nodes, widths: widthsOf(model, size.width - (overflows ? SCROLLBAR : 0), theme, memory.widths), foot: fold + escape(notes.join(" · ")), choices: "", isCut: false };
}

/** Rows from the tree, without what lies in a closed group. */
const flat = (tree, closed) => tree.flatMap((node) => [node, ...(closed.has(keyOf(node.path)) ? [] : flat(node.children, closed))]);

/** The columns: a stub, then each measure at each group across with the totals that were asked for. */
function headsOf(cube, options, theme, memory) {
  const closed = memory.closedAcross ?? new Set();
  const leaves = [];
  const walk = (node, top) => {
    const isOpen = node.children.length > 0 && !closed.has(keyOf(node.path));
    if (isOpen) node.children.forEach((child) => walk(child, top));
    if (!isOpen) leaves.push({ node, top, isTotal: node.children.length > 0 });
    else if (options.subtotals !== false) leaves.push({ node, top, isTotal: true });
  };
  cube.columns.forEach((node) => walk(node, node));
  const shown = leaves.slice(0, Math.max(1, Math.floor(ACROSS / Math.max(1, cube.measures.length))));
  if (!cube.columns.length || options.totals !== false) shown.push({ node: { path: [], name: theme.text("total") }, top: null, isTotal: cube.columns.length > 0 });
  const many = cube.measures.length > 1;
  const deep = cube.across.length > 1;
  const named = ({ node, isTotal, top }) => (isTotal && top ? theme.text("total") : node.name);
  const fields = shown.flatMap((leaf) => cube.measures.map((measure) => ({
    name: `${measure.name}|${keyOf(leaf.node.path)}`, path: leaf.node.path, measure, numeric: true, isTotal: leaf.isTotal,
    label: !cube.columns.length ? labelOf(measure) : many && deep ? `${named(leaf)} · ${labelOf(measure)}` : many ? labelOf(measure) : named(leaf),
  })));
  const stub = { name: "@stub", label: cube.down.map(labelOf).join(" / ") || labelOf(cube.measures[0] ?? {}), numeric: false };
  const groups = cube.columns.length && (many || deep) ? groupsOf(shown, cube, deep, closed) : null;
  return { fields: [stub, ...fields], groups, hidden: Math.max(0, leaves.length - shown.length) };
}

/** The upper line of heads: what the columns below it have in common. */
function groupsOf(shown, cube, deep, closed) {
  const found = [{ label: "", span: 1, isCorner: true }];
  let before;
  for (const { node, top } of shown) {
    const own = deep ? top : node;
    if (own && own === before) found.at(-1).span += cube.measures.length;
    else found.push({ label: own?.name ?? node.name, span: cube.measures.length, toggle: deep && own?.children.length ? { key: `@${keyOf(own.path)}`, isOpen: !closed.has(keyOf(own.path)) } : null });
    before = own;
  }
  return found;
}

/** (node, field) -> cell; the scales of shades are looked up once. */
function cells(cube, nodes, { heat = "" }, theme, memory) {
  const closed = memory.closed ?? new Set();
  const leaves = nodes.filter(({ children }) => !children.length);
  const scales = new Map();
  const scaleOf = (node, field) => {
    const key = `${field.measure.name}|${heat === "row" ? keyOf(node.path) : heat === "column" ? keyOf(field.path) : ""}`;
    if (!scales.has(key)) scales.set(key, extent(scaled(node, field)));
    return scales.get(key);
  };
  const ends = leavesOf(cube.columns);
  const scaled = (node, field) => (heat === "row" ? [node] : leaves).flatMap(({ path }) => (heat === "column" ? [field.path] : ends).map((column) => cube.value(path, column, field.measure)));
  return (node, field) => {
    const isGroup = node.children.length > 0;
    if (!field.path) return { text: node.name, indent: node.depth * INDENT, isStrong: isGroup, isMark: node.path.length > 0, ...(isGroup ? { toggle: { key: keyOf(node.path), isOpen: !closed.has(keyOf(node.path)) } } : {}) };
    const value = cube.value(node.path, field.path, field.measure);
    const text = isNumber(value) ? formatNumber(value, field.measure, { locale: theme.locale, unit: false, decimals: decimalsOf(field.measure.values, field.measure) }) : MISSING;
    const isTotal = field.isTotal || isGroup || !node.path.length;
    const hot = heat && !isTotal ? shade(value, scaleOf(node, field), theme) : null;
    return { text: isGroup && value === null ? "" : text, isStrong: isTotal, isMuted: value === null, ...(hot ?? {}) };
  };
}

const leavesOf = (tree) => (tree.length ? tree.flatMap((node) => (node.children.length ? leavesOf(node.children) : [node.path])) : [[]]);

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }, memory = {}) {
  const shown = read(data, options, theme, size, memory);
  const isEmpty = !rowsOf(shown.cube.main) || !shown.cube.measures.length;
  const { cube, nodes, model } = shown;
  return {
    html: isEmpty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : shell(shown, size, theme, memory),
    get svg() { return drawnTable(isEmpty ? { ...model, fields: [], rows: [], groups: null, foot: null } : model, theme, size, model.label); },
    empty: isEmpty,
    select: ({ dataIndex }) => (nodes[dataIndex]?.path ?? []).map((value, i) => ({ column: cube.down[i].name, value })),
  };
}

export function attach(element, card) {
  card.memory.closed ??= new Set();
  card.memory.closedAcross ??= new Set();
  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  const modelOf = ({ data, options, theme, memory }) => read(data, options, theme, size(), memory);
  return scrolling(element, card, { modelOf, act: (event, repaint) => fold(event, card, repaint) });
}

/** Whether the click opened or closed something. */
function fold({ target }, { memory, data, options, theme }, repaint) {
  const [toggle, all] = [target.closest("[data-toggle]"), target.closest("[data-fold]")];
  if (toggle) {
    const { toggle: key } = toggle.dataset;
    const [set, name] = key.startsWith("@") ? [memory.closedAcross, key.slice(1)] : [memory.closed, key];
    if (!set.delete(name)) set.add(name);
  } else if (all) {
    memory.closed.clear();
    const groups = (tree) => tree.flatMap((node) => (node.children.length ? [keyOf(node.path), ...groups(node.children)] : []));
    if (all.dataset.fold === "close") groups(cubeOf(data, options, theme).rows).forEach((key) => memory.closed.add(key));
  } else return false;
  repaint();
  return true;
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const cube = cubeOf(data, options, theme);
  if (!rowsOf(cube.main) || !cube.measures.length) return theme.text("no_data");
  const names = (columns) => columns.map(labelOf).join(", ");
  return theme.text(cube.across.length ? "pivot_says" : "rows_n", { n: rowsOf(cube.main), columns: names([...cube.down, ...cube.measures]), name: names(cube.measures), down: names(cube.down) || "–", across: names(cube.across) });
}

/** Every row with its subtotals, groups by their names. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { model, nodes } = read(data, options, theme);
  const row = (cell) => model.fields.map((_, i) => cell(i));
  const text = (node, i) => (i === 0 ? "\u2003".repeat(node.depth) + node.name : model.cell(nodes.indexOf(node), i).text);
  const rows = nodes.map((node) => row((i) => text(node, i)));
  const label = (field) => (field.path?.length && model.groups ? `${field.path.join(" · ")} · ${field.label}` : field.label);
  const columns = model.fields.map((field) => ({ name: field.name, label: label(field), numeric: field.numeric }));
  return { columns, rows: model.foot ? [...rows, row((i) => model.foot[i].text)] : rows };
}
