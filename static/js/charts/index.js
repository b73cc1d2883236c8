// KINDS: everything that can be drawn, each loaded when a page first needs it. A kind is a module with picture(),
// summary() and tableOf(); `parts` registers what it needs of ECharts. docs/kinds/README.md says how to add one.

export const KINDS = {
  line: { module: () => import("./kinds/line.js"), parts: () => import("./parts/line.js") },
  bar: { module: () => import("./kinds/bar.js"), parts: () => import("./parts/bar.js") },
  pie: { module: () => import("./kinds/pie.js"), parts: () => import("./parts/pie.js") },
  heatmap: { module: () => import("./kinds/heatmap.js"), parts: () => import("./parts/heatmap.js") },
  scatter: { module: () => import("./kinds/scatter.js"), parts: () => import("./parts/scatter.js") },
  big_number: { module: () => import("./kinds/big_number.js") },
  table: { module: () => import("./kinds/table.js") },
  editable_grid: { module: () => import("./kinds/editable_grid.js") },
  kpi_table: { module: () => import("./kinds/kpi_table.js") },
  pivot: { module: () => import("./kinds/pivot.js") },
  insight: { module: () => import("./kinds/insight.js") },
};

/** The kind's module, with the engine ready if it draws with one: {picture, summary, tableOf, init?, attach?}. */
export async function load(kind) {
  const entry = KINDS[kind];
  if (!entry) throw new Error(`unknown kind of chart: ${kind}`);
  const engine = entry.parts ? Promise.all([import("./canvas.js"), entry.parts()]) : Promise.resolve([{}]);
  const [module, [{ init }]] = await Promise.all([entry.module(), engine]);
  return { ...module, init };
}
