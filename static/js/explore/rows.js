// The rows below the picture: as they are, or with one dimension across; totals as they were asked for.
import { frameOf } from "../lib/frame.js";
import { listed, pivoted } from "../lib/sheet.js";
import { el, icon } from "../lib/dom.js";
import { frameName } from "./state.js";

const STEP = 100;

/** theme: of charts, for its words. menu(keys, element): the menu of one line. -> {show(data, state)}. */
export function startRows(page, store, { theme, menu }) {
  const box = document.getElementById("rows");
  let most = STEP;
  let last = null;
  const show = (data, state) => {
    if (!last || last.state !== state) most = STEP;
    last = { data, state };
    const sheet = sheetOf(page, data, state, theme, most);
    box.hidden = !sheet.rows.length;
    const wrap = el("div", { class: "table-wrap explore__table" }, tableOf(page, store, sheet, state, menu));
    const left = sheet.count - sheet.rows.length;
    const old = box.querySelector(".explore__table");
    const place = old ? [old.scrollLeft, old.scrollTop] : [0, 0];
    box.replaceChildren(wrap, ...(left > 0 ? [moreButton(page, Math.min(left, STEP), () => ((most += STEP), show(data, state)))] : []));
    [wrap.scrollLeft, wrap.scrollTop] = place;
  };
  return { show };
}

function sheetOf(page, data, state, theme, most) {
  const frame = frameOf(data);
  const [total, byRow, byColumn] = ["total", "by_row", "by_column"].map((name) => (data.frames[name] ? frameOf(data, name) : null));
  if (!state.pivot) return listed(frame, theme, { total, most });
  return pivoted(frame, frameName(state.pivot, page), theme, { total, byRow, byColumn, most });
}

/** A table of a sheet; a heading sorts by its column where the question can. */
function tableOf(page, store, sheet, state, menu) {
  const sortable = new Set(state.pivot ? [] : [...state.measures, ...state.dimensions.map((name) => frameName(name, page)), ...(state.grain ? [page.dataset.time] : [])]);
  const head = sheet.columns.map((column) => {
    const cell = el("th", { scope: "col", class: column.numeric ? "num" : false });
    if (!sortable.has(column.name)) {
      cell.append(column.label);
      return cell;
    }
    const [down, up] = [`-${column.name}`, column.name];
    cell.setAttribute("aria-sort", state.sort === down ? "descending" : state.sort === up ? "ascending" : "none");
    const button = el("button", { type: "button", title: page.say("sort_by", { name: column.label }) }, column.label);
    const first = column.numeric ? [down, up] : [up, down];
    button.addEventListener("click", () => store.change({ sort: state.sort === first[0] ? first[1] : state.sort === first[1] ? "" : first[0] }));
    cell.append(button);
    return cell;
  });
  const body = sheet.rows.map((row, i) => {
    const line = el("tr", {}, row.map((text, at) => el("td", { class: sheet.columns[at].numeric ? (sheet.columns[at].total ? "num explore__total" : "num") : false, dir: "auto" }, text)));
    if (sheet.keys[i]?.length) line.prepend(menuCell(page, sheet.keys[i], menu));
    return line;
  });
  const withMenu = sheet.keys.some((keys) => keys.length);
  const foot = sheet.foot && el("tfoot", {}, el("tr", { title: page.say("total_hint") }, withMenu ? el("td") : null, sheet.foot.map((text, at) => el(at === 0 ? "th" : "td", { class: sheet.columns[at].numeric ? "num" : false, scope: at === 0 ? "row" : false }, text))));
  return el("table", { class: "table table--sticky" }, el("thead", {}, el("tr", {}, withMenu ? el("td", { class: "explore__handle" }) : null, head)), el("tbody", {}, body), foot);
}

function menuCell(page, keys, menu) {
  const name = keys.map((key) => key.name).join(" · ");
  const button = el("button", { type: "button", class: "icon-btn icon-btn--small", "aria-haspopup": "menu", "aria-label": page.say("menu_of", { name }) }, icon("more"));
  button.addEventListener("click", () => menu(keys, button));
  return el("td", { class: "explore__handle" }, button);
}

function moreButton(page, n, more) {
  const button = el("button", { type: "button", class: "link explore__more" }, page.say("more_rows", { n }));
  button.addEventListener("click", more);
  return button;
}
