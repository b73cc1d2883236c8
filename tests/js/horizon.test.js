import assert from "node:assert/strict";
import { test } from "node:test";
import * as horizon from "../../static/js/charts/kinds/horizon.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, DAY, frame, orders, region, START, time } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 460, height: 260 };
const rows = (list) => card(frame([time, region, orders], [0, 1, 2].map((at) => list.map((row) => row[at])), { grain: "day" }));
const fills = (svg) => new Set([...svg.matchAll(/<path d="[^"]+" fill="(#[0-9a-f]+)"/g)].map(([, fill]) => fill));

test("layers rise in shade with the distance from the base, in the colour of the sign", () => {
  const data = rows([[START, "a", 9], [START + DAY, "a", 1], [START, "b", -3], [START + DAY, "b", -9]]);
  const { svg } = horizon.picture(data, { layers: 3 }, theme, size);
  const shades = (sign) => [1, 2, 3].map((layer) => theme.diverging((sign * layer) / 3));
  assert.deepEqual(fills(svg), new Set([...shades(1), ...shades(-1)]));
  assert.equal(fills(horizon.picture(rows([[START, "a", 9], [START + DAY, "a", 8]]), { layers: 2 }, theme, size).svg).size, 2);
});

test("a layer is cut where the line crosses it, not at the next point", () => {
  const { svg } = horizon.picture(rows([[START, "a", 0], [START + DAY, "a", 10]]), { layers: 2 }, theme, size);
  const [low, high] = [...svg.matchAll(/<path d="M([^"]+)Z"/g)].map(([, path]) => path.split("L").map((point) => point.split(",").map(Number)));
  const middle = (low[0][0] + low.at(-1)[0]) / 2; // the path goes there and back: its first and last x are the left edge
  const right = Math.max(...low.map(([x]) => x));
  const half = low[0][0] + (right - low[0][0]) / 2;
  assert.ok(middle < half && high.some(([x]) => Math.abs(x - half) < 0.1));
});

test("a gap stays open, a lonely value is seen, and a mean may be the base", () => {
  const gap = rows([[START, "a", 5], [START + DAY, "a", null], [START + 2 * DAY, "a", 5], [START, "b", 2], [START + DAY, "b", 2], [START + 2 * DAY, "b", 2]]);
  const paths = [...horizon.picture(gap, {}, theme, size).svg.matchAll(/<path d="([^"]+)"/g)].map(([, path]) => path);
  assert.ok(paths[0].split("M").length === 3); // two pieces
  assert.equal(horizon.read(rows([[START, "a", 4], [START + DAY, "a", 8]]), { base: "mean" }, theme).lines[0].base, 6);
});

test("bands that have no room are counted; a mark tells the step under it and filters by its value", () => {
  const many = rows(Array.from({ length: 300 }, (_, i) => [START + (i % 3) * DAY, `s${Math.floor(i / 3)}`, 300 - i]));
  const { svg, tip, select, time: span } = horizon.picture(many, { most: 50 }, theme, size);
  assert.match(svg, /\+ \d+ more/);
  assert.ok(Number(/\+ (\d+) more/.exec(svg)[1]) + new Set([...svg.matchAll(/>(s\d+)</g)].map(([, name]) => name)).size === 100);
  assert.match(tip(0).title, /^s0 · Tue 1 Sep 2026$/);
  assert.deepEqual(select({ dataIndex: 0 }), [{ column: "region", value: "s0" }]);
  assert.ok(span.left > 0 && span.right <= size.width && span.bottom <= size.height);
});

test("one value, zeros and extremes draw as well", () => {
  for (const list of [[[START, "a", 0]], [[START, null, 1e300], [START, "b", -1e-300]]]) {
    assert.doesNotMatch(horizon.picture(rows(list), { own: true }, theme, size).svg, /NaN|Infinity|undefined/);
    assert.ok(horizon.summary(rows(list), {}, theme).length > 10);
  }
});
