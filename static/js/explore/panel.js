// The panel at the left: what is shown, by what, the largest groups, the comparison, the table.
import { afterPause, el, icon, options } from "../lib/dom.js";
import { label as labelOf } from "./order.js";
import { TIME } from "./state.js";

const TYPING_MS = 350;

/** What a measure, a dimension or TIME is called. */
export function namer(page) {
  const { columns, measures, time } = page.dataset;
  const labels = new Map([...columns, ...measures.map((each) => ({ ...each, name: `m:${each.name}` }))].map(({ name, label }) => [name, label]));
  return {
    measure: (name) => labels.get(`m:${name}`) ?? name,
    dimension(name) {
      const [column, part] = (name === TIME ? time : name).split(":");
      const label = labels.get(column) ?? column;
      return part ? `${label}: ${page.parts[part]}` : label;
    },
  };
}

/** Everything that can be grouped by: time, texts, parts of times, numbers. */
export function groupings({ dataset, parts }) {
  const of = (...types) => dataset.columns.filter(({ type }) => types.includes(type));
  const plain = (column) => ({ name: column.name, label: column.label, type: column.type });
  const split = ({ name, label }) => Object.entries(parts).map(([part, words]) => ({ name: `${name}:${part}`, label: `${label}: ${words}`, type: "time" }));
  const time = dataset.columns.filter(({ name }) => name === dataset.time).map((column) => ({ ...plain(column), name: TIME }));
  return [...time, ...of("text", "boolean").map(plain), ...of("time").flatMap(split), ...of("number").map(plain)];
}

export function startPanel(page, store) {
  const names = namer(page);
  const part = (id) => document.getElementById(id);
  const toggle = (kind, name) => {
    const { measures, dimensions, grain } = store.state;
    const flip = (list) => (list.includes(name) ? list.filter((each) => each !== name) : [...list, name]);
    if (kind === "measure") store.change({ measures: flip(measures) });
    else if (name === TIME) store.change({ grain: grain ? "" : "auto" });
    else store.change({ dimensions: flip(dimensions) });
  };
  const fields = startFields(page, toggle);
  startDatasetSearch(part("dataset-search"), part("dataset-list"));
  startTop(page, store, names);
  startTable(page, store, names);
  for (const button of document.querySelectorAll("#compare [data-compare]")) button.addEventListener("click", () => store.change({ compare: button.dataset.compare }));

  const show = (state) => {
    const chips = (list, kind) => list.map((name) => chip(page, names, kind, name, state, { toggle, store }));
    keepingFocus(part("measures"), chips(state.measures, "measure"));
    keepingFocus(part("dimensions"), [...(state.grain ? chips([TIME], "dimension") : []), ...chips(state.dimensions, "dimension")]);
    fields.show(state);
    for (const button of document.querySelectorAll("#compare [data-compare]")) button.setAttribute("aria-pressed", String(button.dataset.compare === state.compare));
  };
  store.onChange(show);
  show(store.state);
}

/** One field that is used, with its step of time where it is the time, and its cross. */
function chip(page, names, kind, name, state, { toggle, store }) {
  const label = kind === "measure" ? names.measure(name) : names.dimension(name);
  const remove = el("button", { type: "button", class: "chip__remove", "data-key": name, "aria-label": page.say("remove_field", { name: label }) }, icon("close"));
  remove.addEventListener("click", () => toggle(kind, name));
  const list = { measure: "measures", dimension: "dimensions" }[kind];
  // the time stands first, wherever it is asked for
  const together = name === TIME ? [name] : state[list];
  const text = labelOf(page, { name, words: label, names: together, reorder: (order) => store.change({ [list]: order }), remove: () => toggle(kind, name) });
  const made = el("li", { class: `chip explore__chip explore__chip--${kind}` }, text);
  if (name === TIME) {
    const grain = el("select", { class: "explore__grain", "aria-label": page.say("step"), "data-key": "grain" }, options(page.grains, state.grain));
    grain.addEventListener("change", () => store.change({ grain: grain.value }));
    made.append(grain);
  }
  made.append(remove);
  return made;
}

/** New chips in the place of old ones; the focus stays on the same control, or on the next one if that is gone. */
function keepingFocus(list, chips) {
  const before = [...list.querySelectorAll("[data-key]")];
  const at = before.indexOf(document.activeElement);
  const key = document.activeElement?.dataset?.key;
  list.replaceChildren(...chips);
  if (at < 0) return;
  const after = [...list.querySelectorAll("[data-key]")];
  (after.find((each) => each.dataset.key === key) ?? after[Math.min(at, after.length - 1)] ?? document.getElementById("field-search")).focus();
}

/** The list to choose from, with its search. */
function startFields(page, toggle) {
  const list = document.getElementById("fields");
  const search = document.getElementById("field-search");
  const item = (kind, { name, label, type }) => {
    const button = el("button", { type: "button", class: "explore__field", "aria-pressed": "false", "data-kind": kind, "data-name": name, "data-text": label.toLowerCase() },
      icon(kind === "measure" ? "type-measure" : `type-${type}`), el("span", { class: "grow truncate", title: label }, label), icon("plus"), icon("check"));
    button.addEventListener("click", () => toggle(kind, name));
    return button;
  };
  const group = (title, items) => el("div", { role: "group", "aria-label": title }, el("h3", { class: "explore__group" }, title), items);
  const none = el("p", { class: "hint", hidden: true }, page.say("no_field"));
  list.append(
    ...(page.dataset.measures.length ? [group(list.dataset.measures, page.dataset.measures.map((each) => item("measure", each)))] : []),
    group(list.dataset.columns, groupings(page).map((each) => item("dimension", each))), none,
  );
  const buttons = [...list.querySelectorAll("button")];
  const shown = () => buttons.filter((button) => !button.hidden);
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const button of buttons) button.hidden = !button.dataset.text.includes(wanted);
    for (const box of list.querySelectorAll("[role=group]")) box.hidden = !box.querySelector("button:not([hidden])");
    none.hidden = shown().length > 0;
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") shown()[0]?.focus();
    else if (event.key === "Enter") shown()[0]?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = shown().indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    (shown()[at + step] ?? (step < 0 ? search : shown()[0])).focus();
  });
  return {
    show({ measures, dimensions, grain }) {
      const used = new Set([...measures.map((name) => `measure ${name}`), ...dimensions.map((name) => `dimension ${name}`), ...(grain ? [`dimension ${TIME}`] : [])]);
      for (const button of buttons) button.setAttribute("aria-pressed", String(used.has(`${button.dataset.kind} ${button.dataset.name}`)));
    },
  };
}

function startDatasetSearch(search, list) {
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const link of list.children) link.hidden = !link.textContent.toLowerCase().includes(wanted);
  });
}

function startTop(page, store, names) {
  const [box, title, limit, by, other] = ["top-part", "top-label", "top-limit", "top-by", "top-other"].map((id) => document.getElementById(id));
  const change = () => store.change({ top: { limit: Math.max(0, Number.parseInt(limit.value, 10) || 0), by: by.value, other: other.checked } });
  limit.addEventListener("input", afterPause(change, TYPING_MS));
  for (const control of [by, other]) control.addEventListener("change", change);
  const show = ({ top, measures, dimensions }) => {
    box.hidden = !dimensions.length;
    // with several groupings, it is the first that is cut
    if (dimensions.length) title.textContent = page.say(top.limit ? "largest_n" : "largest", { n: top.limit, name: names.dimension(dimensions[0]) });
    if (document.activeElement !== limit) limit.value = top.limit || "";
    by.replaceChildren(...options(measures.map((name) => [name, names.measure(name)]), top.by));
    other.checked = top.other;
    other.disabled = by.disabled = !top.limit;
  };
  store.onChange(show);
  show(store.state);
}

function startTable(page, store, names) {
  const [pivot, totals] = ["pivot", "totals"].map((id) => document.getElementById(id));
  pivot.addEventListener("change", () => store.change({ pivot: pivot.value }));
  totals.addEventListener("change", () => store.change({ totals: totals.checked }));
  const show = (state) => {
    const axes = [...(state.grain ? [TIME] : []), ...state.dimensions];
    pivot.parentElement.hidden = axes.length < 2;
    pivot.replaceChildren(...options([["", "–"], ...axes.map((name) => [name, names.dimension(name)])], state.pivot));
    totals.checked = state.totals;
  };
  store.onChange(show);
  show(store.state);
}

// -- errors where they belong

/** Says an error at the part of the panel that it is about; false if there is none. */
export function sayError({ field, said }) {
  clearErrors();
  const name = { window: "from", query: "" }[field] ?? field;
  const box = name && [...document.querySelectorAll("[data-field]")].find((each) => each.dataset.field.split(" ").includes(name));
  if (!box || box.hidden || !said) return false;
  box.classList.add("field--bad");
  box.append(el("p", { class: "field__error", role: "alert" }, said));
  box.scrollIntoView({ block: "nearest" });
  return true;
}

export function clearErrors() {
  for (const box of document.querySelectorAll(".explore__panel .field--bad")) {
    box.classList.remove("field--bad");
    box.querySelector(":scope > .field__error")?.remove();
  }
}

/** On a phone the panel is a sheet over the answer. */
export function startSheet() {
  const [panel, open, close, scrim] = ["question", "open-question", "close-question", "question-scrim"].map((id) => document.getElementById(id));
  const set = (isOpen) => {
    panel.toggleAttribute("data-open", isOpen);
    open.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? close : open).focus();
  };
  open.addEventListener("click", () => set(true));
  close.addEventListener("click", () => set(false));
  scrim.addEventListener("click", () => set(false));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && panel.hasAttribute("data-open") && !document.querySelector(":popover-open") && set(false));
}

