import assert from "node:assert/strict";
import { test } from "node:test";
import { patchOf, splits, stepAt } from "../../static/js/explore/levels.js";
import * as explore from "../../static/js/explore/state.js";

const page = {
  dataset: {
    id: 7, slug: "orders", time: "ordered_at",
    columns: [{ name: "ordered_at", type: "time" }, { name: "region", type: "text" }, { name: "city", type: "text", parent: "region" }],
    measures: [{ name: "revenue" }, { name: "orders" }],
  },
  // what apps/widgets/automatic.py says of these
  automatic: { "1 0 0 0 0": "big_number", "1 0 1 0 0": "line", "1 1 0 0 0": "bar", "1 2 0 1 0": "heatmap", "1 1 1 0 1": "table" },
  workspace: "", view: { timezone: "UTC" }, opens: { from: "now-30d", to: "now" },
  kinds: [
    { slug: "line", time: "needs", measures: [1, 4], dimensions: [0, 1] }, { slug: "bar", time: "takes", measures: [1, 3], dimensions: [1, 2] },
    { slug: "pie", time: "no", measures: [1, 1], dimensions: [1, 1] }, { slug: "table", time: "takes", measures: [1, 8], dimensions: [0, 4] },
    { slug: "big_number", time: "no", measures: [1, 1], dimensions: [0, 0] },
  ],
};
const west = { column: "region", op: "in", values: ["West"] };
const east = { column: "region", op: "in", values: ["East"] };
const state = (more) => ({ ...explore.nothing(), from: "now-30d", to: "now", measures: ["revenue"], ...more });
const again = (of) => explore.fromAddress(`?${explore.toParams(of, page)}`, page);

test("a state comes back from its address as it was", () => {
  const full = explore.fitted(state({
    measures: ["revenue", "orders"], dimensions: ["region", "ordered_at:weekday"], grain: "month", from: "now-7d", to: "now-1d",
    where: { any: [west, { all: [{ column: "city", op: "contains", values: ["a & b"] }, east] }] }, top: { limit: 5, by: "orders", other: true },
    compare: "year", pivot: "region", totals: true, stacked: true, sort: "-orders", kind: "table",
  }), page);
  assert.deepEqual(again(full), full);
  assert.equal(explore.toParams(state(), page).toString(), "dataset=orders&m=revenue");
});

test("a bare address opens with the first measure over time, an emptied one stays empty", () => {
  const first = explore.fromAddress("?dataset=orders", page);
  assert.deepEqual([first.measures, first.grain, first.from], [["revenue"], "auto", "now-30d"]);
  const none = again(state({ measures: [] }));
  assert.deepEqual([none.measures, none.grain], [[], ""]);
});

test("nonsense in an address is dropped, not drawn", () => {
  const read = explore.fitted(explore.fromAddress("?m=revenue&m=gone&d=nowhere&top=-3&where={]&pivot=region&sort=-gone", page), page);
  assert.deepEqual([read.measures, read.dimensions, read.top.limit, read.where, read.pivot, read.sort], [["revenue"], [], 0, { all: [] }, "", ""]);
  assert.deepEqual(explore.fromAddress('?m=revenue&where={"all":[{"column":1},"x",{"any":[{"op":"in"}]}]}', page).where, { all: [{ any: [] }] });
});

test("what an address names and this reader has not is told, and nothing else", () => {
  const asked = (search) => explore.leftOut(explore.fromAddress(search, page), page);
  assert.deepEqual(asked("?m=revenue&m=cost&d=salary&d=region&by=margin&pivot=salary&sort=-cost"), ["cost", "margin", "salary"]);
  assert.deepEqual(asked("?m=revenue&d=region&d=ordered_at:weekday&grain=day&pivot=@time&sort=ordered_at_weekday"), []);
  assert.deepEqual(asked("?dataset=orders"), []);
});

test("a field takes the place it is moved to; where there is none, all stays", () => {
  const list = ["a", "b", "c"];
  assert.deepEqual([explore.moved(list, 0, 2), explore.moved(list, 2, 0), explore.moved(list, 1, 2)], [["b", "c", "a"], ["c", "a", "b"], ["a", "c", "b"]]);
  for (const [from, to] of [[0, -1], [2, 3], [1, 1], [7, 0]]) assert.equal(explore.moved(list, from, to), list);
});

test("the order of measures and groupings is part of the address", () => {
  const turned = state({ measures: ["orders", "revenue"], dimensions: ["city", "region"] });
  assert.deepEqual([again(turned).measures, again(turned).dimensions], [["orders", "revenue"], ["city", "region"]]);
});

test("conditions without a value and groups without conditions are not asked", () => {
  const where = { all: [{ column: "region", op: "in", values: [] }, { any: [] }, { column: "city", op: "is_null", values: [] }, { any: [west] }, { column: "region", op: "between", values: [1] }] };
  assert.deepEqual(explore.filtersOf(where), [{ column: "city", op: "is_null", values: [] }, west]);
  assert.deepEqual(explore.filtersOf({ any: [west, east] }), [{ any: [west, east] }]);
  assert.deepEqual(explore.filtersOf({ any: [west] }), [west]);
});

test("one value more narrows what is asked already, also beside a choice of conditions", () => {
  assert.deepEqual(explore.narrowed(state({ where: { all: [east] } }), "region", "West").where, { all: [west] });
  assert.deepEqual(explore.narrowed(state({ where: { any: [west, east] } }), "city", null).where, { all: [{ any: [west, east] }, { column: "city", op: "is_null", values: [] }] });
});

test("the query holds what a widget keeps, and nothing that is not set", () => {
  assert.deepEqual(explore.queryOf(state()), { measures: ["revenue"], dimensions: [], filters: [] });
  const query = explore.queryOf(state({ dimensions: ["region", "ordered_at:hour"], grain: "day", compare: "previous", top: { limit: 3, by: "revenue", other: true }, sort: "-revenue" }));
  assert.deepEqual(query, {
    measures: ["revenue"], dimensions: ["region", { column: "ordered_at", part: "hour" }], filters: [], grain: "day", compare: "previous",
    top: { limit: 3, by: "revenue", other: true }, order: [{ by: "revenue", descending: true }],
  });
});

test("the kind follows the shape until somebody chooses one that fits", () => {
  const kind = (more) => explore.kindOf(state(more), page);
  assert.equal(kind({}), "big_number");
  assert.equal(kind({ grain: "auto" }), "line");
  assert.equal(kind({ dimensions: ["region"] }), "bar");
  assert.equal(kind({ dimensions: ["region", "ordered_at:hour"] }), "heatmap");
  assert.equal(kind({ dimensions: ["region"], grain: "day", pivot: "region" }), "table");
  assert.equal(kind({ measures: ["revenue", "orders"] }), "table");
  assert.equal(kind({ dimensions: ["region"], kind: "pie" }), "pie");
  assert.equal(kind({ grain: "day", kind: "pie" }), "line");
  assert.equal(kind({ grain: "day", kind: "bar" }), "bar");
});

test("a change is a step in history; an unfinished condition is none", () => {
  const pushed = [];
  const place = { location: { pathname: "/explore/", search: "?dataset=orders&m=revenue" }, history: { pushState: (_a, _b, url) => pushed.push(url) }, addEventListener() {} };
  const store = explore.createStore(page, place);
  const heard = [];
  store.onChange((now) => heard.push(now));
  store.change({ dimensions: ["region"] });
  store.change({ where: { all: [{ column: "region", op: "in", values: [] }] } });
  store.change({ where: { all: [west] } });
  assert.equal(pushed.length, 2);
  assert.equal(heard.length, 3);
  assert.match(pushed[0], /^\/explore\/\?dataset=orders&m=revenue&d=region$/);
});

test("a level deeper is what drills down from the column; without one, texts that are not used", () => {
  const names = (column, more) => splits(page, state(more), column).map(({ name }) => name);
  assert.deepEqual(names("region", { dimensions: ["region"] }), ["city"]);
  assert.deepEqual(names("city", { dimensions: ["city"] }), ["region"]);
  assert.deepEqual(names("region", { dimensions: ["region", "city"] }), []);
});

test("a part of the picture narrows by value and by step, not by the rest or a part of a time", () => {
  const day = 864e5;
  const data = { frames: { main: { columns: [{ name: "ordered_at", role: "time", type: "time" }], data: [[0, day, 2 * day]], grain: "day", window: { from: 0, to: 3 * day } } } };
  const store = { state: state({ dimensions: ["region", "ordered_at:hour"], grain: "day" }) };
  const patch = patchOf(page, store, [
    { column: "region", role: "dimension", value: "West" }, { column: "ordered_at_hour", role: "dimension", value: 3 }, { column: "ordered_at", role: "time", value: day },
  ], data);
  assert.deepEqual(patch, { where: { all: [west] }, from: String(day), to: String(2 * day), grain: "auto" });
  assert.deepEqual(patchOf(page, store, [{ column: "region", role: "dimension", value: "__other__" }], data), {});
  assert.deepEqual(stepAt(1.9 * day, [0, day, 2 * day], "day", 3 * day), { from: 2 * day, to: 3 * day });
});
