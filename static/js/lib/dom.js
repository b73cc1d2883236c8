// Elements without markup in strings: whatever comes from data goes in as text.

const sprite = document.querySelector('meta[name="sightline-icons"]')?.content ?? "";

/** el("button", {class: "btn", "aria-pressed": "true"}, "text", element). An attribute of null, undefined or false is left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name, size = "small") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", `icon icon--${size}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

/** <option>s of [value, label] pairs. */
export const options = (pairs, chosen) => pairs.map(([value, label]) => {
  const option = el("option", { value }, label);
  option.selected = value === chosen;
  return option;
});

/** A popover at an element or a point; the stylesheet's own place is for buttons that name their popover. */
export function openAt(popover, { left, top, width = 0 }) {
  popover.showPopover();
  const box = popover.getBoundingClientRect();
  const x = Math.max(8, Math.min(left, innerWidth - box.width - 8));
  const y = top + box.height > innerHeight - 8 ? Math.max(8, innerHeight - box.height - 8) : top;
  Object.assign(popover.style, { positionArea: "none", margin: "0", left: `${x}px`, top: `${y}px`, ...(width ? { minWidth: `${width}px` } : {}) });
}

/** Runs `work` once, `ms` after the last call. */
export function afterPause(work, ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), ms);
  };
}
