// Sorted bars, and the share that they make together: the line runs over all rows, since the rest is one bar, and ends at 100 %.
import { isOther } from "../../lib/colour.js";
import { isNumber, labelOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { textWidth } from "../../lib/measure.js";
import { block, emptySvg, entriesOf, filterOf, long, mark, noteAt, percentOf, px, short, svg, tag, upAxis } from "../svg/parts.js";
import { namesFor, namesUnder } from "../names.js";
import { themeOf } from "../theme.js";

const GOAL = 0.8;

/** {column, axis, bars: [{key, name, value, share, upTo}], total, left: [values below 0], enough}
 * enough: how many of the named bars make 80 %, or null if all of them do not. */
export function read(data, options = {}, theme = themeOf("light")) {
  const { axis, column, entries, truncated } = entriesOf(data, theme);
  const isRest = ({ key }) => key === "__other__" || (key !== null && isOther(key));
  const known = entries.filter(({ value }) => isNumber(value) && value > 0).sort((a, b) => isRest(a) - isRest(b) || b.value - a.value);
  const total = known.reduce((sum, { value }) => sum + value, 0);
  let sum = 0;
  const bars = known.map((entry) => ({ ...entry, isRest: isRest(entry), share: entry.value / total, upTo: Math.min(1, (sum += entry.value) / total) }));
  if (bars.length) bars.at(-1).upTo = 1;
  const at = bars.findIndex(({ upTo }) => upTo >= GOAL - 1e-12);
  return { axis, column, bars, total, truncated, left: entries.map(({ value }) => value).filter((value) => value < 0), enough: at < 0 || bars[at].isRest ? null : at + 1 };
}

/** The bars that there is room for; the others are added up with the rest. */
function folded(bars, most, theme) {
  if (bars.length <= most) return bars;
  const rest = bars.slice(most - 1);
  const value = rest.reduce((sum, each) => sum + each.value, 0);
  return [...bars.slice(0, most - 1), { ...rest[0], key: "__other__", name: theme.text("other"), isRest: true, value, share: rest.reduce((sum, { share }) => sum + share, 0), upTo: 1 }];
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const shown = read(data, options, theme);
  if (!shown.bars.length) return { svg: emptySvg(theme, size), empty: true };
  const bars = folded(shown.bars, Math.max(3, Math.floor((size.width - 80) / 14)), theme);
  return {
    svg: svg(size, theme, drawn(bars, shown, theme, size), summary(data, options, theme)),
    select: ({ dataIndex: i }) => filterOf(shown.axis, bars[i]?.key),
    tip: (i) => ({ title: bars[i].name, rows: [[labelOf(shown.column), long(bars[i].value, shown.column, theme), theme.categories[0]], [theme.text("share"), percentOf(bars[i].share, theme)], [theme.text("up_to_here"), percentOf(bars[i].upTo, theme), theme.categories[1]]] }),
  };
}

/** How many make 80 %, in words. */
function told({ bars, enough }, theme) {
  const named = bars.filter(({ isRest }) => !isRest).length;
  return enough === null ? theme.text("pareto_more", { n: named, share: percentOf(bars.filter(({ isRest }) => !isRest).at(-1)?.upTo ?? 0, theme) }) : theme.text("pareto_n", { n: enough });
}

function drawn(bars, shown, theme, size) {
  const head = size.height >= 120 ? 22 : 6;
  const below = size.height >= 90 ? namesFor(bars.map(({ name }) => name), (size.width - 90) / bars.length, theme, size) : null;
  const [top, bottom] = [head + 4, size.height - (below?.height ?? 4)];
  const right = size.width - widthOf("100\u00a0%", theme) - 10;
  const left = upAxis(0, Math.max(...bars.map(({ value }) => value)), shown.column, theme, { top, bottom, right, grid: false });
  const y = (share) => bottom - share * (bottom - top);
  const band = Math.max(1, (right - left.left) / bars.length);
  const wide = Math.max(1, Math.min(64, band * 0.7));
  const middle = (i) => left.left + band * (i + 0.5);
  const ticks = (bottom - top > 130 ? [0, 0.2, 0.4, 0.6, 1] : [0, 1]).map((share) => tag("line", { x1: left.left, x2: right, y1: y(share), y2: y(share), stroke: share ? theme.line : theme.lineStrong }) + noteAt(right + 8, y(share) + 4, percentOf(share, theme), theme));
  const goal = tag("line", { x1: left.left, x2: right, y1: y(GOAL), y2: y(GOAL), stroke: theme.ink2, "stroke-width": 1.25, "stroke-dasharray": "5 4" }) + noteAt(right + 8, y(GOAL) + 4, percentOf(GOAL, theme), theme, { fill: theme.ink2, weight: 600 });
  const within = (i) => shown.enough !== null && i < shown.enough;
  const marks = bars.map((bar, i) => {
    const fill = bar.isRest ? theme.neutral : within(i) || shown.enough === null ? theme.categories[0] : theme.tint(theme.categories[0], 0.45);
    return mark(i, tag("rect", { x: middle(i) - band / 2, y: top, width: band, height: Math.max(1, bottom - top), fill: theme.card, "fill-opacity": 0 }) + block(middle(i) - wide / 2, left.y(bar.value), wide, bottom - left.y(bar.value), fill, 2));
  });
  const points = bars.map(({ upTo }, i) => [px(middle(i)), px(y(upTo))]);
  const line = tag("path", { d: `M${points.map((point) => point.join(" ")).join("L")}`, fill: "none", stroke: theme.categories[1], "stroke-width": 2, "stroke-linejoin": "round", "pointer-events": "none" });
  const dots = band >= 16 ? points.map(([x, at]) => tag("circle", { cx: x, cy: at, r: 3, fill: theme.categories[1], stroke: theme.card, "stroke-width": 1, "pointer-events": "none" })).join("") : "";
  const cautions = [told(shown, theme), shown.left.length ? theme.text("negative_left", { n: shown.left.length, value: short(shown.left.reduce((a, b) => a + b, 0), shown.column, theme) }) : "", shown.truncated].filter(Boolean).join(" · ");
  const words = head > 6 ? noteAt(0, 12, cautions, theme, { room: size.width, fill: theme.ink2, size: theme.size }) : "";
  return words + ticks.join("") + left.lines + marks.join("") + goal + line + dots + (below ? namesUnder(below, left.left, band, bottom, theme) : "");
}

const widthOf = (text, theme) => Math.ceil(textWidth(text, theme.small, 600));

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, options, theme);
  if (!shown.bars.length) return theme.text("no_data");
  const [first] = shown.bars;
  return `${theme.text("whole", { name: labelOf(shown.column), first: first.name, share: percentOf(first.share, theme), total: long(shown.total, shown.column, theme) })} ${told(shown, theme)}.`;
}

/** The table with both shares. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { axis, column, bars } = read(data, options, theme);
  if (!bars.length) return tableOfFrame(data, theme);
  const columns = [[labelOf(axis ?? {}), false], [labelOf(column), true], [theme.text("share"), true], [theme.text("up_to_here"), true]].map(([label, numeric]) => ({ name: label, label, unit: null, numeric }));
  return { columns, rows: bars.map((bar) => [bar.name, long(bar.value, column, theme), percentOf(bar.share, theme), percentOf(bar.upTo, theme)]) };
}
