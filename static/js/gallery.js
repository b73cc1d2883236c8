// The gallery: each kind is drawn when it comes near; the search narrows, the dashboard chosen is where "Use this" leads.
import { configure, mount } from "./charts/card.js";
import { Failed, ask } from "./dashboard/http.js";
import { speaker } from "./dashboard/words.js";

const NEAR = "300px";
const page = JSON.parse(document.getElementById("page").textContent);
const say = speaker(page.words);
configure({ locale: page.locale, timezone: page.timezone });

async function draw(card) {
  try {
    const { kind, options, data } = await ask(card.dataset.example);
    const element = card.querySelector(".card__chart");
    element.addEventListener("sightline:drawn", ({ detail }) => {
      card.dataset.state = detail.empty ? "empty" : "drawn";
      card.dataset.drawn = "1";
      if (detail.empty) card.querySelector(".card__message").textContent = say("empty_title");
    });
    await mount(element, { kind, options }).update(data);
  } catch (error) {
    card.dataset.state = error.status === 404 ? "empty" : "error";
    card.querySelector(".card__message").textContent = error.said || say("error_title");
    if (!(error instanceof Failed)) throw error;
  }
}

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target);
  }
}, { rootMargin: NEAR });
for (const card of document.querySelectorAll("[data-example]")) watcher.observe(card);

document.getElementById("gallery-search").addEventListener("input", ({ target }) => {
  const wish = target.value.trim().toLowerCase();
  for (const family of document.querySelectorAll("section[data-family]")) {
    const items = [...family.querySelectorAll("[data-search]")];
    for (const item of items) item.hidden = !item.dataset.search.toLowerCase().includes(wish);
    family.hidden = items.every(({ hidden }) => hidden);
  }
});

const board = document.getElementById("gallery-board");
const lead = () => {
  for (const link of document.querySelectorAll("[data-use]")) link.href = `${board.value}?edit=1&new=${encodeURIComponent(link.dataset.use)}`;
};
board?.addEventListener("change", lead);
if (board) lead();
