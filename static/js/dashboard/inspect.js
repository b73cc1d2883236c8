// A card's menu: its data as a table, its query, what explains it, its link, its copy; and the dialog all of it stands in.
import { el } from "../lib/dom.js";
import { sheetTable } from "../lib/table.js";
import { csrfToken } from "../theme.js";
import { Failed, ask } from "./http.js";
import { paramsOf } from "./state.js";

const MOST_ROWS = 2000;

export function startMenus(page) {
  const { state, cards } = page;
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState !== "open" || !(target instanceof HTMLElement)) return;
    followView(target, state);
    const id = target.dataset.menu;
    if (!id) return; // the page's own menu
    target.querySelector("[data-copy]").dataset.copy = linkTo(id, state);
    const { compare = "" } = state.view.cards[id] ?? {};
    for (const item of target.querySelectorAll("[data-compare]")) item.setAttribute("aria-checked", String(item.dataset.compare === compare));
  }, true);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-do]");
    const card = item && cards.get(Number(item.closest("[data-menu]")?.dataset.menu));
    if (!card) return;
    item.closest("[popover]").hidePopover();
    ACTIONS[item.dataset.do]?.(card, item, page);
  });
}

/** Links that take the view along, as the card shows it. */
function followView(menu, state) {
  const view = menu.dataset.menu ? state.viewOf(menu.dataset.menu) : state.view;
  for (const link of menu.querySelectorAll("a[data-with-view]")) {
    const params = new URLSearchParams(paramsOf(view));
    for (const [id, own] of Object.entries(menu.dataset.menu ? {} : view.cards)) params.set(`card-${id}`, JSON.stringify(own)); // the whole page
    if (link.hasAttribute("data-with-theme")) params.set("theme", document.documentElement.dataset.theme === "dark" ? "dark" : "light");
    link.href = `${link.href.split("?")[0]}?${params}`;
  }
  // pages understand what single cards show otherwise
  for (const link of menu.querySelectorAll("a[data-with-page]")) {
    const own = new URL(link.dataset.withPage, location.origin);
    const here = new URL(state.href(state.view), location.origin).searchParams;
    for (const [name, value] of here) if (!["edit", "card"].includes(name)) own.searchParams.append(name, value);
    link.href = own.pathname + own.search;
  }
}

function linkTo(id, state) {
  const here = new URL(state.href(state.view), location.origin);
  here.searchParams.delete("edit");
  here.searchParams.delete("card");
  here.hash = `widget-${id}`;
  return here.href;
}

const fetched = (card, item, { state }) => {
  openDialog(card.info.title);
  window.htmx.ajax("GET", `${item.dataset.url}?${paramsOf(state.viewOf(card.id))}`, { target: "#inspect-body", swap: "innerHTML" });
};

const ACTIONS = {
  table: showTable,
  query: fetched,
  explain: fetched,
  kind: (card, item, page) => fetched(card, item, page),
  compare: (card, item, { state }) => {
    const { compare } = state.view.cards[card.id] ?? {};
    state.changeCard(card.id, { compare: item.dataset.compare === compare ? "" : item.dataset.compare });
  },
  double: duplicate,
};

/** A copy at the first free place; the page is loaded anew to show it. */
async function duplicate(card, item, page) {
  try {
    await ask(item.dataset.url, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
    location.reload();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    document.dispatchEvent(new CustomEvent("sightline:toast", { detail: { text: error.said || page.say("save_failed"), kind: "bad" } }));
  }
}

export function openDialog(title, ...content) {
  document.getElementById("inspect-title").textContent = title;
  document.getElementById("inspect-body").replaceChildren(...content);
  const dialog = document.getElementById("inspect");
  if (!dialog.open) dialog.showModal();
}

async function showTable(card) {
  if (!card.data) return;
  openDialog(card.info.title, el("p", { class: "muted" }, card.article.querySelector(":scope > .visually-hidden").textContent), await tableBox(card));
}

/** What a card shows as a table. */
export async function tableBox(card) {
  const { columns, rows } = await card.chart.table();
  return el("div", { class: "table-wrap inspect__table" }, sheetTable({ columns, rows: rows.slice(0, MOST_ROWS) }));
}
