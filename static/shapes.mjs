// What maps are made of: outlines that are simplified and quantised, and the names of places. From npm packages at build
// time, so that the page loads kilobytes in place of megabytes; docs/kinds-maps.md names their licences.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { geoArea, geoBounds, geoCentroid, geoContains } from "d3-geo";
import { feature, quantize } from "topojson-client";
import { filter, filterAttachedWeight, presimplify, quantile, simplify, sphericalRingArea, sphericalTriangleArea } from "topojson-simplify";
import { spelling, spellings } from "./js/charts/map/names.js";

const GRID = 24;
const WIDE = 1.5; // how much wider than high the code of a state is
const STEPS = 1e4; // places across an outline's whole width
const KEEP = { world: 0.16, usa: 0.3 }; // the part of all points that stays
const ISLAND = 0.6; // rings smaller than this many triangles that may go
const KOSOVO = { id: "983", codes: ["XK", "XKX"] }; // used by everybody, given by ISO to nobody
const STATES = "01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA 26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX 49UT 50VT 51VA 53WA 54WV 55WI 56WY 72PR 78VI";
const STATE_NAMES = { DC: ["Washington DC", "Washington, D.C."], VI: ["U.S. Virgin Islands", "Virgin Islands"] };
// places that the shapes count to another, or leave out: longitude and latitude of where they are
const APART = {
  BQ: [-68.27, 12.18], BV: [3.41, -54.42], CC: [96.84, -12.17], CX: [105.63, -10.49], GF: [-53.1, 3.95], GI: [-5.35, 36.14], GP: [-61.55, 16.25],
  MQ: [-61.02, 14.64], RE: [55.53, -21.13], SJ: [16.0, 78.6], TK: [-171.85, -9.2], TV: [179.2, -8.52], UM: [166.63, 19.3], YT: [45.15, -12.8],
};
// what people write, beyond what the packages know
const ALSO = {
  AE: ["Emirates"], BA: ["Bosnia", "Bosnia-Herzegovina"], BN: ["Brunei"], BO: ["Bolivia"], BS: ["Bahamas"], CD: ["DR Congo", "DRC", "Congo-Kinshasa", "Congo (Kinshasa)", "Zaire", "Congo, Dem. Rep."],
  CG: ["Congo", "Congo-Brazzaville", "Congo (Brazzaville)", "Congo, Rep."], CI: ["Cote d Ivoire"], CN: ["Mainland China", "PRC"], CV: ["Cape Verde"], CZ: ["Czech"], EG: ["Egypt, Arab Rep."], FK: ["Falkland Islands", "Falklands"],
  FM: ["Micronesia"], GB: ["Britain", "United Kingdom of Great Britain and Northern Ireland"], HK: ["Hong Kong SAR", "Hong Kong SAR, China", "Hongkong"], IR: ["Iran"], KG: ["Kyrgyz Republic"],
  KP: ["North Korea", "Korea, North", "DPRK", "Democratic People's Republic of Korea", "Korea, Democratic People's Republic of"], KR: ["한국", "Korea, South", "Korea", "Korea, Rep."], LA: ["Laos", "Lao PDR"], LY: ["Libya"],
  MD: ["Moldova"], MK: ["Macedonia", "FYROM"], MM: ["Burma"], MO: ["Macau", "Macao SAR, China"], PS: ["Palestinian Territories", "West Bank and Gaza", "Palestinian Territory"], RU: ["Russia"], SK: ["Slovak Republic"],
  ST: ["Sao Tome"], SY: ["Syria"], SZ: ["Swaziland"], TL: ["East Timor"], TR: ["Turkiye"], TW: ["Taiwan"], US: ["America", "U.S. of America"], VA: ["Vatican", "Vatican City"], VE: ["Venezuela", "Venezuela, RB"], VG: ["British Virgin Islands"],
  VI: ["U.S. Virgin Islands"], VN: ["Vietnam", "Viet Nam"], XK: ["Kosovo"], YE: ["Yemen, Rep."],
};

/** Files of static/js/generated: path -> text. modules: the folder node_modules. */
export async function shapes(modules) {
  const read = async (path) => JSON.parse(await readFile(join(modules, path), "utf8"));
  const [world, usa] = [only(await read("world-atlas/countries-50m.json"), "countries"), only(await read("us-atlas/states-10m.json"), "states")];
  identified(world.objects.places.geometries);
  const names = { codes: await read("i18n-iso-countries/codes.json"), english: (await read("i18n-iso-countries/langs/en.json")).countries, more: await read("countries-list/countries.min.json") };
  const head = "// Made by static/shapes.mjs; not committed.\n";
  return new Map([
    ["world.js", `${head}export default ${JSON.stringify(smaller(world, KEEP.world))};\n`],
    ["usa.js", `${head}export default ${JSON.stringify(smaller(usa, KEEP.usa))};\n`],
    ["places.js", `${head}export const COUNTRIES = ${JSON.stringify(countries(world, names))};\nexport const STATES = ${JSON.stringify(states(usa))};\n`],
  ]);
}

const only = (topology, name) => ({ ...topology, objects: { places: topology.objects[name] } });

/** One country has one id, and what ISO does not know has none. */
function identified(geometries) {
  const seen = new Set();
  for (const each of geometries) {
    if (each.properties.name === "Kosovo") each.id = KOSOVO.id;
    if (each.properties.name === "Ashmore and Cartier Is." || seen.has(each.id)) delete each.id;
    seen.add(each.id);
  }
}

function smaller(topology, keep) {
  const weighed = presimplify(topology, sphericalTriangleArea);
  const least = quantile(weighed, keep);
  const made = quantize(filter(simplify(weighed, least), filterAttachedWeight(weighed, least * ISLAND, sphericalRingArea)), STEPS);
  for (const each of made.objects.places.geometries) delete each.properties;
  const { type, transform, arcs, objects } = made;
  return { type, transform, objects: { places: objects.places }, arcs };
}

/** [alpha-2, alpha-3, numeric, continent, longitude, latitude, [spellings]] of each country. */
function countries(world, { codes, english, more }) {
  const shapes = new Map(world.objects.places.geometries.filter(({ id }) => id).map((each) => [each.id, each]));
  const all = [...codes.map(([two, three, number]) => [two, three, number]), ...(codes.some(([two]) => two === "XK") ? [] : [[...KOSOVO.codes, KOSOVO.id]])];
  const taken = new Set(Object.values(ALSO).flat().map(spelling));
  return all.map(([two, three, number]) => {
    const known = [english[two], more[two]?.name, more[two]?.native, shapes.get(number)?.properties.name].flat().filter(Boolean).flatMap(spellings);
    const own = (ALSO[two] ?? []).map(spelling);
    const [longitude, latitude] = APART[two] ?? middle(feature(world, shapes.get(number)));
    return [two, three, number, more[two]?.continent ?? "", longitude, latitude, [...new Set([...own, ...known.filter((name) => !taken.has(name))])]];
  });
}

/** [postal code, FIPS code, longitude, latitude, [spellings], name, degrees of room about that point] of each state. */
function states(usa) {
  const shapes = new Map(usa.objects.places.geometries.map((each) => [each.id, each]));
  return STATES.split(" ").map((text) => {
    const [fips, postal] = [text.slice(0, 2), text.slice(2)];
    const shape = shapes.get(fips);
    const { at, room } = roomiest(feature(usa, shape));
    return [postal, fips, ...at, [...new Set([shape.properties.name, ...(STATE_NAMES[postal] ?? [])].flatMap(spellings))], shape.properties.name, room];
  });
}

const rounded = (degrees) => Math.round(degrees * 100) / 100;

/** The middle of the largest part: that of France is not in the Atlantic. */
const middle = (shape) => geoCentroid(largest(shape)).map(rounded);

function largest({ geometry }) {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const areas = parts.map((coordinates) => geoArea({ type: "Polygon", coordinates }));
  return { type: "Polygon", coordinates: parts[areas.indexOf(Math.max(...areas))] };
}

/** Where in its largest part a label has most room: the point of a grid that is farthest from the edge, in degrees of
 * latitude; wide texts need more to their sides. */
function roomiest(shape) {
  const part = largest(shape);
  const [[west, south], [east, north]] = geoBounds(part);
  const [middleX, middleY] = geoCentroid(part);
  const narrow = Math.cos((middleY * Math.PI) / 180) / WIDE;
  const ring = part.coordinates[0];
  const room = ([x, y]) => ring.reduce((least, [atX, atY]) => Math.min(least, Math.hypot((atX - x) * narrow, atY - y)), Infinity);
  const shares = Array.from({ length: GRID }, (_, i) => (i + 0.5) / GRID);
  const grid = shares.flatMap((across) => shares.map((up) => [west + across * (east - west), south + up * (north - south)]));
  const inside = [[middleX, middleY], ...grid].filter((point) => geoContains(part, point));
  // of two that are about as roomy the one nearer to the middle
  const merit = ([x, y]) => room([x, y]) - 0.15 * Math.hypot((x - middleX) * narrow, y - middleY);
  const best = inside.reduce((found, point) => (merit(point) > merit(found) ? point : found));
  return { at: best.map(rounded), room: rounded(room(best)) };
}
