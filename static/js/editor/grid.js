// The grid under the author's hand: GridStack, and the same by keys.
import { GridStack } from "gridstack";
import { adopt, drop } from "../dashboard/page.js";

const ROW = 40;
const GAP = 12;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** -> {add(html), remove(id), replace(id, html), box(id), on(name, work)}. */
export function startGrid(page, saving) {
  const element = document.getElementById("grid");
  const stack = GridStack.init({
    column: 24, cellHeight: ROW + GAP, margin: GAP / 2, float: true, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    handle: ".card", draggable: { cancel: "button, a, input, [popover], .ui-resizable-handle" }, resizable: { handles: "se" }, minRow: 4,
  }, element);
  const works = {};
  const items = () => stack.getGridItems();
  const layout = () => items().filter((item) => item.gridstackNode).map(({ gridstackNode: { id, x, y, w, h } }) => ({ widget: Number(id), x, y, w, h }));
  stack.on("change", () => saving.moved(layout));
  element.addEventListener("keydown", (event) => keyed(event, stack, works));
  document.addEventListener("click", ({ target }) => {
    const item = target.closest("[data-do]");
    const id = item && Number(item.closest("[data-menu]")?.dataset.menu);
    if (id) works[item.dataset.do]?.(id);
  });
  document.getElementById("tidy").addEventListener("click", () => stack.compact());
  const find = (id) => items().find((item) => Number(item.gridstackNode?.id) === id);
  return {
    on: (name, work) => (works[name] = work),
    box: (id) => {
      const { x, y, w, h } = find(id).gridstackNode;
      return { x, y, w, h };
    },
    add(html) {
      const item = fromHtml(html);
      element.append(item);
      stack.makeWidget(item);
      adopt(item.querySelector(".card"), { isOwn: true });
      item.scrollIntoView({ block: "nearest" });
      item.focus({ preventScroll: true });
    },
    replace(id, html) {
      const [old, next] = [find(id).querySelector(".card"), fromHtml(html).querySelector(".card")];
      drop(id);
      old.replaceWith(next);
      window.htmx?.process(next);
      adopt(next, { isOwn: true });
    },
    remove(id) {
      drop(id);
      stack.removeWidget(find(id));
      saving.moved(layout);
    },
  };
}

function fromHtml(html) {
  const mould = document.createElement("template");
  mould.innerHTML = html.trim();
  return mould.content.querySelector(".grid-stack-item");
}

/** Arrows move the focused card, with Shift they resize it; e edits, d doubles, Del removes. */
function keyed(event, stack, works) {
  const item = event.target;
  if (!item.classList?.contains("grid-stack-item") || event.ctrlKey || event.metaKey || event.altKey) return;
  const { id, x, y, w, h } = item.gridstackNode;
  const step = STEPS[event.key];
  if (step) {
    event.preventDefault();
    const [dx, dy] = step;
    const wish = event.shiftKey ? { w: Math.min(24 - x, Math.max(1, w + dx)), h: Math.max(1, h + dy) } : { x: Math.min(24 - w, Math.max(0, x + dx)), y: Math.max(0, y + dy) };
    stack.update(item, wish);
    item.focus();
    return;
  }
  const name = { e: "edit", d: "duplicate", Delete: "remove", Backspace: "remove" }[event.key];
  if (!name) return;
  event.preventDefault();
  event.stopPropagation();
  works[name]?.(Number(id));
}
