import assert from "node:assert/strict";
import { test } from "node:test";
import { board } from "../../static/js/charts/board.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { textWidth } from "../../static/js/lib/measure.js";

const theme = themeOf("light");
const body = { x: 17, y: 37, width: 266, height: 110 };
const place = { x: 16, y: 66, width: 300, height: 160, body };
const texts = (svg) => [...svg.matchAll(/<text[^>]*x="([\d.]+)"[^>]*>([^<]*)</g)].map(([, x, text]) => ({ x: Number(x), text }));

test("a picture stands in its card, with its own size", () => {
  const picture = '<svg xmlns="http://www.w3.org/2000/svg" width="266" height="110"><path/></svg>';
  const made = board({ width: 400, height: 300, has_desk: true, title: "Sales", lines: ["1 Sep"], cards: [{ ...place, title: "Revenue", sub: "€", picture }] }, theme);
  assert.match(made, /<svg x="33" y="103" xmlns="[^"]+" width="266" height="110">/);
  assert.deepEqual(texts(made).map(({ text }) => text), ["Sales", "1 Sep", "Revenue", "€"]);
  assert.ok(made.includes(theme.desk));
});

test("one card alone has neither desk nor edge", () => {
  const made = board({ width: 300, height: 160, cards: [{ ...place, x: 0, y: 0, message: "No access." }] }, theme);
  assert.ok(!made.includes(theme.desk) && !made.includes("evenodd"));
  assert.deepEqual(texts(made).map(({ text }) => text), ["No access."]);
});

test("words are escaped, cut to their room, and never run over each other", () => {
  const long = "Revenue of all the regions that we have ever had ".repeat(4);
  for (const title of [long, "<script>alert(1)</script>", "Short"]) {
    const made = board({ width: 400, height: 300, has_desk: true, title, cards: [{ ...place, title, sub: long, message: long, picture: "" }] }, theme);
    assert.ok(!made.includes("<script"));
    for (const { x, text } of texts(made).slice(1, 3)) assert.ok(x + textWidth(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">"), 13, 600) < place.x + place.width + 4, text);
  }
});

test("text from right to left begins at the right", () => {
  const made = board({ width: 400, height: 300, cards: [{ ...place, title: "مبيعات المنطقة", sub: "€" }] }, theme);
  assert.match(made, /x="299"[^>]*direction="rtl"/);
});
