import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, read, summary, tableOf } from "../../static/js/charts/kinds/filter_control.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, frame, orders, region } from "./support.mjs";

const theme = themeOf("light");
const data = (chosen = []) => card(frame([region, orders], [["West", "East", null, "<b>"], [12000, 7, 3, 1]]), { overlays: { chosen } });

test("values stand by frequency with short counts; what is chosen and gone stays, so that it can be taken away", () => {
  assert.deepEqual(read(data(["East", "Gone"]), theme).rows.map(({ text, count, on }) => [text, count, on]), [["Gone", "", true], ["West", "12k", false], ["East", "7", true], ["<b>", "1", false]]);
});

test("a list, a search and a menu offer the same, and names are text", () => {
  const html = (style) => picture(data(["East"]), { style }, theme).html;
  assert.match(html("list"), /value="East" checked/);
  assert.doesNotMatch(html("list"), /<b>|type="search"/);
  assert.match(html("search"), /type="search"/);
  assert.match(html("select"), /<option value="East" selected>East \(7\)<\/option>/);
});

test("what was searched for stays when new data comes, and never hides what is chosen", () => {
  const { html } = picture(data(["East"]), { style: "search" }, theme, undefined, { search: "wes" });
  assert.match(html, /hidden><input type="checkbox" value="&lt;b&gt;"/);
  assert.match(html, /fc__value"><input type="checkbox" value="East" checked/);
});

test("it is told in words and as a table; nothing is an empty state", () => {
  assert.equal(summary(data(["East"]), {}, theme), "Filtered by East.");
  assert.equal(summary(data(), {}, theme), "All of 3 values.");
  assert.deepEqual(tableOf(data(), {}, theme).rows[0], ["West", "12k"]);
  assert.equal(picture(card(frame([region, orders], [[], []])), {}, theme).empty, true);
});
