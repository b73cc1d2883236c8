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
  legend: "Legend", order_name: "By name", order_value: "By value", show_all: "Show all", legend_only: "Show only this",
  sort_by: "Sort by {name}", search_rows: "Search", columns: "Columns", rows_count: "{n} rows", rows_first: "First {n} rows", rows_found: "{n} rows found", load_more: "Load more",
  course_of: "{name}, course", course_ends: "ends at {value}", course_cut: "too many rows for their courses", rows_of: "Rows of {name}",
  columns_more: "+ {n} columns", collapse_all: "Collapse all", expand_all: "Expand all", pivot_says: "{name} by {down} and {across}.",
  target_head: "Target", figure: "Figure", reached: "Reached", course: "Course",
  row: "Row", sum: "Sum", grid_says: "{n} rows by {columns} columns, {first} to {last}.", grid_hint: "Type to fill a cell; paste from a spreadsheet.",
  not_a_number: "“{value}” is not a number ({cell}). Nothing was saved.", saving: "Saving…", saved: "Saved", undo: "Undo", history: "History", no_changes: "Nobody has changed this cell.",
  conflict_says: "{by} wrote {theirs} meanwhile. Yours: {mine}.", somebody: "Somebody", keep_theirs: "Keep theirs", write_mine: "Write mine",
  tone_good: "good", tone_warn: "fair", tone_bad: "bad",
  split_n: "{name} by {by}: {n} lines; {first} ends highest at {value}.",
};

/** theme.text: the word for a key with its {places} filled; the key itself if nobody knows it. */
export function speaker(translations = {}) {
  return (key, values = {}) => String(translations[key] ?? WORDS[key] ?? key)
    .replace(/\{(\w+)\}/g, (whole, name) => (values[name] ?? whole));
}
