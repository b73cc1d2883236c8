// What can be done with an answer: save it as a card, see its SQL, take it along as a file.
import { Failed, ask } from "../dashboard/http.js";
import { csrfToken } from "../theme.js";
import { el } from "../lib/dom.js";
import { titleOf } from "./picture.js";
import { askedOf } from "./state.js";

export function startSave(page, store, names) {
  const form = document.getElementById("save-form");
  const open = document.getElementById("open-save");
  if (!form || !open) return;
  const dialog = form.closest("dialog");
  const board = form.elements.dashboard;
  const isNew = () => (document.getElementById("save-new").hidden = board.value !== "");
  const enable = ({ measures }) => (open.disabled = !measures.length);
  store.onChange(enable);
  enable(store.state);
  open.addEventListener("click", () => {
    form.elements.title.value = titleOf(store.state, names, page).slice(0, 120);
    clear(form);
    isNew();
    dialog.showModal();
    form.elements.title.select();
  });
  board.addEventListener("change", isNew);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    const asked = { ...askedOf(store.state, page), title: form.elements.title.value };
    const body = new URLSearchParams({ asked: JSON.stringify(asked), dashboard: board.value, new_title: form.elements.new_title.value });
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const { url, title } = await ask(form.getAttribute("action"), { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
      dialog.close();
      told(page, page.say("saved", { title }), url);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      refuse(form, error.said || page.say("error_title"), error.field);
    } finally {
      button.disabled = false;
    }
  });
}

function told(page, text, url) {
  document.dispatchEvent(new CustomEvent("sightline:toast", { detail: { text, kind: "good" } }));
  document.querySelector("#toasts .toast:last-child .toast__text")?.after(el("a", { class: "link", href: url }, page.say("open")));
}

function clear(form) {
  document.getElementById("save-error").hidden = true;
  for (const field of form.querySelectorAll(".field--bad")) {
    field.classList.remove("field--bad");
    field.querySelector(".field__error")?.remove();
  }
}

function refuse(form, text, field) {
  const box = field && form.querySelector(`[data-save-field="${CSS.escape(field)}"]`);
  if (!box) {
    const error = document.getElementById("save-error");
    error.textContent = text;
    error.hidden = false;
    return;
  }
  box.classList.add("field--bad");
  box.append(el("p", { class: "field__error", role: "alert" }, text));
  box.querySelector("input, select").focus();
}

export function startFoot(page, store) {
  document.getElementById("csv").addEventListener("submit", ({ target }) => (target.elements.asked.value = JSON.stringify(askedOf(store.state, page))));
  document.getElementById("see-sql").addEventListener("click", async () => {
    const body = document.getElementById("sql-body");
    body.replaceChildren(el("p", { class: "hint" }, "…"));
    document.getElementById("sql").showModal();
    const response = await fetch("/explore/sql/", { method: "POST", body: JSON.stringify(askedOf(store.state, page)), headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json" } });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      return body.replaceChildren(el("p", { class: "field__error", role: "alert" }, problem.detail ?? page.say("error_title")));
    }
    body.innerHTML = await response.text(); // made and escaped by the server's template
    document.getElementById("copy-sql").dataset.copy = [...body.querySelectorAll("pre")].map((each) => each.textContent).join(";\n\n");
  });
  const link = document.getElementById("copy-link");
  const follow = () => (link.dataset.copy = new URL(store.href(), location.origin).href);
  store.onChange(follow);
  follow();
}
