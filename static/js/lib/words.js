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
  groups_left_out: "groups left out: {n}", not_on_log: "no place on a logarithmic axis: {n}", axis_from: "axis starts at {value}", axis_to: "axis ends at {value}",
  zoomed: "part of it: double click for all", r_squared: "R² {r2} of {n} points", lines_median: "lines at the medians", lines_mean: "lines at the means",
  fit_rises: "The more {x}, the more {y}: a straight line explains {share} of it.", fit_falls: "The more {x}, the less {y}: a straight line explains {share} of it.",
  negative_n: "below zero, no slice: {n} ({value})",
  target_share: "{share} of target {n}", status_good: "good", status_warn: "watch", status_bad: "bad",
  reached: "reached", status: "status", reach_n: "{n} of {of} reach their target.",
  steps_missing: "not in the answer: {names}", of_step: "of {name}", lost: "lost", step: "Step", of_first: "Of the first", of_previous: "Of the one before",
  funnel_ends: "{share} go all the way: {n} of {of} reach {last}.", funnel_worst: "The narrowest step is {name}: {share} of the one before.",
  this_period: "This period", so_far: "So far", waterfall_total: "{name} is {total}; {first} adds most: {value}.",
  waterfall_changed: "{name} went from {before} to {total}; {first} moved most: {value}.",
  up_to_here: "Up to here", pareto_one: "1 makes 80 % of all", pareto_n: "{n} make 80 % of all", pareto_more: "the {n} largest make {share}: 80 % take more", negative_left: "below zero, left out: {n} ({value})",
  answer_cut: "the answer was cut: largest rows only",
  whole: "{name}: {first} is {share} of {total}.", cell: "{name} is highest at {value} for {row}, {column}.", nothing_unusual: "Nothing unusual.",
  legend: "Legend", order_name: "By name", order_value: "By value", show_all: "Show all", legend_only: "Show only this",
  sort_by: "Sort by {name}", search_rows: "Search", columns: "Columns", rows_count: "{n} rows", rows_first: "First {n} rows", rows_found: "{n} rows found", load_more: "Load more",
  course_of: "{name}, course", course_ends: "ends at {value}", course_cut: "too many rows for their courses", rows_of: "Rows of {name}",
  columns_more: "+ {n} columns", collapse_all: "Collapse all", expand_all: "Expand all", pivot_says: "{name} by {down} and {across}.",
  target_head: "Target", figure: "Figure", reached: "Reached", course: "Course",
  tone_good: "good", tone_warn: "fair", tone_bad: "bad",
  target_line: "Target", limit: "Limit", lines_left_out: "{n} smaller ones not drawn", rest_left_out: "smaller ones not drawn",
  highest_at: "{name} is highest at {value} for {where}.",
  no_rows: "no rows", more_before: "+ {n} before", days_best: "{name} is highest on {day} ({value}) and lowest on {lowday} ({low}).", days_empty: "{n} days have no rows.",
  pace_on: "On pace", pace_ahead: "{n} ahead of pace", pace_behind: "{n} behind pace", pace_over: "{n} over the pace", pace_under: "{n} under the pace",
  pace_expected: "At this pace {n} at the end", pace_foreseen: "By the forecast {n}", of_goal: "of {n}", goal: "Goal",
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
  no_text: "No text yet.", text: "Text",
  split_n: "{name} by {by}: {n} lines; {first} ends highest at {value}.",
};

/** theme.text: the word for a key with its {places} filled; the key itself if nobody knows it. */
export function speaker(translations = {}) {
  return (key, values = {}) => String(translations[key] ?? WORDS[key] ?? key)
    .replace(/\{(\w+)\}/g, (whole, name) => (values[name] ?? whole));
}
