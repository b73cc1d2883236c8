// One moment on all time charts of a page: where the pointer is on one, the others show a thin line. A line of our own and
// not echarts.connect(), which would open a tooltip on every chart.

const followers = new Set();

/** Joins a chart to the page's crosshair. Returns a stop function. */
export function follow(element, chart) {
  const line = element.ownerDocument.createElement("div");
  Object.assign(line.style, { position: "absolute", top: "8px", bottom: "26px", width: "1px", pointerEvents: "none", background: "var(--line-strong)", display: "none", zIndex: "1" });
  const follower = { show: (ms) => show(element, chart(), line, ms) };
  followers.add(follower);
  const others = (ms) => followers.forEach((other) => other !== follower && other.show(ms));
  const move = (event) => {
    const drawn = chart();
    const { left, top } = element.getBoundingClientRect();
    const x = event.clientX - left;
    others(drawn?.containPixel("grid", [x, event.clientY - top]) ? drawn.convertFromPixel({ xAxisIndex: 0 }, x) : null);
  };
  const leave = () => others(null);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerleave", leave);
  return () => {
    followers.delete(follower);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerleave", leave);
    line.remove();
  };
}

function show(element, chart, line, ms) {
  const x = chart && ms !== null ? chart.convertToPixel({ xAxisIndex: 0 }, ms) : NaN;
  const inside = Number.isFinite(x) && chart.containPixel("grid", [x, element.clientHeight / 2]);
  if (inside && !line.isConnected) element.append(line);
  Object.assign(line.style, inside ? { display: "block", left: `${x}px` } : { display: "none" });
}
