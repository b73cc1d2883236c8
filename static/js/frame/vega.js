// Vega-Lite for the modules of custom kinds that ask for it, its expressions read by an interpreter, since the frame's policy
// allows no eval: window.vegaLite(element, spec, rows) draws a Vega-Lite spec on rows and resolves with Vega's view.
import * as vega from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";

const loader = { load: () => Promise.reject(new Error("a module has no network")), sanitize: () => Promise.reject(new Error("a module has no network")) };
let view = null;

window.vega = vega;
window.vegaLite = async (element, spec, rows) => {
  view?.finalize();
  const whole = { ...spec, data: { values: rows, name: "rows" } };
  view = new vega.View(vega.parse(compile(whole).spec, null, { ast: true }), { expr: expressionInterpreter, renderer: "svg", container: element, loader, hover: true });
  await view.runAsync();
  return view;
};
