// Shares of a whole: at most seven slices and the rest, which a card asks the database for, with names and shares in a list beside it instead of labels around.
// options: {donut, labels: ""|"outside"|"none", figures: ""|"value"|"both", order: ""|"asked"}. Only values above 0 can be shares;
// those below are told. Measures that do not add up, such as averages, have neither shares nor a total.
import { isOther } from "../../lib/colour.js";
import { formatNumber } from "../../lib/format.js";
import { addsUp, cutWords, dimensionsOf, frameOf, isNumber, labelOf, measuresOf, nameOf, tableOf as tableOfFrame } from "../../lib/frame.js";
import { fit, textWidth } from "../../lib/measure.js";
import { emptyOption, frameOption, note, plainRich, tooltip } from "../axes.js";
import { themeOf } from "../theme.js";

const SLICES = 7; // and the rest: more cannot be told apart
const LEAST_ROW = 15;

/** {column, whole, total, negative: [values], slices: [{key, name, value, colour}]}, greatest first (or as asked), the rest last. whole: whether they add up to one.
 * cut: how many of what does not add up are left out. */
export function read(data, theme = themeOf("light"), options = {}) {
  const frame = frameOf(data);
  const [split] = dimensionsOf(frame);
  const measures = measuresOf(frame);
  const pairs = split && measures.length
    ? split.values.map((key, row) => ({ key, name: nameOf(key, split, theme), value: measures[0].values[row] }))
    : measures.map((column) => ({ key: column.name, name: labelOf(column), value: column.values[0] }));
  const positive = pairs.filter(({ value }) => isNumber(value) && value > 0).map((pair, at) => ({ ...pair, at })).sort((a, b) => isOther(a.key) - isOther(b.key) || b.value - a.value);
  const whole = measures.slice(0, split ? 1 : undefined).every(addsUp);
  const { slices, cut } = few(positive, whole, theme);
  if (options.order === "asked") slices.sort((a, b) => isOther(a.key) - isOther(b.key) || a.at - b.at);
  const negative = pairs.map(({ value }) => value).filter((value) => isNumber(value) && value < 0);
  theme.places.meet(slices.map(({ key }) => key), split?.name);
  const total = slices.reduce((sum, { value }) => sum + value, 0);
  return { split, column: measures[0], whole, cut, total, negative, truncated: cutWords(frame, theme), slices: slices.map((slice, i) => ({ ...slice, colour: theme.category(slice.key, i, split?.name) })) };
}

/** What was asked for without a top may be more. Only what adds up is put together here. */
function few(pairs, adds, theme) {
  if (pairs.length <= SLICES + 1) return { slices: [...pairs], cut: 0 };
  const rest = pairs.slice(SLICES);
  if (!adds) return { slices: pairs.slice(0, SLICES), cut: rest.length };
  const other = { key: "__other__", name: `${theme.text("other")} (${rest.length})`, value: rest.reduce((sum, { value }) => sum + value, 0) };
  return { slices: [...pairs.slice(0, SLICES), other], cut: 0 };
}

/** The figure of a slice: its share, its value, or both. */
function figureOf({ column, total, whole }, options, theme) {
  const share = (value) => formatNumber(value / total, { format: "percent" }, { locale: theme.locale });
  const value = (number) => formatNumber(number, column, { locale: theme.locale, short: true, unit: false });
  return options.figures === "value" || !whole ? value : options.figures === "both" ? (number) => `${value(number)} · ${share(number)}` : share;
}

function cautions({ negative, column, whole, cut, truncated }, theme) {
  const sum = negative.reduce((a, b) => a + b, 0);
  const told = negative.length ? theme.text("negative_n", { n: negative.length, value: formatNumber(sum, column, { locale: theme.locale, short: true, unit: false }) }) : "";
  return [whole ? "" : theme.text("no_whole"), cut ? theme.text("small_left", { n: cut }) : "", told, truncated].filter(Boolean).join(" · ");
}

export function picture(data, options = {}, theme = themeOf("light"), whole = { width: 400, height: 240 }, memory = {}) {
  const all = read(data, theme, options);
  const { split, column, slices } = all;
  if (!slices.length) return { echarts: emptyOption(theme), empty: true };
  // what is switched off in the list is no part of the whole
  const off = slices.map(({ name }) => Boolean(memory.hidden?.has(name)));
  const total = slices.reduce((sum, { value }, i) => sum + (off[i] ? 0 : value), 0);
  const shown = { ...all, total };
  const caution = whole.height >= 90 ? cautions(shown, theme) : "";
  const size = { width: whole.width, height: whole.height - (caution ? 18 : 0) };
  const outside = options.labels === "outside" && size.width >= 240 && size.height >= 130;
  const beside = size.width >= 260 && size.width >= size.height * 1.15;
  const row = Math.max(LEAST_ROW, Math.min(24, (beside ? size.height : size.height * 0.4) / slices.length));
  const list = !options.labels && (beside ? slices.length * LEAST_ROW <= size.height : size.height - slices.length * row >= 90);
  const box = !list ? size : beside ? { width: Math.min(size.width * 0.5, size.height), height: size.height } : { width: size.width, height: size.height - slices.length * row - 8 };
  const radius = Math.max(8, Math.min(box.width * (outside ? 0.62 : 1), box.height - (outside ? 48 : 0)) / 2 - 4);
  const share = (value) => (all.whole ? formatNumber(value / total, { format: "percent" }, { locale: theme.locale }) : "");
  const hole = options.donut === false ? 0 : radius * 0.64;
  const figure = figureOf(shown, options, theme);
  return {
    hides: true,
    select: ({ dataIndex: i }) => (split && slices[i] && !isOther(slices[i].key) ? [{ column: split.name, value: slices[i].key }] : []),
    echarts: {
      ...frameOption(theme),
      title: [...inHole(shown, hole, [box.width / 2, box.height / 2], theme), ...(caution ? [note(fit(caution, size.width, theme.small), theme, { left: 0, bottom: 0 })] : [])],
      legend: list ? listOf(slices, figure, theme, { off, beside, row, left: beside ? box.width + 16 : 4, room: beside ? size.width - box.width - 16 : size.width - 8, size, box }) : { show: false },
      tooltip: tooltip(theme, { trigger: "item", formatter: ({ dataIndex: i }) => `{h|${plainRich(slices[i].name)}}\n{v|${plainRich(formatNumber(slices[i].value, column, { locale: theme.locale }))}}  {s|${share(slices[i].value)}}` }),
      series: [{
        type: "pie", id: "slices", center: [box.width / 2, box.height / 2], radius: [hole, radius], startAngle: 90, ...labelsOf(slices, figure, outside, size, radius, theme), stillShowZeroSum: false,
        itemStyle: { borderColor: theme.card, borderWidth: 1.5 }, emphasis: { scale: true, scaleSize: 3 },
        data: slices.map(({ key, name, value, colour }, i) => ({ id: String(key), name: `${i} ${name}`, value, itemStyle: { color: colour } })),
      }],
    },
  };
}

/** The whole as a figure inside the ring, where it fits. */
function inHole({ column, total, whole }, hole, [x, y], theme) {
  if (hole <= 26 || !whole) return [];
  const figure = formatNumber(total, column, { locale: theme.locale, short: true, unit: false });
  const size = Math.min(20, hole / 2.2, (hole * 1.6 * 10) / textWidth(figure, 10, 600));
  return [
    note(figure, theme, { left: x, top: y - size * 0.72 - (hole > 40 ? 7 : 0), textAlign: "center" }, { fontSize: size, fontWeight: 600, color: theme.ink }),
    ...(hole > 40 ? [note(fit(theme.text("total"), hole * 1.5, theme.small), theme, { left: x, top: y + size * 0.35, textAlign: "center" })] : []),
  ];
}

/** Names at the slices, on lines of their own; none at slices too thin to be pointed at. */
function labelsOf(slices, figure, outside, size, radius, theme) {
  if (!outside) return { label: { show: false }, labelLine: { show: false } };
  const room = Math.max(40, size.width / 2 - radius - 34);
  const named = (i) => `{n|${plainRich(fit(slices[i].name, room, theme.size))}}\n{v|${plainRich(figure(slices[i].value))}}`;
  const style = { fontFamily: theme.font, fontSize: theme.size, lineHeight: 14 };
  return {
    minShowLabelAngle: 6, avoidLabelOverlap: true, labelLine: { show: true, length: 8, length2: 8, lineStyle: { color: theme.lineStrong } },
    label: { show: true, position: "outside", formatter: ({ dataIndex: i }) => named(i), textBorderWidth: 0, rich: { n: { ...style, color: theme.ink }, v: { ...style, fontSize: theme.small, color: theme.ink2 } } },
  };
}

/** Names and shares under each other, in two columns of text. */
function listOf(slices, figure, theme, { off, beside, row, left, room, size, box }) {
  const shares = slices.map(({ value }) => figure(value));
  const shareRoom = Math.ceil(Math.max(...shares.map((text) => textWidth(text, theme.size, 600)))) + 10;
  const nameRoom = Math.max(24, Math.min(room - 20 - shareRoom, 12 + Math.max(...slices.map(({ name }) => textWidth(name, theme.size)))));
  const height = slices.length * row;
  return {
    type: "plain", orient: "vertical", left, top: beside ? Math.max(0, (size.height - height) / 2) : box.height + 8, padding: 0, selectedMode: false,
    itemWidth: 9, itemHeight: 9, itemGap: Math.max(0, row - 14), icon: "roundRect", height: height + 20,
    data: slices.map(({ name }, i) => `${i} ${name}`), selected: Object.fromEntries(slices.map(({ name }, i) => [`${i} ${name}`, !off[i]])), inactiveColor: theme.lineStrong,
    items: slices.map(({ name, colour }, i) => ({ name, id: `${i} ${name}`, style: { color: colour }, text: shares[i] })),
    formatter: (id) => {
      const i = Number(id.slice(0, id.indexOf(" ")));
      return `{n|${plainRich(fit(slices[i].name, nameRoom - 6, theme.size))}}{v|${shares[i]}}`;
    },
    textStyle: { fontFamily: theme.font, fontSize: theme.size, rich: { n: { width: nameRoom, color: theme.ink, fontFamily: theme.font, fontSize: theme.size, lineHeight: 14 }, v: { width: shareRoom, align: "right", color: theme.ink, fontWeight: 600, fontFamily: theme.font, fontSize: theme.size, lineHeight: 14 } } },
  };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const shown = read(data, theme);
  const { column, total, slices } = shown;
  if (!slices.length) return theme.text("no_data");
  const caution = cautions(shown, theme);
  const more = caution ? ` (${caution})` : "";
  if (!shown.whole) {
    const most = slices.reduce((best, slice) => (slice.value > best.value ? slice : best));
    return theme.text("highest", { name: most.name, value: formatNumber(most.value, column, { locale: theme.locale }) }) + more;
  }
  const text = { name: labelOf(column), first: slices[0].name, share: formatNumber(slices[0].value / total, { format: "percent" }, { locale: theme.locale }), total: formatNumber(total, column, { locale: theme.locale }) };
  return theme.text("whole", text) + more;
}

export const tableOf = (data, options, theme = themeOf("light")) => tableOfFrame(data, theme);
