// One number of decimals for a column: figures under each other are compared digit by digit.

const MOST = 2;
const known = new WeakMap();

/** How many decimals all values of a column are written with: as many as those of its middling size deserve, and no more
 * than one of them needs. null where each has a form of its own: durations, short numbers, very large and very small ones.
 * column: {format, unit}. isRaw: each value stands for itself, so that its cents are not rounded away. */
export function decimalsOf(values, column = {}, { isRaw = false } = {}) {
  const { format } = column;
  if (format === "duration" || format === "compact") return null;
  if (format === "integer") return 0;
  if (!known.has(values)) known.set(values, new Map());
  const found = known.get(values);
  const key = `${format} ${column.unit} ${isRaw}`;
  if (!found.has(key)) found.set(key, reckoned(values, format === "percent", isMoney(column), isRaw));
  return found.get(key);
}

const isMoney = ({ format, unit }) => format === "currency" || /^(EUR|USD|GBP|CHF|CNY|INR|[€$£₹])$/.test(unit ?? "");

function reckoned(values, isShare, money, isRaw) {
  const sizes = Float64Array.from(values.filter((value) => typeof value === "number" && Number.isFinite(value) && value !== 0), (value) => Math.abs(value) * (isShare ? 100 : 1)).sort();
  if (!sizes.length) return 0;
  const [least, middle, most] = [sizes[0], sizes[sizes.length >> 1], sizes.at(-1)];
  if (most >= 1e15 || middle < 1e-6) return null;
  const wanted = Math.max(isShare ? ofShare(middle) : ofNumber(middle), Math.min(MOST, isRaw ? MOST : leading(least)));
  const needed = sizes.reduce((all, size) => (all >= wanted ? all : Math.max(all, needs(size, wanted))), 0);
  return money && needed === 1 ? 2 : needed;
}

const ofShare = (size) => (size >= 100 ? 0 : size >= 0.1 ? 1 : 2);
const ofNumber = (size) => (size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? MOST : leading(size) + 2);
/** Decimals to the first digit that is no nought. */
const leading = (size) => (size >= 1 ? 0 : -Math.floor(Math.log10(size)));

/** Decimals that say something, of at most so many. */
function needs(size, most) {
  for (let decimals = 0; decimals < most; decimals++) if (Number(size.toFixed(decimals)) === Number(size.toFixed(most))) return decimals;
  return most;
}
