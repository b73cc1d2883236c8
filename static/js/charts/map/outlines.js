// Outlines in pixels: {shapes: [{id, d, box}], project} for a region and a size, kept for the next picture of that size.
import { geoAlbersUsa, geoAzimuthalEqualArea, geoConicEqualArea, geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import usa from "../../generated/usa.js";
import world from "../../generated/world.js";
import { REGIONS } from "./regions.js";

const KEPT = 10;
const NEAR = 6; // tenths of a pixel: points that are nearer than that to the last are not drawn
const PACIFIC = 11; // the world is cut through the Bering Strait
const EDGE = 2; // pixels
const SPARE = 12; // pixels: less is no band
const ISLANDS = new Set(["72", "78"]); // Puerto Rico and the Virgin Islands stand beside Florida
const features = new Map();
const kept = new Map();

/** region: a name of REGIONS, or {box}. size: {width, height}. whole: with the poles. Points without a place on the map: null. */
export function outlines(region, { width, height }, { whole = false } = {}) {
  const key = JSON.stringify([region, width, height, whole]);
  if (!kept.has(key)) {
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
    kept.set(key, drawn(region, Math.max(8, width), Math.max(8, height), whole));
  }
  return kept.get(key);
}

/** The area without the empty bands above and below the outlines, where it is taller than they are: what is told stands under
 * the map then, not far below it. The outlines are as large as before. */
export function fitted(region, area, { whole = false } = {}) {
  const { shapes } = outlines(region, area, { whole });
  if (!shapes.length) return area;
  const [top, bottom] = shapes.reduce(([low, high], { box }) => [Math.min(low, box[1]), Math.max(high, box[3])], [Infinity, -Infinity]);
  const height = Math.ceil(bottom - top) + 2 * EDGE;
  return height < area.height - SPARE ? { ...area, height } : area;
}

function drawn(region, width, height, whole) {
  const layer = region === "usa" ? "usa" : "world";
  const frame = [[EDGE, EDGE], [width - EDGE, height - EDGE]];
  const { project, streamOf } = layer === "usa" ? stateside(frame) : earth(region, frame, [width, height], whole);
  const shapes = shapesOf(layer).flatMap((each) => {
    const context = pen();
    geoPath(streamOf(each.id), context)(each);
    return context.d ? [{ id: each.id, d: context.d, box: context.box }] : [];
  });
  return { shapes, project };
}

function shapesOf(layer) {
  const topology = layer === "usa" ? usa : world;
  if (!features.has(layer)) features.set(layer, feature(topology, topology.objects.places).features.filter(({ geometry }) => geometry));
  return features.get(layer);
}

/** Equal Earth for the world; for a part of it Lambert's azimuthal projection about its middle: areas stay true in both. */
function earth(region, frame, [width, height], whole) {
  const box = region.box ?? REGIONS[region]?.box ?? REGIONS.world.box;
  const isWorld = region === "world" || box[2] - box[0] > 180;
  const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const projection = isWorld ? geoEqualEarth().rotate([-PACIFIC, 0]) : geoAzimuthalEqualArea().rotate([-middle[0], -middle[1]]);
  projection.fitExtent(frame, whole ? { type: "Sphere" } : around(isWorld ? REGIONS.world.box : box)).clipExtent([[0, 0], [width, height]]);
  const project = (point) => within(projection(point), width, height);
  return { project, streamOf: () => projection };
}

const within = (place, width, height) => (place && place[0] >= 0 && place[0] <= width && place[1] >= 0 && place[1] <= height ? place : null);

/** Points along the edge of a box, since its corners are not the outermost in a projection. */
function around([west, south, east, north]) {
  const steps = Array.from({ length: 25 }, (_, i) => i / 24);
  const inside = (degrees) => Math.min(west + 359.98, Math.max(west + 0.01, degrees));
  const coordinates = steps.flatMap((share) => {
    const [x, y] = [inside(west + share * (east - west)), south + share * (north - south)];
    return [[x, south], [x, north], [inside(west), y], [inside(east), y]];
  });
  return { type: "MultiPoint", coordinates };
}

/** The USA with Alaska and Hawaii below, and Puerto Rico to the right of them. */
function stateside(frame) {
  const states = { type: "FeatureCollection", features: shapesOf("usa").filter(({ id }) => !ISLANDS.has(id) && Number(id) <= 56) };
  const mainland = geoAlbersUsa().fitExtent(frame, states);
  const scale = mainland.scale();
  const [x, y] = mainland.translate();
  const islands = geoConicEqualArea().rotate([66, 0]).center([0, 18]).parallels([8, 18]).scale(scale * 1.3).translate([x + 0.335 * scale, y + 0.206 * scale]);
  const project = (point) => mainland(point) ?? (point[0] > -68 && point[0] < -64 && point[1] > 17 && point[1] < 19 ? islands(point) : null);
  return { project, streamOf: (id) => (ISLANDS.has(id) ? islands : mainland) };
}

/** What geoPath draws on: a path of tenths of pixels, relative and without points that nobody could tell apart. */
function pen() {
  let [x, y, pending, held] = [0, 0, "", null];
  const tenths = (value) => Math.round(value * 10);
  const step = (dx, dy) => {
    const [one, two] = [dx / 10, dy / 10].map((number) => String(number).replace(/^(-?)0\./, "$1."));
    return `${one}${two.startsWith("-") ? "" : " "}${two}`;
  };
  const made = { d: "", box: [Infinity, Infinity, -Infinity, -Infinity] };
  const go = (toX, toY) => {
    pending += `l${step(toX - x, toY - y)}`;
    [x, y] = [toX, toY];
  };
  const meet = (toX, toY) => {
    const [left, top, right, bottom] = made.box;
    made.box = [Math.min(left, toX), Math.min(top, toY), Math.max(right, toX), Math.max(bottom, toY)];
  };
  return Object.assign(made, {
    moveTo(toX, toY) {
      [x, y, pending, held] = [tenths(toX), tenths(toY), "", null];
      made.start = `M${step(x, y)}`;
      meet(toX, toY);
    },
    lineTo(toX, toY) {
      meet(toX, toY);
      const [nextX, nextY] = [tenths(toX), tenths(toY)];
      held = Math.max(Math.abs(nextX - x), Math.abs(nextY - y)) < NEAR ? [nextX, nextY] : null;
      if (!held) go(nextX, nextY);
    },
    closePath() {
      if (held && !pending) go(...held);
      if (pending) made.d += `${made.start}${pending}z`;
    },
    arc() {},
  });
}
