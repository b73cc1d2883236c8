// The parts of the earth that a map can show, and which of them the data needs.

/** box: [west, south, east, north] in degrees. continents: as the table of places calls them; also: countries beyond it
 * that the box shows whole. */
export const REGIONS = {
  world: { box: [-169, -56, 191, 83.5] },
  africa: { box: [-19, -36, 53, 38], continents: ["AF"] },
  asia: { box: [27, -11, 148, 56], continents: ["AS"], also: ["EG"] },
  europe: { box: [-23, 35, 42, 71], continents: ["EU"], also: ["TR", "CY"] },
  north_america: { box: [-168, 8, -53, 74], continents: ["NA"] },
  south_america: { box: [-82, -55.5, -34, 12.5], continents: ["SA"], also: ["PA", "TT"] },
  oceania: { box: [112, -48, 184, 6], continents: ["OC"], also: ["ID", "TL"] },
  usa: {},
};
const CONTINENTS = Object.keys(REGIONS).filter((name) => REGIONS[name].continents);
const STATES = [[-125, 24, -66, 49.6], [-179.9, 51, -129, 72], [-161, 18, -154, 23], [-67.5, 17.5, -64.3, 18.7]]; // as the map of the USA is put together
const LEAST = 1.5; // degrees; nearer than that outlines say nothing

/** The smallest region that shows all these countries ({continent, code}). */
export function regionOfPlaces(places) {
  const inside = ({ continents, also = [] }) => places.every(({ continent, code }) => continents.includes(continent) || also.includes(code));
  return (places.length && CONTINENTS.find((name) => inside(REGIONS[name]))) || "world";
}

/** The smallest region that shows all these points ([longitude, latitude]): one by name, or {box} around them. */
export function regionOfPoints(points) {
  if (!points.length) return "world";
  if (points.every((point) => STATES.some((box) => isIn(point, box)))) {
    const spread = boxAround(points);
    if (spread[2] - spread[0] > 20) return "usa";
  }
  const box = boxAround(points);
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  const name = CONTINENTS.find((each) => points.every((point) => isIn(point, REGIONS[each].box)));
  const whole = REGIONS[name ?? "world"].box;
  const isSmall = width < (whole[2] - whole[0]) * 0.6 && height < (whole[3] - whole[1]) * 0.6 && width < 120;
  return isSmall ? { box: padded(box) } : (name ?? "world");
}

/** Whether a point lies in a box, which may reach over the antimeridian. */
export function isIn([longitude, latitude], [west, south, east, north]) {
  const from = (((longitude - west) % 360) + 360) % 360;
  return latitude >= south && latitude <= north && from <= east - west;
}

/** The narrowest box around points, over the antimeridian if that is narrower. */
function boxAround(points) {
  const latitudes = points.map(([, latitude]) => latitude);
  const sorted = points.map(([longitude]) => longitude).sort((a, b) => a - b);
  let [gap, west] = [360 - (sorted.at(-1) - sorted[0]), sorted[0]];
  for (let i = 1; i < sorted.length; i++) if (sorted[i] - sorted[i - 1] > gap) [gap, west] = [sorted[i] - sorted[i - 1], sorted[i]];
  const low = latitudes.reduce((least, each) => Math.min(least, each));
  const high = latitudes.reduce((most, each) => Math.max(most, each));
  return [west, low, west + 360 - gap, high];
}

function padded([west, south, east, north]) {
  const grown = (low, high) => {
    const more = Math.max((high - low) * 0.12, (LEAST - (high - low)) / 2);
    return [low - more, high + more];
  };
  const [[left, right], [bottom, top]] = [grown(west, east), grown(south, north)];
  return [left, Math.max(-89, bottom), right, Math.min(89, top)];
}
