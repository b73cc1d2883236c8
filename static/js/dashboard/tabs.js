// Tabs: one bar of all sections that are shown as tabs; only the cards of the chosen one are on the page.

/** The page at one tab. items: [{id, y, h, tab}]; wanted: a tab's id as text. Pure; as apps/dashboards/tabs.py, which writes
 * the page. -> {chosen, tabs: [id], bar: [row, rows], at: Map id -> row of what shows, panel: [id]}; null without tabs. */
export function arranged(items, wanted = "") {
  const tabs = items.filter((item) => item.tab).sort((a, b) => a.y - b.y);
  if (!tabs.length) return null;
  const chosen = tabs.find(({ id }) => String(id) === wanted) ?? tabs[0];
  const end = tabs.find(({ y }) => y > chosen.y)?.y ?? Infinity;
  const cards = items.filter((item) => !item.tab);
  const above = cards.filter(({ y }) => y < tabs[0].y);
  const panel = cards.filter(({ y }) => y >= chosen.y && y < end);
  const row = Math.max(tabs[0].y, ...above.map(({ y, h }) => y + h));
  const below = row + tabs[0].h - Math.min(chosen.y + chosen.h, ...panel.map(({ y }) => y));
  const at = new Map([...above.map(({ id, y }) => [id, y]), ...panel.map(({ id, y }) => [id, y + below])]);
  return { chosen: chosen.id, tabs: tabs.map(({ id }) => id), bar: [row, tabs[0].h], at, panel: panel.map(({ id }) => id) };
}

/** The tab on which a card stands, as text; "" for one that all tabs show. */
export function tabOf(items, id) {
  const { tabs = [] } = arranged(items) ?? {};
  return String(tabs.find((tab) => tab === id || arranged(items, String(tab)).panel.includes(id)) ?? "");
}

/** The bar of the page: clicks and keys choose, marks and links follow. choose(tab as text). -> {show(arranged)} */
export function startBar(bar, { state, choose }) {
  const links = [...bar.querySelectorAll("[role=tab]")];
  bar.addEventListener("click", (event) => {
    const link = event.target.closest("[role=tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(link.dataset.tab);
  });
  bar.addEventListener("keydown", (event) => {
    const next = stepped(links.indexOf(document.activeElement), links.length, event.key, getComputedStyle(bar).direction === "rtl");
    if (event.key === " ") document.activeElement.click();
    if (next === null && event.key !== " ") return;
    event.preventDefault();
    if (next !== null) links[next].focus();
  });
  return {
    show({ chosen, panel }) {
      for (const link of links) {
        const isChosen = link.dataset.tab === String(chosen);
        link.setAttribute("aria-selected", String(isChosen));
        link.tabIndex = isChosen ? 0 : -1;
        link.href = state.href({ ...state.view, tab: link.dataset.tab });
        if (isChosen && panel.length) link.setAttribute("aria-controls", panel.map((id) => `widget-${id}`).join(" "));
        else link.removeAttribute("aria-controls");
        if (isChosen) bar.scrollLeft += outside(link.getBoundingClientRect(), bar.getBoundingClientRect());
      }
    },
  };
}

/** Where a key leads from one tab; null if nowhere. */
export function stepped(from, count, key, rtl = false) {
  const [back, on] = rtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  const to = { [back]: from - 1, [on]: from + 1, Home: 0, End: count - 1 }[key];
  return from < 0 || to === undefined ? null : (to + count) % count;
}

/** How far a tab reaches out of its bar, in pixels. */
const outside = (tab, bar) => (tab.left < bar.left ? tab.left - bar.left : Math.max(0, tab.right - bar.right));
