// What the page shows: range, filters, comparison. The address says it all, so that Back works and a link is the view.

/** page: {view, opens}. -> {view, change(patch), filter(column, values), onChange(listener), params(width), href(view)}. */
export function createState(page, place = window) {
  const listeners = new Set();
  const state = { view: page.view };
  const tell = () => listeners.forEach((listener) => listener(state.view));

  const href = (view) => {
    const params = new URLSearchParams(place.location.search);
    for (const name of [...params.keys()]) if (name.startsWith("var-") || ["from", "to", "compare"].includes(name)) params.delete(name);
    if (view.from !== page.opens.from || view.to !== page.opens.to) {
      params.set("from", view.from);
      params.set("to", view.to);
    }
    if (view.compare) params.set("compare", view.compare);
    for (const [column, values] of Object.entries(view.filters)) for (const value of values) params.append(`var-${column}`, value);
    const text = params.toString();
    return place.location.pathname + (text ? `?${text}` : "") + place.location.hash;
  };

  place.addEventListener("popstate", () => {
    state.view = fromAddress(place.location.search, page);
    tell();
  });

  return {
    get view() {
      return state.view;
    },
    href,
    onChange: (listener) => listeners.add(listener),
    /** Another view: a new step in the browser's history, unless nothing changed. */
    change(patch) {
      const next = { ...state.view, ...patch };
      if (JSON.stringify(next) === JSON.stringify(state.view)) return;
      state.view = next;
      place.history.pushState(null, "", href(next));
      tell();
    },
    /** The values of one column; none means all. */
    filter(column, values) {
      const filters = { ...state.view.filters };
      if (values.length) filters[column] = [...new Set(values)].sort();
      else delete filters[column];
      this.change({ filters });
    },
    params: (width) => paramsOf(state.view, width),
  };
}

/** The view that an address asks for. */
export function fromAddress(search, page) {
  const params = new URLSearchParams(search);
  const filters = {};
  for (const [name, value] of params) if (name.startsWith("var-") && value) (filters[name.slice(4)] ??= []).push(value);
  for (const values of Object.values(filters)) values.sort();
  return {
    ...page.view, filters, compare: params.get("compare") ?? "",
    from: params.get("from") || page.opens.from, to: params.get("to") || page.opens.to, timezone: params.get("tz") || page.view.timezone,
  };
}

/** The view as the query of an address that asks for data. */
export function paramsOf(view, width) {
  const params = new URLSearchParams({ from: view.from, to: view.to, tz: view.timezone });
  if (view.compare) params.set("compare", view.compare);
  if (width) params.set("width", String(width));
  for (const [column, values] of Object.entries(view.filters)) for (const value of values) params.append(`var-${column}`, value);
  return params.toString();
}
