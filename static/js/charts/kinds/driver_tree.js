// What carried a change, as a tree from left to right. data.overlays.drivers: {label, unit, format, good, now, before, period,
// children: [{label, change, share, href?, children: [...]}]}: change in the metric's unit, share of the parent's change.
// A parent's children need not add up to it: what is left stands as the last child.
import { change as moved, formatNumber } from "../../lib/format.js";
import { isNumber } from "../../lib/frame.js";
import { escape, px, svg, tag, textAt } from "../../lib/markup.js";
import { fit } from "../../lib/measure.js";
import { themeOf } from "../theme.js";

const [GAP_X, GAP_Y, MOST_H, LEAST_H] = [34, 8, 52, 24];
const LEAST_W = 70;
const MOST_DEPTH = 4;

/** The tree with its rests: {label, change, share, children, rest?}; null where nothing was told. */
export function read(data, theme = themeOf("light")) {
  const root = data?.overlays?.drivers;
  if (!root || !isNumber(root.now) || !isNumber(root.before)) return null;
  return { ...node({ ...root, change: root.now - root.before, share: 1 }, theme, 0), root };
}

function node({ label, change, share, children, href }, theme, depth) {
  const known = depth < MOST_DEPTH && Array.isArray(children) ? children.filter((child) => isNumber(child?.change)).slice(0, 12) : [];
  const made = known.map((child) => node(child, theme, depth + 1)).sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const left = change - made.reduce((sum, child) => sum + child.change, 0);
  if (made.length && Math.abs(left) > Math.abs(change) * 0.005) made.push({ label: theme.text("other"), change: left, share: change ? left / change : null, children: [], rest: true });
  return { label: String(label ?? ""), change, share: isNumber(share) ? share : change ? null : 0, children: made, href };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 560, height: 260 }) {
  const tree = read(data, theme);
  if (!tree) return { html: `<p class="muted">${escape(theme.text("no_drivers"))}</p>`, svg: svg(size, theme, textAt(0, 16, fit(theme.text("no_drivers"), size.width, 13), { size: 13, fill: theme.ink3 })) };
  const places = placed(pruned(tree, Math.max(1, Math.floor((size.width + GAP_X) / (LEAST_W + GAP_X)))), size);
  const marks = [];
  const inner = places.map((place) => edge(place, theme)).join("") + places.map((place) => box(place, tree, theme, marks)).join("");
  return { svg: svg(size, theme, inner, summary(data, options, theme)), tip: (i) => marks[i] };
}

/** As many levels as there is room for. */
const pruned = (each, levels) => ({ ...each, children: levels > 1 ? each.children.map((child) => pruned(child, levels - 1)) : [] });
const leaves = (each) => (each.children.length ? each.children.reduce((sum, child) => sum + leaves(child), 0) : 1);
const depthOf = (each) => 1 + Math.max(0, ...each.children.map(depthOf));

/** Where each box stands: columns by depth, rows by leaf; what does not fit is left out with its parent's last child. */
function placed(tree, size) {
  const depth = depthOf(tree);
  const width = Math.max(40, (size.width - GAP_X * (depth - 1)) / depth);
  const row = size.height / leaves(tree);
  const height = Math.max(Math.min(LEAST_H, size.height), Math.min(MOST_H, row - GAP_Y));
  const step = Math.max(row, height + 4);
  const found = [];
  const walk = (each, level, from, parent) => {
    const rows = leaves(each);
    const place = { each, parent, x: level * (width + GAP_X), y: (from + rows / 2) * step - height / 2, width, height };
    if (place.y + height > size.height + 1 && level) return;
    found.push(place);
    let at = from;
    for (const child of each.children) {
      walk(child, level + 1, at, place);
      at += leaves(child);
    }
  };
  walk(tree, 0, 0, null);
  found[0].y = Math.min(found[0].y, size.height / 2 - height / 2);
  return found;
}

/** A branch as thick as its part of the change. */
function edge({ each, parent, x, y, height }, theme) {
  if (!parent) return "";
  const [x1, y1, y2] = [parent.x + parent.width, parent.y + parent.height / 2, y + height / 2];
  const middle = (x1 + x) / 2;
  return tag("path", { d: `M${px(x1)} ${px(y1)}C${px(middle)} ${px(y1)} ${px(middle)} ${px(y2)} ${px(x)} ${px(y2)}`, fill: "none", stroke: theme.lineStrong, "stroke-width": 1 + 5 * Math.min(1, Math.abs(each.share ?? 0)) });
}

function box({ each, parent, x, y, width, height }, tree, theme, marks) {
  const { root } = tree;
  const verdict = root.good && each.change && !each.rest ? ((each.change > 0) === (root.good === "up") ? "good" : "bad") : null;
  const colour = verdict ? theme[verdict] : each.rest ? theme.ink3 : theme.accent;
  const value = formatNumber(each.change, root, { locale: theme.locale, short: true, sign: true });
  const share = parent ? (isNumber(each.share) ? formatNumber(each.share, { format: "percent" }, { locale: theme.locale }) : "") : moved(root.now, root.before, root, theme.locale)?.text ?? "";
  const two = height >= 38;
  const label = fit(each.label, width - 20, 12);
  const figures = fit([value, share].filter(Boolean).join(" · "), width - 20, 12, 600);
  marks.push({ title: each.label, rows: [[theme.text("change"), value, colour], ...(parent && share ? [[theme.text("share"), share]] : [])] });
  const inside = [
    tag("rect", { x: x + 0.5, y: y + 0.5, width: Math.max(0, width - 1), height: Math.max(0, height - 1), rx: 5, fill: parent ? theme.card : theme.sunken, stroke: theme.line }),
    tag("rect", { x, y: y + 4, width: 3, height: Math.max(0, height - 8), rx: 1.5, fill: colour }),
    two ? textAt(x + 10, y + height / 2 - 4, label, { size: 12, fill: theme.ink2 }) : "",
    two ? textAt(x + 10, y + height / 2 + 13, figures, { size: 12, weight: 600, fill: theme.ink }) : textAt(x + 10, y + height / 2 + 4, fit(`${each.label} ${value}`, width - 20, 12), { size: 12, fill: theme.ink }),
  ].join("");
  return tag("g", { "data-mark": marks.length - 1 }, inside);
}

export function summary(data, options, theme = themeOf("light")) {
  const tree = read(data, theme);
  if (!tree) return theme.text("no_drivers");
  const say = (value) => formatNumber(value, tree.root, { locale: theme.locale, short: true, sign: true });
  const first = tree.children.find((child) => !child.rest);
  const whole = theme.text("drivers_whole", { name: tree.label, value: say(tree.change), period: tree.root.period ?? "" });
  return first ? `${whole} ${theme.text("drivers_first", { name: first.label, value: say(first.change) })}` : whole;
}

export function tableOf(data, options, theme = themeOf("light")) {
  const tree = read(data, theme);
  const rows = [];
  const walk = (each, depth) => {
    rows.push([`${"– ".repeat(depth)}${each.label}`, formatNumber(each.change, tree.root, { locale: theme.locale, sign: true, unit: false }), isNumber(each.share) ? formatNumber(each.share, { format: "percent" }, { locale: theme.locale }) : ""]);
    each.children.forEach((child) => walk(child, depth + 1));
  };
  if (tree) walk(tree, 0);
  const columns = [["part", false], ["change", true], ["share", true]].map(([name, numeric]) => ({ name, label: theme.text(name), unit: null, numeric }));
  return { columns, rows };
}
