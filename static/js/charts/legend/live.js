// A legend under the hand: over a canvas stand buttons where its names are drawn; an SVG carries data-legend itself. A
// click isolates a name, with Ctrl or Cmd it switches it; arrows walk through them.
import { formatNumber } from "../../lib/format.js";
import { textWidth } from "../../lib/measure.js";
import { fill, isOpen, openPanel } from "./panel.js";
import { clickedName, lastOf, namesOf, totalOf } from "./switched.js";

const KEYS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** state: {chart, made, memory}; theme(), redraw(). -> {refresh(), stop()}. */
export function legendOf(element, state, { theme, redraw }) {
  const box = document.createElement("div");
  box.className = "legend-keys";
  let shown = "";
  box.setAttribute("role", "group");
  const known = () => (state.made.echarts ? namesOf(state.made.echarts) : namesInSvg(element, state.made));
  const set = (hidden) => {
    state.memory.hidden = hidden;
    redraw().then(() => isOpen() && fill(panelOf()));
  };
  const choose = (name, together) => set(clickedName(name, known(), state.memory.hidden ?? new Set(), together));
  const panelOf = () => ({
    rows: rowsOf(state, known(), theme()), order: state.memory.order, say: theme().text,
    on: { only: (name) => choose(name, false), toggle: (name) => choose(name, true), all: () => set(new Set()), order: (by) => ((state.memory.order = state.memory.order === by ? undefined : by), set(state.memory.hidden ?? new Set())) },
  });
  const click = (event) => {
    const key = event.target.closest?.("[data-legend], [data-legend-more]");
    if (!key || !element.contains(key)) return;
    event.stopPropagation();
    act(key, event.ctrlKey || event.metaKey || event.shiftKey);
  };
  const act = (key, together) => (key.dataset.legend === undefined ? openPanel(key, panelOf()) : choose(key.dataset.legend, together));
  const keydown = (event) => {
    const key = event.target.closest?.("[data-legend], [data-legend-more]");
    if (!key) return;
    if (event.key in KEYS) walk(element, key, KEYS[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && !event.altKey) act(key, event.ctrlKey || event.metaKey || event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const light = (is) => ({ target }) => {
    const name = target.closest?.("[data-legend]")?.dataset.legend;
    if (name === undefined || !state.chart) return;
    const id = target.closest("[data-legend]").dataset.id;
    state.chart.dispatchAction({ type: is ? "highlight" : "downplay", ...(id === name ? { seriesName: name } : { name: id }) });
  };
  const on = { click, keydown, pointerover: light(true), pointerout: light(false), focusin: light(true), focusout: light(false) };
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener, type === "click");
  return {
    refresh() {
      if (!state.made.echarts) return;
      const keys = placesOf(state, known(), theme());
      const stamp = JSON.stringify(keys);
      if (stamp === shown && box.isConnected === keys.length > 0) return;
      shown = stamp;
      box.setAttribute("aria-label", theme().text("legend"));
      if (!box.isConnected && keys.length) element.append(box);
      else if (!keys.length) box.remove();
      setButtons(box, keys);
    },
    stop() {
      for (const [type, listener] of Object.entries(on)) element.removeEventListener(type, listener, type === "click");
      box.remove();
    },
  };
}

function namesInSvg(element, made) {
  const items = made.legend?.items ?? [...element.querySelectorAll("[data-legend]")].map(({ dataset }) => ({ name: dataset.legend }));
  return { items, names: items.map(({ name }) => name), parts: new Set() };
}

function walk(element, key, step) {
  const keys = [...element.querySelectorAll("[data-legend], [data-legend-more]")];
  const next = keys[keys.indexOf(key) + step];
  if (!next) return;
  key.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

/** Where the library has drawn each name: [{name, id, label, off, x, y, width, height}], and "+ n more". */
function placesOf({ chart, made, memory }, { items }, theme) {
  const model = chart.getModel().getComponent("legend");
  const option = made.echarts.legend;
  if (!model || model.get("show") === false || (option?.selectedMode === false && !option.items)) return [];
  const byId = new Map(items.map((item) => [item.id ?? item.name, item]));
  const places = chart.getViewOfComponentModel(model).getContentGroup().children().flatMap((drawn) => {
    const id = model.getData()[drawn.__legendDataIndex]?.get("name");
    const item = byId.get(id);
    if (!item) return [];
    const rect = drawn.getBoundingRect().clone();
    rect.applyTransform(drawn.getComputedTransform());
    return [{ name: item.name, id, label: item.label ?? item.name, off: Boolean(memory.hidden?.has(item.name)), x: rect.x, y: rect.y, width: rect.width, height: rect.height }];
  });
  const left = option.again ? items.length - places.length : 0;
  const last = places.at(-1);
  if (left > 0) places.push({ more: true, label: theme.text("more", { n: left }), x: last ? last.x + last.width + 10 : 0, y: 0, width: textWidth(theme.text("more", { n: left }), theme.small) + 8, height: 16 });
  return places;
}

function setButtons(box, keys) {
  const old = new Map([...box.children].map((each) => [each.dataset.legend ?? "\u0000more", each]));
  const hasFocus = box.contains(document.activeElement) ? document.activeElement : null;
  const made = keys.map((key) => {
    const button = old.get(key.more ? "\u0000more" : key.name) ?? newButton();
    if (key.more) button.dataset.legendMore = "1";
    else Object.assign(button.dataset, { legend: key.name, id: key.id });
    button.setAttribute("aria-label", key.label);
    if (key.more) button.setAttribute("aria-haspopup", "dialog");
    else button.setAttribute("aria-pressed", String(!key.off));
    button.title = key.label;
    Object.assign(button.style, { left: `${key.x - 2}px`, top: `${key.y - 1}px`, width: `${key.width + 4}px`, height: `${key.height + 2}px` });
    return button;
  });
  if (made.length !== box.children.length || made.some((button, i) => box.children[i] !== button)) box.replaceChildren(...made);
  if (hasFocus?.isConnected && document.activeElement !== hasFocus) hasFocus.focus();
  const tab = made.find((button) => button === hasFocus) ?? made.find(({ tabIndex }) => tabIndex === 0) ?? made[0];
  for (const button of made) button.tabIndex = button === tab ? 0 : -1;
}

const newButton = () => Object.assign(document.createElement("button"), { type: "button", tabIndex: -1 });

/** Every name with its value: the last over time, else the sum; a kind may say its own `text`. */
function rowsOf({ made, memory }, { items }, theme) {
  const option = made.echarts ?? {};
  const column = [option.yAxis, option.xAxis].flat().find((axis) => axis?.column)?.column;
  const rows = items.map((item) => {
    const own = (option.series ?? []).filter(({ name }) => name === item.name);
    const value = item.value ?? (made.time ? lastOf(own) : totalOf(own));
    const text = item.text ?? (own.some(({ silent }) => !silent) ? formatNumber(value, column ?? {}, { locale: theme.locale, short: true }) : "");
    return { name: item.name, label: item.label ?? item.name, colour: item.colour ?? item.style?.borderColor ?? item.style?.color, value, text, off: Boolean(memory.hidden?.has(item.name)) };
  });
  if (memory.order === "name") rows.sort((a, b) => String(a.label).localeCompare(String(b.label)));
  if (memory.order === "value") rows.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  return rows;
}
