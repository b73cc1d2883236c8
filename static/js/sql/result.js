// Rows or an error. Values go in as text; numbers stand at the right; a null looks like one.
import { count, say } from "./words.js";

const part = (name) => document.getElementById(`sql-${name}`);
const BATCH = 200; // rows that are drawn at once, so that the page stays at hand

/** outcome: a run as the server tells it, with `from`, where in the editor its statement began. */
export function showResult(outcome, editor) {
  const { state, problem, line, column, from = 0 } = outcome;
  const isOver = state === "done";
  part("empty").hidden = true;
  part("rows").hidden = !(isOver && outcome.result);
  const text = isOver ? (outcome.result ? "" : say("gone")) : state === "cancelled" ? say("cancelled") : problem;
  tell(text, state);
  const place = { line, column, from, text: problem };
  editor.mark(line && !isOver ? place : null);
  part("goto").hidden = !line || isOver;
  if (line) {
    part("goto").textContent = say("goto", { line: String(line) });
    part("goto").onclick = () => editor.goTo(place);
  }
  if (isOver && outcome.result) rows(outcome);
}

function tell(text, state) {
  const area = part("problem");
  area.hidden = !text;
  area.classList.toggle("notice--bad", state === "failed");
  area.querySelector(".notice__text").textContent = text;
}

function rows({ id, row_count: total, took_ms: took, result }) {
  const facts = [total === 1 ? say("rowsOne") : say("rows", { n: count(total) })];
  if (result.shown < total) facts.push(say("shown", { n: count(result.shown) }));
  facts.push(duration(took), size(result.bytes));
  part("facts").textContent = facts.join(" · ");
  part("cut").hidden = !result.truncated;
  part("cut").querySelector(".notice__text").textContent = say("cut", { n: count(total) });
  part("download").href = `/sql/runs/${id}/rows.csv`;
  part("save").setAttribute("hx-get", `/sql/runs/${id}/dataset/`);
  htmx.process(part("save"));
  table(result);
}

function table({ columns, rows: all }) {
  const made = document.createElement("table");
  made.className = "table table--sticky sql-rows";
  const head = made.createTHead().insertRow();
  head.append(cell("th", "#", "sql-rows__number"));
  for (const { name, type } of columns) {
    const title = cell("th", name, type === "number" ? "num" : "");
    title.scope = "col";
    title.title = type;
    head.append(title);
  }
  const body = made.createTBody();
  part("grid").replaceChildren(made);
  part("grid").scrollTo(0, 0);
  const draw = (at) => {
    if (!made.isConnected) return; // another result has come
    body.append(...all.slice(at, at + BATCH).map((values, index) => row(values, columns, at + index + 1)));
    if (at + BATCH < all.length) requestAnimationFrame(() => draw(at + BATCH));
  };
  draw(0);
}

function row(values, columns, number) {
  const made = document.createElement("tr");
  made.append(cell("td", String(number), "sql-rows__number"));
  values.forEach((value, index) => {
    const kind = columns[index].type === "number" ? "num" : "";
    if (value === null) return made.append(cell("td", say("null"), `${kind} sql-rows__null`));
    const text = String(value);
    const one = cell("td", text, kind);
    if (text.length > 40) one.title = text;
    made.append(one);
  });
  return made;
}

function cell(tag, text, kind) {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

const duration = (ms) => (ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`);
const size = (bytes) => (bytes < 1000 ? `${bytes} B` : bytes < 10_000 ? `${(bytes / 1000).toFixed(1)} KB` : bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`);
