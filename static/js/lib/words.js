// The few words that a picture says by itself, in English; a page hands over their translations.

export const WORDS = {
  forecast: "forecast", previous: "Previous period", year_before: "A year before", band: "80 % band", unusual: "Unusual", other: "Other", none: "No value",
  more: "+ {n} more", more_rows: "+ {n} rows", total: "Total", no_data: "No data in this period", versus: "vs {what}",
  previous_n: "previous {n}", versus_before: "vs before", target: "target {n}", now: "now", share: "Share", change: "Change", no_comparison: "no comparison",
  checked: "{n} of {of} figures checked", yes: "yes", no: "no", expected: "expected {low} to {high}", value: "Value",
  unit_second: "seconds", unit_minute: "minutes", unit_hour: "hours", unit_day: "days", unit_month: "months", unit_year: "years",
  from_to: "{name} from {low} to {high}, last {last}.", highest: "{name} is highest at {value}.", rows_n: "{n} rows, {columns}.",
  value_is: "{name} is {value}.", value_change: "{name} is {value}, {change} {what}.", forecast_says: "Forecast to {t}: {value}.",
  unusual_n: "{n} unusual points.", points_n: "{n} points: {x} from {xlow} to {xhigh}, {y} from {ylow} to {yhigh}.",
  whole: "{name}: {first} is {share} of {total}.", cell: "{name} is highest at {value} for {row}, {column}.", nothing_unusual: "Nothing unusual.",
  section: "Section", no_image: "No picture yet. Edit the card to choose one.", address: "Address", embed_of: "A page of {host}.", embed_paper: "A web page, shown on the screen only",
  embed_refused: "This address is not, or no longer, among those that may be shown here. An operator adds its host with EMBED_HOSTS.",
  all: "All", search: "Search", clear: "Clear", count: "Count", choose_values: "Choose a value", filtered_by: "Filtered by {values}.", filters_all: "All of {n} values.",
  no_anomalies: "Nothing unusual up to the end of this range.", usually: "usually {value}", votes_n: "{n} votes", useful: "marked useful", show_moment: "Show the page around this moment",
  anomalies_n: "{n} unusual points; the newest is {name} at {value}, {when}.", col_when: "When", col_metric: "Metric", col_value: "Value", col_expected_head: "Expected", col_votes: "Voted for by",
  rule_firing: "firing", rule_calm: "calm", rule_no_data: "no data", rule_error: "error", rule_paused: "paused", rule_new: "not checked yet", since: "since {time}", silent_until: "silent until {time}",
  fires_above: "fires above {value}", fires_below: "fires below {value}", no_rules: "No alert rule that you see. Make one from a card’s menu: Alert on this.", all_calm: "All rules are calm.", rules_n: "{n} rules; firing: {firing}.",
  nothing: "none", col_rule: "Rule", col_state: "State", col_since: "Since", col_limit: "Fires", col_silence: "Silence",
  no_drivers: "No change of this metric has been told that a few parts account for.", part: "Part", drivers_whole: "{name} moved by {value} {period}.", drivers_first: "{name} carried {value} of it.",
  all_of_metric: "More on this metric",
  custom_gone: "The module that draws this card is gone or switched off. Choose another, or ask an admin of the workspace.", custom_of: "{name}, drawn from {n} rows.", try_again: "Try again",
  custom_late: "The module did not start. It may be broken: an admin can look at it under Drawing modules.", custom_flood: "The module was stopped: it sent far too many messages.", custom_failed: "The module could not draw this:",
  no_text: "No text yet.", text: "Text",
  split_n: "{name} by {by}: {n} lines; {first} ends highest at {value}.",
};

/** theme.text: the word for a key with its {places} filled; the key itself if nobody knows it. */
export function speaker(translations = {}) {
  return (key, values = {}) => String(translations[key] ?? WORDS[key] ?? key)
    .replace(/\{(\w+)\}/g, (whole, name) => (values[name] ?? whole));
}
