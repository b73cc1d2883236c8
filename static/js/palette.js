// The search box over every page: Ctrl+K (or ⌘K, or /) opens it, the arrows move through what was found, Enter goes there.
// htmx asks the server while one types; the markup is templates/search/_palette.html.

const palette = document.getElementById("palette");

function open() {
  if (!palette || palette.open || document.querySelector("dialog[open]")) return;
  palette.showModal();
  const box = palette.querySelector("input");
  box.select();
  box.focus();
}

/** Moves the focus from the box to a result, and among them; above the first is the box again. */
function move(step) {
  const links = [...palette.querySelectorAll("[data-hit]")];
  if (!links.length) return;
  const next = links.indexOf(document.activeElement) + step;
  if (next < 0) palette.querySelector("input").focus();
  else links[Math.min(next, links.length - 1)].focus();
}

function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

function onKey(event) {
  const command = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
  const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  if (command || slash) {
    if (!palette) return;
    event.preventDefault();
    open();
  }
}

function onKeyInside(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    move(step);
  } else if (event.key === "Escape") {
    palette.close(); // by itself, a search box is only emptied at first
  } else if (event.key === "Enter" && event.target.matches("input")) {
    // Enter in the box goes to the best hit, if it is of these words already; else to the page with all of them
    const best = palette.querySelector("[data-hit]");
    if (best && !palette.querySelector(".htmx-request")) {
      event.preventDefault();
      best.click();
    }
  }
}

if (palette) {
  document.addEventListener("keydown", onKey);
  // the rail's link leads to the page of the same box, where no script runs
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a[data-keys='g f']") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  palette.addEventListener("keydown", onKeyInside);
  // a link to a card of this very page changes nothing but the place: close the box then
  palette.addEventListener("click", (event) => event.target.closest("[data-hit]") && palette.close());
}
