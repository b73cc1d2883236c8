// A module of the workspace's own. It runs in a frame without our origin and without a network; docs/custom-kinds.md has the
// protocol. On the server, and as "See data", its rows stand as a table. data.overlays.custom: {frame, name, version}.
import { frameOf, rowsOf, tableOf as rowsAsTable } from "../../lib/frame.js";
import { escape } from "../../lib/markup.js";
import { bridge } from "../custom/bridge.js";
import { placeholder } from "../placeholder.js";
import { themeOf } from "../theme.js";
import { picture as table } from "./table.js";

const OWN = /^\/w\/custom\/\d+\/$/;
const COLOURS = ["name", "font", "card", "raised", "sunken", "line", "lineStrong", "ink", "ink2", "ink3", "accent", "good", "bad", "warn", "neutral", "categories"];

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const { frame: address, name = "" } = data?.overlays?.custom ?? {};
  const drawn = rowsOf(frameOf(data)) ? table(data, {}, theme, size).svg : placeholder(String(name || theme.text("custom_gone")), "", theme, size);
  if (!OWN.test(address ?? "")) return { html: `<p class="muted">${escape(theme.text("custom_gone"))}</p>`, svg: drawn };
  return { html: `<iframe class="custom" src="${escape(address)}" sandbox="allow-scripts" title="${escape(name)}"></iframe>`, svg: drawn };
}

/** The frame gets data whenever the card is drawn: new rows, another size, another theme. */
export function attach(element, card) {
  const state = { frame: null, bridge: null };
  const start = () => {
    state.bridge?.end();
    state.frame = element.querySelector("iframe.custom");
    state.bridge = state.frame && bridge(state.frame, { told: () => told(element, card), heard: heardBy(element, card), say: (problem, words) => say(element, card, problem, words, retry) });
  };
  const retry = () => {
    const made = state.frame.cloneNode();
    made.src = card.data.overlays.custom.frame;
    element.replaceChildren(made);
    start();
  };
  const drawn = () => {
    if (element.querySelector("iframe.custom") !== state.frame && !element.querySelector(".custom__problem")) start();
    state.bridge?.send();
  };
  element.addEventListener("sightline:drawn", drawn);
  start();
  return () => {
    element.removeEventListener("sightline:drawn", drawn);
    state.bridge?.end();
  };
}

function told(element, { data, theme, options }) {
  return {
    frames: data?.frames ?? {}, options: settingsOf(options), locale: theme.locale, timezone: theme.timezone,
    theme: Object.fromEntries(COLOURS.map((name) => [name, theme[name]])), size: { width: element.clientWidth, height: element.clientHeight },
  };
}

/** What the author wrote for the module. */
function settingsOf({ settings }) {
  try {
    return JSON.parse(settings || "{}");
  } catch {
    return {};
  }
}

const heardBy = (element, card) => ({
  // a module filters by what it was given: a dimension of its own question
  select(column, value) {
    if (frameOf(card.data).columns.some(({ name, role }) => name === column && role === "dimension")) card.fire("sightline:select", { column, value });
  },
  summary: (text) => text && element.setAttribute("aria-label", text),
});

/** A problem in words, set as text. */
function say(element, card, problem, words, retry) {
  element.querySelector(".custom__problem")?.remove();
  if (!problem) return;
  const box = document.createElement("div");
  box.className = "custom__problem";
  box.setAttribute("role", "status");
  const [line, button] = [document.createElement("p"), document.createElement("button")];
  line.textContent = card.theme.text(`custom_${problem}`) + (words ? ` ${words}` : "");
  Object.assign(button, { type: "button", className: "link", textContent: card.theme.text("try_again") });
  button.addEventListener("click", retry);
  box.append(line, button);
  element.append(box);
}

export const summary = (data, options, theme = themeOf("light")) => (data?.overlays?.custom?.name ? theme.text("custom_of", { name: data.overlays.custom.name, n: rowsOf(frameOf(data)) }) : theme.text("custom_gone"));

export const tableOf = (data, options, theme = themeOf("light")) => rowsAsTable(data, theme);
