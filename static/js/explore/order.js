// The order of chips: dragged by their label, moved by the arrow keys, or by the menu that a click opens.
import { el, icon, openAt } from "../lib/dom.js";
import { moved } from "./state.js";

const FAR = 5; // pixels that make a press a drag
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** The label of a chip. names: the list it stands in; reorder([name]) keeps a new order; remove() takes it away. -> the element. */
export function label(page, { name, words, names, reorder, remove }) {
  const text = el("span", { class: "truncate", title: words }, words);
  if (names.length < 2) return text;
  const at = names.indexOf(name);
  const button = el("button", { type: "button", class: "explore__move", "data-key": `move ${name}`, "aria-haspopup": "menu", "aria-label": page.say("place_of", { name: words, at: at + 1, n: names.length }) }, text);
  const go = (to) => {
    const order = moved(names, at, to);
    if (order === names) return;
    reorder(order);
    document.getElementById("order-said").textContent = page.say("moved", { name: words, at: to + 1, n: names.length });
  };
  button.addEventListener("keydown", (event) => {
    const to = event.key in STEPS ? at + STEPS[event.key] : { Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
  button.addEventListener("click", () => {
    if (button.dataset.dragged) return delete button.dataset.dragged;
    openMenu(button, [
      ...(at > 0 ? [[page.say("move_earlier"), "chevron-left", () => go(at - 1)]] : []),
      ...(at < names.length - 1 ? [[page.say("move_later"), "chevron-right", () => go(at + 1)]] : []),
      [page.say("remove_field", { name: words }), "close", remove],
    ]);
  });
  button.addEventListener("pointerdown", (event) => event.button === 0 && drag(button, event, (to) => go(to)));
  return button;
}

function openMenu(opener, items) {
  const menu = document.getElementById("chip-menu");
  menu.replaceChildren(...items.map(([words, sign, act]) => {
    const item = el("button", { type: "button", class: "menu__item", role: "menuitem" }, icon(sign), words);
    item.addEventListener("click", () => {
      menu.hidePopover();
      opener.focus(); // so that it stays on this chip when they are drawn anew
      act();
    });
    return item;
  }));
  const { left, bottom } = opener.getBoundingClientRect();
  openAt(menu, { left, top: bottom + 4 });
  menu.firstElementChild.focus();
}

/** The chip follows the pointer among those that can move; placed(index) once it is let go elsewhere. */
function drag(button, { pointerId, clientX, clientY }, placed) {
  const chip = button.closest(".explore__chip");
  const list = chip.parentElement;
  const movable = () => [...list.children].filter((each) => each.querySelector(".explore__move"));
  const rest = chip.nextElementSibling;
  const stopping = new AbortController();
  const over = { signal: stopping.signal };
  let isDragged = false;
  const end = () => {
    stopping.abort();
    chip.removeAttribute("data-dragged");
  };
  const follow = (event) => {
    if (event.pointerId !== pointerId) return;
    if (!isDragged && Math.hypot(event.clientX - clientX, event.clientY - clientY) < FAR) return;
    isDragged = true;
    button.dataset.dragged = "1";
    chip.dataset.dragged = "1";
    const under = movable().find((each) => each !== chip && holds(each, event));
    if (!under) return;
    const isBehind = chip.compareDocumentPosition(under) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (isBehind) under.after(chip);
    else under.before(chip);
  };
  const letGo = (event) => {
    if (event.pointerId !== pointerId) return;
    end();
    if (!isDragged) return;
    setTimeout(() => delete button.dataset.dragged); // after the click that a release may make
    placed(movable().indexOf(chip));
  };
  const giveUp = () => {
    end();
    list.insertBefore(chip, rest);
  };
  document.addEventListener("pointermove", follow, over);
  document.addEventListener("pointerup", letGo, over);
  document.addEventListener("pointercancel", giveUp, over);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && giveUp(), over);
}

function holds(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
