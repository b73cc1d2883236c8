// A menu is asked for at a mark: by the second button, a long press, Shift+F10 or its own key. What stands in it is the
// page's matter: the element fires `sightline:menu` {column?, value?, also?, at?, place, byKey}; who shows one prevents it.
const HOLD_MS = 600;
const STILL = 8; // pixels that a finger may move

/** state: of the card. detailOf(params): what a mark stands for, {column, value, also, at}; null for nothing. */
export function menusOf(element, state, detailOf) {
  const press = { timer: 0, at: null };
  const ask = (params, place, byKey) => {
    const detail = params && detailOf(params);
    return Boolean(detail) && !element.dispatchEvent(new CustomEvent("sightline:menu", { bubbles: true, cancelable: true, detail: { ...detail, place, byKey } }));
  };
  const context = (event) => {
    clearTimeout(press.timer);
    const byKey = !event.pointerType && event.button !== 2;
    const found = state.made?.echarts ? onCanvas(element, state, event, byKey) : onMark(element, event, byKey);
    if (found && ask(found.params, found.place, byKey)) event.preventDefault();
  };
  const down = (event) => {
    clearTimeout(press.timer);
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    press.at = [event.clientX, event.clientY];
    const { target, clientX, clientY } = event;
    press.timer = setTimeout(() => {
      const found = { target, clientX, clientY, pointerType: "touch", preventDefault: () => (state.held = true) };
      state.pointed = state.pressed;
      context(found);
    }, HOLD_MS);
  };
  const move = ({ clientX, clientY }) => press.at && Math.hypot(clientX - press.at[0], clientY - press.at[1]) > STILL && clearTimeout(press.timer);
  const up = () => {
    clearTimeout(press.timer);
    setTimeout(() => (state.held = false), 50); // the click that follows a long press is none
  };
  const on = { contextmenu: context, pointerdown: down, pointermove: move, pointerup: up, pointercancel: up };
  for (const [type, listener] of Object.entries(on)) element.addEventListener(type, listener);
  return () => {
    clearTimeout(press.timer);
    for (const [type, listener] of Object.entries(on)) element.removeEventListener(type, listener);
  };
}

function onMark(element, event, byKey) {
  const mark = event.target.closest?.("[data-mark]");
  if (!mark || !element.contains(mark)) return null;
  const { left, bottom } = mark.getBoundingClientRect();
  return { params: { dataIndex: Number(mark.dataset.mark) }, place: byKey ? { x: left, y: bottom } : { x: event.clientX, y: event.clientY } };
}

/** The point under the pointer, as the library has said just before; the marked one by keys; a moment of a time chart. */
function onCanvas(element, state, event, byKey) {
  if (byKey) return state.points.current();
  const params = state.pointed;
  state.pointed = null;
  const place = { x: event.clientX, y: event.clientY };
  if (params) return { params, place };
  const { left, top } = element.getBoundingClientRect();
  const [x, y] = [event.clientX - left, event.clientY - top];
  if (!state.made.time || !state.chart.containPixel("grid", [x, y])) return null;
  return { params: { value: [Math.round(state.chart.convertFromPixel({ xAxisIndex: 0 }, x))] }, place };
}
