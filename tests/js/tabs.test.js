import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { placed } from "../../static/js/dashboard/sections.js";
import { createState } from "../../static/js/dashboard/state.js";
import { arranged, stepped, tabOf } from "../../static/js/dashboard/tabs.js";

const cases = JSON.parse(readFileSync(new URL("../dashboards/tabs.json", import.meta.url), "utf8"));

for (const { name, items, wanted, is } of cases) {
  test(`tabs: ${name}`, () => {
    const found = arranged(items, wanted);
    assert.deepEqual(found && { ...found, at: [...found.at] }, is);
  });
}

const cards = [
  { id: 1, y: 0, h: 1, section: true, closed: true }, { id: 2, y: 1, h: 4 },
  { id: 3, y: 5, h: 1, tab: true }, { id: 4, y: 6, h: 2 },
  { id: 5, y: 8, h: 1, tab: true }, { id: 6, y: 9, h: 1, section: true, closed: true }, { id: 7, y: 10, h: 3 }, { id: 8, y: 13, h: 1, section: true, closed: false }, { id: 9, y: 14, h: 2 },
];

test("a section above the bar folds what is above it alone, and those of a tab fold within it", () => {
  const shown = (wanted) => [...placed(cards, wanted).places].filter(([, { hidden }]) => !hidden).map(([id, { y }]) => [id, y]);
  assert.deepEqual(shown(""), [["tabs", 1], [1, 0], [4, 2]]);
  assert.deepEqual(shown("5"), [["tabs", 1], [1, 0], [6, 2], [8, 3], [9, 4]]);
});

test("every card knows its tab; one above the bar has none", () => {
  assert.deepEqual([2, 3, 4, 7, 9, 99].map((id) => tabOf(cards, id)), ["", "3", "3", "5", "5", ""]);
  assert.equal(tabOf(cards.filter(({ tab }) => !tab), 4), "");
});

test("arrows walk round the bar, the other way from right to left", () => {
  assert.deepEqual([["ArrowRight", 2], ["ArrowLeft", 0], ["Home", 2], ["End", 0]].map(([key, from]) => stepped(from, 3, key)), [0, 2, 0, 2]);
  assert.equal(stepped(0, 3, "ArrowLeft", true), 1);
  assert.equal(stepped(0, 3, "a"), null);
});

test("the address holds the tab; no card's data depends on it, and the card it led to is let go", () => {
  const calls = [];
  const place = { location: { pathname: "/d/x/", search: "?tab=3", hash: "#widget-4" }, history: { pushState: (...[, , url]) => calls.push(url), replaceState: (...[, , url]) => calls.push(url) }, addEventListener: () => {} };
  const state = createState({ view: { from: "now-7d", to: "now", timezone: "UTC", compare: "", filters: {} }, opens: { from: "now-7d", to: "now" } }, place);
  const asked = JSON.stringify(state.viewOf(4));
  state.change({ from: "now-1d" });
  state.change({ from: "now-7d", tab: "5" });
  state.change({ tab: "3" }, { isSameStep: true });
  assert.deepEqual(calls, ["/d/x/?from=now-1d&to=now&tab=3#widget-4", "/d/x/?tab=5", "/d/x/?tab=3#widget-4"]);
  assert.equal(JSON.stringify(state.viewOf(4)), asked);
});
