import assert from "node:assert/strict";
import { test } from "node:test";
import { spanText } from "../../static/js/dashboard/words.js";

const at = (text) => Date.parse(text);
const span = (from, to, timezone = "UTC") => spanText(at(from), at(to), { locale: "en", timezone });

test("a span of hours names its day once, and a second day only if there is one", () => {
  assert.equal(span("2026-11-25T05:51:06Z", "2026-11-25T05:56:06Z"), "25 Nov 05:51 – 05:56");
  assert.equal(span("2026-11-24T23:50:00Z", "2026-11-25T00:05:00Z"), "24 Nov 23:50 – 25 Nov 00:05");
  assert.equal(span("2026-11-24T23:50:00Z", "2026-11-25T00:05:00Z", "Europe/Berlin"), "25 Nov 00:50 – 01:05");
});

test("a span of days ends with its last day, and a year that both share is said once", () => {
  assert.equal(span("2017-01-01T00:00:00Z", "2018-01-01T00:00:00Z"), "1 Jan – 31 Dec 2017");
  assert.equal(span("2016-12-01T00:00:00Z", "2017-02-01T00:00:00Z"), "1 Dec 2016 – 31 Jan 2017");
  assert.equal(span("2017-03-05T00:00:00Z", "2017-03-06T00:00:00Z"), "5 Mar 2017");
});
