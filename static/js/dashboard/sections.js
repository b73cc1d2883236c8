// Where cards stand in reading mode: those of the chosen tab (tabs.js), and of them those that no section has folded away;
// what was folded is remembered for the page.
import { arranged, startBar, tabOf } from "./tabs.js";

const key = (slug) => `sightline:sections:${slug}`;
const BAR = "tabs";

/** Rows that a fold frees, and where every card then stands. cards: [{id, y, h, section, closed}]. Pure.
 * -> Map id -> {y, hidden}. A section's cards are those that begin below it and above the next one. */
export function folded(cards) {
  const sections = cards.filter((card) => card.section).sort((a, b) => a.y - b.y);
  const bands = sections.map((section, i) => ({ from: section.y + section.h, to: sections[i + 1]?.y ?? Infinity, closed: section.closed }));
  return new Map(cards.map((card) => {
    const band = card.section ? null : bands.find(({ from, to }) => card.y >= from && card.y < to);
    const freed = bands.filter(({ to, closed }) => closed && to <= card.y).reduce((sum, { from, to }) => sum + to - from, 0);
    return [card.id, { y: card.y - freed, hidden: Boolean(band?.closed) }];
  }));
}

/** The whole page. cards: those of folded() and {tab}; the bar ends the section above it. Pure.
 * -> {tabs: as arranged() or null, places: as folded(), the bar's under "tabs"} */
export function placed(cards, wanted = "") {
  const tabs = arranged(cards, wanted);
  if (!tabs) return { tabs, places: folded(cards) };
  const shown = cards.filter(({ id }) => tabs.at.has(id)).map((card) => ({ ...card, y: tabs.at.get(card.id) }));
  const places = folded([{ id: BAR, y: tabs.bar[0], h: tabs.bar[1], section: true, closed: false }, ...shown]);
  for (const { id, y } of cards) if (!places.has(id)) places.set(id, { y, hidden: true });
  return { tabs, places };
}

/** Buttons before the headings, the bar of tabs, and the page as its address and the last visit have it. */
export function startSections({ slug, say, state }) {
  if (document.body.hasAttribute("data-editing")) return;
  const bar = document.getElementById(BAR);
  const kept = read(slug);
  const cards = [...document.querySelectorAll("#grid > .card[data-info]")].map((article) => cardOf(article, kept));
  const sections = cards.filter(({ section }) => section);
  if (!bar && !sections.length) return;
  const tabBar = bar && startBar(bar, { state, choose: (tab) => state.change({ tab }) });
  const show = () => {
    const { tabs, places } = placed(cards, state.view.tab);
    for (const { id, article } of cards) {
      const { y, hidden } = places.get(id);
      article.hidden = hidden;
      article.style.setProperty("--at", y);
    }
    bar?.style.setProperty("--at", places.get(BAR).y);
    tabBar?.show(tabs);
  };
  for (const card of sections) card.article.querySelector(".card__title").prepend(button(card, cards, say, () => {
    kept[card.id] = card.closed;
    write(slug, kept);
    show();
  }));
  if (bar) {
    openLinked(cards, state);
    addEventListener("hashchange", () => openLinked(cards, state));
    state.onChange(show);
  }
  show();
  if (bar) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "nearest" });
}

/** The card that the address leads to has its tab opened. */
function openLinked(cards, state) {
  const tab = tabOf(cards, Number(location.hash.match(/^#widget-(\d+)$/)?.[1]));
  if (tab) state.change({ tab }, { isSameStep: true });
}

function cardOf(article, kept) {
  const style = getComputedStyle(article);
  const info = JSON.parse(article.dataset.info);
  const tab = info.kind === "section" && info.options?.shown_as === "tab";
  const section = info.kind === "section" && !tab;
  const closed = section && (kept[info.id] ?? Boolean(info.options?.collapsed));
  return { id: info.id, article, section, tab, y: Number(style.getPropertyValue("--y")), h: Number(style.getPropertyValue("--h")), closed };
}

/** The heading becomes what folds: one button with its title, as screen readers expect. */
function button(card, cards, say, changed) {
  const title = card.article.querySelector(".card__title");
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "section__fold", textContent: title.textContent.trim() });
  title.replaceChildren();
  const tell = () => {
    made.setAttribute("aria-expanded", String(!card.closed));
    made.title = say(card.closed ? "section_open" : "section_close");
  };
  made.addEventListener("click", () => {
    card.closed = !card.closed;
    tell();
    changed();
  });
  tell();
  return made;
}

function read(slug) {
  try {
    return JSON.parse(localStorage.getItem(key(slug))) ?? {};
  } catch {
    return {};
  }
}

function write(slug, kept) {
  try {
    localStorage.setItem(key(slug), JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing still folds
  }
}
