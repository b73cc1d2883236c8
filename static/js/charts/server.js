// The bundle for V8 on the server: one global, draw(), no DOM, no timers, no state between two pictures.
import { SVGRenderer } from "echarts/renderers";
import { inlined } from "../lib/inlined.js";
import { init, use } from "./engine.js";
import "./parts/line.js";
import "./parts/bar.js";
import "./parts/pie.js";
import "./parts/heatmap.js";
import "./parts/scatter.js";
import * as bar from "./kinds/bar.js";
import * as beeswarm from "./kinds/beeswarm.js";
import * as big_number from "./kinds/big_number.js";
import * as bump from "./kinds/bump.js";
import * as funnel from "./kinds/funnel.js";
import * as gauge from "./kinds/gauge.js";
import * as calendar_heatmap from "./kinds/calendar_heatmap.js";
import * as combo from "./kinds/combo.js";
import * as forecast_card from "./kinds/forecast_card.js";
import * as gantt from "./kinds/gantt.js";
import * as editable_grid from "./kinds/editable_grid.js";
import * as heatmap from "./kinds/heatmap.js";
import * as iframe from "./kinds/iframe.js";
import * as image from "./kinds/image.js";
import * as box from "./kinds/box.js";
import * as cohort from "./kinds/cohort.js";
import * as histogram from "./kinds/histogram.js";
import * as horizon from "./kinds/horizon.js";
import * as insight from "./kinds/insight.js";
import * as kpi_table from "./kinds/kpi_table.js";
import * as line from "./kinds/line.js";
import * as pareto from "./kinds/pareto.js";
import * as pace from "./kinds/pace.js";
import * as markdown from "./kinds/markdown.js";
import * as map from "./kinds/map.js";
import * as map_points from "./kinds/map_points.js";
import * as pie from "./kinds/pie.js";
import * as pivot from "./kinds/pivot.js";
import * as ridgeline from "./kinds/ridgeline.js";
import * as sankey from "./kinds/sankey.js";
import * as scatter from "./kinds/scatter.js";
import * as section from "./kinds/section.js";
import * as state_timeline from "./kinds/state_timeline.js";
import * as table from "./kinds/table.js";
import * as treemap from "./kinds/treemap.js";
import * as waterfall from "./kinds/waterfall.js";
import * as filter_control from "./kinds/filter_control.js";
import * as anomaly_feed from "./kinds/anomaly_feed.js";
import * as alert_board from "./kinds/alert_board.js";
import * as driver_tree from "./kinds/driver_tree.js";
import * as custom from "./kinds/custom.js";
import { clean, svg } from "../lib/markup.js";
import { board } from "./board.js";
import { themeOf } from "./theme.js";

use([SVGRenderer]);
const KINDS = {
  custom,
  driver_tree,
  alert_board,
  anomaly_feed,
  filter_control,
  bar,
  beeswarm,
  big_number,
  bump,
  funnel,
  gauge,
  calendar_heatmap,
  combo,
  forecast_card,
  gantt,
  editable_grid,
  heatmap,
  iframe,
  image,
  box,
  cohort,
  histogram,
  horizon,
  insight,
  kpi_table,
  line,
  pareto,
  pace,
  markdown,
  map,
  map_points,
  pie,
  pivot,
  ridgeline,
  sankey,
  scatter,
  section,
  state_timeline,
  table,
  treemap,
  waterfall,
};

function kindOf(name) {
  if (!Object.hasOwn(KINDS, name)) throw new Error(`unknown kind of chart: ${name}`);
  return KINDS[name];
}

function parsed(dataJson, optionsJson, themeName, locale, timezone) {
  const [data, options] = [JSON.parse(dataJson), JSON.parse(optionsJson || "{}") ?? {}];
  return { data, options, theme: themeOf(themeName, { locale, timezone, words: options.words, keys: options.keys ?? data?.keys ?? {} }) };
}

/** One picture as a whole SVG document. data and options are JSON texts. */
globalThis.draw = (kind, dataJson, optionsJson, themeName, width, height, locale = "en", timezone = "UTC") => {
  const { data, options, theme } = parsed(dataJson, optionsJson, themeName, locale, timezone);
  const size = { width, height };
  const module = kindOf(kind);
  const made = module.picture(data, options, theme, size);
  if (made.svg) return made.svg;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(made.echarts);
    return inlined(chart.renderToSVGString(), (inner) => svg(size, theme, inner, module.summary(data, options, theme)));
  } finally {
    chart.dispose();
  }
};

/** Cards that are drawn already, as one SVG document: see board.js. */
globalThis.compose = (boardJson, themeName) => clean(board(JSON.parse(boardJson), themeOf(themeName)));

/** {summary, columns, rows} as JSON: the picture in words and as a table. */
globalThis.describe = (kind, dataJson, optionsJson, locale = "en", timezone = "UTC") => {
  const { data, options, theme } = parsed(dataJson, optionsJson, "light", locale, timezone);
  const module = kindOf(kind);
  const told = { summary: module.summary(data, options, theme), ...module.tableOf(data, options, theme) };
  return JSON.stringify(told, (_, value) => (typeof value === "string" ? clean(value) : value));
};
