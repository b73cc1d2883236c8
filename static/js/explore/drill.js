// A click on a mark or a line of the table: only this, without it, a level finer, the rows behind it.
import { frameOf, timesOf } from "../lib/frame.js";
import { listed } from "../lib/sheet.js";
import { formatTime } from "../lib/time.js";
import { Failed } from "../dashboard/http.js";
import { el } from "../lib/dom.js";
import { openMenu } from "../lib/menu.js";
import { sheetTable } from "../lib/table.js";
import { askData } from "./picture.js";
import { isNarrow, patchOf, splits, stepAt } from "./levels.js";
import { filtersOf, frameName, narrowed } from "./state.js";

const RAW_ROWS = 200;
const RAW_COLUMNS = 50;

export function startDrill(page, store, { names, theme, picture }) {
  const menu = document.getElementById("mark-menu");
  let pointer = { left: 0, top: 0 };
  document.getElementById("chart").addEventListener("pointerdown", ({ clientX, clientY }) => (pointer = { left: clientX + 4, top: clientY + 4 }), true);

  const open = (keys, place, opener = null) => {
    const items = itemsOfMenu(page, store, names, keys, picture().data);
    if (!items.length) return;
    openMenu(menu, { title: keys.map(({ name }) => name).join(" · "), items, place, opener });
  };
  const keyOf = ({ column, value }) => {
    const dimension = store.state.dimensions.find((name) => frameName(name, page) === column);
    return dimension ? [{ column, role: "dimension", value, name: value === null ? "–" : String(value) }] : [];
  };
  document.addEventListener("sightline:select", ({ detail: { also = [], ...first } }) => {
    const keys = [first, ...also].flatMap(keyOf);
    if (keys.length) open(keys, pointer);
  });
  document.addEventListener("sightline:step", ({ detail: { at } }) => {
    const frame = frameOf(picture().data);
    const [time] = timesOf(frame);
    if (!time?.values.length) return;
    const { from } = stepAt(at, time.values, frame.grain, frame.window?.to);
    open([{ column: time.name, role: "time", value: from, name: formatTime(from, frame.grain, { locale: page.locale, timezone: page.view.timezone }) }], pointer);
  });
  document.addEventListener("sightline:rows", ({ detail }) => showRaw(page, store, theme, detail));
  return {
    menu(keys, button) {
      const { left, bottom } = button.getBoundingClientRect();
      open(keys, { left, top: bottom + 4 }, button);
    },
  };
}

/** [words, icon, what it does] of each line of the menu. */
function itemsOfMenu(page, store, names, keys, data) {
  const { state } = store;
  const narrow = keys.filter((key) => isNarrow(key, state.dimensions.find((name) => frameName(name, page) === key.column)));
  const patch = patchOf(page, store, narrow, data);
  const name = narrow.map((key) => key.name).join(" · ");
  const items = Object.keys(patch).length ? [[page.say("only", { name }), "filter", () => store.change(patch)]] : [];
  const plain = narrow.filter(({ role }) => role !== "time");
  if (plain.length === 1) {
    const [{ column, value, name: said }] = plain;
    items.push([page.say("without", { name: said }), "minus", () => store.change(narrowed(state, column, value, value === null ? "not_null" : "not_in"))]);
    for (const below of splits(page, state, column)) {
      const dimensions = state.dimensions.map((each) => (each === column ? below.name : each));
      items.push([page.say("split", { name: below.label }), "kind-bar", () => store.change({ ...patch, dimensions })]);
    }
    const parent = page.dataset.columns.find((each) => each.name === column)?.parent;
    if (parent && !state.dimensions.includes(parent)) items.push([page.say("coarser", { name: names.dimension(parent) }), "up", () => store.change({ dimensions: state.dimensions.map((each) => (each === column ? parent : each)) })]);
  } else if (keys.length === 1 && keys[0].role === "time") {
    for (const below of splits(page, state, "")) items.push([page.say("split", { name: below.label }), "kind-bar", () => store.change({ ...patch, grain: "", dimensions: [below.name] })]);
  }
  if (narrow.length === keys.length) items.push([page.say("see_rows"), "kind-table", () => document.dispatchEvent(new CustomEvent("sightline:rows", { detail: { patch, name } }))]);
  return items;
}

/** The rows behind a part of the picture, as they are. */
async function showRaw(page, store, theme, { patch, name }) {
  const state = { ...store.state, ...patch };
  const [dialog, title, hint, box] = ["raw", "raw-title", "raw-hint", "raw-rows"].map((id) => document.getElementById(id));
  title.textContent = name ? page.say("rows_of", { name }) : page.say("rows_all");
  hint.textContent = "…";
  box.replaceChildren();
  dialog.showModal();
  const columns = page.dataset.columns.slice(0, RAW_COLUMNS).map((column) => column.name);
  const query = { columns, filters: filtersOf(state.where), limit: RAW_ROWS };
  try {
    const data = await askData({ dataset: page.dataset.id, kind: "table", query, options: {}, view: { from: state.from, to: state.to, timezone: page.view.timezone } });
    const frame = data.frames.main;
    const sheet = listed(frame, theme);
    hint.textContent = frame.truncated || frame.row_count === RAW_ROWS ? page.say("rows_first", { n: RAW_ROWS }) : page.say(frame.row_count === 1 ? "row_one" : "rows_n", { n: frame.row_count });
    box.replaceChildren(sheetTable(sheet));
  } catch (error) {
    hint.textContent = (error instanceof Failed && error.said) || page.say("error_title");
    if (!(error instanceof Failed)) throw error;
  }
}

