// What can be done with a mark of a card: only this, a level deeper, where the card leads, the rows behind it.
import { frameOf, timesOf } from "../lib/frame.js";
import { el } from "../lib/dom.js";
import { openMenu } from "../lib/menu.js";
import { listed } from "../lib/sheet.js";
import { sheetTable } from "../lib/table.js";
import { filterText } from "../lib/range.js";
import { throughUrl } from "../lib/through.js";
import { formatTime } from "../lib/time.js";
import { themeOf } from "../charts/theme.js";
import { stepAt } from "../explore/levels.js";
import { select } from "./filters.js";
import { Failed, ask } from "./http.js";
import { openDialog } from "./inspect.js";
import { paramsOf } from "./state.js";

/** A menu where a card asks for one: by the second button, a long press or its key; by a plain click on a card that leads
 * somewhere. Any other click filters the page, as filters.js says. */
export function startMarks(page) {
  if (document.body.hasAttribute("data-editing")) return;
  const menu = document.body.appendChild(el("div", { class: "menu", popover: "auto", role: "menu", id: "mark-menu" }));
  const cardAt = ({ target }) => page.cards.get(Number(target.closest?.("[data-widget]")?.dataset.widget));
  const open = (event) => {
    const card = cardAt(event);
    if (!card) return false;
    const mark = markOf(card, event.detail, page);
    const items = itemsOf(card, mark, page);
    if (items.length < 1) return false;
    openMenu(menu, { title: mark.title, items, place: { left: event.detail.place.x + 4, top: event.detail.place.y + 4 }, opener: event.detail.byKey ? document.activeElement : null });
    return true;
  };
  document.addEventListener("sightline:menu", (event) => open(event) && event.preventDefault());
  document.addEventListener("sightline:select", (event) => {
    const card = cardAt(event);
    if (event.detail.place && card && leads(card, event.detail)) open(event);
    else select(page.state, page.cards, event.detail);
  });
}

/** Whether a plain click has more than one thing to do. */
const leads = ({ info }, { column, value }) => Boolean(info.options?.through || (value !== null && info.drills?.[column]?.length));

function markOf(card, { column, value, name, also = [], at }, page) {
  const picked = column === undefined ? [] : [{ column, value, name }, ...also];
  const frame = frameOf(card.data);
  const [time] = timesOf(frame);
  const span = at !== undefined && time?.values.length ? stepAt(at, time.values, frame.grain, frame.window?.to) : null;
  const when = span ? formatTime(span.from, frame.grain, { locale: page.locale, timezone: page.state.view.timezone }) : "";
  return { picked, span, title: [when, ...picked.map((each) => each.name ?? each.value ?? "–")].filter((text) => text !== "").join(" · ") };
}

/** [words, icon, act or address] of each line. */
function itemsOf(card, mark, page) {
  const { state, say, cards } = page;
  const { picked, span } = mark;
  const { info } = card;
  const [first] = picked;
  const items = [];
  if (first && first.value !== null) items.push([say("mark_only", { name: mark.title }), "filter", () => select(state, cards, { ...first, also: picked.slice(1) })]);
  if (span) items.push([say("mark_only", { name: mark.title }), "clock", () => state.change({ from: String(span.from), to: String(span.to) })]);
  for (const each of picked) {
    if (each.value === null) continue;
    for (const [finer, label] of info.drills?.[each.column] ?? []) {
      const path = [...(state.view.cards[card.id]?.path ?? []), [each.column, String(each.value), finer]];
      items.push([say("mark_drill", { name: label }), "arrow-right", () => state.changeCard(card.id, { path })]);
    }
  }
  const way = first || span ? wayOf(card, mark, page) : null;
  if (way) items.push([say(way.outside ? "mark_outside" : "mark_through", { name: way.name }), way.outside ? "external" : "link", way.href, way]);
  if (info.dataset && (first || span)) items.push([say("mark_rows"), "kind-table", () => showRows(card, mark, page)]);
  return items;
}

/** The address that the card's author has set, filled with this mark and this view. */
function wayOf(card, { picked, span }, page) {
  const view = page.state.viewOf(card.id);
  const of = Object.fromEntries([...Object.entries(view.filters).map(([column, values]) => [column, values[0]]), ...picked.map(({ column, value }) => [column, value])]);
  const { from, to } = span ?? card.data.window ?? view;
  const known = { ...of, value: picked[0]?.value ?? "", column: picked[0]?.column ?? "", from, to, tz: view.timezone };
  const found = throughUrl(card.info.options?.through, known);
  return found && { ...found, name: found.outside ? new URL(found.href).host : found.href.split(/[?#]/)[0] };
}

const STEP = 100;

/** The raw rows behind a mark, a page at a time. */
function showRows(card, { picked, span, title }, page) {
  const view = { ...page.state.viewOf(card.id), ...(span ? { from: String(span.from), to: String(span.to) } : {}) };
  const params = new URLSearchParams(paramsOf(view));
  params.set("mark", JSON.stringify(picked.map(({ column, value }) => [column, value])));
  const theme = themeOf("light", { locale: page.locale, timezone: view.timezone });
  const hint = el("p", { class: "muted", role: "status" }, "…");
  const box = el("div", { class: "table-wrap inspect__table" });
  const more = el("button", { type: "button", class: "btn btn--small" }, page.say("mark_more"));
  more.hidden = true;
  const load = async (n) => {
    params.set("page", String(n));
    try {
      const frame = await ask(`/w/${card.id}/behind/?${params}`);
      box.replaceChildren(sheetTable(listed(frame, theme)));
      const isFull = frame.row_count >= n * STEP && n < 20;
      hint.textContent = page.say(isFull ? "mark_first" : "mark_count", { n: frame.row_count });
      more.hidden = !isFull;
      more.onclick = () => load(n + 1);
    } catch (error) {
      hint.textContent = (error instanceof Failed && error.said) || page.say("error_title");
      if (!(error instanceof Failed)) throw error;
    }
  };
  openDialog(page.say("mark_rows_of", { name: title }), hint, box, more);
  load(1);
}

/** How deep a card is drilled, in its head; each step leads back to it. */
export function showPath(card, page) {
  const path = page.state.view.cards[card.id]?.path ?? [];
  card.article.querySelector(".card__path")?.remove();
  card.article.toggleAttribute("data-drilled", path.length > 0);
  if (!path.length) return;
  const back = (n) => page.state.changeCard(card.id, { path: path.slice(0, n) });
  const step = (label, n) => {
    const button = el("button", { type: "button", class: "link", dir: "auto" }, label);
    button.addEventListener("click", () => back(n));
    return el("li", {}, n === path.length ? el("span", { "aria-current": "true", dir: "auto" }, label) : button);
  };
  const list = el("ol", {}, step(page.say("all"), 0), ...path.map(([column, value], i) => step(filterText(value, page.columns[column], themeOf("light", { locale: page.locale, timezone: page.view.timezone })), i + 1)));
  card.article.querySelector(".card__title").after(el("nav", { class: "card__path", "aria-label": page.say("mark_path") }, list));
}
