// Dragging over a time chart marks a span. Styles are set through the object model, which a strict content policy allows.

const LEAST = 6; // pixels; less is a click

/** chart(): the chart, or null while there is none with time. Calls zoomed({from, to}) in ms. Returns a stop function. */
export function zoomable(element, chart, zoomed) {
  const band = element.ownerDocument.createElement("div");
  Object.assign(band.style, { position: "absolute", top: "0", bottom: "0", pointerEvents: "none", background: "var(--accent)", opacity: ".14", display: "none", zIndex: "2" });
  let start = null;
  const place = (event) => event.clientX - element.getBoundingClientRect().left;
  const show = (from, to) => Object.assign(band.style, { display: "block", left: `${Math.min(from, to)}px`, width: `${Math.abs(to - from)}px` });
  const end = () => {
    start = null;
    band.style.display = "none";
  };
  const down = (event) => {
    const inside = event.button === 0 && event.pointerType !== "touch" && chart()?.containPixel("grid", [place(event), event.clientY - element.getBoundingClientRect().top]);
    if (!inside) return;
    start = place(event);
    element.append(band);
  };
  const move = (event) => start !== null && show(start, place(event));
  const up = (event) => {
    if (start === null) return;
    const [from, to] = [start, place(event)].sort((a, b) => a - b);
    const drawn = chart();
    if (to - from >= LEAST && drawn) zoomed({ from: Math.round(drawn.convertFromPixel({ xAxisIndex: 0 }, from)), to: Math.round(drawn.convertFromPixel({ xAxisIndex: 0 }, to)) });
    end();
  };
  const escaped = (event) => event.key === "Escape" && end();
  const { defaultView: view } = element.ownerDocument;
  element.addEventListener("pointerdown", down);
  view.addEventListener("pointermove", move);
  view.addEventListener("pointerup", up);
  view.addEventListener("keydown", escaped);
  return () => {
    element.removeEventListener("pointerdown", down);
    view.removeEventListener("pointermove", move);
    view.removeEventListener("pointerup", up);
    view.removeEventListener("keydown", escaped);
    band.remove();
  };
}
