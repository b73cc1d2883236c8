// The answer: asked for after each change, drawn by the same chart modules as a card, with how it came about below.
import { mount } from "../charts/card.js";
import { stepped } from "../dashboard/feed.js";
import { Failed, ask } from "../dashboard/http.js";
import { ago } from "../dashboard/words.js";
import { formatNumber } from "../lib/format.js";
import { csrfToken } from "../theme.js";
import { formatTime } from "../lib/time.js";
import { el } from "../lib/dom.js";
import { clearErrors, sayError } from "./panel.js";
import { askedOf, fits, itemsOf, kindOf, optionsOf } from "./state.js";

const PAUSE_MS = 250;
const STALE_MS = 2500; // a stale answer is being refreshed behind

/** Asks the page's endpoint. asked: as state.askedOf makes it. */
export const askData = (asked, signal) => ask("/explore/data/", { method: "POST", body: JSON.stringify(asked), signal, headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() } });

/** arrived(data, state) is called with each answer that is drawn. -> {data}. */
export function startPicture(page, store, { names, arrived }) {
  const card = document.getElementById("picture");
  const shown = { chart: null, kind: "", options: "", data: null, state: null, asked: null, timer: 0, isNew: false };
  const chart = document.getElementById("chart");

  chart.addEventListener("sightline:drawn", ({ detail }) => {
    card.dataset.drawn = "1";
    document.getElementById("picture-summary").textContent = detail.summary;
    if (!shown.isNew) return;
    shown.isNew = false;
    card.dataset.state = detail.empty ? "empty" : "drawn";
    if (detail.empty) say(emptyMessage(page, store));
    else say(null);
  });

  async function load() {
    shown.asked?.abort();
    clearTimeout(shown.timer);
    const { state } = store;
    if (!state.measures.length) return showStart(page, store, true);
    showStart(page, store, false);
    const asked = (shown.asked = new AbortController());
    const kind = kindOf(state, page);
    head(page, state, kind, names, shown.data);
    card.setAttribute("aria-busy", "true");
    try {
      const width = document.getElementById("picture").clientWidth - 32;
      const data = await askData(askedOf(state, page, stepped(width)), asked.signal);
      if (asked.signal.aborted) return;
      clearErrors();
      await draw(state, kind, data);
    } catch (error) {
      if (error.name === "AbortError") return;
      failed(error);
      if (!(error instanceof Failed)) throw error;
    } finally {
      if (shown.asked === asked) card.removeAttribute("aria-busy");
    }
  }

  async function draw(state, kind, data) {
    const options = optionsOf(state, kind);
    const told = JSON.stringify(options);
    if (shown.kind !== kind || shown.options !== told) {
      shown.chart?.destroy();
      delete card.dataset.drawn;
      // the rows below are the table
      Object.assign(shown, { chart: kind === "table" ? null : mount(chart, { kind, options }), kind, options: told });
    }
    Object.assign(shown, { data, state, isNew: true });
    card.dataset.kind = kind;
    document.getElementById("explore").dataset.kind = kind;
    card.dataset.state = data.frames.main.row_count ? "drawn" : "empty";
    say(data.frames.main.row_count ? null : emptyMessage(page, store));
    head(page, state, kind, names, data);
    foot(page, data);
    arrived(data, state);
    if (shown.chart) await shown.chart.update(data);
    else card.dataset.drawn = "1";
    if (data.answer.cache === "stale" && !data.answer.problem) shown.timer = setTimeout(load, STALE_MS);
  }

  function failed(error) {
    card.dataset.state = "error";
    const isPlaced = error instanceof Failed && sayError(error);
    if (isPlaced && card.dataset.drawn) return say(null);
    const title = (!isPlaced && error.said) || page.say(error.status === 0 ? "error_network" : "error_title");
    const again = error.status === 0 || error.status >= 500 ? [page.say("retry"), load] : null;
    say({ title, text: isPlaced ? error.said : "", action: again });
  }

  let pause = 0;
  store.onChange((state, isOld) => {
    clearTimeout(pause);
    head(page, state, kindOf(state, page), names, shown.data); // at once, before the answer is there
    pause = setTimeout(load, isOld ? 0 : PAUSE_MS);
  });
  startKinds(page, store);
  setInterval(() => shown.data && tick(page, shown.data), 1000);
  load();
  return { get data() { return shown.data; }, get state() { return shown.state; }, load };
}

// -- words about it

export function titleOf(state, names, page) {
  const measures = state.measures.map(names.measure).join(", ");
  const groups = [...(state.grain ? [names.dimension("@time")] : []), ...state.dimensions.map(names.dimension)].join(", ");
  return groups ? page.say("by", { measures, groups }) : measures;
}

function head(page, state, kind, names, data) {
  for (const id of ["picture-title", "question-title"]) document.getElementById(id).textContent = titleOf(state, names, page);
  const frame = data?.frames?.main;
  const grain = frame?.grain && state.grain === "auto" ? page.grains.find(([name]) => name === frame.grain)?.[1] ?? "" : "";
  document.getElementById("picture-sub").textContent = grain;
  for (const button of document.querySelectorAll("#kinds [data-kind]")) {
    const fit = fits(page.kinds.find(({ slug }) => slug === button.dataset.kind), state);
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-checked", String(button.dataset.kind === kind));
    button.tabIndex = button.dataset.kind === kind ? 0 : -1;
    button.setAttribute("aria-disabled", String(!fit));
    button.title = fit ? label : page.say("cannot_draw", { kind: label });
  }
  const canStack = (kind === "line" && state.dimensions.length === 1) || (kind === "bar" && state.dimensions.length + (state.grain ? 1 : 0) > 1);
  document.getElementById("stacked-part").hidden = !canStack;
  document.getElementById("stacked").checked = state.stacked;
}

function startKinds(page, store) {
  const buttons = [...document.querySelectorAll("#kinds [data-kind]")];
  const choose = (button) => button.getAttribute("aria-disabled") !== "true" && store.change({ kind: button.dataset.kind });
  for (const button of buttons) button.addEventListener("click", () => choose(button));
  document.getElementById("kinds").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const usable = buttons.filter((button) => button.getAttribute("aria-disabled") !== "true");
    const next = usable.at((usable.indexOf(document.activeElement) + step) % usable.length);
    next?.focus();
    if (next) choose(next);
  });
  document.getElementById("stacked").addEventListener("change", ({ target }) => store.change({ stacked: target.checked }));
}

function foot(page, data) {
  const { main } = data.frames;
  const n = main.row_count.toLocaleString(page.locale);
  document.getElementById("foot").hidden = false;
  document.getElementById("foot-rows").textContent = main.truncated ? page.say("rows_cut", { n }) : page.say(main.row_count === 1 ? "row_one" : "rows_n", { n });
  document.getElementById("foot-took").textContent = page.say(main.rolled_up ? "took_rolled" : "took", { time: formatNumber(main.took_ms, { format: "duration", unit: "ms" }, { locale: page.locale }) });
  const cache = document.getElementById("foot-cache");
  const { problem = "" } = data.answer;
  cache.textContent = page.say(problem ? "last_good" : data.answer.cache);
  document.getElementById("foot-problem").textContent = problem;
  cache.className = `pill pill--${{ fresh: "good", stale: "warn" }[data.answer.cache] ?? "accent"}`;
  tick(page, data);
}

function tick(page, { answer }) {
  const age = document.getElementById("foot-age");
  const text = ago(answer.computed_at, page.locale);
  if (age.textContent === text) return;
  age.textContent = text;
  age.dateTime = new Date(answer.computed_at).toISOString();
  age.title = formatTime(answer.computed_at, "second", { locale: page.locale, timezone: page.view.timezone });
}

// -- nothing to draw

function emptyMessage(page, store) {
  const title = page.say("empty_title");
  const { dataset } = page;
  if (!dataset.has_rows) return { title: page.say("no_rows_title") };
  if (itemsOf(store.state.where).length) return { title, text: page.say("empty_filtered"), action: [page.say("empty_clear"), () => store.change({ where: { all: [] } })] };
  if (!dataset.from || dataset.live) return { title };
  const day = (ms) => formatTime(ms, "day", { locale: page.locale, timezone: page.view.timezone });
  const wish = { from: String(dataset.from), to: String(dataset.to + 1) };
  return { title, text: page.say("empty_range", { from: day(dataset.from), to: day(dataset.to) }), action: [page.say("empty_range_link"), () => store.change(wish)] };
}

function say(message) {
  const box = document.getElementById("message");
  if (!message) return box.replaceChildren();
  const button = message.action && el("button", { type: "button", class: "link" }, message.action[0]);
  button?.addEventListener("click", () => message.action[1]());
  box.replaceChildren(el("p", { class: "card__message-title" }, message.title), ...(message.text ? [el("p", {}, message.text)] : []), ...(button ? [button] : []));
}

/** Before any measure is chosen: what could be asked. */
function showStart(page, store, is) {
  const box = document.getElementById("start");
  document.getElementById("explore").toggleAttribute("data-start", is);
  if (box.hidden === !is && !is) return;
  box.hidden = !is;
  if (!is) return;
  const { measures } = page.dataset;
  const offers = measures.slice(0, 4).map(({ name, label }) => {
    const button = el("button", { type: "button", class: "btn" }, label);
    button.addEventListener("click", () => store.change({ measures: [name], grain: page.dataset.time ? "auto" : "" }));
    return button;
  });
  const rows = el("button", { type: "button", class: "btn btn--quiet" }, page.say("see_rows"));
  rows.addEventListener("click", () => document.dispatchEvent(new CustomEvent("sightline:rows", { detail: { patch: {}, name: "" } })));
  const words = measures.length ? ["pick_title", "pick_text"] : ["no_measures_title", "no_measures_text"];
  box.replaceChildren(el("div", { class: "empty" },
    el("p", { class: "empty__title" }, page.say(words[0])), el("p", { class: "empty__text" }, page.say(words[1])), el("div", { class: "empty__actions" }, offers, rows)));
}
