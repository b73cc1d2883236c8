// A chart on canvas by keys: it takes the focus, arrows walk from point to point and read each out, Enter clicks.
import { hideTip, speak } from "./tip.js";

const MANY = 10; // Page up and down, or Shift
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-MANY, 0], PageDown: [MANY, 0] };

/** state: of the card, {chart, made}. clicked(params, place): a point was chosen, with what the library says of
 * a click, and where it is in the window. -> {refresh(), current(), stop()}. */
export function pointsOf(element, state, clicked) {
  const place = { series: 0, point: null };
  const isOn = () => place.point !== null;
  const leave = () => {
    if (!isOn()) return;
    place.point = null;
    state.chart?.dispatchAction({ type: "hideTip" });
    state.chart?.dispatchAction({ type: "downplay" });
    hideTip();
  };
  const show = (isSaid) => {
    const all = walkable(state.chart);
    const series = all[Math.min(place.series, all.length - 1)];
    const raw = series?.points[Math.min(place.point, series.points.length - 1)];
    if (raw === undefined) return leave();
    const at = { seriesIndex: series.index, dataIndex: raw };
    state.chart.dispatchAction({ type: "downplay" });
    state.chart.dispatchAction({ type: "highlight", ...at });
    state.chart.dispatchAction({ type: "showTip", ...at });
    if (isSaid) speak(spoken(state.made.echarts, series.params(raw), all.map((each) => each.params(raw))));
  };
  const move = ([dx, dy], many) => {
    const all = walkable(state.chart);
    if (!all.length) return;
    const isFirst = !isOn();
    place.series = (Math.min(place.series, all.length - 1) + (isFirst ? 0 : dy) + all.length) % all.length;
    const last = all[place.series].points.length - 1;
    place.point = isFirst ? (dx < 0 ? last : 0) : Math.max(0, Math.min(last, place.point + dx * (many ? MANY : 1)));
    show(true);
  };
  const jump = (isEnd) => {
    place.point = isEnd ? Infinity : 0;
    const all = walkable(state.chart);
    if (isEnd) place.point = (all[Math.min(place.series, all.length - 1)]?.points.length ?? 1) - 1;
    show(true);
  };
  const choose = () => {
    const found = current();
    if (found) clicked(found.params, found.place);
  };
  const current = () => {
    const all = isOn() ? walkable(state.chart) : [];
    const series = all[Math.min(place.series, all.length - 1)];
    if (!series) return null;
    const raw = series.points[Math.min(place.point, series.points.length - 1)];
    return { params: series.params(raw), place: pixelOf(state.chart, element, series, raw) };
  };
  const keydown = (event) => {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey || !state.chart) return;
    if (event.key in STEPS) move(STEPS[event.key], event.shiftKey);
    else if (event.key === "Home" || event.key === "End") jump(event.key === "End");
    else if (event.key === "Enter" && isOn()) choose();
    else if (event.key === "Escape" && isOn()) leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  element.addEventListener("keydown", keydown);
  element.addEventListener("focusout", leave);
  return {
    /** After new data: what was marked is marked again. */
    refresh: () => isOn() && show(false),
    current,
    stop() {
      element.removeEventListener("keydown", keydown);
      element.removeEventListener("focusout", leave);
    },
  };
}

/** Series that a reader can point at: [{index, points: [raw index], params(raw)}], without gaps. */
function walkable(chart) {
  const found = [];
  chart?.getModel().eachSeries((series) => {
    if (series.get("silent") || series.get("id")?.startsWith?.("area ")) return;
    const data = series.getData();
    const points = [];
    for (let i = 0; i < data.count(); i++) if (hasValue(data, i)) points.push(data.getRawIndex(i));
    if (points.length) found.push({ index: series.seriesIndex, points, params: (raw) => series.getDataParams(data.indexOfRawIndex(raw)), data });
  });
  return found;
}

function hasValue(data, i) {
  const dimensions = data.mapDimensionsAll?.("y") ?? [];
  return !dimensions.length || dimensions.every((name) => !Number.isNaN(data.get(name, i)));
}

/** Where a point is drawn, in the window; else the middle of the chart. */
function pixelOf(chart, element, { data }, raw) {
  const box = element.getBoundingClientRect();
  const layout = data.getItemLayout(data.indexOfRawIndex(raw));
  const [x, y] = Array.isArray(layout) ? layout : layout?.cx !== undefined ? [layout.cx, layout.cy] : layout?.x !== undefined ? [layout.x + (layout.width ?? 0) / 2, layout.y + (layout.height ?? 0) / 2] : [box.width / 2, box.height / 2];
  return { x: box.left + (Number.isFinite(x) ? x : box.width / 2), y: box.top + (Number.isFinite(y) ? y : box.height / 2) };
}

/** A point in words: the kind's own tooltip without its styles. */
export function spoken(option, params, beside = []) {
  const { tooltip } = option;
  const formatter = tooltip?.formatter;
  const text = typeof formatter === "function" ? formatter(tooltip.trigger === "axis" ? [params, ...beside.filter(({ seriesIndex }) => seriesIndex !== params.seriesIndex)] : params) : `${params.name} ${[params.value].flat().join(", ")}`;
  return String(text ?? "").replace(/\{\w+\|([^{}]*)\}/g, "$1").split("\n").map((line) => line.replaceAll("●", "").replace(/\s+/g, " ").trim()).filter(Boolean).join(", ");
}
