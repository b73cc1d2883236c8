import assert from "node:assert/strict";
import { test } from "node:test";
import * as board from "../../static/js/charts/kinds/alert_board.js";
import * as feed from "../../static/js/charts/kinds/anomaly_feed.js";
import * as tree from "../../static/js/charts/kinds/driver_tree.js";
import { themeOf } from "../../static/js/charts/theme.js";

const theme = themeOf("light");
const size = { width: 460, height: 240 };
const only = (overlays) => ({ frames: {}, overlays });
const measure = { unit: "€", format: "currency", good: "up" };
const point = { metric: "<b>Revenue", href: "/insights/metrics/1/", at: Date.UTC(2026, 8, 1), grain: "day", value: 300, expected: 200, votes: ["Season", "Band"], feedback: "useful", measure };

test("a point says how far it is from what is usual, and whether that is good", () => {
  const [read] = feed.read(only({ feed: { points: [point], of: 5 } }), theme);
  assert.deepEqual([read.by, read.usual, read.verdict, read.value], ["+50\u00a0%", "usually €\u00a0200", "good", "€\u00a0300"]);
  const { html } = feed.picture(only({ feed: { points: [point], of: 5 } }), {}, theme, size);
  assert.match(html, /&lt;b&gt;Revenue/);
  assert.match(html, /title="Season, Band">2 votes/);
  assert.match(html, /\+ 4 more/);
  assert.match(html, /marked useful/);
});

test("no expectation is no judgement, no course no drawing, and nothing is said in words", () => {
  const [read] = feed.read(only({ feed: { points: [{ ...point, expected: null }], of: 1 } }), theme);
  assert.deepEqual([read.by, read.usual, read.verdict], ["", "", null]);
  assert.match(feed.picture(only({}), {}, theme, size).html, /Nothing unusual/);
});

test("a click on a moment asks for the span around it", () => {
  const heard = {};
  const element = { addEventListener: (name, work) => (heard[name] = work), removeEventListener: () => {} };
  const fired = [];
  feed.attach(element, { data: only({ feed: { points: [point], of: 1 } }), theme, fire: (...all) => fired.push(all) });
  heard.click({ target: { closest: () => ({ dataset: { moment: "0" } }) } });
  const [[name, { from, to }]] = fired;
  assert.equal(name, "sightline:zoom");
  assert.ok(from < point.at && to > point.at);
});

const rule = { name: "Refunds", status: "firing", since: Date.UTC(2026, 8, 1, 9), value: 4120, threshold: 4000, comparison: "above", silent_until: null, measure, href: "/alerts/incidents/3/" };

test("a rule says its state, since when, its limit and its silence", () => {
  const [read] = board.read(only({ rules: [{ ...rule, silent_until: Date.UTC(2026, 8, 1, 12) }] }), theme);
  assert.equal(read.said, "firing");
  assert.match(read.since, /^since 1 Sep 2026, 09:00$/);
  assert.match(read.silent, /^silent until /);
  assert.equal(read.limit, "fires above €\u00a04k");
});

test("a board without rules says how to make one; with only calm ones hidden, that all is calm", () => {
  assert.match(board.picture(only({ rules: [], rules_of: 0 }), {}, theme, size).html, /Alert on this/);
  assert.match(board.picture(only({ rules: [], rules_of: 4 }), {}, theme, size).html, /All rules are calm/);
  assert.match(board.summary(only({ rules: [rule] }), {}, theme), /1 rule; firing: Refunds/);
});

test("links of findings lead to pages of ours alone", () => {
  for (const href of ["javascript:alert(1)", "//evil.example/", "https://evil.example/"]) {
    assert.doesNotMatch(board.picture(only({ rules: [{ ...rule, href }] }), {}, theme, size).html, /<a/);
    assert.doesNotMatch(feed.picture(only({ feed: { points: [{ ...point, href }] } }), {}, theme, size).html, /<a/);
  }
});

const drivers = { label: "Revenue", ...measure, now: 150, before: 100, period: "in May", children: [{ label: "West", change: 40, share: 0.8, children: [] }, { label: "East", change: -10, share: -0.2 }] };

test("what the parts leave over stands as the rest, so that children add up to their parent", () => {
  const { children, change } = tree.read(only({ drivers }), theme);
  assert.deepEqual(children.map(({ label, change: by }) => [label, by]), [["West", 40], ["East", -10], ["Other", 20]]);
  assert.equal(children.reduce((sum, each) => sum + each.change, 0), change);
});

test("a small card shows as many levels as it has room for, and a mark tells of itself", () => {
  const deep = { ...drivers, children: [{ ...drivers.children[0], children: [{ label: "Deep", change: 30, share: 0.6 }] }] };
  assert.match(tree.picture(only({ drivers: deep }), {}, theme, { width: 620, height: 260 }).svg, /Deep/);
  assert.doesNotMatch(tree.picture(only({ drivers: deep }), {}, theme, { width: 200, height: 120 }).svg, /Deep/);
  const made = tree.picture(only({ drivers }), {}, theme, size);
  assert.equal(made.tip(0).title, "Revenue");
  assert.match(made.svg, /data-mark="0"/);
  assert.match(tree.summary(only({ drivers }), {}, theme), /Revenue moved by \+€\u00a050 in May. West carried \+€\u00a040 of it./);
});

test("odd trees draw nothing broken", () => {
  for (const odd of [{}, { now: 1 }, { now: 1, before: 1, children: [{ change: 0 }] }, { now: null, before: 2 }, { now: 0, before: 0, children: "x" }, { now: 1e300, before: -1e300, children: [{ label: null, change: 1e299 }] }]) {
    const { svg } = tree.picture(only({ drivers: odd }), {}, theme, size);
    assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  }
});
