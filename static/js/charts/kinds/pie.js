// Shares of a whole: at most seven slices and the rest, with names and shares in a list beside it instead of labels around.
// options: {donut}. Only positive values can be shares; others are left out.
import { isOther } from "../../lib/colour.js";
import { MISSING, formatNumber } from "../../lib/format.js";
import { dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { emptyOption, frameOption, note, plainRich, tooltip } from "../axes.js";
import { themeOf } from "../theme.js";

const SLICES = 7;

/** {column, total, slices: [{key, name, value, colour}]}, greatest first, the rest last. */
export function read(data, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [split] = dimensionsOf(frame);
  const measures = measuresOf(frame);
  const pairs = split && measures.length
    ? split.values.map((key, row) => ({ key, name: nameOf(key, split, theme), value: measures[0].values[row] }))
    : measures.map((column) => ({ key: column.name, name: labelOf(column), value: column.values[0] }));
  const positive = pairs.filter(({ value }) => isNumber(value) && value > 0).sort((a, b) => isOther(a.key) - isOther(b.key) || b.value - a.value);
  const slices = folded(positive, theme);
  theme.places.meet(slices.map(({ key }) => key), split?.name);
  const total = slices.reduce((sum, { value }) => sum + value, 0);
  return { split, column: measures[0], total, slices: slices.map((slice, i) => ({ ...slice, colour: theme.category(slice.key, i, split?.name) })) };
}

function folded(pairs, theme) {
  if (pairs.length <= SLICES + 1) return pairs;
  const rest = pairs.slice(SLICES);
  return [...pairs.slice(0, SLICES), { key: "__other__", name: `${theme.text("other")} (${rest.length})`, value: rest.reduce((sum, { value }) => sum + value, 0) }];
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 400, height: 240 }, memory = {}) {
  const { split, column, slices } = read(data, theme);
  if (!slices.length) return { echarts: emptyOption(theme), empty: true };
  // what is switched off in the list is no part of the whole
  const off = slices.map(({ name }) => Boolean(memory.hidden?.has(name)));
  const total = slices.reduce((sum, { value }, i) => sum + (off[i] ? 0 : value), 0);
  const beside = size.width >= 260 && size.width >= size.height * 1.15;
  const row = Math.max(15, Math.min(24, (beside ? size.height : size.height * 0.4) / slices.length));
  const list = beside || size.height - slices.length * row >= 90;
  const box = !list ? size : beside ? { width: Math.min(size.width * 0.5, size.height), height: size.height } : { width: size.width, height: size.height - slices.length * row - 8 };
  const radius = Math.max(8, Math.min(box.width, box.height) / 2 - 4);
  const hole = options.donut === false ? 0 : radius * 0.64;
  const share = (value) => formatNumber(value / total, { format: "percent" }, { locale: theme.locale });
  const figure = formatNumber(total, column, { locale: theme.locale, short: true, unit: false });
  const figureSize = Math.min(20, hole / 2.2, (hole * 1.6 * 10) / textWidth(figure, 10, 600));
  const centre = [box.width / 2, box.height / 2];
  return {
    hides: true,
    select: ({ dataIndex: i }) => (split && slices[i] && !isOther(slices[i].key) ? [{ column: split.name, value: slices[i].key }] : []),
    echarts: {
      ...frameOption(theme),
      title: hole > 26 ? [
        note(figure, theme, { left: centre[0], top: centre[1] - figureSize * 0.72 - (hole > 40 ? 7 : 0), textAlign: "center" }, { fontSize: figureSize, fontWeight: 600, color: theme.ink }),
        ...(hole > 40 ? [note(fit(theme.text("total"), hole * 1.5, theme.small), theme, { left: centre[0], top: centre[1] + figureSize * 0.35, textAlign: "center" })] : []),
      ] : [],
      legend: list ? listOf(slices, share, theme, { off, beside, row, left: beside ? box.width + 16 : 4, room: beside ? size.width - box.width - 16 : size.width - 8, size, box }) : { show: false },
      tooltip: tooltip(theme, { trigger: "item", formatter: ({ dataIndex: i }) => `{h|${plainRich(slices[i].name)}}\n{v|${plainRich(formatNumber(slices[i].value, column, { locale: theme.locale }))}}  {s|${share(slices[i].value)}}` }),
      series: [{
        type: "pie", id: "slices", center: centre, radius: [hole, radius], startAngle: 90, label: { show: false }, labelLine: { show: false }, stillShowZeroSum: false,
        itemStyle: { borderColor: theme.card, borderWidth: 1.5 }, emphasis: { scale: true, scaleSize: 3 },
        data: slices.map(({ key, name, value, colour }, i) => ({ id: String(key), name: `${i} ${name}`, value, itemStyle: { color: colour } })),
      }],
    },
  };
}

/** Names and shares under each other, in two columns of text. */
function listOf(slices, share, theme, { off, beside, row, left, room, size, box }) {
  const shares = slices.map(({ value }) => share(value));
  const shareRoom = Math.ceil(Math.max(...shares.map((text) => textWidth(text, theme.size, 600)))) + 10;
  const nameRoom = Math.max(24, Math.min(room - 20 - shareRoom, 12 + Math.max(...slices.map(({ name }) => textWidth(name, theme.size)))));
  const height = slices.length * row;
  return {
    type: "plain", orient: "vertical", left, top: beside ? Math.max(0, (size.height - height) / 2) : box.height + 8, padding: 0, selectedMode: false,
    itemWidth: 9, itemHeight: 9, itemGap: Math.max(0, row - 14), icon: "roundRect", height: height + 20,
    data: slices.map(({ name }, i) => `${i} ${name}`), selected: Object.fromEntries(slices.flatMap(({ name }, i) => (off[i] ? [[`${i} ${name}`, false]] : []))), inactiveColor: theme.lineStrong,
    items: slices.map(({ name, colour }, i) => ({ name, id: `${i} ${name}`, style: { color: colour }, text: shares[i] })),
    formatter: (id) => {
      const i = Number(id.slice(0, id.indexOf(" ")));
      return `{n|${plainRich(fit(slices[i].name, nameRoom - 6, theme.size))}}{v|${shares[i]}}`;
    },
    textStyle: { fontFamily: theme.font, fontSize: theme.size, rich: { n: { width: nameRoom, color: theme.ink, fontFamily: theme.font, fontSize: theme.size, lineHeight: 14 }, v: { width: shareRoom, align: "right", color: theme.ink, fontWeight: 600, fontFamily: theme.font, fontSize: theme.size, lineHeight: 14 } } },
  };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const { column, total, slices } = read(data, theme);
  if (!slices.length) return theme.text("no_data");
  const text = { name: labelOf(column), first: slices[0].name, share: formatNumber(slices[0].value / total, { format: "percent" }, { locale: theme.locale }), total: formatNumber(total, column, { locale: theme.locale }) };
  return theme.text("whole", text);
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
