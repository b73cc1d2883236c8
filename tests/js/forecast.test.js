import assert from "node:assert/strict";
import { test } from "node:test";
import * as forecast from "../../static/js/charts/kinds/forecast_card.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, DAY, frame, revenue, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 420, height: 260 };
const record = { error: 0.062, naive_error: 0.098, measure: "WAPE", windows: 12 };
const ahead = (count, from = 10) => ({ t: Array.from({ length: count }, (_, i) => START + (from + i) * DAY), mean: Array(count).fill(50), lo80: Array(count).fill(40), hi80: Array(count).fill(70), record });
const data = (overlay, values = Array(10).fill(25)) => card(frame([time, revenue], [values.map((_, i) => START + i * DAY), values], { grain: "day" }), { overlays: { forecast: overlay } });

test("the figure is the next step, the last, or all together, with its interval", () => {
  const figure = (show) => forecast.read(data(ahead(4)), { show }, theme).figure;
  assert.deepEqual(figure("next"), { from: START + 10 * DAY, to: START + 10 * DAY, mean: 50, low: 40, high: 70 });
  assert.equal(figure("last").from, START + 13 * DAY);
  assert.deepEqual([figure("total").mean, figure("total").low, figure("total").high], [200, 160, 280]);
});

test("steps that are known already are no forecast any more", () => {
  assert.equal(forecast.read(data(ahead(4, 8)), {}, theme).figure.from, START + 10 * DAY);
  assert.equal(forecast.read(data(ahead(2, 3)), {}, theme).figure, null);
});

test("its record is told in words, also where it is no better than the naive one", () => {
  assert.equal(forecast.summary(data(ahead(1)), {}, theme), "revenue is expected to be €\u00a050 (Fri 11 Sep 2026). €\u00a040 to €\u00a070, four times in five. Off by 6.2\u00a0% in 12 back-tests; seasonal naive 9.8\u00a0%.");
  const worse = data({ ...ahead(1), record: { ...record, error: 1.3, naive_error: 1.2, measure: "MASE" } });
  assert.match(forecast.summary(worse, {}, theme), /Off by 1\.3 MASE in 12 back-tests, no better than seasonal naive \(1\.2\)\./);
  assert.ok(forecast.picture(worse, {}, theme, size).svg.includes(theme.warn));
  assert.match(forecast.picture(data(ahead(1)), {}, theme, size).svg, />\+100\u00a0% vs the last</);
});

test("without a forecast it says so; without history, bounds or a record it draws", () => {
  const none = forecast.picture(data(undefined), {}, theme, size);
  assert.ok(none.empty && none.svg.includes("No forecast for this range"));
  for (const overlay of [{ t: [START], mean: [5] }, { ...ahead(3), lo80: [null, 1, 2], record: null }, { ...ahead(2), mean: [1e300, -1e300] }]) {
    for (const history of [[], [null], [3]]) assert.doesNotMatch(forecast.picture(data({ ...overlay, t: overlay.t.map((t) => t + 20 * DAY) }, history), { show: "total" }, theme, size).svg, /NaN|Infinity|undefined/);
  }
});

test("each step ahead tells its bounds", () => {
  const { tip } = forecast.picture(data(ahead(3)), {}, theme, size);
  assert.deepEqual(tip(2).rows.map(([, value]) => value), ["€\u00a050", "€\u00a040 – €\u00a070"]);
  assert.deepEqual(forecast.tableOf(data(ahead(3)), {}, theme).rows.length, 3);
});
