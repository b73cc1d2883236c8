// A filter of the page: the values of a column with their counts, or a range of its numbers or times. The page keeps what is chosen (dashboard/filters.js);
// this only says it: `sightline:filter` {column, values}. options: {column, style: auto | list | search | select | range}.
// data.overlays.chosen: [text], what is chosen now.
import { frameOf, dimensionsOf, measuresOf, isNumber } from "../../lib/frame.js";
import { formatNumber } from "../../lib/format.js";
import { escape, svg, tag, textAt } from "../../lib/markup.js";
import { fit } from "../../lib/measure.js";
import { rangeHtml, rangeSvg, rangeTable, rangeWords, readEnds, typedRange } from "../filter_range.js";
import { themeOf } from "../theme.js";

const ROW = 24;

/** [{text, count, on}]: chosen values first that the answer no longer has, then the most frequent. */
export function read(data, theme = themeOf("light")) {
  const frame = frameOf(data);
  const [column] = dimensionsOf(frame);
  const [measure] = measuresOf(frame);
  const chosen = new Set((data?.overlays?.chosen ?? []).map(String));
  const rows = (column?.values ?? []).flatMap((value, i) => (value === null || value === undefined || value === "" ? [] : [{ text: String(value), share: measure?.values[i], count: isNumber(measure?.values[i]) ? formatNumber(measure.values[i], measure, { locale: theme.locale, short: true, unit: false }) : "", on: chosen.has(String(value)) }]));
  const known = new Set(rows.map(({ text }) => text));
  const gone = [...chosen].filter((text) => !known.has(text)).map((text) => ({ text, share: 0, count: "", on: true }));
  return { column: column?.name ?? "", rows: [...gone, ...rows], chosen: [...chosen] };
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 240, height: 240 }, memory = {}) {
  const ends = readEnds(data);
  if (ends) return { html: rangeHtml(ends, theme, memory), svg: rangeSvg(ends, theme, size, rangeWords(ends, theme)), empty: [...ends.ends, ...ends.edges].every((each) => each === null) };
  const shown = read(data, theme);
  const empty = !shown.rows.length;
  return { html: empty ? `<p class="muted">${escape(theme.text("no_data"))}</p>` : html(shown, options, theme, memory), svg: drawn(shown, theme, size, summary(data, options, theme)), empty };
}

function html({ rows, chosen }, { style }, theme, memory) {
  if (style === "select") {
    const items = rows.map(({ text, on, count }) => `<option value="${escape(text)}"${on ? " selected" : ""}>${escape(text)}${count ? ` (${escape(count)})` : ""}</option>`).join("");
    return `<select class="fc__select" aria-label="${escape(theme.text("choose_values"))}"><option value="">${escape(theme.text("all"))}</option>${items}</select>`;
  }
  const search = style === "search" ? `<input class="search input fc__search" type="search" value="${escape(memory.search ?? "")}" placeholder="${escape(theme.text("search"))}" aria-label="${escape(theme.text("search"))}">` : "";
  const wanted = String(memory.search ?? "").toLowerCase();
  const list = rows.map(({ text, on, count }) => `<label class="check fc__value"${wanted && !text.toLowerCase().includes(wanted) && !on ? " hidden" : ""}><input type="checkbox" value="${escape(text)}"${on ? " checked" : ""}><span class="truncate" dir="auto">${escape(text)}</span><span class="check__count">${escape(count)}</span></label>`).join("");
  const clear = `<button class="link fc__clear" type="button"${chosen.length ? "" : " hidden"}>${escape(theme.text("clear"))}</button>`;
  return `<div class="fc">${search}<div class="fc__list" role="group">${list}</div>${clear}</div>`;
}

/** Clicks become the page's filter. The page answers with new data, in which the boxes stand as chosen. */
export function attach(element, card) {
  const say = (values) => card.fire("sightline:filter", { column: card.options.column, values });
  const changed = ({ target }) => {
    if (target.matches(".fc__from, .fc__to")) ranged();
    else if (target.matches(".fc__select")) say(target.value ? [target.value] : []);
    else if (target.matches('.fc__value input[type="checkbox"]')) say([...element.querySelectorAll(".fc__value input:checked")].map(({ value }) => value));
  };
  const ranged = () => {
    const typed = fields();
    const { text, error } = typedRange(typed, readEnds(card.data), card.theme);
    Object.assign(card.memory, { typed: error ? typed : null, error: error ?? null });
    if (error) card.redraw();
    else say(text ? [text] : []);
  };
  const fields = () => [".fc__from", ".fc__to"].map((name) => element.querySelector(name).value);
  const typed = ({ target }) => {
    if (target.matches(".fc__from, .fc__to")) card.memory.typed = fields(); // an answer that comes meanwhile takes nothing away
    if (!target.matches(".fc__search")) return;
    card.memory.search = target.value;
    const wanted = target.value.toLowerCase();
    for (const label of element.querySelectorAll(".fc__value")) {
      const box = label.querySelector("input");
      label.hidden = !box.checked && !box.value.toLowerCase().includes(wanted);
    }
  };
  const clicked = ({ target }) => {
    if (!target.closest(".fc__clear")) return;
    const isWrong = Boolean(card.memory.error);
    Object.assign(card.memory, { typed: null, error: null });
    say([]);
    if (isWrong) card.redraw();
  };
  // the list is written anew with each answer: who uses the keys stays where they were
  let focused = "";
  const entered = ({ target }) => (focused = target.matches('.fc__value input[type="checkbox"]') ? `.fc__value input[value="${CSS.escape(target.value)}"]` : [".fc__from", ".fc__to"].find((name) => target.matches(name)) ?? "");
  const drawn = () => {
    const field = focused && document.activeElement === document.body ? element.querySelector(focused) : null;
    field?.focus({ preventScroll: true });
    if (field?.type === "text") field.setSelectionRange(field.value.length, field.value.length);
  };
  const works = [["change", changed], ["input", typed], ["click", clicked], ["focusin", entered], ["sightline:drawn", drawn]];
  for (const [name, work] of works) element.addEventListener(name, work);
  return () => works.forEach(([name, work]) => element.removeEventListener(name, work));
}

function drawn({ rows }, theme, size, label) {
  if (!rows.length) return svg(size, theme, textAt(size.width / 2, size.height / 2, theme.text("no_data"), { size: 12, fill: theme.ink3, anchor: "middle" }), label);
  const fits = Math.max(1, Math.floor(size.height / ROW));
  const parts = rows.slice(0, rows.length > fits ? Math.max(1, fits - 1) : fits).map(({ text, count, on }, i) => {
    const y = i * ROW;
    const box = tag("rect", { x: 0.5, y: y + 4.5, width: 13, height: 13, rx: 3, fill: on ? theme.accent : theme.card, stroke: on ? theme.accent : theme.lineStrong });
    const hook = on ? tag("path", { d: `M3.5 ${y + 11.5}l2.5 2.5 4.5-5`, fill: "none", stroke: theme.card, "stroke-width": 1.6 }) : "";
    return box + hook + textAt(22, y + 15.5, fit(text, size.width - 76, 13), { size: 13, fill: theme.ink }) + textAt(size.width, y + 15.5, count, { size: 12, fill: theme.ink3, anchor: "end" });
  });
  if (rows.length > fits) parts.push(textAt(22, (fits - 1) * ROW + 15, theme.text("more", { n: rows.length - fits + 1 }), { size: 12, fill: theme.ink3 }));
  return svg(size, theme, parts.join(""), label);
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const ends = readEnds(data);
  if (ends) return rangeWords(ends, theme);
  const { chosen, rows } = read(data, theme);
  if (!rows.length) return theme.text("no_data");
  return chosen.length ? theme.text("filtered_by", { values: chosen.join(", ") }) : theme.text("filters_all", { n: rows.length });
}

export function tableOf(data, options, theme = themeOf("light")) {
  const ends = readEnds(data);
  if (ends) return rangeTable(ends, theme);
  const { rows } = read(data, theme);
  return { columns: [{ name: "value", label: theme.text("value"), unit: null, numeric: false }, { name: "count", label: theme.text("count"), unit: null, numeric: true }], rows: rows.map(({ text, count }) => [text, count]) };
}
