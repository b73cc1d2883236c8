// The tooltip of marks in SVG and HTML, and the voice that says what is marked to those who do not see it: one of each a
// page, made when first needed. In the top layer, so that neither a card nor a dialog cuts it.
const EDGE = 8;
const AWAY = 14; // from the pointer
let [box, voice] = [null, null];

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** {title, rows: [[name, value, colour?]]} near a point of the window. apart: how far from it. */
export function showTip({ title, rows = [] }, { x, y, apart = AWAY }) {
  box ??= document.body.appendChild(Object.assign(make("div", "tip"), { popover: "manual", ariaHidden: "true" }));
  box.replaceChildren(...[title].filter(Boolean).map((text) => Object.assign(make("p", "tip__title", text), { dir: "auto" })), ...rows.map(rowOf));
  if (!box.matches(":popover-open")) box.showPopover();
  place(x, y, apart);
}

function rowOf([name, value, colour]) {
  const row = make("p", "tip__row");
  const swatch = make("span", "tip__swatch");
  if (colour) swatch.style.background = colour;
  row.append(...(colour ? [swatch] : []), Object.assign(make("span", "tip__name", name ?? ""), { dir: "auto" }), Object.assign(make("b", "tip__value", value ?? ""), { dir: "auto" }));
  return row;
}

/** After the point in the direction of reading and below it; before it or above where there is no room. */
function place(x, y, apart) {
  const { width, height } = box.getBoundingClientRect();
  const isRtl = document.documentElement.dir === "rtl";
  const [after, before] = [x + apart, x - apart - width];
  const wish = isRtl ? (before >= EDGE ? before : after) : after + width <= innerWidth - EDGE ? after : before;
  const below = y + apart;
  const top = below + height <= innerHeight - EDGE ? below : y - apart - height;
  box.style.left = `${Math.max(EDGE, Math.min(wish, innerWidth - EDGE - width))}px`;
  box.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - EDGE - height))}px`;
}

export function hideTip() {
  if (box?.matches(":popover-open")) box.hidePopover();
}

/** Reads a text out. A page's modal dialog silences what is outside of it, so the voice stands where the focus is. */
export function speak(text) {
  voice ??= Object.assign(make("p", "visually-hidden"), { role: "status" });
  const home = document.activeElement?.closest("dialog") ?? document.body;
  if (voice.parentElement !== home) home.append(voice);
  voice.textContent = text;
}

/** A tooltip as one line of text. */
export const tipText = ({ title, rows = [] }) => [title, ...rows.map(([name, value]) => [name, value].filter(Boolean).join(" "))].filter(Boolean).join(", ");
