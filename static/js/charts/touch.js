// Fingers on a time chart: one moves the time along, two zoom it between them. Up and down still scrolls the page.

const LEAST = 8; // pixels; less is a tap
const APART = 24; // pixels between two fingers that zoom
const MOST = 20; // times, for one pinch

/** chart(), moved(change) and ahead(change or null) are those of zoom.js. Returns a stop function. */
export function touchable(element, chart, { moved, ahead }) {
  const fingers = new Map(); // by pointer: {x, t}: where it is, and the time it holds
  let [first, now, isMoving] = [null, null, false]; // the axis as it was and as it is, {t, pixel}: the time at x = 0 and that of a pixel
  const place = (event) => event.clientX - element.getBoundingClientRect().left;
  const change = (ms) => now.t + ((ms - first.t) / first.pixel) * now.pixel;
  const hold = () => fingers.forEach((finger) => (finger.t = now.t + finger.x * now.pixel));

  const down = (event) => {
    if (event.pointerType !== "touch" || fingers.size === 2) return;
    const [x, plot] = [place(event), chart()];
    if (!plot?.containPixel("grid", [x, event.clientY - element.getBoundingClientRect().top])) return;
    if (!fingers.size) {
      const t = plot.convertFromPixel({ xAxisIndex: 0 }, x);
      const pixel = plot.convertFromPixel({ xAxisIndex: 0 }, x + 1) - t;
      first = now = { t: t - x * pixel, pixel };
    }
    fingers.set(event.pointerId, { x, start: x });
    hold();
  };
  const move = (event) => {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    finger.x = place(event);
    isMoving ||= Math.abs(finger.x - finger.start) >= LEAST;
    if (!isMoving) return;
    now = held([...fingers.values()], now.pixel, first.pixel);
    ahead(change);
  };
  const up = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    hold();
    if (fingers.size) return;
    if (isMoving) chart() ? moved(change) : ahead(null);
    isMoving = false;
  };
  const taken = () => {
    if (isMoving) ahead(null); // the browser scrolls, or shows something of its own
    fingers.clear();
    isMoving = false;
  };
  const { defaultView: view } = element.ownerDocument;
  const heard = [[element, "pointerdown", down], [view, "pointermove", move], [view, "pointerup", up], [view, "pointercancel", taken]];
  heard.forEach(([target, name, handler]) => target.addEventListener(name, handler));
  return () => heard.forEach(([target, name, handler]) => target.removeEventListener(name, handler));
}

/** The axis under which each finger is where its time is; of two that are close, their middle. */
export function held(fingers, pixel, first) {
  const [a, b] = fingers;
  if (!b) return { t: a.t - a.x * pixel, pixel };
  const wanted = Math.abs(b.x - a.x) < APART || a.t === b.t ? pixel : Math.abs((b.t - a.t) / (b.x - a.x));
  const bounded = Math.min(first * MOST, Math.max(first / MOST, wanted));
  return { t: (a.t + b.t) / 2 - ((a.x + b.x) / 2) * bounded, pixel: bounded };
}
