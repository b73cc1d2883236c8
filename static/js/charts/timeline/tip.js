// The tooltip of one moment: every line's value there, greatest first, what was expected, and what happened.
import { formatNumber } from "../../lib/format.js";
import { formatTime, gapAfter } from "../../lib/time.js";
import { plainRich, tooltip } from "../axes.js";
import { COLOURED } from "./read.js";

const MOST = 12;

/** What tooltip() of a chart over time needs: {formatter, textStyle}. */
export function tipOf(shown, words, theme) {
  const { frame, lines, ghosts, forecast, anomalies, events } = shown;
  const rich = Object.fromEntries(lines.slice(0, COLOURED).map(({ colour }, i) => [`c${i}`, { color: colour }]));
  const text = (value, column) => plainRich(formatNumber(value, column, { locale: theme.locale }));
  const maps = lines.map(({ points }) => new Map(points));
  const ghostMaps = ghosts.map(({ points }) => new Map(points));
  const [means, lows, highs] = ["mean", "low", "high"].map((name) => new Map(forecast?.[name] ?? []));
  const marks = new Map(anomalies.map((point) => [point.t, point]));
  const beside = Number.isFinite(gapAfter(frame.grain)) ? gapAfter(frame.grain) / 1.5 : 0;
  const formatter = (params) => {
    const t = [params].flat()[0]?.value?.[0];
    if (t === undefined) return plainRich([params].flat()[0]?.name ?? "");
    const known = lines.map((line, i) => [line, maps[i].get(t), i]).filter(([line, value]) => value !== undefined && !line.off)
      .sort((a, b) => (b[1] ?? -Infinity) - (a[1] ?? -Infinity));
    const rows = known.slice(0, MOST).map(([line, value, i]) => {
      const whole = line.values ? `  {s|${text(line.values.get(t), line.whole)}}` : "";
      return `${i < COLOURED ? `{c${i}|●} ` : ""}${plainRich(line.name)}  {v|${text(value, line.column)}}${whole}`;
    });
    if (known.length > MOST) rows.push(`{s|${theme.text("more", { n: known.length - MOST })}}`);
    ghosts.forEach((ghost, i) => ghostMaps[i].has(t) && rows.push(`${words.previous}  {v|${text(ghostMaps[i].get(t), ghost.column)}}`));
    if (means.has(t) && t > forecast.now) {
      const range = theme.text("expected", { low: text(lows.get(t), lines[0].column), high: text(highs.get(t), lines[0].column) });
      rows.push(`${theme.text("forecast")}  {v|${text(means.get(t), lines[0].column)}}`, `{s|${plainRich(range)}}`);
    }
    if (marks.has(t)) rows.push(`{b|${theme.text("unusual")}} {s|${plainRich(marks.get(t).by.join(", "))}}`);
    const meanwhile = events.filter((event) => (event.end ?? event.t) >= t - beside / 2 && event.t < t + Math.max(beside, 1));
    rows.push(...meanwhile.slice(0, 4).map(({ label }) => `{s|▸ ${plainRich(label)}}`));
    return [`{h|${plainRich(formatTime(t, frame.grain, theme))}}`, ...rows].join("\n");
  };
  const base = tooltip(theme, {}).textStyle;
  return { formatter, textStyle: { ...base, rich: { ...base.rich, ...rich } } };
}
