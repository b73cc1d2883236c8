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
import * as big_number from "./kinds/big_number.js";
import * as editable_grid from "./kinds/editable_grid.js";
import * as heatmap from "./kinds/heatmap.js";
import * as insight from "./kinds/insight.js";
import * as kpi_table from "./kinds/kpi_table.js";
import * as line from "./kinds/line.js";
import * as pie from "./kinds/pie.js";
import * as pivot from "./kinds/pivot.js";
import * as scatter from "./kinds/scatter.js";
import * as table from "./kinds/table.js";
import { clean, svg } from "../lib/markup.js";
import { themeOf } from "./theme.js";

use([SVGRenderer]);
const KINDS = {
  bar,
  big_number,
  editable_grid,
  heatmap,
  insight,
  kpi_table,
  line,
  pie,
  pivot,
  scatter,
  table,
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

/** {summary, columns, rows} as JSON: the picture in words and as a table. */
globalThis.describe = (kind, dataJson, optionsJson, locale = "en", timezone = "UTC") => {
  const { data, options, theme } = parsed(dataJson, optionsJson, "light", locale, timezone);
  const module = kindOf(kind);
  const told = { summary: module.summary(data, options, theme), ...module.tableOf(data, options, theme) };
  return JSON.stringify(told, (_, value) => (typeof value === "string" ? clean(value) : value));
};
