// The page's side of a module in its frame: gives it data, reads what it says, and closes it if it floods.
import { DRAWN_MS, meter, parsed, READY_MS } from "./protocol.js";

const SELECT_MS = 400;

/** told(): what it is to draw, as the protocol has it. heard: {select(column, value), summary(text)}. say(problem, retry): shows
 * "late", "stuck", "flood" or "failed" with the module's own words; say(null) takes it away. -> {send, end} */
export function bridge(frame, { told, heard, say }) {
  const state = { ready: false, closed: false, selected: 0, count: meter() };
  let late = setTimeout(() => state.ready || say("late"), READY_MS);
  let stuck = null;
  const answered = () => (clearTimeout(stuck), (stuck = null));
  const send = () => {
    if (!state.ready || state.closed) return;
    stuck ??= setTimeout(() => close("stuck"), DRAWN_MS); // since the oldest data after which nothing was heard
    frame.contentWindow?.postMessage(JSON.stringify({ type: "data", ...told() }), "*"); // an opaque origin has no name; only this window gets it
  };
  const close = (why) => {
    answered();
    state.closed = true;
    frame.remove();
    say(why);
  };
  const DO = {
    ready() {
      clearTimeout(late);
      state.ready = true;
      say(null);
      send();
    },
    drawn: ({ summary }) => (say(null), heard.summary(summary ?? "")),
    error: ({ message }) => say("failed", message),
    // only from a frame that the reader is in, and no faster than people click
    select({ column, value }) {
      if (document.activeElement !== frame || performance.now() - state.selected < SELECT_MS) return;
      state.selected = performance.now();
      heard.select(column, value);
    },
    height: ({ pixels }) => frame.setAttribute("height", String(Math.round(pixels))),
  };
  const listen = (event) => {
    if (state.closed || event.source !== frame.contentWindow || event.source === null) return;
    answered(); // what loops says nothing at all
    const pace = state.count();
    if (pace === "flood") return close("flood");
    if (pace === "skip" || event.origin !== "null") return; // another origin: the frame is no longer what was put there
    const message = parsed(event.data, "said");
    if (message) DO[message.type](message);
  };
  window.addEventListener("message", listen);
  return {
    send,
    end() {
      clearTimeout(late);
      answered();
      window.removeEventListener("message", listen);
      state.closed = true;
    },
  };
}
