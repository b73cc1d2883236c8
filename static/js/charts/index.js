// KINDS: everything that can be drawn, each loaded when a page first needs it. A kind is a module with picture(),
// summary() and tableOf(); `parts` registers what it needs of ECharts. docs/kinds.md says how to add one.

export const KINDS = {
  line: { module: () => import("./kinds/line.js"), parts: () => import("./parts/line.js") },
  bar: { module: () => import("./kinds/bar.js"), parts: () => import("./parts/bar.js") },
  pie: { module: () => import("./kinds/pie.js"), parts: () => import("./parts/pie.js") },
  heatmap: { module: () => import("./kinds/heatmap.js"), parts: () => import("./parts/heatmap.js") },
  scatter: { module: () => import("./kinds/scatter.js"), parts: () => import("./parts/scatter.js") },
  combo: { module: () => import("./kinds/combo.js"), parts: () => import("./parts/combo.js") },
  calendar_heatmap: { module: () => import("./kinds/calendar_heatmap.js") },
  pace: { module: () => import("./kinds/pace.js") },
  histogram: { module: () => import("./kinds/histogram.js") },
  box: { module: () => import("./kinds/box.js") },
  ridgeline: { module: () => import("./kinds/ridgeline.js") },
  beeswarm: { module: () => import("./kinds/beeswarm.js") },
  cohort: { module: () => import("./kinds/cohort.js") },
  horizon: { module: () => import("./kinds/horizon.js") },
  state_timeline: { module: () => import("./kinds/state_timeline.js") },
  gantt: { module: () => import("./kinds/gantt.js") },
  forecast_card: { module: () => import("./kinds/forecast_card.js") },
  big_number: { module: () => import("./kinds/big_number.js") },
  gauge: { module: () => import("./kinds/gauge.js") },
  funnel: { module: () => import("./kinds/funnel.js") },
  waterfall: { module: () => import("./kinds/waterfall.js") },
  pareto: { module: () => import("./kinds/pareto.js") },
  treemap: { module: () => import("./kinds/treemap.js") },
  sankey: { module: () => import("./kinds/sankey.js") },
  bump: { module: () => import("./kinds/bump.js") },
  table: { module: () => import("./kinds/table.js") },
  editable_grid: { module: () => import("./kinds/editable_grid.js") },
  kpi_table: { module: () => import("./kinds/kpi_table.js") },
  pivot: { module: () => import("./kinds/pivot.js") },
  markdown: { module: () => import("./kinds/markdown.js") },
  section: { module: () => import("./kinds/section.js") },
  image: { module: () => import("./kinds/image.js") },
  iframe: { module: () => import("./kinds/iframe.js") },
  filter_control: { module: () => import("./kinds/filter_control.js") },
  anomaly_feed: { module: () => import("./kinds/anomaly_feed.js") },
  alert_board: { module: () => import("./kinds/alert_board.js") },
  driver_tree: { module: () => import("./kinds/driver_tree.js") },
  map: { module: () => import("./kinds/map.js") },
  map_points: { module: () => import("./kinds/map_points.js") },
  custom: { module: () => import("./kinds/custom.js") },
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
