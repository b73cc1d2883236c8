// What the page shows: range, filters, comparison; and what single cards show otherwise: their own comparison, and how deep
// they are drilled, and the open tab. The address says it all, so that Back works and a link is the view.

const OWN = "card-"; // card-12={"compare":"year","path":[["country","France","city"]]}

/** page: {view, opens}. -> {view, viewOf(id), change(patch), changeCard(id, patch), filter(column, values), onChange(listener),
 * params(width), href(view)}. */
export function createState(page, place = window) {
  const listeners = new Set();
  const state = { view: { ...page.view, ...readOwn(new URLSearchParams(place.location?.search ?? "")) } };
  const tell = () => listeners.forEach((listener) => listener(state.view));

  const href = (view) => {
    const params = new URLSearchParams(place.location.search);
    for (const name of [...params.keys()]) if (name.startsWith("var-") || name.startsWith(OWN) || ["from", "to", "compare", "tab"].includes(name)) params.delete(name);
    if (view.from !== page.opens.from || view.to !== page.opens.to) {
      params.set("from", view.from);
      params.set("to", view.to);
    }
    if (view.compare) params.set("compare", view.compare);
    for (const [column, values] of Object.entries(view.filters)) for (const value of values) params.append(`var-${column}`, value);
    for (const [id, own] of Object.entries(view.cards ?? {})) params.set(OWN + id, JSON.stringify(own));
    if (view.tab) params.set("tab", view.tab);
    const text = params.toString();
    return place.location.pathname + (text ? `?${text}` : "") + (view.tab === state.view.tab ? place.location.hash : "");
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
    /** What one card shows: the page's view with its own comparison, and narrowed to where it was drilled into. */
    viewOf: (id) => viewOfCard(state.view, id),
    /** own: {compare?, path?}; what is empty is taken away. */
    changeCard(id, patch) {
      const own = Object.fromEntries(Object.entries({ ...state.view.cards?.[id], ...patch }).filter(([, value]) => value?.length));
      const cards = { ...state.view.cards, [id]: own };
      if (!Object.keys(own).length) delete cards[id];
      this.change({ cards });
    },
    onChange: (listener) => listeners.add(listener),
    /** Another view: a new step in the browser's history, unless nothing changed. isSameStep: where the address only leads
     * to it by other words. */
    change(patch, { isSameStep = false } = {}) {
      const next = { ...state.view, ...patch };
      if (JSON.stringify(next) === JSON.stringify(state.view)) return;
      const { hash } = place.location;
      const address = href(next);
      state.view = next;
      if (isSameStep) place.history.replaceState(null, "", address.replace(/#.*/, "") + hash);
      else place.history.pushState(null, "", address);
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
    ...page.view, filters, ...readOwn(params), compare: params.get("compare") ?? "",
    from: params.get("from") || page.opens.from, to: params.get("to") || page.opens.to, timezone: params.get("tz") || page.view.timezone,
  };
}

/** What the address holds beside the view that is asked for: cards of their own, and the tab. */
const readOwn = (params) => ({ cards: ownOf(params), tab: params.get("tab") ?? "" });

/** What single cards show otherwise: {id: {compare?, path?: [[column, value, finer column]]}}; nonsense is passed over. */
function ownOf(params) {
  const cards = {};
  for (const [name, text] of params) {
    if (!name.startsWith(OWN) || !/^\d+$/.test(name.slice(OWN.length))) continue;
    try {
      const { compare, path } = JSON.parse(text);
      const steps = Array.isArray(path) ? path.filter((step) => Array.isArray(step) && step.length === 3 && step.every((each) => typeof each === "string")) : [];
      cards[name.slice(OWN.length)] = { ...(["off", "previous", "year"].includes(compare) ? { compare } : {}), ...(steps.length ? { path: steps } : {}) };
    } catch {
      continue;
    }
  }
  return cards;
}

function viewOfCard({ cards, tab: _tab, ...view }, id) {
  const { compare = view.compare, path = [] } = cards?.[id] ?? {};
  if (!path.length) return { ...view, compare };
  const filters = { ...view.filters };
  const drill = {};
  for (const [column, value, finer] of path) {
    filters[column] = [value];
    drill[Object.keys(drill).find((coarse) => drill[coarse] === column) ?? column] = finer;
  }
  return { ...view, compare, filters, drill };
}

/** The view as the query of an address that asks for data. */
export function paramsOf(view, width) {
  const params = new URLSearchParams({ from: view.from, to: view.to, tz: view.timezone });
  if (view.compare) params.set("compare", view.compare);
  if (width) params.set("width", String(width));
  for (const [column, values] of Object.entries(view.filters)) for (const value of values) params.append(`var-${column}`, value);
  for (const [coarse, finer] of Object.entries(view.drill ?? {})) params.set(`drill-${coarse}`, finer);
  return params.toString();
}
