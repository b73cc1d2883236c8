import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, summary, tableOf } from "../../static/js/charts/kinds/markdown.js";
import { isSafe } from "../../static/js/lib/links.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, frame, orders, revenue } from "./support.mjs";

const theme = themeOf("light");
const size = { width: 460, height: 260 };
const data = card(frame([revenue, orders], [[1200], [8]]), { frames: { previous: frame([revenue, orders], [[1000], [10]]) }, window: { from: Date.UTC(2026, 8, 1), to: Date.UTC(2026, 9, 1) } });
const drawn = (text, more = data) => picture(more, { text }, theme, size);
const html = (text, more) => drawn(text, more).html;

test("a slot shows its measure by unit, its change with a verdict, and the period before", () => {
  assert.match(html("{{ revenue }}"), /<b class="md__value">€\u00a01,200<\/b>/);
  assert.match(html("{{revenue|change}}"), /<b class="md__value md__value--good">↑\u00a020\u00a0%<\/b>/);
  assert.match(html("{{ revenue | before }}"), /€\u00a01,000/);
  assert.match(html("{{ orders | change }}"), /<b class="md__value">↓\u00a020\u00a0%<\/b>/); // no direction is good: no verdict
  assert.match(html("{{ window }}"), /1 Sep 2026 – 30 Sep 2026|1 – 30 Sep 2026|1 Sep – 30 Sep 2026/);
});

test("a slot in code is code, one in a table takes its bar escaped, and one without a value is a dash", () => {
  assert.match(html("`{{ revenue }}`"), /<code>\{\{ revenue \}\}<\/code>/);
  assert.match(html("| a |\n|--:|\n| {{ revenue \\| change }} |"), /<td class="num"><b [^>]+>↑\u00a020/);
  assert.match(html("{{ nobody }}"), /md__value">–</);
  assert.match(html("{{ revenue | change }}", card(frame([revenue], [[5]]))), /no comparison/);
});

const HOSTILE = [
  "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)", "![x](javascript:alert(1))", "![x](data:image/svg+xml;base64,PHN2Zz4=)", "[x](vbscript:x)", "[x](//evil.example/)",
  "[x](/\\evil.example/)", "[x](http://evil.example/)", "[x](https://user:pass@evil.example/)", "<https://a@evil.example>", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
  "[x](https://a.example/\"onmouseover=alert(1))", "![\"><script>alert(1)</script>](/a.png)", "```\"><script>\n</code><script>alert(1)</script>\n```", "| <script> |\n|---|\n| <b onclick=x> |",
  "{{ <script>alert(1)</script> }}", "{{ \"><img src=x onerror=alert(1)> }}", "<svg/onload=alert(1)>", "<a href=\"javascript:alert(1)\">x</a>", "<!-- --><style>*{}</style>",
  "[x](<javascript:alert(1)>)", "[x](\u0001javascript:alert(1))", "[x](java\tscript:alert(1))", "**<iframe src=//evil>**",
];

test("hostile text comes out as text: no element, attribute or address but those that Markdown has", () => {
  const allowed = /^<\/?(?:div|p|b|a|strong|em|code|pre|table|thead|tbody|tr|th|td|img|h[1-6]|ul|ol|li|blockquote|br|hr|s)\b[^>]*>$/;
  for (const text of HOSTILE) {
    for (const found of html(text).match(/<[^>]*>/g)) {
      assert.match(found, allowed, text);
      assert.doesNotMatch(found.replace(/"[^"]*"/g, '""'), /\son\w+=|style=/i, text);
      for (const [, href] of found.matchAll(/(?:href|src)="([^"]*)"/g)) assert.ok(isSafe(href.replaceAll("&amp;", "&").replaceAll("&quot;", '"')), `${text} -> ${href}`);
    }
    assert.doesNotMatch(drawn(text).svg, /<script|<img|<a\b|onerror="|style=/i, text);
  }
});

test("a label or a unit with markup in it stays text", () => {
  const odd = { ...revenue, unit: "<b onclick=x>", format: "decimal" };
  assert.doesNotMatch(html("{{ revenue }}", card(frame([odd], [[1]]))), /<b onclick/);
});

test("links lead to https and to pages of ours, in a new tab only if they lead away", () => {
  assert.match(html("[a](https://example.com/x?y=1)"), /<a href="https:\/\/example.com\/x\?y=1" target="_blank" rel="noopener noreferrer nofollow">/);
  assert.match(html("[a](/d/sales/)"), /<a href="\/d\/sales\/">/);
  assert.match(html("![Plan](https://example.com/a.png)"), /<a href="https:\/\/example.com\/a.png"[^>]*>Plan<\/a>/);
  assert.match(html("![Plan](/static/a.png)"), /<img class="md__image" src="\/static\/a.png" alt="Plan"/);
});

test("the picture for paper holds the same words, cut where they do not fit", () => {
  const text = "# Title\n\nRevenue **{{ revenue }}**\n\n1. one\n2. two\n\n> said\n\n| a | b |\n|---|--:|\n| x | y |\n\n---\n\n```\ncode\n```";
  const svg = picture(data, { text }, theme, { width: 400, height: 600 }).svg;
  for (const word of ["Title", "Revenue", "€\u00a01,200", "one", "2.", "said", "x", "code"]) assert.ok(svg.includes(word), word);
  assert.match(picture(data, { text: "word ".repeat(2000) }, theme, size).svg, />…<\/text>/);
});

test("an empty text says so, and the words are the summary and the table", () => {
  assert.match(html("  "), /No text yet/);
  assert.equal(summary(data, { text: "# A\n\nb {{ revenue }}" }, theme), "A b €\u00a01,200");
  assert.deepEqual(tableOf(data, { text: "# A\n\nb" }, theme).rows, [["A"], ["b"]]);
});

test("text from a fuzzer never breaks a picture or lets a tag through", () => {
  const parts = ["{{", "}}", "|", "`", "[", "](", ")", "<", ">", "*", "#", "\n", "revenue", "!", "&", "\"", "\\", " ", "javascript:", "https://", "\u0000", "\ud800"];
  let seed = 7;
  const next = (n) => (seed = (seed * 16807) % 2147483647) % n;
  for (let i = 0; i < 400; i++) {
    const text = Array.from({ length: 1 + next(30) }, () => parts[next(parts.length)]).join("");
    const made = drawn(text);
    assert.doesNotMatch(made.html, /<script/i, text);
    for (const [, href] of made.html.matchAll(/(?:href|src)="([^"]*)"/g)) assert.ok(href === "" || isSafe(href.replaceAll("&amp;", "&")), text);
    assert.doesNotMatch(made.svg, /NaN|undefined/, text);
  }
});
