// A map under the hand: the wheel with Ctrl or Cmd zooms where the pointer is, dragging moves what is zoomed, + − and 0 do the same
// by keys, and a mark that gets the focus comes into view.
const MOST = 24;
const STEP = 1.6;
const DRAG = 4; // pixels
const REST = 140; // ms without a movement: then it is drawn anew, at its own sharpness

/** What a map kind exports as attach(). */
export function attachZoom(element, card) {
  const state = { drag: null, timer: null };
  const stage = () => element.querySelector("[data-map]");
  const sizeOf = () => ({ width: element.clientWidth, height: card.made.area?.height ?? element.clientHeight, top: card.made.area?.top ?? 0 });
  const set = ({ k, x, y }, now = false) => {
    const inside = (shift) => Math.min(0, Math.max(1 - k, shift));
    card.memory.zoom = k > 1.001 ? { k, x: inside(x), y: inside(y) } : undefined;
    show();
    clearTimeout(state.timer);
    if (now) card.redraw();
    else state.timer = setTimeout(card.redraw, REST);
  };
  const show = () => {
    const { width, height } = sizeOf();
    const { k, x, y } = card.memory.zoom ?? { k: 1, x: 0, y: 0 };
    stage()?.setAttribute("transform", `translate(${x * width} ${y * height}) scale(${k})`);
    stage()?.setAttribute("stroke-width", String(0.75 / k));
  };
  /** at: parts of the map's width and height that stay where they are. */
  const zoom = (factor, [atX, atY] = [0.5, 0.5], now = false) => {
    const was = card.memory.zoom ?? { k: 1, x: 0, y: 0 };
    const k = Math.min(MOST, Math.max(1, was.k * factor));
    set({ k, x: atX - ((atX - was.x) * k) / was.k, y: atY - ((atY - was.y) * k) / was.k }, now);
  };
  const placeOf = ({ clientX, clientY }) => {
    const box = element.getBoundingClientRect();
    const { width, height, top } = sizeOf();
    return [(clientX - box.left) / width, (clientY - box.top - top) / height];
  };
  const middleOf = (mark) => {
    const box = mark.getBoundingClientRect();
    return placeOf({ clientX: (box.left + box.right) / 2, clientY: (box.top + box.bottom) / 2 });
  };
  const act = (name, at) => (name === "reset" ? set({ k: 1, x: 0, y: 0 }, true) : zoom(name === "in" ? STEP : 1 / STEP, at, true));
  const on = {
    wheel(event) {
      if ((!event.ctrlKey && !event.metaKey) || !stage()) return;
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.06 : 0.002)), placeOf(event));
    },
    pointerdown(event) {
      if (event.button || !card.memory.zoom || event.pointerType === "touch" || event.target.closest("button")) return;
      state.drag = { from: [event.clientX, event.clientY], zoom: card.memory.zoom, moved: false };
    },
    pointermove(event) {
      const { drag } = state;
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.from[0], event.clientY - drag.from[1]];
      if (!drag.moved && Math.hypot(dx, dy) < DRAG) return;
      if (!drag.moved) element.setPointerCapture(event.pointerId);
      drag.moved = true;
      const { width, height } = sizeOf();
      set({ k: drag.zoom.k, x: drag.zoom.x + dx / width, y: drag.zoom.y + dy / height });
    },
    pointerup: () => (state.drag = null),
    pointercancel: () => (state.drag = null),
    click(event) {
      const name = event.target.closest?.("[data-map-zoom]")?.dataset.mapZoom;
      if (!name) return;
      act(name);
    },
    keydown(event) {
      const name = { "+": "in", "=": "in", "-": "out", 0: "reset" }[event.key];
      if (!name || event.ctrlKey || event.metaKey || event.altKey || !stage()) return;
      event.preventDefault();
      event.stopPropagation();
      act(name, event.target.matches("[data-mark]") ? middleOf(event.target) : undefined);
    },
    focusin({ target }) {
      if (!card.memory.zoom || !target.matches?.("[data-mark]:focus-visible")) return;
      const [x, y] = middleOf(target);
      if (x > 0.03 && x < 0.97 && y > 0.03 && y < 0.97) return;
      const { k, x: wasX, y: wasY } = card.memory.zoom;
      set({ k, x: wasX + 0.5 - x, y: wasY + 0.5 - y });
    },
  };
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener, { passive: false });
  return () => {
    clearTimeout(state.timer);
    for (const [type, listener] of Object.entries(on)) element.removeEventListener(type, listener);
  };
}
