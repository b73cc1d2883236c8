import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contrast, inkOn, isOther, mix, placesOf } from "../../static/js/lib/colour.js";
import { declarations, inlined } from "../../static/js/lib/inlined.js";
import { escape, svg, tag } from "../../static/js/lib/markup.js";
import { fit, measureText, textWidth, wrap } from "../../static/js/lib/measure.js";
import { parseTokens } from "../../static/js/lib/tokens.js";
import { advances } from "../../static/js/lib/truetype.js";
import { themeOf } from "../../static/js/charts/theme.js";

test("markup from data is text, whatever it holds", () => {
  assert.equal(escape(`<img src=x onerror='a("b")'> & \u0000\u000b\ud800`), "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt; &amp; \ufffd\ufffd\ufffd");
  assert.equal(escape("😀 東京 مرحبا"), "😀 東京 مرحبا");
  assert.equal(tag("line", { x1: NaN, stroke: '"><script>', hidden: null }), '<line x1="0" stroke="&quot;&gt;&lt;script&gt;"/>');
  assert.match(svg({ width: 0, height: -3 }, { font: "Inter" }, ""), /width="1" height="1"/);
});

test("a shortened text fits, and a text that fits is left alone", () => {
  for (const text of ["Consumer electronics", "東京本社の売上合計", "x".repeat(10000), "👩‍👩‍👧 family", ""]) {
    for (const room of [0, 8, 40, 90, 4000]) {
      const short = fit(text, room);
      assert.ok(textWidth(short) <= Math.max(room, textWidth("…")), `${text.slice(0, 20)} in ${room}`);
      if (textWidth(text) <= room) assert.equal(short, text);
    }
  }
  assert.ok(wrap("the quick brown fox jumps over the lazy dog", 80).every((line) => textWidth(line) <= 80));
});

test("widths come from the font: bold is wider, W is wider than i, a font string is understood", () => {
  assert.ok(textWidth("Revenue", 12, 600) > textWidth("Revenue", 12, 400));
  assert.ok(textWidth("W") > 2 * textWidth("i"));
  assert.equal(measureText("Revenue", "600 12px Inter Variable, Inter").width, textWidth("Revenue", 12, 600));
  const font = readFileSync(new URL("../../node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf", import.meta.url));
  const [[first, ascii]] = advances(font);
  assert.equal(first, 32);
  assert.equal((ascii["A".charCodeAt(0) - 32] * 12) / 1000, textWidth("A"));
});

test("every theme comes whole out of the tokens, and no colour is written in the charts", () => {
  const tokens = parseTokens(readFileSync(new URL("../../static/css/tokens.css", import.meta.url), "utf8"));
  for (const name of ["light", "dark", "print"]) {
    const theme = themeOf(name);
    assert.equal(theme.card, tokens[name].card);
    assert.equal(new Set(theme.categories).size, 8);
    for (const ink of [theme.ink, theme.ink2, theme.ink3, theme.good, theme.bad]) assert.ok(contrast(ink, theme.card) >= 4.5, `${name} ${ink}`);
  }
  assert.throws(() => parseTokens("body { --a: b; }"));
});

test("one value keeps one colour: over charts, after filters, and as the page lists them", () => {
  const places = placesOf(7);
  places.meet(["West", "East", "South"], "region");
  const west = places.of("West", "region");
  places.meet(["West"], "region");
  places.meet(["Zoo", "West", "Alpha"], "region");
  assert.equal(places.of("West", "region"), west);
  assert.equal(new Set(["West", "East", "South", "Zoo", "Alpha"].map((key) => places.of(key, "region"))).size, 5);
  const listed = placesOf(7, { region: ["West", "East"] });
  assert.deepEqual(["West", "East"].map((key) => listed.of(key, "region")), [0, 1]);
});

test("the order in which a chart lists its values does not change their colours", () => {
  const [one, two] = [placesOf(7), placesOf(7)];
  one.meet(["c", "a", "b"], "x");
  two.meet(["b", "c", "a"], "x");
  for (const key of ["a", "b", "c"]) assert.equal(one.of(key, "x"), two.of(key, "x"));
});

test("the rest is grey", () => {
  for (const key of [null, undefined, "__other__", "Other", "Other (14)", "other (1,234)"]) assert.ok(isOther(key));
  for (const key of ["Another", "Other things", 0, false, ""]) assert.ok(!isOther(key));
  assert.equal(themeOf("light").category("Other (3)", 0, "region"), themeOf("light").categories[7]);
});

test("colours mix opaquely and ink is the one that reads", () => {
  assert.equal(mix("#000", "#ffffff", 0.5), "#808080");
  assert.equal(inkOn("#000000", "#ffffff", "#000000"), "#ffffff");
  assert.throws(() => mix("red", "#fff", 0.5));
});

test("the engine's styles become attributes, its shorthand is written out, its ids are its own", () => {
  assert.deepEqual(declarations("font:italic 600 12px Inter, sans-serif;fill:red;cursor:pointer;behavior:url(x)"), { "font-size": "12px", "font-family": "Inter, sans-serif", "font-weight": "600", "font-style": "italic", fill: "red" });
  const made = inlined('<svg width="1"><style>x</style><clipPath id="zr7-c0"/><g clip-path="url(#zr7-c0)"><text dominant-baseline="central" style="font-size:12px;font-family:&quot;Inter&quot;" xml:space="preserve">a &gt; b</text></g></svg>', (inner) => inner);
  assert.doesNotMatch(made, /style|zr7/);
  const id = /id="([^"]+)"/.exec(made)[1];
  assert.ok(made.includes(`url(#${id})`) && made.includes('font-family="Inter"') && made.includes('dy="3.61"') && made.includes("a &gt; b"));
});
