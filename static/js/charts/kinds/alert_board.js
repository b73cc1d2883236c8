// The state of alert rules. data.overlays.rules: [{name, status, since, value, threshold, comparison, checked, silent_until,
// measure: {unit, format}, href}], firing ones first; overlays.rules_of: how many the reader sees. options: {style, problems}.
import { formatNumber } from "../../lib/format.js";
import { isOwn } from "../../lib/links.js";
import { escape } from "../../lib/markup.js";
import { formatTime, isTime } from "../../lib/time.js";
import { listed } from "../lists.js";
import { themeOf } from "../theme.js";

const PILLS = { firing: "bad", error: "warn", no_data: "warn", calm: "good" };

/** [{name, status, pill, said, since, limit, value, silent, href, colour}] */
export function read(data, theme = themeOf("light")) {
  const rules = data?.overlays?.rules;
  return (Array.isArray(rules) ? rules : []).filter((rule) => rule?.name).map((rule) => {
    const status = Object.hasOwn(PILLS, rule.status) || ["paused", "new"].includes(rule.status) ? rule.status : "new";
    const number = (value) => formatNumber(value, rule.measure ?? {}, { locale: theme.locale, short: true });
    const time = (ms) => formatTime(ms, "minute", theme).replace(/^\p{L}+,? /u, "");
    const since = isTime(rule.since) && ["firing", "calm"].includes(status) ? theme.text("since", { time: time(rule.since) }) : "";
    const silent = isTime(rule.silent_until) ? theme.text("silent_until", { time: time(rule.silent_until) }) : "";
    return {
      name: String(rule.name), status, pill: PILLS[status] ?? "", said: theme.text(`rule_${status}`), since, silent, value: number(rule.value), href: rule.href,
      limit: theme.text(rule.comparison === "below" ? "fires_below" : "fires_above", { value: number(rule.threshold) }), colour: PILLS[status] ? theme[PILLS[status]] : theme.ink3,
    };
  });
}

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const rules = read(data, theme);
  const empty = theme.text(data?.overlays?.rules_of ? "all_calm" : "no_rules");
  const rows = rules.map(({ name, said, since, silent, limit, value, colour }) => ({ title: name, text: [said, since, silent, limit].filter(Boolean).join(" · "), colour, end: value }));
  return { html: html(rules, options, theme, empty), svg: listed(rows, theme, size, summary(data, options, theme), { empty }) };
}

function html(rules, { style }, theme, empty) {
  if (!rules.length) return `<p class="muted">${escape(empty)}</p>`;
  const name = (rule) => (isOwn(rule.href ?? "") ? `<a href="${escape(rule.href)}">${escape(rule.name)}</a>` : escape(rule.name));
  const items = rules.map((rule) => `<li class="board__item board__item--${rule.pill || "none"}"><span class="pill${rule.pill ? ` pill--${rule.pill}` : ""}">${escape(rule.said)}</span><b class="board__name truncate" dir="auto">${name(rule)}</b><b class="board__value">${escape(rule.value)}</b><span class="board__more">${[rule.since, rule.silent && `🔕 ${rule.silent}`, rule.limit].filter(Boolean).map((text) => `<span>${escape(text)}</span>`).join("")}</span></li>`).join("");
  return `<ul class="board board--${style === "grid" ? "grid" : "list"}">${items}</ul>`;
}

export function summary(data, options, theme = themeOf("light")) {
  const rules = read(data, theme);
  if (!rules.length) return theme.text(data?.overlays?.rules_of ? "all_calm" : "no_rules");
  const firing = rules.filter(({ status }) => status === "firing");
  return theme.text("rules_n", { n: rules.length, firing: firing.length ? firing.map(({ name }) => name).join(", ") : theme.text("nothing") });
}

export function tableOf(data, options, theme = themeOf("light")) {
  const columns = [["rule"], ["state"], ["since"], ["value", true], ["limit"], ["silence"]].map(([name, numeric = false]) => ({ name, label: theme.text(`col_${name}`), unit: null, numeric }));
  return { columns, rows: read(data, theme).map((rule) => [rule.name, rule.said, rule.since, rule.value, rule.limit, rule.silent]) };
}
