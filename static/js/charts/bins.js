// Rows that the database has counted in bins, as distributions: groups with a number per bin, and curves over them.
import { dimensionsOf, frameOf, isNumber, measuresOf, nameOf, rowsOf } from "../lib/frame.js";

const MOST = 400; // bins that are told apart unless a picture says; where there are more, neighbours are added up
const NARROW = 0.8; // bins: the least that a curve is smoothed by

/** {column, width, low, high, start (the lower edge of the first bin), size, groups: [{key, name, column, counts, total,
 * nulls}], total, nulls}: every group has a count for each of the `size` bins, so that bars add up to the rows. `low` and
 * `high` stand where the first or the last bin is open. null without bins. */
export function binsOf(data, theme, name = "main", most = MOST) {
  const frame = frameOf(data, name);
  const dimensions = dimensionsOf(frame);
  const column = dimensions.find(({ bin }) => isNumber(bin) && bin > 0);
  const [count] = measuresOf(frame);
  if (!column || !count || !rowsOf(frame)) return null;
  const split = dimensions.find((each) => each !== column);
  const places = column.values.map((edge) => (isNumber(edge) ? Math.round(edge / column.bin) : null));
  const [first, last] = places.reduce(([a, b], at) => (at === null ? [a, b] : [Math.min(a, at), Math.max(b, at)]), [Infinity, -Infinity]);
  const isEmpty = first > last;
  const times = isEmpty ? 1 : Math.max(1, Math.ceil((last - first + 1) / most));
  const from = isEmpty ? 0 : Math.floor(first / times);
  const size = isEmpty ? 0 : Math.floor(last / times) - from + 1;
  const groups = new Map();
  for (let i = 0; i < places.length; i++) {
    const key = split ? split.values[i] : null;
    if (!groups.has(key)) groups.set(key, { key, name: split ? nameOf(key, split, theme) : "", column: split ?? null, counts: new Array(size).fill(0), total: 0, nulls: 0 });
    const group = groups.get(key);
    const n = isNumber(count.values[i]) ? count.values[i] : 0;
    if (places[i] === null) group.nulls += n;
    else group.counts[Math.floor(places[i] / times) - from] += n;
    group.total += n;
  }
  const list = [...groups.values()];
  const sum = (what) => list.reduce((all, each) => all + each[what], 0);
  const width = column.bin * times;
  return { column: { ...column, label: column.label }, width, start: from * width, size, low: column.low ?? null, high: column.high ?? null, groups: list, total: sum("total"), nulls: sum("nulls") };
}

/** The edges of bin `i`: [from, to); null for an end that is open. */
export function edgesOf({ start, width, size, low, high }, i) {
  // whole multiples of the width, as the database has them: nothing adds up that was rounded before
  const at = Math.round(start / width) + i;
  const [from, to] = [at, at + 1].map((place) => Number((place * width).toPrecision(15)));
  return [i === 0 && low !== null && to <= low + width / 2 ? null : from, i === size - 1 && high !== null && from >= high - width / 2 ? null : to];
}

const FACTORS = [1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100];
const isRound = (width) => ["1", "2", "2.5", "5"].includes(Number((width / 10 ** Math.floor(Math.log10(width) + 1e-9)).toPrecision(6)).toString());

/** Fine bins put together: at most `wanted` of a round width. Where the outermost `tail` of all rows would take much of the
 * width, they are one open bin: counted and told, but they do not flatten the rest. `bins` as binsOf gives it. */
export function gathered(bins, wanted, tail = 0.005) {
  const { size, width, groups } = bins;
  if (!size || bins.low !== null || bins.high !== null) return bins;
  const sums = Array.from({ length: size }, (_, i) => groups.reduce((sum, { counts }) => sum + counts[i], 0));
  const [a, b] = tail ? body(sums, tail) : [0, size - 1];
  const times = FACTORS.find((n) => isRound(n * width) && Math.ceil((b - a + 1) / n) <= wanted) ?? Math.ceil((b - a + 1) / wanted);
  const offset = Math.round(bins.start / width);
  const place = (i) => Math.floor((offset + i) / times);
  const [from, to] = [a > 0 ? place(a) - 1 : place(0), b < size - 1 ? place(b) + 1 : place(size - 1)];
  const count = to - from + 1;
  const at = (i) => Math.min(count - 1, Math.max(0, place(i) - from));
  const put = (counts) => counts.reduce((sums, n, i) => ((sums[at(i)] += n), sums), new Array(count).fill(0));
  const tidy = (value) => Number(value.toPrecision(15));
  return {
    ...bins, width: tidy(width * times), start: tidy(from * times * width), size: count, groups: groups.map((group) => ({ ...group, counts: put(group.counts) })),
    low: a > 0 ? tidy((from + 1) * times * width) : null, high: b < size - 1 ? tidy(to * times * width) : null,
  };
}

/** The places of the first and the last bin of the body: what has a `tail` of all rows below, or above. An end is cut off
 * only where that saves a fifth of the width. */
function body(sums, tail) {
  const total = sums.reduce((x, y) => x + y, 0);
  const first = (list) => {
    let sum = 0;
    const at = list.findIndex((n) => (sum += n) > tail * total);
    return at > list.length / 5 ? at : 0;
  };
  return [first(sums), sums.length - 1 - first([...sums].reverse())];
}

/** The bins without those that are open, and how many rows lie in these: for curves, which have no end to put them. */
export function closed(bins) {
  const [skip, drop] = [bins.low === null ? 0 : 1, bins.high === null ? 0 : 1];
  const groups = bins.groups.map((group) => ({ ...group, counts: group.counts.slice(skip, bins.size - drop) }));
  const kept = groups.reduce((sum, { counts }) => sum + counts.reduce((x, y) => x + y, 0), 0);
  return { ...bins, groups, start: bins.start + skip * bins.width, size: bins.size - skip - drop, low: null, high: null, beyond: bins.total - bins.nulls - kept };
}

/** A smooth curve over counts: [[value, rows per bin], ...], whose area is that of the bars. It ends where the numbers end,
 * since beyond there is none: what would be smoothed over the ends is turned back.
 * Gaussian kernel, width by Silverman, "Density Estimation", 1986, 3.31: 0.9 min(s, IQR / 1.34) n^(-1/5). */
export function curveOf(counts, { start, width }) {
  const known = counts.flatMap((n, i) => (n > 0 ? [i] : []));
  if (!known.length) return [];
  const [first, last] = [known[0], known.at(-1)];
  const used = counts.slice(first, last + 1);
  const sigma = Math.max(NARROW * stepOf(known), spreadOf(used));
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-(((i - reach) / sigma) ** 2) / 2));
  const whole = weights.reduce((a, b) => a + b, 0);
  const smooth = new Array(used.length).fill(0);
  used.forEach((n, i) => {
    if (!n) return;
    for (let j = -reach; j <= reach; j++) smooth[turned(i + j, used.length)] += (n * weights[j + reach]) / whole;
  });
  const at = (i) => start + (first + i) * width;
  return [[at(0), smooth[0]], ...smooth.map((n, i) => [at(i + 0.5), n]), [at(used.length), smooth.at(-1)]];
}

/** A place beyond the ends, as mirrored there. */
function turned(i, length) {
  const round = 2 * length;
  const at = ((i % round) + round) % round;
  return at < length ? at : round - 1 - at;
}

/** How far apart the bins with rows usually are: 1, or more where numbers come in steps (5, 10, 15 ...) that are wider than
 * a bin. A curve must be smooth over those, or it would be a comb. */
function stepOf(known) {
  const steps = known.slice(1).map((at, i) => at - known[i]).sort((a, b) => a - b);
  return steps.length ? steps[steps.length >> 1] : 1;
}

/** Silverman's width of the kernel, in bins. */
function spreadOf(counts) {
  const total = counts.reduce((a, b) => a + b, 0);
  const mean = counts.reduce((sum, n, i) => sum + n * i, 0) / total;
  const deviation = Math.sqrt(counts.reduce((sum, n, i) => sum + n * (i - mean) ** 2, 0) / total);
  const range = (quantile(counts, total, 0.75) - quantile(counts, total, 0.25)) / 1.34;
  return 0.9 * Math.min(deviation, range || deviation) * total ** -0.2;
}

function quantile(counts, total, share) {
  let left = share * total;
  const at = counts.findIndex((n) => (left -= n) <= 0);
  return at < 0 ? counts.length - 1 : at;
}
