// Card data for the tests of pictures.
export const DAY = 864e5;
export const START = Date.UTC(2026, 8, 1);
export const column = (name, role, more = {}) => ({ name, label: name, role, type: role === "measure" ? "number" : role === "time" ? "time" : "text", unit: null, format: null, good: null, ...more });
export const frame = (columns, data, more = {}) => ({ columns, data, window: null, grain: null, timezone: "UTC", row_count: data[0].length, ...more });
export const card = (main, more = {}) => ({ frames: { main, ...more.frames }, overlays: more.overlays ?? {}, window: more.window });
export const time = column("day", "time");
export const region = column("region", "dimension");
export const revenue = column("revenue", "measure", { unit: "€", format: "currency", good: "up" });
export const orders = column("orders", "measure", { format: "integer" });

/** Numbers of every size, the same in each run. */
export function* numbers(count = 400) {
  let seed = 17;
  for (let i = 0; i < count; i++) {
    seed = (seed * 16807) % 2147483647;
    yield (seed % 2 ? 1 : -1) * (seed / 2147483647) * 10 ** ((i % 40) - 18);
  }
}
