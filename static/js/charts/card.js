// One card's canvas in the browser: draws what a kind's picture() says, and keeps it true in place.
//   const card = mount(element, { kind, options });   card.update(data);   card.applyDelta({ from, data });
// The element fires `sightline:drawn` {empty, summary}, `sightline:zoom` {from, to} when a span of time was dragged, and
// `sightline:select` {column, value, name, also, place} when a mark was clicked (value "10..20" for a bin; name: in words), and `sightline:step` {at} when a moment was, and
// asks for a menu at a mark by `sightline:menu` (menus.js). It follows the page's theme by itself.
import { applyDelta, frameOf } from "../lib/frame.js";
import { oncePerFrame } from "../lib/frames.js";
import { isTime } from "../lib/time.js";
import { follow } from "./crosshair.js";
import { load } from "./index.js";
import { legendOf } from "./legend/live.js";
import { switched } from "./legend/switched.js";
import { marksOf } from "./marks.js";
import { menusOf } from "./menus.js";
import { ranged } from "./picked.js";
import { timePlot } from "./plot.js";
import { pointsOf } from "./points.js";
import { pagePlaces, themeOf } from "./theme.js";
import { touchable } from "./touch.js";
import { spanned, zoomable } from "./zoom.js";

const page = { locale: document.documentElement.lang || "en", timezone: "UTC", words: {}, places: pagePlaces() };
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SLOW = 2000; // more marks than this do not move, they are just set
let fonts = null;

/** What all cards of a page share: {locale, timezone, words, keys: {dimension: [values]}}. Call before mount(). */
export function configure({ keys, ...rest }) {
  Object.assign(page, rest, keys ? { places: pagePlaces(keys) } : {});
}

/** The web font, since a canvas does not wait for it; a page without it draws all the same. */
function fontsReady() {
  fonts ??= Promise.race([
    Promise.all([document.fonts.load('400 12px "Inter Variable"'), document.fonts.load('600 12px "Inter Variable"')]).catch(() => {}),
    new Promise((done) => setTimeout(done, 1500)),
  ]);
  return fonts;
}

const pageTheme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

/** Takes the element over. -> {update, applyDelta, resize, setTheme, destroy, table}. update() and applyDelta() resolve
 * once the picture stands. Throws (rejects) for an unknown kind. */
export function mount(element, { kind, options = {}, theme: name = pageTheme() }) {
  const state = { kind, options, element, name, data: null, chart: null, shown: null, structure: "", gone: false, memory: {} };
  const ready = Promise.all([load(kind), fontsReady()]).then(([module]) => (state.module = module));
  const redraw = async () => {
    await ready;
    await oncePerFrame(state, () => !state.gone && state.data && draw(state));
  };
  state.redraw = redraw;
  const resize = () => ((state.size = null), redraw());
  const observer = new ResizeObserver(() => state.data && resize());
  observer.observe(element);
  const setTheme = (next) => {
    state.name = next;
    return state.data ? redraw() : Promise.resolve();
  };
  const themed = (event) => setTheme(event.detail?.name ?? pageTheme());
  document.addEventListener("sightline:theme", themed);
  return {
    update: (data) => ((state.data = data), redraw()),
    applyDelta: ({ from, data }) => ((state.data = applyDelta(state.data, data, from)), redraw()),
    resize,
    setTheme,
    table: async () => (await ready).tableOf(state.data, options, themeFor(state)),
    destroy() {
      state.gone = true;
      observer.disconnect();
      document.removeEventListener("sightline:theme", themed);
      clear(state);
    },
  };
}

const themeFor = ({ name }) => themeOf(name, page);

function draw(state) {
  const { element, module, data, options } = state;
  const size = (state.size ??= { width: element.clientWidth, height: element.clientHeight }); // to ask lays the page out
  if (!size.width || !size.height) return; // hidden: drawn when it is shown, by the observer
  const theme = themeFor(state);
  const made = module.picture(data, options, theme, size, state.memory);
  state.made = made;
  if (made.echarts) drawChart(state, made, size);
  else drawMarkup(state, made.html ?? made.svg);
  const touch = timePlot(state) ? "pan-y" : ""; // sideways the finger is the chart's
  if (element.style.touchAction !== touch) element.style.touchAction = touch;
  const summary = module.summary(data, options, theme);
  if (made.echarts) {
    // arrow keys are the chart's own, where there is something to walk through
    setAll(element, { role: made.empty ? "img" : "application", "aria-label": summary, tabindex: made.empty ? "-1" : "0" });
  }
  element.dispatchEvent(new CustomEvent("sightline:drawn", { bubbles: true, detail: { empty: Boolean(made.empty), summary } }));
}

/** Only what differs, since each change costs the page a look at its styles. */
function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Text that the kind has escaped; set only when it changed, so that a selection or a scroll survives. */
function drawMarkup(state, markup) {
  if (!state.stops) listenToMarks(state);
  if (state.shown !== markup) {
    state.marks.remember();
    state.shown = markup;
    state.element.innerHTML = markup;
    state.marks.refresh();
  }
  if (state.isAttached) return;
  state.isAttached = true;
  const stop = state.module.attach?.(state.element, attached(state));
  if (stop) state.stops.push(stop);
}

function listenToMarks(state) {
  state.marks = marksOf(state.element, () => state.made, (i, place) => clicked(state, { dataIndex: i }, place));
  state.stops = [state.marks.stop, withLegend(state).stop, withMenus(state), ...sharedTime(state)];
}

/** What a kind's attach() gets: what is shown, what the reader did to it, and how to say or change that. */
function attached(state) {
  return {
    memory: state.memory, redraw: state.redraw, fire: (name, detail) => fire(state.element, name, detail),
    get data() { return state.data; }, get made() { return state.made; }, get theme() { return themeFor(state); }, options: state.options,
  };
}

function drawChart(state, made, size) {
  const drawn = made.hides ? made.echarts : switched(made.echarts, state.memory);
  const option = { ...drawn, ...motion(state, drawn) };
  const structure = [option.xAxis, option.yAxis].map((axis) => [axis ?? []].flat().map(({ type }) => type).join()).join("|");
  if (!state.chart) {
    state.element.replaceChildren();
    state.chart = state.module.init(state.element, null, { renderer: "canvas", ...size });
    listen(state);
  }
  const { chart } = state;
  if (chart.getWidth() !== size.width || chart.getHeight() !== size.height) chart.resize({ ...size, silent: true });
  // the same axes are changed in place; series keep their identity by id, so nothing is drawn twice
  if (structure === state.structure) chart.setOption(option, { replaceMerge: ["series", "title"] });
  else chart.setOption(option, { notMerge: true });
  state.structure = structure;
  state.points.refresh();
  state.legend.refresh();
}

/** Bars and slices grow to their new size; lines and points are set, since moving them would show values that never were. */
function motion(state, option) {
  const marks = (option.series ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  const moves = !still.matches && ["bar", "pie"].includes(state.kind) && state.structure !== "" && marks < SLOW;
  return moves ? { animation: true, animationDuration: 0, animationDurationUpdate: 180, animationEasingUpdate: "cubicOut" } : { animation: false };
}

function listen(state) {
  state.chart.on("click", (params) => clicked(state, params, placeOf(params)));
  state.chart.on("contextmenu", (params) => (state.pointed = params));
  state.chart.on("mousedown", (params) => (state.pressed = params));
  state.chart.getZr().on("click", ({ offsetX, offsetY }) => {
    if (!state.made.time || !state.chart.containPixel("grid", [offsetX, offsetY])) return;
    fire(state.element, "sightline:step", { at: Math.round(state.chart.convertFromPixel({ xAxisIndex: 0 }, offsetX)) });
  });
  state.points = pointsOf(state.element, state, (params, place) => {
    clicked(state, params, place);
    const at = state.made.time ? [params.value].flat()[0] : null;
    if (isTime(at)) fire(state.element, "sightline:step", { at, place });
  });
  state.legend = withLegend(state);
  const stop = state.module.attach?.(state.element, attached(state));
  state.stops = [state.points.stop, state.legend.stop, withMenus(state), ...sharedTime(state), ...(stop ? [stop] : [])];
}

const withLegend = (state) => legendOf(state.element, state, { theme: () => themeFor(state), redraw: state.redraw });

const withMenus = (state) => menusOf(state.element, state, (params) => meantBy(state, params));
const placeOf = ({ event }) => (event?.event ? { x: event.event.clientX, y: event.event.clientY } : undefined);

/** What a mark stands for: {column, value, also} to filter by, {at} a moment; null for neither. */
function meantBy(state, params) {
  const { made } = state;
  const [first, ...also] = pickedBy(state, params);
  const at = made.step?.(params) ?? (made.time && Array.isArray(params.value) ? params.value[0] : undefined);
  return first || isTime(at) ? { ...first, also, ...(isTime(at) ? { at } : {}) } : null;
}

const pickedBy = (state, params) => ranged(state.made.select?.(params) ?? [], state.data, themeFor(state));

/** A mark was chosen, by whatever hand: a moment, or what it stands for. */
function clicked(state, params, place) {
  if (state.held) return;
  const at = state.made.step?.(params);
  if (isTime(at)) fire(state.element, "sightline:step", { at, place });
  const picked = pickedBy(state, params);
  if (picked.length) fire(state.element, "sightline:select", { ...picked[0], also: picked.slice(1), ...(place ? { place } : {}) });
}

/** Zoom and crosshair, which all time charts of a page share. */
function sharedTime(state) {
  const plot = () => timePlot(state);
  const hands = {
    marked: ({ from, to }) => fire(state.element, "sightline:zoom", spanned(from, to)),
    moved(change) {
      const { from, to } = frameOf(state.data)?.window ?? state.made.time;
      const isTaken = fire(state.element, "sightline:zoom", spanned(change(from), change(to)));
      if (!isTaken) ahead(state, null);
    },
    ahead: (change) => ahead(state, change),
  };
  return [zoomable(state.element, plot, hands), touchable(state.element, plot, hands), follow(state.element, plot)];
}

/** The same data on another span of time, where the kind can tell its axis: until those of that span arrive. */
function ahead(state, change) {
  const asked = (state.ahead ??= {});
  oncePerFrame(asked, () => {
    const { axisAt, time } = state.made ?? {};
    if (!axisAt || !state.chart) return;
    const edges = [time.from, time.to].map(change ?? ((ms) => ms));
    state.chart.setOption({ xAxis: axisAt(...edges) });
  }, true);
}

/** Whether somebody took it, who then says preventDefault(). */
function fire(element, name, detail) {
  return !element.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}

function clear(state) {
  state.stops?.forEach((stop) => stop());
  state.chart?.dispose();
  state.element.replaceChildren();
  Object.assign(state, { chart: null, shown: null, structure: "", stops: null, isAttached: false });
}
