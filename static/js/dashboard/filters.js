// The filters above the cards, and those that a click in a chart sets.
import { themeOf } from "../charts/theme.js";
import { filterText } from "../lib/range.js";

/** page: {state, say, filters, columns, locale}. */
export function startFilters(page) {
  const { state } = page;
  const bar = document.getElementById("filters");
  for (const picker of bar.querySelectorAll("[data-picker]")) {
    picker.addEventListener("toggle", (event) => {
      if (event.newState === "open") window.htmx?.trigger(picker.querySelector("input[type=search]"), "values");
    });
  }
  // the values are counted under the view that is shown
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.closest("[data-picker]")) return;
    for (const [name, value] of new URLSearchParams(state.params())) {
      if (!name.startsWith("var-")) event.detail.parameters[name] = value;
    }
    for (const [column, values] of Object.entries(state.view.filters)) event.detail.parameters[`var-${column}`] = values;
  });
  bar.addEventListener("change", ({ target }) => {
    const column = target.dataset.filter;
    if (!column) return;
    const values = new Set(state.view.filters[column] ?? []);
    if (target.checked) values.add(target.value);
    else values.delete(target.value);
    state.filter(column, [...values]);
  });
  bar.addEventListener("click", ({ target }) => {
    const clear = target.closest("[data-clear]");
    if (clear) {
      state.filter(clear.dataset.clear, []);
      for (const box of bar.querySelectorAll(`[data-filter="${CSS.escape(clear.dataset.clear)}"]`)) box.checked = false;
    }
    if (target.closest("#clear-filters")) state.change({ filters: {} });
  });
  document.addEventListener("sightline:filter", ({ detail: { column, values } }) => {
    if (!document.body.hasAttribute("data-editing") && column) state.filter(column, values);
  });
  state.onChange((view) => show(bar, view, page));
  if (Object.values(state.view.filters).flat().some((text) => text.includes(".."))) show(bar, state.view, page);
}

/** A click on a mark filters the page by it; the same click again takes the filter away. */
export function select(state, cards, { column, value, also = [] }) {
  if (document.body.hasAttribute("data-editing")) return;
  const known = new Set([...cards.values()].flatMap(({ info }) => info.columns ?? []));
  const picked = [{ column, value }, ...also].filter((each) => known.has(each.column) && each.value !== null && each.value !== undefined);
  if (!picked.length) return;
  const filters = { ...state.view.filters };
  const set = picked.every((each) => filters[each.column]?.length === 1 && filters[each.column][0] === String(each.value));
  for (const each of picked) {
    if (set) delete filters[each.column];
    else filters[each.column] = [String(each.value)];
  }
  state.change({ filters });
}

function show(bar, view, { say, filters, columns, locale }) {
  const theme = themeOf("light", { locale, timezone: view.timezone });
  const words = (column, values) => values.map((value) => filterText(value, columns[column], theme)).join(", ");
  for (const chip of bar.querySelectorAll("[data-chip]")) {
    const values = view.filters[chip.dataset.chip] ?? [];
    chip.classList.toggle("chip--changed", values.length > 0);
    chip.querySelector("b").textContent = values.length ? words(chip.dataset.chip, values) : say("all");
  }
  const group = document.getElementById("from-chart");
  const mould = document.getElementById("from-chart-mould").content.firstElementChild;
  const chips = Object.entries(view.filters).filter(([column]) => !(column in filters)).map(([column, values]) => {
    const chip = mould.cloneNode(true);
    chip.dataset.fromChart = column;
    chip.querySelector(".chip__label").textContent = `${columns[column]?.label ?? column}:`;
    chip.querySelector("b").textContent = words(column, values);
    chip.querySelector("[data-clear]").dataset.clear = column;
    return chip;
  });
  group.replaceChildren(...chips);
  document.getElementById("clear-filters").hidden = !Object.keys(view.filters).length;
}
