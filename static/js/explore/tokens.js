// A field of several values: chosen ones as tokens, others suggested from the data while one types.
import { ask } from "../dashboard/http.js";
import { afterPause, el, icon, openAt } from "../lib/dom.js";

const TYPING_MS = 200;
let serial = 0;

/** page: {say, dataset, workspace}. changed([value]) is called with each change. -> the element. */
export function tokenField(page, store, { column, values, label, cast = String, changed }) {
  const id = `suggestions-${++serial}`;
  const list = el("ul", { class: "menu explore__suggestions", id, popover: "manual", role: "listbox" });
  const input = el("input", { class: "explore__typed", role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", "aria-label": label, autocomplete: "off" });
  const tokens = el("span", { class: "explore__tokens" });
  const box = el("div", { class: "input explore__values" }, tokens, input, list);
  let chosen = [...values];
  let asked = null;
  let at = -1;

  const tell = () => {
    draw();
    changed(chosen);
  };
  const add = (value) => {
    if (value === "") return;
    input.value = "";
    if (!chosen.includes(value)) chosen = [...chosen, value];
    tell();
    suggest();
  };
  const remove = (value) => {
    chosen = chosen.filter((each) => each !== value);
    tell();
    input.focus();
  };
  const draw = () => tokens.replaceChildren(...chosen.map((value) => {
    const cross = el("button", { type: "button", class: "chip__remove", "aria-label": page.say("remove_value", { name: value }) }, icon("close"));
    cross.addEventListener("click", () => remove(value));
    return el("span", { class: "explore__token" }, el("span", { class: "truncate", dir: "auto" }, String(value)), cross);
  }));
  const close = () => {
    if (list.matches(":popover-open")) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const point = (to) => {
    const items = [...list.querySelectorAll("[role=option]")];
    if (!items.length) return;
    at = (to + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    items[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", items[at].id);
  };
  const show = (found) => {
    if (document.activeElement !== input) return;
    const rest = found.filter(({ value }) => !chosen.includes(cast(value)));
    list.replaceChildren(...(rest.length ? rest.map(({ value, count }, i) => el("li", { class: "menu__item", role: "option", id: `${id}-${i}`, "data-value": value },
      el("span", { class: "grow truncate", dir: "auto" }, value), count === null ? null : el("span", { class: "check__count" }, count.toLocaleString(page.locale)))) : [el("li", { class: "hint explore__none" }, page.say("no_values"))]));
    at = -1;
    const place = box.getBoundingClientRect();
    openAt(list, { left: place.left, top: place.bottom + 4, width: place.width });
    input.setAttribute("aria-expanded", "true");
  };
  const suggest = async () => {
    asked?.abort();
    asked = new AbortController();
    const { from, to } = store.state;
    const params = new URLSearchParams({ dataset: page.dataset.slug, workspace: page.workspace, column, q: input.value.trim(), from, to, tz: page.view.timezone });
    try {
      show((await ask(`/explore/values/?${params}`, { signal: asked.signal })).values);
    } catch {
      close(); // a field without suggestions takes what is typed
    }
  };
  const soon = afterPause(suggest, TYPING_MS);

  input.addEventListener("focus", suggest);
  input.addEventListener("input", soon);
  input.addEventListener("blur", () => {
    asked?.abort();
    close();
    if (input.value.trim()) add(cast(input.value.trim()));
    close();
  });
  // a press must not take the focus before the click has chosen
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const item = target.closest("[data-value]");
    if (item) add(cast(item.dataset.value));
  });
  input.addEventListener("keydown", (event) => {
    const item = list.querySelector('[aria-selected="true"]');
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at < 0 ? -1 : at - 1);
    else if ((event.key === "Enter" || event.key === ",") && (item || input.value.trim())) add(cast(item ? item.dataset.value : input.value.trim()));
    else if (event.key === "Escape" && list.matches(":popover-open")) close();
    else if (event.key === "Backspace" && !input.value && chosen.length) return remove(chosen.at(-1));
    else return;
    event.preventDefault();
  });
  box.addEventListener("click", ({ target }) => target === box && input.focus());
  draw();
  return box;
}
