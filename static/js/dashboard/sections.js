// Sections: a reader folds away the cards between one and the next; what was folded is remembered for the page.

const key = (slug) => `sightline:sections:${slug}`;

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

/** Buttons before the headings, and the page as it was left. */
export function startSections({ slug, say }) {
  if (document.body.hasAttribute("data-editing")) return;
  const bands = [...document.querySelectorAll('#grid > .card[data-kind="section"]')];
  if (!bands.length) return;
  const kept = read(slug);
  const cards = [...document.querySelectorAll("#grid > .card")].map((article) => {
    const style = getComputedStyle(article);
    const section = article.dataset.kind === "section";
    const info = JSON.parse(article.dataset.info);
    return { id: article.dataset.widget, article, section, y: Number(style.getPropertyValue("--y")), h: Number(style.getPropertyValue("--h")), closed: section && (kept[info.id] ?? Boolean(info.options?.collapsed)) };
  });
  const show = () => {
    const places = folded(cards);
    for (const { id, article } of cards) {
      const { y, hidden } = places.get(id);
      article.hidden = hidden;
      article.style.setProperty("--y", y);
    }
  };
  for (const card of cards.filter(({ section }) => section)) card.article.querySelector(".card__title").prepend(button(card, cards, say, () => {
    kept[card.id] = card.closed;
    write(slug, kept);
    show();
  }));
  show();
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
