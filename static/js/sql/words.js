// The lab's words in the visitor's language, kept by templates/sql/_words.html.
const kept = document.getElementById("sql-words").dataset;

/** say("rows", {n: "12"}) -> "12 rows". */
export function say(name, values = {}) {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`%(${key})s`, value), kept[name] ?? "");
}

/** A whole number with separators of thousands. */
export const count = (number) => number.toLocaleString(document.documentElement.lang || "en");
