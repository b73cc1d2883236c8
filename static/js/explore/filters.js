// The filters: conditions in groups of "all of" and "any of", one within another.
import { afterPause, el, icon, options } from "../lib/dom.js";
import { DEEPEST, isGroup, itemsOf, wayOf } from "./state.js";
import { tokenField } from "./tokens.js";

const TYPING_MS = 350;
const MANY = new Set(["in", "not_in"]);
const NONE = new Set(["is_null", "not_null"]);

export function startFilters(page, store) {
  const root = document.getElementById("filters");
  let tree = structuredClone(store.state.where);
  let told = JSON.stringify(tree);
  const tell = () => {
    told = JSON.stringify(tree);
    store.change({ where: structuredClone(tree) });
  };
  const redraw = (focus) => {
    const draw = (group, depth, up) => groupBox(page, store, group, depth, { up, tell, redraw });
    root.replaceChildren(draw(tree, 1, null));
    if (focus) root.querySelector(`[data-focus="${focus}"]`)?.focus();
  };
  // what came from elsewhere: a click in the picture, or Back
  store.onChange(({ where }) => {
    if (JSON.stringify(where) === told) return;
    tree = structuredClone(where);
    told = JSON.stringify(tree);
    redraw();
  });
  redraw();
}

const typeOf = (page, name) => page.dataset.columns.find((column) => column.name === name)?.type ?? "text";

function groupBox(page, store, group, depth, { up, tell, redraw }) {
  const items = itemsOf(group);
  const changed = (focus) => {
    tell();
    redraw(focus);
  };
  const head = items.length > 1 || up ? [wayChoice(page, group, changed)] : [];
  if (up) head.push(cross(page.say("remove_group"), () => up(group)));
  const remove = (item) => {
    items.splice(items.indexOf(item), 1);
    changed("add");
  };
  const lines = items.map((item) => (isGroup(item)
    ? groupBox(page, store, item, depth + 1, { up: remove, tell, redraw })
    : conditionRow(page, store, item, { remove, tell, changed })));
  const add = el("button", { type: "button", class: "btn btn--small btn--quiet", "data-focus": depth === 1 ? "add" : false }, icon("plus"), page.say("add_condition"));
  add.addEventListener("click", () => {
    items.push(freshCondition(page));
    changed();
    document.querySelector("#filters [data-newest]")?.focus();
  });
  const foot = [add];
  if (depth < DEEPEST && items.length) {
    const nest = el("button", { type: "button", class: "btn btn--small btn--quiet" }, icon("plus"), page.say("add_group"));
    nest.addEventListener("click", () => {
      items.push({ [wayOf(group) === "all" ? "any" : "all"]: [freshCondition(page)] });
      changed();
    });
    foot.push(nest);
  }
  const last = lines.at(-1)?.querySelector?.(":scope > .explore__of > select");
  last?.setAttribute("data-newest", "");
  return el("div", { class: `explore__filters${up ? " explore__filters--within" : ""}`, role: "group" }, head.length ? el("div", { class: "row" }, head) : null, lines, el("div", { class: "row" }, foot));
}

function freshCondition(page) {
  const columns = page.dataset.columns;
  const column = columns.find(({ type }) => type === "text") ?? columns[0];
  return { column: column.name, op: page.operators[column.type][0][0], values: [] };
}

function wayChoice(page, group, changed) {
  const select = el("select", { class: "input input--small explore__way", "aria-label": page.say("joined") }, options([["all", page.say("all_of")], ["any", page.say("any_of")]], wayOf(group)));
  select.addEventListener("change", () => {
    const items = itemsOf(group);
    delete group.all;
    delete group.any;
    group[select.value] = items;
    changed();
  });
  return select;
}

function cross(label, gone) {
  const button = el("button", { type: "button", class: "icon-btn icon-btn--small push", "aria-label": label }, icon("close"));
  button.addEventListener("click", () => gone());
  return button;
}

function conditionRow(page, store, item, { remove, tell, changed }) {
  const type = typeOf(page, item.column);
  const column = el("select", { class: "input input--small", "aria-label": page.say("column") }, options(columnsFor(page, item.column), item.column));
  const op = el("select", { class: "input input--small", "aria-label": page.say("comparison") }, options(operatorsFor(page, type, item.op), item.op));
  column.addEventListener("change", () => {
    Object.assign(item, { column: column.value, op: page.operators[typeOf(page, column.value)][0][0], values: [] });
    changed();
  });
  op.addEventListener("change", () => {
    const keeps = MANY.has(item.op) === MANY.has(op.value) && item.op !== "within" && op.value !== "within" && item.op !== "between";
    Object.assign(item, { op: op.value, values: keeps && !NONE.has(op.value) ? item.values : [] });
    changed();
  });
  return el("div", { class: "explore__condition" },
    el("div", { class: "explore__of" }, column, op, cross(page.say("remove_condition"), () => remove(item))),
    valueControl(page, store, item, type, tell));
}

/** The dataset's columns, and the one that a link names although it is gone or hidden: never another in its place. */
function columnsFor(page, name) {
  const pairs = page.dataset.columns.map((column) => [column.name, column.label]);
  return pairs.some(([known]) => known === name) ? pairs : [...pairs, [name, page.say("not_here", { name })]];
}

/** What the type offers, and the one in use if a card or an address brought another: the server says whether it works. */
function operatorsFor(page, type, op) {
  const offered = page.operators[type];
  if (offered.some(([name]) => name === op)) return offered;
  return [...offered, Object.values(page.operators).flat().find(([name]) => name === op) ?? [op, op]];
}

function valueControl(page, store, item, type, tell) {
  const set = (values) => {
    item.values = values;
    tell();
  };
  if (NONE.has(item.op)) return null;
  if (MANY.has(item.op)) return tokenField(page, store, { column: item.column, values: item.values, label: page.say("values"), changed: set });
  if (type === "boolean") return booleanControl(page, item, set);
  if (item.op === "within") return spanControl(page, item, set);
  const labels = item.op === "between" ? [page.say("least"), page.say("most")] : [page.say("value")];
  const inputs = labels.map((label, i) => el("input", { class: "input input--small", "aria-label": label, placeholder: labels.length > 1 ? label : false, value: item.values[i] ?? "", autocomplete: "off", ...kindOfInput(type) }));
  const read = afterPause(() => set(inputs.some(({ value }) => value !== "") ? inputs.map(({ value }) => asValue(value, type)) : []), TYPING_MS);
  for (const input of inputs) input.addEventListener("input", read);
  return el("div", { class: "row" }, inputs);
}

const kindOfInput = (type) => (type === "time" ? { type: "date" } : type === "number" ? { inputmode: "decimal" } : {});
const asValue = (text, type) => (type === "number" && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

function booleanControl(page, item, set) {
  const chosen = item.values.length ? String(item.values[0]) : "";
  const select = el("select", { class: "input input--small", "aria-label": page.say("value") }, options([["", "–"], ["true", page.say("yes")], ["false", page.say("no")]], chosen));
  select.addEventListener("change", () => set(select.value ? [select.value === "true"] : []));
  return select;
}

/** A span that moves with the clock: one of the list, or one's own words. */
function spanControl(page, item, set) {
  const [from = "", to = ""] = item.values;
  const pairs = page.spans.map(([start, end, words]) => [`${start} ${end}`, words]);
  const isOwn = item.values.length > 0 && !pairs.some(([value]) => value === `${from} ${to}`);
  const select = el("select", { class: "input input--small", "aria-label": page.say("value") }, options([["", "–"], ...pairs, ["own", page.say("own_range")]], isOwn ? "own" : item.values.length ? `${from} ${to}` : ""));
  const inputs = [[from, "range_from", "now-7d"], [to, "range_to", "now"]].map(([value, label, example]) => el("input", { class: "input input--small", value, "aria-label": page.say(label), placeholder: example, autocomplete: "off", spellcheck: "false" }));
  const own = el("div", { class: "row", hidden: !isOwn }, inputs);
  select.addEventListener("change", () => {
    own.hidden = select.value !== "own";
    if (!own.hidden) return inputs[0].focus();
    set(select.value ? select.value.split(" ") : []);
  });
  const read = afterPause(() => set(inputs.every(({ value }) => value.trim()) ? inputs.map(({ value }) => value.trim()) : []), TYPING_MS);
  for (const input of inputs) input.addEventListener("input", read);
  return el("div", { class: "stack explore__span" }, select, own);
}
