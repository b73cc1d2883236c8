// Dragging over a chart with two value axes shows that part of it alone, or does what the kind says; a double click shows all again.
// Styles are set
// through the object model, which a strict content policy allows.

const LEAST = 6; // pixels; less is a click

/** card: what attach() gets. Its picture says where it plots: {plot: {left, top, width, height, x, y}}, x and y giving the value at
 * a share (0 to 1, from left and from below). What is dragged goes to memory.zoom {x: [from, to], y: [from, to]}, unless
 * brushed(span) says that it took it; cleared() hears a double click too. */
export function brushable(element, card, { brushed = () => false, cleared = () => {} } = {}) {
  const document = element.ownerDocument;
  const box = document.createElement("div");
  Object.assign(box.style, { position: "absolute", pointerEvents: "none", background: "var(--accent)", opacity: ".14", display: "none", zIndex: "2" });
  let start = null;
  const place = (event) => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const held = ([x, y], { left, top, width, height }) => [Math.min(Math.max(x, left), left + width), Math.min(Math.max(y, top), top + height)];
  const end = () => {
    start = null;
    box.style.display = "none";
  };
  const show = (memory) => {
    Object.assign(card.memory, { zoom: memory });
    card.redraw();
  };
  const down = (event) => {
    const plot = card.made?.plot;
    const [x, y] = place(event);
    const inside = plot && x >= plot.left && x <= plot.left + plot.width && y >= plot.top && y <= plot.top + plot.height;
    if (!inside || event.button !== 0 || event.pointerType === "touch") return;
    start = [x, y];
    element.append(box);
  };
  const move = (event) => {
    if (!start || !card.made?.plot) return;
    const [x, y] = held(place(event), card.made.plot);
    Object.assign(box.style, { display: "block", left: `${Math.min(start[0], x)}px`, top: `${Math.min(start[1], y)}px`, width: `${Math.abs(x - start[0])}px`, height: `${Math.abs(y - start[1])}px` });
  };
  const up = (event) => {
    if (!start || !card.made?.plot) return;
    const zoom = spanOf(start, held(place(event), card.made.plot), card.made.plot);
    end();
    if (zoom && !brushed(zoom)) show(zoom);
  };
  const escaped = (event) => event.key === "Escape" && end();
  const all = () => {
    if (card.memory.zoom) show(null);
    cleared();
  };
  const { defaultView: view } = document;
  const heard = [[element, "pointerdown", down], [view, "pointermove", move], [view, "pointerup", up], [view, "keydown", escaped], [element, "dblclick", all]];
  heard.forEach(([target, name, handler]) => target.addEventListener(name, handler));
  return () => {
    heard.forEach(([target, name, handler]) => target.removeEventListener(name, handler));
    box.remove();
  };
}

/** Two corners in pixels as spans of values, or null where it was a click. */
export function spanOf(from, to, plot) {
  if (Math.abs(from[0] - to[0]) < LEAST || Math.abs(from[1] - to[1]) < LEAST) return null;
  const sorted = (a, b) => (a < b ? [a, b] : [b, a]);
  const across = sorted(from[0], to[0]).map((x) => plot.x((x - plot.left) / plot.width));
  const up = sorted(from[1], to[1]).map((y) => plot.y(1 - (y - plot.top) / plot.height)).reverse();
  return { x: across, y: up };
}
