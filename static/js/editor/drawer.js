// The form of one card at the right, with its preview; and what its end does to the grid.
import { mount } from "../charts/card.js";
import { Failed, ask } from "../dashboard/http.js";
import { paramsOf } from "../dashboard/state.js";
import { csrfToken } from "../theme.js";
import { offerUploads } from "./picture_upload.js";

const TYPING_MS = 350;
const UNDO_MS = 6000; // as long as its toast

export function startDrawer(page, grid, saving) {
  const drawer = document.getElementById("drawer");
  const preview = previewOf(page, drawer);
  const close = () => {
    preview.end();
    drawer.hidden = true;
    drawer.replaceChildren();
  };
  const open = (url) => window.htmx.ajax("GET", url, { target: "#drawer", swap: "innerHTML" });

  drawer.addEventListener("htmx:afterSwap", () => {
    const form = drawer.querySelector("form");
    if (!form) return;
    const opened = drawer.hidden;
    drawer.hidden = false;
    offerUploads(form);
    if (opened) form.elements.title.focus();
    (drawer.querySelector(".field--bad input, .field--bad select, .field__error") ?? form).scrollIntoView?.({ block: "nearest" });
    preview.soon(0);
  });
  drawer.addEventListener("click", ({ target }) => {
    if (target.closest("[data-close-drawer]")) close();
    if (target.closest("[data-add-filter]")) addFilter(drawer);
    const more = target.closest("[data-add-row]");
    if (more) addRow(more.closest("[data-rows]"));
    const left = target.closest("[data-remove-row]");
    if (left) {
      left.closest("[data-row]").remove();
      preview.soon(0);
    }
    const gone = target.closest("[data-remove-filter]");
    if (gone) {
      gone.closest("[data-filter-row]").remove();
      preview.soon(0);
    }
  });
  drawer.addEventListener("input", ({ target }) => {
    if (target.matches("[data-kind-search]")) searchKinds(drawer, target.value);
    // measures of the dataset before would be asked of the new one: the fields come first
    else if (!target.matches("[data-refields]")) preview.soon();
  });
  drawer.addEventListener("change", async ({ target }) => {
    if (target.matches("[data-kind-search]")) return;
    if (target.matches("[data-refields]")) await refields(drawer);
    preview.soon(0);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open:not(#toasts)")) return;
    if (!drawer.hidden) close();
    else document.getElementById("done").click();
  });

  document.getElementById("done").addEventListener("click", async (event) => {
    event.preventDefault();
    const { href } = event.currentTarget;
    await saving.flush();
    location.assign(href);
  });

  const card = async (id) => (await fetch(`/w/${id}/card/?${paramsOf(page.state.view)}`)).text();
  const added = async ({ widget, version }) => {
    saving.seen(version);
    grid.add(await card(widget));
  };
  document.addEventListener("sightline:added", async ({ detail }) => {
    close();
    await added(detail);
  });
  document.addEventListener("sightline:changed", async ({ detail }) => {
    saving.seen(detail.version);
    close();
    grid.replace(detail.widget, await card(detail.widget));
  });
  document.addEventListener("htmx:afterSwap", ({ target }) => target.id === "settings" && !target.open && target.showModal());

  openWanted(page, open);
  grid.on("edit", (id) => open(`/w/${id}/edit/`));
  grid.on("duplicate", (id) => window.htmx.ajax("POST", `/w/${id}/duplicate/`, { source: drawer, target: "#drawer", swap: "none" }));
  grid.on("remove", (id) => remove(page, grid, saving, id, added));
}

/** The form that the address asks for: of a card (card=12), or of a new one (new=line). */
function openWanted(page, open) {
  const params = new URLSearchParams(location.search);
  const [card, kind] = [Number(params.get("card")), params.get("new")];
  if (page.cards.has(card)) open(`/w/${card}/edit/`);
  else if (kind) open(`/d/${page.slug}/widgets/?kind=${encodeURIComponent(kind)}`);
  for (const name of ["card", "new"]) params.delete(name);
  history.replaceState(null, "", `${location.pathname}?${params}${location.hash}`);
}

/** Kinds whose name, hint or slug has what was typed. */
function searchKinds(drawer, text) {
  const wish = text.trim().toLowerCase();
  for (const group of drawer.querySelectorAll("[data-kind-group]")) {
    const kinds = [...group.querySelectorAll("[data-search]")];
    for (const kind of kinds) kind.hidden = !kind.dataset.search.toLowerCase().includes(wish);
    group.hidden = kinds.every(({ hidden }) => hidden);
  }
}

const toast = (text, kind) => document.dispatchEvent(new CustomEvent("sightline:toast", { detail: { text, kind } }));

const leaving = new Set(); // a second Del while the first is under way is none

async function remove(page, grid, saving, id, added) {
  if (leaving.has(id)) return;
  leaving.add(id);
  try {
    await removeOnce(page, grid, saving, id, added);
  } finally {
    leaving.delete(id);
  }
}

async function removeOnce(page, grid, saving, id, added) {
  const { title } = page.cards.get(id).info;
  const box = grid.box(id);
  try {
    await saving.flush();
    await saving.write(`/w/${id}/remove/`);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return toast(error.said || page.say("save_failed"), "bad");
  }
  grid.remove(id);
  offerUndo(page, title, async () => {
    try {
      const { version } = await saving.write(`/d/${page.slug}/widgets/${id}/`, new URLSearchParams(box));
      await added({ widget: id, version });
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      toast(error.said || page.say("save_failed"), "bad");
    }
  });
}

/** A toast with one button. */
function offerUndo(page, title, undo) {
  toast(page.say("removed", { title }), "info");
  const made = document.querySelector("#toasts .toast:last-child");
  if (!made) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = page.say("undo");
  button.addEventListener("click", () => {
    made.querySelector(".icon-btn").click();
    undo();
  }, { once: true });
  made.querySelector(".toast__text").after(button);
  setTimeout(() => button.remove(), UNDO_MS);
}

/** One more line of a list of settings. */
function addRow(rows) {
  const mould = rows.querySelector("template");
  const row = mould.content.firstElementChild.cloneNode(true);
  mould.before(row);
  row.querySelector("select, input").focus();
}

function addFilter(drawer) {
  const row = drawer.querySelector("#filter-mould").content.firstElementChild.cloneNode(true);
  drawer.querySelector("#filter-rows").append(row);
  row.querySelector("select").focus();
}

/** The fields for another kind or dataset; what was typed comes along, also what was typed while they were fetched. */
async function refields(drawer) {
  const form = drawer.querySelector("form");
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  const asked = typed();
  const response = await fetch("/w/fields/", { method: "POST", body: new URLSearchParams(asked), headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true" } });
  if (!response.ok) return;
  const html = await response.text();
  if (!form.isConnected) return; // closed meanwhile
  if (typed() !== asked) return refields(drawer);
  const focused = document.activeElement?.id || document.activeElement?.value;
  const fields = drawer.querySelector("#widget-fields");
  fields.innerHTML = html;
  offerUploads(form);
  (document.getElementById(focused) ?? fields.querySelector(`input[value="${CSS.escape(focused ?? "")}"]:checked`))?.focus();
}

/** The picture of what the form describes, a moment after each change. */
function previewOf(page, drawer) {
  const state = { chart: null, kind: "", options: "", timer: 0, asked: null };
  const end = () => {
    clearTimeout(state.timer);
    state.asked?.abort();
    state.chart?.destroy();
    Object.assign(state, { chart: null, kind: "", options: "", element: null });
  };

  function draw(card, { kind, options, data }) {
    const element = card.querySelector(".card__chart");
    const told = JSON.stringify(options);
    if (state.kind !== kind || state.options !== told || state.element !== element) {
      end();
      card.dataset.kind = kind;
      Object.assign(state, { chart: mount(element, { kind, options }), kind, options: told, element });
    }
    card.dataset.state = "drawn";
    card.querySelector(".card__message").replaceChildren();
    return state.chart.update(data);
  }

  function say(card, text) {
    end();
    card.dataset.state = "empty";
    delete card.dataset.drawn;
    const line = document.createElement("p");
    line.textContent = text;
    card.querySelector(".card__message").replaceChildren(line);
  }

  async function load() {
    const form = drawer.querySelector("form");
    const card = drawer.querySelector("[data-preview-card]");
    if (!form || !card) return;
    state.asked?.abort();
    delete card.dataset.drawn; // what stands is of the form as it was
    const asked = (state.asked = new AbortController());
    const body = new URLSearchParams(new FormData(form));
    try {
      const url = `${form.getAttribute("data-preview")}?${paramsOf(page.state.view, card.querySelector(".card__body").clientWidth)}`;
      const found = await ask(url, { method: "POST", body, signal: asked.signal, headers: { "X-CSRFToken": csrfToken() } });
      card.querySelector(".card__title").textContent = form.elements.title.value;
      await draw(card, found);
      if (state.asked === asked) card.dataset.drawn = "1";
    } catch (error) {
      if (error instanceof Failed) say(card, error.said || page.say("preview_empty"));
      else if (error.name !== "AbortError") throw error;
    }
  }

  return {
    end,
    soon(ms = TYPING_MS) {
      clearTimeout(state.timer);
      state.timer = setTimeout(load, ms);
    },
  };
}
