// Rows with name, bar in its track, value and change: a table that is also a chart.
import { change, formatNumber } from "../../lib/format.js";
import { isOther } from "../../lib/colour.js";
import { cellText, isNumber, partOf } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { frameOption, note, plainRich, tooltip } from "../axes.js";
import { cautions, muted, scaleOf, targetLine, targetOf } from "./marks.js";
import { COLOURED, cut } from "./read.js";

const ROW = { least: 20, most: 31, bar: 17 };
const ARROWS = { 1: "↑", [-1]: "↓", 0: "=" }; // the web font has no triangles, and other fonts have others

export function ranked(whole, options, theme, size) {
  const top = targetOf(options) === null ? 0 : 16;
  const told = cautions({ ...whole, hidden: 0 }, scaleOf(whole, options, theme, { room: 200, horizontal: true }), options, theme);
  const shown = cut(whole, (size.height - top - (told ? 18 : 0)) / ROW.least);
  const { categories, groups: [group], before } = shown;
  const values = group.values.map((value) => formatNumber(value, group.column, { locale: theme.locale, short: true, unit: false }));
  const changes = categories.map(({ key }, i) => (options.compare === false ? null : change(group.values[i], before.get(key), group.column, theme.locale)));
  const rooms = roomsOf(categories, values, changes, theme, size);
  const scale = scaleOf(shown, options, theme, { room: Math.max(20, size.width - rooms.name - rooms.value - rooms.change - 12), horizontal: true });
  const caution = cautions(shown, scale, options, theme);
  const pitch = Math.min(ROW.most, (size.height - top - (caution ? 18 : 0)) / categories.length);
  return {
    ...frameOption(theme),
    grid: { left: rooms.name + 12, right: rooms.value + rooms.change, top, height: pitch * categories.length, outerBoundsMode: "none" },
    title: caution ? [note(fit(caution, size.width, theme.small), theme, { left: 0, top: top + Math.ceil(pitch * categories.length) + 4 })] : [],
    xAxis: { ...scale.axis, show: false, max: scale.axis.max || (scale.axis.min ? 0 : 1) },
    yAxis: axes(categories, values, changes, rooms, theme),
    tooltip: tooltip(theme, { trigger: "item", formatter: ({ dataIndex }) => tip(shown, dataIndex, theme) }),
    series: rows(shown, whole, scale, options, pitch, theme),
  };
}

function roomsOf(categories, values, changes, theme, size) {
  const widest = (texts, bold) => Math.ceil(Math.max(0, ...texts.map((text) => textWidth(text, theme.size, bold ? 600 : 400))));
  const moved = size.width >= 340 && changes.some(Boolean);
  return {
    name: Math.min(widest(categories.map(({ name }) => name)), Math.max(48, size.width * (size.width < 360 ? 0.34 : 0.3))) + 1,
    value: widest(values, true) + 14,
    change: moved ? widest(changes.map((each) => (each ? `${ARROWS[1]} ${each.text}` : ""))) + 16 : 0,
  };
}

function axes(categories, values, changes, rooms, theme) {
  const base = { type: "category", inverse: true, data: categories.map(({ name }) => name), axisLine: { show: false }, axisTick: { show: false } };
  const text = { fontSize: theme.size, fontFamily: theme.font, interval: 0 };
  const moving = { width: rooms.change, align: "right", fontSize: theme.small, fontFamily: theme.font };
  const figure = (i) => {
    const moved = changes[i];
    const kind = moved?.verdict === "good" ? "g" : moved?.verdict === "bad" ? "b" : "n";
    return `{v|${values[i]}}${rooms.change ? `{${kind}|${moved ? `${ARROWS[moved.direction]} ${moved.text}` : ""}}` : ""}`;
  };
  const rich = {
    v: { width: rooms.value, align: "right", fontWeight: 600, color: theme.ink, fontSize: theme.size, fontFamily: theme.font },
    g: { ...moving, color: theme.good }, b: { ...moving, color: theme.bad }, n: { ...moving, color: theme.ink3 },
  };
  return [
    { ...base, axisLabel: { ...text, color: theme.ink, margin: rooms.name + 12, align: "left", formatter: (name) => fit(name, rooms.name, theme.size) } },
    { ...base, position: "right", axisLabel: { ...text, margin: 0, align: "left", formatter: (_, i) => figure(i), rich } },
  ];
}

function rows(shown, whole, scale, options, pitch, theme) {
  const { categories, groups: [group], besides, year } = shown;
  // more categories than colours, or hours and weekdays, are one colour
  const colours = whole.categories.length <= COLOURED && whole.axis && !partOf(whole.axis);
  if (colours) theme.places.meet(categories.map(({ key }) => key), whole.axis.name);
  const colourOf = (key, i) => (colours ? theme.category(key, i, whole.axis.name) : isOther(key) ? theme.neutral : theme.categories[0]);
  return [{
    type: "bar", id: "bars", name: group.name, barWidth: Math.min(ROW.bar, pitch * (besides.length ? 0.46 : 0.62)), showBackground: scale.axis.min >= 0 && !scale.log,
    backgroundStyle: { color: theme.sunken, borderRadius: 3 }, itemStyle: { borderRadius: 3 }, emphasis: { focus: "none" },
    data: categories.map(({ key }, i) => ({ value: isNumber(group.values[i]) ? scale.place(group.values[i]) : null, itemStyle: { color: colourOf(key, i) } })),
    ...targetLine(options, scale, shown, theme, "xAxis"),
  }, ...besides.map((beside) => ({ ...muted(beside, 0, scale, theme, year), barWidth: Math.max(3, Math.min(5, pitch * 0.16)), barGap: "20%" }))];
}

function tip({ categories, groups: [group], before, frame, year }, i, theme) {
  const value = cellText(group.values[i], { ...group.column, role: "measure" }, theme, frame.grain);
  const was = before.get(categories[i].key);
  const lines = [`{h|${plainRich(categories[i].name)}}`, `${plainRich(group.name)}  {v|${plainRich(value)}}`];
  if (isNumber(was)) lines.push(`${theme.text(year ? "year_before" : "previous")}  {v|${plainRich(formatNumber(was, group.column, { locale: theme.locale, unit: false }))}}`);
  return lines.join("\n");
}
