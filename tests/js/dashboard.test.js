// What a page and its single cards show, kept in the address; and where a click leads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createState, paramsOf } from "../../static/js/dashboard/state.js";
import { throughUrl } from "../../static/js/lib/through.js";

const page = { view: { from: "now-30d", to: "now", filters: {}, compare: "", timezone: "UTC" }, opens: { from: "now-30d", to: "now" } };
const made = (search = "") => {
  const pushed = [];
  const place = { location: { pathname: "/d/sales/", search, hash: "" }, history: { pushState: (_a, _b, url) => pushed.push(url) }, addEventListener() {} };
  return { pushed, state: createState(page, place) };
};
const FRANCE = ["country", "France", "city"];

test("a card drilled into asks for the finer column, narrowed; the page does not", () => {
  const { state, pushed } = made();
  state.changeCard(12, { path: [FRANCE, ["city", "Lyon", "street"]], compare: "off" });
  const view = state.viewOf(12);
  assert.deepEqual(view.drill, { country: "street" });
  assert.deepEqual(view.filters, { country: ["France"], city: ["Lyon"] });
  assert.equal(view.compare, "off");
  assert.match(paramsOf(view), /drill-country=street/);
  assert.equal(paramsOf(state.viewOf(13)), paramsOf(state.view));
  assert.equal("cards" in view, false);
  assert.equal(made(pushed[0].slice(pushed[0].indexOf("?"))).state.viewOf(12).drill.country, "street");
});

test("going back to the top leaves nothing in the address", () => {
  const { state, pushed } = made();
  state.changeCard(12, { path: [FRANCE] });
  state.changeCard(12, { path: [] });
  assert.equal(pushed.at(-1), "/d/sales/");
});

test("nonsense in the address is passed over", () => {
  for (const search of ["?card-1=x", "?card-x={}", '?card-1={"path":[[1,2]]}', "?card-1=null", '?card-1={"compare":"never"}']) {
    const { state } = made(search);
    assert.deepEqual(state.viewOf(1), { from: "now-30d", to: "now", filters: {}, compare: "", timezone: "UTC" }, search);
  }
});

test("a click leads where the author says, its values escaped", () => {
  const origin = "https://sightline.example";
  assert.deepEqual(throughUrl("/d/x/?var-{column}={value}", { column: "region", value: "a&b=c #1/..?" }, origin), { href: "/d/x/?var-region=a%26b%3Dc%20%231%2F..%3F", outside: false });
  assert.deepEqual(throughUrl("https://a.example/?q={gone}{value}", { value: null }, origin), { href: "https://a.example/?q=", outside: true });
  for (const bad of ["javascript:alert(1)", "//evil.example/", "/\\evil.example", "http://a.example/", "https://{value}.example/", "https://a@evil.example/", "", undefined]) {
    assert.equal(throughUrl(bad, { value: "evil" }, origin), null, String(bad));
  }
});
