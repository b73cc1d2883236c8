// One card of the page: asks for its data when it comes near, draws it, and says in words what is wrong.
import { mount } from "../charts/card.js";
import { formatNumber } from "../lib/format.js";
import { measuresOf, timesOf } from "../lib/frame.js";
import { formatTime } from "../lib/time.js";
import { csrfToken } from "../theme.js";
import { Failed, ask } from "./http.js";
import { paramsOf } from "./state.js";
import { age } from "./words.js";

const RETRY_S = [5, 10, 20, 40, 60];
const SHARES = new Set(["wape", "mape", "smape", "wmape"]);

/** article: the card's element; page: {state, feed, say, locale}. -> {id, info, near(), far(), show(), chart, destroy()}. */
export function cardOf(article, page) {
  const info = JSON.parse(article.dataset.info);
  const part = (name) => article.querySelector(`.card__${name}`);
  const card = { id: info.id, info, article, page, chart: null, data: null, upTo: null, failures: 0, stop: null, timer: 0, isNear: false, isNew: false, part };
  const usable = info.options !== undefined;
  return Object.assign(card, {
    usable,
    near: () => usable && !card.isNear && ((card.isNear = true), show(card)),
    /** Nobody can see it: it asks and hears nothing until it comes near again. */
    far: () => card.isNear && ((card.isNear = false), rest(card)),
    /** The view has changed: what stands stays until the new data is there. */
    show: () => usable && card.isNear && show(card),
    tick: () => tick(card),
    destroy() {
      rest(card);
      card.chart?.destroy();
    },
  });
}

function rest(card) {
  card.stop?.();
  card.stop = null;
  clearTimeout(card.timer);
}

function show(card) {
  rest(card);
  card.article.setAttribute("aria-busy", "true");
  card.chart ??= mounted(card);
  card.stop = card.page.feed.watch(card, {
    data: (data) => arrived(card, data, () => card.chart.update(data)),
    delta: (from, data) => arrived(card, data, () => card.chart.applyDelta({ from, data })),
    error: (error) => failed(card, error),
    stale: (is) => card.article.dataset.state !== "empty" && mark(card, is || card.data?.problem ? "stale" : "drawn"),
  });
}

function mounted(card) {
  const element = card.part("chart");
  element.addEventListener("sightline:drawn", ({ detail }) => {
    if (card.article.dataset.drawn !== "1") card.article.dataset.drawn = "1";
    card.article.removeAttribute("aria-busy");
    setText(card.article.querySelector(":scope > .visually-hidden"), detail.summary);
    if (!card.isNew) return; // drawn again for its size or theme: what it says still holds
    card.isNew = false;
    card.page.drawn?.(card);
    const { problem, lost } = card.data; // why the server has nothing newer, or not all of it
    mark(card, detail.empty ? "empty" : problem ? "stale" : "drawn");
    card.article.toggleAttribute("data-partial", Boolean(lost) && !detail.empty);
    if (detail.empty) say(card, emptyMessage(card));
    else if (problem) say(card, { title: problem });
    else if (lost) say(card, { title: `${card.page.say("partial", { names: Object.keys(lost).map((name) => card.page.words.questions[name] ?? name).join(", ") })} ${Object.values(lost)[0]}` });
  });
  element.addEventListener("sightline:grid", ({ detail }) => typedInto(card, detail));
  element.addEventListener("sightline:rows", ({ detail }) => moreRows(card, detail));
  return mount(element, { kind: card.info.kind, options: card.info.options });
}

/** An editable grid reads, writes ({cells}) or asks who changed a cell ({history}). */
async function typedInto({ id, page }, { cells, history, done, failed }) {
  const way = history ? `history/?${new URLSearchParams(history)}` : "";
  const body = cells && JSON.stringify({ cells });
  try {
    done(await ask(`/w/${id}/grid/${way}`, cells ? { method: "POST", body, headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() } } : {}));
  } catch (error) {
    failed(error.said || page.say("error_network"), error.problem?.cells);
  }
}

/** A table wants more rows, or others: what it asked for goes into its `done`. */
async function moreRows({ id, page }, wish) {
  const sort = wish.order.map(({ name, descending }) => (descending ? "-" : "") + name).join(",");
  const asked = Object.entries({ sort, q: wish.search, have: wish.have, after: wish.after ?? "" }).filter(([, value]) => value !== "");
  try {
    wish.done(await ask(`/w/${id}/rows/?${paramsOf(page.state.viewOf(id))}&${new URLSearchParams(asked)}`));
  } catch (error) {
    wish.failed(error.said || page.say("error_network"));
  }
}

async function arrived(card, data, draw) {
  card.failures = 0;
  clearTimeout(card.timer);
  Object.assign(card, { data, isNew: true });
  if (data.frames?.main) card.computedAt = data.frames.main.computed_at;
  card.upTo = lastTime(data) ?? card.upTo;
  subtitle(card, data);
  card.page.arrived(card, data);
  try {
    await draw();
  } catch (error) {
    failed(card, new Failed(-1, ""));
    console.error(error);
  }
}

function mark(card, state) {
  if (card.article.dataset.state !== state) card.article.dataset.state = state;
  if (state === "drawn" && card.part("message").hasChildNodes()) card.part("message").replaceChildren();
  tick(card);
}

/** Whether it was another: what stays costs nothing. */
function setText(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Age of what is shown, once it is not fresh. */
function tick(card) {
  if (!["stale", "error"].includes(card.article.dataset.state)) return;
  const { say: word, locale } = card.page;
  card.part("age").textContent = card.computedAt ? word("old", { age: age(card.computedAt, locale) }) : "";
}

function failed(card, error) {
  if (error.name === "AbortError") return;
  card.article.removeAttribute("aria-busy");
  const wait = RETRY_S[Math.min(card.failures++, RETRY_S.length - 1)];
  const passing = !(error.status >= 400 && error.status < 500) || error.status === 429;
  mark(card, "error");
  say(card, {
    title: error.said || card.page.say(error.status === 0 ? "error_network" : "error_title"),
    text: passing ? card.page.say("error_next", { n: wait }) : "",
    action: [card.page.say("retry"), () => show(card)],
  });
  if (passing) card.timer = setTimeout(() => show(card), wait * 1000);
}

/** Why there is nothing: told of all rows only, filtered out, another range has rows, or no data at all. */
function emptyMessage({ info, page, data }) {
  const { view } = page.state;
  const title = page.say("empty_title");
  if (info.kind === "insight" && data?.overlays && !data.overlays.insights) return { title: page.say("whole_title"), text: page.say("whole_text") };
  if (Object.keys(view.filters).some((column) => info.columns?.includes(column))) {
    return { title, text: page.say("empty_filtered"), action: [page.say("empty_clear"), () => page.state.change({ filters: {} })] };
  }
  if (info.live) return { title, text: page.say("empty_live") };
  if (info.data_from && info.data_to) {
    const time = (ms) => formatTime(ms, "day", { locale: page.locale, timezone: view.timezone });
    const wish = { from: String(info.data_from), to: String(info.data_to + 1) };
    return { title, text: page.say("empty_range", { from: time(info.data_from), to: time(info.data_to) }), action: [page.say("empty_range_link"), () => page.state.change(wish)] };
  }
  return { title, text: info.has_rows === false ? page.say("empty_none") : "" };
}

function say(card, { title, text, action }) {
  const box = card.part("message");
  const mould = document.getElementById("message-mould").content.cloneNode(true);
  Object.assign(mould.querySelector(".card__message-title"), { textContent: title, title }); // it may be cut
  const second = mould.querySelector(".card__message-text");
  if (text) second.textContent = text;
  else second.remove();
  box.replaceChildren(mould);
  if (!action) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = action[0];
  button.addEventListener("click", action[1]);
  box.append(button);
}

/** The newest moment with a value, in ms; null for what is not drawn over time. */
function lastTime(data) {
  for (const frame of [data.frames?.main, data.frames?.course]) {
    const [time] = frame ? timesOf(frame) : [];
    if (!time) continue;
    const values = measuresOf(frame);
    if (!values.length) return time.values.reduce((newest, at) => (newest > at ? newest : at), null); // raw rows
    for (let row = time.values.length - 1; row >= 0; row--) {
      if (values.some((column) => column.values[row] !== null)) return time.values[row];
    }
  }
  return null;
}

/** Unit, step of time, comparison, the forecast's record: how the figures are to be read. */
function subtitle(card, data) {
  const frame = data.frames?.main;
  if (!frame) return;
  const { say: word, words, locale } = card.page;
  const units = [...new Set(measuresOf(frame).map(({ unit }) => unit ?? ""))];
  const parts = units.length === 1 && units[0] ? [units[0]] : [];
  if (frame.grain) parts.push(words.grains[frame.grain]);
  const compared = data.frames.previous && (card.page.state.viewOf(card.id).compare || card.info.options.compare);
  if (compared && card.info.kind !== "big_number") parts.push(words.compare[compared]);
  const record = card.info.options.forecast === false ? null : data.overlays?.forecast?.record;
  if (record?.error !== undefined && record?.naive_error !== undefined) {
    parts.push(word("record", { error: errorText(record.error, record.measure, locale), naive: errorText(record.naive_error, record.measure, locale) }));
  }
  if (frame.truncated && frame.row_count > 1) parts.push(word("rows_cut", { n: frame.row_count }));
  const text = parts.join(" · ");
  const element = card.part("sub");
  if (setText(element, text)) element.title = text;
}

function errorText(value, measure, locale) {
  const isShare = SHARES.has(String(measure).toLowerCase());
  return isShare ? formatNumber(value, { format: "percent" }, { locale }) : `${formatNumber(value, { format: "decimal" }, { locale })} ${measure ?? ""}`.trim();
}
