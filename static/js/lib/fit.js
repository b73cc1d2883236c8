// A straight line through points.

/** Least squares: {slope, offset, r2, n} of pairs [x, y], or null where no line can be said (under three points, or all at one x).
 * r2: the share of the variance of y that the line explains (1 − residual / total sum of squares). */
export function leastSquares(pairs) {
  const n = pairs.length;
  if (n < 3) return null;
  const mean = (at) => pairs.reduce((sum, pair) => sum + pair[at], 0) / n;
  const [mx, my] = [mean(0), mean(1)];
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  if (!(xx > 0) || !Number.isFinite(xy)) return null;
  const slope = xy / xx;
  return { slope, offset: my - slope * mx, r2: yy > 0 ? (xy * xy) / (xx * yy) : 1, n };
}

/** The middle of some numbers, or their mean. */
export function middleOf(values, how = "median") {
  if (how === "mean") return values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/** The part of y = slope·x + offset that lies in a box: [[x, y], [x, y]], or null. */
export function within({ slope, offset }, [left, right], [bottom, top]) {
  const at = (x) => slope * x + offset;
  const edges = slope === 0 ? [] : [(bottom - offset) / slope, (top - offset) / slope];
  const ends = [left, right, ...edges].filter((x) => x >= left && x <= right && at(x) >= bottom - 1e-9 * (top - bottom) && at(x) <= top + 1e-9 * (top - bottom)).sort((a, b) => a - b);
  return ends.length > 1 && ends.at(-1) > ends[0] ? [[ends[0], at(ends[0])], [ends.at(-1), at(ends.at(-1))]] : null;
}
