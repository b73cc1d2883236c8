// Beside the editor: tables whose names go in by a click and into its completion, and the history.
import { ask } from "../dashboard/http.js";

const LEARN_MS = 400;

/** -> {show(), learnFrom(sql)}. load(url): takes a run of the history into the editor. */
export function startSide({ editor, chosen, load }) {
  const asked = new Set();
  let timer = 0;

  function show() {
    asked.clear();
    const url = chosen().dataset.tables;
    const find = document.getElementById("sql-find-table");
    find.value = "";
    for (const element of [find, document.getElementById("sql-tables")]) element.setAttribute("hx-get", url);
    htmx.process(find);
    htmx.ajax("GET", url, { target: "#sql-tables" });
  }

  function open(name) {
    for (const button of document.querySelectorAll("[data-side]")) {
      const isOpen = button.dataset.side === name;
      button.setAttribute("aria-selected", String(isOpen));
      document.getElementById(`sql-side-${button.dataset.side}`).hidden = !isOpen;
    }
    if (name === "history") document.body.dispatchEvent(new Event("sql:history"));
  }

  /** Names of tables complete at once; the columns of one as soon as the statement names it. */
  function learnTables() {
    const names = [...document.querySelectorAll("#sql-tables [data-table]")].map((each) => each.dataset.table);
    editor.learn(Object.fromEntries(names.filter((name) => !editor.knows(name)).map((name) => [name, []])));
    learnFrom(editor.text());
  }

  function learnFrom(sql) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const text = sql.toLowerCase();
      for (const { dataset } of document.querySelectorAll("#sql-tables [data-table]")) {
        if (!asked.has(dataset.table) && text.includes(dataset.table.toLowerCase())) learnColumns(dataset.table);
      }
    }, LEARN_MS);
  }

  async function learnColumns(table) {
    asked.add(table);
    try {
      const { columns } = await ask(`${chosen().dataset.columns}?${new URLSearchParams({ table })}`);
      editor.learn({ [table]: columns });
    } catch {
      asked.delete(table); // it is only completion; the next change asks again
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("[data-insert], [data-side], [data-run]") : null;
    if (!target) return;
    if (target.dataset.insert) {
      editor.insert(target.dataset.insert);
    } else if (target.dataset.side) open(target.dataset.side);
    else load(target.dataset.run);
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "sql-tables") learnTables();
    if (detail.target.id === "sql-save-dialog" && !detail.target.open) detail.target.showModal();
  });
  learnTables(); // they may have come before this script
  if (matchMedia("(max-width: 960px)").matches) document.querySelector(".sql-side").open = false;
  return { show, learnFrom };
}
