import assert from "node:assert/strict";
import { test } from "node:test";
import { picture as frame } from "../../static/js/charts/kinds/iframe.js";
import { picture as image } from "../../static/js/charts/kinds/image.js";
import { folded } from "../../static/js/dashboard/sections.js";

const cards = [
  { id: "top", y: 0, h: 3 },
  { id: "A", y: 3, h: 1, section: true, closed: true }, { id: "a1", y: 4, h: 6 }, { id: "a2", y: 10, h: 2 },
  { id: "B", y: 12, h: 1, section: true, closed: false }, { id: "b1", y: 13, h: 4 },
];

test("a closed section hides the cards up to the next one, which moves up by the rows that are freed", () => {
  const places = folded(cards);
  assert.deepEqual([...places].map(([id, { y, hidden }]) => [id, y, hidden]), [["top", 0, false], ["A", 3, false], ["a1", 4, true], ["a2", 10, true], ["B", 4, false], ["b1", 5, false]]);
});

test("the last section hides all that is below it, and open ones change nothing", () => {
  const closed = cards.map((card) => ({ ...card, closed: card.id === "B" }));
  assert.deepEqual([...folded(closed)].filter(([, { hidden }]) => hidden).map(([id]) => id), ["b1"]);
  const open = cards.map((card) => ({ ...card, closed: false }));
  for (const { id, y } of open) assert.deepEqual(folded(open).get(id), { y, hidden: false });
});

test("a frame has its sandbox and its address only if it is https, and no way to lead the page away", () => {
  const of = (embed) => frame({ overlays: { embed } }, {}).html;
  assert.match(of("https://a.example/x"), /^<iframe class="embed" src="https:\/\/a.example\/x" sandbox="[^"]+" referrerpolicy="no-referrer"/);
  assert.doesNotMatch(of("https://a.example/x"), /allow-top-navigation|allow-downloads|allow-modals/);
  for (const url of ["javascript:alert(1)", "http://a.example/", "https://a.example@b/", "https://a.example/\"onload=x", "//a.example", undefined]) assert.match(of(url), /^<p class="muted">/);
});

test("a picture comes from our own address and leads only where a link may", () => {
  const of = (address, options = {}) => image({ overlays: { image: address } }, { alt: "<b>", ...options }).html;
  assert.match(of("/w/3/image/aa.png"), /<img [^>]*src="\/w\/3\/image\/aa.png" alt="&lt;b&gt;"/);
  assert.match(of("https://evil.example/a.png"), /No picture/);
  assert.doesNotMatch(of("/w/3/image/aa.png", { link: "javascript:alert(1)" }), /<a/);
  assert.match(of("/w/3/image/aa.png", { link: "https://example.com/" }), /rel="noopener noreferrer nofollow"/);
});
