// The page as a whole: its state, its feed, its cards. The editor imports it to add and take away cards.
import { configure } from "../charts/card.js";
import { formatTime, momentText } from "../lib/time.js";
import { cardOf } from "./card.js";
import { createFeed } from "./feed.js";
import { startFilters } from "./filters.js";
import { startMenus, tableBox } from "./inspect.js";
import { startKinds } from "./kinds.js";
import { showPath, startMarks } from "./marks.js";
import { startRange } from "./range.js";
import { startSections } from "./sections.js";
import { createState } from "./state.js";
import { ago, speaker } from "./words.js";

const NEAR = "300px";
const HEAD_MS = 250;
const facts = JSON.parse(document.getElementById("page").textContent);

export const page = { ...facts, say: speaker(facts.words), cards: new Map() };
page.state = createState(page);
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    const card = page.cards.get(Number(target.dataset.widget));
    if (isIntersecting) card?.near();
    else if (target.hidden) card?.far(); // folded away, or of another tab
  }
}, { rootMargin: NEAR });

/** Takes a card's element into the page; it loads when it comes near. */
export function adopt(article, { isOwn = false } = {}) {
  const card = Object.assign(cardOf(article, page), { isOwn });
  card.asked = JSON.stringify(page.state.viewOf(card.id));
  page.cards.set(card.id, card);
  watcher.observe(article);
  if (page.state.view.cards[card.id]) article.querySelector(".card__picture")?.remove(); // it shows the page's view
  showPath(card, page);
  return card;
}

/** Lets a card go. */
export function drop(id) {
  const card = page.cards.get(id);
  if (!card) return;
  watcher.unobserve(card.article);
  card.destroy();
  page.cards.delete(id);
}

export function start() {
  configure({ locale: page.locale, timezone: page.view.timezone });
  page.feed = createFeed({ state: page.state, slug: page.slug, onState: showLive, onLive: (card, is) => (card.info.live = is) });
  const range = startRange(page);
  // of many live cards one may arrive with each frame: what the page says of all is written a few times a second
  let [span, due] = [null, 0];
  page.state.onChange(() => (span = null));
  page.arrived = (card, data) => {
    span = data.window ?? span;
    due ||= setTimeout(() => {
      due = 0;
      if (span) range.show(span);
      fresh();
    }, HEAD_MS);
  };
  page.drawn = showBelow;
  startFilters({ ...page, filters: facts.filters });
  startMenus(page);
  startMarks(page);
  startKinds(page, (widget, version) => {
    if (document.body.hasAttribute("data-editing")) document.dispatchEvent(new CustomEvent("sightline:changed", { detail: { widget, version } }));
    else location.reload();
  });
  startCompare();
  document.addEventListener("sightline:zoom", (event) => {
    if (document.body.hasAttribute("data-editing")) return;
    event.preventDefault(); // taken
    page.state.change({ from: momentText(event.detail.from), to: momentText(event.detail.to) });
  });
  page.state.onChange(() => {
    for (const card of page.cards.values()) {
      showPath(card, page);
      if (!isSame(card)) card.show();
    }
    followLinks();
  });
  startSections(page);
  for (const article of document.querySelectorAll("#grid .card[data-info]")) adopt(article);
  setInterval(() => {
    for (const card of page.cards.values()) card.tick();
    fresh();
  }, 1000);
}

/** Whether a card shows the view already: another card's own comparison or depth is none of its business. */
function isSame(card) {
  const asked = JSON.stringify(page.state.viewOf(card.id));
  const same = card.asked === asked;
  card.asked = asked;
  return same;
}

/** The rows of a card that has the page to itself. */
async function showBelow(card) {
  const box = document.getElementById("card-rows");
  if (!box || !card.data) return;
  box.replaceChildren(await tableBox(card));
  box.hidden = card.article.dataset.state === "empty";
}

/** The dot: shown where rows arrive by themselves, and wherever the connection is gone. */
function showLive(state) {
  const dot = document.getElementById("live");
  dot.dataset.live = state;
  dot.querySelector("span").textContent = page.say(state);
  const hasLive = [...page.cards.values()].some(({ info }) => info.live);
  dot.hidden = !hasLive && state !== "offline";
}

function startCompare() {
  const button = document.getElementById("compare");
  button.addEventListener("click", () => page.state.change({ compare: page.state.view.compare ? "" : "previous" }));
  page.state.onChange((view) => button.setAttribute("aria-pressed", String(view.compare === "previous")));
}

/** Links that enter or leave edit mode keep the view. */
function followLinks() {
  for (const [id, editing] of [["edit", true], ["done", false], ["to-dashboard", false]]) {
    const link = document.getElementById(id);
    if (!link) continue;
    const url = new URL(page.state.href(page.state.view), location.origin);
    if (editing) url.searchParams.set("edit", "1");
    else for (const name of ["edit", "card"]) url.searchParams.delete(name);
    link.href = (id === "to-dashboard" ? link.pathname : url.pathname) + url.search;
  }
}

/** "Data up to … · age": of the newest row that any card knows of. */
function fresh() {
  const known = [...page.cards.values()].filter((card) => card.data).map((card) => (card.info.live ? card.upTo : card.info.data_to ?? card.upTo)).filter(Boolean);
  if (!known.length) return;
  const newest = Math.max(...known);
  const { timezone } = page.state.view;
  const today = Date.now() - newest < 864e5;
  const time = formatTime(newest, today ? "second" : "day", { locale: page.locale, timezone });
  const text = `${page.say("data_up_to", { time: today ? time.split(", ").at(-1) : time.replace(/^\S+ /, "") })} · ${ago(newest, page.locale)}`;
  const element = document.getElementById("fresh");
  if (element.textContent !== text) element.textContent = text;
}
