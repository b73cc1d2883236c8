// Marks in SVG and HTML: what carries data-mark="i" has a tooltip, can be clicked, and is reached by keys. One mark of a
// picture is in the order of the Tab key; arrows go on from there.
import { hideTip, showTip, tipText } from "./tip.js";

const OWN = "a, button, input, select, textarea, summary, label, [contenteditable]"; // does by itself what it does
const DRAG = 6; // pixels; a longer way marks a span of time
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** made(): the picture that stands; clicked(i, place): a mark was chosen, there in the window.
 * -> {refresh(), stop()}. refresh() after the markup was written anew. */
export function marksOf(element, made, clicked) {
  const state = { at: null, hadFocus: false, shown: null, down: null };
  const marks = () => [...element.querySelectorAll("[data-mark]")];
  const first = (i) => element.querySelector(`[data-mark="${CSS.escape(String(i))}"]`);
  const tipOf = (mark) => made()?.tip?.(Number(mark.dataset.mark)) ?? null;
  const hide = () => ((state.shown = null), hideTip());
  const show = (mark, place) => {
    const tip = tipOf(mark);
    if (!tip) return hide();
    state.shown = mark;
    showTip(tip, place);
  };
  const name = (mark) => {
    const i = Number(mark.dataset.mark);
    const tip = tipOf(mark);
    const acts = canClick(made(), i);
    if (tip && !mark.hasAttribute("aria-label")) mark.setAttribute("aria-label", tipText(tip));
    if (!mark.hasAttribute("role")) mark.setAttribute("role", acts ? "button" : "img");
    mark.toggleAttribute("data-acts", acts);
  };
  /** The one mark that Tab finds. */
  const rove = (mark) => {
    for (const other of element.querySelectorAll('[data-mark][tabindex="0"]')) other.setAttribute("tabindex", "-1");
    if (!mark) return;
    mark.setAttribute("tabindex", "0");
    name(mark);
    state.at = mark.dataset.mark;
  };
  const go = (mark) => {
    if (!mark) return;
    rove(mark);
    mark.focus();
    mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const on = {
    pointermove(event) {
      if (event.pointerType === "touch") return;
      const mark = event.target.closest?.("[data-mark]");
      if (!mark || !element.contains(mark)) return state.shown ? hide() : undefined;
      if (state.shown !== mark) name(mark);
      show(mark, { x: event.clientX, y: event.clientY });
    },
    pointerleave: hide,
    pointerdown: ({ clientX, clientY }) => (state.down = [clientX, clientY]),
    click(event) {
      const mark = event.target.closest?.("[data-mark]");
      if (!mark || event.defaultPrevented || isOwn(event.target, element) || isDrag(state.down, event)) return;
      if (canClick(made(), Number(mark.dataset.mark))) rove(mark);
      if (event.pointerType === "touch") {
        show(mark, { x: event.clientX, y: event.clientY });
        document.addEventListener("pointerdown", hide, { once: true, capture: true });
      }
      clicked(Number(mark.dataset.mark), { x: event.clientX, y: event.clientY });
    },
    focusin({ target }) {
      if (!target.matches?.("[data-mark]")) return;
      rove(target);
      if (target.matches(":focus-visible")) show(target, beside(target));
    },
    focusout: hide,
    keydown(event) {
      const mark = event.target;
      if (!mark.matches?.("[data-mark]") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && state.shown) hide();
      else if ((event.key === "Enter" || event.key === " ") && !mark.matches(OWN)) clicked(Number(mark.dataset.mark), beside(mark));
      else if (event.key in ARROWS || event.key === "Home" || event.key === "End") go(next(marks(), mark, event.key));
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  return {
    /** Before the markup is written anew: whether a mark had the focus. */
    remember: () => (state.hadFocus = element.contains(document.activeElement) && document.activeElement.matches("[data-mark]")),
    refresh() {
      const found = state.at === null ? null : first(state.at);
      const mark = found ?? element.querySelector("[data-mark]");
      if (mark) element.querySelector(":scope > svg")?.setAttribute("role", "group"); // an image would hide its marks
      rove(mark);
      if (!found) state.at = null;
      if (found && state.hadFocus) found.focus({ preventScroll: true });
      else hide();
      state.hadFocus = false;
    },
    stop() {
      for (const [type, listener] of Object.entries(on)) element.removeEventListener(type, listener);
      hide();
    },
  };
}

const canClick = (made, i) => Boolean(made?.select?.({ dataIndex: i })?.length || Number.isFinite(made?.step?.({ dataIndex: i })));
const isDrag = (down, { clientX, clientY, detail }) => detail > 0 && down && Math.hypot(clientX - down[0], clientY - down[1]) >= DRAG;
const isOwn = (target, element) => Boolean(target.closest(OWN)) && element.contains(target.closest(OWN));

function beside(mark) {
  const { left, right, top, bottom } = mark.getBoundingClientRect();
  return { x: (left + right) / 2, y: (top + bottom) / 2, apart: Math.min(28, Math.max(10, (bottom - top) / 2 + 4)) };
}

/** Left and right go through all marks in their order; up and down to the nearest one there, or in order. */
function next(marks, mark, key) {
  if (key === "Home" || key === "End") return marks.at(key === "Home" ? 0 : -1);
  const [dx, dy] = ARROWS[key];
  const near = dy ? nearest(marks, mark, dy) : null;
  if (near) return near;
  const isRtl = dx && getComputedStyle(mark).direction === "rtl";
  const step = (dx || dy) * (isRtl ? -1 : 1);
  let at = marks.indexOf(mark) + step;
  while (marks[at]?.dataset.mark === mark.dataset.mark) at += step; // another part of the same mark
  return marks[at];
}

function nearest(marks, mark, dy) {
  const middle = (each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return [(left + right) / 2, (top + bottom) / 2];
  };
  const [x, y] = middle(mark);
  let [best, least] = [null, Infinity];
  for (const each of marks) {
    const [ex, ey] = middle(each);
    const down = (ey - y) * dy;
    const away = down + 3 * Math.abs(ex - x);
    if (down > 1 && away < least) [best, least] = [each, away];
  }
  return best;
}
