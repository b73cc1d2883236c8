// A course in a cell: one line, a dot at its end, a gap left open. Paths only, for HTML and SVG alike.
import { px, tag } from "../../lib/markup.js";
import { extent } from "./formats.js";

/** points: [[ms, value|null]] -> markup of a line within (0, 0, width, height). span: [from, to] of all rows together. */
export function sparkline({ points, span }, { width, height }, theme) {
  const known = points.filter(([, value]) => value !== null);
  if (!known.length) return "";
  const [low, high] = extent(known.map(([, value]) => value));
  const [from, to] = span ?? [points[0][0], points.at(-1)[0]];
  const x = (t) => 2 + ((t - from) / Math.max(1, to - from)) * (width - 5);
  const y = (value) => (high === low ? height / 2 : height - 3 - ((value - low) / (high - low)) * (height - 6));
  const runs = [[]];
  for (const [t, value] of points) {
    if (value === null) runs.push([]);
    else runs.at(-1).push(`${px(x(t))} ${px(y(value))}`);
  }
  const path = runs.filter((run) => run.length > 1).map((run) => `M${run.join("L")}`).join("");
  const [t, value] = known.at(-1);
  return (path ? tag("path", { d: path, fill: "none", stroke: theme.categories[0], "stroke-width": 1.25, "stroke-linejoin": "round" }) : "")
    + tag("circle", { cx: px(x(t)), cy: px(y(value)), r: 1.75, fill: theme.categories[0] });
}
