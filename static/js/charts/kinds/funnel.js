// How many go on from step to step: values of a dimension in order, or measures in order.
// options: {steps: "a line each", order: ""|"asked", horizontal}. Beside each step its share of the first and of the one before.
import { isOther } from "../../lib/colour.js";
import { isNumber, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { block, emptySvg, entriesOf, filterOf, long, mark, noteAt, percentOf, short, svg, tag, textAt, widest } from "../svg/parts.js";
import { themeOf } from "../theme.js";

const ROW = { least: 22, most: 64 };

/** {axis, steps: [{key, name, value, column, ofFirst, ofPrevious, lost}], missing: [names that the answer lacks]}
 * ofFirst and ofPrevious are shares, or null where there is nothing to divide by. */
export function read(data, options = {}, theme = themeOf("light")) {
  const { axis, entries, isCut } = entriesOf(data, theme);
  const wanted = String(options.steps ?? "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const named = (text) => entries.find(({ key, name }) => name === text || String(key) === text);
  const known = wanted.map(named);
  const plain = axis && options.order !== "asked" ? [...entries].sort((a, b) => isOther(a.key) - isOther(b.key) || (b.value ?? -Infinity) - (a.value ?? -Infinity)) : entries;
  const chosen = wanted.length ? known.filter(Boolean) : plain;
  const share = (value, of) => (isNumber(value) && of > 0 ? value / of : null);
  const steps = chosen.map((entry, i) => {
    const before = i ? chosen[i - 1].value : null;
    return { ...entry, ofFirst: share(entry.value, chosen[0].value), ofPrevious: i ? share(entry.value, before) : null, lost: isNumber(before) && isNumber(entry.value) ? before - entry.value : null };
  });
  return { axis, steps, isCut, missing: wanted.filter((text) => !named(text)) };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 460, height: 260 }) {
  const shown = read(data, options, theme);
  if (!shown.steps.some(({ value }) => isNumber(value))) return { svg: emptySvg(theme, size), empty: true };
  const { steps } = shown;
  const said = [shown.missing.length ? theme.text("steps_missing", { names: shown.missing.join(", ") }) : "", shown.isCut ? theme.text("answer_cut") : ""].filter(Boolean).join(" · ");
  const room = { ...size, height: size.height - (said && size.height > 90 ? 18 : 0) };
  const colours = coloursOf(shown, theme);
  const drawn = (options.horizontal && size.width >= 240 && size.height >= 110 ? across : down)(steps, colours, theme, room);
  const note = room.height < size.height ? noteAt(0, size.height - 3, said, theme, { room: size.width }) : "";
  return {
    svg: svg(size, theme, drawn + note, summary(data, options, theme)),
    select: ({ dataIndex: i }) => filterOf(shown.axis, steps[i]?.key),
    tip: (i) => tipOf(steps[i], steps[i - 1], steps[0], theme),
  };
}

/** One colour that fades along the way: steps are one thing, not categories. */
const coloursOf = ({ steps }, theme) => steps.map((_, i) => theme.tint(theme.categories[0], 1 - (0.45 * i) / Math.max(1, steps.length - 1)));

function tipOf(step, before, first, theme) {
  const rows = [[step.column.label || step.column.name, long(step.value, step.column, theme)]];
  if (before) rows.push([theme.text("of_step", { name: before.name }), step.ofPrevious === null ? "–" : percentOf(step.ofPrevious, theme)]);
  if (before && before !== first) rows.push([theme.text("of_step", { name: first.name }), step.ofFirst === null ? "–" : percentOf(step.ofFirst, theme)]);
  if (step.lost > 0) rows.push([theme.text("lost"), long(step.lost, step.column, theme)]);
  return { title: step.name, rows };
}

/** Steps under each other: name, bar in the middle, figure, share of the first; between two, how many go on. */
function down(steps, colours, theme, size) {
  const most = Math.max(1, Math.floor(size.height / ROW.least));
  const shown = steps.slice(0, steps.length > most ? most - 1 : most);
  const hidden = steps.length - shown.length;
  const pitch = Math.min(ROW.most, (size.height - (hidden ? 18 : 0)) / shown.length);
  const gap = pitch >= 40 ? Math.min(20, pitch * 0.36) : Math.min(4, pitch * 0.12);
  const bar = pitch - gap;
  const figures = shown.map(({ value, column }) => short(value, column, theme));
  const shares = shown.map(({ ofFirst }) => (ofFirst === null ? "–" : percentOf(ofFirst, theme)));
  const names = Math.min(widest(shown.map(({ name }) => name), theme.size), Math.max(48, size.width * 0.3));
  const wide = size.width >= 300;
  const right = (wide ? widest(shares, theme.size) + 14 : 0) + widest(figures, theme.size, 600) + 12;
  const [left, room] = [names + 12, Math.max(10, size.width - names - 12 - right)];
  const largest = Math.max(...shown.map(({ value }) => value ?? 0), 1e-300);
  const width = (i) => (shown[i].value > 0 ? Math.max(2, (room * shown[i].value) / largest) : 0);
  const middle = left + room / 2;
  const parts = shown.map((step, i) => {
    const [y, w] = [i * pitch, width(i)];
    const base = y + bar / 2 + 4;
    const shareAt = wide ? noteAt(size.width, base, shares[i], theme, { anchor: "end", size: theme.size, fill: theme.ink2 }) : "";
    return mark(i, tag("rect", { x: 0, y, width: size.width, height: bar, fill: theme.card, "fill-opacity": 0 }) + textAt(0, base, fit(step.name, names, theme.size), { size: theme.size, fill: theme.ink }) + block(middle - w / 2, y, w, bar, colours[i], 3)
      + textAt(size.width - (wide ? widest(shares, theme.size) + 14 : 0), base, figures[i], { size: theme.size, weight: 600, fill: theme.ink, anchor: "end" }) + shareAt)
      + (i + 1 < shown.length ? onward(shown[i + 1], [middle - w / 2, middle + w / 2], [middle - width(i + 1) / 2, middle + width(i + 1) / 2], y + bar, y + pitch, middle, theme) : "");
  });
  return parts.join("") + (hidden ? noteAt(0, pitch * shown.length + 12, theme.text("more", { n: hidden }), theme) : "");
}

/** The slope from one bar to the next, and the share that goes on. */
function onward(next, [a, b], [c, d], top, bottom, middle, theme) {
  const slope = tag("path", { d: `M${px2(a)} ${px2(top)}L${px2(b)} ${px2(top)}L${px2(d)} ${px2(bottom)}L${px2(c)} ${px2(bottom)}Z`, fill: theme.tint(theme.categories[0], 0.14) });
  const words = next.ofPrevious === null ? "" : `↓ ${percentOf(next.ofPrevious, theme)}`;
  return slope + (bottom - top >= 13 ? noteAt(middle, (top + bottom) / 2 + 4, words, theme, { anchor: "middle", fill: theme.ink2, weight: 600 }) : "");
}

const px2 = (value) => Math.round(value * 100) / 100;

/** Steps from left to right: bars on one ground, slopes between them, names below. */
function across(steps, colours, theme, size) {
  const most = Math.max(1, Math.floor(size.width / 64));
  const shown = steps.slice(0, most);
  const pitch = size.width / shown.length;
  const bar = Math.min(120, pitch * 0.6);
  const [top, bottom] = [22, size.height - 38];
  const largest = Math.max(...shown.map(({ value }) => value ?? 0), 1e-300);
  const height = (i) => (shown[i].value > 0 ? Math.max(2, ((bottom - top) * shown[i].value) / largest) : 0);
  const parts = shown.map((step, i) => {
    const [x, h] = [i * pitch, height(i)];
    const next = shown[i + 1];
    const slope = next ? tag("path", { d: `M${px2(x + bar)} ${px2(bottom - h)}L${px2(x + pitch)} ${px2(bottom - height(i + 1))}L${px2(x + pitch)} ${px2(bottom)}L${px2(x + bar)} ${px2(bottom)}Z`, fill: theme.tint(theme.categories[0], 0.14) }) : "";
    const onText = next && next.ofPrevious !== null ? `${percentOf(next.ofPrevious, theme)} →` : "";
    const words = onText && textWidth(onText, theme.small, 600) <= pitch - bar - 4 ? noteAt(x + bar + (pitch - bar) / 2, bottom - Math.max(6, height(i + 1) / 2 - 4), onText, theme, { anchor: "middle", fill: theme.ink2, weight: 600 }) : "";
    const share = step.ofFirst === null || !i ? "" : ` · ${percentOf(step.ofFirst, theme)}`;
    const figure = short(step.value, step.column, theme);
    const label = textWidth(figure + share, theme.size, 600) <= pitch - 6 ? figure + share : figure;
    return slope + words + mark(i, block(x, bottom - h, bar, h, colours[i], 3) + textAt(x, bottom - h - 7, label, { size: theme.size, weight: 600, fill: theme.ink }) + textAt(x, bottom + 18, fit(step.name, pitch - 8, theme.size), { size: theme.size, fill: theme.ink }));
  });
  const hidden = steps.length - shown.length;
  return parts.join("") + (hidden ? noteAt(0, size.height - 3, theme.text("more", { n: hidden }), theme) : "");
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { steps } = read(data, options, theme);
  const [first, last] = [steps[0], steps.at(-1)];
  if (!first || !isNumber(first.value)) return theme.text("no_data");
  if (steps.length < 2 || last.ofFirst === null) return theme.text("value_is", { name: first.name, value: long(first.value, first.column, theme) });
  const worst = steps.filter(({ ofPrevious }) => ofPrevious !== null).reduce((least, step) => (least && least.ofPrevious <= step.ofPrevious ? least : step), null);
  const told = theme.text("funnel_ends", { share: percentOf(last.ofFirst, theme), n: long(last.value, last.column, theme), of: long(first.value, first.column, theme), last: last.name });
  return worst && steps.length > 2 ? `${told} ${theme.text("funnel_worst", { name: worst.name, share: percentOf(worst.ofPrevious, theme) })}` : told;
}

/** The steps with both shares. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { steps } = read(data, options, theme);
  if (!steps.length) return tableOfFrame(data, theme);
  const share = (value) => (value === null ? "–" : percentOf(value, theme));
  const columns = [["step", false], ["value", true], ["of_first", true], ["of_previous", true]].map(([name, numeric]) => ({ name, label: theme.text(name), unit: null, numeric }));
  return { columns, rows: steps.map((step) => [step.name, long(step.value, step.column, theme), share(step.ofFirst), share(step.ofPrevious)]) };
}
