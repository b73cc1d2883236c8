// Going deeper: what is finer than a column, and what narrows a question to a part of its picture. Pure: no DOM.
import { frameOf, timesOf } from "../lib/frame.js";
import { gapAfter } from "../lib/time.js";
import { columnOf, frameName, narrowed } from "./state.js";

const OFFERS = 4;

/** The dimensions one level below, by the columns' parents. */
const finer = (page, column) => page.dataset.columns.filter(({ parent }) => parent === column);

/** What a dimension may be split by: its finer levels, else other texts that the question does not use. */
export function splits(page, state, column) {
  const below = finer(page, column);
  const used = new Set(state.dimensions.map(columnOf));
  const others = page.dataset.columns.filter(({ name, type }) => type === "text" && name !== column && !used.has(name));
  return (below.length ? below.filter(({ name }) => !used.has(name)) : others).slice(0, OFFERS);
}

/** The span of the step that begins at `at`. times: the beginnings of all steps. */
export function stepAt(at, times, grain, end) {
  const ordered = [...new Set(times)].sort((a, b) => a - b);
  const start = ordered.reduce((best, t) => (Math.abs(t - at) < Math.abs(best - at) ? t : best), ordered[0]);
  const next = ordered[ordered.indexOf(start) + 1] ?? start + gapAfter(grain) / 1.5;
  return { from: start, to: Number.isFinite(next) ? next : end };
}

/** Whether a filter can say it: the rest, and parts of a time, are no values of a column. */
export const isNarrow = ({ role, value }, dimension) => role === "time" || Boolean(dimension && !dimension.includes(":") && value !== "__other__");

/** keys: [{column (of the frame), role, value, name}] -> what narrows the question to them: a patch of the state. */
export function patchOf(page, store, keys, data) {
  let { state } = store;
  const patch = {};
  for (const key of keys) {
    const dimension = state.dimensions.find((name) => frameName(name, page) === key.column);
    if (key.role === "time") {
      const frame = frameOf(data);
      const span = stepAt(key.value, timesOf(frame)[0]?.values ?? [], frame.grain, frame.window?.to);
      Object.assign(patch, { from: String(span.from), to: String(span.to), ...(state.grain ? { grain: "auto" } : {}) });
    } else if (isNarrow(key, dimension)) {
      Object.assign(patch, narrowed({ ...state, ...patch }, dimension, key.value));
    }
  }
  return patch;
}
