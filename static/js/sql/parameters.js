// A field for each {{ name }} of the statement, as it is typed; what was filled in stays.
import { say } from "./words.js";

const NAME = /\{\{[ \t]*([A-Za-z]\w{0,62})[ \t]*\}\}/g;
const TYPES = ["text", "number", "date", "list"];
const INPUTS = { text: "text", number: "text", date: "date", list: "text" };

/** -> {follow(sql, given), values()}. given: {"name": {type, value}} to fill in. */
export function startParameters(area, onChange) {
  const known = new Map(); // name -> {type, value}
  let shown = "";

  const names = (sql) => [...new Set([...sql.matchAll(NAME)].map((found) => found[1]))];
  const label = (text, field) => {
    const made = document.createElement("label");
    made.className = "visually-hidden";
    made.htmlFor = field.id;
    made.textContent = text;
    return made;
  };

  function row(name) {
    const state = known.get(name);
    const made = document.createElement("div");
    made.className = "sql-parameter";
    const word = Object.assign(document.createElement("span"), { className: "mono truncate", textContent: name });
    const type = Object.assign(document.createElement("select"), { className: "input input--small", id: `sql-type-${name}` });
    type.append(...TYPES.map((each) => new Option(say(each), each, false, each === state.type)));
    const value = Object.assign(document.createElement("input"), { className: "input input--small", id: `sql-value-${name}`, autocomplete: "off" });
    const wear = () => {
      value.type = INPUTS[type.value];
      value.inputMode = type.value === "number" ? "decimal" : "text";
      value.placeholder = type.value === "list" ? say("listHint") : "";
    };
    wear();
    value.value = Array.isArray(state.value) ? state.value.join(", ") : state.value;
    type.addEventListener("change", () => { state.type = type.value; wear(); state.value = value.value; onChange(); });
    value.addEventListener("input", () => { state.value = value.value; onChange(); });
    value.addEventListener("keydown", (event) => {
      if (event.key === "Enter") document.getElementById("sql-run").click();
    });
    made.append(word, label(say("type", { name }), type), type, label(say("value", { name }), value), value);
    return made;
  }

  return {
    follow(sql, given = {}) {
      for (const [name, state] of Object.entries(given)) known.set(name, { type: state.type ?? "text", value: state.value ?? "" });
      const found = names(sql);
      const now = JSON.stringify([found, given]);
      if (now === shown) return;
      shown = JSON.stringify([found, {}]);
      for (const name of found) if (!known.has(name)) known.set(name, { type: "text", value: "" });
      area.hidden = !found.length;
      area.replaceChildren(...found.map(row));
    },
    values: () => Object.fromEntries(known),
  };
}
