// The few words that a picture says by itself, in English; a page hands over their translations.

export const WORDS = {
  forecast: "forecast", previous: "Previous period", year_before: "A year before", band: "80 % band", unusual: "Unusual", other: "Other", none: "No value",
  more: "+ {n} more", more_rows: "+ {n} {n:row|rows}", total: "Total", no_data: "No data in this period", versus: "vs {what}",
  previous_n: "previous {n}", versus_before: "vs before", target: "target {n}", now: "now", share: "Share", change: "Change", no_comparison: "no comparison",
  checked: "{n} of {of} figures checked", yes: "yes", no: "no", expected: "expected {low} to {high}", value: "Value",
  unit_second: "seconds", unit_minute: "minutes", unit_hour: "hours", unit_day: "days", unit_month: "months", unit_year: "years",
  from_to: "{name} from {low} to {high}, last {last}.", highest: "{name} is highest at {value}.", rows_n: "{n} {n:row|rows}, {columns}.",
  value_is: "{name} is {value}.", value_change: "{name} is {value}, {change} {what}.", forecast_says: "Forecast to {t}: {value}.",
  unusual_n: "{n} unusual {n:point|points}.", points_n: "{n} {n:point|points}: {x} from {xlow} to {xhigh}, {y} from {ylow} to {yhigh}.",
  groups_left_out: "groups left out: {n}", not_on_log: "no place on a logarithmic axis: {n}", axis_from: "axis starts at {value}", axis_to: "axis ends at {value}",
  zoomed: "part of it: double click for all", r_squared: "R² {r2} of {n} {n:point|points}", lines_median: "lines at the medians", lines_mean: "lines at the means",
  fit_rises: "The more {x}, the more {y}: a straight line explains {share} of it.", fit_falls: "The more {x}, the less {y}: a straight line explains {share} of it.",
  negative_n: "below zero, no slice: {n} ({value})",
  no_whole: "these do not add up: slices compare values",
  target_share: "{share} of target {n}", status_good: "good", status_warn: "watch", status_bad: "bad",
  reached: "reached", status: "status", reach_n: "{n} of {of} reach their target.",
  steps_missing: "not in the answer: {names}", of_step: "of {name}", lost: "lost", step: "Step", of_first: "Of the first", of_previous: "Of the one before",
  funnel_ends: "{share} go all the way: {n} of {of} reach {last}.", funnel_worst: "The narrowest step is {name}: {share} of the one before.",
  this_period: "This period", so_far: "So far", waterfall_total: "{name} is {total}; {first} adds most: {value}.",
  waterfall_changed: "{name} went from {before} to {total}; {first} moved most: {value}.",
  up_to_here: "Up to here", pareto_n: "{n} {n:makes|make} 80 % of all", pareto_more: "the {n:largest makes|{n} largest make} {share}: 80 % take more", negative_left: "below zero, left out: {n} ({value})",
  small_left: "smallest, left out: {n}",
  flows_in: "In", flows_out: "Out", loops_left: "flows that lead back, left out: {n}", flow_most: "{name} by {stages}: most goes from {from} to {to}, {value}.",
  top_of: "{n} largest of {of}", all_of: "all {n}", ranked_by: "ranked by {name}", rank_of: "{n} of {of}", bump_n: "{n} of {of}, ranked by {name}.",
  bump_stays: "{n} of {of}, ranked by {name}: {first} leads from first to last.", bump_changes: "{n} of {of}, ranked by {name}: {first} leads at first, {last} at last.",
  of_first_rows: "of the first {n:row|{n} rows} alone",
  answer_cut: "the answer was cut: largest rows only",
  whole: "{name}: {first} is {share} of {total}.", cell: "{name} is highest at {value} for {row}, {column}.", nothing_unusual: "Nothing unusual.",
  legend: "Legend", order_name: "By name", order_value: "By value", show_all: "Show all", legend_only: "Show only this",
  sort_by: "Sort by {name}", search_rows: "Search", columns: "Columns", rows_count: "{n} {n:row|rows}", rows_first: "First {n:row|{n} rows}", rows_found: "{n} {n:row|rows} found", load_more: "Load more",
  course_of: "{name}, course", course_ends: "ends at {value}", course_cut: "too many rows for their courses", rows_of: "Rows of {name}",
  columns_more: "+ {n} {n:column|columns}", collapse_all: "Collapse all", expand_all: "Expand all", pivot_says: "{name} by {down} and {across}.",
  target_head: "Target", figure: "Figure", reached_head: "Reached", course: "Course",
  row: "Row", sum: "Sum", grid_says: "{n} {n:row|rows} by {columns} {columns:column|columns}, {first} to {last}.", grid_hint: "Type to fill a cell; paste from a spreadsheet.",
  not_a_number: "“{value}” is not a number ({cell}). Nothing was saved.", saving: "Saving…", saved: "Saved", undo: "Undo", history: "History", no_changes: "Nobody has changed this cell.",
  conflict_says: "{by} wrote {theirs} meanwhile. Yours: {mine}.", somebody: "Somebody", keep_theirs: "Keep theirs", write_mine: "Write mine",
  tone_good: "good", tone_warn: "fair", tone_bad: "bad",
  target_line: "Target", limit: "Limit", lines_left_out: "{n} smaller {n:one|ones} not drawn", rest_left_out: "smaller ones not drawn",
  highest_at: "{name} is highest at {value} for {where}.",
  no_rows: "no rows", more_before: "+ {n} before", days_best: "{name} is highest on {day} ({value}) and lowest on {lowday} ({low}).", days_empty: "{n} {n:day has|days have} no rows.",
  pace_on: "On pace", pace_ahead: "{n} ahead of pace", pace_behind: "{n} behind pace", pace_over: "{n} over the pace", pace_under: "{n} under the pace",
  pace_expected: "At this pace {n} at the end", pace_foreseen: "By the forecast {n}", of_goal: "of {n}", goal: "Goal",
  section: "Section", no_image: "No picture yet. Edit the card to choose one.", address: "Address", embed_of: "A page of {host}.", embed_paper: "A web page, shown on the screen only",
  embed_refused: "This address is not, or no longer, among those that may be shown here. An operator adds its host with EMBED_HOSTS.",
  all: "All", search: "Search", clear: "Clear", count: "Count", choose_values: "Choose a value", filtered_by: "Filtered by {values}.", filters_all: "All of {n} {n:value|values}.",
  to_excluded: "To (not included)", data_from_to: "Data from {low} to {high}", range_order: "From ({from}) must be below to ({to}).", range_number: "{field}: “{value}” is not a number.", highest_word: "highest", chosen: "chosen",
  no_anomalies: "Nothing unusual up to the end of this range.", usually: "usually {value}", votes_n: "{n} {n:vote|votes}", useful: "marked useful", show_moment: "Show the page around this moment",
  anomalies_n: "{n} unusual {n:point|points}; the newest is {name} at {value}, {when}.", col_when: "When", col_metric: "Metric", col_value: "Value", col_expected_head: "Expected", col_votes: "Voted for by",
  rule_firing: "firing", rule_calm: "calm", rule_no_data: "no data", rule_error: "error", rule_paused: "paused", rule_new: "not checked yet", since: "since {time}", silent_until: "silent until {time}",
  fires_above: "fires above {value}", fires_below: "fires below {value}", no_rules: "No alert rule that you see. Make one from a card’s menu: Alert on this.", all_calm: "All rules are calm.", rules_n: "{n} {n:rule|rules}; firing: {firing}.",
  nothing: "none", col_rule: "Rule", col_state: "State", col_since: "Since", col_limit: "Fires", col_silence: "Silence",
  no_drivers: "No change of this metric comes from a few parts.", part: "Part", drivers_whole: "{name} moved by {value} {period}.", drivers_first: "{name} carried {value} of it.",
  all_of_metric: "More on this metric",
  custom_gone: "The module that draws this card is gone or switched off. Choose another, or ask an admin of the workspace.", custom_of: "{name}, drawn from {n} {n:row|rows}.", try_again: "Try again",
  custom_late: "The module did not start. It may be broken: an admin can look at it under Drawing modules.", custom_stuck: "The module was stopped: it did not answer for 20 seconds.", custom_flood: "The module was stopped: it sent far too many messages.", custom_failed: "The module could not draw this:",
  no_text: "No text yet.", text: "Text",
  mean: "Mean", horizon_says: "{name} of {n}: highest is {first} at {value} on {t}.",
  from_time: "From", to_time: "To", lasted: "Lasted", all_time_share: "Of its known time", states_say: "{n} of {name}: most of the time {state} ({share}).",
  today: "today", when: "When", first_rows: "first {n:row|{n} rows}", plan_says: "{n} {n:row|rows} from {from} to {to}, {marks} of them without an end.",
  no_forecast: "No forecast for this range", interval80: "{low} to {high}, four times in five", interval80_steps: "{low} to {high}, if all steps ran to their bounds",
  span_of: "{from} to {to}", vs_last: "{change} vs the last", band95: "95 % band", low80: "Low (80 %)", high80: "High (80 %)",
  record_better: "Off by {error}{measure} in {n} {n:back-test|back-tests}; seasonal naive {naive}.", record_worse: "Off by {error}{measure} in {n} {n:back-test|back-tests}, no better than seasonal naive ({naive}).",
  record_alone: "Off by {error}{measure} in {n} {n:back-test|back-tests}.", forecast_is: "{name} is expected to be {value} ({when}).",
  map_highest: "{place} is highest at {value}, {last} lowest at {least} ({name}, {n} {n:place|places}).", map_one: "{place}: {name} is {value}.",
  map_unknown: "{n} {n:value is|values are} no known place: {names}.",
  map_outside: "{n} {n:place is|places are} outside of this map: {names}.", map_twice: "Names of one place, coloured by the larger value: {names}.",
  map_no_columns: "Choose the columns of latitude and longitude", map_points: "{n} {n:point|points}; {first} is largest at {value} ({name}).", map_points_plain: "{n} {n:point|points}.",
  map_no_place: "{n} {n:row has|rows have} no valid coordinates.", map_off: "{n} {n:point is|points are} outside of this map.",
  map_largest: "Only the first {n:point is|{n} points are} drawn.", zoom_in: "Zoom in", zoom_out: "Zoom out", zoom_reset: "Whole map",
  split_n: "{name} by {by}: {n} {n:line|lines}; {first} ends highest at {value}.",
  median: "median", mean_at: "mean", lowest: "lowest", rows: "Rows", average: "Average", percent_below: "{n} % are below", without_value: "{n} without a value",
  beyond: "{n} beyond the edges", up_to_bin: "{n} up to here", most_often: "most often", n_of: "{n} of {of} shown", largest_only: "the largest only", of_cohort: "of the first",
  spread: "{name}: {n} {n:value|values} from {low} to {high}, median {median}, mean {mean}", box_one: "{name}: {median}, with the middle half from {low} to {high}.",
  box_n: "{name} is highest for {first} of {n} {n:group|groups}: {median}, with the middle half from {low} to {high}.",
  ridges_n: "{name} in {n} {n:group|groups}; medians from {low} ({first}) to {high} ({last}).", dots_rows: "{name} of {n} {n:row|rows}: from {low} to {high}.", dots_n: "{name} of {n}: from {low} ({first}) to {high} ({last}).",
  cohorts_n: "{n} {n:cohort|cohorts}, {first} to {last}.", cohorts_come: "{n} {n:cohort|cohorts}, {first} to {last}; on average {share} come again in {step}.",
  day_n: "Day {n}", week_n: "Week {n}", month_n: "Month {n}", quarter_n: "Quarter {n}", year_n: "Year {n}",
};

const FORMS = ["zero", "one", "two", "few", "many", "other"];

/** theme.text: the word for a key with its {places} filled; the key itself if nobody knows it. {n:row|rows} is the form that
 * the language has for so many: as many forms as it knows, from zero and one to all others. */
export function speaker(translations = {}, locale = "en") {
  let rules = null;
  const formOf = (count, forms) => {
    rules ??= pluralsOf(locale);
    const at = rules.known.indexOf(rules.select(Number(String(count).replace(/\D/g, ""))));
    return forms[Math.min(Math.max(0, at), forms.length - 1)];
  };
  return (key, values = {}) => String(translations[key] ?? WORDS[key] ?? key)
    .replace(/\{(\w+):((?:[^{}]|\{\w+\})*)\}/g, (whole, name, forms) => (values[name] === undefined ? whole : formOf(values[name], forms.split("|"))))
    .replace(/\{(\w+)\}/g, (whole, name) => (values[name] ?? whole));
}

/** An unknown language counts as English does. */
function pluralsOf(locale) {
  let rules;
  try {
    rules = new Intl.PluralRules(locale);
  } catch {
    rules = new Intl.PluralRules("en");
  }
  const { pluralCategories } = rules.resolvedOptions();
  return { select: (n) => rules.select(n), known: FORMS.filter((form) => pluralCategories.includes(form)) };
}
