// Inside the frame of a custom kind, before the module: takes data from the page and hands it over. The module calls
//   sightline.register({ draw(element, {frames, options, theme, size, locale, timezone}, {rows, select, height}) { … } })
// and draw() runs anew with new data, another size or another theme. It may be async and may return a summary.
import { parsed } from "../charts/custom/protocol.js";

const page = window.parent;
const root = document.getElementById("root");
const say = (message) => page.postMessage(JSON.stringify(message), "*"); // frame-ancestors lets no other page be the parent
const fail = (error) => say({ type: "error", message: String(error?.message ?? error).slice(0, 480) });
let [module, last] = [null, null];

/** The rows of a frame as objects: [{column: value}]. */
function rows(frame) {
  const { columns = [], data = [] } = frame ?? {};
  return Array.from({ length: data[0]?.length ?? 0 }, (_, i) => Object.fromEntries(columns.map(({ name }, at) => [name, data[at][i]])));
}

const tools = { rows, select: (column, value) => say({ type: "select", column, value }), height: (pixels) => say({ type: "height", pixels }) };

async function draw() {
  if (!module || !last) return;
  try {
    const summary = await module.draw(root, last, tools);
    say({ type: "drawn", ...(typeof summary === "string" ? { summary: summary.slice(0, 500) } : {}) });
  } catch (error) {
    fail(error);
  }
}

window.sightline = Object.freeze({
  register(given) {
    if (typeof given?.draw !== "function") throw new TypeError("sightline.register takes {draw(element, data, tools)}");
    module = given;
    say({ type: "ready" });
    draw();
  },
});
window.addEventListener("error", (event) => fail(event.message));
window.addEventListener("unhandledrejection", (event) => fail(event.reason));
window.addEventListener("message", (event) => {
  if (event.source !== page) return;
  const message = parsed(event.data, "told");
  if (!message) return;
  const { type, ...data } = message;
  last = data;
  draw();
});
