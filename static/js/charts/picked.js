// What a click filters by where a mark stands for a bin: the range of its numbers.
import { frameOf, isNumber } from "../lib/frame.js";
import { rangeText, readRange, writeRange } from "../lib/range.js";
import { edgesOf } from "./bins.js";

/** The column of the dataset behind a column of bins. */
const sourceOf = ({ name }) => name.replace(/_bin$/, "");

/** The bin between two edges, null where it is open, as what a click filters by; `name` says it in words. */
export function picksOf(edges, column, theme) {
  return edges.every((edge) => edge === null) ? [] : [{ column: sourceOf(column), value: writeRange(edges), name: rangeText(edges, column, theme) }];
}

/** What a kind's select() gives, with ranges in the place of the lower edges of bins. */
export function ranged(picked, data, theme) {
  const bins = new Map(frameOf(data).columns.filter(({ role, bin }) => role === "dimension" && isNumber(bin)).map((column) => [column.name, column]));
  return picked.flatMap((each) => (bins.has(each.column) && isNumber(each.value) ? picksOf(binAt(each.value, bins.get(each.column)), bins.get(each.column), theme) : [each]));
}

/** The edges of the bin that is called by its lower edge. */
function binAt(edge, { bin, low = null, high = null }) {
  if (low !== null && edge < low) return [null, low];
  if (high !== null && edge >= high) return [high, null];
  return edgesOf({ start: Math.round(edge / bin) * bin, width: bin, size: Infinity, low: null, high: null }, 0);
}

/** The ranges of a column of bins that the page is filtered by: [[from, to]], null where open; values as ranges of nothing else. */
export function chosenOf(data, column) {
  const texts = data?.overlays?.filters?.[sourceOf(column)] ?? [];
  return texts.flatMap((text) => {
    const range = readRange(text, "number");
    return range ? [range] : Number.isFinite(Number(text)) ? [[Number(text), Number(text)]] : [];
  });
}

/** Whether some of a bin is in one of the ranges. */
export function isChosen([from, to], ranges) {
  return ranges.some(([low, high]) => (low === null || to === null || low < to) && (high === null || from === null || high > from || (low === high && from <= low)));
}
