// The SQL lab: joins editor, tables, parameters, runs and results.
import { createEditor } from "./sql/editor.js";
import { startParameters } from "./sql/parameters.js";
import { showResult } from "./sql/result.js";
import { startRuns } from "./sql/runs.js";
import { startSide } from "./sql/side.js";
import { say } from "./sql/words.js";

const KEPT = "sightline:sql"; // what is in the editor survives a reload of this tab

const source = document.getElementById("sql-source");
const chosen = () => source.selectedOptions[0];
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
const isElsewhere = choose(kept?.source);

const editor = createEditor(document.getElementById("sql-text"), {
  text: kept?.sql ?? "",
  nonce: document.getElementById("sql-script").nonce,
  dialect: chosen().dataset.dialect,
  onChange: changed,
  onRun: run,
});
const parameters = startParameters(document.getElementById("sql-parameters"), remember);
const runs = startRuns(document.getElementById("sql").dataset.runs, (outcome) => {
  showResult(outcome, editor);
  document.body.dispatchEvent(new Event("sql:history"));
});
const side = startSide({ editor, chosen, load });
parameters.follow(editor.text(), kept?.parameters ?? {});

/** Whether another source is chosen now: one that is gone cannot be. */
function choose(id) {
  const wanted = String(id ?? "");
  if (source.value === wanted || ![...source.options].some((option) => option.value === wanted)) return false;
  source.value = wanted;
  return true;
}

function changed() {
  parameters.follow(editor.text());
  side.learnFrom(editor.text());
  remember();
}

function remember() {
  sessionStorage.setItem(KEPT, JSON.stringify({ sql: editor.text(), parameters: parameters.values(), source: source.value }));
}

/** Runs what is selected, or all. */
function run() {
  const asked = editor.asked();
  if (!asked.sql.trim()) return showResult({ state: "failed", problem: say("empty") }, editor);
  editor.mark(null);
  runs.start({ source: Number(source.value), sql: asked.sql, parameters: parameters.values() }, asked.from);
  return true;
}

/** A run of the history, in the editor again, with its rows while they are kept. */
async function load(url) {
  const found = await runs.read(url);
  if (!found) return;
  if (choose(found.source)) source.dispatchEvent(new Event("change"));
  editor.replace(found.sql);
  parameters.follow(found.sql, found.parameters);
  showResult({ ...found, from: 0 }, editor);
}

source.addEventListener("change", () => {
  editor.speak(chosen().dataset.dialect);
  side.show();
  remember();
});
document.getElementById("sql-run").addEventListener("click", run);
document.getElementById("sql-cancel").addEventListener("click", () => runs.cancel());
if (isElsewhere) side.show();
else side.learnFrom(editor.text());
