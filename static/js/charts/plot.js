// The place of time in a picture, whoever drew it: what zoom and crosshair ask of ECharts, answered for SVG as well.

/** An SVG's `time: {from, to, left, right, top?, bottom?}` (ms, and pixels of its own edges) as a chart with one time axis. */
export function plotOf({ from, to, left, right, top = 0, bottom = Infinity }) {
  const width = right - left;
  return {
    containPixel: (_, [x, y]) => x >= left && x <= right && y >= top && y <= bottom,
    convertFromPixel: (_, x) => from + ((x - left) / width) * (to - from),
    convertToPixel: (_, ms) => left + ((ms - from) / (to - from)) * width,
  };
}

/** The chart to ask, or null for a picture without time. */
export function timePlot({ made, chart }) {
  if (!made?.time) return null;
  if (made.echarts) return chart;
  return made.time.right > made.time.left && made.time.to > made.time.from ? plotOf(made.time) : null;
}
