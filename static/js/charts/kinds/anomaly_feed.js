// The newest unusual points. data.overlays.feed: {points: [{metric, href, at, grain, value, expected, votes: [name],
// feedback, measure: {unit, format, good}, course: {t, v} | null}], of: how many there are}.
import { formatNumber } from "../../lib/format.js";
import { isNumber } from "../../lib/frame.js";
import { isOwn } from "../../lib/links.js";
import { escape, px, svg, tag } from "../../lib/markup.js";
import { formatTime, gapAfter, isTime } from "../../lib/time.js";
import { listed } from "../lists.js";
import { themeOf } from "../theme.js";

const SPAN = 30; // steps that a click on a moment shows around it

/** [{title, text, value, by, at, href, up, votes, course, colour}] */
export function read(data, theme = themeOf("light")) {
  const points = data?.overlays?.feed?.points;
  return (Array.isArray(points) ? points : []).filter((point) => isTime(point?.at)).map((point) => {
    const { value, expected, measure = {} } = point;
    const known = isNumber(value) && isNumber(expected);
    const up = known ? Math.sign(value - expected) : 0;
    const verdict = up && measure.good ? ((up > 0) === (measure.good === "up") ? "good" : "bad") : null;
    const says = { locale: theme.locale, short: true };
    const by = known && expected ? formatNumber((value - expected) / Math.abs(expected), { format: "percent" }, { locale: theme.locale, sign: true }) : "";
    return {
      ...point, up, verdict, colour: verdict ? theme[verdict] : theme.warn, title: String(point.metric ?? ""), value: formatNumber(value, measure, says), by,
      when: formatTime(point.at, point.grain, theme), usual: known ? theme.text("usually", { value: formatNumber(expected, measure, says) }) : "",
      votes: (Array.isArray(point.votes) ? point.votes : []).map(String),
    };
  });
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const points = read(data, theme);
  const rows = points.map((point) => ({ title: point.title, text: [point.when, point.by, point.usual].filter(Boolean).join(" · "), colour: point.colour, end: point.value, drawing: point.course && ((x, y, width, height) => tag("g", { transform: `translate(${px(x)} ${px(y)})` }, course(point, width, height, theme))) }));
  return { html: html(points, data?.overlays?.feed?.of ?? 0, theme), svg: listed(rows, theme, size, summary(data, options, theme), { empty: theme.text("no_anomalies"), of: data?.overlays?.feed?.of }) };
}

function html(points, of, theme) {
  if (!points.length) return `<p class="muted">${escape(theme.text("no_anomalies"))}</p>`;
  const items = points.map((point, i) => {
    const name = isOwn(point.href ?? "") ? `<a href="${escape(point.href)}">${escape(point.title)}</a>` : escape(point.title);
    const votes = point.votes.length ? `<span title="${escape(point.votes.join(", "))}">${escape(theme.text("votes_n", { n: point.votes.length }))}</span>` : "";
    const useful = point.feedback === "useful" ? `<span>${escape(theme.text("useful"))}</span>` : "";
    const drawing = point.course ? `<span class="feed__course">${svg({ width: 84, height: 28 }, theme, course(point, 84, 28, theme))}</span>` : "";
    return `<li class="feed__item"><span class="feed__dot feed__dot--${point.verdict ?? "warn"}"></span><div class="feed__text"><b class="truncate" dir="auto">${name}</b><span class="feed__more"><button class="link" type="button" data-moment="${i}" title="${escape(theme.text("show_moment"))}">${escape(point.when)}</button>${[point.by && `<span>${escape(point.by)}</span>`, point.usual && `<span>${escape(point.usual)}</span>`, votes, useful].filter(Boolean).join("")}</span></div>${drawing}<b class="feed__value">${escape(point.value)}</b></li>`;
  }).join("");
  const more = of > points.length ? `<p class="muted">${escape(theme.text("more", { n: of - points.length }))}</p>` : "";
  return `<ul class="feed">${items}</ul>${more}`;
}

/** A small line with its point; a gap is a gap. */
function course({ course: { t, v }, at, colour }, width, height, theme) {
  const pairs = (Array.isArray(t) ? t : []).map((ms, i) => [ms, v?.[i]]).filter(([ms]) => isTime(ms));
  const values = pairs.map(([, value]) => value).filter(isNumber);
  if (pairs.length < 2 || values.length < 2) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [pairs[0][0], pairs.at(-1)[0]];
  const x = (ms) => 4 + ((ms - from) / (to - from || 1)) * (width - 8);
  const y = (value) => height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
  let path = "";
  let broken = true;
  for (const [ms, value] of pairs) {
    if (isNumber(value)) path += `${broken ? "M" : "L"}${px(x(ms))} ${px(y(value))}`;
    broken = !isNumber(value);
  }
  const here = pairs.find(([ms, value]) => ms === at && isNumber(value));
  return tag("path", { d: path, fill: "none", stroke: theme.ink3, "stroke-width": 1.25 }) + (here ? tag("circle", { cx: x(here[0]), cy: y(here[1]), r: 3.5, fill: colour, stroke: theme.card, "stroke-width": 1 }) : "");
}

/** A click on a moment shows the page around it. */
export function attach(element, card) {
  const clicked = ({ target }) => {
    const button = target.closest("[data-moment]");
    const point = button && read(card.data, card.theme)[Number(button.dataset.moment)];
    if (!point) return;
    const step = stepOf(point.grain);
    card.fire("sightline:zoom", { from: Math.round(point.at - SPAN * step), to: Math.round(point.at + (SPAN / 3) * step) });
  };
  element.addEventListener("click", clicked);
  return () => element.removeEventListener("click", clicked);
}

/** About how long a step is, in ms. */
function stepOf(grain) {
  const most = gapAfter(grain);
  return most === Infinity ? 864e5 : most / 1.5;
}

export function summary(data, options, theme = themeOf("light")) {
  const [newest] = read(data, theme);
  return newest ? theme.text("anomalies_n", { n: data.overlays.feed.of ?? read(data, theme).length, name: newest.title, value: newest.value, when: newest.when }) : theme.text("no_anomalies");
}

export function tableOf(data, options, theme = themeOf("light")) {
  const columns = [["when"], ["metric"], ["value", true], ["expected_head"], ["votes"]].map(([name, numeric = false]) => ({ name, label: theme.text(`col_${name}`), unit: null, numeric }));
  return { columns, rows: read(data, theme).map((point) => [point.when, point.title, point.value, point.usual, point.votes.join(", ")]) };
}
