// The life of an editable grid: keys as in a spreadsheet, cells saved one by one, undo, copy and paste, conflicts, history.
//   memory: {mayEdit, typed: Map(key -> {value, version}), undo: [[cell]], at: [row, column], to, note, conflict}
import { escape } from "../../lib/markup.js";
import { formatTime } from "../../lib/time.js";
import { exactNumber, parseBlock, parseNumber, plainNumber } from "../../lib/typed.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], Tab: [0, 1] };
const UNDOS = 100;
export const keyOf = (row, column) => JSON.stringify([row, column]);

/** sheetOf(card) -> {rows: [{key}], columns: [{key}], cellOf(row, column) -> {value, version}, format}; -> a function that ends it. */
export function typing(element, card, sheetOf) {
  const gone = new AbortController();
  const on = (name, call) => element.addEventListener(name, call, { signal: gone.signal });
  const state = { element, card, sheetOf };
  card.memory.typed ??= new Map();
  card.memory.undo ??= [];
  ask(card, { read: true }, ({ may_edit: mayEdit, cells }) => {
    card.memory.mayEdit = mayEdit;
    for (const cell of cells) remember(card, cell);
    card.redraw();
  }, () => {});
  on("sightline:drawn", () => settle(state));
  on("click", (event) => clicked(state, event));
  on("dblclick", ({ target }) => placeOf(target) && open(state));
  on("keydown", (event) => keyed(state, event));
  on("copy", (event) => copied(state, event));
  on("paste", (event) => pasted(state, event));
  on("input", ({ target }) => target.matches(".sheet__input") && (card.memory.editing = target.value));
  // a field that new markup took away was not left: it is opened again with what was typed
  on("focusout", ({ target }) => target.matches(".sheet__input") && queueMicrotask(() => target.isConnected && close(state, true)));
  return () => gone.abort();
}

const ask = (card, wish, done, failed) => card.fire("sightline:grid", { ...wish, done, failed });
const remember = ({ memory }, { row, column, value, version }) => memory.typed.set(keyOf(row, column), { value, version });
const placeOf = (target) => target.closest("[data-cell]")?.dataset.cell.split(",").map(Number);
const cellAt = ({ element }, [row, column]) => element.querySelector(`[data-cell="${row},${column}"]`);

function settle(state) {
  const { memory } = state.card;
  if (memory.editing !== undefined) return open(state, memory.editing);
  if (memory.hadFocus && memory.at && !state.element.contains(document.activeElement)) cellAt(state, memory.at)?.focus();
  return undefined;
}

function redraw(state, hadFocus = true) {
  state.card.memory.hadFocus = hadFocus;
  return state.card.redraw();
}

function clicked(state, event) {
  const answer = event.target.closest("[data-keep]");
  if (answer) return settleConflict(state, answer.dataset.keep);
  if (event.target.closest("[data-history]")) return showHistory(state);
  if (event.target.closest("[data-undo]")) return undo(state);
  const place = placeOf(event.target);
  if (!place || event.target.matches(".sheet__input")) return undefined;
  return go(state, place, event.shiftKey);
}

/** Stands on a cell; with shift, the block from where it stood to there. */
function go(state, [row, column], extends_ = false) {
  const { memory } = state.card;
  const { rows, columns } = state.sheetOf(state.card);
  const place = [Math.max(0, Math.min(rows.length - 1, row)), Math.max(0, Math.min(columns.length - 1, column))];
  if (extends_) memory.to = place;
  else Object.assign(memory, { at: place, to: null, past: null });
  const cell = cellAt(state, place);
  for (const other of state.element.querySelectorAll('[data-cell][tabindex="0"]')) other.tabIndex = -1;
  if (cell) (cell.tabIndex = 0), cell.focus(), cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  mark(state);
}

/** Shows which block is chosen. */
function mark(state) {
  const [[top, bottom], [left, right]] = block(state.card.memory);
  for (const cell of state.element.querySelectorAll("[data-cell]")) {
    const [row, column] = placeOf(cell);
    const isIn = row >= top && row <= bottom && column >= left && column <= right;
    cell.setAttribute("aria-selected", String(isIn));
  }
}

function block({ at = [0, 0], to }) {
  const other = to ?? at;
  return [0, 1].map((axis) => [Math.min(at[axis], other[axis]), Math.max(at[axis], other[axis])]);
}

function keyed(state, event) {
  const isInput = event.target.matches(".sheet__input");
  if (!isInput && !placeOf(event.target)) return;
  const { memory } = state.card;
  if (isInput) return typedKey(state, event);
  const held = event.ctrlKey || event.metaKey;
  if (held && event.key.toLowerCase() === "z") undo(state);
  else if (held || event.altKey) return;
  else if (event.key === "F2" || (event.key === "Enter" && memory.mayEdit && !event.shiftKey)) open(state);
  else if (event.key === "Delete" || event.key === "Backspace") empty(state);
  else if (event.key === "Home" || event.key === "End") go(state, [memory.at[0], event.key === "Home" ? 0 : Infinity], event.shiftKey);
  else if (event.key === "Tab") return;
  else if (MOVES[event.key]) move(state, event);
  else if (event.key.length === 1 && memory.mayEdit) open(state, event.key);
  else return;
  event.preventDefault();
  event.stopPropagation(); // no letter typed here is a shortcut of the page
}

function move(state, { key, shiftKey }) {
  const { at, to } = state.card.memory;
  const [row, column] = shiftKey ? to ?? at : at;
  const [down, right] = MOVES[key];
  go(state, [row + down, column + right], shiftKey);
}

function typedKey(state, event) {
  const { at } = state.card.memory;
  if (event.key === "Escape") close(state, false);
  else if (event.key === "Enter" || event.key === "Tab") {
    close(state, true);
    const back = event.shiftKey ? -1 : 1;
    go(state, event.key === "Enter" ? [at[0] + back, at[1]] : [at[0], at[1] + back]);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** The cell as a field; first: what was typed to open it. */
function open(state, first = null) {
  const { memory, theme } = state.card;
  const cell = memory.mayEdit && memory.at && cellAt(state, memory.at);
  if (!cell || cell.querySelector("input")) return;
  const { rows, columns, cellOf } = state.sheetOf(state.card);
  const { value } = cellOf(rows[memory.at[0]].key, columns[memory.at[1]].key);
  const input = document.createElement("input");
  Object.assign(input, { className: "sheet__input", value: first ?? (value === null ? "" : plainNumber(value, theme.locale)), inputMode: "decimal" });
  input.setAttribute("aria-label", cell.getAttribute("aria-label"));
  memory.editing = input.value;
  cell.append(input);
  input.focus();
  if (first === null) input.select();
}

function close(state, isKept) {
  const input = state.element.querySelector(".sheet__input");
  if (!input || input.dataset.closing) return;
  input.dataset.closing = "1"; // taking it away fires focusout
  delete state.card.memory.editing;
  const { value } = input;
  const cell = input.closest("[data-cell]");
  const place = placeOf(cell);
  input.remove();
  cell.focus();
  if (isKept) save(state, [[place, value]]);
}

function empty(state) {
  const [[top, bottom], [left, right]] = block(state.card.memory);
  const cells = [];
  for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) cells.push([[row, column], ""]);
  if (state.card.memory.mayEdit) save(state, cells);
}

/** Texts become numbers and go to the server; what is no number is said, and nothing is saved. */
function save(state, texts) {
  const { card } = state;
  const { rows, columns, cellOf } = state.sheetOf(card);
  const cells = [];
  for (const [[row, column], text] of texts) {
    if (!rows[row] || !columns[column]) continue;
    const value = parseNumber(text, card.theme.locale);
    const before = cellOf(rows[row].key, columns[column].key);
    if (Number.isNaN(value)) return say(state, card.theme.text("not_a_number", { value: text.slice(0, 40), cell: `${rows[row].label}, ${columns[column].label}` }), true);
    if (value !== before.value) cells.push({ row: rows[row].key, column: columns[column].key, value, version: before.version, before: before.value });
  }
  if (cells.length) send(state, cells);
}

function send(state, cells, { isUndo = false } = {}) {
  const { card } = state;
  const old = cells.map((cell) => [keyOf(cell.row, cell.column), card.memory.typed.get(keyOf(cell.row, cell.column))]);
  for (const cell of cells) remember(card, cell); // shown at once, put back if it is refused
  say(state, card.theme.text("saving"));
  ask(card, { cells: cells.map(({ row, column, value, version }) => ({ row, column, value, version })) }, ({ cells: saved }) => {
    for (const cell of saved) remember(card, cell);
    if (!isUndo) card.memory.undo = [...card.memory.undo, cells.map(({ row, column, before }) => ({ row, column, value: before }))].slice(-UNDOS);
    say(state, card.theme.text("saved"));
  }, (message, conflicts) => {
    for (const [key, was] of old) was ? card.memory.typed.set(key, was) : card.memory.typed.delete(key);
    for (const cell of conflicts ?? []) remember(card, cell);
    card.memory.conflict = conflicts?.length ? { theirs: conflicts, mine: cells } : null;
    say(state, message, true);
  });
}

function say(state, note, isBad = false) {
  Object.assign(state.card.memory, { note, isBad });
  redraw(state, state.element.contains(document.activeElement));
}

function undo(state) {
  const { card } = state;
  const last = card.memory.undo.pop();
  if (!last) return;
  const { cellOf } = state.sheetOf(card);
  send(state, last.map((cell) => ({ ...cell, version: cellOf(cell.row, cell.column).version, before: cellOf(cell.row, cell.column).value })), { isUndo: true });
}

/** "mine" writes over what others wrote; "theirs" leaves it. */
function settleConflict(state, keep) {
  const { memory } = state.card;
  const { theirs, mine } = memory.conflict;
  Object.assign(memory, { conflict: null, note: "" });
  if (keep === "theirs") return redraw(state);
  const versions = new Map(theirs.map((cell) => [keyOf(cell.row, cell.column), cell]));
  return send(state, mine.map((cell) => ({ ...cell, version: versions.get(keyOf(cell.row, cell.column))?.version ?? cell.version, before: versions.get(keyOf(cell.row, cell.column))?.value ?? cell.before })));
}

function copied(state, event) {
  if (event.target.matches?.("input") || !state.card.memory.at) return;
  const [[top, bottom], [left, right]] = block(state.card.memory);
  const { rows, columns, cellOf } = state.sheetOf(state.card);
  const lines = rows.slice(top, bottom + 1).map((row) => columns.slice(left, right + 1).map((column) => {
    const { value } = cellOf(row.key, column.key);
    return value === null ? "" : plainNumber(value, state.card.theme.locale);
  }).join("\t"));
  event.clipboardData.setData("text/plain", lines.join("\n"));
  event.preventDefault();
}

function pasted(state, event) {
  const { memory } = state.card;
  if (event.target.matches?.("input") || !memory.at || !memory.mayEdit) return;
  event.preventDefault();
  const texts = parseBlock(event.clipboardData.getData("text/plain"));
  save(state, texts.flatMap((row, down) => row.map((text, right) => [[memory.at[0] + down, memory.at[1] + right], text])));
}

function showHistory(state) {
  const { memory, theme } = state.card;
  if (!memory.at) return;
  const { rows, columns, format } = state.sheetOf(state.card);
  const [row, column] = [rows[memory.at[0]], columns[memory.at[1]]];
  const cell = { row: row.key, column: column.key };
  ask(state.card, { history: cell }, ({ changes }) => {
    const number = (value) => exactNumber(value, format, state.card.options.decimals ?? 2, theme.locale);
    const lines = changes.map(({ at, by, from, to }) => `<li><b dir="auto">${escape(by)}</b> ${escape(formatTime(at, null, theme))}: ${escape(number(from))} → ${escape(number(to))}</li>`);
    memory.past = `<p><b dir="auto">${escape(`${row.label}, ${column.label}`)}</b></p>${lines.length ? `<ol>${lines.join("")}</ol>` : `<p>${escape(theme.text("no_changes"))}</p>`}`;
    redraw(state);
  }, (message) => say(state, message, true));
}
