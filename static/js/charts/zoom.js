// The hand on a time chart: dragging marks a span, with Shift it moves the time along, and Ctrl with the wheel zooms where the
// pointer is. Styles are set through the object model, which a strict content policy allows.

const LEAST = 6; // pixels; less is a click
const NOTCH = 1.25; // what a notch of the wheel does
const MOST = 20; // times, for one turn of the wheel
const SHORTEST_MS = 1000;
const REST_MS = 250; // a wheel that rests this long has ended

/** chart(): the chart, or null while there is none with time.
 * marked({from, to}): that span, in ms, is asked for.
 * moved(change): times are asked for that lie elsewhere; change maps each edge, in ms, to its new one.
 * ahead(change or null): what moved() will ask for, while the hand still moves; null takes it back.
 * Returns a stop function. */
export function zoomable(element, chart, { marked, moved, ahead }) {
  const document = element.ownerDocument;
  const band = document.createElement("div");
  Object.assign(band.style, { position: "absolute", top: "0", bottom: "0", pointerEvents: "none", background: "var(--accent)", opacity: ".14", display: "none", zIndex: "2" });
  const place = (event) => event.clientX - element.getBoundingClientRect().left;
  const timeAt = (x) => chart().convertFromPixel({ xAxisIndex: 0 }, x);
  const isInside = (event) => Boolean(chart()?.containPixel("grid", [place(event), event.clientY - element.getBoundingClientRect().top]));
  const show = (from, to) => Object.assign(band.style, { display: "block", left: `${Math.min(from, to)}px`, width: `${Math.abs(to - from)}px` });

  let start = null; // of a drag: {x, pixel: ms of one, moves}
  const changeTo = (x) => (ms) => ms - (x - start.x) * start.pixel;
  const end = () => {
    start = null;
    band.style.display = "none";
  };
  const down = (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || event.ctrlKey || !isInside(event)) return;
    const x = place(event);
    start = { x, pixel: timeAt(x + 1) - timeAt(x), moves: event.shiftKey };
    if (!start.moves) element.append(band);
  };
  const move = (event) => {
    if (!start) return;
    if (start.moves) ahead(changeTo(place(event)));
    else show(start.x, place(event));
  };
  const up = (event) => {
    if (!start) return;
    const x = place(event);
    const isDrag = Math.abs(x - start.x) >= LEAST && chart();
    if (start.moves) isDrag ? moved(changeTo(x)) : ahead(null);
    else if (isDrag) marked({ from: Math.min(timeAt(start.x), timeAt(x)), to: Math.max(timeAt(start.x), timeAt(x)) });
    end();
  };
  const escaped = (event) => {
    if (event.key !== "Escape" || !start) return;
    if (start.moves) ahead(null);
    end();
  };

  let turn = null; // of the wheel: {at, times, timer}
  const turned = () => {
    const { at, times } = turn;
    return (ms) => at + (ms - at) * times;
  };
  const rested = () => {
    const change = turned();
    turn = null;
    if (chart()) moved(change);
  };
  const wheel = (event) => {
    if (!event.ctrlKey || start || !isInside(event)) return;
    event.preventDefault(); // the browser would zoom the page
    turn ??= { at: timeAt(place(event)), times: 1 };
    turn.times = Math.min(MOST, Math.max(1 / MOST, turn.times * (event.deltaY > 0 ? NOTCH : 1 / NOTCH)));
    ahead(turned());
    clearTimeout(turn.timer);
    turn.timer = setTimeout(rested, REST_MS);
  };

  const { defaultView: view } = document;
  const heard = [[element, "pointerdown", down], [view, "pointermove", move], [view, "pointerup", up], [view, "keydown", escaped], [element, "wheel", wheel]];
  heard.forEach(([target, name, handler]) => target.addEventListener(name, handler, { passive: false }));
  return () => {
    heard.forEach(([target, name, handler]) => target.removeEventListener(name, handler));
    clearTimeout(turn?.timer);
    band.remove();
  };
}

/** A span as a page takes it: whole milliseconds, no shorter than a second. */
export function spanned(from, to) {
  const spare = Math.max(0, SHORTEST_MS - (to - from)) / 2;
  return { from: Math.round(from - spare), to: Math.round(to + spare) };
}
