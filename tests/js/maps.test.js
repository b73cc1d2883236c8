import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTRIES, STATES } from "../../static/js/generated/places.js";
import * as map from "../../static/js/charts/kinds/map.js";
import * as points from "../../static/js/charts/kinds/map_points.js";
import { spelling } from "../../static/js/charts/map/names.js";
import { outlines } from "../../static/js/charts/map/outlines.js";
import { labelOfPlace, layerOf, placeOf, placesIn } from "../../static/js/charts/map/places.js";
import { isIn, regionOfPlaces, regionOfPoints, REGIONS } from "../../static/js/charts/map/regions.js";
import { stepsOf } from "../../static/js/charts/map/steps.js";
import { themeOf } from "../../static/js/charts/theme.js";
import { card, column, frame, numbers, orders, region, revenue } from "./support.mjs";

const theme = themeOf("light");
const SIZE = { width: 460, height: 260 };
const code = (value, layer = "world") => placeOf(value, layer)?.code ?? null;
const shares = (list) => card(frame([region, revenue], [list.map(([name]) => name), list.map(([, value]) => value)]));
const marksIn = (text) => new Set([...text.matchAll(/data-mark="(\d+)"/g)].map(([, i]) => Number(i)));
const coordinate = (name) => column(name, "dimension", { type: "number" });
const places = (rows, more = [], columns = []) => card(frame([...columns, coordinate("lat"), coordinate("lon"), orders], [...more, ...[0, 1, 2].map((i) => rows.map((row) => row[i]))]));

test("a country is known by every usual name and code", () => {
  const known = {
    US: ["United States", "USA", "us", "U.S.A.", "840", 840, "The United States of America", "  usa "], KR: ["Korea, Republic of", "South Korea", "KOR", "Korea (Republic of)"],
    KP: ["North Korea", "Korea, Democratic People's Republic of"], CI: ["Côte d'Ivoire", "Cote d’Ivoire", "IVORY COAST"], CD: ["DR Congo", "Congo, Dem. Rep."], CG: ["Congo", "Congo-Brazzaville"],
    CZ: ["Czechia", "Czech Republic"], GB: ["UK", "Great Britain"], VC: ["St. Vincent & the Grenadines", "Saint Vincent and the Grenadines"], BA: ["Bosnia and Herz.", "Bosnia & Herzegovina"], XK: ["Kosovo", "XK"],
    AF: ["004", 4, "AFG"], IR: ["Iran (Islamic Republic of)", "Iran"], VN: ["Viet Nam", "Vietnam"], JP: ["日本", "Japan"], DE: ["Deutschland", "Germany"], TR: ["Türkiye", "Turkey"],
  };
  for (const [two, names] of Object.entries(known)) for (const name of names) assert.equal(code(name), two, String(name));
  for (const none of ["Atlantis", "EMEA", "", " ", "The", null, undefined, true, 9999, NaN, "x".repeat(5000), "__other__", {}, "constructor"]) assert.equal(placeOf(none, "world"), null, String(none));
});

test("no two countries share a name, and every place has a place", () => {
  for (const [list, at] of [[COUNTRIES, 6], [STATES, 4]]) {
    const names = list.flatMap((each) => each[at]);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.equal(spelling(name), name);
  }
  for (const layer of ["world", "usa"]) for (const { at: [longitude, latitude], code: two } of placesIn(layer)) assert.ok(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90, two);
  assert.equal(new Set(COUNTRIES.map(([two]) => two)).size, COUNTRIES.length);
});

test("states are known by name, postal code and FIPS code; the values say which layer is meant", () => {
  for (const name of ["Texas", "TX", "us-tx", "48", "texas "]) assert.equal(code(name, "usa"), "TX");
  assert.equal(code("District of Columbia", "usa"), "DC");
  assert.equal(layerOf(["Georgia", "Texas", "Ohio"]), "usa");
  assert.equal(layerOf(["Georgia", "Armenia"]), "world");
  assert.equal(layerOf(["CA", "TX", "NY", "DE"]), "usa"); // not Canada and Germany
  assert.equal(layerOf(["DE", "FR", "CA"]), "world");
  assert.equal(labelOfPlace("TX", placeOf("TX", "usa"), "en"), "Texas");
  assert.equal(labelOfPlace("日本", placeOf("日本", "world"), "en"), "日本");
  assert.equal(labelOfPlace("DEU", placeOf("DEU", "world"), "en"), "Germany");
});

test("every shape is a part of the earth: none is turned inside out by the simplification", () => {
  const { width, height } = { width: 800, height: 400 };
  for (const name of [...Object.keys(REGIONS), { box: [170, -30, 190, -5] }]) {
    const { shapes } = outlines(name, { width, height }, { whole: true });
    assert.ok(shapes.length > 3, JSON.stringify(name));
    for (const { id, d, box } of shapes) {
      assert.doesNotMatch(d, /NaN|Infinity|undefined|e-/);
      if (name === "world" && !["010", "643", "840"].includes(id)) assert.ok(box[2] - box[0] < width * 0.6, `${id} spans the map`);
    }
  }
});

test("the Pacific is one: a point on each side of the antimeridian stands near the other", () => {
  const fiji = regionOfPoints([[178, -17], [-178, -18]]);
  assert.ok(fiji.box[2] - fiji.box[0] < 15);
  const { project } = outlines(fiji, SIZE);
  const [west, east] = [project([178, -17]), project([-178, -18])];
  assert.ok(west[0] < east[0] && west[0] > 0 && east[0] < SIZE.width);
  assert.ok(isIn([-175, 0], [170, -10, 190, 10]) && !isIn([0, 0], [170, -10, 190, 10]));
  const world = outlines("world", SIZE, { whole: true });
  for (const pole of [[0, 90], [0, -90], [180, 0], [-180, 0], [-169.5, 66]]) assert.ok(world.project(pole), String(pole));
});

test("the region is the smallest that shows all", () => {
  const of = (...codes) => regionOfPlaces(codes.map((each) => placeOf(each, "world")));
  assert.deepEqual([of("DE", "FR"), of("DE", "TR"), of("DE", "US"), of("KE", "NG"), of("BR", "AR"), of("US", "MX"), of("JP", "IN"), of("AU", "FJ"), of()], ["europe", "europe", "world", "africa", "south_america", "north_america", "asia", "oceania", "world"]);
  assert.equal(regionOfPoints([[-74, 40.6], [-157.9, 21.3], [-150, 61], [-66, 18.4]]), "usa");
  assert.equal(regionOfPoints([[-74, 40.6], [2.3, 48.8], [139, 35]]), "world");
  const berlin = regionOfPoints([[13.4, 52.5]]).box;
  assert.ok(berlin[2] - berlin[0] >= 1.5 - 1e-9 && isIn([13.4, 52.5], berlin));
});

test("steps are round, ascending, and each colour is used by somebody where values are skewed", () => {
  const skewed = [...Array(40).keys()].map((i) => 1.25 ** i);
  const { breaks, colours, indexOf } = stepsOf(skewed, theme);
  assert.equal(colours.length, breaks.length + 1);
  assert.ok(colours.every((_, i) => skewed.filter((value) => indexOf(value) === i).length >= 4));
  assert.deepEqual(stepsOf([0, 25, 50, 75, 100], theme, "even").breaks, [20, 40, 60, 80]);
  for (const list of [[], [5], [5, 5], [0], [null, NaN, 3], [-1, -1], [1e300, -1e300], [1e-300, 0], [...numbers(90)]]) {
    for (const scale of ["auto", "even", "quantiles", "nonsense"]) {
      const made = stepsOf(list, theme, scale);
      assert.equal(made.colours.length, made.breaks.length + 1);
      assert.deepEqual([...made.breaks].sort((a, b) => a - b), made.breaks);
      for (const value of list.filter(Number.isFinite)) assert.match(made.colours[made.indexOf(value)], /^#[0-9a-f]{6}$/);
    }
  }
});

test("nought divides two colours, and losses and gains of one size are as strong", () => {
  const { breaks, colours, indexOf } = stepsOf([-90, -20, -3, 4, 25, 95], theme);
  assert.ok(breaks.includes(0));
  assert.deepEqual(breaks.map((each) => -each || 0).reverse(), breaks);
  assert.notEqual(colours[indexOf(-1)], colours[indexOf(1)]);
  assert.equal(colours[0], theme.diverging(-1));
  assert.equal(colours.at(-1), theme.diverging(1));
  assert.equal(stepsOf([-5, -3, -1], theme).colours[stepsOf([-5, -3, -1], theme).indexOf(-5)], theme.diverging(-1));
});

test("a map marks what it knows, tells what it does not, and loses nothing", () => {
  const data = shares([["Germany", 5], ["Atlantis", 9], ["FRA", null], ["Malta", 2], [null, 1], ["EMEA", 4]]);
  const made = map.picture(data, {}, theme, { width: 700, height: 400 });
  assert.equal(marksIn(made.svg).size, 3);
  assert.match(made.svg, /3 values are no known place: Atlantis, No value, EMEA\./);
  assert.match(map.summary(data, {}, theme), /^Germany is highest at €\u00a05, Malta lowest at €\u00a02 .*Atlantis/);
  assert.equal(map.tableOf(data, {}, theme).rows.length, 6);
  assert.deepEqual(made.select({ dataIndex: 0 }), [{ column: "region", value: "Germany" }]);
  assert.deepEqual(made.tip(2), { title: "France", rows: [["revenue", "No value", made.tip(2).rows[0][2]]] });
  assert.ok(!stepsOf([5, 2], theme).colours.includes(made.tip(2).rows[0][2])); // none of the steps
  assert.match(made.svg, /<circle data-mark="1"/); // Malta, which is too small for its own area
});

test("two names of one place are told, and what lies outside of the region is", () => {
  const twice = map.picture(shares([["USA", 5], ["United States", 7], ["France", 1]]), {}, theme, { width: 700, height: 400 });
  assert.match(twice.svg, /USA = United States/);
  assert.equal(twice.tip(0).rows.length, 2);
  assert.match(map.picture(shares([["France", 5], ["Japan", 7]]), { region: "europe" }, theme, { width: 700, height: 400 }).svg, /1 place is outside of this map: Japan/);
  const none = map.picture(shares([["here", 1], ["there", 2]]), {}, theme, SIZE);
  assert.equal(marksIn(none.svg).size, 0);
  assert.match(none.svg, /2 values are no known place/);
  assert.ok(!none.empty);
  assert.ok(map.picture(shares([]), {}, theme, SIZE).empty);
});

test("a zoomed map keeps its place over new data, and only then can be put back", () => {
  const data = shares([["Texas", 5], ["Ohio", 2]]);
  const plain = map.picture(data, {}, theme, SIZE);
  assert.match(plain.html, /data-map-zoom="reset"[^>]* hidden/);
  assert.ok(!plain.svg.includes("data-map-zoom"));
  const zoomed = map.picture(data, {}, theme, SIZE, { zoom: { k: 4, x: -1, y: -0.5 } });
  assert.match(zoomed.svg, /scale\(4\.0000\)/);
  assert.doesNotMatch(zoomed.html, /data-map-zoom="reset"[^>]* hidden/);
});

test("points stand where they are, the largest at the back; what is nowhere is told", () => {
  const rows = [[40.6, -73.8, 5], [34, -118, 50], [null, null, 9], [95, 10, 1], [21.3, 202.1, 8]];
  const data = places(rows, [["JFK", "LAX", "?", "??", "HNL"]], [region]);
  const { points: read, lost } = points.read(data, {}, theme);
  assert.deepEqual(read.map(({ name }) => name), ["LAX", "HNL", "JFK"]);
  assert.ok(Math.abs(read[1].at[0] + 157.9) < 1e-9); // 202.1 degrees east
  assert.equal(lost, 2);
  const made = points.picture(data, {}, theme, SIZE);
  assert.deepEqual([...marksIn(made.svg)], [0, 1, 2]);
  assert.match(made.svg, /2 rows have no valid coordinates/);
  assert.deepEqual(made.select({ dataIndex: 2 }), [{ column: "region", value: "JFK" }]);
  const area = (i) => Number(new RegExp(`data-mark="${i}"[^>]* r="([\\d.]+)"`).exec(made.svg)[1]) ** 2;
  assert.ok(Math.abs(area(0) / area(1) - 50 / 8) < 0.3);
  assert.match(points.summary(data, {}, theme), /^3 points; LAX is largest at 50/);
});

test("a name that is switched off leaves the map, and points without columns say what to choose", () => {
  const data = places([[48, 11, 1], [50, 8, 2]], [["a", "b"], ["x", "y"]], [region, column("kind", "dimension")]);
  const hidden = points.picture(data, {}, theme, SIZE, { hidden: new Set(["y"]) });
  assert.equal(marksIn(hidden.svg).size, 1);
  assert.deepEqual(hidden.legend.items.map(({ name }) => name), ["y", "x"]);
  assert.equal(marksIn(points.picture(data, {}, theme, SIZE).svg).size, 2);
  assert.match(points.picture(shares([["a", 1]]), {}, theme, SIZE).svg, /Choose the columns/);
  const cut = places([[48, 11, 1]]);
  cut.frames.main.truncated = true;
  assert.match(points.picture(cut, {}, theme, SIZE).svg, /Only the first point/);
});

test("names from data are text, from right to left as well, at every size and for every value", () => {
  for (const size of [{ width: 16, height: 16 }, { width: 200, height: 120 }, { width: 320, height: 80 }, { width: 1400, height: 700 }]) {
    for (const name of ["light", "dark", "print"]) {
      const made = map.picture(shares([["<b>x</b>", 1], ["مصر", 2], ["日本", -3], ["Egypt", 1e300], ["Fiji", -1e-300]]), {}, themeOf(name), size);
      assert.doesNotMatch(made.html, /<b>|NaN|Infinity|undefined/);
      const dots = points.picture(places([[90, 180, 1e300], [-90, -180, -1e300], [0, 0, null]]), {}, themeOf(name), size);
      assert.doesNotMatch(dots.html, /NaN|Infinity|undefined/);
      assert.equal(marksIn(dots.svg).size, 3);
    }
  }
});

test("what is told stands right under the map, however tall the card is", () => {
  const data = card(frame([column("state", "dimension"), orders], [["CA", "TX"], [3, 1]]));
  const legendAt = (height) => Math.min(...[...map.picture(data, { region: "usa" }, theme, { width: 340, height }).svg.matchAll(/<text[^>]* y="([\d.]+)"[^>]*>[^<]*<\/text>/g)].map(([, y]) => Number(y)));
  assert.ok(legendAt(600) < 340, `${legendAt(600)}`);
  assert.equal(map.picture(data, { region: "usa" }, theme, { width: 340, height: 600 }).area.height, map.picture(data, { region: "usa" }, theme, { width: 340, height: 900 }).area.height);
});
