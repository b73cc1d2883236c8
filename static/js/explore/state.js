// The question as plain data, its address, and the query that it asks. Pure: no DOM.
//   state = { measures, dimensions ("column" or "column:part"), grain ("" is no time axis), from, to, where, top, compare,
//             pivot (a dimension or TIME), totals, stacked, sort ("-revenue"), kind ("" is automatic) }
// where = { any: [...] } or { all: [...] }, whose items are such groups or { column, op, values }.

export const TIME = "@time";
export const DEEPEST = 4;
const FEWEST = { between: 2, within: 2, is_null: 0, not_null: 0 }; // values that an operator needs; one, unless named here

export const nothing = () => ({
  measures: [], dimensions: [], grain: "", from: "", to: "", where: { all: [] }, top: { limit: 0, by: "", other: false },
  compare: "", pivot: "", totals: false, stacked: false, sort: "", kind: "",
});

// -- groups of conditions

export const isGroup = (item) => Array.isArray(item?.any) || Array.isArray(item?.all);
export const wayOf = (group) => (Array.isArray(group.any) ? "any" : "all");
export const itemsOf = (group) => group[wayOf(group)];
export const isComplete = ({ op, values }) => (values?.length ?? 0) >= (FEWEST[op] ?? 1) && (values ?? []).every((value) => value !== "");

/** The group without what says nothing: conditions that lack a value, groups without conditions. */
export function cleaned(group) {
  const items = itemsOf(group).map((item) => (isGroup(item) ? cleaned(item) : item))
    .filter((item) => (isGroup(item) ? itemsOf(item).length : item.column && isComplete(item)));
  return { [wayOf(group)]: items.map((item) => (isGroup(item) && itemsOf(item).length === 1 ? itemsOf(item)[0] : item)) };
}

/** A group of conditions as a Query's list, which is joined by AND. */
export function filtersOf(where) {
  const clean = cleaned(where);
  const items = itemsOf(clean);
  return wayOf(clean) === "all" || items.length < 2 ? items : [clean];
}

/** The question about rows of one value only, beside what it asks already. */
export function narrowed(state, column, value, op = value === null ? "is_null" : "in") {
  const condition = { column, op, values: op.includes("null") ? [] : [value] };
  const { where } = state;
  if (wayOf(where) === "any" && itemsOf(where).length > 1) return { where: { all: [where, condition] } };
  const others = itemsOf(where).filter((item) => isGroup(item) || item.column !== column || item.op !== op);
  return { where: { all: [...others, condition] } };
}

function readGroup(item, depth = 1) {
  if (!isGroup(item) || depth > DEEPEST) return null;
  const items = itemsOf(item).map((each) => (isGroup(each) ? readGroup(each, depth + 1) : readCondition(each))).filter(Boolean);
  return { [wayOf(item)]: items };
}

function readCondition(item) {
  if (typeof item?.column !== "string" || typeof item.op !== "string") return null;
  return { column: item.column, op: item.op, values: Array.isArray(item.values) ? item.values : [] };
}

function readWhere(text) {
  try {
    return readGroup(JSON.parse(text)) ?? { all: [] };
  } catch {
    return { all: [] };
  }
}

// -- the address

/** What an address asks; without a word about the question, a first one that shows something. */
export function fromAddress(search, page) {
  const params = new URLSearchParams(search);
  const asks = ["m", "d", "grain"].some((name) => params.has(name));
  const start = asks ? {} : firstQuestion(page);
  const list = (name) => [...new Set(params.getAll(name).filter(Boolean))];
  const limit = Number.parseInt(params.get("top"), 10);
  return {
    ...nothing(),
    measures: list("m"), dimensions: list("d"), grain: params.get("grain") ?? "",
    from: params.get("from") || page.opens.from, to: params.get("to") || page.opens.to,
    where: readWhere(params.get("where") ?? "{}"),
    top: { limit: limit > 0 ? Math.min(limit, 1000) : 0, by: params.get("by") ?? "", other: params.get("other") === "1" },
    compare: params.get("compare") ?? "", pivot: params.get("pivot") ?? "", totals: params.get("totals") === "1",
    stacked: params.get("stacked") === "1", sort: params.get("sort") ?? "", kind: params.get("kind") ?? "",
    ...start,
  };
}

function firstQuestion({ dataset }) {
  const [first] = dataset.measures;
  return first ? { measures: [first.name], grain: dataset.time ? "auto" : "" } : {};
}

/** The query of the address that says all of a state. */
export function toParams(state, page) {
  const params = new URLSearchParams({ dataset: page.dataset.slug });
  if (page.workspace) params.set("workspace", page.workspace);
  if (state.from !== page.opens.from || state.to !== page.opens.to) {
    params.set("from", state.from);
    params.set("to", state.to);
  }
  if (!state.measures.length) params.append("m", ""); // said, so that no first question takes its place
  for (const name of state.measures) params.append("m", name);
  for (const name of state.dimensions) params.append("d", name);
  const where = cleaned(state.where);
  const rest = {
    grain: state.grain, where: itemsOf(where).length ? JSON.stringify(where) : "", top: state.top.limit || "", by: state.top.limit ? state.top.by : "",
    other: state.top.limit && state.top.other ? "1" : "", compare: state.compare, pivot: state.pivot, totals: state.totals ? "1" : "",
    stacked: state.stacked ? "1" : "", sort: state.sort, kind: state.kind,
  };
  for (const [name, value] of Object.entries(rest)) if (value) params.set(name, value);
  return params;
}

// -- what it asks

export const columnOf = (dimension) => dimension.split(":")[0];
/** The dimension's column in the frame. */
export const frameName = (dimension, page) => (dimension === TIME ? page.dataset.time : dimension.replace(":", "_"));

function asDimension(name) {
  const [column, part] = name.split(":");
  return part ? { column, part } : column;
}

/** The state without what its dataset or its own parts do not allow any more. */
export function fitted(state, page) {
  const { dataset } = page;
  const measures = state.measures.filter((name) => dataset.measures.some((each) => each.name === name));
  const dimensions = state.dimensions.filter((name) => dataset.columns.some((each) => each.name === columnOf(name)));
  const grain = dataset.time ? state.grain : "";
  const axes = [...(grain ? [TIME] : []), ...dimensions];
  const names = [...measures, ...axes.map((axis) => frameName(axis, page))];
  return {
    ...state, measures, dimensions, grain, compare: dataset.time ? state.compare : "",
    top: { ...state.top, by: measures.includes(state.top.by) ? state.top.by : measures[0] ?? "" },
    pivot: axes.length > 1 && axes.includes(state.pivot) ? state.pivot : "",
    sort: names.includes(state.sort.replace(/^-/, "")) ? state.sort : "",
  };
}

/** The names in an address that `fitted` drops, since the dataset has them no more or this reader may not see them. */
export function leftOut(state, { dataset }) {
  const has = (list, name) => list.some((each) => each.name === name);
  const isKnown = (name) => has(dataset.measures, name) || has(dataset.columns, columnOf(name)) || name === TIME;
  const measures = [...state.measures, state.top.by].filter((name) => name && !has(dataset.measures, name));
  const dimensions = state.dimensions.filter((name) => !has(dataset.columns, columnOf(name))).map(columnOf);
  const others = [state.pivot, state.sort.replace(/^-/, "")].filter((name) => name && !isKnown(name) && !isPart(name, dataset));
  return [...new Set([...measures, ...dimensions, ...others])];
}

/** Whether a frame's column is a part of a time: "ordered_at_weekday". */
const isPart = (name, { columns }) => columns.some((each) => each.type === "time" && name.startsWith(`${each.name}_`));

/** The list with the item at `from` standing at `to`; as it is where there is no such place. */
export function moved(list, from, to) {
  if (from === to || !(from in list) || !(to in list)) return list;
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to, 0, list[from]);
}

/** A Query without dataset and window, as a widget keeps it. */
export function queryOf(state) {
  const query = { measures: state.measures, dimensions: state.dimensions.map(asDimension), filters: filtersOf(state.where) };
  if (state.grain) query.grain = state.grain;
  if (state.compare) query.compare = state.compare;
  if (state.top.limit && state.dimensions.length) query.top = { limit: state.top.limit, by: state.top.by, other: state.top.other };
  if (state.sort) query.order = [{ by: state.sort.replace(/^-/, ""), descending: state.sort.startsWith("-") }];
  return query;
}

// -- how it is drawn

export function fits(kind, { measures, dimensions, grain }) {
  if ((kind.time === "needs") !== Boolean(grain) && (kind.time === "needs" || kind.time === "no")) return false;
  const axes = dimensions.length + (grain && kind.time === "takes" ? 1 : 0);
  const within = (count, [least, most]) => count >= least && count <= most;
  return within(axes, kind.dimensions) && within(measures.length, kind.measures);
}

/** The kind that shows a question of this shape best. */
export function automatic({ measures, dimensions, grain, pivot }, { automatic: table }) {
  const counted = (list) => Math.min(5, list.length);
  return table[`${counted(measures)} ${counted(dimensions)} ${Number(Boolean(grain))} ${Number(dimensions.some((name) => name.includes(":")))} ${Number(Boolean(pivot))}`] ?? "table";
}

/** The kind that is chosen, if it can draw this; else the automatic one. */
export function kindOf(state, page) {
  const chosen = page.kinds.find(({ slug }) => slug === state.kind);
  return chosen && fits(chosen, state) ? chosen.slug : automatic(state, page);
}

/** Options of the kind, as a widget keeps them. */
export function optionsOf(state, kind) {
  const stacked = state.stacked && ["line", "bar"].includes(kind);
  const all = {
    line: { stacked, compare: "" }, bar: { stacked, horizontal: !state.grain },
    big_number: { compare: "", sparkline: true }, table: { pivot: state.pivot },
  };
  return all[kind] ?? {};
}

/** What the page sends: to draw it, to save it, to see its SQL. */
export function askedOf(state, page, width = 640) {
  const kind = kindOf(state, page);
  return {
    dataset: page.dataset.id, kind, query: queryOf(state), options: optionsOf(state, kind), pivot: state.pivot, totals: state.totals,
    view: { from: state.from, to: state.to, timezone: page.view.timezone, width },
  };
}

// -- the one state of the page

/** -> {state, view, change(patch), onChange(listener), href(state)}. A change is a step in the browser's history. */
export function createStore(page, place = window) {
  const listeners = new Set();
  let state;
  let missing = [];
  const read = () => {
    const asked = fromAddress(place.location.search, page);
    [state, missing] = [fitted(asked, page), leftOut(asked, page)];
  };
  read();
  const tell = (isOld) => listeners.forEach((listener) => listener(state, isOld));
  const href = (of = state) => `${place.location.pathname}?${toParams(of, page)}`;
  place.addEventListener("popstate", () => {
    read();
    tell(true);
  });
  return {
    get state() {
      return state;
    },
    /** What the address names and the page has not. */
    get missing() {
      return missing;
    },
    /** As the range picker of dashboards knows it. */
    get view() {
      return { from: state.from, to: state.to, timezone: page.view.timezone };
    },
    href,
    onChange: (listener) => listeners.add(listener),
    change(patch) {
      const before = href();
      const next = fitted({ ...state, ...patch }, page);
      if (JSON.stringify(next) === JSON.stringify(state)) return;
      [state, missing] = [next, []];
      // a condition that lacks its value is on the page, not in the address
      if (href() !== before) place.history.pushState(null, "", href());
      tell(false);
    },
  };
}
