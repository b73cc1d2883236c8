import assert from "node:assert/strict";
import { test } from "node:test";
import * as gantt from "../../static/js/charts/kinds/gantt.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { textWidth } from "../../static/js/lib/measure.js";
import { card, column, DAY, frame, START } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 460, height: 260 };
const options = { start: "begin", end: "finish", label: "name", group: "team" };
const columns = [column("begin", "time"), column("finish", "time"), column("name", "dimension"), column("team", "dimension")];
const day = (n) => (n === null ? null : START + n * DAY);
const plan = (rows, more) => ({ ...card(frame(columns, [0, 1, 2, 3].map((at) => rows.map((row) => (at < 2 ? day(row[at]) : row[at]))), more)), window: { from: START, to: START + 30 * DAY } });

test("rows that overlap lie in lanes of their own, others share one", () => {
  const { groups } = gantt.read(plan([[0, 5, "a", "x"], [2, 7, "b", "x"], [5, 9, "c", "x"], [0, 9, "d", "y"]]), options, theme);
  assert.deepEqual(groups.map(({ name, lanes }) => [name, lanes.map((lane) => lane.map((item) => item.name))]), [["x", [["a", "c"], ["b"]]], ["y", [["d"]]]]);
});

test("a row without an end is a milestone, one that ends before it begins is turned", () => {
  const data = plan([[1, null, "Go", "x"], [5, 3, "back", "x"]]);
  const { items } = gantt.read(data, options, theme);
  assert.deepEqual(items.map(({ from, to }) => [from, to]), [[day(1), null], [day(3), day(5)]]);
  const { svg, tip, select } = gantt.picture(data, options, theme, size);
  assert.match(svg, /<path d="M[^"]+z" fill="#[0-9a-f]+" stroke="#[0-9a-f]+" data-mark="0"\/>/);
  assert.deepEqual(tip(1).rows.map(([, value]) => value), ["x", "4 Sep 2026", "6 Sep 2026", "2\u00a0d"]);
  assert.deepEqual(select({ dataIndex: 0 }), [{ column: "team", value: "x" }]);
});

test("what has no room and what was cut is told; today is a line where it is in the range", () => {
  const rows = Array.from({ length: 60 }, (_, i) => [0, 20, `job ${i}`, `team ${i}`]);
  const { svg } = gantt.picture(plan(rows, { truncated: true, computed_at: day(20) }), options, theme, size);
  assert.match(svg, /first 60 rows, \+ \d+ rows/);
  assert.equal(Number(/\+ (\d+) rows/.exec(svg)[1]) + svg.match(/data-mark/g).length, 60);
  assert.match(svg, />today</);
  assert.doesNotMatch(gantt.picture(plan(rows, { computed_at: day(400) }), options, theme, size).svg, />today</);
});

test("plans may reach beyond the range, but not so far that the range is lost", () => {
  assert.equal(gantt.read(plan([[0, 40, "a", "x"]]), options, theme).to, day(40));
  assert.equal(gantt.read(plan([[0, 4000, "a", "x"]]), options, theme).to, day(45));
});

test("without a name, group or end there is still a picture, and no name leaves the card", () => {
  const data = plan([[0, null, null, null], [29, null, "a very long name of a milestone", null]]);
  for (const chosen of [{}, { start: "begin" }, options]) {
    const { svg } = gantt.picture(data, chosen, theme, size);
    assert.doesNotMatch(svg, /NaN|undefined|null</);
    for (const [, x, text] of svg.matchAll(/<text x="([\d.]+)" [^>]*text-anchor="start">([^<]*)</g)) assert.ok(Number(x) + textWidth(text, 11) <= size.width);
  }
  assert.match(gantt.summary(data, options, theme), /^2 rows from 1 Sep 2026 to 30 Sep 2026, 2 of them without an end/);
});
