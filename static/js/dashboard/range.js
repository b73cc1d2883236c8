// The time range: its button, the list of ranges, the form for one's own, the last ones used, and the buttons beside it that move
// the span along and make it wider.
import { momentText } from "../lib/time.js";
import { movedSpan, widerSpan } from "./steps.js";
import { spanText } from "./words.js";

const KEPT = 5;
const STORE = "sightline:ranges";
const isMs = (text) => /^-?\d{11,14}$/.test(text);

export function startRange({ state, say, locale }) {
  const popover = document.getElementById("range");
  const form = document.getElementById("range-own");
  const label = document.getElementById("range-label");
  const span = document.getElementById("range-span");
  const choose = (from, to) => {
    popover.hidePopover();
    remember(from, to);
    state.change({ from, to });
  };
  popover.addEventListener("click", (event) => {
    const item = event.target.closest("[data-from]");
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(item.dataset.from, item.dataset.to);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    choose(form.elements.from.value.trim(), form.elements.to.value.trim());
  });
  popover.addEventListener("toggle", () => showRecent(locale, state.view.timezone, document.getElementById("range-recent"), popover));
  const nameOf = ({ from, to }, window) => {
    const quick = [...popover.querySelectorAll(".range__quick [data-from]")].find((item) => item.dataset.from === from && item.dataset.to === to);
    if (quick) return quick.textContent.trim();
    if (window) return spanText(window.from, window.to, { locale, timezone: state.view.timezone });
    return isMs(from) && isMs(to) ? spanText(Number(from), Number(to), { locale, timezone: state.view.timezone }) : `${from} – ${to}`;
  };
  const show = (window) => {
    const { view } = state;
    const name = nameOf(view, window);
    const dates = window ? spanText(window.from, window.to, { locale, timezone: view.timezone }) : "";
    label.textContent = name;
    span.textContent = dates && dates !== name ? `${dates} · ${view.timezone}` : view.timezone;
    if (popover.matches(":popover-open")) return; // somebody may be typing there
    form.elements.from.value = isMs(view.from) ? new Date(Number(view.from)).toISOString().slice(0, 16) + "Z" : view.from;
    form.elements.to.value = isMs(view.to) ? new Date(Number(view.to)).toISOString().slice(0, 16) + "Z" : view.to;
    for (const item of popover.querySelectorAll(".range__quick [data-from]")) {
      if (item.dataset.from === view.from && item.dataset.to === view.to) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  };
  const steps = startSteps(state);
  state.onChange(() => {
    steps.know(null);
    show(null);
  });
  return {
    show(window) {
      steps.know(window);
      show(window);
    },
    say,
  };
}

/** The buttons that move the span. know(window): the span that is shown, in ms; null until it is answered, unless it is one of ms. */
function startSteps(state) {
  const box = document.getElementById("range-steps");
  let span = { from: Number(box.dataset.from), to: Number(box.dataset.to) };
  const turn = { back: () => movedSpan(span, state.view.timezone, -1), ahead: () => movedSpan(span, state.view.timezone, 1), wider: () => widerSpan(span) };
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    const next = span && button ? turn[button.dataset.step]() : null;
    if (next) state.change({ from: momentText(next.from), to: momentText(next.to) });
  });
  return {
    know(window) {
      const { from, to } = state.view;
      span = window ?? (isMs(from) && isMs(to) ? { from: Number(from), to: Number(to) } : null);
      for (const button of box.querySelectorAll("button")) button.setAttribute("aria-disabled", String(!span));
    },
  };
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
}

function remember(from, to) {
  const kept = [[from, to], ...recent().filter(([a, b]) => a !== from || b !== to)].slice(0, KEPT);
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing still shows everything
  }
}

function showRecent(locale, timezone, box, popover) {
  for (const old of box.querySelectorAll("button")) old.remove();
  const known = new Map([...popover.querySelectorAll(".range__quick [data-from]")].map((item) => [`${item.dataset.from} ${item.dataset.to}`, item.textContent.trim()]));
  for (const [from, to] of recent()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "range__item";
    Object.assign(button.dataset, { from, to });
    button.textContent = known.get(`${from} ${to}`) ?? (isMs(from) && isMs(to) ? spanText(Number(from), Number(to), { locale, timezone }) : `${from} – ${to}`);
    box.append(button);
  }
  box.hidden = !box.querySelector("button");
}
