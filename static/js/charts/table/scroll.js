// The life of a table in the browser: it scrolls with only the rows in view, sorts, searches, widens and hides columns, and
// asks for more rows. Everything a reader does to it lies in `memory`, so it survives new data.
//   memory: {sort: [{name, descending}], search, widths: {name: px}, shownOf: Map(name -> bool), top, left, loaded}
import { escape } from "../../lib/markup.js";
import { oncePerFrame } from "../../lib/frames.js";
import { bodyMarkup, tableMarkup, windowOf } from "./markup.js";

const [LEAST, STEP] = [48, 16];
const TYPING_MS = 250;

/** modelOf(card) -> {model, widths, foot: markup, isCut, most?}; -> a function that ends it. */
export function scrolling(element, card, { modelOf, act = () => false, more = () => {} }) {
  const state = { element, card, modelOf, more, current: null, from: -1, to: -1, typing: 0 };
  const on = listeners(element);
  on("sightline:drawn", () => settle(state), element);
  on("scroll", ({ target }) => target.matches?.(".sheet__scroll") && scrolled(state, target), element, true);
  on("click", (event) => act(event, () => repaint(state)) || clicked(state, event));
  on("keydown", (event) => keyed(state, event));
  on("input", ({ target }) => target.matches(".sheet__search") && searched(state, target.value));
  on("change", ({ target }) => target.matches("[data-show]") && showed(state, target));
  on("pointerdown", (event) => event.target.matches(".sheet__size") && drag(state, event));
  on("toggle", ({ target }) => target.matches("details.sheet__columns") && (card.memory.isChoosing = target.open), element, true);
  on("keydown", (event) => event.key === "Escape" && closeChooser(element, event));
  on("focusin", ({ target }) => (state.focus = selectorOf(target)));
  on("focusout", ({ target }) => queueMicrotask(() => target.isConnected && (state.focus = null))); // new markup takes no focus away
  settle(state);
  return () => (clearTimeout(state.typing), on.end());
}

function listeners(element) {
  const gone = new AbortController();
  const on = (name, call, of = element, capture = false) => of.addEventListener(name, call, { signal: gone.signal, capture, passive: name === "scroll" });
  return Object.assign(on, { end: () => gone.abort() });
}

const part = ({ element }, name) => element.querySelector(`.sheet__${name}`);

/** After new markup: the scroll, the rows and the words are what they were. */
function settle(state) {
  const { element } = state;
  const box = part(state, "scroll");
  if (!box) return;
  const { memory } = state.card;
  if (memory.loaded && memory.loaded.of !== state.card.data) memory.loaded = null;
  state.current = state.modelOf(state.card);
  Object.assign(state, { from: -1, to: -1 });
  box.scrollTop = memory.top ?? 0;
  box.scrollLeft = memory.left ?? 0;
  rows(state, box);
  if (state.focus && !element.contains(document.activeElement)) focusOn(state, state.focus);
}

const selectorOf = ({ dataset, classList }) => {
  const name = ["sort", "toggle", "show"].find((each) => dataset[each] !== undefined);
  if (name) return `[data-${name}="${CSS.escape(dataset[name])}"]`;
  return ["sheet__search", "sheet__scroll"].filter((each) => classList.contains(each)).map((each) => `.${each}`)[0] ?? null;
};

function scrolled(state, box) {
  Object.assign(state.card.memory, { top: box.scrollTop, left: box.scrollLeft });
  box.toggleAttribute("data-moved", box.scrollLeft > 0);
  oncePerFrame(state, () => rows(state, box), true);
}

/** Puts the rows in view into the page, if others are there. */
function rows(state, box) {
  const { model } = state.current ?? {};
  if (!model || !box.isConnected) return;
  const { from, to } = windowOf(model, box.clientHeight, box.scrollTop);
  if (from === state.from && to === state.to) return;
  Object.assign(state, { from, to });
  const body = box.querySelector("tbody");
  const within = body.contains(document.activeElement) ? document.activeElement.dataset : null;
  body.innerHTML = bodyMarkup(model, { from, to }, state.card.theme);
  if (within?.toggle) focusOn(state, `[data-toggle="${CSS.escape(within.toggle)}"]`);
}

function focusOn({ element }, selector) {
  const found = element.querySelector(selector);
  found?.focus({ preventScroll: true });
  if (found?.type === "search") found.setSelectionRange(found.value.length, found.value.length);
}

/** The table anew in its place, after the reader changed how it is shown. */
export function repaint(state) {
  const box = part(state, "scroll");
  if (!box) return;
  state.current = state.modelOf(state.card);
  const { model, widths, foot } = state.current;
  box.innerHTML = tableMarkup(model, widths, { height: box.clientHeight }, state.card.theme, box.scrollTop);
  const said = part(state, "said");
  if (said && said.innerHTML !== foot) said.innerHTML = foot;
  Object.assign(state, { from: -1, to: -1 });
  rows(state, box);
  if (state.focus && !state.element.contains(document.activeElement)) focusOn(state, state.focus);
}

function clicked(state, event) {
  const sort = event.target.closest("[data-sort]");
  if (sort) return sorted(state, sort.dataset.sort, event.shiftKey);
  if (event.target.closest("[data-more]")) return state.more(state, repaint);
  return undefined;
}

/** Largest first for figures, then the other way round, then as it came. With shift, beside what it is sorted by already. */
function sorted(state, name, isMore) {
  const { memory } = state.card;
  const field = state.current.model.fields.find((each) => each.name === name);
  const now = (memory.sort ?? []).find((each) => each.name === name);
  const first = Boolean(field?.numeric);
  const next = !now ? { name, descending: first } : now.descending === first ? { name, descending: !first } : null;
  const others = isMore ? (memory.sort ?? []).filter((each) => each.name !== name) : [];
  memory.sort = next ? (now && isMore ? memory.sort.map((each) => (each.name === name ? next : each)) : [...others, next]) : others;
  memory.top = 0;
  part(state, "scroll").scrollTop = 0;
  changed(state);
}

function searched(state, text) {
  clearTimeout(state.typing);
  Object.assign(state.card.memory, { search: text, top: 0 });
  state.typing = setTimeout(() => {
    part(state, "scroll").scrollTop = 0;
    changed(state);
  }, TYPING_MS);
}

/** Sorted or searched among what is here; where that is not everything, the server is asked. */
function changed(state) {
  repaint(state);
  if (state.current.isCut) state.more(state, repaint, { isAnew: true });
}

function showed(state, box) {
  const { memory } = state.card;
  memory.shownOf ??= new Map();
  memory.shownOf.set(box.dataset.show, box.checked);
  repaint(state);
}

function closeChooser(element, event) {
  const open = element.querySelector("details.sheet__columns[open]");
  if (!open) return;
  event.preventDefault();
  open.open = false;
  open.querySelector("summary").focus();
}

function keyed(state, event) {
  const name = event.target.dataset?.sort;
  if (name === undefined || !event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  const at = state.current.model.fields.findIndex((field) => field.name === name);
  widen(state, at, state.current.widths[at] + (event.key === "ArrowRight" ? STEP : -STEP));
}

function widen(state, at, width) {
  const { memory } = state.card;
  memory.widths = { ...memory.widths, [state.current.model.fields[at].name]: Math.max(LEAST, Math.round(width)) };
  repaint(state);
}

function drag(state, event) {
  event.preventDefault();
  const at = Number(event.target.dataset.size);
  const [start, width] = [event.clientX, state.current.widths[at]];
  const isRtl = getComputedStyle(state.element).direction === "rtl";
  const move = ({ clientX }) => oncePerFrame(state, () => widen(state, at, width + (isRtl ? start - clientX : clientX - start)), true);
  const end = () => (document.removeEventListener("pointermove", move), document.removeEventListener("pointerup", end));
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
}

/** Everything around the table: what scrolls, and one line below it. */
export function shell({ model, widths, foot, choices }, size, theme, memory = {}) {
  const height = size.height - (foot || choices ? 26 : 0);
  const table = tableMarkup(model, widths, { height }, theme, memory.top ?? 0);
  const below = foot || choices ? `<div class="sheet__foot"><span class="sheet__said" role="status">${foot ?? ""}</span>${choices ?? ""}</div>` : "";
  return `<div class="sheet"><div class="sheet__scroll" tabindex="0" role="region" aria-label="${escape(model.label)}">${table}</div>${below}</div>`;
}

/** A search box and the list of columns, for the line below. */
export function choicesOf(fields, memory, theme, { search = true } = {}) {
  const isShown = ({ name, isHidden }) => (memory.shownOf?.has(name) ? memory.shownOf.get(name) : !isHidden);
  const boxes = fields.map((field) => `<label class="sheet__choice"><input type="checkbox" data-show="${escape(field.name)}"${isShown(field) ? " checked" : ""}><span dir="auto">${escape(field.label)}</span></label>`).join("");
  const box = search ? `<input class="sheet__search" type="search" value="${escape(memory.search ?? "")}" placeholder="${escape(theme.text("search_rows"))}" aria-label="${escape(theme.text("search_rows"))}">` : "";
  return `${box}<details class="sheet__columns"${memory.isChoosing ? " open" : ""}><summary>${escape(theme.text("columns"))}</summary><div class="sheet__choices">${boxes}</div></details>`;
}

