// All names of a legend, with their values: opened by "+ n more". One a page.
let panel = null;

const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

/** rows: [{name, label, colour, text, off}] in order; say(key): a word; on: {only(name), toggle(name), all(), order(by)}. */
export function openPanel(anchor, { rows, order, say, on }) {
  panel ??= document.body.appendChild(Object.assign(make("div", "popover legend-list"), { popover: "auto" }));
  fill({ rows, order, say, on });
  panel.showPopover();
  const at = anchor.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const place = { left: Math.max(8, Math.min(at.left, innerWidth - width - 8)), top: at.bottom + 4 + height > innerHeight - 8 ? Math.max(8, innerHeight - 8 - height) : at.bottom + 4 };
  Object.assign(panel.style, { positionArea: "none", margin: "0", left: `${place.left}px`, top: `${place.top}px` });
  panel.querySelector("input, button")?.focus();
}

/** The same rows anew, while it is open. */
export function fill({ rows, order, say, on }) {
  if (!panel) return;
  const top = panel.querySelector(".legend-list__rows")?.scrollTop ?? 0;
  const focused = document.activeElement?.dataset?.key;
  const head = make("div", "row legend-list__head");
  for (const by of ["value", "name"]) head.append(button("btn btn--small", say(`order_${by}`), () => on.order(by), { key: `order ${by}`, pressed: order === by }));
  if (rows.some(({ off }) => off)) head.append(button("link push", say("show_all"), on.all, { key: "all" }));
  const list = make("ul", "legend-list__rows");
  list.append(...rows.map((row) => line(row, say, on)));
  panel.replaceChildren(head, list);
  list.scrollTop = top;
  if (focused) [...panel.querySelectorAll("[data-key]")].find(({ dataset }) => dataset.key === focused)?.focus();
}

function line({ name, label, colour, text, off }, say, on) {
  const item = make("li", "legend-list__row");
  const box = Object.assign(make("input", ""), { type: "checkbox", checked: !off, ariaLabel: label });
  box.dataset.key = `box ${name}`;
  box.addEventListener("change", () => on.toggle(name));
  const swatch = make("span", "tip__swatch");
  swatch.style.background = colour;
  const only = button("legend-list__name truncate", label, () => on.only(name), { key: `only ${name}` });
  Object.assign(only, { title: say("legend_only"), dir: "auto" });
  item.append(box, swatch, only, make("span", "num muted", text));
  return item;
}

function button(className, text, act, { key, pressed }) {
  const made = Object.assign(make("button", className, text), { type: "button" });
  made.dataset.key = key;
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  made.addEventListener("click", act);
  return made;
}

export const isOpen = () => Boolean(panel?.matches(":popover-open"));
