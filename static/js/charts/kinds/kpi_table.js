// One row per figure: value, change, target, status, course; per measure, or per value of a dimension.
// options: {compare, sparkline, columns: [{column, label, format, good (the target), warn, link}]}. frames: main, previous,
// trend. overlays.targets: a frame of targets that people typed, which go before those of the options.
import { decimalsOf } from "../../lib/decimals.js";
import { change, formatNumber, MISSING } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, rowsOf, timesOf } from "../../lib/frame.js";
import { escape } from "../../lib/markup.js";
import { drawnTable } from "../table/drawn.js";
import { extent, judge, settingsOf } from "../table/formats.js";
import { HEAD, ROW, widthsOf } from "../table/markup.js";
import { scrolling, shell } from "../table/scroll.js";
import { changeDecimals, changeText, headOf, ordered } from "../table/sheet.js";
import { themeOf } from "../theme.js";

const SCROLLBAR = 12;

/** [{name, key, column, value, before, target, warn, points}] */
export function figuresOf(data, options = {}, theme = themeOf("light")) {
  const main = frameOf(data);
  const [split] = dimensionsOf(main);
  const settings = settingsOf(options);
  const targets = frameOf({ frames: { targets: data?.overlays?.targets } }, "targets");
  const finders = { previous: finderOf(frameOf(data, "previous"), split), targets: finderOf(targets, split) };
  const courses = coursesOf(frameOf(data, "trend"), split);
  return Array.from({ length: rowsOf(main) }, (_, row) => row).flatMap((row) => measuresOf(main).map((measure) => {
    const { label, format, good, warn } = settings.get(measure.name) ?? {};
    const column = { ...measure, format: format || measure.format };
    const key = split ? split.values[row] : undefined;
    return {
      name: split ? nameOf(key, split, theme) : label || headOf(column), key, column, value: measure.values[row], warn,
      before: finders.previous(measure.name, key), target: finders.targets(measure.name, key) ?? (isNumber(good) ? good : null),
      points: courses.get(`${measure.name}|${JSON.stringify(key)}`) ?? [],
    };
  }));
}

/** (measure, key) -> the value in a frame of the same rows, or null. */
function finderOf(frame, split) {
  const own = split && dimensionsOf(frame).find(({ name }) => name === split.name);
  const rows = new Map((own?.values ?? []).map((key, row) => [key, row]));
  return (name, key) => {
    const column = measuresOf(frame).find((each) => each.name === name);
    const row = split ? rows.get(key) : 0;
    return column && row !== undefined ? (column.values[row] ?? null) : null;
  };
}

function coursesOf(frame, split) {
  const lines = new Map();
  const [time] = timesOf(frame);
  const own = split && dimensionsOf(frame).find(({ name }) => name === split.name);
  if (!time || frame.truncated || (split && !own)) return lines;
  for (const column of measuresOf(frame)) {
    for (let row = 0; row < rowsOf(frame); row++) {
      const id = `${column.name}|${JSON.stringify(own?.values[row])}`;
      if (!lines.has(id)) lines.set(id, []);
      lines.get(id).push([time.values[row], isNumber(column.values[row]) ? column.values[row] : null]);
    }
  }
  return lines;
}

/** {model, figures, widths} */
export function read(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 200 }, memory = {}) {
  const figures = figuresOf(data, options, theme);
  const [split] = dimensionsOf(frameOf(data));
  const fields = fieldsOf(figures, split, frameOf(data, "trend"), theme);
  const model = {
    fields, rows: ordered(fields, figures.length, memory), sort: memory.sort ?? [], isSortable: true, foot: null,
    label: summary(data, options, theme), cell: (row, i) => fields[i].cell(row),
  };
  const overflows = figures.length * ROW + HEAD > size.height;
  return { model, figures, split, widths: widthsOf(model, size.width - (overflows ? SCROLLBAR : 0), theme, memory.widths), foot: "", choices: "" };
}

function fieldsOf(figures, split, trend, theme) {
  const number = numbersOf(figures, theme);
  const changes = changeDecimals(figures.map(signed), { format: "percent" });
  const moved = figures.map(({ value, before, column }) => change(value, before, column, theme.locale, changes));
  const tone = figures.map(({ value, target, warn, column }) => judge(value, { good: target, warn }, column));
  const reached = figures.map(({ value, target }) => (isNumber(value) && isNumber(target) && target !== 0 ? value / target : null));
  const [low, high] = extent(trend ? timesOf(trend)[0]?.values ?? [] : []);
  const field = (name, label, numeric, of) => ({ name, label, numeric, value: (row) => of(row).value, text: (row) => of(row).text, cell: (row) => of(row) });
  const found = [
    field("@name", split ? labelOf(split) : theme.text("figure"), false, (row) => ({ text: figures[row].name, value: figures[row].name, isMark: Boolean(split) })),
    field("@value", theme.text("value"), true, (row) => ({ text: number(figures[row].value, figures[row].column), value: figures[row].value, isStrong: true })),
  ];
  if (figures.some(({ before }) => isNumber(before))) {
    found.push(field("@change", theme.text("change"), true, (row) => ({ text: changeText(moved[row]), value: signed(figures[row]), verdict: moved[row]?.verdict ?? undefined, arrow: moved[row]?.direction || undefined })));
  }
  if (figures.some(({ target }) => isNumber(target))) {
    found.push(field("@target", theme.text("target_head"), true, (row) => ({ text: number(figures[row].target, figures[row].column), value: figures[row].target, isMuted: true })));
    found.push(field("@status", theme.text("reached_head"), true, (row) => ({ text: formatNumber(reached[row], { format: "percent" }, { locale: theme.locale, decimals: decimalsOf(reached, { format: "percent" }) }), value: reached[row], mark: tone[row] ?? undefined })));
  }
  if (figures.some(({ points }) => points.length > 1)) {
    found.push({ ...field("@course", theme.text("course"), false, (row) => ({ text: "", value: null, spark: { points: figures[row].points, span: [low, high], label: theme.text("course_ends", { value: number(figures[row].value, figures[row].column) }) } })), isSortable: false });
  }
  return found;
}

/** (value, column) -> its text: values and targets of one measure with as many decimals. */
function numbersOf(figures, theme) {
  const all = new Map();
  for (const { column, value, target } of figures) all.set(column.name, [...(all.get(column.name) ?? []), value, target]);
  return (value, column) => (isNumber(value) ? formatNumber(value, column, { locale: theme.locale, unit: false, decimals: decimalsOf(all.get(column.name), column) }) : MISSING);
}

const signed = ({ value, before }) => (isNumber(value) && isNumber(before) && before !== 0 ? (value - before) / Math.abs(before) : null);

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 200 }, memory = {}) {
  const shown = read(data, options, theme, size, memory);
  const isEmpty = !shown.figures.some(({ value }) => isNumber(value));
  const { model, figures, split } = shown;
  return {
    html: isEmpty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : shell(shown, size, theme, memory),
    get svg() { return drawnTable(isEmpty ? { ...model, rows: [], fields: [] } : model, theme, size, model.label); },
    empty: isEmpty,
    select: ({ dataIndex }) => (split && figures[dataIndex] ? [{ column: split.name, value: figures[dataIndex].key }] : []),
  };
}

export function attach(element, card) {
  const size = () => ({ width: element.clientWidth, height: element.clientHeight });
  return scrolling(element, card, { modelOf: ({ data, options, theme, memory }) => read(data, options, theme, size(), memory) });
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const figures = figuresOf(data, options, theme).filter(({ value }) => isNumber(value));
  if (!figures.length) return theme.text("no_data");
  const told = figures.slice(0, 3).map(({ name, column, value, before }) => {
    const moved = change(value, before, column, theme.locale);
    return `${name} ${formatNumber(value, column, { locale: theme.locale, unit: false })}${moved ? ` (${changeText(moved)})` : ""}`;
  });
  const more = figures.length > 3 ? `, ${theme.text("more", { n: figures.length - 3 })}` : "";
  return `${told.join(", ")}${more}.`;
}

export function tableOf(data, options = {}, theme = themeOf("light")) {
  const { model, figures } = read(data, options, theme);
  const fields = model.fields.filter(({ name }) => name !== "@course");
  return { columns: fields.map(({ name, label, numeric }) => ({ name, label, numeric })), rows: figures.map((_, row) => fields.map(({ text }) => text(row))) };
}
