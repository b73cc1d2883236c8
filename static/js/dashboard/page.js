// The page as a whole: its state, its feed, its cards. The editor imports it to add and take away cards.
import { configure } from "../charts/card.js";
import { formatTime } from "../lib/time.js";
import { cardOf } from "./card.js";
import { createFeed } from "./feed.js";
import { startFilters } from "./filters.js";
import { startMenus } from "./inspect.js";
import { startRange } from "./range.js";
import { startSections } from "./sections.js";
import { createState } from "./state.js";
import { ago, speaker } from "./words.js";

const NEAR = "300px";
const facts = JSON.parse(document.getElementById("page").textContent);

export const page = { ...facts, say: speaker(facts.words), cards: new Map() };
page.state = createState(page);
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) page.cards.get(Number(target.dataset.widget))?.near();
}, { rootMargin: NEAR });

/** Takes a card's element into the page; it loads when it comes near. */
export function adopt(article, { isOwn = false } = {}) {
  const card = Object.assign(cardOf(article, page), { isOwn });
  page.cards.set(card.id, card);
  watcher.observe(article);
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
  page.arrived = (card, data) => {
    if (data.window) range.show(data.window);
    fresh();
  };
  startFilters({ ...page, filters: facts.filters });
  startMenus(page);
  startCompare();
  document.addEventListener("sightline:zoom", ({ detail }) => {
    if (!document.body.hasAttribute("data-editing")) page.state.change({ from: String(detail.from), to: String(detail.to) });
  });
  page.state.onChange(() => {
    for (const card of page.cards.values()) card.show();
    followLinks();
  });
  startSections(page);
  for (const article of document.querySelectorAll("#grid .card[data-info]")) adopt(article);
  setInterval(() => {
    for (const card of page.cards.values()) card.tick();
    fresh();
  }, 1000);
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
  for (const [id, editing] of [["edit", true], ["done", false]]) {
    const link = document.getElementById(id);
    if (!link) continue;
    const url = new URL(page.state.href(page.state.view), location.origin);
    if (editing) url.searchParams.set("edit", "1");
    else url.searchParams.delete("edit");
    link.href = url.pathname + url.search;
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
