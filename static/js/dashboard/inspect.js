// A card's menu: its data as a table, its query, its link, the whole screen.
import { paramsOf } from "./state.js";

export function startMenus({ state, cards }) {
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState !== "open" || !(target instanceof HTMLElement)) return;
    for (const link of target.querySelectorAll("a[data-with-view]")) link.href = `${link.href.split("?")[0]}?${paramsOf(state.view)}`;
    const id = target.dataset.menu;
    if (!id) return; // the page's own menu
    const copy = target.querySelector("[data-copy]");
    const here = new URL(state.href(state.view), location.origin);
    here.searchParams.delete("edit");
    here.hash = `widget-${id}`;
    copy.dataset.copy = here.href;
  }, true);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-do]");
    const card = item && cards.get(Number(item.closest("[data-menu]")?.dataset.menu));
    if (!card) return;
    item.closest("[popover]").hidePopover();
    ACTIONS[item.dataset.do]?.(card, item, state);
  });
}

const ACTIONS = {
  full: ({ article }) => article.requestFullscreen?.(),
  table: showTable,
  query: (card, item, state) => {
    open(card.info.title);
    window.htmx.ajax("GET", `${item.dataset.url}?${paramsOf(state.view)}`, { target: "#inspect-body", swap: "innerHTML" });
  },
};

function open(title, ...content) {
  document.getElementById("inspect-title").textContent = title;
  document.getElementById("inspect-body").replaceChildren(...content);
  document.getElementById("inspect").showModal();
}

async function showTable(card) {
  if (!card.data) return;
  const { columns, rows } = await card.chart.table();
  const wrap = make("div", "table-wrap inspect__table");
  const table = make("table", "table table--sticky");
  const head = make("tr");
  const kind = (column) => (column.numeric ? "num" : "");
  head.append(...columns.map((column) => make("th", kind(column), column.unit ? `${column.label} ${column.unit}` : column.label)));
  const body = make("tbody");
  body.append(...rows.slice(0, 2000).map((row) => {
    const line = make("tr");
    line.append(...row.map((text, i) => make("td", kind(columns[i] ?? {}), text)));
    return line;
  }));
  const top = make("thead");
  top.append(head);
  table.append(top, body);
  wrap.append(table);
  const summary = make("p", "muted", card.article.querySelector(":scope > .visually-hidden").textContent);
  open(card.info.title, summary, wrap);
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== "") element.textContent = text;
  return element;
}
