// Who comes back: a row for each cohort (who first came in the same step of time), a column for each step later, and in the
// cells the share of the first step, or the value itself. options: {absolute, averages}. frames.main: time, age, measure.
import { nothing } from "../plain.js";
import { inkOn } from "../../lib/colour.js";
import { formatNumber, MISSING } from "../../lib/format.js";
import { addsUp, frameOf, isNumber, labelOf, measuresOf, timesOf } from "../../lib/frame.js";
import { px, svg, tag, textAt } from "../../lib/markup.js";
import { fit, textWidth } from "../../lib/measure.js";
import { formatTime, isTime, monthName, toWall } from "../../lib/time.js";
import { themeOf } from "../theme.js";

const MOST = 600; // steps
const SHARE = { format: "percent" };
const COUNTED = /^count(_distinct)?\(/;
const STEP_MS = { day: 864e5, week: 6048e5, month: 2629746e3, quarter: 7889238e3, fiscal_quarter: 7889238e3, year: 31556952e3, fiscal_year: 31556952e3 };
const WORDS = { day: "day_n", week: "week_n", month: "month_n", quarter: "quarter_n", fiscal_quarter: "quarter_n", year: "year_n", fiscal_year: "year_n" };

/** {cohorts: [{at, name, size, values: [number|null per step]}], ages, averages: [share|null], column, grain}. averages: none of what does not add up
 * A step without a row is 0 of what is counted, if it has begun; null if it is yet to come, or if nothing was measured. */
export function read(data, options = {}, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [time] = timesOf(frame);
  const age = frame.columns.findIndex(({ name }) => name === "age");
  const [column] = measuresOf(frame);
  if (!time || age < 0 || !column) return { cohorts: [], ages: 0, averages: [] };
  const rows = new Map();
  time.values.forEach((at, i) => {
    if (!isTime(at) || !isNumber(frame.data[age][i])) return;
    if (!rows.has(at)) rows.set(at, new Map());
    rows.get(at).set(Number(frame.data[age][i]), column.values[i]);
  });
  if (!rows.size) return { cohorts: [], ages: 0, averages: [] };
  const step = STEP_MS[frame.grain] ?? STEP_MS.month;
  const latest = Math.max(...[...rows].flatMap(([at, steps]) => [...steps.keys()].map((n) => at + n * step)));
  const isCount = COUNTED.test(column.name) || column.format === "integer";
  const isOfWho = column.name === `count_distinct(${options.entity})`; // nobody is in two cohorts
  const cohorts = [...rows].sort(([a], [b]) => a - b).map(([at, steps]) => {
    const last = Math.min(MOST, Math.round((latest - at) / step));
    const values = Array.from({ length: last + 1 }, (_, n) => steps.get(n) ?? (isCount ? 0 : null));
    return { at, name: formatTime(at, frame.grain, theme), short: briefly(at, frame.grain, theme), size: values[0], values };
  });
  const ages = Math.max(...cohorts.map(({ values }) => values.length));
  return { cohorts, ages, column, grain: frame.grain, averages: Array.from({ length: ages }, (_, n) => (addsUp(column) || isOfWho ? averageOf(cohorts, n) : null)) };
}

/** "Jan 2025" rather than "January 2025", and the first day of a week: a row has little room. */
const briefly = (at, grain, theme) => {
  if (grain !== "month") return formatTime(at, grain === "week" || grain === "day" ? null : grain, theme);
  const wall = new Date(toWall(at, theme.timezone));
  return `${monthName(wall.getUTCMonth() + 1, theme.locale)} ${wall.getUTCFullYear()}`;
};

const shareOf = ({ size, values }, n) => (isNumber(values[n]) && size > 0 ? values[n] / size : null);

/** Of all cohorts that have come so far together: each customer counts, not each cohort. */
function averageOf(cohorts, n) {
  const known = cohorts.filter((each) => shareOf(each, n) !== null);
  const whole = known.reduce((sum, { size }) => sum + size, 0);
  return whole > 0 ? known.reduce((sum, { values }) => sum + values[n], 0) / whole : null;
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 640, height: 320 }) {
  const shown = read(data, options, theme);
  if (!shown.cohorts.length) return { svg: nothing(theme, size), empty: true };
  const absolute = Boolean(options.absolute);
  const count = (value) => formatNumber(value, shown.column, { locale: theme.locale, short: true, unit: false });
  const text = absolute ? count : bare;
  const layout = layoutOf(shown, size, theme, { absolute, averages: options.averages !== false && !absolute && shown.averages.some(isNumber), count });
  const { rows, ages, top, left, width, height, sizeAt } = layout;
  const valueOf = (row, n) => (absolute ? row.values[n] ?? null : shareOf(row, n));
  const later = rows.flatMap((row) => Array.from({ length: ages }, (_, n) => (n ? valueOf(row, n) : null))).filter(isNumber);
  const most = Math.max(...later, 0) || 1;
  const isWide = width >= Math.max(...rows.flatMap((row) => row.values.slice(1, ages).map((_, n) => textWidth(text(valueOf(row, n + 1)), theme.small)))) + 5 && height >= 13;
  const cells = [];
  rows.forEach((row, i) => {
    const y = top + i * height;
    for (let n = 0; n < Math.min(ages, row.values.length); n++) {
      const value = valueOf(row, n);
      const first = n === 0; // said beside it
      const colour = value === null ? theme.sunken : first ? theme.tint(theme.ink3, 0.14) : theme.ramp(Math.min(1, Math.max(0, value / most)));
      cells.push(cell(left + n * width, y, { width, height, colour, text: isWide && value !== null && !first ? text(value) : "", mark: i * shown.ages + n }, theme));
    }
  });
  const inner = heads(layout, shown, theme) + rows.map((row, i) => {
    const y = top + (i + 0.5) * height + 4;
    return textAt(0, px(y), fit(row.short, layout.names, theme.small), { size: theme.small, fill: theme.ink2 })
      + (sizeAt ? textAt(px(sizeAt), px(y), count(row.size), { size: theme.small, fill: theme.ink3, anchor: "end" }) : "");
  }).join("") + cells.join("") + averagesRow(layout, isWide, theme);
  return {
    svg: svg(size, theme, inner, summary(data, options, theme)),
    tip: (i) => tip(rows[Math.floor(i / shown.ages)], i % shown.ages, shown, theme),
  };
}

/** Where everything stands. Of too many cohorts the newest stay; of too many steps the first. */
function layoutOf({ cohorts, averages }, size, theme, { absolute, averages: hasAverages, count }) {
  const names = Math.ceil(Math.min(Math.max(...cohorts.map(({ short }) => textWidth(short, theme.small))), size.width * 0.3));
  const sizes = size.width >= 300 ? Math.ceil(Math.max(...cohorts.map((each) => textWidth(count(each.size), theme.small)))) : 0;
  const left = names + (sizes ? sizes + 12 : 0) + 8;
  const top = 18;
  const foot = hasAverages && size.width >= 240 ? 20 : 0;
  const space = size.height - top - foot;
  const most = Math.max(1, Math.floor(space / 14));
  const isCut = cohorts.length > most;
  const rows = isCut ? cohorts.slice(-Math.max(1, most - 1)) : cohorts;
  const fits = Math.max(1, Math.min(Math.max(...rows.map(({ values }) => values.length)), Math.floor((size.width - left) / 9)));
  const height = Math.min(52, (space - (isCut ? 14 : 0)) / rows.length);
  return { rows, left, top, names, height, ages: fits, width: Math.min(104, (size.width - left) / fits), sizeAt: sizes ? left - 10 : 0, absolute, hasAverages: foot > 0, hidden: cohorts.length - rows.length, averages };
}

/** 0, 1, 2 ... above the columns, as many as do not meet. */
function heads({ left, width, ages, sizeAt, hidden, top, height, rows, absolute }, { grain }, theme) {
  const widest = textWidth(String(ages - 1), theme.small) + 8;
  const every = [1, 2, 3, 4, 6, 12, 24].find((n) => n * width >= widest) ?? 52;
  const numbers = Array.from({ length: ages }, (_, n) => (n % every ? "" : textAt(px(left + (n + 0.5) * width), 11, String(n), { size: theme.small, fill: theme.ink3, anchor: "middle" })));
  const unit = theme.text(WORDS[grain] ?? "month_n", { n: "" }).trim();
  const room = (sizeAt || left) - 10;
  const title = absolute ? unit : [`% · ${unit}`, "%"].find((text) => textWidth(text, theme.small) <= room) ?? "%";
  const note = hidden ? textAt(0, px(top + rows.length * height + 11), theme.text("more", { n: hidden }), { size: theme.small, fill: theme.ink3 }) : "";
  return textAt(0, 11, fit(title, room, theme.small), { size: theme.small, fill: theme.ink3 }) + numbers.join("") + note;
}

function cell(x, y, { width, height, colour, text, mark }, theme) {
  const gap = width > 14 && height > 14 ? 2 : 1;
  const ink = inkOn(colour, "#ffffff", theme.name === "dark" ? theme.card : theme.ink);
  const box = tag("rect", { x: px(x), y: px(y), width: px(Math.max(1, width - gap)), height: px(Math.max(1, height - gap)), rx: gap > 1 ? 3 : 1, fill: colour, "data-mark": String(mark) });
  return box + (text ? textAt(px(x + (width - gap) / 2), px(y + (height - gap) / 2 + 4), text, { size: theme.small, fill: ink, anchor: "middle" }).replace("<text", '<text pointer-events="none"') : "");
}

/** A share as a number of per cents, since a cell is narrow: the corner says what it is. */
const bare = (value) => (value === null ? "" : String(Math.round(value * 100)));

function averagesRow({ hasAverages, rows, top, height, left, width, ages, averages, hidden, names }, isWide, theme) {
  if (!hasAverages || !isWide) return ""; // a heading without figures says nothing
  const y = top + rows.length * height + (hidden ? 14 : 0) + 14;
  const texts = isWide ? averages.slice(0, ages).map((value, n) => textAt(px(left + (n + 0.5) * width - 1), px(y), bare(value), { size: theme.small, weight: 600, fill: theme.ink, anchor: "middle" })) : [];
  return textAt(0, px(y), fit(theme.text("average"), names + 20, theme.small, 600), { size: theme.small, weight: 600, fill: theme.ink }) + texts.join("");
}

function tip(row, n, { column, grain }, theme) {
  if (!row || n >= row.values.length) return null;
  const share = shareOf(row, n);
  return {
    title: `${row.name} · ${theme.text(WORDS[grain] ?? "month_n", { n })}`,
    rows: [[labelOf(column), formatNumber(row.values[n], column, { locale: theme.locale })], ...(share === null ? [] : [[theme.text("of_cohort"), formatNumber(share, SHARE, { locale: theme.locale })]])],
  };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { cohorts, averages, grain } = read(data, options, theme);
  if (!cohorts.length) return theme.text("no_data");
  const known = averages.map((value, n) => [value, n]).filter(([value, n]) => n && value !== null);
  const at = known[Math.min(known.length - 1, 2)];
  if (!at) return theme.text("cohorts_n", { n: cohorts.length, first: cohorts[0].name, last: cohorts.at(-1).name });
  return theme.text("cohorts_come", { n: cohorts.length, first: cohorts[0].name, last: cohorts.at(-1).name, share: formatNumber(at[0], SHARE, { locale: theme.locale }), step: theme.text(WORDS[grain] ?? "month_n", { n: at[1] }) });
}

/** A row for each cohort with the values of all steps; then the averages. */
export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { cohorts, ages, averages, column, grain } = read(data, options, theme);
  if (!cohorts.length) return { columns: [], rows: [] };
  const step = theme.text(WORDS[grain] ?? "month_n", { n: "" }).trim();
  const share = (value) => (value === null ? MISSING : formatNumber(value, SHARE, { locale: theme.locale }));
  const number = (value) => formatNumber(value, column, { locale: theme.locale, unit: false });
  const steps = Array.from({ length: ages }, (_, n) => n);
  const text = (row, n) => (n >= row.values.length ? "" : options.absolute ? number(row.values[n]) : share(shareOf(row, n)));
  return {
    columns: [{ label: step, numeric: false }, { label: labelOf(column), numeric: true }, ...steps.map((n) => ({ label: String(n), numeric: true }))],
    rows: [...cohorts.map((row) => [row.name, number(row.size), ...steps.map((n) => text(row, n))]), ...(options.absolute || !averages.some(isNumber) ? [] : [[theme.text("average"), "", ...averages.map(share)]])],
  };
}
