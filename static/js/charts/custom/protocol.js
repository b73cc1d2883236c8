// What a page and a module in its frame may say to each other; docs/custom-kinds.md tells it. Both sides check both ways.
import { Validator } from "@cfworker/json-schema";

export const MOST_IN = 16384; // characters of a message from a frame
export const MOST_OUT = 24e6; // of one to it: as much as a card's data may have
export const PER_SECOND = 50; // messages from a frame; the rest of a second is not read
export const FLOOD = 500; // messages in a second after which a frame is closed
export const READY_MS = 6000;
export const DRAWN_MS = 20000; // from data to any word of the frame; a module that loops says none

const text = (maxLength) => ({ type: "string", maxLength });
const of = (type, properties, required = []) => ({ type: "object", properties: { type: { const: type }, ...properties }, required: ["type", ...required], additionalProperties: false });

/** From a frame. */
export const SAID = {
  oneOf: [
    of("ready", {}), of("drawn", { summary: text(500) }), of("error", { message: text(500) }, ["message"]),
    of("select", { column: text(200), value: { type: ["string", "number", "boolean"] } }, ["column", "value"]),
    of("height", { pixels: { type: "number", minimum: 1, maximum: 8000 } }, ["pixels"]),
  ],
};

/** To a frame. */
export const TOLD = of("data", {
  frames: { type: "object", additionalProperties: { type: "object" } }, options: { type: "object" }, theme: { type: "object", additionalProperties: { type: ["string", "number", "array"] } },
  size: { type: "object", properties: { width: { type: "number" }, height: { type: "number" } }, required: ["width", "height"] }, locale: text(40), timezone: text(60),
}, ["frames", "options", "theme", "size", "locale"]);

const validators = { said: new Validator(SAID, "2020-12"), told: new Validator(TOLD, "2020-12") };

/** The message in a text, or null if it is none. which: said | told. */
export function parsed(data, which) {
  if (typeof data !== "string" || data.length > (which === "said" ? MOST_IN : MOST_OUT)) return null;
  try {
    const message = JSON.parse(data);
    return validators[which].validate(message).valid ? message : null;
  } catch {
    return null;
  }
}

/** Counts messages by the second: "read", "skip" or "flood". */
export function meter(now = () => performance.now()) {
  let [second, count] = [-1, 0];
  return () => {
    const at = Math.floor(now() / 1000);
    if (at !== second) [second, count] = [at, 0];
    count += 1;
    return count > FLOOD ? "flood" : count > PER_SECOND ? "skip" : "read";
  };
}
