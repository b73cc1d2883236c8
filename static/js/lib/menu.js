// A menu made on the spot, at the pointer or below what opened it.
import { el, icon, openAt } from "./dom.js";

/** menu: a .menu[popover]. items: [[words, icon, act or address]]; an act is called, an address is a link (`outside`: in a
 * new tab). opener: takes the focus back. */
export function openMenu(menu, { title, items, place, opener = null }) {
  menu.replaceChildren(el("p", { class: "menu__label truncate", dir: "auto" }, title), ...items.map((item) => itemOf(menu, item)));
  if (menu.matches(":popover-open")) menu.hidePopover();
  openAt(menu, place);
  if (!opener) return;
  menu.querySelector(".menu__item")?.focus();
  menu.addEventListener("toggle", () => opener.isConnected && [document.body, null].includes(document.activeElement) && opener.focus(), { once: true });
}

function itemOf(menu, [label, sign, act, { outside = false } = {}]) {
  const isLink = typeof act === "string";
  const more = isLink ? { href: act, ...(outside ? { target: "_blank", rel: "noopener noreferrer" } : {}) } : { type: "button" };
  const item = el(isLink ? "a" : "button", { class: "menu__item", role: "menuitem", ...more }, icon(sign), el("span", { class: "truncate", dir: "auto" }, label));
  item.addEventListener("click", () => {
    menu.hidePopover();
    if (!isLink) act();
  });
  return item;
}
