// KINDS: everything that can be drawn, each loaded when a page first needs it. A kind is a module with picture(),
// summary() and tableOf(); `parts` registers what it needs of ECharts.

export const KINDS = {
  line: { module: () => import("./line.js"), parts: () => import("./parts/line.js") },
  bar: { module: () => import("./bar.js"), parts: () => import("./parts/bar.js") },
  pie: { module: () => import("./pie.js"), parts: () => import("./parts/pie.js") },
  heatmap: { module: () => import("./heatmap.js"), parts: () => import("./parts/heatmap.js") },
  scatter: { module: () => import("./scatter.js"), parts: () => import("./parts/scatter.js") },
  big_number: { module: () => import("./big_number.js") },
  table: { module: () => import("./table.js") },
  insight: { module: () => import("./insight.js") },
};

/** The kind's module, with the engine ready if it draws with one: {picture, summary, tableOf, init?}. */
export async function load(kind) {
  const entry = KINDS[kind];
  if (!entry) throw new Error(`unknown kind of chart: ${kind}`);
  const engine = entry.parts ? Promise.all([import("./canvas.js"), entry.parts()]) : Promise.resolve([{}]);
  const [module, [{ init }]] = await Promise.all([entry.module(), engine]);
  return { ...module, init };
}
